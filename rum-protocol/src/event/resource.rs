//! Resources: what the page asked the network for.

use crate::Id;
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::{Decode, Encode};

/// One request, from `PerformanceResourceTiming` and, for `fetch` and `XMLHttpRequest`, from the call itself.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ResourceEvent {
    /// Datadog `resource.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `resource.type`; `None` for a type newer than the reader.
    #[cbor(n(1), decode_with = "crate::optional::known")]
    pub resource_type: Option<ResourceType>,
    /// Redacted like a view's URL. Datadog `resource.url`.
    #[n(2)]
    pub url: String,
    /// Upper case. Datadog `resource.method`.
    #[n(3)]
    pub method: Option<String>,
    /// 0 where there was no answer. Datadog `resource.status_code`.
    #[n(4)]
    pub status_code: Option<u32>,
    /// Datadog `resource.duration`.
    #[n(5)]
    pub duration_us: Option<u64>,
    /// Bytes, decoded. Datadog `resource.size` and `.decoded_body_size`.
    #[n(6)]
    pub decoded_body_size: Option<u64>,
    /// Bytes. Datadog `resource.encoded_body_size`.
    #[n(7)]
    pub encoded_body_size: Option<u64>,
    /// Bytes. Datadog `resource.transfer_size`.
    #[n(8)]
    pub transfer_size: Option<u64>,
    /// Whether the page could not paint before it. Datadog `resource.render_blocking_status`.
    #[n(9)]
    pub is_render_blocking: Option<bool>,
    /// `cache`, `navigational-prefetch`, or empty for the network. Datadog `resource.delivery_type`.
    #[n(10)]
    pub delivery_type: Option<String>,
    /// ALPN name, such as `h2`. Datadog `resource.protocol`.
    #[n(11)]
    pub protocol: Option<String>,
    /// Datadog `resource.redirect`.
    #[n(12)]
    pub redirect: Option<Phase>,
    /// Datadog `resource.dns`.
    #[n(13)]
    pub dns: Option<Phase>,
    /// Datadog `resource.connect`.
    #[n(14)]
    pub connect: Option<Phase>,
    /// Datadog `resource.ssl`.
    #[n(15)]
    pub ssl: Option<Phase>,
    /// Datadog `resource.worker`.
    #[n(16)]
    pub worker: Option<Phase>,
    /// Datadog `resource.first_byte`.
    #[n(17)]
    pub first_byte: Option<Phase>,
    /// Datadog `resource.download`.
    #[n(18)]
    pub download: Option<Phase>,
    /// All 128 bits of the trace the request carried. Datadog `_dd.trace_id`.
    #[n(19)]
    pub trace_id: Option<Id>,
    /// Big-endian. Datadog `_dd.span_id`.
    #[cbor(n(20), with = "minicbor::bytes")]
    pub span_id: Option<[u8; 8]>,
    /// Share of traces kept, 0 to 1. Datadog `_dd.rule_psr`.
    #[n(21)]
    pub trace_sample_share: Option<f32>,
    /// Datadog `resource.graphql`.
    #[n(22)]
    pub graphql: Option<GraphQl>,
    /// Only those the application listed. Datadog `resource.request.headers`.
    #[n(23)]
    pub request_headers: Option<Vec<Header>>,
    /// Only those the application listed. Datadog `resource.response.headers`.
    #[n(24)]
    pub response_headers: Option<Vec<Header>>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(25)]
    pub context_json: Option<String>,
    /// Whether it is told for its trace only and is no resource of the application's: it does not track them.
    /// Datadog `_dd.discarded`.
    #[n(26)]
    pub is_discarded: Option<bool>,
}

/// A part of a request's time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Phase {
    /// Since the request began.
    #[n(0)]
    pub start_us: u64,
    /// How long it took.
    #[n(1)]
    pub duration_us: u64,
}

/// One header of a request or an answer.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Header {
    /// Lower case.
    #[n(0)]
    pub name: String,
    /// At most 128 characters.
    #[n(1)]
    pub value: String,
}

/// What a GraphQL request asked for.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GraphQl {
    /// `query`, `mutation` or `subscription`. Datadog `.operationType`.
    #[n(0)]
    pub operation_type: Option<String>,
    /// Datadog `.operationName`.
    #[n(1)]
    pub operation_name: Option<String>,
    /// JSON text, only where the application asked for it. Datadog `.variables`.
    #[n(2)]
    pub variables_json: Option<String>,
    /// The query itself, only where the application asked for it. Datadog `.payload`.
    #[n(3)]
    pub payload: Option<String>,
    /// Datadog `.error_count`.
    #[n(4)]
    pub error_count: Option<u32>,
}

/// Datadog `resource.type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ResourceType {
    /// The document itself.
    #[n(0)]
    Document,
    /// `XMLHttpRequest`.
    #[n(1)]
    Xhr,
    /// `navigator.sendBeacon`.
    #[n(2)]
    Beacon,
    /// `fetch`.
    #[n(3)]
    Fetch,
    /// A style sheet.
    #[n(4)]
    Css,
    /// A script.
    #[n(5)]
    Js,
    /// An image.
    #[n(6)]
    Image,
    /// A font.
    #[n(7)]
    Font,
    /// Audio or video.
    #[n(8)]
    Media,
    /// Anything else.
    #[n(9)]
    Other,
}
