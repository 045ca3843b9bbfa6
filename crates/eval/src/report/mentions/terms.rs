//! Finds texts that name ISIS, Islam and Muslims, or the region.
//!
//! These words decide nothing about a score. They pick out the posts on which a model that has
//! learnt the topic instead of the stance goes wrong.

use baselines::words;

/// A group of posts by the words they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// Name of the group in the report.
    pub(super) name: &'static str,
    /// A word that is one of these counts.
    exact: &'static [&'static str],
    /// A word that begins with one of these counts.
    beginnings: &'static [&'static str],
}

/// The groups the report looks at.
pub(super) const GROUPS: [Terms; 3] = [
    Terms {
        name: "names ISIS",
        exact: &["isis", "isil", "daesh", "daish", "islamicstate", "caliphate"],
        beginnings: &["baghdadi", "khilaf"],
    },
    Terms {
        name: "names Islam or Muslims",
        exact: &[
            "islam", "islamic", "allah", "quran", "koran", "qur'an", "ramadan", "ramadhan", "eid",
            "imam", "hadith", "salah", "dua", "ummah", "hijab", "prophet", "sunni", "shia",
            "shiite", "salam", "salaam",
        ],
        beginnings: &[
            "muslim",
            "moslem",
            "mosque",
            "inshallah",
            "insha'allah",
            "alhamdulillah",
            "subhanallah",
            "mashallah",
            "masha'allah",
            "bismillah",
            "assalam",
        ],
    },
    Terms {
        name: "names the region or its people",
        exact: &[
            "aleppo",
            "mosul",
            "raqqa",
            "damascus",
            "baghdad",
            "fallujah",
            "idlib",
            "gaza",
            "yemen",
            "libya",
            "palestine",
            "iran",
        ],
        beginnings: &[
            "arab",
            "syria",
            "iraq",
            "kurd",
            "palestinian",
            "iranian",
            "yemeni",
            "libyan",
        ],
    },
];

impl Terms {
    /// True if the text holds one of the words, as a word or a hashtag. Expects normalised text.
    pub(super) fn in_text(&self, text: &str) -> bool {
        let mut last = String::new();
        words(text).any(|word| {
            let named = self.exact.contains(&word.as_str())
                || self.beginnings.iter().any(|start| word.starts_with(start))
                || (self.exact.contains(&"isis") && last == "islamic" && word == "state");
            last = word;
            named
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_and_parts_of_words_do_not() {
        let [isis, islam, region] = GROUPS;
        assert!(isis.in_text("Breaking: #ISIS claims attack"));
        assert!(isis.in_text("the so-called Islamic State has fallen"));
        assert!(!isis.in_text("this is a crisis"));
        assert!(islam.in_text("My Muslim neighbours invited us"));
        assert!(!islam.in_text("salami sandwich"), "a beginning must not be too short");
        assert!(region.in_text("Syrian refugees welcome"));
        assert!(!region.in_text("football tonight"));
    }
}
