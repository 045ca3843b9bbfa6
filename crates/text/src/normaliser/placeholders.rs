//! Step 7: what publishers of data sets put for what they hid: `<user>` is a handle, `<url>`,
//! `<number>`, `<censored>` and their like are gaps.
//!
//! No poster wrote them, and no tweet that is served has them: left in, they tell the set.

use std::borrow::Cow;

use super::mentions;

const GAPS: [&str; 9] =
    ["url", "number", "percent", "money", "date", "time", "phone", "email", "censored"];

/// Rewrites every placeholder that begins a word (`Map<number>` is code).
pub(super) fn fill(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (start, _) in text.match_indices('<') {
        let Some(form) = placeholder(text, start) else {
            continue;
        };
        let length = text[start..].find('>').map_or(0, |end| end + 1);
        out.push_str(&text[copied..start]);
        out.push_str(form);
        copied = start + length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The replacement of the placeholder that begins at `start`, if one does.
fn placeholder(text: &str, start: usize) -> Option<&'static str> {
    if text[..start].ends_with(char::is_alphanumeric) {
        return None;
    }
    let rest = &text.as_bytes()[start + 1..];
    let length = rest.iter().take(9).position(|&b| b == b'>')?;
    let name = &rest[..length];
    if name.eq_ignore_ascii_case(b"user") {
        return Some(mentions::TOKEN);
    }
    GAPS.iter().any(|gap| name.eq_ignore_ascii_case(gap.as_bytes())).then_some(" ")
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_become_handles_and_gaps() {
        assert_eq!(fill("<user> said <number> of <URL>"), "@user said   of  ");
    }

    #[test]
    fn other_angle_brackets_stay() {
        for text in ["I <3 you", "a < b > c", "Map<number>", "<b>bold</b>", "<", "<users>", "<-->"]
        {
            assert_eq!(fill(text), text);
        }
    }
}
