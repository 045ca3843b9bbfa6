//! The added columns, and what they are called where a name is taken.

/// Put before a name that the input has already. A gold label is often called `label`: it is never
/// overwritten.
const PREFIX: &str = "threat_";

/// The names of the added columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedColumns {
    /// The calibrated score; empty where the text is not judged.
    pub score: String,
    /// `pro_isis` or `not_pro_isis`; empty where the text is not judged.
    pub label: String,
    /// `none`, `review`, `priority_review` or `not_judged`.
    pub band: String,
    /// Reason that it is not judged: `no_text`, `no_words`, `language`, `unreadable`; else empty.
    pub reason: String,
    /// The language of the text, or of the part of it that was read.
    pub lang: String,
    /// `true` where the text was longer than can be read, and its end was not; empty where it is not
    /// judged.
    pub truncated: String,
}

impl AddedColumns {
    /// Names that none of the input's columns has.
    pub fn beside<S: AsRef<str>>(columns: &[S]) -> Self {
        let free = |name: &str| {
            let mut name = name.to_owned();
            while columns.iter().any(|column| column.as_ref() == name) {
                name.insert_str(0, PREFIX);
            }
            name
        };
        Self {
            score: free("score"),
            label: free("label"),
            band: free("band"),
            reason: free("reason"),
            lang: free("lang"),
            truncated: free("truncated"),
        }
    }

    /// The names in the order in which they are added.
    pub fn names(&self) -> [&str; 6] {
        [&self.score, &self.label, &self.band, &self.reason, &self.lang, &self.truncated]
    }

    /// A line that says which names were taken, if any was.
    pub fn note(&self) -> Option<String> {
        let renamed = self.names().into_iter().filter(|name| name.starts_with(PREFIX));
        let renamed: Vec<String> = renamed
            .map(|name| format!("\"{}\" is added as \"{name}\"", &name[PREFIX.len()..]))
            .collect();
        (!renamed.is_empty()).then(|| {
            format!("the input has columns of these names already: {}", renamed.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_names_are_taken_as_they_are() {
        let added = AddedColumns::beside(&["id", "text", "Label"]);
        assert_eq!(added.names(), ["score", "label", "band", "reason", "lang", "truncated"]);
        assert_eq!(added.note(), None);
    }

    #[test]
    fn a_taken_name_gets_a_prefix_and_a_note() {
        let added = AddedColumns::beside(&["text", "label"]);
        let names = ["score", "threat_label", "band", "reason", "lang", "truncated"];
        assert_eq!(added.names(), names);
        let note = added.note().unwrap_or_default();
        assert!(note.contains("\"label\" is added as \"threat_label\""), "{note}");
        assert!(!note.contains("score"), "{note}");
    }

    #[test]
    fn a_file_scored_twice_keeps_the_first_scores() {
        let columns = ["text", "score", "label", "band", "threat_score"];
        let added = AddedColumns::beside(&columns);
        let names =
            ["threat_threat_score", "threat_label", "threat_band", "reason", "lang", "truncated"];
        assert_eq!(added.names(), names);
    }
}
