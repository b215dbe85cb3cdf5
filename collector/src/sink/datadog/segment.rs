//! Segments of our replay on their way to the intake: what the official SDK would have sent of the same page.

use super::IntakeRequest;
use super::replay::{self, Dialect};
use crate::journal::Entry;
use crate::sink::{Refusal, read_segment};
use crate::track::Track;
use bytes::Bytes;
use reqwest::header::HeaderValue;
use uuid::Uuid;

/// The request that brings a segment to the intake; `None` if Datadog has a word for nothing in it.
pub(super) fn request(entry: &Entry) -> Result<Option<IntakeRequest>, Refusal> {
    let segment = read_segment(entry)?;
    let Some((content_type, body)) = replay::multipart(&segment) else { return Ok(None) };
    let version = segment.head.sdk_version.unwrap_or_default();
    let parameters = [
        ("ddsource", "browser".to_owned()),
        ("dd-evp-origin-version", version),
        ("dd-evp-origin", "browser".to_owned()),
        // Per attempt, as the official SDK has it.
        ("dd-request-id", Uuid::new_v4().to_string()),
    ];
    let never =
        |_| Refusal::Never { reason: "its content type cannot be a header".into(), detail: String::new() };
    Ok(Some(IntakeRequest {
        path: Track::Replay.path(),
        subdomain: None,
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        content_type: HeaderValue::from_str(&content_type).map_err(never)?,
        body,
    }))
}

/// The JSON of a segment, for people.
pub(super) fn events(entry: &Entry) -> Result<Bytes, Refusal> {
    Ok(replay::segment_json(&read_segment(entry)?, Dialect::Datadog).into())
}
