//! Step 5: HTML entities become the characters they stand for.
//!
//! X serves `&amp;`, `&lt;` and `&gt;`; web pages and older archives add the rest. An entity
//! encoded twice (`&amp;amp;`) is decoded to the end. The five of HTML are also read without their
//! semicolon where a word ends, in any case. Half a surrogate pair and numbers that are no
//! character are dropped; of 128-159 the marks that tweets carry are read as
//! Windows-1252, as browsers do.

use std::borrow::Cow;

/// Decodes every entity; what merely looks like one (`AT&T`, `a&b;`) stays.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(mut start) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let mut out = String::new();
    let mut copied = 0;
    let mut changed = false;
    loop {
        // A decoded `&` may begin the next entity: `&amp;lt;`.
        let mut at = start + 1;
        let mut decoded = None;
        while let Some((value, length)) = entity(&text[at..]) {
            at += length;
            decoded = Some(value);
            if value != Some('&') {
                break;
            }
        }
        if let Some(value) = decoded {
            out.push_str(&text[copied..start]);
            out.extend(value);
            copied = at;
            changed = true;
        }
        match text[at..].find('&') {
            Some(found) => start = at + found,
            None => break,
        }
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The entity whose `&` stands just before `rest`: its character (none if it is to be dropped) and
/// its length in bytes.
fn entity(rest: &str) -> Option<(Option<char>, usize)> {
    if let Some(number) = rest.strip_prefix('#') {
        return numeric(number).map(|(value, length)| (value, length + 1));
    }
    let length = rest.bytes().take(10).take_while(u8::is_ascii_alphanumeric).count();
    let (name, next) = (&rest[..length], rest.as_bytes().get(length));
    let basic = basic(name);
    match (next, basic) {
        (Some(b';'), Some(c)) => Some((Some(c), length + 1)),
        (Some(b';'), None) => named(name).map(|c| (Some(c), length + 1)),
        // Not `&lt=1`, which is a piece of an address.
        (Some(b'=' | b'_'), _) | (_, None) => None,
        (_, Some(c)) => Some((Some(c), length)),
    }
}

/// `8217;`, `x2019;`, or a surrogate pair in two entities, after `&#`.
fn numeric(rest: &str) -> Option<(Option<char>, usize)> {
    let (first, length) = code(rest)?;
    if (0xD800..0xDC00).contains(&first)
        && let Some(pair) = rest[length..].strip_prefix("&#")
        && let Some((second @ 0xDC00..0xE000, second_length)) = code(pair)
    {
        let value = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(value), length + 2 + second_length));
    }
    Some((windows_1252(first), length))
}

/// A number in decimal or after `x` in hexadecimal, at most 7 digits, and its semicolon.
fn code(rest: &str) -> Option<(u32, usize)> {
    let (digits, radix, prefix) = match rest.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (rest, 10, 0),
    };
    let count = digits.bytes().take(8).take_while(|&b| char::from(b).is_digit(radix)).count();
    if !(1..=7).contains(&count) || digits.as_bytes().get(count) != Some(&b';') {
        return None;
    }
    let value = u32::from_str_radix(&digits[..count], radix).ok()?;
    Some((value, prefix + count + 1))
}

fn windows_1252(code: u32) -> Option<char> {
    match code {
        0 => None,
        0x80 => Some('€'),
        0x85 => Some('…'),
        0x91 | 0x92 => Some('\''),
        0x93 | 0x94 => Some('"'),
        0x95 => Some('•'),
        0x96 | 0x97 => Some('-'),
        0x99 => Some('™'),
        code => char::from_u32(code),
    }
}

/// The five that every encoder writes.
fn basic(name: &str) -> Option<char> {
    const BASIC: [(&str, char); 5] =
        [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
    BASIC.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, c)| c)
}

/// The others that tweets and news headlines carry.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "hellip" => '…',
        "ndash" | "mdash" | "minus" | "horbar" => '-',
        "lsquo" | "rsquo" | "sbquo" | "prime" => '\'',
        "ldquo" | "rdquo" | "bdquo" | "Prime" => '"',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "middot" => '·',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "deg" => '°',
        "cent" => '¢',
        "pound" => '£',
        "yen" => '¥',
        "euro" => '€',
        "sect" => '§',
        "para" => '¶',
        "times" => '×',
        "divide" => '÷',
        "plusmn" => '±',
        "frac12" => '½',
        "frac14" => '¼',
        "frac34" => '¾',
        "larr" => '←',
        "uarr" => '↑',
        "rarr" => '→',
        "darr" => '↓',
        "hearts" => '♥',
        "star" => '☆',
        "check" => '✓',
        "iexcl" => '¡',
        "iquest" => '¿',
        "num" => '#',
        "commat" => '@',
        "lowbar" => '_',
        "excl" => '!',
        "quest" => '?',
        "lpar" => '(',
        "rpar" => ')',
        "lsqb" | "lbrack" => '[',
        "rsqb" | "rbrack" => ']',
        "colon" => ':',
        "semi" => ';',
        "comma" => ',',
        "period" => '.',
        "sol" => '/',
        "bsol" => '\\',
        "percnt" => '%',
        "dollar" => '$',
        "plus" => '+',
        "equals" => '=',
        "ast" => '*',
        "verbar" | "vert" => '|',
        "Tab" => '\t',
        "NewLine" => '\n',
        "agrave" => 'à',
        "aacute" => 'á',
        "acirc" => 'â',
        "atilde" => 'ã',
        "auml" => 'ä',
        "aring" => 'å',
        "aelig" => 'æ',
        "ccedil" => 'ç',
        "egrave" => 'è',
        "eacute" => 'é',
        "ecirc" => 'ê',
        "euml" => 'ë',
        "igrave" => 'ì',
        "iacute" => 'í',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ntilde" => 'ñ',
        "ograve" => 'ò',
        "oacute" => 'ó',
        "ocirc" => 'ô',
        "otilde" => 'õ',
        "ouml" => 'ö',
        "oslash" => 'ø',
        "ugrave" => 'ù',
        "uacute" => 'ú',
        "ucirc" => 'û',
        "uuml" => 'ü',
        "yacute" => 'ý',
        "szlig" => 'ß',
        "Agrave" => 'À',
        "Aacute" => 'Á',
        "Acirc" => 'Â',
        "Atilde" => 'Ã',
        "Auml" => 'Ä',
        "Aring" => 'Å',
        "AElig" => 'Æ',
        "Ccedil" => 'Ç',
        "Egrave" => 'È',
        "Eacute" => 'É',
        "Ecirc" => 'Ê',
        "Iacute" => 'Í',
        "Icirc" => 'Î',
        "Ntilde" => 'Ñ',
        "Oacute" => 'Ó',
        "Ouml" => 'Ö',
        "Oslash" => 'Ø',
        "Uacute" => 'Ú',
        "Uuml" => 'Ü',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn named_and_numeric_entities_become_characters() {
        assert_eq!(
            decode("a &amp; b &lt;3 &gt; &quot;x&quot; &#39;y&#x27;"),
            "a & b <3 > \"x\" 'y'"
        );
        assert_eq!(decode("caf&eacute; &#8217; &#x1F600; &#146;"), "café ’ 😀 '");
    }

    #[test]
    fn double_encoding_is_decoded_to_the_end() {
        assert_eq!(decode("&amp;amp;amp; &amp;lt; &amp;#39; &#38;gt;"), "& < ' >");
    }

    #[test]
    fn what_only_looks_like_an_entity_stays() {
        for text in
            ["AT&T", "R&B; soul", "a&b", "x?a=1&lt=2", "&;", "&#;", "&#x;", "&#12345678;", "&"]
        {
            assert_eq!(decode(text), text);
        }
    }

    #[test]
    fn basic_entities_need_no_semicolon_at_a_word_end() {
        assert_eq!(decode("this &amp that &gt"), "this & that >");
        assert_eq!(decode("&ampere &ltd"), "&ampere &ltd");
    }

    #[test]
    fn surrogates_in_entities_are_joined_or_dropped() {
        assert_eq!(decode("&#55357;&#56832;!"), "😀!");
        assert_eq!(decode("a&#55357;b&#0;c&#x110000;d"), "abcd");
    }
}
