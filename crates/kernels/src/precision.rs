//! The rounding of operands: in training's products, and in inference's layers.

use std::fmt;
use std::str::FromStr;

/// The rounding of a product's operands; sums are always kept in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operands {
    /// Not at all.
    #[default]
    F32,
    /// To bf16 (8 bits of precision). More than twice as fast where
    /// [`Level::has_bf16`](crate::Level::has_bf16), and no faster elsewhere.
    Bf16,
}

/// The rounding of a layer's operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Not at all.
    #[default]
    F32,
    /// To bf16, sums in f32. So are the operands of attention, on a CPU that multiplies bf16.
    Bf16,
    /// Weights to 8 bits with a scale for each output; inputs to 8 bits with a range for each row
    /// (dynamic quantisation); sums exact. Both are somewhat coarser where
    /// [`Level::adds_in_16_bits`](crate::Level::adds_in_16_bits). Attention as with [`Precision::Bf16`].
    Int8,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::F32, Self::Bf16, Self::Int8];
        all.into_iter()
            .find(|precision| precision.to_string() == name)
            .ok_or_else(|| format!("unknown precision `{name}`: expected f32, bf16 or int8"))
    }
}
