//! Numbers as a reader wants them.

use crate::figure::Figure;

/// Shown in place of a number that is missing.
pub const NONE: &str = "–";

/// `12,345`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// [`count`] of a length.
pub fn size(value: usize) -> String {
    count(value as u64)
}

/// `93.5 %`; more places near 0 and 100, where they matter.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let edge = value.min(100.0 - value);
    let text = if edge > 0.0 && edge < 0.1 { format!("{value:.2}") } else { format!("{value:.1}") };
    // A count that is not all must not be rounded to all, nor one that is not none to none.
    match text.as_str() {
        "100.00" if value < 100.0 => "> 99.99 %".to_owned(),
        "0.00" if value > 0.0 => "< 0.01 %".to_owned(),
        "100.0" | "100.00" => "100 %".to_owned(),
        "0.0" | "0.00" => "0 %".to_owned(),
        _ => format!("{text} %"),
    }
}

/// `0.984`.
pub fn decimal(value: f64) -> String {
    format!("{value:.3}")
}

/// A score or threshold: `0.414`, with more places near 0 and 1.
pub fn score(value: f64) -> String {
    if (0.01..0.99).contains(&value) || value <= 0.0 || value >= 1.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.5}")
    }
}

/// `+0.012`, for differences.
pub fn signed(value: f64) -> String {
    let text = format!("{value:+.3}");
    match text.as_str() {
        "-0.000" | "+0.000" => "0.000".to_owned(),
        _ => text.replace('-', "−"),
    }
}

/// A figure in one of the forms above, or a dash.
pub fn figure(figure: Option<Figure>, form: fn(f64) -> String) -> String {
    figure.map_or_else(|| NONE.to_owned(), |figure| form(figure.value))
}

/// The interval of a figure: `0.981 to 0.987`, or nothing.
pub fn interval(figure: Option<Figure>, form: fn(f64) -> String) -> String {
    let Some((lower, upper)) = figure.and_then(|figure| figure.lower.zip(figure.upper)) else {
        return String::new();
    };
    let (lower, upper) = (form(lower), form(upper));
    // One unit is enough for both.
    match lower.strip_suffix(" %") {
        Some(number) if upper.ends_with(" %") => format!("{number} to {upper}"),
        _ => format!("{lower} to {upper}"),
    }
}

/// A figure with its interval in brackets.
pub fn with_interval(value: Option<Figure>, form: fn(f64) -> String) -> String {
    let ends = interval(value, form);
    if ends.is_empty() { figure(value, form) } else { format!("{} ({ends})", figure(value, form)) }
}

/// Something optional in one of the forms above.
pub fn optional(value: Option<f64>, form: fn(f64) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_near_the_ends_are_not_rounded_away() {
        for (share, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5, "50.0 %"),
            (0.9351, "93.5 %"),
            (0.000_4, "0.04 %"),
            (0.999_96, "> 99.99 %"),
            (0.000_01, "< 0.01 %"),
            (0.999_5, "99.95 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn counts_and_differences_are_readable() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(signed(-0.012_3), "−0.012");
        assert_eq!(signed(0.000_1), "0.000");
    }
}
