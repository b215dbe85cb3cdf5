//! The frame of a segment.

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::limits::MAX_SEGMENT_BYTES;
use super::{Record, ReplayError, Segment, SegmentHead};
use crate::limits::{MAX_TEXT_BYTES, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use alloc::vec::Vec;

/// First byte of a segment: a CBOR array of indefinite length.
const SEGMENT_START: u8 = 0x9f;

/// Last byte of a segment: the end of what has no definite length.
pub const SEGMENT_END: u8 = 0xff;

/// Major types of CBOR (RFC 8949, 3.1), in place.
const CBOR_NUMBER: u8 = 0x00;
pub(super) const CBOR_BYTES: u8 = 0x40;
const CBOR_TEXT: u8 = 0x60;

/// First byte of a map of indefinite length.
const CBOR_MAP_START: u8 = 0xbf;

/// Most bytes [`write_cbor_head`] writes.
pub(super) const MAX_CBOR_HEAD_BYTES: usize = 9;

/// A segment up to its first block. Blocks are concatenated to it as [`super::Encoder::take_block`] gives them, then
/// [`SEGMENT_END`]: whoever has the pieces can send them.
pub fn encode_head(head: &SegmentHead) -> Vec<u8> {
    let mut bytes = alloc::vec![SEGMENT_START, CBOR_MAP_START];
    let numbers = [
        (0, Some(u64::from(head.protocol_version))),
        (5, Some(u64::from(head.index_in_view))),
        (6, head.creation_reason.map(|reason| reason as u64)),
        (7, Some(head.start_ms)),
        (8, Some(u64::from(head.first_string))),
        (9, Some(u64::from(head.first_node))),
        (10, Some(u64::from(head.first_sheet))),
        (12, head.privacy_level.map(|level| level as u64)),
        (13, head.policy_version.map(u64::from)),
        (14, head.lost_batches.map(u64::from)),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            bytes.push(key);
            write_cbor_head(&mut bytes, CBOR_NUMBER, number);
        }
    }
    for (key, id) in [(1, &head.id), (3, &head.session_id), (4, &head.view_id)] {
        write_cbor(&mut bytes, key, CBOR_BYTES, &id.0);
    }
    write_cbor(&mut bytes, 2, CBOR_TEXT, head.application_id.as_bytes());
    if let Some(version) = &head.sdk_version {
        write_cbor(&mut bytes, 11, CBOR_TEXT, version.as_bytes());
    }
    bytes.push(SEGMENT_END);
    bytes
}

fn write_cbor(bytes: &mut Vec<u8>, key: u8, major: u8, content: &[u8]) {
    bytes.push(key);
    write_cbor_head(bytes, major, content.len() as u64);
    bytes.extend_from_slice(content);
}

/// By hand: what `minicbor` makes of the head takes half a KB (brotli) of the page's module.
pub(super) fn write_cbor_head(bytes: &mut Vec<u8>, major: u8, value: u64) {
    let (code, count) = match value {
        0..24 => (value as u8, 0),
        24..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    bytes.push(major | code);
    bytes.extend_from_slice(&value.to_be_bytes()[8 - count..]);
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

impl Segment {
    /// Writes a segment that was read, whatever was changed in it since.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut encoder = Encoder::of_segment(&self.head);
        for Record { at_ms, kind } in &self.records {
            encoder.push(*at_ms, kind);
        }
        encode_segment(&self.head, [encoder.take_block()])
    }
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
