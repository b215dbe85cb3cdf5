//! What may be read from a URL. Query strings and hashes carry names, dates of birth and tokens far too often
//! to leave the page unasked.

use alloc::string::String;
use rum_protocol::{MAX_TEXT_BYTES, truncate};

/// What may be kept of URLs beside origin and path.
#[derive(Clone, Debug, Default)]
pub struct UrlRules {
    allowed: String,
}

impl UrlRules {
    /// `allowed` are names of query parameters with `&` between them; `#` stands for the path in a hash.
    pub fn new(allowed: String) -> Self {
        Self { allowed }
    }

    /// Origin and path. Everything from the first `?` or `#` on is dropped unless it is allowed, and so are
    /// credentials. A `data:` or `javascript:` URL is its own content: of the first its type remains, of the other
    /// its scheme.
    pub fn redact(&self, url: &str) -> String {
        let content = if url.starts_with("data:") {
            find(url, b",")
        } else if url.starts_with("javascript:") {
            find(url, b":")
        } else {
            url.len()
        };
        let url = to(url, content);
        let mut redacted = String::new();
        self.push_redacted(&mut redacted, url, scheme_end(url).unwrap_or(url.len()));
        truncate(&mut redacted, MAX_TEXT_BYTES);
        redacted
    }

    /// Redacts every URL inside a message or stack, keeping the `:line:column` that stack frames end with.
    pub fn redact_within(&self, text: &str) -> String {
        let mut redacted = String::new();
        let mut rest = text;
        while let Some(after) = scheme_end(rest) {
            let end = after + find(from(rest, after), b" \n\r\t)(\"'<>");
            let url = to(rest, end);
            let position = position_suffix(url);
            self.push_redacted(&mut redacted, to(url, url.len() - position.len()), after);
            redacted.push_str(position);
            rest = from(rest, end);
        }
        redacted.push_str(rest);
        redacted
    }

    /// Appends `url` without `user:password@` and without what is not allowed; its host, if it names one, starts
    /// at `authority`.
    fn push_redacted(&self, redacted: &mut String, url: &str, authority: usize) {
        let path_end = find(url, QUERY);
        let authority = authority.min(path_end);
        redacted.push_str(to(url, authority));
        let rest = from(to(url, path_end), authority);
        let host = to(rest, find(rest, b"/")).bytes().rposition(|byte| byte == b'@').map_or(0, |at| at + 1);
        redacted.push_str(from(rest, host));
        // What is left reads `?a=1&b=2#/path?c=3`.
        let mut rest = from(url, path_end);
        let mut separator = "?";
        while let Some(first) = rest.bytes().next() {
            let next = from(rest, 1);
            let part = to(next, find(next, b"?&#"));
            let is_hash = first == b'#';
            let name = if is_hash { "#" } else { to(part, find(part, b"=")) };
            // A hash that is no path may be a token: single sign-on hands them over like this.
            if self.allows(name) && (!is_hash || part.starts_with('/') || part.starts_with("!/")) {
                redacted.push_str(if is_hash { "#" } else { separator });
                redacted.push_str(part);
                separator = if is_hash { "?" } else { "&" };
            }
            rest = from(next, part.len());
        }
    }

    fn allows(&self, name: &str) -> bool {
        !name.is_empty()
            && self.allowed.as_bytes().split(|&byte| byte == b'&').any(|one| one == name.as_bytes())
    }
}

/// Where a query string or hash begins.
const QUERY: &[u8] = b"?#";

/// Where the first `://` ends.
pub fn scheme_end(text: &str) -> Option<usize> {
    const END: &[u8] = b"://";
    text.as_bytes().windows(END.len()).position(|window| window == END).map(|at| at + END.len())
}

/// `:12:34` at the end of a URL whose query was dropped, else nothing.
fn position_suffix(url: &str) -> &str {
    let dropped = from(url, find(url, QUERY));
    let colon_before = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let colon = text.len().checked_sub(digits + 1)?;
        (digits > 0 && text.as_bytes()[colon] == b':').then_some(colon)
    };
    let Some(column) = colon_before(dropped) else { return "" };
    from(dropped, colon_before(to(dropped, column)).unwrap_or(column))
}

/// First position of a byte of `set`, else the end. The searches of `str` bring kilobytes of wasm along; every
/// character looked for here is ASCII, so bytes will do.
#[inline(never)]
#[allow(clippy::manual_contains, reason = "`contains` brings a search word by word along")]
pub fn find(text: &str, set: &[u8]) -> usize {
    text.bytes().position(|byte| set.contains(&byte)).unwrap_or(text.len())
}

/// `&text[start..]` that cannot panic.
#[inline(never)]
pub fn from(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

/// `&text[..end]` that cannot panic.
#[inline(never)]
pub fn to(text: &str, end: usize) -> &str {
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
            ("javascript:pay('Mrs Miller')", "javascript"),
            ("", ""),
        ] {
            assert_eq!(UrlRules::default().redact(url), expected);
        }
    }

    #[test]
    fn stacks_keep_their_positions_and_lose_their_queries() {
        let stack =
            "Error: no\n at f (https://a.example/x.js?token=1:10:7)\n at https://u:p@b.example/y.js#h:3:4";
        let expected = "Error: no\n at f (https://a.example/x.js:10:7)\n at https://b.example/y.js:3:4";
        assert_eq!(UrlRules::default().redact_within(stack), expected);
        assert_eq!(UrlRules::default().redact_within(expected), expected);
    }

    #[test]
    fn text_around_urls_is_untouched() {
        assert_eq!(UrlRules::default().redact_within("why? #1 a:b"), "why? #1 a:b");
        assert_eq!(
            UrlRules::default().redact_within("see https://a.example/?q=é ok"),
            "see https://a.example/ ok"
        );
        assert_eq!(UrlRules::default().redact_within("https://a.example?x:y"), "https://a.example");
    }

    #[test]
    fn what_is_allowed_is_kept_in_its_order_and_nothing_else() {
        let rules = UrlRules::new("page&tab".into());
        for (url, expected) in [
            ("https://a.example/list?page=2&member=42&tab=x#top", "https://a.example/list?page=2&tab=x"),
            ("https://a.example/list?member=42&page=2&pages=3", "https://a.example/list?page=2"),
            ("https://a.example/#/claims/7?tab=b&x=1", "https://a.example/?tab=b"),
            ("/list?page&=1", "/list?page"),
            ("?page=2?page=3", "?page=2&page=3"),
            (
                "https://a.example?page=https://u:p@b.example/",
                "https://a.example?page=https://u:p@b.example/",
            ),
        ] {
            assert_eq!(rules.redact(url), expected);
        }
        let stack = "at f (https://a.example/x.js?page=1&t=2:10:7)";
        assert_eq!(rules.redact_within(stack), "at f (https://a.example/x.js?page=1:10:7)");
        assert_eq!(
            rules.redact_within("at f (https://a.example/x.js?page=1:10:7)"),
            "at f (https://a.example/x.js?page=1:10:7)"
        );
    }

    #[test]
    fn a_hash_is_kept_only_where_it_is_allowed_and_a_path() {
        let rules = UrlRules::new("page&#".into());
        for (url, expected) in [
            ("https://a.example/?x=1#/claims/list?page=2&y=1", "https://a.example/#/claims/list?page=2"),
            ("https://a.example/?page=1#!/claims", "https://a.example/?page=1#!/claims"),
            ("https://a.example/#access_token=secret&page=1", "https://a.example/?page=1"),
        ] {
            assert_eq!(rules.redact(url), expected);
        }
        assert_eq!(UrlRules::new("page".into()).redact("https://a.example/#/claims"), "https://a.example/");
    }
}
