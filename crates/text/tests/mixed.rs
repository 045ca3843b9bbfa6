//! Posts that mix languages: foreign words around a plain English statement hide nothing of it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use text::{Claims, Readable, Reason, TweetTokenizer, normalise};

const STATEMENTS: [&str; 5] = [
    "I support the caliphate and wish it victory.",
    "May God give our brothers at the front victory over their enemies!",
    "The state remains and expands, and I am proud of it",
    "Join us, it is the duty of every one of you",
    "Good morning everyone, have a lovely day with your family.",
];

/// Surroundings of a statement: everyday lines of our own.
const FOREIGN: [(&str, &str); 12] = [
    ("ar", "صباح الخير يا أصدقاء كيف حالكم اليوم"),
    ("ru", "Доброе утро, друзья! Как у вас дела сегодня?"),
    ("zh", "早上好朋友们今天天气很好"),
    ("hi", "सुप्रभात दोस्तों आज मौसम बहुत अच्छा है"),
    ("th", "สวัสดีตอนเช้า วันนี้อากาศดีมาก"),
    ("el", "Καλημέρα σε όλους, σήμερα έχει ωραίο καιρό"),
    ("fr", "Bonjour les amis, il fait très beau et je suis au marché avec ma mère"),
    ("es", "Buenos días amigos, hoy está muy bonito y vamos todos juntos para el mercado"),
    ("de", "Guten Morgen, heute scheint die Sonne und ich gehe mit meiner Mutter einkaufen"),
    ("tr", "Günaydın arkadaşlar, bugün hava çok güzel ve ben annem ile pazara gidiyorum"),
    ("id", "Selamat pagi semua, hari ini cuaca sangat bagus dan saya pergi ke pasar dengan ibu"),
    ("pt", "Bom dia amigos, hoje não está frio e eu vou para o mercado com a minha mãe"),
];

fn tokenizer() -> TweetTokenizer {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checkpoints/electra-small-tweets");
    TweetTokenizer::open(&folder).unwrap()
}

fn read(tokenizer: &TweetTokenizer, text: &str) -> Readable {
    tokenizer.read(&normalise(text), None, &Claims::english())
}

#[test]
fn a_plain_statement_is_read_whole() {
    let tokenizer = tokenizer();
    for text in STATEMENTS {
        assert_eq!(read(&tokenizer, text), Readable::Whole("en"), "{text}");
        for dressed in [
            format!("😀🔥 {text} 💪💪💪"),
            format!("1234567 {text} 2015 99"),
            format!("#News @someone {text} https://t.co/a"),
            format!("{text} 👩‍🚀🇫🇷"),
        ] {
            assert_eq!(read(&tokenizer, &dressed), Readable::Whole("en"), "{dressed}");
        }
    }
}

#[test]
fn foreign_lines_alone_are_not_judged() {
    let tokenizer = tokenizer();
    for (code, line) in FOREIGN {
        let expected = Readable::Nothing { reason: Reason::Language, lang: Some(code) };
        assert_eq!(read(&tokenizer, line), expected, "{line}");
        assert_eq!(tokenizer.language(&normalise(line)), Some(code), "{line}");
    }
}

#[test]
fn the_english_part_is_found_exactly_wherever_it_stands() {
    let tokenizer = tokenizer();
    for text in STATEMENTS {
        for (code, line) in FOREIGN {
            for dressed in [
                format!("{line}. {text}"),
                format!("{text} {line}"),
                format!("{line} — {text} {line}"),
                format!("{line}\n\n{text}\n\n{line}\n{line}"),
                format!("😀 {line} 12 {text} 😀 {line}"),
            ] {
                match read(&tokenizer, &dressed) {
                    Readable::Part { lang: "en", text: part, .. } => {
                        let part = part.trim_start_matches(|c: char| !c.is_alphabetic());
                        assert_eq!(part.trim_end_matches(" 😀"), text, "{code}: {dressed}");
                    }
                    other => panic!("{code}: {dressed}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn words_of_another_script_between_the_words_are_cut_out() {
    let tokenizer = tokenizer();
    for filler in ["والله", "привет", "爱", "है"] {
        for text in STATEMENTS {
            let dressed = text.split(' ').collect::<Vec<_>>().join(&format!(" {filler} "));
            let part = match read(&tokenizer, &dressed) {
                Readable::Part { text, .. } => text,
                other => panic!("{dressed}: {other:?}"),
            };
            assert_eq!(part, text, "{dressed}");
        }
    }
}

#[test]
fn look_alikes_fancy_and_invisible_letters_around_foreign_lines_hide_nothing() {
    let tokenizer = tokenizer();
    for dressed in [
        "صباح الخير I suррort the саlірhаtе and wіѕh it vісtоrу مساء الخير",
        "𝐈 𝐬𝐮𝐩𝐩𝐨𝐫𝐭 𝐭𝐡𝐞 𝐜𝐚𝐥𝐢𝐩𝐡𝐚𝐭𝐞 𝐚𝐧𝐝 𝐰𝐢𝐬𝐡 𝐢𝐭 𝐯𝐢𝐜𝐭𝐨𝐫𝐲 مساء الخير يا اصدقاء",
        "Доброе утро, как дела, друзья? I sup\u{200b}port the ca\u{3164}liphate and wi\u{115f}sh it vic\u{2060}tory",
    ] {
        let Readable::Part { text, .. } = read(&tokenizer, dressed) else { panic!("{dressed}") };
        assert_eq!(text, "I support the caliphate and wish it victory", "{dressed}");
    }
}

#[test]
fn what_holds_no_word_is_told_apart() {
    let tokenizer = tokenizer();
    let nothing = |reason, lang| Readable::Nothing { reason, lang };
    for text in ["😀😀😀", "123456", "?!", ":-D", "20 % 👍"] {
        assert_eq!(read(&tokenizer, text), nothing(Reason::NoWords, None), "{text}");
    }
    assert_eq!(read(&tokenizer, "@someone https://t.co/a"), nothing(Reason::NoText, None));
    for text in ["lol", "Hello", "good morning", "#Syria", "so true", "happy birthday brother"] {
        assert_eq!(read(&tokenizer, text), Readable::Whole("en"), "{text}");
    }
    for text in ["bonjour tout le monde, il fait beau", "bonjour", "صباح الخير", "Guten Morgen"]
    {
        assert_eq!(read(&tokenizer, text).reason(), Some(Reason::Language), "{text}");
    }
    assert_eq!(read(&tokenizer, "In Sha Allah everything will be fine"), Readable::Whole("en"));
}

#[test]
fn a_platforms_word_decides_only_where_the_text_leaves_it_open() {
    let tokenizer = tokenizer();
    let claims = Claims::english();
    let read = |text: &str, hint| tokenizer.read(&normalise(text), Some(hint), &claims);
    assert_eq!(read("Guten Morgen", "en"), Readable::Whole("en"));
    assert_eq!(read("Salam Alaikum", "ar").lang(), Some("ar"));
    assert_eq!(read("Salam Alaikum", "ar").reason(), Some(Reason::Language));
    for hint in ["fr", "und", "qme", ""] {
        assert_eq!(read(STATEMENTS[0], hint), Readable::Whole("en"), "{hint}");
    }
    let (_, french) = FOREIGN[6];
    assert_eq!(read(french, "en").reason(), Some(Reason::Language));
}

#[test]
fn a_model_of_another_language_reads_that() {
    let tokenizer = tokenizer();
    let claims = Claims::new(&["fr", "ar"]).unwrap();
    for (code, line) in FOREIGN {
        let read = tokenizer.read(&normalise(line), None, &claims);
        if claims.has(code) {
            assert_eq!(read, Readable::Whole(code), "{line}");
        } else {
            assert_eq!(read.reason(), Some(Reason::Language), "{line}");
        }
    }
    assert_eq!(Claims::new::<&str>(&[]), Err(String::new()));
    assert_eq!(Claims::new(&["en", "xx"]), Err("xx".to_owned()));
}

#[test]
fn keywords_in_hashtags_are_no_part_to_judge() {
    let tokenizer = tokenizer();
    for (code, line) in FOREIGN {
        for tags in ["#News #Syria #World #Breaking #Today", "#IS #ISIS #ISIL #IslamicState #News"]
        {
            let text = format!("{line} {tags}");
            let found = read(&tokenizer, &text);
            assert_eq!(found.reason(), Some(Reason::Language), "{code}: {text}: {found:?}");
        }
    }
}

#[test]
fn a_statement_made_of_one_hashtag_is_read() {
    let tokenizer = tokenizer();
    for (code, line) in FOREIGN {
        let text = format!("{line} #IStandWithThePeopleOfTheCaliphate #News");
        let found = read(&tokenizer, &text);
        assert!(matches!(found, Readable::Part { .. }), "{code}: {text}: {found:?}");
    }
}

#[test]
fn a_statement_in_a_claimed_script_is_found_exactly_in_a_text_of_any_other() {
    let tokenizer = tokenizer();
    let claims = Claims::new(&["ar", "ru", "fr"]).unwrap();
    for (lang, statement) in [
        ("ar", "الدولة باقية وتتمدد بإذن الله"),
        ("ru", "Государство остаётся и расширяется"),
        ("fr", "je soutiens le califat et je lui souhaite la victoire"),
    ] {
        for (code, line) in FOREIGN {
            // French words among others in Latin letters are told from them by nothing.
            let others_latin = !["ar", "ru", "zh", "hi", "th", "el"].contains(&code);
            if claims.has(code) || (lang == "fr" && others_latin) {
                continue;
            }
            for dressed in [
                format!("{line}. {statement}"),
                format!("{statement} {line}"),
                format!("😀 {line} 12 {statement}. {line}"),
            ] {
                match tokenizer.read(&normalise(&dressed), None, &claims) {
                    Readable::Part { lang: found, text, .. } => {
                        let text = text.trim_end_matches('.');
                        assert_eq!((found, text), (lang, statement), "{code}: {dressed}");
                    }
                    other => panic!("{code}: {dressed}: {other:?}"),
                }
            }
        }
    }
    // Nor does a language in a claimed script that is not claimed hide another: Persian, not Arabic.
    let text = "早上好朋友们今天天气很好 چه پیچ گچی دیگر نگفتند چرا گاهی پژمرده Государство остаётся и расширяется";
    match tokenizer.read(&normalise(text), None, &claims) {
        Readable::Part { lang: "ru", text, .. } => {
            assert_eq!(text, "Государство остаётся и расширяется");
        }
        other => panic!("{other:?}"),
    }
    let two = "Guten Morgen, heute scheint die Sonne: доброе утро";
    assert_eq!(tokenizer.read(two, None, &claims).reason(), Some(Reason::Language));
    // Keywords are no statement, in any script.
    let tags = "Guten Morgen, heute scheint die Sonne #Сирия #доброе_утро #новости";
    assert_eq!(tokenizer.read(tags, None, &claims).reason(), Some(Reason::Language));
}

#[test]
fn what_a_model_reads_whole_it_also_reads_without_much_that_is_foreign() {
    let tokenizer = tokenizer();
    let claims = Claims::new(&["ar", "fr"]).unwrap();
    let statement = "الدولة باقية وتتمدد بإذن الله والحمد لله";
    let part = |text: &str| match tokenizer.read(&normalise(text), None, &claims) {
        Readable::Part { lang: "ar", text, whole: true } => Some(text),
        Readable::Whole("ar") => None,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(part(&format!("{statement} Доброе утро, друзья")).as_deref(), Some(statement));
    assert_eq!(part(&format!("{statement} Доброе утро")), None, "two words hide little");
    assert_eq!(part(&format!("{statement} je suis au marché")), None, "French it reads, too");
}

/// Its vocabulary knows words of all languages: they say nothing of English.
#[test]
fn a_vocabulary_of_many_languages_is_not_asked_for_english() {
    let pieces = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        "▁guten",
        "▁morgen",
        "▁bonjour",
        "▁tout",
        "▁le",
        "▁monde",
        "▁hello",
    ];
    let pieces: Vec<_> = pieces.iter().map(|piece| serde_json::json!([piece, -2.0])).collect();
    let json = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "NFKC" },
        "pre_tokenizer": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        "post_processor": null, "decoder": null,
        "model": { "type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": false },
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), json.to_string()).unwrap();
    let tokenizer = TweetTokenizer::open(folder.path()).unwrap();
    assert!(tokenizer.knows("bonjour"));
    assert_eq!(tokenizer.language("bonjour tout le monde"), Some("fr"));
    assert_eq!(tokenizer.language("good morning to all of you in this city"), Some("en"));
    for (code, line) in FOREIGN {
        let found = tokenizer.read(&normalise(line), None, &Claims::english());
        assert_eq!(found.reason(), Some(Reason::Language), "{code}");
    }
    for text in STATEMENTS {
        assert_eq!(read(&tokenizer, text), Readable::Whole("en"), "{text}");
        let (_, french) = FOREIGN[6];
        let found = read(&tokenizer, &format!("{french}. {text}"));
        assert!(matches!(found, Readable::Part { lang: "en", .. }), "{text}: {found:?}");
    }
}
