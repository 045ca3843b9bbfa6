//! The small generator behind the bootstrap.

/// `SplitMix64` (Steele, Lea & Flood, "Fast splittable pseudorandom number generators",
/// 2014): one addition and a mixing function, made for seeding many independent streams.
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of one replicate: the same whichever thread runs it and whatever ran before.
    pub(crate) fn stream(seed: u64, replicate: u64) -> Self {
        let mut seeder = Self { state: seed };
        let offset = seeder.next_u64();
        let mut stream = Self { state: offset ^ replicate.wrapping_mul(0xd134_2543_de82_ef95) };
        // One mixed draw as the start parts streams whose numbers are close.
        let state = stream.next_u64();
        Self { state }
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, by the high half of a product; the bias is below
    /// `bound / 2^64`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut generator = SplitMix64 { state: 1_234_567 };
        let drawn = [(); 3].map(|()| generator.next_u64());
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn draws_are_spread_evenly_below_the_bound() {
        let mut generator = SplitMix64::stream(7, 3);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[generator.below(10)] += 1;
        }
        // Five standard deviations of a binomial with p = 0.1 are 474.
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 474));
    }
}
