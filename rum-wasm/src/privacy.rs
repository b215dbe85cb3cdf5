//! What may be read from a URL. Query strings and hashes carry names, dates of birth and tokens far too often
//! to leave the page unasked.

use crate::track::target_name::is_plain_word;
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
    /// credentials.
    pub fn redact(&self, url: &str) -> String {
        let mut redacted = String::with_capacity(url.len());
        let authority = find(url, is_scheme_end).map_or(url.len(), |start| start + SCHEME_END.len());
        self.push_redacted(&mut redacted, url, authority);
        truncate(&mut redacted, MAX_TEXT_BYTES);
        redacted
    }

    /// Redacts every URL inside a message or stack, keeping the `:line:column` that stack frames end with.
    pub fn redact_within(&self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = find(rest, is_scheme_end) {
            let after = start + SCHEME_END.len();
            let end =
                after + find(from(rest, after), |tail| is_url_end(tail[0])).unwrap_or(rest.len() - after);
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
        let path_end = until_query(url).len();
        let authority = authority.min(path_end);
        redacted.push_str(to(url, authority));
        let rest = from(to(url, path_end), authority);
        let path = find(rest, |tail| tail[0] == b'/').unwrap_or(rest.len());
        let host = to(rest, path).bytes().rposition(|byte| byte == b'@').map_or(0, |at| at + 1);
        redacted.push_str(from(rest, host));
        self.push_allowed(redacted, from(url, path_end));
    }

    /// Appends what is allowed of `?a=1&b=2#/path?c=3`, the end of a URL.
    fn push_allowed(&self, redacted: &mut String, mut rest: &str) {
        let mut separator = '?';
        while !rest.is_empty() {
            let next = from(rest, 1);
            let part =
                to(next, find(next, |tail| matches!(tail[0], b'?' | b'&' | b'#')).unwrap_or(next.len()));
            if rest.as_bytes()[0] == b'#' {
                // A hash that is no path may be a token: single sign-on hands them over like this.
                if is_hash_path(part) && self.allows("#") {
                    redacted.push('#');
                    redacted.push_str(part);
                    separator = '?';
                }
            } else if self.allows(to(part, find(part, |tail| tail[0] == b'=').unwrap_or(part.len()))) {
                redacted.push(separator);
                redacted.push_str(part);
                separator = '&';
            }
            rest = from(next, part.len());
        }
    }

    fn allows(&self, name: &str) -> bool {
        !name.is_empty()
            && self.allowed.as_bytes().split(|&byte| byte == b'&').any(|one| one == name.as_bytes())
    }
}

/// What tells one route from another: the path, and that of the hash. To be compared, never to be sent.
pub fn route(url: &str) -> String {
    let mut route = String::from(until_query(url));
    route.push('#');
    route.push_str(until_query(hash_of(url)));
    route
}

/// A name for a hash route, such as `/claims/?` for `#/claims/42`: what is no plain word may be a value. Empty
/// for a URL whose hash is no path.
pub fn hash_route_name(url: &str) -> String {
    let mut name = String::new();
    let mut rest = until_query(hash_of(url));
    if is_hash_path(rest) {
        while let Some(start) = find(rest, |tail| tail[0] == b'/') {
            rest = from(rest, start + 1);
            let segment = to(rest, find(rest, |tail| tail[0] == b'/').unwrap_or(rest.len()));
            name.push('/');
            name.push_str(if segment.is_empty() || is_plain_word(segment) { segment } else { "?" });
        }
    }
    truncate(&mut name, MAX_TEXT_BYTES);
    name
}

/// `#/path`, or `#!/path` as once agreed with search engines; given without the `#`.
fn is_hash_path(hash: &str) -> bool {
    hash.strip_prefix('!').unwrap_or(hash).starts_with('/')
}

fn hash_of(url: &str) -> &str {
    find(url, |tail| tail[0] == b'#').map_or("", |at| from(url, at + 1))
}

const SCHEME_END: &[u8] = b"://";

fn is_scheme_end(tail: &[u8]) -> bool {
    tail.starts_with(SCHEME_END)
}

fn is_url_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b')' | b'(' | b'"' | b'\'' | b'<' | b'>')
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

    #[test]
    fn routes_differ_by_path_and_hash_path() {
        let route_of = |end: &str| route(&["https://a.example", end].concat());
        assert_eq!(route_of("/a?x=1#/b?y=2"), route_of("/a?x=2#/b"));
        assert_ne!(route_of("/a#/b"), route_of("/a#/c"));
        assert_ne!(route_of("/a"), route_of("/b"));
    }

    #[test]
    fn a_hash_route_is_named_without_its_values() {
        for (hash, expected) in [
            ("#/claims/10482/edit?member=jane", "/claims/?/edit"),
            ("#!/", "/"),
            ("#/claims/", "/claims/"),
            ("#/ann@example.org", "/?"),
            ("#top", ""),
            ("#access_token=a/b", ""),
            ("", ""),
        ] {
            assert_eq!(hash_route_name(&["https://a.example/app?x=1", hash].concat()), expected);
        }
    }
}
