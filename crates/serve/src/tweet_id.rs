//! A tweet id that exists is valid: parsed once at the edge, a string ever after.

use std::fmt;

use serde::{Serialize, Serializer};

/// The id of a tweet: 1 to 19 decimal digits.
///
/// Ids exceed 2^53, so a JSON number would lose digits in most clients; this one serialises as a
/// string and is never turned into a number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TweetId(Box<str>);

/// The error for text that is not a tweet id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tweet id is 1 to 19 decimal digits")]
pub struct NotATweetId;

impl TweetId {
    /// Longest id in digits.
    pub const MAX_DIGITS: usize = 19;

    /// Reads an id.
    ///
    /// # Errors
    /// [`NotATweetId`] unless `text` is 1 to 19 ASCII digits and nothing else.
    pub fn parse(text: &str) -> Result<Self, NotATweetId> {
        let well_formed = (1..=Self::MAX_DIGITS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed { Ok(Self(text.into())) } else { Err(NotATweetId) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TweetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TweetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TweetId({})", self.0)
    }
}

impl Serialize for TweetId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn digits_up_to_nineteen_are_ids() {
        for text in ["1", "0", "20", "1346889436626259968", "9999999999999999999"] {
            assert_eq!(TweetId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "12345678901234567890", "-1", "+1", " 1", "1 ", "1.0", "abc", "١٢٣", "1\n"]
        {
            assert_eq!(TweetId::parse(text), Err(NotATweetId), "{text:?}");
        }
    }

    #[test]
    fn an_id_above_two_to_the_53_keeps_every_digit_in_json() {
        let id = TweetId::parse("1346889436626259969").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"1346889436626259969\"");
    }
}
