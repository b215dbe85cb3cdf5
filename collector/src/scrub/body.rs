//! Bodies of the official SDK: events as NDJSON, and segments of replay as one JSON object. What comes back
//! was checked and scrubbed in the same pass.

use super::Scrubber;
use super::field::Path;
use super::json::{Fault, Reader};
use super::place::{Place, Position, Replay};
use super::report::Report;
use super::rule::{Action, BuiltIn};
use super::walk::{Limits, Walk};

/// Limits of events. They have six levels, the application's own data a few more; parsers further on give up
/// at 128. Datadog documents 256 attributes of an application's own per event; the SDK's may come to 1,600,
/// most of them states of a page.
const EVENT_LIMITS: Limits = Limits { depth: 64, values: 4_096 };

/// Most events of one body: a hundred times what the official SDK sends at once.
const MAX_EVENTS: u64 = 5_000;

/// Limits of segments. Nodes of the format before changes take two levels each, and the parser of a browser
/// stops at 512 elements inside each other, of which a page that is alive has a tenth. The number of values is
/// bounded by the length of the body, which its door knows.
const SEGMENT_LIMITS: Limits = Limits { depth: 512, values: usize::MAX };

/// Whose events they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventShape {
    /// RUM: each has a `type`.
    Rum,
    /// Logs.
    Logs,
}

/// A body that may be journalled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scrubbed {
    /// `None` where no rule changed anything: the body as it came.
    pub body: Option<Vec<u8>>,
    /// Events in it; 1 for a segment.
    pub events: u64,
    /// The first that is named.
    pub session_id: Option<String>,
}

/// Why a body may not be journalled.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} cannot be taken: {fault}")]
pub struct ScrubError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

impl Scrubber {
    /// Checks and scrubs events: one JSON object per line, each of the application if it names one. Lines and
    /// their order stay.
    ///
    /// # Errors
    /// With the first line that cannot be taken.
    pub fn scrub_events(
        &self,
        shape: EventShape,
        application_id: Option<&str>,
        body: &[u8],
        report: &mut Report,
    ) -> Result<Scrubbed, ScrubError> {
        let reader = Reader::new(text(body)?, false);
        let mut walk = Walk::new(self, reader, EVENT_LIMITS, report).of_application(application_id);
        let mut events = 0;
        while let Some(byte) = walk.next_token() {
            if byte == b'\n' {
                walk.skip_byte();
                continue;
            }
            if events == MAX_EVENTS {
                return Err(ScrubError { line: walk.line(), fault: Fault::TooManyEvents });
            }
            event(&mut walk, shape).map_err(|fault| ScrubError { line: walk.line(), fault })?;
            events += 1;
        }
        if events == 0 {
            return Err(ScrubError { line: 1, fault: Fault::Empty });
        }
        let session_id = walk.session_id.take();
        Ok(Scrubbed { body: walk.finish(), events, session_id })
    }

    /// Checks and scrubs the JSON of one segment of replay: text, values, URLs; never names of nodes and
    /// attributes, numbers, or images.
    ///
    /// # Errors
    /// If it is no JSON object, too deep, or of another application.
    pub fn scrub_segment(
        &self,
        application_id: Option<&str>,
        json: &[u8],
        report: &mut Report,
    ) -> Result<Scrubbed, ScrubError> {
        let reader = Reader::new(text(json)?, true);
        let mut walk = Walk::new(self, reader, SEGMENT_LIMITS, report).of_application(application_id);
        let walked = walk.top(Position::Replay(Replay::Segment));
        let ended = walked.and_then(|()| walk.next_token().map_or(Ok(()), |_| Err(Fault::NotJson)));
        ended.map_err(|fault| ScrubError { line: walk.line(), fault })?;
        let session_id = walk.session_id.take();
        Ok(Scrubbed { body: walk.finish(), events: 1, session_id })
    }

    /// The text of one JSON value with its strings scrubbed; the text as text where it is not JSON.
    pub(super) fn scrub_json_text(&self, path: &Path<'_>, text: &str, report: &mut Report) -> Option<String> {
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
            return self.scrub_text(path, Place::Text, text, report);
        }
        let limits = Limits { values: usize::MAX, ..EVENT_LIMITS };
        let mut walk = Walk::new(self, Reader::new(text, true), limits, report).below(path);
        let walked = walk.value(Position::Free);
        let scrubbed = walk.finish();
        match walked {
            // UTF-8 came in and only whole values were replaced, by UTF-8.
            Ok(()) => scrubbed.and_then(|scrubbed| String::from_utf8(scrubbed).ok()),
            // Nested beyond reason: what cannot be looked at does not stay.
            Err(_) => self.scrub_whole(path, BuiltIn::Unsettled, Action::Replace, text, report),
        }
    }
}

/// Once for all: every string of the body is then a slice of it.
fn text(body: &[u8]) -> Result<&str, ScrubError> {
    std::str::from_utf8(body).map_err(|error| {
        let line = body[..error.valid_up_to()].split(|&byte| byte == b'\n').count();
        ScrubError { line, fault: Fault::NotUtf8 }
    })
}

fn event(walk: &mut Walk<'_, '_>, shape: EventShape) -> Result<(), Fault> {
    walk.kinds = 0;
    walk.top(match shape {
        EventShape::Rum => Position::Rum,
        EventShape::Logs => Position::Log,
    })?;
    if walk.next_token().is_some_and(|byte| byte != b'\n') {
        return Err(Fault::NotJson);
    }
    if shape == EventShape::Rum && walk.kinds == 0 { Err(Fault::NoType) } else { Ok(()) }
}
