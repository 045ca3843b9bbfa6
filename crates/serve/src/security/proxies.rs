//! The address of a client behind proxies.
//!
//! Anybody can write `X-Forwarded-For` and `Forwarded` into a request. They are believed only where the
//! connection comes from a proxy that the operator has named, and read from the end, where the last
//! proxy has written, up to the first address that is not one of the named.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

/// Reads the address or network of a proxy.
///
/// # Errors
/// One line.
pub(crate) fn parse(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| "not an IP address, or a network such as 10.0.0.0/8".to_owned())
}

/// True if the connection comes from a proxy that is named.
pub(crate) fn is_trusted(peer: Option<SocketAddr>, trusted: &[IpNet]) -> bool {
    peer.is_some_and(|peer| is_one(peer.ip(), trusted))
}

/// The address of the client: of the connection or, from a named proxy, what it says.
pub(crate) fn client(
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer?.ip().to_canonical();
    if !is_one(peer, trusted) {
        return Some(peer);
    }
    let old = values(headers, &X_FORWARDED_FOR);
    let new = values(headers, &FORWARDED).into_iter().map(for_of).collect();
    // A proxy writes one of them and lets the other through, as whoever wrote it likes. So where
    // both are there and differ, neither says anything.
    let hops = [old, new].into_iter().filter(|hops| !hops.is_empty());
    let mut said = hops.map(|hops| first_beyond(peer, &hops, trusted));
    match said.next() {
        Some(first) if said.all(|other| other == first) => Some(first),
        _ => Some(peer),
    }
}

/// From the end, the first address that is not a named proxy's; what cannot be read ends the way.
fn first_beyond(peer: IpAddr, hops: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut known = peer;
    for hop in hops.iter().rev() {
        let Some(address) = address(hop) else { break };
        known = address;
        if !is_one(known, trusted) {
            break;
        }
    }
    known
}

/// The items of all headers of a name, in their order.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers
        .get_all(name)
        .flat_map(|value| value.to_str().unwrap_or("unreadable").split(','))
        .collect()
}

/// The `for=` of an item of `Forwarded`.
fn for_of(item: &str) -> &str {
    let pairs = item.split(';').filter_map(|pair| pair.split_once('='));
    let mut of_client = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    of_client.next().map_or("", |(_, value)| value.trim().trim_matches('"'))
}

/// An address as proxies write it: perhaps in brackets, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

fn is_one(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn told(peer: &str, headers: &[(&'static str, &str)], proxies: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = proxies.iter().map(|proxy| parse(proxy).unwrap()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        client(Some(peer), &map, &trusted).unwrap().to_string()
    }

    const OLD: &str = "x-forwarded-for";
    const NEW: &str = "forwarded";

    #[test]
    fn nobody_is_believed_who_is_not_named() {
        for header in [(OLD, "192.0.2.1"), (NEW, "for=192.0.2.1")] {
            assert_eq!(told("198.51.100.7", &[header], &[]), "198.51.100.7");
            assert_eq!(told("198.51.100.7", &[header], &["10.0.0.0/8"]), "198.51.100.7");
        }
    }

    #[test]
    fn a_named_proxy_tells_its_client_in_every_form() {
        for (header, client) in [
            ((OLD, "192.0.2.1"), "192.0.2.1"),
            ((OLD, "192.0.2.1:5353"), "192.0.2.1"),
            ((OLD, "2001:db8::1"), "2001:db8::1"),
            ((OLD, "[2001:db8::1]:5353"), "2001:db8::1"),
            ((OLD, "::ffff:192.0.2.1"), "192.0.2.1"),
            ((NEW, "for=192.0.2.1;proto=https;by=10.0.0.1"), "192.0.2.1"),
            ((NEW, "proto=https; For=\"[2001:db8::1]:5353\""), "2001:db8::1"),
            ((NEW, "for=_hidden"), "10.0.0.1"),
            ((OLD, "unknown"), "10.0.0.1"),
            ((OLD, ""), "10.0.0.1"),
        ] {
            assert_eq!(told("10.0.0.1", &[header], &["10.0.0.0/8"]), client, "{header:?}");
            assert_eq!(told("::ffff:10.0.0.1", &[header], &["10.0.0.1"]), client, "{header:?}");
        }
    }

    #[test]
    fn what_a_client_wrote_before_the_proxies_counts_for_nothing() {
        let chain = (OLD, "203.0.113.9, 192.0.2.1, 10.0.0.2");
        assert_eq!(told("10.0.0.1", &[chain], &["10.0.0.0/8"]), "192.0.2.1");
        let apart = [(OLD, "203.0.113.9"), (OLD, "192.0.2.1")];
        assert_eq!(told("10.0.0.1", &apart, &["10.0.0.1"]), "192.0.2.1");
        let chain = (NEW, "for=203.0.113.9, for=192.0.2.1");
        assert_eq!(told("10.0.0.1", &[chain], &["10.0.0.1"]), "192.0.2.1");
        let behind_nonsense = (OLD, "192.0.2.1, nonsense");
        assert_eq!(told("10.0.0.1", &[behind_nonsense], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn two_headers_that_differ_say_nothing() {
        let differ = [(OLD, "192.0.2.1"), (NEW, "for=203.0.113.9")];
        assert_eq!(told("10.0.0.1", &differ, &["10.0.0.1"]), "10.0.0.1");
        let agree = [(OLD, "192.0.2.1"), (NEW, "for=192.0.2.1")];
        assert_eq!(told("10.0.0.1", &agree, &["10.0.0.1"]), "192.0.2.1");
    }

    #[test]
    fn a_proxy_that_is_no_address_is_refused() {
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0"] {
            assert!(parse(text).is_err_and(|line| line.contains("10.0.0.0/8")), "{text}");
        }
        assert_eq!(parse("2001:db8::/32").unwrap().to_string(), "2001:db8::/32");
    }
}
