//! The model cards of a checkpoint of several models: the main one's lists them all, and each has its own.

use checkpoint::{Calibration, Manifest};

use crate::model_card;

/// The heading of the section that is added to the main model's card, and what comes before it.
const HEADING: &str = "\n## Models\n";

/// The begin of the note below the title of another model's card.
const NOTE: &str = "> One of several models of a checkpoint:";

/// The main model's card for all of them: their languages in its header, their list as its first section.
pub fn main(former: &str, manifest: &Manifest) -> String {
    let (header, body) = model_card::split(former);
    let header = model_card::with_languages(header, &manifest.languages());
    let body = model_card::without_section(model_card::without_title(body), HEADING);
    let (introduction, sections) = match body.find("\n## ") {
        Some(first) => body.split_at(first),
        None => (body.as_str(), ""),
    };
    let codes = |model: &Manifest| model.config.languages.codes().join(", ");
    let others: String = manifest
        .others
        .iter()
        .map(|other| {
            let (folder, config) = (&other.folder, &other.manifest.config);
            let codes = codes(&other.manifest);
            format!(
                "| {} {} | {codes} | [{folder}/README.md]({folder}/README.md) |\n",
                config.name, config.version
            )
        })
        .collect();
    format!(
        "{header}# {name}, version {version}

{introduction}
{HEADING}
Each text goes to the model that claims its language. A text in several languages is read by each of
them in its part, and the highest score counts. Threshold and bands are the main model's: the others' scores
are laid on its scale, so that each flags what it flagged by its own threshold.

| model | languages | card |
|---|---|---|
| the main model | {codes} | this one: all that follows is about it |
{others}{sections}",
        name = manifest.config.name,
        version = manifest.config.version,
        introduction = introduction.trim(),
        codes = codes(manifest),
    )
}

/// Another model's card, with a note on the scale that its scores are laid on.
pub fn other(former: &str, main: &Calibration, own: &Calibration) -> String {
    let former = alone(former);
    let (header, body) = model_card::split(&former);
    let (title, body) = body.split_at(body.len() - model_card::without_title(body).len());
    format!(
        "{header}{title}
{NOTE} its scores are laid on the main model's scale. Its own threshold, {own:.4},
> is {main:.4} there, and its own start of `priority_review`, {own_priority:.4}, is {priority:.4}. It flags the same
> posts; scores and errors of calibration below are of its own scale.

{body}",
        body = body.trim_start(),
        own = own.threshold,
        main = main.threshold,
        own_priority = own.bands.priority_review,
        priority = main.bands.priority_review,
    )
}

/// Another model's card without that note.
pub fn alone(card: &str) -> String {
    let Some((before, note)) = card.split_once(NOTE) else { return card.to_owned() };
    format!("{before}{}", note.split_once("\n\n").unwrap_or_default().1)
}
