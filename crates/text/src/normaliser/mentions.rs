//! Step 12: every handle becomes `@user`, a run of them becomes one.
//!
//! The names in a post are not its message, and neither is their number at its start: X fills in
//! the whole thread on a reply, and since 2017 without counting it, so long runs date a post. The
//! dot of `.@name` stays. An e-mail address is no handle and stays as it is; so does an `@` without
//! a name.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// The replacement of every handle.
pub(super) const TOKEN: &str = "@user";

/// Rewrites every handle.
pub(super) fn unify(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut changed = false;
    // The end of the last handle in the text, to join the one that follows.
    let mut last: Option<usize> = None;
    let mut at = 0;
    let wide = !text.is_ascii() && text.contains('＠');
    while let Some(found) = if wide { text[at..].find(['@', '＠']) } else { text[at..].find('@') }
    {
        let start = at + found;
        let sign = if text.as_bytes()[start] == b'@' { 1 } else { '＠'.len_utf8() };
        let name = text[start + sign..].bytes().take_while(|&b| in_name(b)).count();
        // Marks on its last letter would come to lie on that of the token.
        let marks = text[start + sign + name..].chars().take_while(|&c| is_combining_mark(c));
        let marks: usize = marks.map(char::len_utf8).sum();
        let end = start + sign + name + marks;
        at = end;
        if name == 0 || is_mail(text, start, end) {
            continue;
        }
        if let Some(last) = last
            && text[last..start].chars().all(char::is_whitespace)
        {
            // `copied == last`, so leaving the gap out joins the two.
            if copied < last {
                out.push_str(&text[copied..last]);
            }
            copied = end;
            changed = true;
        } else if &text[start..end] != TOKEN {
            out.push_str(&text[copied..start]);
            out.push_str(TOKEN);
            copied = end;
            changed = true;
        }
        last = Some(end);
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

fn in_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// `name@example.org`: a letter or digit before the sign, a dot and more after the name.
fn is_mail(text: &str, start: usize, end: usize) -> bool {
    let after = &text.as_bytes()[end..];
    text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        && matches!(after, [b'.' | b'-', next, ..] if next.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::unify;

    #[test]
    fn every_handle_becomes_the_same_token() {
        assert_eq!(unify("hi @Some_One1, and ＠other!"), "hi @user, and @user!");
        assert_eq!(
            unify("(@a) .@b \"@c: d\" @e's via@f"),
            "(@user) .@user \"@user: d\" @user's via@user"
        );
    }

    #[test]
    fn a_run_of_handles_becomes_one() {
        assert_eq!(unify("@a @b\n@c yes @d no"), "@user yes @user no");
        assert_eq!(unify("@user @user ok"), "@user ok");
        assert_eq!(unify("@user  @x@y @user"), "@user");
        assert_eq!(unify("@b\u{301}\u{302} @c"), "@user");
    }

    #[test]
    fn mail_addresses_and_lone_signs_stay() {
        for text in [
            "write to name@example.org",
            "first.last@example.co.uk",
            "meet @ noon",
            "@",
            "a@ b",
            "@ @",
        ] {
            assert_eq!(unify(text), text);
        }
    }
}
