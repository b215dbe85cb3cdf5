//! The frame of a segment.

use super::decoder::Decoder;
use super::limits::MAX_SEGMENT_BYTES;
use super::{ReplayError, Segment, SegmentHead};
use crate::limits::{MAX_TEXT_BYTES, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use alloc::vec::Vec;

/// First byte of a segment: a CBOR array of indefinite length.
const SEGMENT_START: u8 = 0x9f;

/// Last byte of a segment.
pub const SEGMENT_END: u8 = 0xff;

/// A segment up to its first block. Blocks are concatenated to it as [`super::Encoder::take_block`] gives them, then
/// [`SEGMENT_END`]: whoever has the pieces can send them.
pub fn encode_head(head: &SegmentHead) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.push(SEGMENT_START);
    // Writing to memory does not fail.
    minicbor::encode(head, &mut bytes).ok();
    bytes
}

/// A whole segment.
pub fn encode_segment<B: AsRef<[u8]>>(head: &SegmentHead, blocks: impl IntoIterator<Item = B>) -> Vec<u8> {
    let mut bytes = encode_head(head);
    for block in blocks {
        bytes.extend_from_slice(block.as_ref());
    }
    bytes.push(SEGMENT_END);
    bytes
}

/// Reads a segment that comes from anywhere: whatever it refers to is there, and it takes no more memory than
/// [`MAX_SEGMENT_BYTES`] and [`super::MAX_SEGMENT_CHANGES`] allow.
///
/// The texts a record defines stand in front of its other changes.
pub fn decode_segment(bytes: &[u8]) -> Result<Segment, ReplayError> {
    if bytes.len() > MAX_SEGMENT_BYTES {
        return Err(ReplayError::TooLarge);
    }
    let mut cbor = minicbor::Decoder::new(bytes);
    let Ok(None) = cbor.array() else { return Err(ReplayError::Frame) };
    let head: SegmentHead = cbor.decode().map_err(|_| ReplayError::Frame)?;
    check_head(&head)?;
    let mut decoder = Decoder::new(&head);
    while bytes.get(cbor.position()) != Some(&SEGMENT_END) {
        decoder.block(cbor.bytes().map_err(|_| ReplayError::Frame)?)?;
    }
    if cbor.position() + 1 != bytes.len() {
        return Err(ReplayError::Frame);
    }
    Ok(Segment { records: decoder.records, head })
}

fn check_head(head: &SegmentHead) -> Result<(), ReplayError> {
    if head.protocol_version > PROTOCOL_VERSION {
        return Err(ReplayError::TooNew { version: head.protocol_version });
    }
    if head.protocol_version < OLDEST_PROTOCOL_VERSION {
        return Err(ReplayError::TooOld);
    }
    if head.application_id.len().max(head.sdk_version.as_deref().map_or(0, str::len)) > MAX_TEXT_BYTES {
        return Err(ReplayError::Head);
    }
    Ok(())
}
