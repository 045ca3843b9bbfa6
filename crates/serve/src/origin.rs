//! The origin of a web page, as a browser sends it: `https://console.example.org`.

use reqwest::Url;

/// Reads an origin; what no browser would ever send is refused, since it would match nothing.
/// Nothing at all stays so: an empty variable names no page.
///
/// # Errors
/// The mistake, and what to write instead where that can be told.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let given = text.trim();
    if given.is_empty() || given == "null" {
        return Ok(given.to_owned());
    }
    if given == "*" {
        return Err("pages must be named: this server has no word for all of them".to_owned());
    }
    if given.contains(|letter: char| letter.is_whitespace() || letter == ';') {
        return Err("only one origin: repeat the flag, or put a comma between them".to_owned());
    }
    let form = "an origin is scheme://host or scheme://host:port";
    if !given.contains("://") {
        return Err(format!("{form}, such as https://console.example.org"));
    }
    let url = Url::parse(given).map_err(|error| format!("{form}: {error}"))?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(format!("{form}; it names no host"));
    };
    if host.contains('*') {
        return Err("hosts must be named one by one: `*` stands for none of them".to_owned());
    }
    // Without the port that goes without saying, in small letters, in the letters of the DNS.
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let sent = format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase());
    if sent == given {
        return Ok(sent);
    }
    Err(format!("no page has it; browsers send {sent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_send_is_taken() {
        for origin in [
            "https://console.example.org",
            "http://localhost:3000",
            "http://[::1]:8080",
            "https://192.0.2.7",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnop",
            "null",
            "",
        ] {
            assert_eq!(parse(origin).as_deref(), Ok(origin));
        }
        assert_eq!(parse(" https://a.example ").as_deref(), Ok("https://a.example"));
    }

    #[test]
    fn what_no_browser_sends_is_refused_with_what_to_write() {
        for (origin, words) in [
            ("*", "named"),
            ("https://*.example.org", "one by one"),
            ("https://console.example.org/", "send https://console.example.org"),
            ("https://console.example.org/app?a#b", "send https://console.example.org"),
            ("https://me:secret@console.example.org", "send https://console.example.org"),
            ("https://Console.Example.org", "send https://console.example.org"),
            ("HTTPS://console.example.org", "send https://console.example.org"),
            ("https://console.example.org:443", "send https://console.example.org"),
            ("http://console.example.org:80", "send http://console.example.org"),
            ("https://bücher.example", "send https://xn--bcher-kva.example"),
            ("console.example.org", "scheme://host"),
            ("//console.example.org", "scheme://host"),
            ("localhost:3000", "scheme://host"),
            ("https://", "scheme://host"),
            ("://console", "scheme://host"),
            ("https://a.example https://b.example", "only one origin"),
            ("https://a.example;https://b.example", "only one origin"),
            ("https://a.example:port", "scheme://host"),
            ("file:///tmp", "names no host"),
        ] {
            let said = parse(origin).expect_err(origin);
            assert!(said.contains(words), "{origin}: {said}");
        }
    }
}
