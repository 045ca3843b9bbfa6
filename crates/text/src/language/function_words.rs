//! Small words that tell a language, and most of which an English vocabulary has as pieces, too.
//!
//! None is in two lists, unless for languages that are one to a reader of English. Left out is what is
//! a word of English as well (`die`, `den`, `me`, `on`, `an`, `also`), names, and what English posts
//! borrow (`la`, `el`, `al`, `bin`).

use std::collections::HashMap;
use std::sync::LazyLock;

/// Of which languages a word is a small one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Small(u32);

impl Small {
    /// Looks a word in small letters up.
    pub(super) fn of(word: &str) -> Self {
        SMALL.get(word).copied().unwrap_or_default()
    }

    /// True if it is one of English.
    pub(super) fn is_english(self) -> bool {
        self.0 & 1 == 1
    }

    /// True if it is one of another language.
    pub(super) fn is_foreign(self) -> bool {
        self.0 > 1
    }

    /// True if it is one of the language at that place in [`OTHERS`].
    pub(super) fn is_of(self, place: usize) -> bool {
        self.0 >> (place + 1) & 1 == 1
    }
}

static SMALL: LazyLock<HashMap<&str, Small>> = LazyLock::new(|| {
    let mut small: HashMap<&str, Small> = HashMap::new();
    let others = OTHERS.iter().map(|(_, words)| *words);
    for (place, words) in std::iter::once(&ENGLISH[..]).chain(others).enumerate() {
        for word in words {
            small.entry(word).or_default().0 |= 1 << place;
        }
    }
    small
});

/// Of English: the most frequent and some of posts, without those that another Latin language has (`in`, `is`, `was`, `no`,
/// `so`, `he`, `to`).
const ENGLISH: [&str; 103] = [
    "about", "after", "again", "all", "and", "are", "as", "at", "be", "because", "been", "being",
    "but", "by", "can", "could", "did", "didn", "do", "does", "doesn", "don", "even", "ever",
    "every", "for", "from", "get", "go", "going", "good", "got", "had", "has", "have", "her",
    "here", "his", "how", "if", "it", "its", "just", "know", "like", "make", "many", "more", "my",
    "never", "new", "not", "now", "of", "one", "only", "or", "our", "out", "over", "people",
    "should", "some", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "today", "up", "us", "want", "we", "were", "what", "when", "where", "which",
    "who", "why", "will", "with", "would", "you", "your",
    // Of posts: no vocabulary made of books has them.
    "lol", "lmao", "omg", "wtf", "idk", "btw", "tbh", "gonna", "wanna", "im", "dont", "thats",
];

/// Of other languages that are written in Latin letters.
pub(super) const OTHERS: [(&str, &[&str]); 17] = [
    (
        "es",
        &[
            "que", "los", "las", "por", "con", "una", "para", "del", "esta", "este", "muy", "pero",
            "como", "mi", "su", "yo", "hay", "todo", "hoy", "cuando", "porque", "gracias", "nos",
            "lo", "se", "te", "un", "es", "más", "está", "qué", "sobre", "tiene",
        ],
    ),
    (
        "pt",
        &[
            "que", "não", "nao", "uma", "para", "pra", "vc", "você", "meu", "minha", "mais",
            "isso", "tem", "muito", "ele", "ela", "dos", "da", "em", "um", "foi", "vou", "hoje",
            "bom", "dia", "ao", "na", "os", "mas", "é", "tá", "só",
        ],
    ),
    (
        "fr",
        &[
            "le", "les", "des", "et", "je", "tu", "est", "pas", "que", "qui", "une", "dans",
            "pour", "vous", "nous", "ce", "avec", "sur", "mais", "il", "elle", "du", "au", "ne",
            "suis", "moi", "fait", "tout", "comme", "sont", "bien", "cette", "un", "sa", "à", "ça",
        ],
    ),
    (
        "it",
        &[
            "che", "di", "il", "non", "una", "sono", "della", "del", "gli", "con", "ma", "più",
            "anche", "questo", "mi", "ti", "ci", "io", "ho", "tutti", "nel", "alla", "è", "lo",
            "se", "un",
        ],
    ),
    (
        "ro",
        &[
            "și", "si", "nu", "este", "sunt", "cu", "pentru", "din", "mai", "să", "sa", "că", "ca",
            "un",
        ],
    ),
    (
        "de",
        &[
            "der", "das", "und", "ich", "nicht", "ist", "ein", "eine", "zu", "mit", "auf", "für",
            "von", "sie", "es", "wie", "auch", "wir", "aber", "sind", "nur", "noch", "mich", "mir",
            "wenn", "hab", "bei", "nach", "haben", "wird", "einen", "du",
        ],
    ),
    (
        "nl",
        &[
            "het", "een", "ik", "niet", "van", "dat", "je", "voor", "met", "zijn", "maar", "ook",
            "aan", "er", "naar", "bij", "nog", "wel", "heb", "mijn", "wat", "dit", "deze", "hij",
            "ze", "te", "als",
        ],
    ),
    (
        "sv",
        &[
            "och", "att", "det", "är", "inte", "som", "jag", "för", "på", "av", "en", "ett", "med",
            "till", "har", "vi", "ni", "du", "om", "så", "eller", "hade", "kan", "ska", "när",
        ],
    ),
    (
        "no",
        &[
            "og", "det", "ikke", "jeg", "som", "på", "av", "en", "er", "har", "med", "du", "vi",
            "om", "så", "et", "kan", "meg", "være",
        ],
    ),
    (
        "fi",
        &["ja", "ei", "se", "niin", "että", "mutta", "kun", "nyt", "minä", "sinä", "oli", "ole"],
    ),
    (
        "pl",
        &[
            "nie", "się", "na", "jest", "że", "ja", "jak", "za", "tak", "od", "już", "mnie",
            "tylko", "czy", "po", "dla",
        ],
    ),
    (
        "tr",
        &[
            "bir", "ve", "bu", "çok", "ne", "da", "de", "için", "ile", "sen", "var", "yok", "gibi",
            "daha", "ama", "mi", "mı", "ki", "o", "kadar", "olan", "değil",
        ],
    ),
    (
        "id",
        &[
            "yang", "dan", "di", "ini", "itu", "untuk", "dengan", "tidak", "ada", "aku", "kamu",
            "saya", "bisa", "sudah", "juga", "dari", "ke", "akan", "pada", "kalau", "banget",
            "gak", "ga", "yg", "dgn", "mau", "lagi", "aja", "udah", "apa", "nya", "kita", "orang",
            "jadi", "dia", "tak", "nak", "buat", "bukan", "semua", "hari", "selamat", "anak",
            "jangan", "karena", "atau", "oleh", "mereka", "kami", "lebih", "sama", "kok", "sih",
            "deh", "dalam", "seorang", "satu", "dua", "telah", "tapi", "kalo",
        ],
    ),
    (
        "tl",
        &[
            "ang", "ng", "mga", "sa", "ko", "ka", "mo", "na", "ako", "naman", "lang", "ba", "po",
            "kasi", "hindi", "ay", "si", "yung", "pa", "din", "rin", "ito", "kung", "para", "siya",
            "tayo", "wala", "mahal", "nang", "nga", "talaga",
        ],
    ),
    ("sw", &["na", "wa", "kwa", "ni", "za", "hii", "sana", "kama", "katika", "huyo"]),
    (
        "hi",
        &[
            "hai", "ke", "ka", "ki", "ko", "se", "mein", "nahi", "aur", "ye", "kya", "bhi", "ho",
            "hain", "tha", "kar", "ne", "hum", "koi", "jo", "toh", "mera", "apne", "nahin",
        ],
    ),
    ("vi", &["là", "và", "không", "của", "có", "cho", "một", "người", "này", "anh", "em", "tôi"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_word_of_english_is_one_of_another_language() {
        for word in ENGLISH {
            assert!(Small::of(word).is_english() && !Small::of(word).is_foreign(), "{word}");
        }
        assert!(
            Small::of("que").is_of(0) && Small::of("que").is_of(1) && !Small::of("que").is_of(3)
        );
        assert_eq!(Small::of("caliphate"), Small::default());
    }
}
