//! What one event changes in the store, whichever SDK it came from.

use super::replay::{self, SegmentChange};
use super::view::{Extent, ViewState};
use rum_protocol::{MAX_MESSAGE_BYTES, MAX_STACK_BYTES, MAX_TEXT_BYTES, truncate};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A view reached a state.
    View(ViewState, Extent),
    /// A user did something.
    Action(ActionChange),
    /// The host page failed.
    Error(ErrorChange),
    /// The application measured something.
    Vital(VitalChange),
    /// Some seconds of a view were recorded.
    Segment(SegmentChange),
}

/// An action and the view it proves to exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ActionChange {
    pub(super) id: String,
    pub(super) at_ms: u64,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) selector: Option<String>,
    /// A sum of `Frustration`s.
    pub(super) frustrations: u32,
    pub(super) view: ViewState,
}

/// An error event and the view it proves to exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ErrorChange {
    pub(super) id: String,
    pub(super) at_ms: u64,
    pub(super) kind: Option<String>,
    pub(super) message: String,
    pub(super) source: String,
    pub(super) stack: Option<String>,
    pub(super) fingerprint: Option<String>,
    /// How often it came again without being sent.
    pub(super) repeats: u32,
    pub(super) view: ViewState,
}

/// A vital and the view it proves to exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VitalChange {
    pub(super) id: String,
    pub(super) at_ms: u64,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) duration_us: Option<u64>,
    pub(super) step_type: Option<String>,
    pub(super) failure_reason: Option<String>,
    pub(super) view: ViewState,
}

/// Applies the changes of a group of entries: all or none, synced once.
pub(super) fn apply(connection: &mut Connection, changes: Vec<Change>) -> rusqlite::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    let mut views = Views { connection: &transaction, touched: HashMap::new() };
    for change in changes {
        match change {
            Change::View(state, extent) => views.join(state, extent)?,
            Change::Action(action) => {
                insert_action(&transaction, &action)?;
                views.join(action.view, Extent::Part)?;
            }
            Change::Error(error) => {
                insert_error(&transaction, &error)?;
                views.join(error.view, Extent::Part)?;
            }
            Change::Vital(vital) => {
                insert_vital(&transaction, &vital)?;
                views.join(vital.view, Extent::Part)?;
            }
            Change::Segment(segment) => replay::insert(&transaction, &segment)?,
        }
    }
    views.save()?;
    transaction.commit()
}

/// The views a group touches. Most events of a batch are of one view, so each is read and written once.
struct Views<'a> {
    connection: &'a Connection,
    /// By application and id: as it is, and as it is stored.
    touched: HashMap<(String, String), Touched>,
}

struct Touched {
    state: ViewState,
    stored: Option<ViewState>,
}

impl Views<'_> {
    fn join(&mut self, mut arrived: ViewState, extent: Extent) -> rusqlite::Result<()> {
        truncate(&mut arrived.url, MAX_TEXT_BYTES);
        if let Some(name) = &mut arrived.details.name {
            truncate(name, MAX_TEXT_BYTES);
        }
        match self.touched.entry((arrived.application_id.clone(), arrived.id.clone())) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.state = ViewState::join(mem::take(&mut known.state), arrived, extent);
            }
            Entry::Vacant(unknown) => {
                let stored = ViewState::load(self.connection, &arrived.application_id, &arrived.id)?;
                let state = match stored.clone() {
                    Some(stored) => ViewState::join(stored, arrived, extent),
                    None => arrived,
                };
                unknown.insert(Touched { state, stored });
            }
        }
        Ok(())
    }

    fn save(self) -> rusqlite::Result<()> {
        // An action of a view that is known changes nothing about it.
        let changed = self.touched.into_values().filter(|view| view.stored.as_ref() != Some(&view.state));
        changed.map(|view| view.state).try_for_each(|state| state.save(self.connection))
    }
}

fn insert_action(connection: &Connection, action: &ActionChange) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO action
                 (application_id, id, view_id, at_ms, received_ms, type, name, selector, frustrations)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            action.view.application_id,
            action.id,
            action.view.id,
            action.at_ms.cast_signed(),
            action.view.received_ms.cast_signed(),
            cut(&action.kind, MAX_TEXT_BYTES),
            cut(&action.name, MAX_TEXT_BYTES),
            action.selector.as_deref().map(|selector| cut(selector, MAX_TEXT_BYTES)),
            action.frustrations,
        ])
        .map(drop)
}

fn insert_error(connection: &Connection, error: &ErrorChange) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO error
                 (application_id, id, view_id, at_ms, received_ms, type, message, source, stack, fingerprint,
                  repeats)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            error.view.application_id,
            error.id,
            error.view.id,
            error.at_ms.cast_signed(),
            error.view.received_ms.cast_signed(),
            error.kind.as_deref().map(|kind| cut(kind, MAX_TEXT_BYTES)),
            cut(&error.message, MAX_MESSAGE_BYTES),
            cut(&error.source, MAX_TEXT_BYTES),
            error.stack.as_deref().map(|stack| cut(stack, MAX_STACK_BYTES)),
            error.fingerprint.as_deref().map(|fingerprint| cut(fingerprint, MAX_TEXT_BYTES)),
            error.repeats,
        ])
        .map(drop)
}

fn insert_vital(connection: &Connection, vital: &VitalChange) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO vital
                 (application_id, id, view_id, at_ms, received_ms, type, name, duration_us, step_type,
                  failure_reason)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            vital.view.application_id,
            vital.id,
            vital.view.id,
            vital.at_ms.cast_signed(),
            vital.view.received_ms.cast_signed(),
            cut(&vital.kind, MAX_TEXT_BYTES),
            cut(&vital.name, MAX_TEXT_BYTES),
            vital.duration_us.map(u64::cast_signed),
            vital.step_type.as_deref().map(|step| cut(step, MAX_TEXT_BYTES)),
            vital.failure_reason.as_deref().map(|reason| cut(reason, MAX_TEXT_BYTES)),
        ])
        .map(drop)
}

/// The beginning of a text, cut where `rum_protocol::truncate` would.
fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}
