//! Bodies back into what they hold: inflated under a cap, framed, checked. Used by the doors to refuse what
//! is wrong, and by the sinks to read what was accepted.

use super::admission::Refusal;
use crate::outcome::Outcome;
use crate::scrub::{Fault, ScrubError};
use bytes::Bytes;
use flate2::bufread::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use minicbor::Decoder;
use rum_protocol::replay::{MAX_SEGMENT_BYTES, ReplayError, Segment, decode_segment};
use rum_protocol::{Batch, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read};

/// First byte of a zlib stream with the usual window (RFC 1950, section 2.2).
const ZLIB_FIRST_BYTE: u8 = 0x78;

/// Key of `Batch::protocol_version`.
const PROTOCOL_VERSION_KEY: u32 = 0;

/// Largest batch body (bytes), before and after inflating. The SDK stops at `MAX_BATCH_BYTES`; the rest is
/// room for a zlib stream that did not shrink and for fields of later versions.
pub const BATCH_LIMIT_BYTES: usize = MAX_BATCH_BYTES + 4 * 1024;

/// Largest inflated body of the Datadog door (bytes). Datadog's intake documents 5 MB per payload.
pub const DATADOG_INFLATED_LIMIT_BYTES: usize = 5 * 1024 * 1024;

/// Why a body is not what its door takes.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The zlib stream is broken, cut short or followed by something.
    #[error("the body is not one whole zlib stream")]
    Zlib,
    /// Inflating stopped at the cap.
    #[error("the body inflates to more than {limit_bytes} bytes")]
    InflatedTooLarge {
        /// The cap.
        limit_bytes: usize,
    },
    /// Neither CBOR nor zlib, or not the CBOR of a batch.
    #[error("the body is not a batch: {0}")]
    Batch(String),
    /// The SDK is newer than this collector.
    #[error("protocol version {version} is newer than {PROTOCOL_VERSION}, the newest this collector takes")]
    ProtocolTooNew {
        /// Version of the batch.
        version: u32,
    },
    /// Neither a segment nor zlib, or torn, or forged.
    #[error("the body is not a segment: {0}")]
    Segment(ReplayError),
    /// A body of the official SDK cannot be taken.
    #[error("{0}")]
    Event(ScrubError),
    /// The body names another application than the key it came with.
    #[error("the body names another application than its key")]
    ApplicationMismatch,
}

impl From<ScrubError> for DecodeError {
    fn from(error: ScrubError) -> Self {
        match error.fault {
            Fault::OtherApplication => Self::ApplicationMismatch,
            _ => Self::Event(error),
        }
    }
}

/// Inflates one zlib stream, stopping as soon as it passes the cap: a bomb costs the cap, not its size.
pub fn inflate(body: &[u8], limit_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = ZlibDecoder::new(body);
    let mut inflated = Vec::new();
    // One byte more than allowed tells "exactly at the cap" from "beyond it".
    (&mut decoder).take(limit_bytes as u64 + 1).read_to_end(&mut inflated).map_err(|_| DecodeError::Zlib)?;
    if inflated.len() > limit_bytes {
        return Err(DecodeError::InflatedTooLarge { limit_bytes });
    }
    if decoder.total_in() != body.len() as u64 {
        return Err(DecodeError::Zlib);
    }
    Ok(inflated)
}

thread_local! {
    /// Of each thread, used again: to make one and clear its 300 KB costs as much as to deflate 4 KB.
    /// Level 1: six levels more save a seventh and cost three times the CPU.
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), true));
}

/// Makes a zlib stream of a body.
pub fn deflate(body: &[u8]) -> io::Result<Vec<u8>> {
    /// Room (bytes) for the last of a stream: a body that shrank more than expected is done at once.
    const SPARE_BYTES: usize = 64;
    DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        let mut stream = Vec::with_capacity(body.len() / 2 + SPARE_BYTES);
        loop {
            let rest = &body[deflater.total_in() as usize..];
            if deflater.compress_vec(rest, &mut stream, FlushCompress::Finish)? == Status::StreamEnd {
                return Ok(stream);
            }
            stream.reserve(rest.len() / 2 + SPARE_BYTES);
        }
    })
}

/// [`deflate`] for the doors.
pub(super) fn compress(body: &[u8]) -> Result<Bytes, Refusal> {
    // Writing into memory does not fail; if it ever did, the browser should try again.
    deflate(body).map(Bytes::from).map_err(|_| {
        Refusal::new(Outcome::JournalUnavailable, "the collector cannot store data at the moment")
    })
}

/// Whether a body of ours came compressed; it says so by its first byte.
pub fn is_zlib(body: &[u8]) -> bool {
    body.first() == Some(&ZLIB_FIRST_BYTE)
}

/// Reads a batch body as it came from the network.
pub fn batch(body: &[u8]) -> Result<Batch, DecodeError> {
    plain_batch(&batch_cbor(body)?)
}

/// The CBOR of a batch body as it came from the network.
pub fn batch_cbor(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    match body.first() {
        Some(&ZLIB_FIRST_BYTE) => inflate(body, BATCH_LIMIT_BYTES).map(Cow::Owned),
        Some(0xa0..=0xbf) => Ok(Cow::Borrowed(body)),
        Some(_) => Err(DecodeError::Batch("it begins neither as a CBOR map nor as a zlib stream".into())),
        None => Err(DecodeError::Batch("it is empty".into())),
    }
}

/// Reads a segment body as it came from the network.
pub fn segment(body: &[u8]) -> Result<Segment, DecodeError> {
    plain_segment(&segment_plain(body)?)
}

/// A segment body, not compressed.
pub fn segment_plain(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    if is_zlib(body) { inflate(body, MAX_SEGMENT_BYTES).map(Cow::Owned) } else { Ok(Cow::Borrowed(body)) }
}

/// Reads a segment that is not compressed.
pub fn plain_segment(plain: &[u8]) -> Result<Segment, DecodeError> {
    decode_segment(plain).map_err(|error| match error {
        ReplayError::TooNew { version } => DecodeError::ProtocolTooNew { version },
        error => DecodeError::Segment(error),
    })
}

/// Reads the CBOR of a batch.
pub fn plain_batch(cbor: &[u8]) -> Result<Batch, DecodeError> {
    let shape = |error: minicbor::decode::Error| DecodeError::Batch(error.to_string());
    // Before anything else: the rest of a newer layout need not make sense to us.
    let version = protocol_version(cbor).map_err(shape)?;
    if version > PROTOCOL_VERSION {
        return Err(DecodeError::ProtocolTooNew { version });
    }
    if version < OLDEST_PROTOCOL_VERSION {
        return Err(DecodeError::Batch(format!("protocol version {version} is no longer taken")));
    }
    let mut decoder = Decoder::new(cbor);
    let batch: Batch = decoder.decode().map_err(shape)?;
    if decoder.position() != cbor.len() {
        return Err(DecodeError::Batch("something follows it".into()));
    }
    if batch.protocol_version != version {
        // The check above saw the first, the types take the last.
        return Err(DecodeError::Batch("it names its protocol version twice".into()));
    }
    check(&batch)?;
    Ok(batch)
}

fn protocol_version(cbor: &[u8]) -> Result<u32, minicbor::decode::Error> {
    let mut decoder = Decoder::new(cbor);
    let entries = decoder.map()?;
    let mut read = 0;
    // An indefinite map (`None`) ends with a break, on which `u32` fails as it should.
    while entries.is_none_or(|entries| read < entries) {
        if decoder.u32()? == PROTOCOL_VERSION_KEY {
            return decoder.u32();
        }
        decoder.skip()?;
        read += 1;
    }
    Err(minicbor::decode::Error::message("no protocol version"))
}

/// What the types cannot say.
fn check(batch: &Batch) -> Result<(), DecodeError> {
    if batch.events.len() > MAX_BATCH_EVENTS {
        return Err(DecodeError::Batch(format!("more than {MAX_BATCH_EVENTS} events")));
    }
    if batch.context.session_id.is_none() {
        return Err(DecodeError::Batch("it names no session".into()));
    }
    if batch.events.iter().any(|event| event.view as usize >= batch.views.len()) {
        return Err(DecodeError::Batch("an event refers to a view the batch does not list".into()));
    }
    let shared = batch.shared.as_ref().map_or(0, Vec::len);
    if batch.events.iter().any(|event| event.shared.is_some_and(|index| index as usize >= shared)) {
        return Err(DecodeError::Batch("an event refers to a context the batch does not list".into()));
    }
    Ok(())
}

/// The lines of an NDJSON body with their index; blank ones are skipped.
pub fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    body.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).enumerate().filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_stopped_at_the_cap() {
        let bomb = deflate(&vec![0; 20 * 1024 * 1024]).unwrap();
        assert!(bomb.len() < 200 * 1024);
        let error = inflate(&bomb, 1024).unwrap_err();
        assert!(matches!(error, DecodeError::InflatedTooLarge { limit_bytes: 1024 }), "{error}");
        assert_eq!(inflate(&deflate(&[7; 1024]).unwrap(), 1024).unwrap(), [7; 1024]);
    }

    #[test]
    fn a_zlib_stream_must_be_whole_and_alone() {
        let stream = deflate(b"some text that is long enough to be cut").unwrap();
        assert!(matches!(inflate(&stream[..stream.len() - 3], 1024), Err(DecodeError::Zlib)));
        let followed = [stream.as_slice(), b"more"].concat();
        assert!(matches!(inflate(&followed, 1024), Err(DecodeError::Zlib)));
        assert!(matches!(inflate(b"\x78\x9cnot zlib", 1024), Err(DecodeError::Zlib)));
    }

    #[test]
    fn the_protocol_version_is_read_before_the_rest_is_understood() {
        // {8: "later", 0: 2, 1: [..]}: keys in any order, shapes of the future.
        let mut cbor = Vec::new();
        let mut encoder = minicbor::Encoder::new(&mut cbor);
        encoder.map(3).unwrap().u32(8).unwrap().str("later").unwrap();
        encoder.u32(0).unwrap().u32(PROTOCOL_VERSION + 1).unwrap().u32(1).unwrap().array(0).unwrap();
        assert!(
            matches!(batch(&cbor), Err(DecodeError::ProtocolTooNew { version }) if version == PROTOCOL_VERSION + 1)
        );
    }

    #[test]
    fn a_second_protocol_version_does_not_slip_past_the_check() {
        let golden = include_bytes!("../../../tests/fixtures/wire/v1-minimal.cbor");
        assert_eq!(golden[0] & 0xe0, 0xa0, "a map of fewer than 24 entries");
        // One entry more, and that is a second version: {0: 1, ..., 0: 0}.
        let twice = [&[golden[0] + 1], &golden[1..], &[0, 0]].concat();
        assert!(matches!(batch(&twice), Err(DecodeError::Batch(reason)) if reason.contains("twice")));
    }

    #[test]
    fn an_event_refers_to_a_view_and_a_context_the_batch_lists() {
        let golden = include_bytes!("../../../tests/fixtures/wire/v1-everything.cbor");
        let good = batch(golden).unwrap();
        let with = |change: fn(&mut Batch)| {
            let mut bad = good.clone();
            change(&mut bad);
            batch(&minicbor::to_vec(&bad).unwrap())
        };
        let refused =
            |read| matches!(read, Err(DecodeError::Batch(reason)) if reason.contains("does not list"));
        assert!(refused(with(|batch| batch.events[0].view = 2)));
        assert!(refused(with(|batch| batch.events[0].shared = Some(1))));
        assert!(refused(with(|batch| batch.shared = None)));
    }

    #[test]
    fn anything_but_a_batch_is_refused() {
        for body in [&b""[..], b"{\"json\":1}", b"\xa0", b"\xbf\xff", b"\xa1\x00", b"\xa1\x00\x01", b"\xbf"] {
            assert!(matches!(batch(body), Err(DecodeError::Batch(_))), "{body:?}");
        }
    }
}
