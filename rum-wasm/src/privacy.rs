//! What may be read from a URL. Query strings and hashes carry names, dates of birth and tokens far too often
//! to leave the page unasked.

use alloc::string::String;
use rum_protocol::{MAX_TEXT_BYTES, truncate};

/// Origin and path: everything from the first `?` or `#` on is dropped, and so are credentials. A `data:` URL
/// is its own content: its type remains.
pub fn redact_url(url: &str) -> String {
    let is_data = |tail: &[u8]| tail[0] == b',' && url.starts_with("data:");
    let url = to(url, find(url, is_data).unwrap_or(url.len()));
    let mut redacted = String::with_capacity(url.len());
    match find(url, is_scheme_end) {
        Some(start) => push_redacted(&mut redacted, url, start + SCHEME_END.len()),
        None => redacted.push_str(until_query(url)),
    }
    truncate(&mut redacted, MAX_TEXT_BYTES);
    redacted
}

/// Redacts every URL inside a message or stack, keeping the `:line:column` that stack frames end with.
pub fn redact_urls_within(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = find(rest, is_scheme_end) {
        let after = start + SCHEME_END.len();
        let end = after + find(from(rest, after), |tail| is_url_end(tail[0])).unwrap_or(rest.len() - after);
        let url = to(rest, end);
        push_redacted(&mut redacted, url, after);
        redacted.push_str(position_suffix(url));
        rest = from(rest, end);
    }
    redacted.push_str(rest);
    redacted
}

const SCHEME_END: &[u8] = b"://";

fn is_scheme_end(tail: &[u8]) -> bool {
    tail.starts_with(SCHEME_END)
}

fn is_url_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b')' | b'(' | b'"' | b'\'' | b'<' | b'>')
}

/// Appends `url` without `user:password@` and without query and hash; its host starts at `authority`.
fn push_redacted(redacted: &mut String, url: &str, authority: usize) {
    redacted.push_str(to(url, authority));
    let rest = until_query(from(url, authority));
    let path = find(rest, |tail| tail[0] == b'/').unwrap_or(rest.len());
    let host = to(rest, path).bytes().rposition(|byte| byte == b'@').map_or(0, |at| at + 1);
    redacted.push_str(from(rest, host));
}

fn until_query(url: &str) -> &str {
    to(url, find(url, |tail| matches!(tail[0], b'?' | b'#')).unwrap_or(url.len()))
}

/// `:12:34` at the end of a URL whose query was dropped, else nothing.
fn position_suffix(url: &str) -> &str {
    let dropped = from(url, until_query(url).len());
    let colon_before = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let colon = text.len().checked_sub(digits + 1)?;
        (digits > 0 && text.as_bytes()[colon] == b':').then_some(colon)
    };
    let Some(column) = colon_before(dropped) else { return "" };
    from(dropped, colon_before(to(dropped, column)).unwrap_or(column))
}

/// First position whose tail (never empty) matches. The searches of `str` bring kilobytes of wasm along; every
/// character looked for here is ASCII, so bytes will do.
fn find(text: &str, matches: impl Fn(&[u8]) -> bool) -> Option<usize> {
    (0..text.len()).find(|&index| matches(&text.as_bytes()[index..]))
}

/// `&text[start..]` that cannot panic.
fn from(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

/// `&text[..end]` that cannot panic.
fn to(text: &str, end: usize) -> &str {
    text.get(..end).unwrap_or_default()
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
            ("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64"),
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
