//! The test event: one view of a fresh session that nobody can take for a visitor's.

use crate::config::{App, ClientIp};
use crate::journal::{Compression, Content, Entry, Header};
use crate::track::Track;
use rum_protocol::{
    Batch, Context, Event, EventKind, FlushReason, Id, LoadingType, PROTOCOL_VERSION, ViewContext, ViewEvent,
};
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Where the made-up view was: `.invalid` belongs to nobody (RFC 2606).
pub(super) const ORIGIN: &str = "https://collector-check.invalid";

/// By it the events are found, and excluded.
pub(super) const SERVICE: &str = "collector-check";

pub(super) const USER_AGENT: &str = concat!("collector-check/", env!("CARGO_PKG_VERSION"));

/// A batch as our SDK would post it.
pub(super) fn batch(app: &App) -> Batch {
    let now_ms = now_ms();
    let view = ViewEvent {
        document_version: 1,
        is_active: Some(false),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(1_000),
        action_count: Some(0),
        error_count: Some(0),
        resource_count: Some(0),
        ..ViewEvent::default()
    };
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(),
        closed_at_ms: now_ms,
        sdk_version: env!("CARGO_PKG_VERSION").into(),
        flush_reason: Some(FlushReason::Stop),
        context: Context {
            application_id: app.id.clone(),
            session_id: Some(id()),
            service: Some(SERVICE.into()),
            ..Context::default()
        },
        views: vec![ViewContext { id: id(), url: format!("{ORIGIN}/"), ..ViewContext::default() }],
        events: vec![Event::new(now_ms, 0, EventKind::View(view))],
        lost_events: None,
        shared: None,
    }
}

/// The same as the journal would give it to a sink. The visitor is at this machine.
pub(super) fn entry(app: &App, client_ip: ClientIp) -> Option<Entry> {
    let header = Header {
        received_ms: now_ms(),
        application_id: app.id.clone(),
        app_name: app.name.clone(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::None,
        content: Content::Batch,
        client_address: client_ip.kept(Ipv4Addr::LOCALHOST.into()),
        user_agent: Some(USER_AGENT.into()),
    };
    Some(Entry { header, body: encode(&batch(app))?.into() })
}

/// `None` never: memory takes every byte.
pub(super) fn encode(batch: &Batch) -> Option<Vec<u8>> {
    minicbor::to_vec(batch).ok()
}

fn id() -> Id {
    Id::from_random(Uuid::new_v4().into_bytes())
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}
