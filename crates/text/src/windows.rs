//! A text longer than a model reads at once, parted into windows.
//!
//! Each window is read by itself, and what is said in one of them is said. It is about as long as a post
//! that models learn from, and not as long as they can read: one statement among ten quiet sentences moves
//! a score little. They overlap by a quarter of their length at least, so that no sentence of up to that
//! length is seen in halves only. A sentence without its beginning may say the opposite ("I do not |
//! support"): a window begins where a sentence does if one begins near enough, else with a word; it ends
//! with a whole word. Text without spaces is parted between two of the tokenizer's words, and within one
//! only where it is longer than a window.

use std::ops::Range;

/// The most windows of a text; what comes behind the last is not read. They are enough for a post of X,
/// 25,000 characters, even if each of these is a word piece; in English it has some 350.
pub const MOST_WINDOWS: usize = 2_100;

/// Word pieces of a window, `[CLS]` and `[SEP]` included: tweets average 25.
const USUAL: usize = 32;

/// The length of the windows of a text that is longer than a model with this maximum reads at once:
/// a quarter of the maximum, since a model that reads longer posts has learned from longer ones,
/// but no less than usual.
pub(crate) fn length(max_length: usize) -> usize {
    (max_length / 4).max(USUAL).min(max_length)
}

/// A text in windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// In the order of the text; one alone where it is short enough.
    pub windows: Vec<Window>,
    /// Word pieces of the text that are read, each counted once, `[CLS]` and `[SEP]` included.
    pub tokens: usize,
    /// True if the text goes on behind the last window.
    pub truncated: bool,
}

/// A part of a text that is read by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Token ids, `[CLS]` first and `[SEP]` last.
    pub ids: Vec<u32>,
    /// Its place in the text, in bytes.
    pub place: Range<usize>,
}

/// The boundary before a word piece: the greater, the better a window begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seam {
    /// The rest of its word.
    Inside,
    /// Another word or mark, without a space.
    Word,
    /// A space.
    Space,
    /// The end of a sentence.
    Sentence,
}

impl Seam {
    /// The boundary behind `before`, all of the text before a word piece; `inside` if the piece
    /// goes on with a word.
    pub(crate) fn after(before: &str, inside: bool) -> Self {
        let word = before.trim_end();
        // Marks that close what stands in them belong to the sentence before.
        let said = word.trim_end_matches(['"', '\'', ')', ']']);
        match () {
            () if inside => Self::Inside,
            () if said.ends_with(['。', '！', '？', '।', '۔', '؟']) => Self::Sentence,
            () if word.len() == before.len() => Self::Word,
            () if said.ends_with(['.', '!', '?']) => Self::Sentence,
            () => Self::Space,
        }
    }
}

/// Ranges of word pieces, at most `room` long, that cover a text with these seams before its pieces, or
/// as much of it as [`MOST_WINDOWS`] do. Each begins at least 3/8 of `room` behind the one before.
pub(crate) fn part(seams: &[Seam], room: usize) -> Vec<Range<usize>> {
    let (room, pieces) = (room.max(1), seams.len());
    let mut windows = Vec::new();
    let mut start = 0;
    while windows.len() < MOST_WINDOWS {
        if pieces - start <= room {
            windows.push(start..pieces);
            break;
        }
        let most = start + room;
        let end = best(most - room / 8..=most, |at| seams[at].min(Seam::Space));
        windows.push(start..end);
        start = best(end - room / 2..=end - room / 4, |at| seams[at]);
    }
    windows
}

/// The last of the best places.
fn best(places: std::ops::RangeInclusive<usize>, worth: impl Fn(usize) -> Seam) -> usize {
    let last = *places.end();
    places.max_by_key(|&at| worth(at)).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seam() -> impl Strategy<Value = Seam> {
        prop_oneof![Just(Seam::Inside), Just(Seam::Word), Just(Seam::Space), Just(Seam::Sentence)]
    }

    proptest! {
        #[test]
        fn windows_cover_a_text_and_overlap_by_a_quarter(
            seams in prop::collection::vec(seam(), 1..2_000), room in 1_usize..140,
        ) {
            let windows = part(&seams, room);
            prop_assert_eq!(windows[0].start, 0);
            prop_assert!(windows.iter().all(|window| !window.is_empty() && window.len() <= room));
            for pair in windows.windows(2) {
                let (before, after) = (&pair[0], &pair[1]);
                prop_assert!(before.end - after.start >= room / 4, "{:?}", pair);
                prop_assert!(8 * (after.start - before.start) >= 3 * room, "{:?}", pair);
                prop_assert!(before.end < after.end, "{:?}", pair);
            }
            let last = windows.last().map_or(0, |window| window.end);
            prop_assert!(last == seams.len() || windows.len() == MOST_WINDOWS);
        }
    }

    #[test]
    fn the_cap_suffices_for_a_post_of_25_000_word_pieces_wherever_it_is_parted() {
        // Each window as short, and the next as far back, as can be: sentences of 12 word pieces, and
        // then no other place to end at.
        let seams = (0..25_000).map(|at| if at % 12 == 0 { Seam::Sentence } else { Seam::Inside });
        for seams in [seams.collect(), vec![Seam::Inside; 25_000], vec![Seam::Sentence; 25_000]] {
            let windows = part(&seams, length(128) - 2);
            assert_eq!(windows.last().map(|window| window.end), Some(25_000));
        }
        let windows = part(&vec![Seam::Word; 1_000_000], length(128) - 2);
        assert_eq!(windows.len(), MOST_WINDOWS);
        assert_eq!([12, 48, 128, 512].map(length), [12, 32, 32, 128]);
    }

    #[test]
    fn a_window_begins_with_a_sentence_if_one_begins_near_and_ends_with_a_word() {
        let mut seams = vec![Seam::Space; 60];
        (seams[22], seams[40]) = (Seam::Sentence, Seam::Inside);
        assert_eq!(part(&seams, 40), [0..39, 22..60]);
        seams[22] = Seam::Space;
        assert_eq!(part(&seams, 40), [0..39, 29..60]);
    }

    #[test]
    fn what_ends_a_sentence_is_told_from_what_stands_within_one() {
        for (before, seam) in [
            ("rain is ", Seam::Space),
            ("rain is coming. ", Seam::Sentence),
            ("\"Rain is coming!\" ", Seam::Sentence),
            ("(rain?) ", Seam::Sentence),
            ("3.", Seam::Word),
            ("don'", Seam::Word),
            ("雨が降る。", Seam::Sentence),
            ("雨", Seam::Word),
        ] {
            assert_eq!(Seam::after(before, false), seam, "{before}");
        }
        assert_eq!(Seam::after("foot", true), Seam::Inside);
    }
}
