//! What a body of the official SDK changes. Only what the viewer shows is read; other kinds (resources and long
//! tasks, which their view counts, and telemetry) have no table here and pass.

use super::change::{ActionChange, Change, ErrorChange, VitalChange};
use super::view::{DATADOG, Details, Extent, ViewState};
use crate::intake::decode::lines;
use crate::journal::{Header, Sequence};
use rum_protocol::Frustration;
use serde::Deserialize;

/// The changes in the order of the lines, and how many lines of a known kind could not be understood.
pub(super) fn changes(header: &Header, sequence: Sequence, body: &[u8]) -> (Vec<Change>, u64) {
    let mut changes = Vec::new();
    let mut not_storable = 0;
    for (index, line) in lines(body) {
        match serde_json::from_slice::<Event>(line) {
            Ok(event) => changes.extend(event.change(header, &format!("{sequence}-{index}"))),
            Err(_) => not_storable += 1,
        }
    }
    (changes, not_storable)
}

/// As in `rumEvent.types.d.ts`; a kind reads its own part alone. `action.id` shows why: in an action it is a
/// text, in an error during actions a list. Numbers are read as `f64`: JavaScript has no other kind.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    View(Common),
    ViewUpdate(Common),
    Action {
        #[serde(flatten)]
        common: Common,
        action: Option<Action>,
    },
    Error {
        #[serde(flatten)]
        common: Common,
        error: Option<Error>,
    },
    Vital {
        #[serde(flatten)]
        common: Common,
        vital: Option<Vital>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Common {
    date: f64,
    session: Identified,
    view: View,
    #[serde(rename = "_dd", default)]
    internal: Internal,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

#[derive(Default, Deserialize)]
struct Internal {
    document_version: Option<f64>,
    action: Option<InternalAction>,
}

#[derive(Deserialize)]
struct InternalAction {
    target: Option<InternalTarget>,
}

#[derive(Deserialize)]
struct InternalTarget {
    selector: Option<String>,
}

#[derive(Deserialize)]
struct View {
    id: String,
    url: String,
    name: Option<String>,
    loading_type: Option<String>,
    is_active: Option<bool>,
    time_spent: Option<f64>,
    action: Option<Count>,
    error: Option<Count>,
    resource: Option<Count>,
    long_task: Option<Count>,
    frustration: Option<Count>,
    loading_time: Option<f64>,
    largest_contentful_paint: Option<f64>,
    first_contentful_paint: Option<f64>,
    first_byte: Option<f64>,
    cumulative_layout_shift: Option<f64>,
    interaction_to_next_paint: Option<f64>,
}

#[derive(Deserialize)]
struct Count {
    count: Option<f64>,
}

#[derive(Deserialize)]
struct Action {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    target: Option<Target>,
    frustration: Option<Frustrations>,
}

#[derive(Deserialize)]
struct Frustrations {
    #[serde(rename = "type")]
    kinds: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Target {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Error {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    source: Option<String>,
    stack: Option<String>,
    fingerprint: Option<String>,
}

#[derive(Deserialize)]
struct Vital {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    duration: Option<f64>,
    step_type: Option<String>,
    failure_reason: Option<String>,
}

impl Event {
    /// `fallback_id` names events that brought no id of their own; it is the same in a repeated delivery.
    fn change(self, header: &Header, fallback_id: &str) -> Option<Change> {
        Some(match self {
            Self::Other => return None,
            Self::View(common) => Change::View(common.versioned_state(header), Extent::Whole),
            Self::ViewUpdate(common) => Change::View(common.versioned_state(header), Extent::Part),
            Self::Action { common, action: Some(action) } => Change::Action(ActionChange {
                id: action.id.unwrap_or_else(|| fallback_id.to_owned()),
                at_ms: common.at_ms(),
                kind: action.kind.unwrap_or_else(|| "custom".into()),
                selector: common.selector(),
                frustrations: action.frustration.map_or(0, |frustration| bits(&frustration)),
                name: action.target.and_then(|target| target.name).unwrap_or_default(),
                view: common.state(header, 0),
            }),
            Self::Error { common, error: Some(error) } => Change::Error(ErrorChange {
                id: error.id.unwrap_or_else(|| fallback_id.to_owned()),
                at_ms: common.at_ms(),
                kind: error.kind,
                message: error.message.unwrap_or_default(),
                source: error.source.unwrap_or_else(|| "custom".into()),
                stack: error.stack,
                fingerprint: error.fingerprint,
                repeats: 0,
                view: common.state(header, 0),
            }),
            Self::Vital { common, vital: Some(vital) } => Change::Vital(VitalChange {
                id: vital.id.unwrap_or_else(|| fallback_id.to_owned()),
                at_ms: common.at_ms(),
                kind: vital.kind.unwrap_or_else(|| "duration".into()),
                name: vital.name.unwrap_or_default(),
                duration_us: vital.duration.map(us),
                step_type: vital.step_type,
                failure_reason: vital.failure_reason,
                view: common.state(header, 0),
            }),
            // Without its own part it still proves that the view exists.
            Self::Action { common, action: None }
            | Self::Error { common, error: None }
            | Self::Vital { common, vital: None } => Change::View(common.state(header, 0), Extent::Part),
        })
    }
}

impl Common {
    fn at_ms(&self) -> u64 {
        self.date as u64
    }

    fn selector(&self) -> Option<String> {
        self.internal.action.as_ref()?.target.as_ref()?.selector.clone()
    }

    fn versioned_state(self, header: &Header) -> ViewState {
        let version = self.internal.document_version.unwrap_or(0.0) as u64;
        self.state(header, version)
    }

    fn state(self, header: &Header, document_version: u64) -> ViewState {
        ViewState {
            application_id: header.application_id.clone(),
            id: self.view.id.clone(),
            session_id: self.session.id.clone(),
            client: DATADOG,
            url: self.view.url.clone(),
            started_ms: self.at_ms(),
            received_ms: header.received_ms,
            document_version,
            details: details(self.view),
        }
    }
}

fn bits(frustrations: &Frustrations) -> u32 {
    let kinds = frustrations.kinds.iter().flatten();
    kinds.fold(0, |bits, kind| {
        bits | match kind.as_str() {
            "rage_click" => Frustration::RageClick as u32,
            "dead_click" => Frustration::DeadClick as u32,
            "error_click" => Frustration::ErrorClick as u32,
            _ => 0,
        }
    })
}

fn details(view: View) -> Details {
    let count = |count: Option<Count>| count.and_then(|counted| counted.count).map(|count| count as u64);
    Details {
        name: view.name,
        loading_type: view.loading_type,
        is_active: view.is_active,
        time_spent_us: view.time_spent.map(us),
        action_count: count(view.action),
        error_count: count(view.error),
        resource_count: count(view.resource),
        long_task_count: count(view.long_task),
        frustration_count: count(view.frustration),
        loading_time_us: view.loading_time.map(us),
        lcp_us: view.largest_contentful_paint.map(us),
        fcp_us: view.first_contentful_paint.map(us),
        ttfb_us: view.first_byte.map(us),
        cls: view.cumulative_layout_shift,
        inp_us: view.interaction_to_next_paint.map(us),
    }
}

/// Nanoseconds as microseconds. The cast saturates: a negative or absurd time becomes 0 or the largest.
fn us(ns: f64) -> u64 {
    (ns / 1_000.0).round() as u64
}
