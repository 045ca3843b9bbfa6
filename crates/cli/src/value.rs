//! Parsers that check a flag's value: clap names the flag, these say the range.

use std::fmt::Display;
use std::str::FromStr;

/// Reads a word for on or off. A flag that takes no value is on where it stands; its environment
/// variable says so in words, and an empty one means off.
///
/// # Errors
/// One line.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err("must be true or false (or 1, 0, yes, no, on, off)".to_owned()),
    }
}

/// A whole number of at least 1.
///
/// # Errors
/// One line.
pub fn positive(text: &str) -> Result<usize, String> {
    at_least::<1>(text)
}

/// A whole number of at least `LEAST`.
///
/// # Errors
/// One line.
pub fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    whole(text).and_then(|number| {
        if number >= LEAST { Ok(number) } else { Err(format!("must be at least {LEAST}")) }
    })
}

/// A number above 0.
///
/// # Errors
/// One line.
pub fn above_zero(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0, "above 0")
}

/// A number from 0 on.
///
/// # Errors
/// One line.
pub fn zero_or_more(text: &str) -> Result<f64, String> {
    number(text, |value| value >= 0.0, "0 or more")
}

/// A number from 0 to 1, both included.
///
/// # Errors
/// One line.
pub fn zero_to_one(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=1.0).contains(&value), "between 0 and 1")
}

/// A number from 0 to below 1.
///
/// # Errors
/// One line.
pub fn zero_to_below_one(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..1.0).contains(&value), "0 or more and less than 1")
}

/// A number above 0 and at most 1.
///
/// # Errors
/// One line.
pub fn above_zero_to_one(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value <= 1.0, "above 0 and at most 1")
}

/// A number above 0 and below 1.
///
/// # Errors
/// One line.
pub fn between_zero_and_one(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value < 1.0, "above 0 and below 1")
}

fn whole(text: &str) -> Result<usize, String> {
    parse(text, "a whole number")
}

fn number(text: &str, fits: impl Fn(f64) -> bool, range: &str) -> Result<f64, String> {
    let value: f64 = parse(text, "a number")?;
    if value.is_finite() && fits(value) { Ok(value) } else { Err(format!("must be {range}")) }
}

fn parse<T: FromStr<Err: Display>>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("not {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_or_off_in_the_words_that_people_use() {
        for on in ["true", "TRUE", "1", "yes", " on "] {
            assert_eq!(switch(on), Ok(true), "{on}");
        }
        for off in ["false", "False", "0", "no", "off", ""] {
            assert_eq!(switch(off), Ok(false), "{off}");
        }
        assert!(switch("2").is_err_and(|line| line.contains("true or false")));
    }

    type Parser = fn(&str) -> Result<f64, String>;

    #[test]
    fn numbers_out_of_range_are_refused_with_the_range() {
        assert_eq!(positive("3"), Ok(3));
        assert!(positive("0").is_err_and(|line| line == "must be at least 1"));
        assert!(positive("-1").is_err_and(|line| line.starts_with("not a whole number: ")));
        let ranges: [(Parser, &[&str], &[&str]); 6] = [
            (above_zero, &["1e-5", "7"], &["0", "-1", "NaN", "inf"]),
            (zero_or_more, &["0", "7"], &["-0.1", "NaN"]),
            (zero_to_one, &["0", "0.5", "1"], &["-0.1", "1.1", "NaN"]),
            (zero_to_below_one, &["0", "0.9"], &["1", "-0.1"]),
            (above_zero_to_one, &["0.1", "1"], &["0", "1.1"]),
            (between_zero_and_one, &["0.1"], &["0", "1", "many"]),
        ];
        for (parser, good, bad) in ranges {
            for text in good {
                assert!(parser(text).is_ok(), "{text}");
            }
            for text in bad {
                assert!(parser(text).is_err(), "{text}");
            }
        }
    }
}
