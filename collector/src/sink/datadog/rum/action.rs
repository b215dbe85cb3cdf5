//! `RumActionEvent`.

use super::shape::{Count, ns, shapes};
use rum_protocol::{ActionEvent, ActionType, Frustration, NameSource};

shapes! {
    /// `action`.
    struct Action<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        id: String,
        target: Target<'a>,
        loading_time: Option<u64>,
        frustration: Option<Frustrations>,
        error: Option<Count>,
        resource: Option<Count>,
        long_task: Option<Count>,
    }

    struct Target<'a> {
        name: &'a str,
    }

    struct Frustrations {
        #[serde(rename = "type")]
        kinds: Vec<&'static str>,
    }

    /// `_dd.action`.
    struct InternalAction<'a> {
        position: Option<Position>,
        target: Option<InternalTarget<'a>>,
        name_source: Option<&'static str>,
    }

    struct Position {
        x: i32,
        y: i32,
    }

    struct InternalTarget<'a> {
        selector: Option<&'a str>,
        composed_path_selector: Option<&'a str>,
        width: Option<u32>,
        height: Option<u32>,
    }
}

pub(super) fn action(action: &ActionEvent) -> Action<'_> {
    Action {
        kind: kind(action.action_type),
        id: action.id.to_text(),
        target: Target { name: &action.name },
        loading_time: action.duration_us.map(ns),
        frustration: action.frustrations.and_then(frustration),
        error: action.error_count.map(Count::of),
        resource: action.resource_count.map(Count::of),
        long_task: action.long_task_count.map(Count::of),
    }
}

/// Datadog's word for a type.
pub(crate) fn kind(action_type: Option<ActionType>) -> &'static str {
    match action_type {
        Some(ActionType::Click) => "click",
        Some(ActionType::Tap) => "tap",
        Some(ActionType::Scroll) => "scroll",
        Some(ActionType::Swipe) => "swipe",
        Some(ActionType::Back) => "back",
        // A type newer than this collector claims nothing as "custom".
        Some(ActionType::Custom) | None => "custom",
    }
}

fn frustration(bits: u32) -> Option<Frustrations> {
    let kinds = frustrations(bits);
    (!kinds.is_empty()).then_some(Frustrations { kinds })
}

/// Datadog's words for a sum of frustrations. Bits this collector does not know are left out.
pub(crate) fn frustrations(bits: u32) -> Vec<&'static str> {
    let set = Frustration::ALL.into_iter().filter(|frustration| bits & *frustration as u32 != 0);
    set.map(|frustration| match frustration {
        Frustration::RageClick => "rage_click",
        Frustration::DeadClick => "dead_click",
        Frustration::ErrorClick => "error_click",
    })
    .collect()
}

pub(super) fn internal(action: &ActionEvent) -> Option<InternalAction<'_>> {
    let size = action.target_size;
    let (selector, path) = (action.selector.as_deref(), action.composed_path_selector.as_deref());
    let has_target = selector.is_some() || path.is_some() || size.is_some();
    let internal = InternalAction {
        position: action.position.map(|point| Position { x: point.x, y: point.y }),
        target: has_target.then_some(InternalTarget {
            selector,
            composed_path_selector: path,
            width: size.map(|size| size.width),
            height: size.map(|size| size.height),
        }),
        name_source: action.name_source.map(|source| match source {
            NameSource::CustomAttribute => "custom_attribute",
            NameSource::MaskPlaceholder => "mask_placeholder",
            NameSource::StandardAttribute => "standard_attribute",
            NameSource::TextContent => "text_content",
            NameSource::Blank => "blank",
        }),
    };
    let empty = internal.position.is_none() && internal.target.is_none() && internal.name_source.is_none();
    (!empty).then_some(internal)
}
