//! Actions: what the user did, or the application reported as done.

use super::target_name;
use crate::fields::Fields;
use crate::signal::ClickTarget;
use rum_protocol::keys::action_event;
use rum_protocol::{ActionType, Id, MAX_TEXT_BYTES, truncate};

/// A click, tap or keyboard activation. Position, size and the like are among the adapter's facts.
pub fn click(id: Id, target: &ClickTarget) -> Fields {
    let (mut name, name_source) = target_name::name(target);
    truncate(&mut name, MAX_TEXT_BYTES);
    let mut fields = Fields::default();
    fields.id(action_event::ID, id);
    fields.number(action_event::ACTION_TYPE, ActionType::Click as u64);
    fields.text(action_event::NAME, &name);
    fields.number(action_event::NAME_SOURCE, name_source as u64);
    fields.text(action_event::SELECTOR, &target_name::selector(target));
    fields.append(&target.facts);
    fields
}

/// An action the application reported; its context is among the facts.
pub fn custom(id: Id, name: &str, facts: &[u8]) -> Fields {
    let mut fields = Fields::default();
    fields.id(action_event::ID, id);
    fields.number(action_event::ACTION_TYPE, ActionType::Custom as u64);
    fields.text(action_event::NAME, name);
    fields.append(facts);
    fields
}
