//! A text to score.

use scorer::Asked;

/// A text that waits for a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The text, as it was posted.
    pub text: String,
    /// The platform's own word for its language.
    pub lang: Option<String>,
    /// As [`Asked::judge`].
    pub judge: bool,
}

impl Question {
    /// A text of which nothing else is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), lang: None, judge: true }
    }

    /// The same with the platform's own word for its language.
    #[must_use]
    pub fn in_language(self, lang: Option<String>) -> Self {
        Self { lang, ..self }
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { text: &self.text, lang: self.lang.as_deref(), judge: self.judge }
    }
}
