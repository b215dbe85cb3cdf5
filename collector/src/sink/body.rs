//! A body as it is wanted, from the body as the journal holds it. The two are independent: the journal
//! compresses what shrinks, and the official SDK decides whether the intake is owed a zlib stream.

use super::{Refusal, unreadable};
use crate::intake::decode;
use crate::journal::{self, Compression, Content, Entry};
use bytes::Bytes;

/// Largest body read back (bytes). It was measured at its door; this only keeps damage from taking all memory.
const MAX_INFLATED_BYTES: usize = 64 * 1024 * 1024;

/// What the entry holds, not compressed by us: CBOR of a batch, NDJSON, or the multipart body of a segment.
pub fn plain_body(entry: &Entry) -> Result<Bytes, Refusal> {
    match entry.header.compression {
        Compression::None => Ok(entry.body.clone()),
        Compression::Zlib => {
            decode::inflate(&entry.body, MAX_INFLATED_BYTES).map(Bytes::from).map_err(unreadable)
        }
        Compression::Lz4 => journal::unpack(&entry.body, MAX_INFLATED_BYTES).map_err(unreadable),
    }
}

/// The body as Datadog's intake is owed it, byte for byte what the official SDK sent but for what was
/// scrubbed.
pub fn owed_body(entry: &Entry) -> Result<Bytes, Refusal> {
    match (entry.header.compression, &entry.header.content) {
        (Compression::Zlib, Content::Datadog { deflated: true, .. }) | (Compression::None, _) => {
            Ok(entry.body.clone())
        }
        (Compression::Zlib | Compression::Lz4, _) => plain_body(entry),
    }
}

/// A body as the journal would hold it.
pub(super) fn compressed(plain: &[u8]) -> Result<Bytes, Refusal> {
    decode::deflate(plain)
        .map(Bytes::from)
        // Writing into memory does not fail; if it ever did, it would pass.
        .map_err(|error| Refusal::Retry {
            reason: format!("a body cannot be compressed: {error}"),
            after: None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Header;
    use crate::track::Track;

    fn entry(compression: Compression, deflated: bool, body: &[u8]) -> Entry {
        let header = Header {
            received_ms: 1,
            application_id: String::new(),
            app_name: String::new(),
            track: Track::Logs,
            session_id: None,
            digest: None,
            compression,
            content: Content::Datadog { parameters: vec![], deflated, content_type: None, subdomain: None },
            client_address: None,
            user_agent: None,
        };
        Entry { header, body: Bytes::copy_from_slice(body) }
    }

    #[test]
    fn a_body_is_owed_as_it_came_however_the_journal_holds_it() {
        let plain = b"{\"message\":\"some text some text some text\"}";
        // Not the stream our own encoder makes: it must pass as it is.
        let theirs = [&[0x78, 0x01][..], &decode::deflate(plain).unwrap()[2..]].concat();
        let kept = entry(Compression::Zlib, true, &theirs);
        assert_eq!(owed_body(&kept).unwrap(), theirs);
        assert_eq!(plain_body(&kept).unwrap(), &plain[..]);
        let shrunk = entry(Compression::Zlib, false, &decode::deflate(plain).unwrap());
        assert_eq!(owed_body(&shrunk).unwrap(), &plain[..]);
        let unshrunk = entry(Compression::None, false, plain);
        assert_eq!(owed_body(&unshrunk).unwrap(), &plain[..]);
        let long = Bytes::from([&plain[..]; 200].concat());
        let (compression, packed) = journal::pack(long.clone());
        assert_eq!(compression, Compression::Lz4);
        let packed = entry(compression, false, &packed);
        assert_eq!((owed_body(&packed).unwrap(), plain_body(&packed).unwrap()), (long.clone(), long));
        let damaged = entry(Compression::Lz4, false, b"\xff\xff\xff\xffno");
        assert!(matches!(owed_body(&damaged), Err(Refusal::Never { .. })));
        let damaged = entry(Compression::Zlib, false, b"\x78\x9cno");
        assert!(matches!(owed_body(&damaged), Err(Refusal::Never { .. })));
    }
}
