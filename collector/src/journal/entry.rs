use crate::track::Track;
use bytes::Bytes;
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

/// Where a body came from. Cookies, credentials and tokens have no field here on purpose.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Header {
    /// Collector clock, ms since the epoch.
    pub received_ms: u64,
    /// The app that was admitted, a lower-case UUID.
    pub application_id: String,
    /// Its name, for metric labels.
    pub app_name: String,
    /// Which kind of data it is.
    #[serde(default)]
    pub track: Track,
    /// The session it belongs to, where the body names one: entries of one session are delivered in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// What a repeated body has in common with the first; see [`Digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// How the journal holds the body.
    #[serde(default)]
    pub compression: Compression,
    /// What the body holds.
    pub content: Content,
    /// Address of the browser, for the sink's geography.
    pub client_address: Option<IpAddr>,
    /// For the sink's device and browser names.
    pub user_agent: Option<String>,
}

/// How a body stands in the journal. Not how it came, nor how it is owed to a sink: that is [`Content`]'s.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// A zlib stream.
    #[default]
    Zlib,
    /// As it is; for bodies that would not shrink.
    None,
}

/// Tells a repeated body from a new one: equal for the same body of the same app and track, never for others.
/// The id of a batch of ours, 128 bits of a cryptographic hash of a body of the official SDK, whose retries
/// carry a new request id each.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Digest(pub u128);

/// What a body holds once inflated, by the door it came through.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum Content {
    /// A CBOR `rum_protocol::Batch`.
    Batch,
    /// What the official Datadog SDK would have sent to Datadog's intake.
    Datadog {
        /// Query on the intake, decoded, without the key.
        parameters: Vec<(String, String)>,
        /// Whether the body came as a zlib stream and is owed to the intake as one.
        deflated: bool,
        /// Content type with its boundary where the body is multipart; text else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
        /// Label before the intake's host name, where an allowed one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subdomain: Option<String>,
    },
}

impl Content {
    /// The metric label of the door.
    pub fn door(&self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Datadog { .. } => "datadog",
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
