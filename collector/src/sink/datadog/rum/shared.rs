//! What the application says of its visitor and itself, as Datadog has it.

use super::shape::one_of;
use rum_protocol::{Context, SharedContext};
use serde_json::map::Entry;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What Datadog's type demands to be text of a visitor and of an account. The official SDK makes it so.
const TEXTS: [&str; 3] = ["id", "name", "email"];

/// Facts that events share.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) usr: Option<Map<String, Value>>,
    pub(super) account: Option<Map<String, Value>>,
    pub(super) context: Option<Map<String, Value>>,
    pub(super) feature_flags: Option<Map<String, Value>>,
}

impl Facts {
    /// Reads them. What is no JSON object, or an empty one, has no place at Datadog.
    pub(super) fn of(shared: &SharedContext, batch: &Context) -> Self {
        let filled = |json: &Option<String>| json.as_deref().and_then(object).filter(|map| !map.is_empty());
        let mut account = filled(&shared.account_json);
        account.as_mut().map(write_texts);
        Self {
            usr: usr(filled(&shared.user_json), batch),
            // The type demands an id.
            account: account.filter(|account| account.contains_key("id")),
            context: filled(&shared.context_json),
            feature_flags: filled(&shared.feature_flags_json),
        }
    }

    /// Those of an event that shares none.
    pub(super) fn of_nobody(batch: &Context) -> Self {
        Self { usr: usr(None, batch), ..Self::default() }
    }

    /// The context with an event's own facts, which win.
    pub(super) fn context_with(
        &self,
        own: Option<Map<String, Value>>,
    ) -> Option<Cow<'_, Map<String, Value>>> {
        match (own, &self.context) {
            (None, None) => None,
            (None, Some(shared)) => Some(Cow::Borrowed(shared)),
            (Some(own), None) => Some(Cow::Owned(own)),
            (Some(mut own), Some(shared)) => {
                fill(&mut own, shared);
                Some(Cow::Owned(own))
            }
        }
    }
}

/// The visitor, known by name or only told apart.
fn usr(named: Option<Map<String, Value>>, batch: &Context) -> Option<Map<String, Value>> {
    let mut usr = named.unwrap_or_default();
    write_texts(&mut usr);
    if let (Entry::Vacant(vacant), Some(id)) = (usr.entry("anonymous_id"), batch.anonymous_id) {
        vacant.insert(id.to_text().into());
    }
    (!usr.is_empty()).then_some(usr)
}

fn write_texts(map: &mut Map<String, Value>) {
    for key in TEXTS {
        match map.get_mut(key) {
            Some(value @ (Value::Number(_) | Value::Bool(_))) => *value = value.to_string().into(),
            Some(Value::String(_)) | None => {}
            // Neither a list nor an object is a name.
            Some(_) => drop(map.remove(key)),
        }
    }
}

/// Adds what is not there yet, also inside objects that both have.
fn fill(map: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, value) in more {
        match (map.get_mut(key), value) {
            (None, value) => drop(map.insert(key.clone(), value.clone())),
            (Some(Value::Object(inner)), Value::Object(more)) => fill(inner, more),
            (Some(_), _) => {}
        }
    }
}

/// The application's own facts. Whatever is not a JSON object has no place in Datadog's `context`.
pub(super) fn object(json: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(json).ok()
}

/// Datadog's word for who drives the page.
pub(super) fn session_type(context: &Context) -> &str {
    one_of(context.session_type.as_deref(), &["synthetics", "ci_test"]).unwrap_or("user")
}
