//! The closed list of what the browser can tell the engine.

use alloc::string::String;
use alloc::vec::Vec;

/// Milliseconds since the page's time origin, the clock of `performance.now()` and `event.timeStamp`
/// (W3C High Resolution Time).
pub type PageTime = f64;

/// A DOM event or performance entry turned into plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// When it happened. Entries and early DOM events arrive later than they happened.
    pub at: PageTime,
    /// What happened.
    pub kind: SignalKind,
}

/// What happened in the page.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the sentence of each variant names its fields")]
pub enum SignalKind {
    /// The document finished loading; carries `responseStart` of the navigation entry, if it is valid.
    Loaded { response_start: Option<PageTime> },
    /// First Contentful Paint; `at` is the paint.
    FirstContentfulPaint,
    /// A candidate for Largest Contentful Paint; `at` is `startTime` of the entry.
    LargestContentfulPaint,
    /// A layout shift without recent user input, with its score.
    LayoutShift { value: f64 },
    /// One event of an interaction, with its id (never 0) and its duration.
    EventTiming { interaction_id: u32, duration_ms: f64 },
    /// `performance.interactionCount`, read after a group of event entries and before the page is left.
    InteractionCount { count: u32 },
    /// The user clicked, tapped or activated an element with the keyboard.
    Click(ClickTarget),
    /// The user is there: key, scroll.
    Activity,
    /// A key went down: after it the browser reports no more LCP candidates.
    KeyDown,
    /// An uncaught error, an unhandled rejection, or an error the application reported.
    Error(RawError),
    /// The application reported an action.
    CustomAction { name: String, facts: Vec<u8> },
    /// The path of the document's URL changed without a load.
    RouteChanged { url: String },
    /// The page is busy: its DOM changed (`duration_ms` 0), or a resource came that took so long to load. Told
    /// only while somebody waits for the page to be quiet.
    Busy { duration_ms: f64 },
    /// A `fetch` or `XMLHttpRequest` began.
    RequestStarted,
    /// It ended, after so long.
    RequestEnded { duration_ms: f64 },
    /// The page loaded something, or an application says it did. One that is `discarded` is told for its trace
    /// only. `facts` are fields of a `ResourceEvent`.
    Resource { url: String, discarded: bool, facts: Vec<u8> },
    /// User, account, context or feature flags changed; `facts` are fields of a `SharedContext`, `flags` those
    /// of its feature flags, which go with the kinds of `flag_kinds` (a bit for each number of `EventKind`).
    Shared { facts: Vec<u8>, flags: Vec<u8>, flag_kinds: u32 },
    /// Another page of the site stored a session, or erased it (empty).
    SessionStored { text: String },
    /// The application ended the session; activity begins another.
    SessionStopped,
    /// The application asks what events of `at` belong to.
    Asked,
    /// The page can no longer be seen.
    Hidden,
    /// The page is being left; it may be kept in the back-forward cache.
    Left,
    /// The page came back from the back-forward cache.
    Restored { interaction_count: u32 },
    /// The second animation frame after [`SignalKind::Restored`].
    RestoredPaint,
    /// The time [`crate::engine::Engine::next_wake`] asked for has come.
    Timer,
    /// The collector answered a post, or could not be reached (`status` 0).
    Answered { slot: u32, status: u16, retry_after_s: Option<u32> },
    /// The application shut the SDK down.
    Stopped,
}

/// What may be known of a clicked element. Its text is never read. `facts` here and below are fields of the
/// event that an adapter wrote (`js-loader/src/encode.ts`) because it alone knows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClickTarget {
    /// Value of `data-rum-action-name` or `data-dd-action-name`, on the element or an ancestor; empty for none.
    pub action_name: String,
    /// Lower-case tag name of the nearest interactive element.
    pub tag: String,
    /// Its `id`.
    pub id: String,
    /// Its `role`; empty for none.
    pub role: String,
    /// Position, size: fields of an `ActionEvent`.
    pub facts: Vec<u8>,
}

/// A fault as the browser told it. What it does not know is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawError {
    /// `error.name`, where the thrown value has one.
    pub name: String,
    /// `error.message`, or a description of a thrown value that is no error.
    pub message: String,
    /// `error.stack`, as printed.
    pub stack: String,
    /// Source, handling, context: fields of an `ErrorEvent`.
    pub facts: Vec<u8>,
}
