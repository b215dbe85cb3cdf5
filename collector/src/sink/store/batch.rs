//! What a batch of our SDK changes.

use super::change::{ActionChange, Change, ErrorChange, VitalChange};
use super::view::{Details, Extent, RUM_WASM, ViewState};
use crate::journal::Header;
use crate::sink::datadog::rum;
use crate::stack::fingerprint;
use rum_protocol::{Batch, Event, EventKind, Id, ViewContext, ViewEvent};

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
    Some(match &event.kind {
        EventKind::View(state) => Change::View(known(view, state), Extent::Whole),
        EventKind::ViewUpdate(state) => Change::View(known(view, state), Extent::Part),
        EventKind::Action(action) => Change::Action(ActionChange {
            id: action.id.to_text(),
            at_ms: event.at_ms,
            kind: rum::action::kind(action.action_type).into(),
            name: action.name.clone(),
            selector: action.selector.clone(),
            frustrations: action.frustrations.unwrap_or(0),
            view,
        }),
        EventKind::Error(error) => Change::Error(ErrorChange {
            id: error.id.to_text(),
            at_ms: event.at_ms,
            kind: error.error_type.clone(),
            message: error.message.clone(),
            source: rum::error::source(error.source).into(),
            stack: error.stack.clone(),
            fingerprint: error.fingerprint.clone().or_else(|| Some(fingerprint(error))),
            repeats: error.repeats.unwrap_or(0),
            view,
        }),
        EventKind::Vital(vital) => {
            let words = rum::vital::words(vital)?;
            Change::Vital(VitalChange {
                id: vital.id.to_text(),
                at_ms: event.at_ms,
                kind: words.kind.into(),
                name: vital.name.clone(),
                duration_us: vital.duration_us,
                step_type: words.step_type.map(str::to_owned),
                failure_reason: words.failure_reason.map(str::to_owned),
                view,
            })
        }
        // Counted by their view; they still prove that it exists.
        EventKind::Resource(_) | EventKind::LongTask(_) => Change::View(view, Extent::Part),
        EventKind::Unknown { .. } => return None,
    })
}

/// What a state tells; of an update, only what changed.
fn known(view: ViewState, state: &ViewEvent) -> ViewState {
    let vitals = state.vitals.as_ref();
    ViewState {
        document_version: u64::from(state.document_version),
        details: Details {
            name: view.details.name,
            loading_type: state.loading_type.map(|kind| rum::view::loading_type(kind).to_owned()),
            is_active: state.is_active,
            time_spent_us: state.time_spent_us,
            action_count: state.action_count.map(u64::from),
            error_count: state.error_count.map(u64::from),
            resource_count: state.resource_count.map(u64::from),
            long_task_count: state.long_task_count.map(u64::from),
            frustration_count: state.frustration_count.map(u64::from),
            loading_time_us: state.loading_time_us,
            lcp_us: vitals.and_then(|vitals| vitals.lcp_us),
            fcp_us: vitals.and_then(|vitals| vitals.fcp_us),
            ttfb_us: vitals.and_then(|vitals| vitals.ttfb_us),
            // As sent to Datadog.
            cls: vitals.and_then(|vitals| vitals.cls).and_then(rum::web_vitals::score),
            inp_us: vitals.and_then(|vitals| vitals.inp_us),
        },
        ..view
    }
}
