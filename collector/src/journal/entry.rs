use crate::track::Track;
use bytes::Bytes;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One admitted request body with what the sinks need to know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the body came from.
    pub header: Header,
    /// As [`Header::compression`] says.
    pub body: Bytes,
}

/// Where a body came from. Cookies, credentials and tokens have no field here on purpose. CBOR in the journal,
/// by number, so that fields may be added; JSON in the dead letters, which people read.
#[derive(Clone, Debug, Decode, Deserialize, Encode, PartialEq, Serialize)]
#[cbor(map)]
pub struct Header {
    /// Collector clock, ms since the epoch.
    #[n(0)]
    pub received_ms: u64,
    /// The app that was admitted, a lower-case UUID.
    #[n(1)]
    pub application_id: String,
    /// Its name, for metric labels.
    #[n(2)]
    pub app_name: String,
    /// Which kind of data it is.
    #[serde(default)]
    #[n(3)]
    pub track: Track,
    /// The session it belongs to, where the body names one: entries of one session are delivered in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub session_id: Option<String>,
    /// What a repeated body has in common with the first; see [`Digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub digest: Option<Digest>,
    /// How the journal holds the body.
    #[serde(default)]
    #[n(6)]
    pub compression: Compression,
    /// What the body holds.
    #[n(7)]
    pub content: Content,
    /// Address of the browser, for the sink's geography.
    #[n(8)]
    pub client_address: Option<IpAddr>,
    /// For the sink's device and browser names.
    #[n(9)]
    pub user_agent: Option<String>,
}

/// How a body stands in the journal. Not how it came, nor how it is owed to a sink: that is [`Content`]'s.
#[derive(Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// A zlib stream.
    #[n(0)]
    #[default]
    Zlib,
    /// As it is; for bodies that are small or would not shrink.
    #[n(1)]
    None,
    /// Its length (4 bytes, little-endian) and an LZ4 block.
    #[n(2)]
    Lz4,
}

/// Tells a repeated body from a new one: equal for the same body of the same app and track, never for others.
/// The id of a batch of ours, 128 bits of a cryptographic hash of a body of the official SDK, whose retries
/// carry a new request id each.
#[derive(Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, Hash, PartialEq, Serialize)]
#[cbor(transparent)]
pub struct Digest(#[n(0)] pub u128);

/// What a body holds once inflated, by the door it came through.
#[derive(Clone, Debug, Decode, Deserialize, Encode, PartialEq, Serialize)]
#[cbor(map)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum Content {
    /// A CBOR `rum_protocol::Batch`.
    #[n(0)]
    Batch,
    /// What the official Datadog SDK would have sent to Datadog's intake.
    #[n(1)]
    Datadog {
        /// Query on the intake, decoded, without the key.
        #[n(0)]
        parameters: Vec<(String, String)>,
        /// Whether the body came as a zlib stream and is owed to the intake as one.
        #[n(1)]
        deflated: bool,
        /// Content type with its boundary where the body is multipart; text else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        content_type: Option<String>,
        /// Label before the intake's host name, where an allowed one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(3)]
        subdomain: Option<String>,
    },
    /// A segment of our session replay (`rum_protocol::replay`).
    #[n(2)]
    Segment,
}

impl Content {
    /// The metric label of the door.
    pub fn door(&self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Datadog { .. } => "datadog",
            Self::Segment => "segment",
        }
    }
}

impl Entry {
    /// Bytes this entry takes in memory and, nearly, on disk.
    pub fn size_bytes(&self) -> usize {
        /// Row, checksum and header, measured on small batches.
        const OVERHEAD_BYTES: usize = 512;
        self.body.len() + OVERHEAD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_whole_and_a_field_of_the_future_is_passed_over() {
        let full = Header {
            received_ms: 1_764_000_000_000,
            application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
            app_name: "shop".into(),
            track: Track::Replay,
            session_id: Some("s".into()),
            digest: Some(Digest(u128::MAX)),
            compression: Compression::None,
            content: Content::Datadog {
                parameters: vec![("ddsource".into(), "browser".into())],
                deflated: true,
                content_type: Some("multipart/form-data; boundary=b".into()),
                subdomain: Some("quota".into()),
            },
            client_address: Some([203, 0, 113, 0].into()),
            user_agent: Some("Mozilla/5.0".into()),
        };
        let bare = Header {
            session_id: None,
            digest: None,
            content: Content::Batch,
            client_address: None,
            user_agent: None,
            ..full.clone()
        };
        let segment = Header { content: Content::Segment, ..bare.clone() };
        for header in [full, bare, segment] {
            let mut bytes = minicbor::to_vec(&header).unwrap();
            assert_eq!(minicbor::decode::<Header>(&bytes).unwrap(), header);
            let json = serde_json::to_string(&header).unwrap();
            assert_eq!(serde_json::from_str::<Header>(&json).unwrap(), header);
            // A map of fewer than 23 fields begins with one byte that holds their number.
            bytes[0] += 1;
            bytes.extend(minicbor::to_vec((99_u32, "new")).unwrap().split_off(1));
            assert_eq!(minicbor::decode::<Header>(&bytes).unwrap(), header);
        }
    }
}
