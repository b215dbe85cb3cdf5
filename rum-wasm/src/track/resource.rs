//! Resources: what the page loaded.

use crate::fields::Fields;
use crate::privacy::{UrlRules, find, to};
use alloc::string::String;
use rum_protocol::Id;
use rum_protocol::keys::resource_event;

/// A resource of a URL as the page asked for it; everything else is among the adapter's facts.
pub fn fields(id: Id, url: &str, discarded: bool, facts: &[u8], urls: &UrlRules) -> Fields {
    let mut fields = Fields::default();
    fields.id(resource_event::ID, id);
    fields.text(resource_event::URL, &redacted(url, urls));
    if discarded {
        fields.flag(resource_event::IS_DISCARDED, true);
    }
    fields.append(facts);
    fields
}

/// `data:` and `blob:` URLs are contents, or names of contents, of the page: only their kind is told.
fn redacted(url: &str, urls: &UrlRules) -> String {
    if url.starts_with("data:") {
        let end = find(url, b",;");
        return String::from(to(url, if end < url.len() { end } else { SCHEME_LENGTH }));
    }
    let mut redacted = urls.redact(url);
    if url.starts_with("blob:") {
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
        let urls = UrlRules::new(String::new());
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
            assert_eq!(redacted(url, &urls), expected);
        }
    }
}
