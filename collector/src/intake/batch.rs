//! The door of our own SDK: `POST /v1?k=<public key>`, body one `rum_protocol::Batch`.

use super::Decoded;
use super::admission::Refusal;
use super::decode::{self, DecodeError};
use crate::config::App;
use crate::journal::Content;
use crate::outcome::Outcome;
use bytes::Bytes;
use rum_protocol::EventKind;
use url::form_urlencoded;

/// Largest body on the wire (bytes).
pub(super) use decode::BATCH_LIMIT_BYTES as LIMIT_BYTES;

/// The public key of a request.
pub(super) fn key(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "k").map(|(_, key)| key.into_owned())
}

/// Checks a body and makes it what the journal takes.
pub(super) fn decode(app: &App, body: Bytes) -> Result<Decoded, Refusal> {
    let batch = decode::batch(&body)?;
    if !batch.context.application_id.eq_ignore_ascii_case(&app.id) {
        return Err(DecodeError::ApplicationMismatch.into());
    }
    let unknown_kinds = batch.events.iter().filter(|event| matches!(event.kind, EventKind::Unknown { .. }));
    Ok(Decoded {
        content: Content::Batch,
        lost_in_page: u64::from(batch.lost_events.unwrap_or(0)),
        lost_unknown_kind: unknown_kinds.count() as u64,
        body: if decode::is_zlib(&body) { body } else { compress(&body)? },
    })
}

/// Compresses a plain body for the journal.
pub(super) fn compress(body: &[u8]) -> Result<Bytes, Refusal> {
    // Writing into memory does not fail; if it ever did, the browser should try again.
    decode::deflate(body).map(Bytes::from).map_err(|_| {
        Refusal::new(Outcome::JournalUnavailable, "the collector cannot store data at the moment")
    })
}
