//! Session replay: what a recording is, and how a segment of it crosses the network.
//!
//! The model ([`Record`], [`Change`]) is Datadog's: a view begins with a full snapshot and goes on with changes,
//! nodes are numbered in the order they are added, texts stand once in a table and are referred to by number
//! (record type 2 format 1 and type 12 in `@datadog/browser-rum`, `src/types/sessionReplay.ts`). It has two
//! encodings: the columns of this module from the page to the collector, and Datadog's JSON from there on. Both number
//! nodes, texts and style sheets alike, so the collector needs nothing but the segment itself to go from one to the
//! other, and can scrub a text where it is defined.
//!
//! ```text
//! POST <endpoint>/v1/s?k=<public key>[&c=1]    Content-Type: text/plain;charset=UTF-8
//! body  = plain              first byte 0x9f (a CBOR array of indefinite length), or
//!         zlib(plain)        first byte 0x78 (RFC 1950)
//! plain = 0x9f SegmentHead block* 0xff
//! block = CBOR byte string: the columns of some records, see columns.rs
//! ```
//!
//! A block is closed each time the page's changes were processed, and never changes afterwards. So the page can
//! keep the blocks of a segment that is not yet sent and send them by itself when it is left.

mod codes;
mod columns;
mod decoder;
mod decoder_block;
mod encoder;
mod encoder_change;
mod encoder_parts;
mod encoder_record;
mod error;
mod head;
mod limits;
mod model;
mod segment;

pub use encoder::Encoder;
pub use encoder_parts::{NO_STRING, begun, part};
pub use error::ReplayError;
pub use head::{CreationReason, PrivacyLevel, SegmentHead};
pub use limits::*;
pub use model::*;
pub use segment::{SEGMENT_END, decode_segment, encode_head, encode_segment};
