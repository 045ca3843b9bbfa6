//! Characters that are not to be seen: what writers and programs put between letters.
//!
//! All of Unicode's `Default_Ignorable_Code_Point` (soft hyphens, zero-width spaces, fillers of Hangul,
//! direction marks, variation selectors, tags, …), marks that enclose a letter, and what stands for
//! objects and lost bytes. Of the joiners U+200C and U+200D those stay that Persian, Indic scripts and
//! emoji need.

use unicode_normalization::char::is_combining_mark;

/// True if a character is dropped wherever it stands. The joiners are not among these.
pub(super) fn is_dropped(c: char) -> bool {
    c >= '\u{ad}'
        && matches!(c,
            // Default_Ignorable_Code_Point of Unicode 16.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            // Marks that enclose.
            | '\u{488}'..='\u{489}' | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}'
            | '\u{a670}'..='\u{a672}'
            // Annotations, objects, lost bytes.
            | '\u{fff9}'..='\u{fffd}')
}

/// Drops every U+200C and U+200D that does not stand between two characters that it could join or
/// keep from joining.
pub(super) fn drop_idle_joiners(letters: &mut Vec<char>) {
    if !letters.iter().any(|&c| is_joiner(c)) {
        return;
    }
    let mut next = vec![None; letters.len()];
    let mut seen = None;
    for (at, &c) in letters.iter().enumerate().rev() {
        next[at] = seen;
        if !is_joiner(c) {
            seen = Some(c);
        }
    }
    let mut before = None;
    let mut at = 0;
    letters.retain(|&c| {
        let after = next[at];
        at += 1;
        if !is_joiner(c) {
            before = Some(c);
            return true;
        }
        let both = |of: fn(char) -> bool| before.is_some_and(of) && after.is_some_and(of);
        both(is_of_joining_script) || (c == '\u{200d}' && both(is_pictogram))
    });
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// A letter or mark of a script whose letters change their form beside others.
fn is_of_joining_script(c: char) -> bool {
    matches!(c,
        // Arabic and its neighbours, scripts of India, Myanmar, Khmer, Mongolian and others.
        '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{10800}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}')
        && (c.is_alphabetic() || is_combining_mark(c))
}

fn is_pictogram(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_idle_joiners(text: &str) -> String {
        let mut letters = text.chars().collect();
        drop_idle_joiners(&mut letters);
        letters.into_iter().collect()
    }

    #[test]
    fn joiners_stay_where_scripts_and_emoji_need_them() {
        for text in ["می\u{200c}خواهم", "👩\u{200d}🚀", "ක්\u{200d}ෂ", "क्\u{200d}ष"]
        {
            assert_eq!(without_idle_joiners(text), text);
        }
    }

    #[test]
    fn other_joiners_go() {
        assert_eq!(
            without_idle_joiners("ca\u{200d}li\u{200c}\u{200d}phate \u{200c}"),
            "caliphate "
        );
        assert_eq!(without_idle_joiners("\u{200d}👩\u{200d} \u{200c}م\u{200c}"), "👩 م");
        assert_eq!(without_idle_joiners("a\u{200c}م 👩\u{200c}🚀"), "aم 👩🚀");
    }
}
