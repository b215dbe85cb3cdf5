//! Long tasks: when the main thread could not answer.

use crate::Id;
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::{Decode, Encode};

/// A long animation frame (Long Animation Frames API), or where the browser has none, a long task.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LongTaskEvent {
    /// Datadog `long_task.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `long_task.entry_type`.
    #[cbor(n(1), decode_with = "crate::optional::known")]
    pub entry_type: Option<LongTaskType>,
    /// Datadog `long_task.duration`.
    #[n(2)]
    pub duration_us: u64,
    /// Datadog `long_task.blocking_duration`.
    #[n(3)]
    pub blocking_us: Option<u64>,
    /// Page time. Datadog `long_task.start_time`.
    #[n(4)]
    pub start_us: Option<u64>,
    /// Page time, like the next two. Datadog `long_task.render_start`.
    #[n(5)]
    pub render_start_us: Option<u64>,
    /// Datadog `long_task.style_and_layout_start`.
    #[n(6)]
    pub style_and_layout_start_us: Option<u64>,
    /// Datadog `long_task.first_ui_event_timestamp`.
    #[n(7)]
    pub first_ui_event_us: Option<u64>,
    /// The scripts that ran in it, longest first. Datadog `long_task.scripts`.
    #[n(8)]
    pub scripts: Option<Vec<LongTaskScript>>,
}

/// Where the frame comes from. Datadog `long_task.entry_type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum LongTaskType {
    /// `long-task`
    #[n(0)]
    LongTask,
    /// `long-animation-frame`
    #[n(1)]
    LongAnimationFrame,
}

/// One script of a long animation frame. Instants are page times.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LongTaskScript {
    /// Datadog `.duration`.
    #[n(0)]
    pub duration_us: u64,
    /// Datadog `.pause_duration`.
    #[n(1)]
    pub pause_us: Option<u64>,
    /// Datadog `.forced_style_and_layout_duration`.
    #[n(2)]
    pub forced_style_and_layout_us: Option<u64>,
    /// Datadog `.start_time`.
    #[n(3)]
    pub start_us: Option<u64>,
    /// Datadog `.execution_start`.
    #[n(4)]
    pub execution_start_us: Option<u64>,
    /// Redacted like a view's URL. Datadog `.source_url`.
    #[n(5)]
    pub source_url: Option<String>,
    /// Datadog `.source_function_name`.
    #[n(6)]
    pub source_function: Option<String>,
    /// Datadog `.source_char_position`.
    #[n(7)]
    pub source_char_position: Option<u32>,
    /// Made of tag, id and event, or a redacted URL. Datadog `.invoker`.
    #[n(8)]
    pub invoker: Option<String>,
    /// Datadog `.invoker_type`.
    #[n(9)]
    pub invoker_type: Option<String>,
    /// Datadog `.window_attribution`.
    #[n(10)]
    pub window_attribution: Option<String>,
}
