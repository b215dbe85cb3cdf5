//! `RumLongTaskEvent`.

use super::shape::{ns, one_of, shapes};
use rum_protocol::{LongTaskEvent, LongTaskScript, LongTaskType};

/// What the Long Animation Frames API calls an invoker, and Datadog's type lists.
const INVOKER_TYPES: &[&str] = &[
    "user-callback",
    "event-listener",
    "resolve-promise",
    "reject-promise",
    "classic-script",
    "module-script",
];

shapes! {
    /// `long_task`.
    struct LongTask<'a> {
        id: String,
        entry_type: Option<&'static str>,
        duration: u64,
        blocking_duration: Option<u64>,
        start_time: Option<u64>,
        render_start: Option<u64>,
        style_and_layout_start: Option<u64>,
        first_ui_event_timestamp: Option<u64>,
        scripts: Option<Vec<Script<'a>>>,
    }

    struct Script<'a> {
        duration: u64,
        pause_duration: Option<u64>,
        forced_style_and_layout_duration: Option<u64>,
        start_time: Option<u64>,
        execution_start: Option<u64>,
        source_url: Option<&'a str>,
        source_function_name: Option<&'a str>,
        source_char_position: Option<u32>,
        invoker: Option<&'a str>,
        invoker_type: Option<&'a str>,
        window_attribution: Option<&'a str>,
    }
}

pub(super) fn long_task(task: &LongTaskEvent) -> LongTask<'_> {
    LongTask {
        id: task.id.to_text(),
        entry_type: task.entry_type.map(|entry_type| match entry_type {
            LongTaskType::LongTask => "long-task",
            LongTaskType::LongAnimationFrame => "long-animation-frame",
        }),
        duration: ns(task.duration_us),
        blocking_duration: task.blocking_us.map(ns),
        start_time: task.start_us.map(ns),
        render_start: task.render_start_us.map(ns),
        style_and_layout_start: task.style_and_layout_start_us.map(ns),
        first_ui_event_timestamp: task.first_ui_event_us.map(ns),
        scripts: task.scripts.as_ref().map(|scripts| scripts.iter().map(script).collect()),
    }
}

fn script(script: &LongTaskScript) -> Script<'_> {
    Script {
        duration: ns(script.duration_us),
        pause_duration: script.pause_us.map(ns),
        forced_style_and_layout_duration: script.forced_style_and_layout_us.map(ns),
        start_time: script.start_us.map(ns),
        execution_start: script.execution_start_us.map(ns),
        source_url: script.source_url.as_deref(),
        source_function_name: script.source_function.as_deref(),
        source_char_position: script.source_char_position,
        invoker: script.invoker.as_deref(),
        invoker_type: one_of(script.invoker_type.as_deref(), INVOKER_TYPES),
        window_attribution: script.window_attribution.as_deref(),
    }
}
