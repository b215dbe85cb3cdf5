//! The door of the official Datadog SDK. A body reaches Datadog's intake byte by byte as the page sent it, but
//! for the values that a scrub rule changed.

use super::admission::Refusal;
use super::decode::{self, DecodeError};
use super::target::Target;
use super::{Decoded, replay};
use crate::config::App;
use crate::journal::{self, Compression, Content, Digest};
use crate::scrub::{EventShape, Scrubber};
use crate::track::Track;
use bytes::Bytes;
use std::borrow::Cow;

/// Largest body of lines on the wire (bytes). The SDK closes a batch at 16 KiB and drops messages over
/// 256 KiB, so this leaves room for several of the largest.
const LINES_LIMIT_BYTES: usize = 1024 * 1024;

/// Largest body of one track on the wire (bytes).
pub(super) fn limit_bytes(track: Track) -> usize {
    match track {
        Track::Replay | Track::Profile => replay::LIMIT_BYTES,
        Track::Rum | Track::Logs | Track::Exposures | Track::FlagEvaluation | Track::Debugger => {
            LINES_LIMIT_BYTES
        }
    }
}

/// Checks a body, scrubs it and makes it what the journal takes.
pub(super) async fn decode(
    app: &App,
    scrubber: &Scrubber,
    target: Target,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Decoded, Refusal> {
    match target.track {
        Track::Replay | Track::Profile => replay::decode(app, scrubber, target, content_type, body).await,
        Track::Rum | Track::Logs | Track::Exposures | Track::FlagEvaluation | Track::Debugger => {
            decode_lines(app, scrubber, target, body)
        }
    }
}

/// Events as NDJSON, deflated or not.
fn decode_lines(app: &App, scrubber: &Scrubber, target: Target, body: Bytes) -> Result<Decoded, Refusal> {
    let Target { track, subdomain, parameters, deflated, .. } = target;
    // Before scrubbing: the same body is told by how it came.
    let digest = digest(&[&body]);
    let plain = if deflated {
        Cow::Owned(decode::inflate(&body, decode::DATADOG_INFLATED_LIMIT_BYTES)?)
    } else {
        Cow::Borrowed(&body[..])
    };
    let shape = match track {
        Track::Rum => EventShape::Rum,
        _ => EventShape::Logs,
    };
    let mut report = scrubber.report();
    let scrubbed =
        scrubber.scrub_events(shape, Some(&app.id), &plain, &mut report).map_err(DecodeError::from)?;
    let (compression, stored) = match scrubbed.body {
        // The intake is owed a zlib stream, so that is what is kept.
        Some(scrubbed) if deflated => (Compression::Zlib, decode::compress(&scrubbed)?),
        Some(scrubbed) => journal::pack(scrubbed.into()),
        None if deflated => (Compression::Zlib, body),
        None => journal::pack(body),
    };
    Ok(Decoded {
        content: Content::Datadog { parameters, deflated, content_type: None, subdomain },
        session_id: scrubbed.session_id,
        digest: Some(digest),
        compression,
        body: stored,
        lost_in_page: None,
        lost_unknown_kind: 0,
        scrubbed: report,
        taken: None,
    })
}

/// What the same body has in common with itself when it comes again: a retry has a new request id, and where
/// it has parts a new boundary.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    /// BLAKE3 puts out as much as is asked for; 128 bits are beyond any collision by chance or design here.
    const BYTES: usize = 16;
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    // Read from the end, they say where each part begins. Behind the parts, because BLAKE3 hashes 16 KiB at
    // once only where they begin at a multiple.
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
    }
    hasher.update(&(parts.len() as u64).to_le_bytes());
    let mut bytes = [0; BYTES];
    hasher.finalize_xof().fill(&mut bytes);
    Digest(u128::from_le_bytes(bytes))
}
