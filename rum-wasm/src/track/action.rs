//! What the application reports as done or measured: actions and vitals. Clicks are in `clicks.rs`.

use crate::fields::Fields;
use rum_protocol::keys::{action_event, vital_event};
use rum_protocol::{EventKind, Id};

/// An event of that name; type, duration and the application's own facts are among the facts.
pub fn reported(kind: u32, id: Id, name: &str, facts: &[u8]) -> Fields {
    let (id_key, name_key) = match kind {
        EventKind::VITAL => (vital_event::ID, vital_event::NAME),
        _ => (action_event::ID, action_event::NAME),
    };
    let mut fields = Fields::default();
    fields.id(id_key, id);
    fields.text(name_key, name);
    fields.append(facts);
    fields
}
