//! What a batch of our SDK changes.

use super::change::{ActionChange, Change, ErrorChange};
use super::view::{Details, Extent, RUM_WASM, ViewState};
use crate::journal::Header;
use rum_protocol::{
    ActionType, Batch, ErrorSource, Event, EventKind, Id, LoadingType, ViewContext, ViewEvent,
};

/// The changes, in the order of the events.
pub(super) fn changes(header: &Header, batch: &Batch) -> Vec<Change> {
    let session_id = batch.context.session_id.map(Id::to_text).unwrap_or_default();
    let view = |event: &Event| {
        // The door refused batches with a view index out of range.
        batch.views.get(event.view as usize).map(|context| state(header, &session_id, context, event.at_ms))
    };
    batch.events.iter().filter_map(|event| change(event, view(event)?)).collect()
}

/// What every event tells about its view.
fn state(header: &Header, session_id: &str, context: &ViewContext, at_ms: u64) -> ViewState {
    ViewState {
        application_id: header.application_id.clone(),
        id: context.id.to_text(),
        session_id: session_id.to_owned(),
        client: RUM_WASM,
        url: context.url.clone(),
        started_ms: at_ms,
        received_ms: header.received_ms,
        document_version: 0,
        details: Details { name: context.name.clone(), ..Details::default() },
    }
}

fn change(event: &Event, view: ViewState) -> Option<Change> {
    match &event.kind {
        EventKind::View(state) => Some(Change::View(whole(view, state), Extent::Whole)),
        EventKind::Action(action) => Some(Change::Action(ActionChange {
            id: action.id.to_text(),
            at_ms: event.at_ms,
            kind: match action.action_type {
                Some(ActionType::Click) => "click".into(),
                _ => "custom".into(),
            },
            name: action.name.clone(),
            view,
        })),
        EventKind::Error(error) => Some(Change::Error(ErrorChange {
            id: error.id.to_text(),
            at_ms: event.at_ms,
            kind: error.error_type.clone(),
            message: error.message.clone(),
            source: match error.source {
                Some(ErrorSource::Source) => "source".into(),
                _ => "custom".into(),
            },
            stack: error.stack.clone(),
            view,
        })),
        _ => None,
    }
}

fn whole(view: ViewState, state: &ViewEvent) -> ViewState {
    let vitals = state.vitals.clone().unwrap_or_default();
    let loading_type = state.loading_type.map(|loading_type| match loading_type {
        LoadingType::InitialLoad => "initial_load",
        LoadingType::RouteChange => "route_change",
        LoadingType::BackForwardCache => "bf_cache",
        LoadingType::SessionRenewal => "session_renewal",
    });
    ViewState {
        document_version: u64::from(state.document_version),
        details: Details {
            name: view.details.name,
            loading_type: loading_type.map(str::to_owned),
            is_active: state.is_active,
            time_spent_us: state.time_spent_us,
            action_count: state.action_count.map(u64::from),
            error_count: state.error_count.map(u64::from),
            lcp_us: vitals.lcp_us,
            fcp_us: vitals.fcp_us,
            ttfb_us: vitals.ttfb_us,
            // Four decimals, as sent to Datadog; more would show how `f32` rounds.
            cls: vitals.cls.map(|cls| (f64::from(cls) * 10_000.0).round() / 10_000.0),
            inp_us: vitals.inp_us,
        },
        ..view
    }
}
