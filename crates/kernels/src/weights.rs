//! Weights as signed bytes.
//!
//! `maddubs`, by which CPUs without VNNI multiply bytes, adds the products of neighbours in 16 bits
//! and saturates. At the levels that need it ([`Reach`]), inputs and weights are kept so small that it
//! never does, not even when the sums of [`TOGETHER`] words are added up before they are widened.
//! Elsewhere they have all of 8 bits.

use crate::Level;
use crate::lanes::Lanes;
use crate::words::TOGETHER;

/// The range of the bytes in a level's products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The largest byte of an input; the least is 0.
    pub(crate) inputs: u8,
    /// The largest sum of the positive weights of a group, and of the negative ones; `None` where
    /// any sum will do. A single weight goes from -127 to 127 in any case.
    pub(crate) weights: Option<i32>,
}

impl Reach {
    /// Sums in 32 bits: nothing is in the way.
    const FULL: Self = Self { inputs: 255, weights: None };

    /// Sums of a group in 16 bits: inputs times positive weights are at most
    /// 227 · 144 = 32,688 < 2¹⁵, and inputs times negative ones at least -32,688.
    ///
    /// Any two numbers of about this product would do. Of the bundled model's logits, bits of inputs are
    /// the dearer: with inputs up to 127, and nearly free weights, the logits are off by half as much
    /// again as with these, which are among the best (docs/performance.md). 144 is four times 36, so
    /// that weights that are all alike are not rounded.
    pub(crate) const SHORT: Self = Self { inputs: 227, weights: Some(144) };

    pub(crate) fn of(level: Level) -> Self {
        if level.adds_in_16_bits() { Self::SHORT } else { Self::FULL }
    }
}

/// Weights whose products are added up in 16 bits: two neighbours of each word.
const GROUP: usize = 2 * TOGETHER;

vectorised! {
    /// Quantises a row of weights, times `factor`, to bytes within `reach` in `to`, with zeros
    /// behind. Returns the worth of a step, and the sum of the quantised weights: NaN if a weight is
    /// not a number.
    pub(crate) fn quantise<V>(
        reach: Reach,
        row: &[f32],
        factor: f32,
        to: &mut [f32],
    ) -> (f32, f32) {
        let mut largest = V::zero();
        for at in (0..row.len()).step_by(V::COUNT) {
            largest = largest.max(V::of(row, at).abs());
        }
        let largest = largest.largest() * factor.abs();
        // The finest step first. Rounding adds at most half to each weight of a group, so that the
        // last step is coarse enough for any row.
        let mut slack = 0;
        loop {
            // The value of a weight of 127.
            let span = reach.weights.map_or(largest, |limit| {
                let heaviest = heaviest(row) * factor.abs();
                largest.max(heaviest * 127.0 / (limit - slack) as f32)
            });
            let inverse = if span > 0.0 { 127.0 * factor / span } else { 0.0 };
            let rounded = round::<V>(row, inverse, to);
            let fits = reach.weights.is_none_or(|limit| rounded.heaviest <= limit);
            if fits || slack == GROUP as i32 / 2 {
                let step = if rounded.has_nan { f32::NAN } else { span / 127.0 };
                return (step, step * rounded.total as f32);
            }
            slack += 1;
        }
    }
}

/// Properties of a row of bytes.
struct Rounded {
    total: i32,
    /// As [`heaviest`] of the weights.
    heaviest: i32,
    has_nan: bool,
}

/// Rounds weights, times `scale`, to bytes in words.
#[inline(always)]
fn round<V: Lanes>(row: &[f32], scale: f32, to: &mut [f32]) -> Rounded {
    let (mut total, mut heaviest) = (0, 0);
    let mut seen = V::zero();
    // Stored as bytes from 1 to 255 and then shifted to where zero is zero.
    let (scale, middle) = (V::splat(scale), V::splat(128.0));
    let mut bytes = [128_u8; 16];
    let mut words = to.iter_mut();
    for at in (0..row.len()).step_by(16) {
        let count = 16.min(row.len() - at);
        for part in (0..count).step_by(V::COUNT) {
            // SAFETY: `COUNT` divides 16, so a whole vector of bytes has room from `part` on.
            unsafe {
                let shifted = V::of(&row[..at + count], at + part).mul(scale).add(middle);
                seen = seen.add(shifted);
                shifted.store_bytes(bytes.as_mut_ptr().add(part));
            }
        }
        bytes[count..].fill(128);
        for step in bytes.as_chunks::<{ 4 * TOGETHER }>().0 {
            let mut sums = [0; 4];
            for four in step.as_chunks::<4>().0 {
                let [a, b, c, d] = four.map(|byte| i32::from(byte) - 128);
                total += a + b + c + d;
                sums[0] += a.max(0) + b.max(0);
                sums[1] += c.max(0) + d.max(0);
                sums[2] -= a.min(0) + b.min(0);
                sums[3] -= c.min(0) + d.min(0);
                if let Some(word) = words.next() {
                    *word = f32::from_bits(u32::from_le_bytes(*four) ^ 0x8080_8080);
                }
            }
            heaviest = sums.into_iter().fold(heaviest, i32::max);
        }
    }
    Rounded { total, heaviest, has_nan: seen.sum().is_nan() }
}

/// The largest sum of the positive weights of a group, or of the magnitudes of its negative ones.
#[inline(always)]
fn heaviest(row: &[f32]) -> f32 {
    let mut heaviest = [0.0_f32; 4];
    let (steps, rest) = row.as_chunks::<{ 4 * TOGETHER }>();
    let mut last = [0.0; 4 * TOGETHER];
    last[..rest.len()].copy_from_slice(rest);
    for step in steps.iter().chain([&last]) {
        // The first and the second half of each word, positive and negative.
        let mut sums = [0.0_f32; 4];
        for &[a, b, c, d] in step.as_chunks::<4>().0 {
            sums[0] += a.max(0.0) + b.max(0.0);
            sums[1] += c.max(0.0) + d.max(0.0);
            sums[2] -= a.min(0.0) + b.min(0.0);
            sums[3] -= c.min(0.0) + d.min(0.0);
        }
        for (heaviest, sum) in heaviest.iter_mut().zip(sums) {
            *heaviest = heaviest.max(sum);
        }
    }
    heaviest.into_iter().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a row, and the worth of a step.
    fn bytes(level: Level, reach: Reach, row: &[f32], factor: f32) -> (Vec<i32>, f32) {
        let mut words = vec![0.0; crate::words::Words::Bytes.count(row.len())];
        let (step, sum) = quantise(level, reach, row, factor, &mut words);
        let bytes: Vec<i32> = words
            .iter()
            .flat_map(|word: &f32| word.to_bits().to_le_bytes())
            .map(|byte| i32::from(byte.cast_signed()))
            .collect();
        assert!((sum - step * bytes.iter().sum::<i32>() as f32).abs() <= sum.abs() * 1e-6);
        (bytes, step)
    }

    fn check(row: &[f32], factor: f32) {
        let largest = row.iter().fold(0.0_f32, |largest, w| largest.max(w.abs()));
        for reach in [Reach::FULL, Reach::SHORT] {
            let (wanted, step) = bytes(Level::SCALAR, reach, row, factor);
            match reach.weights {
                None => assert_eq!(step, largest * factor.abs() / 127.0),
                Some(limit) => check_groups(&wanted, limit),
            }
            for (&byte, &weight) in wanted.iter().zip(row) {
                assert!((-127..=127).contains(&byte));
                let error = (byte as f32 * step - weight * factor).abs();
                assert!(error <= 0.5001 * step, "{weight} became {byte} of {step}");
            }
            assert!(wanted[row.len()..].iter().all(|&byte| byte == 0));
            for level in Level::variants() {
                assert_eq!(bytes(level, reach, row, factor), (wanted.clone(), step), "{level}");
            }
        }
    }

    /// By the instruction's rules: what neighbours add up to at the worst inputs, and two words'.
    fn check_groups(bytes: &[i32], limit: i32) {
        let largest = i32::from(Reach::SHORT.inputs);
        for step in bytes.chunks(4 * TOGETHER) {
            for half in 0..2 {
                let group = || step.chunks(4).flat_map(|word| &word[2 * half..2 * half + 2]);
                let positive: i32 = group().filter(|&&byte| byte > 0).sum();
                let negative: i32 = group().filter(|&&byte| byte < 0).sum();
                assert!(positive <= limit && -negative <= limit, "{step:?}");
                assert!(largest * positive <= i32::from(i16::MAX), "{step:?}");
                assert!(largest * negative >= i32::from(i16::MIN), "{step:?}");
            }
        }
    }

    #[test]
    fn no_group_of_weights_is_too_heavy_for_16_bits() {
        let mut state = 1_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        for length in 1..200 {
            let row: Vec<f32> = (0..length).map(|_| next() as f32 / 2e9 - 1.0).collect();
            check(&row, 1.0);
            check(&row, -0.125);
            // Every group alike and as heavy as it can be, and rounded up wherever that is possible.
            for pattern in 0..256_u32 {
                let sign = |i: usize| if pattern >> (i % 8) & 1 == 1 { -1.0 } else { 1.0 };
                let row: Vec<f32> =
                    (0..length).map(|i| sign(i) * (0.99 + 0.01 * (i % 3) as f32)).collect();
                check(&row, 1.0);
                if length > 17 {
                    break;
                }
            }
        }
        check(&[0.0; 20], 1.0);
    }

    #[test]
    fn a_lone_weight_has_the_whole_range() {
        let mut row = [0.0; 30];
        row[7] = -3.0;
        for reach in [Reach::FULL, Reach::SHORT] {
            let (bytes, step) = bytes(Level::SCALAR, reach, &row, 1.0);
            assert_eq!((bytes[7], step), (-127, 3.0 / 127.0));
        }
    }

    #[test]
    fn levels_that_need_not_have_all_of_8_bits() {
        for level in Level::variants() {
            let is_full = level.has_vnni() || level == Level::SCALAR;
            assert_eq!(Reach::of(level) == Reach::FULL, is_full, "{level}");
        }
    }
}
