//! The rounding of products, and the choice of posts that are computed once more without rounding.

use std::fmt;
use std::str::FromStr;

use checkpoint::Calibration;
use kernels::Level;
use kernels::Precision::{Bf16, F32, Int8};

/// The rounding of the operands of a [`Scorer`](crate::Scorer)'s products on the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// To 8 bits, and once more in f32 what rounding could move by [`TOLERANCE`] or into another
    /// band. f32 on devices other than the CPU, and on a CPU without fast 8-bit products.
    #[default]
    Auto,
    /// Not at all.
    F32,
    /// To bf16.
    Bf16,
    /// Weights and inputs to 8 bits.
    Int8,
}

/// The largest difference of a score of [`Precision::Auto`] from that of [`Precision::F32`].
pub const TOLERANCE: f32 = 0.01;

/// True if rounding could show in the score of a logit that was computed with 8 bits: if a logit up
/// to [`Calibration::rounding`] beside it has a score more than [`TOLERANCE`] away or another label
/// or band.
pub(crate) fn could_show(logit: f32, calibration: &Calibration) -> bool {
    let score = calibration.score(logit);
    let seen = |score: f32| (calibration.label(score), calibration.band(score));
    let rounding = calibration.rounding();
    [logit - rounding, logit + rounding].into_iter().any(|other| {
        let other = calibration.score(other);
        // Not a number: it is computed once more, and refused if it is none then, either.
        let near = (other - score).abs() <= TOLERANCE;
        !near || seen(other) != seen(score)
    })
}

impl Precision {
    /// The kernels' precision for every post, and another for those of which [`could_show`] says so.
    pub(crate) fn on(self, level: Level) -> (kernels::Precision, Option<kernels::Precision>) {
        match self {
            Self::Auto if level == Level::SCALAR => (F32, None),
            Self::Auto => (Int8, Some(F32)),
            Self::F32 => (F32, None),
            Self::Bf16 => (Bf16, None),
            Self::Int8 => (Int8, None),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::F32, Self::Bf16, Self::Int8];
        all.into_iter()
            .find(|precision| precision.to_string() == name)
            .ok_or_else(|| format!("unknown precision `{name}`: expected auto, f32, bf16 or int8"))
    }
}

#[cfg(test)]
mod tests {
    use checkpoint::calibration::Bands;

    use super::*;

    #[test]
    fn only_scores_far_from_everything_that_counts_are_left_rounded() {
        let calibration = Calibration::default();
        for logit in [-0.5, 0.0, 3.0, -3.0, 2.2, f32::NAN] {
            assert!(could_show(logit, &calibration), "{logit}");
        }
        for logit in [-7.0, 9.0, -100.0, 100.0, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!could_show(logit, &calibration), "{logit}");
        }
    }

    #[test]
    fn a_model_that_rounding_moves_further_is_watched_further() {
        let calibration = Calibration { rounding: Some(2.0), ..Calibration::default() };
        assert!(could_show(-6.0, &calibration) && !could_show(-6.0, &Calibration::default()));
    }

    #[test]
    fn a_band_that_begins_near_zero_is_watched_too() {
        let bands = Bands { review: 0.001, priority_review: 0.9 };
        let calibration = Calibration { bands, ..Calibration::default() };
        let edge = (0.001_f32 / 0.999).ln();
        assert!(could_show(edge - 0.4, &calibration) && could_show(edge + 0.4, &calibration));
        assert!(!could_show(edge - 0.6, &calibration));
    }

    /// The promise of the two bounds, for any logit and any shift that they allow.
    #[test]
    fn what_is_left_rounded_keeps_its_band_and_moves_by_no_more_than_the_tolerance() {
        for (temperature, rounding) in [(0.3, None), (1.0, None), (2.5, None), (1.0, Some(1.5))] {
            let calibration = Calibration { temperature, rounding, ..Calibration::default() };
            let rounding = calibration.rounding();
            for step in -3000..3000_i16 {
                let logit = f32::from(step) / 100.0;
                if could_show(logit, &calibration) {
                    continue;
                }
                for shift in [-rounding, -0.3, 0.2, rounding] {
                    let (score, moved) =
                        (calibration.score(logit), calibration.score(logit + shift));
                    assert!((score - moved).abs() <= TOLERANCE, "{temperature} {logit} {shift}");
                    assert_eq!(calibration.band(score), calibration.band(moved));
                }
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for precision in [Precision::Auto, Precision::F32, Precision::Bf16, Precision::Int8] {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        assert!("int4".parse::<Precision>().is_err_and(|error| error.contains("expected auto")));
    }
}
