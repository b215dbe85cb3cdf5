//! What a request tells about the visitor: address, browser, and what they said about being tracked.

use super::target::parameters;
use crate::config::TrustedProxies;
use axum::http::{HeaderMap, header};
use std::net::{IpAddr, SocketAddr};

/// Longest user agent kept (bytes). Longer ones are made up.
const MAX_USER_AGENT_BYTES: usize = 512;

/// Written by each proxy in front, one address behind the other.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// Global Privacy Control, section 3.2 of its specification.
const SEC_GPC: &str = "sec-gpc";

/// The address of the visitor: the socket's other end, or what the trusted proxies in front say of it. The
/// rightmost address that is none of theirs counts: everything left of it was written by whoever sent it.
pub(super) fn address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut address = peer;
    let lines = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        if !trusted.include(address) {
            break;
        }
        // Something else than an address: whoever wrote it knows no better than we do.
        let Some(next) = parse(hop) else { break };
        address = next;
    }
    address
}

/// Some proxies write a port behind the address.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()));
    address.map(|address| address.to_canonical())
}

/// What the browser calls itself.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    // A header that `to_str` accepts is ASCII, so any byte is a place to cut.
    Some(agent[..agent.len().min(MAX_USER_AGENT_BYTES)].to_owned())
}

/// Whether the page says that the visitor agreed: `c=1` in the query.
pub(super) fn agreed(query: &str) -> bool {
    parameters(query).any(|(name, value)| name == "c" && value == "1")
}

/// Whether the browser says that its user objects (Global Privacy Control).
pub(super) fn objects(headers: &HeaderMap) -> bool {
    headers.get(SEC_GPC).is_some_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RawConfig;

    fn address_of(peer: &str, lines: &[&str]) -> String {
        let raw: RawConfig =
            toml::from_str("[intake]\ntrusted_proxies = [\"10.0.0.0/8\", \"fd00::/8\"]").unwrap();
        let trusted = crate::config::intake(&raw).unwrap().trusted_proxies;
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_for_the_hop_before_them() {
        for (peer, lines, expected) in [
            // Nobody in front, or somebody we do not know: the header is the visitor's own invention.
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.7"], "203.0.113.9"),
            // One proxy, then two; what stands left of the visitor is invented.
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.2.3.4"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.7,10.2.3.4"], "198.51.100.7"),
            // With ports, in brackets, mapped.
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("fd00::1", &["[2001:db8::7]:443"], "2001:db8::7"),
            ("fd00::1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            // Nonsense ends the search; nothing but proxies leaves the outermost one.
            ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["10.9.9.9"], "10.9.9.9"),
        ] {
            assert_eq!(address_of(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn consent_and_objection_are_read_exactly() {
        assert!(agreed("k=pub&c=1") && agreed("c=1?ddforward=%2Fapi"));
        assert!(!agreed("k=pub") && !agreed("c=0") && !agreed("ddforward=%2Fx%3Fc%3D1") && !agreed("cc=1"));
        let gpc = |value: &str| {
            objects(&HeaderMap::from_iter([(SEC_GPC.parse().unwrap(), value.parse().unwrap())]))
        };
        assert!(gpc("1") && !gpc("0") && !objects(&HeaderMap::new()));
    }
}
