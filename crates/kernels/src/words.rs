//! The content of the 32-bit words of packed operands.
//!
//! A word is an f32 number, or two bf16 or four 8-bit numbers that follow each other in the inner
//! dimension of a product, the earliest in the lowest bits.

use crate::Level;
use crate::precision::{Operands, Precision};

/// Words of bytes whose products are added up in 16 bits: rows of bytes are whole numbers of these.
pub(crate) const TOGETHER: usize = 2;

/// The content of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    F32,
    /// An f32 rounded to bf16: for levels that multiply f32 only.
    Rounded,
    /// Two bf16.
    Pairs,
    /// Four bytes: unsigned in A, signed in B.
    Bytes,
}

impl Words {
    pub(crate) fn of(level: Level, operands: Operands) -> Self {
        match operands {
            Operands::F32 => Self::F32,
            Operands::Bf16 if level.has_bf16() => Self::Pairs,
            Operands::Bf16 => Self::Rounded,
        }
    }

    /// Words that hold `numbers` numbers.
    pub(crate) fn count(self, numbers: usize) -> usize {
        match self {
            Self::F32 | Self::Rounded => numbers,
            Self::Pairs => numbers.div_ceil(2),
            Self::Bytes => TOGETHER * numbers.div_ceil(4 * TOGETHER),
        }
    }

    /// Numbers of the inner dimension that `words` words hold, as matrices to be packed have them:
    /// bytes are words already.
    pub(crate) fn numbers(self, words: usize) -> usize {
        match self {
            Self::F32 | Self::Rounded | Self::Bytes => words,
            Self::Pairs => 2 * words,
        }
    }
}

impl Precision {
    /// The content of the words of the packed operands of its products.
    pub(crate) fn words(self, level: Level) -> Words {
        match self {
            Self::F32 => Words::of(level, Operands::F32),
            Self::Bf16 => Words::of(level, Operands::Bf16),
            Self::Int8 => Words::Bytes,
        }
    }
}

/// The upper half of a float, rounded to nearest even: its bf16 bits.
#[inline(always)]
fn bf16_bits(x: f32) -> u32 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    // Rounding could carry a NaN's last bits into its sign: keep its upper half and stay NaN.
    if x.is_nan() { (bits >> 16) | 0x40 } else { rounded }
}

/// `x` rounded to bf16.
#[inline(always)]
pub(crate) fn rounded(x: f32) -> f32 {
    f32::from_bits(bf16_bits(x) << 16)
}

/// A word of two bf16.
#[inline(always)]
pub(crate) fn pair(low: f32, high: f32) -> f32 {
    f32::from_bits(bf16_bits(low) | (bf16_bits(high) << 16))
}
