//! A guess at a text's language, good enough to see whether a model does worse outside English.

use super::words;

/// The commonest small words of some languages that Latin letters write. Words that two of
/// them share are left to both: the language with more hits wins.
const SMALL_WORDS: [(&str, &[&str]); 8] = [
    (
        "English",
        &[
            "the", "to", "and", "of", "a", "in", "is", "i", "you", "it", "for", "that", "my", "on",
            "with", "this", "be", "are", "was", "not", "have", "they", "we", "so", "at", "just",
            "but", "from", "what", "your", "all", "if", "when", "by", "do", "he", "his", "me",
            "im", "i'm", "it's", "don't", "no", "will", "can", "who", "how", "their", "after",
        ],
    ),
    (
        "Spanish",
        &[
            "de", "que", "el", "la", "los", "las", "en", "y", "un", "una", "por", "con", "para",
            "es", "se", "del", "mi", "como", "pero", "más", "esta", "muy",
        ],
    ),
    (
        "French",
        &[
            "le", "la", "les", "de", "des", "et", "en", "un", "une", "du", "est", "que", "pour",
            "dans", "pas", "sur", "je", "qui", "ce", "au", "avec", "il", "c'est",
        ],
    ),
    (
        "German",
        &[
            "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "ich", "zu", "mit", "von",
            "auf", "für", "den", "es", "auch", "sich", "wir", "aber",
        ],
    ),
    (
        "Dutch",
        &[
            "de", "het", "een", "en", "van", "ik", "dat", "niet", "op", "te", "voor", "met",
            "zijn", "er", "ook", "maar", "naar", "wordt",
        ],
    ),
    (
        "Turkish",
        &[
            "bir", "ve", "bu", "için", "çok", "ne", "da", "de", "ile", "ben", "değil", "gibi",
            "ama", "var", "yok", "daha",
        ],
    ),
    (
        "Indonesian or Malay",
        &[
            "yang", "dan", "di", "ini", "itu", "untuk", "dengan", "tidak", "dari", "ke", "ada",
            "akan", "kita", "saya", "aku", "juga",
        ],
    ),
    (
        "Italian or Portuguese",
        &[
            "che", "di", "il", "non", "per", "una", "sono", "della", "ma", "anche", "o", "os",
            "não", "uma", "com", "para", "em", "muito", "eu", "você",
        ],
    ),
];

/// The language a text seems to be in: one of the names above, a script, or that it is too
/// short or too unlike any of them to tell. Expects normalised text.
pub fn guess(text: &str) -> &'static str {
    let (mut latin, mut arabic, mut other) = (0_u32, 0_u32, 0_u32);
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        match letter {
            '\u{0600}'..='\u{06ff}'
            | '\u{0750}'..='\u{077f}'
            | '\u{08a0}'..='\u{08ff}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}' => arabic += 1,
            'a'..='z' | 'A'..='Z' | '\u{00c0}'..='\u{024f}' => latin += 1,
            _ => other += 1,
        }
    }
    if arabic > latin.max(other) {
        return "Arabic script";
    }
    if other > latin {
        return "another script";
    }
    let mut hits = [0_u32; SMALL_WORDS.len()];
    let mut count = 0;
    // A handle or hashtag says nothing about the language around it.
    for word in words(text).filter(|word| word != "user") {
        count += 1;
        for (hits, (_, small)) in hits.iter_mut().zip(SMALL_WORDS) {
            *hits += u32::from(small.contains(&word.as_str()));
        }
    }
    // The first of equals, and English is first.
    let mut best = 0;
    for index in 1..hits.len() {
        if hits[index] > hits[best] {
            best = index;
        }
    }
    match (hits[best], count) {
        (0, 0..=4) => "too short to tell",
        (0, _) => "unclear",
        _ => SMALL_WORDS[best].0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_languages_are_told_apart() {
        for (text, language) in [
            ("the bus was late again and it is raining", "English"),
            ("no me gusta que la gente llegue tarde por la mañana", "Spanish"),
            ("je ne sais pas ce que les gens en pensent", "French"),
            ("ich weiß nicht was die Leute von der Sache halten", "German"),
            ("bugün hava çok güzel ve bir kahve için", "Turkish"),
            ("صباح الخير يا أصدقاء", "Arabic script"),
            ("доброе утро друзья", "another script"),
            ("lol", "too short to tell"),
            ("", "too short to tell"),
        ] {
            assert_eq!(guess(text), language, "{text}");
        }
    }
}
