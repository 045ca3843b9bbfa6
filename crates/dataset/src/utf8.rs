//! The place where a stream of bytes stops being UTF-8.

/// Follows bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Utf8 {
    /// The beginning of a character whose rest is still to come.
    begun: Vec<u8>,
    passed: u64,
    invalid: Option<u64>,
}

impl Utf8 {
    /// The first byte that belongs to no character.
    pub(crate) fn invalid(&self) -> Option<u64> {
        self.invalid
    }

    pub(crate) fn follow(&mut self, bytes: &[u8]) {
        if self.invalid.is_some() {
            return;
        }
        let start = self.passed - self.begun.len() as u64;
        self.passed += bytes.len() as u64;
        let joined;
        let text = if self.begun.is_empty() {
            bytes
        } else {
            joined = [&self.begun, bytes].concat();
            &joined
        };
        let begun = match std::str::from_utf8(text) {
            Ok(_) => Vec::new(),
            Err(error) if error.error_len().is_none() => text[error.valid_up_to()..].to_vec(),
            Err(error) => {
                self.invalid = Some(start + error.valid_up_to() as u64);
                Vec::new()
            }
        };
        self.begun = begun;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_of_no_character_is_found_however_the_bytes_come() {
        for (bytes, expected) in [
            (&b"caf\xC3\xA9 \xF0\x9F\x98\x80"[..], None),
            (b"caf\xC3\xA9 \xE9t\xFF", Some(6)),
            (b"\xF0\x9Fa", Some(0)),
        ] {
            for piece in 1..=bytes.len() {
                let mut utf8 = Utf8::default();
                bytes.chunks(piece).for_each(|piece| utf8.follow(piece));
                assert_eq!(utf8.invalid(), expected, "{bytes:?} by {piece}");
            }
        }
    }
}
