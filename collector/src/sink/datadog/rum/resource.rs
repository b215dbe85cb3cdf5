//! `RumResourceEvent`.

use super::shape::{method, ns, one_of, round, shapes};
use rum_protocol::{GraphQl, Header, Id, Phase, ResourceEvent, ResourceType};
use serde::{Serialize, Serializer};

shapes! {
    /// `resource`.
    struct Resource<'a> {
        id: String,
        #[serde(rename = "type")]
        kind: &'static str,
        url: &'a str,
        method: Option<&'a str>,
        status_code: Option<u32>,
        duration: Option<u64>,
        size: Option<u64>,
        decoded_body_size: Option<u64>,
        encoded_body_size: Option<u64>,
        transfer_size: Option<u64>,
        render_blocking_status: Option<&'static str>,
        delivery_type: Option<&'a str>,
        protocol: Option<&'a str>,
        redirect: Option<Part>,
        dns: Option<Part>,
        connect: Option<Part>,
        ssl: Option<Part>,
        worker: Option<Part>,
        first_byte: Option<Part>,
        download: Option<Part>,
        request: Option<Message<'a>>,
        response: Option<Message<'a>>,
        graphql: Option<Operation<'a>>,
    }

    struct Part {
        start: u64,
        duration: u64,
    }

    struct Message<'a> {
        headers: Option<Headers<'a>>,
    }

    struct Operation<'a> {
        #[serde(rename = "operationType")]
        operation_type: Option<&'a str>,
        #[serde(rename = "operationName")]
        operation_name: Option<&'a str>,
        variables: Option<&'a str>,
        payload: Option<&'a str>,
        error_count: Option<u32>,
    }

    /// What `_dd` says of the trace.
    struct Trace {
        trace_id: String,
        span_id: String,
        rule_psr: Option<f64>,
        discarded: Option<bool>,
    }
}

/// An object with the headers' names as keys.
pub(super) struct Headers<'a>(&'a [Header]);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|header| (&header.name, &header.value)))
    }
}

pub(super) fn resource(resource: &ResourceEvent) -> Resource<'_> {
    Resource {
        id: resource.id.to_text(),
        kind: kind(resource.resource_type),
        url: &resource.url,
        method: resource.method.as_deref().and_then(method),
        status_code: resource.status_code,
        duration: resource.duration_us.map(ns),
        size: resource.decoded_body_size,
        decoded_body_size: resource.decoded_body_size,
        encoded_body_size: resource.encoded_body_size,
        transfer_size: resource.transfer_size,
        render_blocking_status: resource
            .is_render_blocking
            .map(|blocking| if blocking { "blocking" } else { "non-blocking" }),
        delivery_type: delivery_type(resource.delivery_type.as_deref()),
        protocol: resource.protocol.as_deref(),
        redirect: resource.redirect.map(part),
        dns: resource.dns.map(part),
        connect: resource.connect.map(part),
        ssl: resource.ssl.map(part),
        worker: resource.worker.map(part),
        first_byte: resource.first_byte.map(part),
        download: resource.download.map(part),
        request: message(resource.request_headers.as_deref()),
        response: message(resource.response_headers.as_deref()),
        graphql: resource.graphql.as_ref().map(operation),
    }
}

/// Only a request with both ids can be found in APM.
pub(super) fn trace(resource: &ResourceEvent) -> Option<Trace> {
    Some(Trace {
        trace_id: trace_id(resource.trace_id?),
        span_id: u64::from_be_bytes(resource.span_id?).to_string(),
        rule_psr: resource.trace_sample_share.and_then(|share| round(share, 1_000_000.0)),
        discarded: resource.is_discarded,
    })
}

/// Datadog's type takes "either a 64 bit decimal number or a 128 bit hexadecimal number padded with 0s". An id
/// whose upper half is empty is a 64-bit one, such as the official SDK makes, and goes as it sends it; all bits
/// of any other are kept, or the trace of a back end that kept them would not be found.
fn trace_id(id: Id) -> String {
    let number = u128::from_be_bytes(id.0);
    if number >> 64 == 0 { number.to_string() } else { format!("{number:032x}") }
}

fn kind(resource_type: Option<ResourceType>) -> &'static str {
    match resource_type {
        Some(ResourceType::Document) => "document",
        Some(ResourceType::Xhr) => "xhr",
        Some(ResourceType::Beacon) => "beacon",
        Some(ResourceType::Fetch) => "fetch",
        Some(ResourceType::Css) => "css",
        Some(ResourceType::Js) => "js",
        Some(ResourceType::Image) => "image",
        Some(ResourceType::Font) => "font",
        Some(ResourceType::Media) => "media",
        Some(ResourceType::Other) | None => "other",
    }
}

/// The browser leaves it empty for what came over the network; the official SDK calls that "other".
fn delivery_type(delivery_type: Option<&str>) -> Option<&str> {
    delivery_type.map(|kind| one_of(Some(kind), &["cache", "navigational-prefetch"]).unwrap_or("other"))
}

fn part(phase: Phase) -> Part {
    Part { start: ns(phase.start_us), duration: ns(phase.duration_us) }
}

fn message(headers: Option<&[Header]>) -> Option<Message<'_>> {
    headers.map(|headers| Message { headers: Some(Headers(headers)) })
}

fn operation(graphql: &GraphQl) -> Operation<'_> {
    Operation {
        operation_type: one_of(graphql.operation_type.as_deref(), &["query", "mutation", "subscription"]),
        operation_name: graphql.operation_name.as_deref(),
        variables: graphql.variables_json.as_deref(),
        payload: graphql.payload.as_deref(),
        error_count: graphql.error_count,
    }
}
