//! What crosses the network between the SDK and the collector.
//!
//! The SDK posts one [`Batch`] per request:
//!
//! ```text
//! POST <endpoint>/v1?k=<public key>[&c=1]    Content-Type: text/plain;charset=UTF-8
//! body = CBOR(Batch)            first byte 0xa0..=0xbf (a CBOR map), or
//!        zlib(CBOR(Batch))      first byte 0x78 (a zlib stream, RFC 1950)
//! ```
//!
//! The body names its own framing by its first byte, so nothing but the public key is needed in the URL and
//! the request stays CORS-simple (no preflight). `k` is the app's public key: the client token where the app
//! has one, else its application id. It stands in the URL because the collector admits or refuses a request
//! before it reads the body. So does `c=1`: the page manages consent, and the visitor agreed.
//!
//! A batch holds what its events share once ([`Context`], [`ViewContext`]) and then the [`Event`]s, which
//! refer to a view by its index. Structs are CBOR maps with integer keys, of definite or indefinite length.
//!
//! # Compatibility
//! SDKs on a CDN and self-hosted collectors are never upgraded together, so:
//! - a key is never reused or renumbered, a new field is always an `Option`;
//! - a decoder skips keys it does not know, a missing `Option` is `None`;
//! - an unknown event kind decodes as [`EventKind::Unknown`], an unknown value of an optional enum as `None`;
//! - [`PROTOCOL_VERSION`] rises only when an old collector would misread a new batch. A collector takes every
//!   version released in the last year; to a newer one it answers `426 Upgrade Required`, after which the SDK
//!   warns once and stops sending.
//!
//! Golden batches of each released version stay in `tests/fixtures/wire`.
//!
//! # Units
//! Instants are milliseconds since the Unix epoch (`_ms`), durations are whole microseconds (`_us`): finer
//! than any browser clock (5 us when isolated, 100 us else) and one byte shorter on the wire than nanoseconds.

#![no_std]

extern crate alloc;

mod batch;
mod event;
mod id;
pub mod keys;
mod limits;
mod optional;
pub mod replay;

pub use batch::{Batch, Context, FlushReason, SharedContext, ViewContext};
pub use event::*;
pub use id::Id;
pub use limits::*;
