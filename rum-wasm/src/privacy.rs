//! What may be read from a URL. Query strings and hashes carry names, dates of birth and tokens far too often
//! to leave the page unasked.

use rum_protocol::{MAX_TEXT_BYTES, truncate};

/// Origin and path: everything from the first `?` or `#` on is dropped, and so are credentials.
pub fn redact_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let mut redacted = drop_credentials(&url[..end]);
    truncate(&mut redacted, MAX_TEXT_BYTES);
    redacted
}

/// Drops `user:password@` between `//` and the next `/`.
fn drop_credentials(url: &str) -> String {
    if let Some(scheme_end) = url.find("//").map(|start| start + 2) {
        let authority_end = url[scheme_end..].find('/').map_or(url.len(), |offset| scheme_end + offset);
        if let Some(at) = url[scheme_end..authority_end].rfind('@') {
            let mut clean = String::from(&url[..scheme_end]);
            clean.push_str(&url[scheme_end + at + 1..]);
            return clean;
        }
    }
    String::from(url)
}

/// Redacts every URL inside a message or stack, keeping the `:line:column` that stack frames end with.
pub fn redact_urls_within(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let after = start + 3;
        let end = after + rest[after..].find(is_url_end).unwrap_or(rest.len() - after);
        let url = &rest[after..end];
        redacted.push_str(&rest[..after]);
        let path_end = url.find(['?', '#']).unwrap_or(url.len());
        let authority_end = url.find('/').unwrap_or(path_end).min(path_end);
        let host_start = url[..authority_end].rfind('@').map_or(0, |at| at + 1);
        redacted.push_str(&url[host_start..path_end]);
        redacted.push_str(position_suffix(&url[path_end..]));
        rest = &rest[end..];
    }
    redacted.push_str(rest);
    redacted
}

fn is_url_end(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\r' | '\t' | ')' | '(' | '"' | '\'' | '<' | '>')
}

/// `:12:34` at the end of `?query:12:34`, else nothing.
fn position_suffix(query: &str) -> &str {
    let digits_start = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let colon = text.len().checked_sub(digits + 1)?;
        (digits > 0 && text.as_bytes()[colon] == b':').then_some(colon)
    };
    let Some(column) = digits_start(query) else { return "" };
    &query[digits_start(&query[..column]).unwrap_or(column)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_origin_and_path_only() {
        for (url, expected) in [
            ("https://shop.example/claims/7?dob=1970-01-01#top", "https://shop.example/claims/7"),
            ("https://shop.example/#/claims?name=x", "https://shop.example/"),
            ("https://ann:secret@shop.example/a@b", "https://shop.example/a@b"),
            ("about:blank", "about:blank"),
            ("", ""),
        ] {
            assert_eq!(redact_url(url), expected);
        }
    }

    #[test]
    fn stacks_keep_their_positions_and_lose_their_queries() {
        let stack =
            "Error: no\n at f (https://a.example/x.js?token=1:10:7)\n at https://u:p@b.example/y.js#h:3:4";
        let expected = "Error: no\n at f (https://a.example/x.js:10:7)\n at https://b.example/y.js:3:4";
        assert_eq!(redact_urls_within(stack), expected);
        assert_eq!(redact_urls_within(expected), expected);
    }

    #[test]
    fn text_around_urls_is_untouched() {
        assert_eq!(redact_urls_within("why? #1 a:b"), "why? #1 a:b");
        assert_eq!(redact_urls_within("see https://a.example/?q=é ok"), "see https://a.example/ ok");
        assert_eq!(redact_urls_within("https://a.example?x:y"), "https://a.example");
    }
}
