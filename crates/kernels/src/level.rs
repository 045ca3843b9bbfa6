//! The instructions that the kernels use.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// The result of [`Level::best`].
static BEST: OnceLock<Level> = OnceLock::new();

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The encoding of the instruction for products of bytes, if the CPU has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vnni {
    No,
    /// AVX-VNNI: vectors of 256 bits.
    #[cfg(target_arch = "x86_64")]
    Vex,
    /// AVX512-VNNI: vectors of 512 bits, or with AVX512-VL of 256.
    #[cfg(target_arch = "x86_64")]
    Evex,
}

/// A set of instructions that this CPU has: whoever holds a `Level` may use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    tier: Tier,
    bf16: bool,
    vnni: Vnni,
}

/// A level that was asked for by name and cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLevel {
    name: String,
}

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Level::available().iter().map(Level::to_string).collect();
        write!(f, "kernel level `{}` cannot be used: this CPU has {}", self.name, names.join(", "))
    }
}

impl std::error::Error for UnknownLevel {}

impl Level {
    /// Plain Rust, for any CPU.
    pub const SCALAR: Self = Self { tier: Tier::Scalar, bf16: false, vnni: Vnni::No };

    /// Every level of this CPU, the slowest first.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))]
        let mut levels = vec![Self::SCALAR];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            let avx2 = Self { tier: Tier::Avx2, ..Self::SCALAR };
            levels.push(avx2);
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            let has_vnni = has_avx512 && is_x86_feature_detected!("avx512vnni");
            if is_x86_feature_detected!("avxvnni") {
                levels.push(Self { vnni: Vnni::Vex, ..avx2 });
            } else if has_vnni {
                levels.push(Self { vnni: Vnni::Evex, ..avx2 });
            }
            if has_avx512 {
                let avx512 = Self { tier: Tier::Avx512, ..Self::SCALAR };
                levels.push(avx512);
                if has_vnni {
                    let bf16 = is_x86_feature_detected!("avx512bf16");
                    levels.push(Self { bf16, vnni: Vnni::Evex, ..avx512 });
                }
            }
        }
        levels
    }

    /// Every level, and others that some CPUs have and this one could be: for tests.
    #[doc(hidden)]
    pub fn variants() -> Vec<Self> {
        let mut levels = Self::available();
        #[cfg(target_arch = "x86_64")]
        {
            let mut more = Vec::new();
            for &level in &levels {
                if level.tier == Tier::Avx512 {
                    more.push(Self { bf16: false, ..level });
                    more.push(Self { vnni: Vnni::No, ..level });
                    if level.vnni == Vnni::Evex {
                        more.push(Self { tier: Tier::Avx2, bf16: false, vnni: Vnni::Evex });
                    }
                }
            }
            for level in more {
                if !levels.contains(&level) {
                    levels.push(level);
                }
            }
        }
        levels
    }

    /// This CPU's fastest, or what [`Level::make_best`] said.
    pub fn best() -> Self {
        *BEST.get_or_init(Self::fastest)
    }

    /// Makes this what [`Level::best`] gives in this process: for a program to say at its start.
    /// False if it is too late, because somebody asked before.
    pub fn make_best(self) -> bool {
        BEST.set(self).is_ok()
    }

    /// True if products of bf16 operands are an instruction here, and so faster than f32.
    pub fn has_bf16(self) -> bool {
        self.bf16
    }

    /// True if products of 8-bit operands are an instruction here.
    pub fn has_vnni(self) -> bool {
        self.vnni != Vnni::No
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn vnni(self) -> Vnni {
        self.vnni
    }

    /// True if products of 8-bit operands are added up in 16 bits before they are widened to 32:
    /// [`Precision::Int8`](crate::Precision::Int8) then has coarser steps than elsewhere.
    pub fn adds_in_16_bits(self) -> bool {
        self.tier != Tier::Scalar && !self.has_vnni()
    }

    pub(crate) fn tier(self) -> Tier {
        self.tier
    }

    fn fastest() -> Self {
        Self::available().pop().unwrap_or(Self::SCALAR)
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let found = Self::available().into_iter().find(|level| level.to_string() == name);
        found.ok_or_else(|| UnknownLevel { name: name.to_owned() })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.tier {
            Tier::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 if self.has_vnni() => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512 if self.has_vnni() => "avx512-vnni",
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512 => "avx512",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_level_is_found_by_its_name() {
        for level in Level::available() {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
    }

    #[test]
    fn an_unknown_level_is_refused_with_the_known_ones() {
        let refused = "mmx".parse::<Level>();
        assert!(refused.is_err_and(
            |error| error.to_string().contains("`mmx`") && error.to_string().contains("scalar")
        ));
    }
}
