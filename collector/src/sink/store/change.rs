//! What one event changes in the store, whichever SDK it came from.

use super::view::{Extent, ViewState};
use rum_protocol::{MAX_MESSAGE_BYTES, MAX_STACK_BYTES, MAX_TEXT_BYTES, truncate};
use rusqlite::{Connection, params};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A view reached a state.
    View(ViewState, Extent),
    /// A user did something.
    Action(ActionChange),
    /// The host page failed.
    Error(ErrorChange),
}

/// An action and the view it proves to exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ActionChange {
    pub(super) id: String,
    pub(super) at_ms: u64,
    pub(super) kind: String,
    pub(super) name: String,
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
    pub(super) view: ViewState,
}

/// Applies the changes of one entry: all or none.
pub(super) fn apply(connection: &mut Connection, changes: &[Change]) -> rusqlite::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for change in changes {
        match change {
            Change::View(state, extent) => apply_view(&transaction, state.clone(), *extent)?,
            Change::Action(action) => apply_action(&transaction, action)?,
            Change::Error(error) => apply_error(&transaction, error)?,
        }
    }
    transaction.commit()
}

fn apply_view(connection: &Connection, mut state: ViewState, extent: Extent) -> rusqlite::Result<()> {
    truncate(&mut state.url, MAX_TEXT_BYTES);
    if let Some(name) = &mut state.details.name {
        truncate(name, MAX_TEXT_BYTES);
    }
    let joined = match ViewState::load(connection, &state.application_id, &state.id)? {
        Some(stored) => ViewState::join(stored, state, extent),
        None => state,
    };
    joined.save(connection)
}

fn apply_action(connection: &Connection, action: &ActionChange) -> rusqlite::Result<()> {
    apply_view(connection, action.view.clone(), Extent::Part)?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO action (application_id, id, view_id, at_ms, received_ms, type, name)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            action.view.application_id,
            action.id,
            action.view.id,
            action.at_ms.cast_signed(),
            action.view.received_ms.cast_signed(),
            cut(&action.kind, MAX_TEXT_BYTES),
            cut(&action.name, MAX_TEXT_BYTES),
        ])
        .map(drop)
}

fn apply_error(connection: &Connection, error: &ErrorChange) -> rusqlite::Result<()> {
    apply_view(connection, error.view.clone(), Extent::Part)?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO error
                 (application_id, id, view_id, at_ms, received_ms, type, message, source, stack)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        ])
        .map(drop)
}

fn cut(text: &str, max_bytes: usize) -> String {
    let mut text = text.to_owned();
    truncate(&mut text, max_bytes);
    text
}
