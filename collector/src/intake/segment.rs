//! The door of our own session replay: `POST /v1/s?k=<public key>`, body one segment (`rum_protocol::replay`).
//!
//! A segment that is torn or forged is refused by itself: what comes after it in the session is taken. One that comes
//! again is taken for what it has beyond the first ([`super::taken`]): as a segment of its own that goes on where that
//! one ended.

use super::Decoded;
use super::admission::Refusal;
use super::datadog::digest;
use super::decode::{self, DecodeError};
use super::taken::{Beyond, Key, Taken, TakenSegments};
use crate::config::{App, ReplayPolicy};
use crate::journal::{self, Compression, Content, Digest};
use crate::outcome::Outcome;
use crate::scrub::Scrubber;
use crate::telemetry::EventLoss;
use bytes::Bytes;
use minicbor::Decoder;
use rum_protocol::Id;
use rum_protocol::replay::{
    Change, FIXED_NAMES, PrivacyLevel, Record, RecordKind, Segment, SegmentHead, encode_head, encode_segment,
};

/// Largest body on the wire (bytes).
pub(super) use super::replay::LIMIT_BYTES;

/// What follows the blocks.
const END_BYTES: usize = 1;

/// Checks a body, scrubs it and makes it what the journal takes.
pub(super) fn decode(
    app: &App,
    scrubber: &Scrubber,
    taken: &TakenSegments,
    body: Bytes,
) -> Result<Decoded, Refusal> {
    let plain = decode::segment_plain(&body)?;
    let mut segment = decode::plain_segment(&plain)?;
    if !segment.head.application_id.eq_ignore_ascii_case(&app.id) {
        return Err(DecodeError::ApplicationMismatch.into());
    }
    check_policy(app.replay, &segment.head)?;
    let blocks = blocks(&plain);
    let key = Key::new(&app.id, segment.head.id);
    let own = digest(&[&segment.head.id.0, blocks]);
    let beyond = taken.beyond(key, blocks);
    if let Beyond::After(bytes) = beyond {
        go_on_after(&blocks[..bytes], own, &mut segment)?;
    }
    // Nothing new: the journal answers that it knows it, or keeps it twice if it has forgotten.
    let digest = if let Beyond::Nothing(entry) = beyond { entry } else { own };
    let mut report = scrubber.report();
    scrubber.scrub_recording(&mut segment, &mut report);
    let is_changed = report.counts().next().is_some() || matches!(beyond, Beyond::After(_));
    // What a newer recorder wrote into fields of the head that this collector does not know was not scrubbed: the head is
    // encoded anew, without them. They would make it longer than ours, in which everything is as short as can be.
    let is_as_it_came =
        !is_changed && plain.len() - blocks.len() <= encode_head(&segment.head).len() + END_BYTES;
    let kept = Some((key, Taken::new(blocks, digest)));
    let (compression, body) = if is_as_it_came && decode::is_zlib(&body) {
        (Compression::Zlib, body)
    } else if is_changed {
        journal::pack(segment.to_bytes().into())
    } else {
        journal::pack(encode_segment(&segment.head, [blocks]).into())
    };
    let head = segment.head;
    Ok(Decoded {
        content: Content::Segment,
        session_id: Some(head.session_id.to_text()),
        digest: Some(digest),
        compression,
        body,
        lost_in_page: head.lost_batches.map(|batches| (EventLoss::ReplayInPage, batches.into())),
        lost_unknown_kind: 0,
        scrubbed: report,
        taken: kept,
    })
}

/// Makes a segment that of the records which follow these blocks.
fn go_on_after(blocks: &[u8], own: Digest, segment: &mut Segment) -> Result<(), DecodeError> {
    let first = decode::plain_segment(&encode_segment(&segment.head, [blocks]))?;
    let rest = segment.records.split_off(first.records.len().min(segment.records.len()));
    for record in std::mem::replace(&mut segment.records, rest) {
        count(&mut segment.head, &record);
    }
    segment.head.id = Id(own.0.to_be_bytes());
    Ok(())
}

/// Moves the numbers from which a segment counts past a record.
fn count(head: &mut SegmentHead, record: &Record) {
    let (RecordKind::FullSnapshot(changes) | RecordKind::Changes(changes)) = &record.kind else { return };
    if matches!(record.kind, RecordKind::FullSnapshot(_)) {
        (head.first_string, head.first_node, head.first_sheet) = (FIXED_NAMES.len() as u32, 0, 0);
    }
    for change in changes {
        match change {
            // Fewer than `MAX_NUMBER`: they were read.
            Change::AddStrings { texts, .. } => head.first_string += texts.len() as u32,
            Change::AddNode { .. } => head.first_node += 1,
            Change::AddSheet { .. } => head.first_sheet += 1,
            _ => {}
        }
    }
}

/// What stands between the head and the end.
fn blocks(plain: &[u8]) -> &[u8] {
    let mut decoder = Decoder::new(plain);
    // It was read whole before.
    let head = decoder.array().and_then(|_| decoder.skip());
    let end = plain.len().saturating_sub(END_BYTES);
    plain.get(decoder.position()..end).filter(|_| head.is_ok()).unwrap_or_default()
}

/// What a locked app does not leave to its pages is not believed of them either.
fn check_policy(policy: ReplayPolicy, head: &SegmentHead) -> Result<(), Refusal> {
    let against = |reason| Err(Refusal::new(Outcome::AgainstPolicy, reason));
    if !policy.lock {
        return Ok(());
    }
    if head.policy_version.is_none() {
        return against("the recorder knows of no policy, and the app's is locked (replay.lock)");
    }
    // A level that we do not know may show anything.
    if head.privacy_level.is_none_or(|level| level < PrivacyLevel::from(policy.level)) {
        return against("the recording shows more than the app's policy allows (replay.level)");
    }
    Ok(())
}
