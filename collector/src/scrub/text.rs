//! One value: which rules look at it, and looking until nothing changes any more.

use super::field::Path;
use super::place::Place;
use super::report::{Hit, Report};
use super::rule::{Action, BuiltIn};
use super::signs::Signs;
use super::url::{Around, Parameters};
use super::{Scrubber, detect::Detector};
use std::ops::Range;

/// Most passes over one value. One finds nearly everything and the second that nothing is left; a third is
/// needed where a replacement changed what its neighbour looked like. Whatever is not settled by then is
/// replaced as a whole, so that scrubbing ends and scrubbing twice is scrubbing once.
const MAX_PASSES: usize = 6;

/// Longest beginning of a data URL, up to its payload (bytes).
const MAX_DATA_URL_HEAD_BYTES: usize = 128;

/// A value that was changed.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) text: String,
    pub(super) hits: Vec<Hit>,
}

impl Scrubber {
    /// The text a string becomes, if any rule changes it.
    pub(super) fn scrub_string(
        &self,
        path: &Path<'_>,
        place: Place,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        match (self.field_action(path), place) {
            (Some(Action::Allow), _) | (None, Place::Structural) => None,
            (Some(action), _) => self.scrub_whole(path, BuiltIn::Field, action, text, report),
            (None, Place::Secret) => {
                let action = self.rules[BuiltIn::SecretKeys as usize].action;
                self.scrub_whole(path, BuiltIn::SecretKeys, action, text, report)
            }
            (None, Place::Json) => self.scrub_json_text(path, text, report),
            (None, Place::Url | Place::Text | Place::Css) => self.scrub_text(path, place, text, report),
        }
    }

    /// The text that takes the place of a number, if its field or its key asks for it.
    pub(super) fn scrub_number(
        &self,
        path: &Path<'_>,
        place: Place,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let by_name = place == Place::Secret || self.field_action(path).is_some();
        if by_name { self.scrub_string(path, place, text, report) } else { None }
    }

    /// The text a value becomes, if any pattern changes it.
    pub(super) fn scrub_text(
        &self,
        path: &Path<'_>,
        place: Place,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let Settled { text, hits } = self.settle(path, place, text)?;
        report.record(path, &hits, &text);
        Some(text)
    }

    /// Looks at a value until nothing in it changes any more.
    pub(super) fn settle(&self, path: &Path<'_>, place: Place, text: &str) -> Option<Settled> {
        let unsettled = BuiltIn::Unsettled as usize;
        if text == self.rules[unsettled].word || is_data_url(text) {
            return None;
        }
        let mut hits = Vec::new();
        let mut scrubbed: Option<String> = None;
        for _ in 0..MAX_PASSES {
            let current = scrubbed.as_deref().unwrap_or(text);
            let next = if place == Place::Css {
                self.style_sheet(path, current, &mut hits)
            } else {
                self.pass(path, place, current, &mut hits)
            };
            let Some(next) = next else {
                return scrubbed.map(|text| Settled { text, hits });
            };
            scrubbed = Some(next);
        }
        hits.push(self.hit(unsettled, text.chars().count()));
        Some(Settled { text: self.rules[unsettled].word.clone(), hits })
    }

    /// The text a whole value becomes because of where it stands.
    pub(super) fn scrub_whole(
        &self,
        path: &Path<'_>,
        rule: BuiltIn,
        action: Action,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let applied = rule.rule(action);
        if applied.is_its_own_work(text) {
            return None;
        }
        let scrubbed = applied.applied(text, self.key.as_ref());
        if scrubbed == text {
            return None;
        }
        let before_chars = text.chars().count();
        report.record(path, &[Hit { rule: rule as usize, action, before_chars }], &scrubbed);
        Some(scrubbed)
    }

    fn pass(&self, path: &Path<'_>, place: Place, text: &str, hits: &mut Vec<Hit>) -> Option<String> {
        let mut signs = Signs::of(text.as_bytes());
        let is_url = place == Place::Url;
        let mut scrubbed: Option<String> = None;
        let rule = BuiltIn::UrlParameters as usize;
        if signs.parameters(is_url) && self.rules[rule].action != Action::Allow {
            let around = if is_url { Around::Nothing } else { Around::Text };
            scrubbed = self.parameters().scrub(text, around, &mut |length| hits.push(self.hit(rule, length)));
            if let Some(scrubbed) = &scrubbed {
                signs = Signs::of(scrubbed.as_bytes());
            }
        }
        if signs.pattern {
            let current = scrubbed.as_deref().unwrap_or(text);
            let next = self.replace(&self.built_in, &|_| true, current, hits);
            scrubbed = next.or(scrubbed);
        }
        if !self.custom.is_empty() {
            let current = scrubbed.as_deref().unwrap_or(text);
            let next = self.replace(&self.custom, &|rule| self.custom_applies(rule, path), current, hits);
            scrubbed = next.or(scrubbed);
        }
        scrubbed.filter(|scrubbed| scrubbed != text)
    }

    /// The URLs of a style sheet. Its other words are the site's own, and `#a[b=c]` is no hash.
    fn style_sheet(&self, path: &Path<'_>, text: &str, hits: &mut Vec<Hit>) -> Option<String> {
        let mut scrubbed = String::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(opened) = text[at..].find("url(").map(|found| at + found + 4) {
            let inner = url_in_style_sheet(&text[opened..]);
            let url = opened + inner.start..opened + inner.end;
            at = url.end;
            if let Some(settled) = self.settle(path, Place::Url, &text[url.clone()]) {
                scrubbed.push_str(&text[copied..url.start]);
                scrubbed.push_str(&settled.text);
                hits.extend(settled.hits);
                copied = url.end;
            }
        }
        scrubbed.push_str(&text[copied..]);
        (copied > 0).then_some(scrubbed)
    }

    pub(super) fn parameters(&self) -> Parameters<'_> {
        Parameters {
            rule: &self.rules[BuiltIn::UrlParameters as usize],
            allowed: &self.allowed_parameters,
            key: self.key.as_ref(),
        }
    }

    fn hit(&self, rule: usize, before_chars: usize) -> Hit {
        Hit { rule, action: self.rules[rule].action, before_chars }
    }

    pub(super) fn replace(
        &self,
        detector: &Detector,
        applies: &impl Fn(usize) -> bool,
        text: &str,
        hits: &mut Vec<Hit>,
    ) -> Option<String> {
        let mut scrubbed = String::new();
        let (mut copied, mut at) = (0, 0);
        let mut changed = false;
        while let Some(found) = detector.find(text, at, applies) {
            let rule = &self.rules[found.rule];
            // The word that names a number goes with it, else it would name whatever comes next.
            let range = if rule.action == Action::Remove { found.whole.clone() } else { found.value };
            let part = &text[range.clone()];
            at = found.whole.end;
            if rule.is_its_own_work(part) {
                continue;
            }
            let applied = rule.applied(part, self.key.as_ref());
            if applied == part {
                continue;
            }
            hits.push(self.hit(found.rule, part.chars().count()));
            scrubbed.push_str(&text[copied..range.start]);
            scrubbed.push_str(&applied);
            copied = range.end;
            changed = true;
        }
        scrubbed.push_str(&text[copied..]);
        changed.then_some(scrubbed)
    }
}

/// Where the URL is in what follows `url(`.
fn url_in_style_sheet(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    let rest = &text[start..];
    let (skipped, end) = match rest.as_bytes().first() {
        Some(b'"') => (1, '"'),
        Some(b'\'') => (1, '\''),
        _ => (0, ')'),
    };
    let length = rest[skipped..].find(end).unwrap_or(rest.len() - skipped);
    start + skipped..start + skipped + length
}

/// Whether a value is an image or a font written as a URL, and nothing but its base64: which has keys and
/// numbers of every kind in it by chance.
fn is_data_url(text: &str) -> bool {
    const ENCODING: &[u8] = b";base64,";
    let Some(rest) = text.as_bytes().strip_prefix(b"data:") else { return false };
    let head = &rest[..rest.len().min(MAX_DATA_URL_HEAD_BYTES)];
    let Some(at) = head.windows(ENCODING.len()).position(|part| part == ENCODING) else { return false };
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+-.".contains(byte);
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let binary = [&b"image/"[..], b"font/", b"audio/", b"video/", b"application/"];
    binary.iter().any(|kind| head.starts_with(kind))
        && head[..at].iter().all(is_type)
        && rest[at + ENCODING.len()..].iter().all(is_base64)
}
