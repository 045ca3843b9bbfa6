//! Dropout whose mask is a function of a key and a position: nothing is stored for the backward
//! pass, which draws the same mask again, and no generator is shared between threads.

use crate::Level;

/// Dropout of one layer in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The key of the mask: another key, another mask.
    pub key: u64,
    /// The share of numbers that become 0, from 0 to below 1.
    pub probability: f32,
}

impl Dropout {
    /// Sets the numbers of the mask to 0 and divides the others by `1 - probability`. `values`
    /// begin at position `first` of the masked tensor.
    pub fn apply(self, level: Level, values: &mut [f32], first: usize) {
        if self.probability <= 0.0 {
            return;
        }
        let keyed = Dropout { key: mix(self.key), ..self };
        vectorised! {
            fn run<V>(dropout: Dropout, values: &mut [f32], first: usize) {
                let _ = V::COUNT; // plain arithmetic, which the compiler vectorises at each level
                let threshold = dropout.threshold();
                let scale = 1.0 / (1.0 - dropout.probability);
                for (position, value) in values.iter_mut().enumerate() {
                    let draw = dropout.draw((first + position) as u32);
                    *value = if draw < threshold { 0.0 } else { *value * scale };
                }
            }
        }
        run(level, keyed, values, first);
    }

    #[inline(always)]
    fn threshold(self) -> u32 {
        (f64::from(self.probability) * 4_294_967_296.0) as u32
    }

    /// Uniform 32 bits: Wellons' `lowbias32` hash of the position, keyed at both ends.
    #[inline(always)]
    fn draw(self, position: u32) -> u32 {
        let mut x = position.wrapping_mul(0x9E37_79B9) ^ self.key as u32;
        x ^= x >> 16;
        x = x.wrapping_mul(0x7FEB_352D);
        x ^= x >> 15;
        x = (x ^ (self.key >> 32) as u32).wrapping_mul(0x846C_A68B);
        x ^ (x >> 16)
    }
}

/// Spreads a key over all bits (the finish of `SplitMix64`), so that similar keys draw masks that
/// have nothing in common.
fn mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROPOUT: Dropout = Dropout { key: 0x1234_5678_9ABC_DEF0, probability: 0.1 };

    fn masked(dropout: Dropout, length: usize) -> Vec<f32> {
        let mut values = vec![1.0; length];
        dropout.apply(Level::best(), &mut values, 0);
        values
    }

    #[test]
    fn a_tenth_is_dropped_and_the_mean_stays() {
        let values = masked(DROPOUT, 200_000);
        let dropped = values.iter().filter(|&&value| value == 0.0).count() as f64 / 200_000.0;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / 200_000.0;
        assert!((dropped - 0.1).abs() < 0.003, "{dropped}");
        assert!((mean - 1.0).abs() < 0.003, "{mean}");
    }

    #[test]
    fn neighbours_and_keys_are_independent() {
        let values = masked(DROPOUT, 200_000);
        let pairs = values.windows(2).filter(|pair| pair[0] == 0.0 && pair[1] == 0.0).count();
        assert!((pairs as f64 / 200_000.0 - 0.01).abs() < 0.001, "{pairs}");
        for other in [DROPOUT.key ^ 1, DROPOUT.key ^ (1 << 40)] {
            let other = masked(Dropout { key: other, ..DROPOUT }, 200_000);
            let both = values.iter().zip(&other).filter(|(a, b)| **a == 0.0 && **b == 0.0).count();
            assert!((both as f64 / 200_000.0 - 0.01).abs() < 0.001, "{both}");
        }
    }

    #[test]
    fn a_part_is_masked_as_it_is_within_the_whole_at_every_level() {
        let whole = masked(DROPOUT, 1_000);
        for level in Level::variants() {
            let mut part = vec![1.0; 300];
            DROPOUT.apply(level, &mut part, 517);
            assert_eq!(part, whole[517..817]);
        }
    }

    #[test]
    fn probability_zero_changes_nothing() {
        assert_eq!(masked(Dropout { probability: 0.0, ..DROPOUT }, 100), vec![1.0; 100]);
    }
}
