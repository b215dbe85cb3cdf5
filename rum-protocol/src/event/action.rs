//! Actions.

use super::geometry::{Point, Size};
use crate::Id;
use alloc::string::String;
use minicbor::{Decode, Encode};

/// Something the user did, or the application reported as done.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ActionEvent {
    /// Datadog `action.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `action.type`; `None` for a type newer than the reader.
    #[cbor(n(1), decode_with = "crate::optional::known")]
    pub action_type: Option<ActionType>,
    /// A name that is safe to show: an explicit attribute, else role and selector. Never the element's text.
    /// Datadog `action.target.name`.
    #[n(2)]
    pub name: String,
    /// Where the name came from. Datadog `_dd.action.name_source`.
    #[cbor(n(3), decode_with = "crate::optional::known")]
    pub name_source: Option<NameSource>,
    /// Stable CSS selector. Datadog `_dd.action.target.selector`.
    #[n(4)]
    pub selector: Option<String>,
    /// CSS pixels from the target's top left corner. Datadog `_dd.action.position`.
    #[n(5)]
    pub position: Option<Point>,
    /// CSS pixels. Datadog `_dd.action.target.width` and `.height`.
    #[n(6)]
    pub target_size: Option<Size>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(7)]
    pub context_json: Option<String>,
    /// Until the page was quiet again, or until `stopAction`. Datadog `action.loading_time`.
    #[n(8)]
    pub duration_us: Option<u64>,
    /// What went wrong for the user: a sum of [`Frustration`]s. Datadog `action.frustration.type`.
    #[n(9)]
    pub frustrations: Option<u32>,
    /// Errors while it lasted. Datadog `action.error.count`.
    #[n(10)]
    pub error_count: Option<u32>,
    /// Datadog `action.resource.count`.
    #[n(11)]
    pub resource_count: Option<u32>,
    /// Datadog `action.long_task.count`.
    #[n(12)]
    pub long_task_count: Option<u32>,
    /// Tags, ids and classes from the target upwards, for deeper matching. Datadog
    /// `_dd.action.target.composed_path_selector`.
    #[n(13)]
    pub composed_path_selector: Option<String>,
}

/// Datadog `action.type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ActionType {
    /// A click, tap or keyboard activation.
    #[n(0)]
    Click,
    /// Reported by the application.
    #[n(1)]
    Custom,
    /// Of `startAction`, like the rest.
    #[n(2)]
    Tap,
    /// A scroll.
    #[n(3)]
    Scroll,
    /// A swipe.
    #[n(4)]
    Swipe,
    /// Back navigation.
    #[n(5)]
    Back,
}

/// Datadog `_dd.action.name_source`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum NameSource {
    /// `data-rum-action-name` or `data-dd-action-name` on the element or an ancestor.
    #[n(0)]
    CustomAttribute,
    /// Made of role and selector, because the text is masked.
    #[n(1)]
    MaskPlaceholder,
    /// An attribute such as `aria-label`, where the privacy level allows it.
    #[n(2)]
    StandardAttribute,
    /// The element's text, where the privacy level allows it.
    #[n(3)]
    TextContent,
    /// There was nothing to name it by.
    #[n(4)]
    Blank,
}

/// Datadog `action.frustration.type`. Each is a bit, so that a click can be several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frustration {
    /// Three clicks within a second on one spot.
    RageClick = 1,
    /// Nothing happened.
    DeadClick = 2,
    /// An error happened.
    ErrorClick = 4,
}

impl Frustration {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::RageClick, Self::DeadClick, Self::ErrorClick];
}
