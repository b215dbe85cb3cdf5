//! What Datadog's schemas say about a value: how it is to be read, told from the keys above it.
//!
//! A walk holds one [`Position`] and asks it for the next with each key and each element of a list, so
//! nothing is looked up by path and nothing is allocated. A list has the position of its elements, but in
//! segments of replay, where the first element says what the others are.

use super::field::SecretKeys;

/// How a string is to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// An id, an enumeration, a version: what Datadog joins events by. Never touched.
    Structural,
    /// A URL and nothing else.
    Url,
    /// The text of one JSON value.
    Json,
    /// Free text, in which URLs may stand.
    Text,
    /// A style sheet: only the URLs in it.
    Css,
    /// Below a key that names a secret: all of it.
    Secret,
}

/// Where in a body a value stands, as far as it matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Position {
    /// An event of RUM.
    Rum,
    /// `type` of an event of RUM.
    Kind,
    /// `view` of an event of RUM.
    View,
    /// A section of which only the `id` is structural.
    Identified,
    /// `error` of an event of RUM.
    Error,
    /// `resource`, and `error.resource`.
    Resource,
    /// `resource.graphql`.
    Graphql,
    /// `_dd`.
    Internal,
    /// Keys of Datadog's schema with text of the page below.
    Schema,

    /// An event of Logs. The context of a logger is merged into it, so a key we do not know is the
    /// application's.
    Log,
    /// `view`, `http` and `error` of an event of Logs.
    LogSection,

    /// `application`, and its `id`.
    Application,
    ApplicationId,
    /// `session` of RUM and replay; `session` of Logs, into which applications write; their `id`.
    Session,
    LogSession,
    SessionId,

    /// A string that is structural; of an object in its place nothing is known.
    Id,
    /// A string that is a URL.
    Url,
    /// A string that holds JSON, or the application's object.
    Json,
    /// Structural, with everything below.
    Structural,
    /// Keys and values of the application's choice.
    Free,
    /// Below a key that names a secret.
    Secret,

    /// A position in a segment of replay.
    Replay(Replay),
}

/// Positions in a segment of replay (`src/types/sessionReplay.ts` of `@datadog/browser-rum` 7.16).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Replay {
    /// The segment.
    Segment,
    /// One of its `records`.
    Record,
    /// `data` of a record: a list of changes, or an object of the format before changes.
    Data,
    /// What is below such an object: nodes and mutations.
    Node,
    /// Attributes by name; or a list of mutations of attributes.
    Attributes,
    /// One change: its kind, then items.
    Change,
    /// An item of a change of this kind.
    Item(u64),
    /// `[name, value]`, or `[name]`.
    Attribute,
    /// Text or a value, or `{role, string}`.
    Text,
    /// Rules of style sheets.
    Css,
}

impl Position {
    /// The position under a key. `secret_keys` is absent where that rule is off.
    pub(super) fn under(self, key: &str, secret_keys: Option<&SecretKeys>) -> Self {
        match self {
            Self::Rum => rum(key),
            Self::View => match key {
                "url" | "referrer" => Self::Url,
                "id" => Self::Id,
                _ => schema(key),
            },
            Self::Identified if key == "id" => Self::Id,
            Self::Error => match key {
                "id" => Self::Id,
                "resource" => Self::Resource,
                _ => schema(key),
            },
            Self::Resource => match key {
                "url" => Self::Url,
                "id" => Self::Id,
                "graphql" => Self::Graphql,
                _ => schema(key),
            },
            Self::Graphql if key == "variables" => Self::Json,
            Self::Internal if key == "action" => Self::Schema,
            Self::Application if key == "id" => Self::ApplicationId,
            Self::Session | Self::LogSession if key == "id" => Self::SessionId,
            Self::Internal | Self::Structural | Self::Application | Self::Session => Self::Structural,
            Self::Log => log(key).unwrap_or_else(|| free(key, secret_keys)),
            Self::LogSection => match key {
                "url" | "referrer" => Self::Url,
                "id" | "source_type" => Self::Id,
                _ => free(key, secret_keys),
            },
            Self::Json | Self::Free | Self::LogSession => free(key, secret_keys),
            Self::Secret => Self::Secret,
            Self::Replay(position) => position.under(key),
            Self::Identified
            | Self::Graphql
            | Self::Schema
            | Self::Kind
            | Self::ApplicationId
            | Self::SessionId
            | Self::Id
            | Self::Url => schema(key),
        }
    }

    /// The position of an element of a list here. `first` is the first element, where that is a number.
    pub(super) fn element(self, index: usize, first: Option<u64>) -> Self {
        match self {
            Self::Replay(position) => position.element(index, first),
            Self::Json => Self::Free,
            _ => self,
        }
    }

    /// How a string here is to be read.
    pub(super) fn place(self) -> Place {
        match self {
            Self::Kind
            | Self::Internal
            | Self::Application
            | Self::ApplicationId
            | Self::Session
            | Self::SessionId
            | Self::Id
            | Self::Structural => Place::Structural,
            Self::Url => Place::Url,
            Self::Json => Place::Json,
            Self::Secret => Place::Secret,
            Self::Replay(Replay::Css) => Place::Css,
            _ => Place::Text,
        }
    }

    /// Where a field of an event of RUM stands.
    pub(super) fn of_rum(keys: &[&str], secret_keys: Option<&SecretKeys>) -> Self {
        keys.iter().fold(Self::Rum, |position, key| position.under(key, secret_keys))
    }
}

fn rum(key: &str) -> Position {
    match key {
        "type" => Position::Kind,
        "date" | "service" | "source" | "version" | "ddtags" | "build_version" => Position::Id,
        "application" => Position::Application,
        "session" => Position::Session,
        "tab" | "device" | "os" | "connectivity" | "display" => Position::Structural,
        "_dd" => Position::Internal,
        "view" => Position::View,
        "action" | "long_task" | "vital" => Position::Identified,
        "error" => Position::Error,
        "resource" => Position::Resource,
        "context" | "usr" | "account" | "feature_flags" => Position::Free,
        _ => schema(key),
    }
}

fn log(key: &str) -> Option<Position> {
    Some(match key {
        "date" | "status" | "origin" | "service" | "source" | "ddsource" | "version" | "ddtags" => {
            Position::Id
        }
        "application_id" => Position::ApplicationId,
        "session_id" => Position::SessionId,
        "session" => Position::LogSession,
        "view" | "http" | "error" | "user_action" | "tab" => Position::LogSection,
        "_dd" => Position::Structural,
        _ => return None,
    })
}

/// Below keys of the schema; some objects have keys chosen by the application or by HTTP wherever they stand.
fn schema(key: &str) -> Position {
    if matches!(key, "headers" | "variables") { Position::Free } else { Position::Schema }
}

fn free(key: &str, secret_keys: Option<&SecretKeys>) -> Position {
    let is_secret = secret_keys.is_some_and(|keys| keys.name_a_secret(key));
    if is_secret { Position::Secret } else { Position::Free }
}

impl Replay {
    fn under(self, key: &str) -> Position {
        match (self, key) {
            (Self::Segment, "records") => Position::Replay(Self::Record),
            (Self::Segment, "application") => Position::Application,
            (Self::Segment, "session") => Position::Session,
            (Self::Segment, "view" | "source" | "creation_reason") => Position::Structural,
            (Self::Record, "data") => Position::Replay(Self::Data),
            (_, "attributes") => Position::Replay(Self::Attributes),
            (Self::Attributes, "href" | "src" | "action" | "formaction" | "poster" | "xlink:href")
            | (Self::Data | Self::Node, "href") => Position::Url,
            (Self::Attributes, "_cssText") | (Self::Data | Self::Node, "cssRules" | "rule") => {
                Position::Replay(Self::Css)
            }
            (Self::Record, "slotId")
            | (Self::Data | Self::Node, "tagName" | "publicId" | "systemId" | "media") => Position::Id,
            // `{role, string}`: the role is a number, the string what stands here.
            (Self::Text | Self::Css, "string") => Position::Replay(self),
            _ => Position::Replay(Self::Node),
        }
    }

    fn element(self, index: usize, first: Option<u64>) -> Position {
        /// Kinds of changes whose items are told apart.
        const ADD_NODE: u64 = 1;
        const ATTRIBUTE: u64 = 3;
        const ADD_STYLE_SHEET: u64 = 7;
        const ADD_ROLE_ANNOTATED_STRINGS: u64 = 11;
        const IMAGE_CONTENT: u64 = 15;
        /// Roles of strings that are no text.
        const NODE_NAME: u64 = 1;
        const ATTRIBUTE_NAME: u64 = 2;
        const CSS: u64 = 6;
        const URL: u64 = 7;
        const RESOURCE: u64 = 8;

        match self {
            Self::Data => Position::Replay(Self::Change),
            Self::Change => match first {
                Some(kind) if index > 0 => Position::Replay(Self::Item(kind)),
                _ => Position::Replay(Self::Text),
            },
            // `[insertion point, name, ...]`, with attributes or a text.
            Self::Item(ADD_NODE) if index == 1 => Position::Structural,
            Self::Item(ADD_NODE | ATTRIBUTE) => Position::Replay(Self::Attribute),
            Self::Attribute if index == 0 => Position::Structural,
            Self::Item(ADD_STYLE_SHEET) if index == 0 => Position::Replay(Self::Css),
            Self::Item(ADD_STYLE_SHEET | IMAGE_CONTENT) => Position::Structural,
            Self::Item(ADD_ROLE_ANNOTATED_STRINGS) => match first {
                Some(NODE_NAME | ATTRIBUTE_NAME | RESOURCE) => Position::Structural,
                Some(CSS) => Position::Replay(Self::Css),
                Some(URL) => Position::Url,
                _ => Position::Replay(Self::Text),
            },
            Self::Attribute | Self::Item(_) => Position::Replay(Self::Text),
            Self::Segment | Self::Record | Self::Node | Self::Attributes | Self::Text | Self::Css => {
                Position::Replay(self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_what_datadog_joins_by_are_structural() {
        for path in [&["date"][..], &["view", "id"], &["session", "id"], &["_dd", "trace_id"], &["ddtags"]] {
            assert_eq!(Position::of_rum(path, None).place(), Place::Structural, "{path:?}");
        }
        for path in [&["view", "url"][..], &["view", "referrer"], &["error", "resource", "url"]] {
            assert_eq!(Position::of_rum(path, None).place(), Place::Url, "{path:?}");
        }
        assert_eq!(Position::of_rum(&["resource", "graphql", "variables"], None).place(), Place::Json);
        let lcp_selector = ["view", "performance", "lcp", "target_selector"];
        for path in [
            &["usr", "id"][..],
            &lcp_selector,
            &["_dd", "action", "target", "selector"],
            &["context", "date"],
            &["action", "name"],
            &["date", "of"],
        ] {
            assert_eq!(Position::of_rum(path, None).place(), Place::Text, "{path:?}");
        }
    }

    #[test]
    fn a_log_is_the_applications_but_for_what_the_sdk_writes() {
        let keys = SecretKeys::new(&[]);
        let place = |path: &[&str]| {
            path.iter().fold(Position::Log, |position, key| position.under(key, Some(&keys))).place()
        };
        for path in [&["session_id"][..], &["session", "id"], &["view", "id"], &["status"], &["date"]] {
            assert_eq!(place(path), Place::Structural, "{path:?}");
        }
        for path in [&["message"][..], &["error", "stack"], &["logger", "name"], &["session", "note"]] {
            assert_eq!(place(path), Place::Text, "{path:?}");
        }
        assert_eq!(place(&["http", "url"]), Place::Url);
        for path in [&["password"][..], &["http", "headers", "cookie"], &["form", "userPin"]] {
            assert_eq!(place(path), Place::Secret, "{path:?}");
        }
    }
}
