//! Events as NDJSON: walked once, value by value; a changed value is spliced into the bytes around it.
//!
//! Parsing into a tree and writing it again would cost three times as much and respell numbers, escapes and
//! spaces of everything that no rule touched.

use super::Scrubber;
use super::field::{Inside, Path, Place, Step};
use super::report::Report;
use super::rule::BuiltIn;
use super::text::Signs;
use std::borrow::Cow;
use std::ops::Range;

/// Deepest nesting that is walked. Events have six levels, the application's own data a few more; parsers
/// further on give up at 128.
const MAX_DEPTH: usize = 64;

/// Why a body cannot be scrubbed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// Bytes that are no text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Objects in objects in objects.
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
}

impl Scrubber {
    /// The body with its events scrubbed, if any rule changes one. Lines and their order stay.
    ///
    /// # Errors
    /// With the index of the line that cannot be walked.
    pub fn scrub_events(
        &self,
        body: &[u8],
        report: &mut Report,
    ) -> Result<Option<Vec<u8>>, (usize, JsonError)> {
        // Once for all: every string of the body is then a slice of it.
        let text = std::str::from_utf8(body).map_err(|error| {
            let line = body[..error.valid_up_to()].split(|&byte| byte == b'\n').count() - 1;
            (line, JsonError::NotUtf8)
        })?;
        let mut walk = Walk::new(self, text, report);
        for (line, range) in line_ranges(body) {
            walk.line(range).map_err(|error| (line, error))?;
        }
        Ok(walk.finish())
    }

    /// The text of one JSON value with its strings scrubbed; the text as text where it is not JSON.
    pub(super) fn scrub_json_text(&self, path: &Path<'_>, text: &str, report: &mut Report) -> Option<String> {
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
            return self.scrub_text(path, Place::Text, text, report);
        }
        let mut walk = Walk::new(self, text, report);
        walk.path = path.clone();
        let walked = walk.value(Inside::Free);
        let scrubbed = walk.finish();
        match walked {
            // UTF-8 came in and only whole values were replaced, by UTF-8.
            Ok(()) => scrubbed.and_then(|scrubbed| String::from_utf8(scrubbed).ok()),
            // Nested beyond reason: what cannot be looked at does not stay.
            Err(_) => self.scrub_whole(path, BuiltIn::Unsettled, super::Action::Replace, text, report),
        }
    }
}

/// The lines that are not blank, with their index.
fn line_ranges(body: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    body.split(|&byte| byte == b'\n').enumerate().filter_map(move |(index, line)| {
        let range = start..start + line.len();
        start = range.end + 1;
        (!line.trim_ascii().is_empty()).then_some((index, range))
    })
}

struct Walk<'a, 'r> {
    scrubber: &'a Scrubber,
    text: &'a str,
    /// The bytes of `text`.
    body: &'a [u8],
    at: usize,
    end: usize,
    path: Path<'a>,
    report: &'r mut Report,
    /// The body as far as it was changed, up to `copied`.
    scrubbed: Vec<u8>,
    copied: usize,
}

/// A string of the body: between its quotes, and whether it has escapes.
struct Text {
    inner: Range<usize>,
    escaped: bool,
}

impl<'a, 'r> Walk<'a, 'r> {
    fn new(scrubber: &'a Scrubber, text: &'a str, report: &'r mut Report) -> Self {
        let body = text.as_bytes();
        let path = Path::default();
        Self { scrubber, text, body, at: 0, end: body.len(), path, report, scrubbed: Vec::new(), copied: 0 }
    }

    fn line(&mut self, range: Range<usize>) -> Result<(), JsonError> {
        (self.at, self.end) = (range.start, range.end);
        self.value(Inside::Schema)?;
        self.skip_blanks();
        if self.at == self.end { Ok(()) } else { Err(JsonError::NotJson) }
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.scrubbed.extend_from_slice(&self.body[self.copied..]);
        Some(self.scrubbed)
    }

    fn value(&mut self, inside: Inside) -> Result<(), JsonError> {
        if self.path.depth() > MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.object(inside),
            Some(b'[') => self.array(inside),
            Some(b'"') => self.string(inside),
            Some(b'-' | b'0'..=b'9') => self.number(inside),
            Some(b't' | b'f' | b'n') => self.word(),
            _ => Err(JsonError::NotJson),
        }
    }

    fn object(&mut self, inside: Inside) -> Result<(), JsonError> {
        self.at += 1;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            let (key, _) = self.text()?;
            let key = self.decoded(&key)?;
            self.expect(b':')?;
            let inside = inside.under(&key, self.path.depth(), self.scrubber.secret_keys.as_ref());
            self.path.push(Step::Key(key));
            self.value(inside)?;
            self.path.pop();
            if self.closes(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, inside: Inside) -> Result<(), JsonError> {
        self.at += 1;
        if self.closes(b']') {
            return Ok(());
        }
        for index in 0.. {
            self.path.push(Step::Index(index));
            self.value(inside)?;
            self.path.pop();
            if self.closes(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
        Ok(())
    }

    fn string(&mut self, inside: Inside) -> Result<(), JsonError> {
        let (text, signs) = self.text()?;
        let scrubber = self.scrubber;
        let by_field = inside == Inside::Secret || !scrubber.fields.is_empty() || !scrubber.custom.is_empty();
        if !by_field && !text.escaped && !signs.allow_anything(&self.body[text.inner.clone()]) {
            return Ok(());
        }
        // Structural only by Datadog's schema: below `context`, `date` is whatever the application means.
        let place = if inside == Inside::Schema { self.path.place() } else { Place::Text };
        if place == Place::Structural {
            return Ok(());
        }
        let decoded = self.decoded(&text)?;
        if let Some(scrubbed) = scrubber.scrub_string(&self.path, inside, place, &decoded, self.report) {
            self.replace(text.inner.start - 1..text.inner.end + 1, &scrubbed);
        }
        Ok(())
    }

    fn number(&mut self, inside: Inside) -> Result<(), JsonError> {
        let start = self.at;
        self.skip_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        // Only the application's own numbers, and only where a name says that they are not for us.
        if inside == Inside::Schema {
            return Ok(());
        }
        let text = self.slice(start..self.at)?;
        let scrubber = self.scrubber;
        if let Some(scrubbed) = scrubber.scrub_number(&self.path, inside, text, self.report) {
            self.replace(start..self.at, &scrubbed);
        }
        Ok(())
    }

    fn word(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_lowercase());
        let known = matches!(&self.body[start..self.at], b"true" | b"false" | b"null");
        if known { Ok(()) } else { Err(JsonError::NotJson) }
    }

    /// Reads a string and, in the same breath, the signs of what may be in it.
    fn text(&mut self) -> Result<(Text, Signs), JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut signs = Signs::default();
        let mut escaped = false;
        loop {
            let run = &self.body[self.at..self.end];
            let length = signs.read_until_special(run);
            self.at += length;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                _ => return Err(JsonError::NotJson),
            }
            if self.at > self.end {
                return Err(JsonError::NotJson);
            }
        }
        let inner = start..self.at;
        self.at += 1;
        Ok((Text { inner, escaped }, signs))
    }

    /// What a string says. A lone surrogate, which JavaScript can write, reads as U+FFFD.
    fn decoded(&self, text: &Text) -> Result<Cow<'a, str>, JsonError> {
        if !text.escaped {
            return self.slice(text.inner.clone()).map(Cow::Borrowed);
        }
        let quoted = self.slice(text.inner.start - 1..text.inner.end + 1)?;
        if let Ok(decoded) = serde_json::from_str::<String>(quoted) {
            return Ok(Cow::Owned(decoded));
        }
        unpaired(quoted).map(Cow::Owned)
    }

    fn slice(&self, range: Range<usize>) -> Result<&'a str, JsonError> {
        self.text.get(range).ok_or(JsonError::NotUtf8)
    }

    /// Puts a string in the place of what stands at `range`.
    fn replace(&mut self, range: Range<usize>, text: &str) {
        self.scrubbed.extend_from_slice(&self.body[self.copied..range.start]);
        self.scrubbed.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
        self.copied = range.end;
    }

    fn peek(&self) -> Option<u8> {
        self.body[..self.end].get(self.at).copied()
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    }

    fn closes(&mut self, closing: u8) -> bool {
        self.skip_blanks();
        let closes = self.peek() == Some(closing);
        self.at += usize::from(closes);
        closes
    }

    fn expect(&mut self, expected: u8) -> Result<(), JsonError> {
        self.skip_blanks();
        if self.peek() != Some(expected) {
            return Err(JsonError::NotJson);
        }
        self.at += 1;
        Ok(())
    }
}

/// Decodes a string with surrogates that have no partner, which serde refuses: each becomes `\ufffd` first.
fn unpaired(quoted: &str) -> Result<String, JsonError> {
    let mut mended = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let length = escape_length(escape);
        let taken = escape.get(..length).ok_or(JsonError::NotJson)?;
        let alone = length == 6 && is_surrogate(taken);
        mended.push_str(if alone { "\\ufffd" } else { taken });
        rest = &escape[length..];
    }
    mended.push_str(rest);
    serde_json::from_str(&mended).map_err(|_| JsonError::NotJson)
}

/// Bytes of the escape this text begins with: 12 for a pair of surrogates.
fn escape_length(escape: &str) -> usize {
    let is_unicode = escape.as_bytes().get(1) == Some(&b'u');
    let is_low = |text: &str| {
        text.starts_with("\\u") && hex(text).is_some_and(|unit| (0xdc00..0xe000).contains(&unit))
    };
    let is_high = hex(escape).is_some_and(|unit| (0xd800..0xdc00).contains(&unit));
    match is_unicode {
        true if is_high && escape.get(6..).is_some_and(is_low) => 12,
        true => 6,
        false => 2,
    }
}

fn is_surrogate(escape: &str) -> bool {
    hex(escape).is_some_and(|unit| (0xd800..0xe000).contains(&unit))
}

fn hex(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.get(2..6)?, 16).ok()
}
