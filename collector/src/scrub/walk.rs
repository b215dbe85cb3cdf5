//! One pass over a body: its JSON is checked, its values are scrubbed, and what the doors ask about it is
//! noted on the way.
//!
//! A changed value is spliced into the bytes around it. Parsing into a tree and writing it again would cost
//! several times as much and respell numbers, escapes and spaces of everything that no rule touched.

use super::Scrubber;
use super::field::{Path, Step};
use super::json::{Fault, Reader};
use super::memo::{Changed, Memo, Repeats, Under, json};
use super::place::{Place, Position};
use super::report::Report;
use std::borrow::Cow;
use std::ops::Range;

/// Longest session id that is passed on (bytes): a UUID has 36, and what is made up elsewhere is no id.
const MAX_SESSION_ID_BYTES: usize = 64;

/// Shortest string in which a built-in rule finds anything (bytes): `?a=b`.
const MIN_FINDABLE_BYTES: usize = 4;

/// Deepest level of an event at which values that come again are looked for: its sections, and what is in
/// them. What is deeper seldom comes again where what is around it does not.
const MAX_REPEAT_DEPTH: usize = 2;

/// How far a walk goes.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Deepest nesting.
    pub(super) depth: usize,
    /// Most values of one event.
    pub(super) values: usize,
}

pub(super) struct Walk<'a, 'r> {
    scrubber: &'a Scrubber,
    reader: Reader<'a>,
    report: &'r mut Report,
    limits: Limits,
    depth: usize,
    values: usize,
    /// Kept only where somebody asks for it: the operator's selectors, and reports for people.
    path: Option<Path<'a>>,
    /// Unusable where the outcome depends on the path.
    memo: Option<(Memo, Repeats)>,
    /// The body as far as it was changed, up to `copied`.
    scrubbed: Vec<u8>,
    copied: usize,
    /// The application every event must be of.
    application_id: Option<&'a str>,
    pub(super) session_id: Option<String>,
    pub(super) kinds: usize,
}

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn new(
        scrubber: &'a Scrubber,
        reader: Reader<'a>,
        limits: Limits,
        report: &'r mut Report,
    ) -> Self {
        let reads_paths = scrubber.reads_paths();
        Self {
            scrubber,
            reader,
            limits,
            depth: 0,
            values: 0,
            path: (reads_paths || report.explains()).then(Path::default),
            memo: (!reads_paths).then(|| (Memo::new(), Repeats::default())),
            report,
            scrubbed: Vec::new(),
            copied: 0,
            application_id: None,
            session_id: None,
            kinds: 0,
        }
    }

    /// The application that events must be of, if they name one.
    pub(super) fn of_application(mut self, id: Option<&'a str>) -> Self {
        self.application_id = id;
        self
    }

    /// Values here have this path before their own.
    pub(super) fn below(mut self, path: &Path<'a>) -> Self {
        self.path = self.path.map(|_| path.clone());
        self
    }

    /// The next byte that is no blank.
    pub(super) fn next_token(&mut self) -> Option<u8> {
        self.reader.next_token()
    }

    pub(super) fn skip_byte(&mut self) {
        self.reader.at += 1;
    }

    /// Number of the line that is read, from 1.
    pub(super) fn line(&self) -> usize {
        let read = &self.reader.body()[..self.reader.at.min(self.reader.body().len())];
        read.split(|&byte| byte == b'\n').count()
    }

    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.scrubbed.extend_from_slice(&self.reader.body()[self.copied..]);
        Some(self.scrubbed)
    }

    /// An event or a segment: one object.
    pub(super) fn top(&mut self, position: Position) -> Result<(), Fault> {
        (self.depth, self.values) = (0, 0);
        if self.reader.next_token() != Some(b'{') {
            // What is no JSON at all is called that.
            return Err(self.value(Position::Structural).err().unwrap_or(Fault::NotAnObject));
        }
        self.value(position)
    }

    pub(super) fn value(&mut self, position: Position) -> Result<(), Fault> {
        self.values += 1;
        self.check_values()?;
        match self.reader.next_token() {
            Some(b'"') => self.string(position),
            Some(b'{') => self.nested(position, Self::object),
            Some(b'[') => self.nested(position, Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(position),
            _ => self.reader.word(),
        }
    }

    fn check_values(&self) -> Result<(), Fault> {
        if self.values > self.limits.values { Err(Fault::TooManyValues) } else { Ok(()) }
    }

    fn nested(
        &mut self,
        position: Position,
        read: impl FnOnce(&mut Self, Position) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.depth == self.limits.depth {
            return Err(Fault::TooDeep { levels: self.limits.depth });
        }
        self.depth += 1;
        self.skip_byte();
        read(self, position)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, position: Position) -> Result<(), Fault> {
        if self.reader.closes(b'}') {
            return Ok(());
        }
        loop {
            let text = self.reader.string()?;
            self.reader.expect(b':')?;
            if position == Position::Structural {
                self.value(position)?;
            } else {
                let key = self.reader.decoded(&text)?;
                let below = position.under(&key, self.scrubber.secret_keys.as_ref());
                self.check(below)?;
                if self.depth <= MAX_REPEAT_DEPTH && self.memo.is_some() {
                    self.perhaps_again(below, key)?;
                } else {
                    self.step(below, Step::Key(key))?;
                }
            }
            if self.reader.closes(b'}') {
                return Ok(());
            }
            self.reader.expect(b',')?;
        }
    }

    /// Walks the value under a key, unless it is the one that stood there before.
    fn perhaps_again(&mut self, position: Position, key: Cow<'a, str>) -> Result<(), Fault> {
        let ends_itself = matches!(self.next_token(), Some(b'{' | b'[' | b'"'));
        if !ends_itself {
            return self.step(position, Step::Key(key));
        }
        let under = Under::new(position, self.depth, &key);
        let (body, start) = (self.reader.body(), self.reader.at);
        let again = self.memo.as_ref().and_then(|(_, repeats)| repeats.again(under, body, &body[start..]));
        if let Some((length, values)) = again {
            self.reader.at += length;
            self.values += values;
            return self.check_values();
        }
        let (copied, values) = (self.copied, self.values);
        self.step(position, Step::Key(key))?;
        if let (Some((_, repeats)), true) = (&mut self.memo, self.copied == copied) {
            repeats.keep(under, start..self.reader.at, self.values - values);
        }
        Ok(())
    }

    fn array(&mut self, position: Position) -> Result<(), Fault> {
        if self.reader.closes(b']') {
            return Ok(());
        }
        let mut first = None;
        for index in 0.. {
            let start = self.reader.at;
            self.step(position.element(index, first), Step::Index(index))?;
            if index == 0 {
                let text = self.reader.slice(start..self.reader.at)?;
                first = text.trim_ascii().parse().ok();
            }
            if self.reader.closes(b']') {
                return Ok(());
            }
            self.reader.expect(b',')?;
        }
        Ok(())
    }

    fn step(&mut self, position: Position, step: Step<'a>) -> Result<(), Fault> {
        if let Some(path) = &mut self.path {
            path.push(step);
        }
        self.value(position)?;
        if let Some(path) = &mut self.path {
            path.pop();
        }
        Ok(())
    }

    /// Whether what the doors decide by has the shape they read it in.
    fn check(&mut self, position: Position) -> Result<(), Fault> {
        match position {
            Position::Kind => {
                self.kinds += 1;
                (self.next_token() == Some(b'"')).then_some(()).ok_or(Fault::NoType)
            }
            Position::Application => matches!(self.next_token(), Some(b'{' | b'n'))
                .then_some(())
                .ok_or(Fault::UnreadableApplication),
            Position::ApplicationId => matches!(self.next_token(), Some(b'"' | b'n'))
                .then_some(())
                .ok_or(Fault::UnreadableApplication),
            _ => Ok(()),
        }
    }

    fn string(&mut self, position: Position) -> Result<(), Fault> {
        let text = self.reader.string()?;
        let place = position.place();
        if place == Place::Structural {
            return self.note(position, &text);
        }
        let scrubber = self.scrubber;
        let range = text.quoted();
        if let (Some((memo, _)), Place::Text | Place::Url | Place::Css) = (&mut self.memo, place) {
            if text.inner.len() < MIN_FINDABLE_BYTES && scrubber.custom.is_empty() {
                return Ok(());
            }
            let changed = match memo.recall(self.reader.body(), &text.inner, place) {
                Ok(changed) => changed,
                Err(key) => {
                    let decoded = self.reader.decoded(&text)?;
                    let settled = scrubber.settle(&Path::default(), place, &decoded);
                    memo.keep(key, &text.inner, place, settled)
                }
            };
            if let Some(Changed { settled, json }) = changed {
                let path = self.path.as_ref();
                self.report.record(path.unwrap_or(&Path::default()), &settled.hits, &settled.text);
                splice(&mut self.scrubbed, &mut self.copied, self.reader.body(), range, json);
            }
            return Ok(());
        }
        let decoded = self.reader.decoded(&text)?;
        let nowhere = Path::default();
        let path = self.path.as_ref().unwrap_or(&nowhere);
        if let Some(scrubbed) = scrubber.scrub_string(path, place, &decoded, self.report) {
            splice(&mut self.scrubbed, &mut self.copied, self.reader.body(), range, &json(&scrubbed));
        }
        Ok(())
    }

    /// Keeps what the doors ask for.
    fn note(&mut self, position: Position, text: &super::json::Text) -> Result<(), Fault> {
        match (position, self.application_id) {
            (Position::ApplicationId, Some(expected)) => {
                let id = self.reader.decoded(text)?;
                if !id.eq_ignore_ascii_case(expected) {
                    return Err(Fault::OtherApplication);
                }
            }
            (Position::SessionId, _) if self.session_id.is_none() => {
                let id = self.reader.decoded(text)?;
                self.session_id = (id.len() <= MAX_SESSION_ID_BYTES).then(|| id.into_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn number(&mut self, position: Position) -> Result<(), Fault> {
        let range = self.reader.number()?;
        let asked =
            position == Position::Secret || position == Position::Free && !self.scrubber.fields.is_empty();
        if !asked {
            return Ok(());
        }
        let text = self.reader.slice(range.clone())?;
        let nowhere = Path::default();
        let path = self.path.as_ref().unwrap_or(&nowhere);
        if let Some(scrubbed) = self.scrubber.scrub_number(path, position.place(), text, self.report) {
            splice(&mut self.scrubbed, &mut self.copied, self.reader.body(), range, &json(&scrubbed));
        }
        Ok(())
    }
}

/// Puts JSON in the place of what stands at `range`.
fn splice(scrubbed: &mut Vec<u8>, copied: &mut usize, body: &[u8], range: Range<usize>, json: &str) {
    if scrubbed.is_empty() {
        scrubbed.reserve(body.len());
    }
    scrubbed.extend_from_slice(&body[*copied..range.start]);
    scrubbed.extend_from_slice(json.as_bytes());
    *copied = range.end;
}
