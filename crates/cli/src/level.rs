//! `THREAT_KERNELS`: which instructions the CPU uses. For tests and measurements, so it has no flag.

use std::env::VarError;

use scorer::Level;

/// The environment variable: `scalar`, `avx2`, `avx-vnni`, `avx512` (without products of 8-bit and
/// bf16 operands) or `avx512-vnni` (with those that the CPU has).
pub const VARIABLE: &str = "THREAT_KERNELS";

/// The level that [`VARIABLE`] names; `None` where it is not set or empty.
///
/// # Errors
/// One line, if it names a level that does not exist or that the CPU lacks.
pub fn from_environment() -> Result<Option<Level>, String> {
    named(std::env::var(VARIABLE))
}

fn named(value: Result<String, VarError>) -> Result<Option<Level>, String> {
    let name = match value {
        Ok(name) if !name.is_empty() => name,
        Err(VarError::NotUnicode(name)) => name.to_string_lossy().into_owned(),
        _ => return Ok(None),
    };
    let level = name.parse::<Level>();
    level.map(Some).map_err(|error| format!("{VARIABLE}: {error}; unset it to use the fastest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_asked_for_by_name() {
        assert_eq!(named(Err(VarError::NotPresent)), Ok(None));
        assert_eq!(named(Ok(String::new())), Ok(None));
        assert_eq!(named(Ok("scalar".to_owned())), Ok(Some(Level::SCALAR)));
        let refused = named(Ok("mmx".to_owned()));
        assert!(refused.is_err_and(|line| line.contains("THREAT_KERNELS") && line.contains("mmx")));
    }
}
