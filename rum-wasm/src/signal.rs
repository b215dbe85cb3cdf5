//! The closed list of what the browser can tell the engine.

use crate::privacy::{find, from, to};
use crate::session::Session;

/// Milliseconds since the page's time origin, the clock of `performance.now()` and `event.timeStamp`
/// (W3C High Resolution Time).
pub type PageTime = f64;

/// A DOM event or performance entry turned into plain data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal<'a> {
    /// When it happened. Entries and early DOM events arrive later than they happened.
    pub at: PageTime,
    /// What happened.
    pub kind: SignalKind<'a>,
}

/// What happened in the page. Texts and facts are those of the call that told it: whoever keeps them copies them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the sentence of each variant names its fields")]
pub enum SignalKind<'a> {
    /// The document finished loading; carries `responseStart` of the navigation entry, if it is valid.
    Loaded { response_start: Option<PageTime> },
    /// What the browser cannot observe, told before anything it can.
    Unobservable { shifts: bool, largest_paints: bool },
    /// First Contentful Paint; `at` is the paint.
    FirstContentfulPaint,
    /// A candidate for Largest Contentful Paint after an interaction (0: of the document load); `at` is the paint,
    /// `resource_url` not yet redacted, `facts` are fields of an `LcpAttribution`.
    LargestContentfulPaint { interaction_id: u32, resource_url: &'a str, facts: &'a [u8] },
    /// The browser calls a route change that was painted a navigation; `at` is the paint, `start` when the
    /// interaction that caused it began. The paints of that interaction follow.
    SoftNavigation { interaction_id: u32, start: PageTime },
    /// A layout shift without recent user input, with its score; `facts` are fields of a `ClsAttribution`.
    LayoutShift { value: f64, facts: &'a [u8] },
    /// One event of an interaction, with its id (never 0) and its duration; `facts` are fields of an
    /// `InpAttribution`.
    EventTiming { interaction_id: u32, duration_ms: f64, facts: &'a [u8] },
    /// The first input of the page; `facts` are fields of a `FirstInputDelay`.
    FirstInput { facts: &'a [u8] },
    /// `performance.interactionCount`, read after a group of event entries and before the page is left.
    InteractionCount { count: u32 },
    /// The user clicked, tapped or activated an element with the keyboard.
    Click(Click<'a>),
    /// The user is there: key, scroll.
    Activity,
    /// A key went down: after it the browser reports no more LCP candidates.
    KeyDown,
    /// Something went wrong in the page. `texts` ([`Texts`]): message, name, stack, the application's fingerprint,
    /// where it was handled, React's component stack; then message, name and stack of each error behind it.
    Error { texts: &'a str, facts: &'a [u8] },
    /// The user scrolled, typed or selected text.
    Reacted,
    /// The application reported a duration or a step of an operation.
    CustomVital { name: &'a str, facts: &'a [u8] },
    /// The application reported an action.
    CustomAction { name: &'a str, facts: &'a [u8] },
    /// The page is busy: its DOM changed (`duration_ms` 0), or a resource came that took so long to load. Told
    /// only while somebody waits for the page to be quiet.
    Busy { duration_ms: f64 },
    /// The load event has ended, at `at`; carries the document's timings, fields of a `ViewEvent`.
    DocumentLoaded { facts: &'a [u8] },
    /// A view begins at `url`, by a route change or by the application; without `is_new` that is where the view
    /// of the moment is. `labels` are fields of a `ViewContext`: name, service, version.
    ViewChanged { url: &'a str, labels: &'a [u8], is_new: bool },
    /// A moment of the view: a custom timing, or another state of the page's life. `moment` is the field it is
    /// for and the value, `after_ms` when it was since the view began, where that is not told by `at`.
    Noted { moment: &'a [u8], after_ms: Option<f64> },
    /// The application says that the view is loaded.
    ViewLoaded,
    /// The scroll position, the heights of viewport and page, CSS pixels.
    Scrolled { top: f64, viewport_height: f64, height: f64 },
    /// A `fetch` or `XMLHttpRequest` began.
    RequestStarted,
    /// It ended, after so long.
    RequestEnded { duration_ms: f64 },
    /// A script ran in the long task that is told next; `facts` are fields of a `LongTaskScript`.
    LongTaskScript { source_url: &'a str, invoker: &'a str, facts: &'a [u8] },
    /// The main thread was blocked; `facts` are fields of a `LongTaskEvent`.
    LongTask { facts: &'a [u8] },
    /// A request or a resource of the page failed; status 0 means that there was no answer. `texts` ([`Texts`]):
    /// URL, method, and what failed (`request`, or the tag that wanted it).
    RequestFailed { texts: &'a str, status: u32 },
    /// The page loaded something, or an application says it did. One that is `discarded` is told for its trace
    /// only. `facts` are fields of a `ResourceEvent`.
    Resource { url: &'a str, discarded: bool, facts: &'a [u8] },
    /// User, account, context or feature flags changed ([`crate::track::view::Shared`]).
    Shared { facts: &'a [u8], flags: &'a str, flag_kinds: u32 },
    /// Another page of the site stored a session, or erased it.
    SessionStored(Session),
    /// The application ended the session; activity begins another.
    SessionStopped,
    /// The view that was there at the signal's time is recorded for replay, or no longer; `facts` are what its state says
    /// of the recording.
    Replayed { has_replay: bool, facts: &'a [u8] },
    /// Batches kept for the next visit (`js-loader/src/offline-queue.ts`) were given up.
    Lost { events: u32 },
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

/// A click as the adapter described it. `facts` here and below are fields of the event that an adapter wrote
/// (`js-loader/src/encode.ts`) because it alone knows them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Click<'a> {
    /// Where, CSS pixels from the left of the viewport.
    pub x: f64,
    /// CSS pixels from the top.
    pub y: f64,
    /// Sum of the [`rum_protocol::Frustration`]s this click cannot be.
    pub ignored: u32,
    /// Whether the click before this one was on the same element.
    pub is_same_target: bool,
    /// Whether it was before the core was there.
    pub is_early: bool,
    /// Name, selector, position, size: fields of an `ActionEvent`.
    pub facts: &'a [u8],
}

/// Texts with U+0000 between them; what is not there is empty.
#[derive(Debug)]
pub struct Texts<'a>(pub &'a str);

impl<'a> Texts<'a> {
    /// The next of them.
    #[allow(clippy::should_implement_trait, reason = "it has no end: what is not there is empty")]
    pub fn next(&mut self) -> &'a str {
        let end = find(self.0, b"\0");
        let text = to(self.0, end);
        self.0 = from(self.0, end + 1);
        text
    }
}
