//! Bodies of parts of the official SDK: a replay segment or a profile, each with a JSON part that describes it.
//!
//! ```text
//! replay   segment: zlib of the segment's JSON     event: application, session, view, sizes, times
//! profile  wall-time.json: JSON, zlib or not       event: application, session, times
//! ```
//! What is neither JSON nor zlib of it cannot be scrubbed and is refused: the images of canvases, above all.

use super::admission::Refusal;
use super::datadog::digest;
use super::decode::{self, DecodeError};
use super::multipart::{Multipart, Part};
use super::target::Target;
use super::{Decoded, EVENT_PART};
use crate::config::App;
use crate::journal::{Compression, Content};
use crate::outcome::Outcome;
use crate::scrub::{Report, Scrubber};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Largest body on the wire (bytes). A segment closes at 60,000; a first snapshot of a large page is one
/// segment whatever its size, and compresses to a tenth.
pub(super) const LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Largest segment once inflated (bytes). A snapshot of 40,000 elements has 2 MB; attributes of 1 MB exist.
const INFLATED_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// What the describing part says of whom it belongs to.
#[derive(Deserialize)]
struct EventHead {
    application: Option<Identified>,
    session: Option<Identified>,
}

#[derive(Deserialize)]
struct Identified {
    id: Option<String>,
}

/// Checks the parts, scrubs them and makes them what the journal takes: the body as it came, unless a rule
/// changed something in it.
pub(super) async fn decode(
    app: &App,
    scrubber: &Scrubber,
    target: Target,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Decoded, Refusal> {
    let content_type = content_type.ok_or_else(|| malformed("there is no content type"))?;
    let mut multipart = Multipart::read(content_type, body.clone()).await?;
    let digest = {
        let parts = multipart.parts.iter().flat_map(|part| [part.name.as_bytes(), &part.bytes]);
        digest(&parts.collect::<Vec<_>>())
    };
    let head = head(&multipart)?;
    let named = head.application.and_then(|application| application.id);
    if named.is_none_or(|id| !id.eq_ignore_ascii_case(&app.id)) {
        return Err(DecodeError::ApplicationMismatch.into());
    }
    let mut report = scrubber.report();
    let mut changed = None;
    for part in &mut multipart.parts {
        if part.name != EVENT_PART
            && let Some(sizes) = scrub_part(scrubber, &app.id, part, &mut report)?
        {
            changed = Some(sizes);
        }
    }
    let body = match changed {
        None => body,
        Some(sizes) => {
            describe(&mut multipart, &sizes)?;
            multipart.write()
        }
    };
    let Target { subdomain, parameters, deflated, .. } = target;
    Ok(Decoded {
        content: Content::Datadog {
            parameters,
            deflated,
            content_type: Some(content_type.to_owned()),
            subdomain,
        },
        session_id: head.session.and_then(|session| session.id),
        digest: Some(digest),
        // The large part is compressed already.
        compression: Compression::None,
        body,
        lost_in_page: None,
        lost_unknown_kind: 0,
        scrubbed: report,
        taken: None,
    })
}

fn head(multipart: &Multipart) -> Result<EventHead, Refusal> {
    let mut events = multipart.parts.iter().filter(|part| part.name == EVENT_PART);
    let (Some(event), None) = (events.next(), events.next()) else {
        return Err(malformed("expected one part called event"));
    };
    serde_json::from_slice(&event.bytes).map_err(|_| malformed("the part event is not a JSON object"))
}

/// Sizes of a part as JSON and as sent (bytes).
struct Sizes {
    raw: usize,
    compressed: usize,
}

/// Scrubs one part; its new sizes if any rule changed it.
fn scrub_part(
    scrubber: &Scrubber,
    application_id: &str,
    part: &mut Part,
    report: &mut Report,
) -> Result<Option<Sizes>, Refusal> {
    let is_zlib = decode::is_zlib(&part.bytes);
    let plain = match part.bytes.first() {
        Some(_) if is_zlib => Cow::Owned(decode::inflate(&part.bytes, INFLATED_LIMIT_BYTES)?),
        Some(b'{') => Cow::Borrowed(&part.bytes[..]),
        _ => return Err(malformed("a part is neither JSON nor zlib, so it cannot be scrubbed")),
    };
    let scrubbed = scrubber.scrub_segment(Some(application_id), &plain, report).map_err(DecodeError::from)?;
    let Some(scrubbed) = scrubbed.body else { return Ok(None) };
    let raw = scrubbed.len();
    part.bytes = if is_zlib { decode::compress(&scrubbed)? } else { scrubbed.into() };
    Ok(Some(Sizes { raw, compressed: part.bytes.len() }))
}

/// Writes the new sizes where the describing part tells them.
fn describe(multipart: &mut Multipart, sizes: &Sizes) -> Result<(), Refusal> {
    let Some(event) = multipart.parts.iter_mut().find(|part| part.name == EVENT_PART) else { return Ok(()) };
    let broken = |_| malformed("the part event is not a JSON object");
    let mut described: Map<String, Value> = serde_json::from_slice(&event.bytes).map_err(broken)?;
    for (name, size) in [("raw_segment_size", sizes.raw), ("compressed_segment_size", sizes.compressed)] {
        if let Some(told) = described.get_mut(name) {
            *told = size.into();
        }
    }
    event.bytes = serde_json::to_vec(&described).map_err(broken)?.into();
    Ok(())
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Outcome::Malformed, reason)
}
