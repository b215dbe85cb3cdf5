//! The door of our own SDK: `POST /v1?k=<public key>`, body one `rum_protocol::Batch`.

use super::Decoded;
use super::admission::Refusal;
use super::decode::{self, DecodeError};
use crate::config::App;
use crate::journal::{self, Compression, Content, Digest};
use crate::outcome::Outcome;
use crate::scrub::Scrubber;
use crate::telemetry::EventLoss;
use bytes::Bytes;
use rum_protocol::{Batch, EventKind};

/// Largest body on the wire (bytes).
pub(super) use decode::BATCH_LIMIT_BYTES as LIMIT_BYTES;

/// Checks a body, scrubs it and makes it what the journal takes.
pub(super) fn decode(app: &App, scrubber: &Scrubber, body: Bytes) -> Result<Decoded, Refusal> {
    let cbor = decode::batch_cbor(&body)?;
    let mut batch = decode::plain_batch(&cbor)?;
    if !batch.context.application_id.eq_ignore_ascii_case(&app.id) {
        return Err(DecodeError::ApplicationMismatch.into());
    }
    let lost_unknown_kind = batch.events.iter().filter(|event| is_unknown(&event.kind)).count() as u64;
    let mut report = scrubber.report();
    scrubber.scrub_batch(&mut batch, &mut report);
    // Encoded even if no rule found anything: what a newer SDK wrote into fields that this collector does
    // not know was not scrubbed, so it is not journalled.
    let scrubbed = encode(&batch)?;
    let is_as_it_came = scrubbed == *cbor;
    drop(cbor);
    let (compression, body) = if is_as_it_came && decode::is_zlib(&body) {
        (Compression::Zlib, body)
    } else {
        journal::pack(scrubbed.into())
    };
    Ok(Decoded {
        content: Content::Batch,
        session_id: batch.context.session_id.map(rum_protocol::Id::to_text),
        // The SDK keeps it over retries.
        digest: Some(Digest(u128::from_be_bytes(batch.id.0))),
        compression,
        lost_in_page: batch.lost_events.map(|events| (EventLoss::InPage, events.into())),
        lost_unknown_kind,
        scrubbed: report,
        taken: None,
        body,
    })
}

/// Whether no sink has a shape for it: a kind newer than this collector, or a vital of a newer kind.
fn is_unknown(kind: &EventKind) -> bool {
    match kind {
        EventKind::Unknown { .. } => true,
        EventKind::Vital(vital) => vital.duration_us.is_none() && vital.step_type.is_none(),
        _ => false,
    }
}

fn encode(batch: &Batch) -> Result<Vec<u8>, Refusal> {
    // As with compressing: writing into memory does not fail.
    minicbor::to_vec(batch).map_err(|_| {
        Refusal::new(Outcome::JournalUnavailable, "the collector cannot store data at the moment")
    })
}

#[cfg(test)]
mod tests {
    use super::is_unknown;
    use rum_protocol::{EventKind, StepType, VitalEvent};

    #[test]
    fn what_no_sink_has_a_shape_for_is_unknown() {
        let vital = |duration_us, step_type| {
            EventKind::Vital(VitalEvent { duration_us, step_type, ..VitalEvent::default() })
        };
        assert!(is_unknown(&EventKind::Unknown { number: 77 }));
        assert!(is_unknown(&vital(None, None)));
        assert!(!is_unknown(&vital(Some(1), None)));
        assert!(!is_unknown(&vital(None, Some(StepType::Start))));
    }
}
