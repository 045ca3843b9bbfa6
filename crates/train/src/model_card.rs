//! The parts of every model card; first of all its header: metadata in YAML, as Hugging Face's hub and tools
//! read it.

use std::path::Path;

use checkpoint::CheckpointError;
use text::language::Code;

use crate::base::{BaseSource, base_source};
use crate::data::FileSummary;
use crate::error::TrainError;

/// The line before and after a header.
const FENCE: &str = "---\n";

/// The ancestor of the bundled base (docs/base-model.md), and the licence of its weights.
const BUNDLED_ANCESTOR: &str = "sentence-transformers/all-MiniLM-L6-v2";
const BUNDLED_LICENCE: &str = "apache-2.0";

/// The content of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A trained model, which this project reads.
    Classifier,
    /// A base, which `transformers` reads too.
    Encoder,
}

/// The metadata of a folder that `train` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// Its content.
    pub kind: Kind,
    /// ISO 639-1 codes; none where nobody has told.
    pub languages: &'a [&'static str],
    /// `--base`, as typed.
    pub base: Option<&'a str>,
}

impl Metadata<'_> {
    /// The header, fences included. Codes are quoted: Norwegian's would be read as a boolean.
    pub fn header(&self) -> String {
        let source = base_source(self.base);
        let (ancestor, licence) = match (self.base, source) {
            (_, Ok(BaseSource::Hub(id))) => (Some(id), None),
            (None, Ok(BaseSource::Folder(_))) => {
                (Some(BUNDLED_ANCESTOR.to_owned()), Some(BUNDLED_LICENCE))
            }
            _ => (None, None),
        };
        let (library, task) = match self.kind {
            Kind::Classifier => ("threat-indicator", "text-classification"),
            Kind::Encoder => ("transformers", "feature-extraction"),
        };
        let mut lines = vec![];
        if !self.languages.is_empty() {
            lines.push("language:".to_owned());
            lines.extend(self.languages.iter().map(|code| format!("- \"{code}\"")));
        }
        // Only a person knows whose weights and data they are.
        lines.push(format!("license: {}", licence.unwrap_or("unknown")));
        lines.push(format!("library_name: {library}"));
        lines.push(format!("pipeline_tag: {task}"));
        lines.extend(["tags:", "- electra", "- threat-indicator"].map(str::to_owned));
        lines.extend(ancestor.map(|id| format!("base_model: {id}")));
        format!("{FENCE}{}\n{FENCE}", lines.join("\n"))
    }
}

/// A card's header, empty if it has none, and its body.
pub fn split(card: &str) -> (&str, &str) {
    let end = card.strip_prefix(FENCE).and_then(|rest| rest.find("\n---\n"));
    end.map_or(("", card), |end| card.split_at(FENCE.len() + end + 1 + FENCE.len()))
}

/// The model card of the checkpoint in `folder`; empty if it has none.
///
/// # Errors
/// [`TrainError::Checkpoint`] if there is one that cannot be read.
pub fn read(folder: &Path) -> Result<String, TrainError> {
    let path = folder.join("README.md");
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        card => Ok(card.map_err(CheckpointError::io("read", &path))?),
    }
}

/// A card's body without its title.
pub fn without_title(body: &str) -> &str {
    body.strip_prefix("# ").map_or(body, |titled| titled.split_once('\n').unwrap_or_default().1)
}

/// A card's body without the section under a heading, which has a line break on both sides.
pub fn without_section(body: &str, heading: &str) -> String {
    let Some((before, section)) = body.split_once(heading) else { return body.to_owned() };
    let after = section.find("\n## ").map_or("", |next| &section[next..]);
    format!("{}\n{after}", before.trim_end())
}

/// A header with these languages in place of those that it names.
pub fn with_languages(header: &str, languages: &[Code]) -> String {
    let Some(rest) = header.strip_prefix(FENCE) else { return header.to_owned() };
    let mut names_languages = false;
    let kept = rest.lines().filter(|line| {
        names_languages = *line == "language:" || (names_languages && line.starts_with("- "));
        !names_languages
    });
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    let languages: String = languages.iter().map(|code| format!("- \"{code}\"\n")).collect();
    format!("{FENCE}language:\n{languages}{kept}")
}

/// A line of Markdown for each file.
pub fn file_list(files: &[FileSummary]) -> String {
    let line =
        |file: &FileSummary| format!("- `{}` (SHA-256 `{}`)\n", file.file.display(), file.sha256);
    files.iter().map(line).collect()
}

/// The name of a model that is written to this folder.
pub fn model_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSIFIER: Metadata<'static> =
        Metadata { kind: Kind::Classifier, languages: &["en", "no"], base: Some("owner/name") };

    #[test]
    fn a_classifier_names_its_languages_library_task_and_base() {
        let expected = "---
language:
- \"en\"
- \"no\"
license: unknown
library_name: threat-indicator
pipeline_tag: text-classification
tags:
- electra
- threat-indicator
base_model: owner/name
---
";
        assert_eq!(CLASSIFIER.header(), expected);
    }

    #[test]
    fn a_base_says_only_what_is_known() {
        let header =
            Metadata { kind: Kind::Encoder, languages: &[], base: Some("random") }.header();
        assert!(!header.contains("language:") && !header.contains("base_model"), "{header}");
        assert!(header.contains("library_name: transformers\n"), "{header}");
        assert!(header.contains("pipeline_tag: feature-extraction\n"), "{header}");
    }

    #[test]
    fn a_header_takes_other_languages_and_nothing_else_changes() {
        let header = CLASSIFIER.header();
        assert_eq!(with_languages(&header, &["en", "no"]), header);
        let expected = header.replace("- \"no\"\n", "- \"ar\"\n- \"fr\"\n");
        assert_eq!(with_languages(&header, &["en", "ar", "fr"]), expected);
        assert_eq!(with_languages("", &["en"]), "");
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let body = "one\n\n## A\n\ntwo\n\n## B\nthree\n";
        assert_eq!(without_section(body, "\n## A\n"), "one\n\n## B\nthree\n");
        assert_eq!(without_section(body, "\n## B\n"), "one\n\n## A\n\ntwo\n");
        assert_eq!(without_section(body, "\n## C\n"), body);
        assert_eq!(without_title("# mine, version 1\n\nA text.\n"), "\nA text.\n");
    }

    #[test]
    fn header_and_body_come_apart_and_a_card_without_one_is_all_body() {
        let header = CLASSIFIER.header();
        let body = "# mine\n\n---\nA line across.\n";
        assert_eq!(split(&format!("{header}{body}")), (header.as_str(), body));
        for card in [body, "", "---\nnever closed\n"] {
            assert_eq!(split(card), ("", card));
        }
    }
}
