use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One admitted request body with what the sinks need to know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the body came from.
    pub header: Header,
    /// A zlib stream, always: as received, or compressed by the intake.
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
    /// What the body holds.
    pub content: Content,
    /// Address of the browser, for the sink's geography.
    pub client_address: Option<IpAddr>,
    /// For the sink's device and browser names.
    pub user_agent: Option<String>,
}

/// What a body holds once inflated, by the door it came through.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum Content {
    /// A CBOR `rum_protocol::Batch`.
    Batch,
    /// What the official Datadog SDK would have sent to Datadog's intake.
    Datadog {
        /// Path on the intake.
        path: String,
        /// Query on the intake, decoded, without the key.
        parameters: Vec<(String, String)>,
        /// Whether the body came as a zlib stream and is owed to the intake as one.
        deflated: bool,
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
