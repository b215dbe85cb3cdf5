//! Resources: what the page loaded.

use crate::fields::Fields;
use crate::privacy::redact_url;
use crate::signal::PageTime;
use alloc::string::String;
use rum_protocol::Id;
use rum_protocol::keys::resource_event;

/// Resources of a page told in a minute. A page that polls many times a second, or scrolls through thousands of
/// tiles, would else send more of them than of everything else.
const MAX_PER_MINUTE: u32 = 1_000;
const MINUTE_MS: f64 = 60_000.0;

/// How many resources were told in the current minute.
#[derive(Debug, Default)]
pub struct ResourceRate {
    since: PageTime,
    count: u32,
}

impl ResourceRate {
    /// Whether one more may be told.
    pub fn admits(&mut self, now: PageTime) -> bool {
        if now - self.since >= MINUTE_MS {
            *self = Self { since: now, count: 0 };
        }
        self.count += 1;
        self.count <= MAX_PER_MINUTE
    }
}

/// A resource of a URL as the page asked for it; everything else is among the adapter's facts.
pub fn resource_event(id: Id, url: &str, discarded: bool, facts: &[u8]) -> Fields {
    let mut fields = Fields::default();
    fields.id(resource_event::ID, id);
    fields.text(resource_event::URL, &redacted(url));
    if discarded {
        fields.flag(resource_event::IS_DISCARDED, true);
    }
    fields.append(facts);
    fields
}

/// `data:` and `blob:` URLs are contents, or names of contents, of the page: only their kind is told.
fn redacted(url: &str) -> String {
    let scheme = url.bytes().take(SCHEME_LENGTH);
    if scheme.clone().eq(*b"data:") {
        let end = url.bytes().position(|byte| byte == b',' || byte == b';').unwrap_or(SCHEME_LENGTH);
        return String::from(url.get(..end).unwrap_or_default());
    }
    let mut redacted = redact_url(url);
    if scheme.eq(*b"blob:") {
        redacted.truncate(redacted.bytes().rposition(|byte| byte == b'/').unwrap_or(SCHEME_LENGTH));
    }
    redacted
}

/// Bytes of `data:` and of `blob:`.
const SCHEME_LENGTH: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_in_a_url_are_not_told() {
        for (url, expected) in [
            ("https://shop.example/x.png?member=42#a", "https://shop.example/x.png"),
            ("data:image/png;base64,AAAA://x?", "data:image/png"),
            ("data:text/html,<p>Ann</p>", "data:text/html"),
            ("data:", "data:"),
            ("data:é", "data:"),
            ("blob:https://shop.example/0a1b-2c3d", "blob:https://shop.example"),
            ("blob:x", "blob:"),
            ("", ""),
        ] {
            assert_eq!(redacted(url), expected);
        }
    }

    #[test]
    fn a_minute_has_its_share_and_the_next_one_its_own() {
        let mut rate = ResourceRate::default();
        let admitted = (0..MAX_PER_MINUTE + 5).filter(|_| rate.admits(100.0)).count();
        assert_eq!(admitted, MAX_PER_MINUTE as usize);
        assert!(!rate.admits(59_999.0));
        assert!(rate.admits(60_000.0));
    }
}
