//! Raw events plus session, page and configuration: a batch, ready for the wire.

use crate::config::Config;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{
    Batch, Context, Event, FlushReason, Id, MAX_TEXT_BYTES, PROTOCOL_VERSION, Size, ViewContext, truncate,
};

/// Facts about the page that do not change while it lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageFacts {
    /// CSS pixels.
    pub viewport: Option<(u32, u32)>,
    /// `navigator.language`.
    pub locale: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
}

/// The context all batches of this page share; the session id is filled in per batch.
pub fn context(config: &Config, facts: PageFacts) -> Context {
    let bounded = |text: Option<String>| {
        text.map(|mut text| {
            truncate(&mut text, MAX_TEXT_BYTES);
            text
        })
    };
    Context {
        application_id: config.application_id.clone(),
        session_id: None,
        service: config.service.clone(),
        env: config.env.clone(),
        version: config.version.clone(),
        session_sample_rate: Some(config.session_sample_rate),
        viewport: facts.viewport.map(|(width, height)| Size { width, height }),
        locale: bounded(facts.locale),
        time_zone: bounded(facts.time_zone),
    }
}

/// What one batch is made of.
pub struct Parts<'a> {
    /// The batch's own id.
    pub id: Id,
    /// When it was closed, ms since the epoch.
    pub closed_at_ms: u64,
    /// Why it was closed.
    pub flush_reason: FlushReason,
    /// What [`context`] made.
    pub context: &'a Context,
    /// The session the events happened in.
    pub session_id: Id,
    /// The views the events refer to by index.
    pub views: Vec<ViewContext>,
    /// The events, in order.
    pub events: Vec<Event>,
    /// Events given up since the last batch.
    pub lost_events: Option<u32>,
}

/// Encodes a batch as CBOR.
pub fn encode(parts: Parts<'_>) -> Vec<u8> {
    let batch = Batch {
        protocol_version: PROTOCOL_VERSION,
        id: parts.id,
        closed_at_ms: parts.closed_at_ms,
        sdk_version: String::from(env!("CARGO_PKG_VERSION")),
        flush_reason: Some(parts.flush_reason),
        context: Context { session_id: Some(parts.session_id), ..parts.context.clone() },
        views: parts.views,
        events: parts.events,
        lost_events: parts.lost_events,
    };
    // Writing to a Vec cannot fail, and no field's encoder has an error of its own.
    minicbor::to_vec(batch).unwrap_or_default()
}
