//! What a body of the official SDK changes. Only what the viewer shows is read; other kinds (resources, long
//! tasks, telemetry) have no table here and pass.

use super::change::{ActionChange, Change, ErrorChange};
use super::view::{DATADOG, Details, Extent, ViewState};
use crate::intake::decode::lines;
use crate::journal::{Header, Sequence};
use serde::Deserialize;

/// The changes in the order of the lines, and how many lines of a known kind could not be understood.
pub(super) fn changes(header: &Header, sequence: Sequence, body: &[u8]) -> (Vec<Change>, u64) {
    let mut changes = Vec::new();
    let mut not_storable = 0;
    for (index, line) in lines(body) {
        match serde_json::from_slice::<Head>(line).map(|head| head.kind) {
            Ok(Kind::Other) => {}
            Ok(kind) => match serde_json::from_slice::<Event>(line) {
                Ok(event) => changes.push(event.change(kind, header, &format!("{sequence}-{index}"))),
                Err(_) => not_storable += 1,
            },
            Err(_) => not_storable += 1,
        }
    }
    (changes, not_storable)
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Kind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    View,
    ViewUpdate,
    Action,
    Error,
    #[serde(other)]
    Other,
}

/// As in `rumEvent.types.d.ts`. Numbers are read as `f64`: JavaScript has no other kind.
#[derive(Deserialize)]
struct Event {
    date: f64,
    session: Identified,
    view: View,
    action: Option<Action>,
    error: Option<Error>,
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
}

impl Event {
    /// `fallback_id` names events that brought no id of their own; it is the same in a repeated delivery.
    fn change(self, kind: Kind, header: &Header, fallback_id: &str) -> Change {
        let at_ms = self.date as u64;
        let version = self.internal.document_version.unwrap_or(0.0) as u64;
        let state = |view: View, document_version| ViewState {
            application_id: header.application_id.clone(),
            id: view.id.clone(),
            session_id: self.session.id.clone(),
            client: DATADOG,
            url: view.url.clone(),
            started_ms: at_ms,
            received_ms: header.received_ms,
            document_version,
            details: details(view),
        };
        match (kind, self.action, self.error) {
            (Kind::Action, Some(action), _) => Change::Action(ActionChange {
                id: action.id.unwrap_or_else(|| fallback_id.to_owned()),
                at_ms,
                kind: action.kind.unwrap_or_else(|| "custom".into()),
                name: action.target.and_then(|target| target.name).unwrap_or_default(),
                view: state(self.view, 0),
            }),
            (Kind::Error, _, Some(error)) => Change::Error(ErrorChange {
                id: error.id.unwrap_or_else(|| fallback_id.to_owned()),
                at_ms,
                kind: error.kind,
                message: error.message.unwrap_or_default(),
                source: error.source.unwrap_or_else(|| "custom".into()),
                stack: error.stack,
                view: state(self.view, 0),
            }),
            (Kind::View, ..) => Change::View(state(self.view, version), Extent::Whole),
            // An action or error without its own part still proves that the view exists.
            (Kind::ViewUpdate, ..) => Change::View(state(self.view, version), Extent::Part),
            (Kind::Action | Kind::Error | Kind::Other, ..) => Change::View(state(self.view, 0), Extent::Part),
        }
    }
}

fn details(view: View) -> Details {
    Details {
        name: view.name,
        loading_type: view.loading_type,
        is_active: view.is_active,
        time_spent_us: view.time_spent.map(us),
        action_count: view.action.and_then(|action| action.count).map(|count| count as u64),
        error_count: view.error.and_then(|error| error.count).map(|count| count as u64),
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
