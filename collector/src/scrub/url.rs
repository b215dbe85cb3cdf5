//! Parameters in the query and the hash of a URL: names stay, values go unless the operator allows them.
//!
//! Worked on as text and in place, never parsed and built anew: what no rule changes must stay as it was,
//! and a page's URLs are not always valid ones.

use super::rule::Rule;
use ring::hmac;
use std::collections::HashSet;
use std::ops::Range;

/// Longest part of a query without `=` that is taken for a name (characters): `?debug`, not a token.
const MAX_BARE_NAME_CHARS: usize = 32;

/// What is done with parameters.
pub(super) struct Parameters<'a> {
    pub(super) rule: &'a Rule,
    pub(super) allowed: &'a HashSet<String>,
    pub(super) key: Option<&'a hmac::Key>,
}

/// Where a query ends and what is in it, for values that are a URL and for text around URLs.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Around {
    Nothing,
    Text,
}

impl Parameters<'_> {
    /// The text with its parameters scrubbed, if any was; tells `found` the length of each.
    pub(super) fn scrub(&self, text: &str, around: Around, found: &mut impl FnMut(usize)) -> Option<String> {
        let mut values: Vec<_> = credentials(text).chain(self.values(text, around)).collect();
        // A query may hold a URL with credentials of its own: the whole value goes, and comes first.
        values.sort_by_key(|value| (value.start, std::cmp::Reverse(value.end)));
        let mut scrubbed = String::new();
        let mut copied = 0;
        let mut changed = false;
        for value in values {
            let part = &text[value.clone()];
            if value.start < copied || self.rule.is_its_own_work(part) {
                continue;
            }
            let applied = self.rule.applied(part, self.key);
            if applied == part {
                continue;
            }
            found(part.chars().count());
            scrubbed.push_str(&text[copied..value.start]);
            scrubbed.push_str(&applied);
            copied = value.end;
            changed = true;
        }
        scrubbed.push_str(&text[copied..]);
        changed.then_some(scrubbed)
    }

    /// Every value that may not stay, in order.
    fn values(&self, text: &str, around: Around) -> Vec<Range<usize>> {
        let mut values = Vec::new();
        let mut at = 0;
        while let Some(sign) = text[at..].find(['?', '#']).map(|found| at + found + 1) {
            let end = end(text, sign, around);
            let section = &text[sign..end];
            let is_query = text.as_bytes()[sign - 1] == b'?';
            if begins_with_name(section) || around == Around::Nothing && is_query {
                self.values_of(section, sign, is_query, &mut values);
                at = end;
            } else {
                at = sign;
            }
        }
        values
    }

    fn values_of(&self, section: &str, start: usize, is_query: bool, values: &mut Vec<Range<usize>>) {
        let mut at = start;
        for pair in section.split('&') {
            let end = at + pair.len();
            match pair.split_once('=') {
                Some((name, _)) if self.allowed.contains(name) => {}
                Some((name, value)) if !value.is_empty() => values.push(at + name.len() + 1..end),
                None if is_query && !is_bare_name(pair) => values.push(at..end),
                _ => {}
            }
            at = end + 1;
        }
    }
}

/// User names and passwords before a host: `https://user:password@host/`.
fn credentials(text: &str) -> impl Iterator<Item = Range<usize>> {
    const AUTHORITY_ENDS: [char; 9] = ['/', '?', '#', ' ', '\n', '"', '<', '>', '\''];
    text.match_indices("://").filter_map(|(at, sign)| {
        let start = at + sign.len();
        let authority = &text[start..];
        let authority = &authority[..authority.find(AUTHORITY_ENDS).unwrap_or(authority.len())];
        Some(start..start + authority.rfind('@')?)
    })
}

/// Where the query or hash that begins at `start` ends.
fn end(text: &str, start: usize, around: Around) -> usize {
    let rest = &text[start..];
    let next_part = rest.find(['?', '#']).unwrap_or(rest.len());
    if around == Around::Nothing {
        return start + next_part;
    }
    let in_parentheses = text[..start].rfind(['(', ')']).is_some_and(|at| text.as_bytes()[at] == b'(');
    let ends = |character: char| {
        character.is_whitespace()
            || matches!(character, '"' | '\'' | '<' | '>' | '`' | '\\')
            || in_parentheses && character == ')'
    };
    let section = &rest[..rest.find(ends).unwrap_or(rest.len()).min(next_part)];
    start + without_position(section).len()
}

/// A frame of a stack ends with `:line:column`, which is no part of the URL.
fn without_position(section: &str) -> &str {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let cut = section.rsplit_once(':').filter(|(_, column)| is_number(column));
    let cut = cut.and_then(|(rest, _)| rest.rsplit_once(':')).filter(|(_, line)| is_number(line));
    cut.map_or(section, |(rest, _)| rest)
}

fn begins_with_name(section: &str) -> bool {
    let name = section.split('&').next().unwrap_or_default().split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-[]%$~/!".contains(&byte);
        !name.is_empty() && name.bytes().all(fits)
    })
}

fn is_bare_name(part: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    part.len() <= MAX_BARE_NAME_CHARS && part.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::super::rule::{Action, BuiltIn};
    use super::*;

    fn scrubbed(text: &str, around: Around) -> String {
        let allowed = HashSet::from(["page".to_owned()]);
        let rule = BuiltIn::UrlParameters.rule(Action::Replace);
        let parameters = Parameters { rule: &rule, allowed: &allowed, key: None };
        let mut text = text.to_owned();
        while let Some(next) = parameters.scrub(&text, around, &mut |_| {}) {
            text = next;
        }
        text
    }

    #[test]
    fn names_stay_and_values_go() {
        for (url, expected) in [
            ("https://a.example/x?member=jane&page=2", "https://a.example/x?member=[redacted]&page=2"),
            ("/x?q=a=b#access_token=abc&state=d", "/x?q=[redacted]#access_token=[redacted]&state=[redacted]"),
            ("https://a.example/#/route?id=7", "https://a.example/#/route?id=[redacted]"),
            ("/x?next=https://u:p@a.example/", "/x?next=[redacted]"),
            ("https://u:p@a.example/x?debug", "https://[redacted]@a.example/x?debug"),
            ("/x?debug&empty=&[odd]=1", "/x?debug&empty=&[odd]=[redacted]"),
            ("/x?jane@roe.example", "/x?[redacted]"),
            ("/x?page=3", "/x?page=3"),
            ("https://a.example/x#section-2", "https://a.example/x#section-2"),
            ("http://127.0.0.1:5173/claims", "http://127.0.0.1:5173/claims"),
        ] {
            assert_eq!(scrubbed(url, Around::Nothing), expected);
        }
    }

    #[test]
    fn urls_in_text_are_found_and_the_text_around_them_stays() {
        for (text, expected) in [
            (
                "Failed to fetch https://a.example/x?member=jane, again",
                "Failed to fetch https://a.example/x?member=[redacted] again",
            ),
            (
                "at f (https://a.example/x.js?v=abc:10:25)\n  at g",
                "at f (https://a.example/x.js?v=[redacted]:10:25)\n  at g",
            ),
            ("f@https://a.example/x.js?v=abc:10:25", "f@https://a.example/x.js?v=[redacted]:10:25"),
            ("GET \"/api?a=1&b=2\" failed", "GET \"/api?a=[redacted]&b=[redacted]\" failed"),
            (
                "from http://u:p@a.example to ws://u:p@b.example",
                "from http://[redacted]@a.example to ws://[redacted]@b.example",
            ),
            ("Really? Yes #1", "Really? Yes #1"),
            ("a ? b=1 : c", "a ? b=1 : c"),
            ("#save[data-testid=\"a\"]>SPAN", "#save[data-testid=\"a\"]>SPAN"),
        ] {
            assert_eq!(scrubbed(text, Around::Text), expected);
        }
    }
}
