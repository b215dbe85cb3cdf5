//! The whole JavaScript surface: the only items exported to `js-loader/src/boundary.ts`.
//!
//! One call with plain values for everything: numbers cross for 5 ns and without glue, and each further export or
//! object that crosses costs some on both sides. Whatever is no number JavaScript writes into the module's memory
//! before the call ([`room`]). Several texts cross as one, with U+0000 between them; what an adapter knows for itself
//! crosses as encoded fields (`js-loader/src/encode.ts`). Every signal is answered with the page time at which the
//! engine wants to be woken.

#![allow(clippy::cast_possible_wrap, reason = "addresses and lengths of the module's 32-bit memory")]

use crate::batch::Recorded;
use crate::engine::{Effect, Engine, Start};
use crate::recorder::{Hook, Replaced};
use crate::session::Session;
use crate::signal::{Click, PageTime, Signal, SignalKind, Texts};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

// An instance of the SDK is a number here: an object would have to be kept in a table that both sides share.
// Bytes are told by where they are in the module's memory, and `host.js` reads them there: functions of
// numbers alone need no glue. (`i32` and `f64` are what wasm has; other types are converted, by glue.)
#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    /// `performance.now()`.
    fn now() -> f64;
    /// Tells something: `what` is an index into `Host.tell` in `js-loader/src/core.ts`. The bytes must be copied
    /// before it returns.
    fn tell(host: i32, what: i32, at: i32, len: i32, first: f64, second: f64, third: f64);
    /// Asks the application's hook about an event: its own fields, its view's and the shared ones. Answers how
    /// long the first of the three is that take their places; -1 if the event is to be dropped.
    fn look(
        host: i32,
        kind: i32,
        at_ms: f64,
        fields: i32,
        fields_len: i32,
        view: i32,
        view_len: i32,
        shared: i32,
        shared_len: i32,
    ) -> i32;
    /// Copies the first of what is left of that to where there is room for it; answers how long the next is.
    fn take(at: i32) -> i32;
    /// Fills 16 bytes.
    #[wasm_bindgen(js_name = fillWithRandom)]
    fn fill_with_random(at: i32);
}

/// What JavaScript hands over with its next call: texts, then what is encoded. It writes them here itself: whatever
/// else crosses is a number, which needs no glue.
static MESSAGE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The engines by the numbers of their hosts, both for as long as the page lives. One that is at work is not there: it
/// is not entered again, and a trap in it leaves the others as they are.
static ENGINES: Mutex<Vec<Option<&'static mut Engine>>> = Mutex::new(Vec::new());

/// Makes room for a message of `length` bytes; answers where it is.
#[wasm_bindgen]
pub fn room(length: i32) -> i32 {
    let message = vec![0; length as usize];
    let at = address(&message);
    *MESSAGE.lock() = message;
    at
}

/// Begins session and view of the next host. The message has `texts` bytes of texts, which are the document's URL,
/// its referrer and the query parameters that may be kept; then the id of the stored session as a field (zeros for
/// none), then the context.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments, reason = "one call with plain values instead of an object")]
pub fn start(
    texts: i32,
    time_origin_ms: f64,
    activation_start: f64,
    first_hidden: f64,
    session_sample_rate: f64,
    on_error_sample_rate: f64,
    stored_started_ms: f64,
    stored_active_ms: f64,
    stored_kept: i32,
    has_hook: i32,
) {
    let mut engines = ENGINES.lock();
    let message = take_message();
    let (mut texts, context) = split(&message, texts);
    let (session_id, context) = context.split_at_checked(2 + 16).unwrap_or_default();
    let stored_session = stored(session_id, stored_started_ms, stored_active_ms, stored_kept > 0);
    let start = Start {
        context: context.into(),
        session_sample_rate: session_sample_rate as f32,
        on_error_sample_rate: on_error_sample_rate as f32,
        time_origin_ms,
        now: now(),
        url: texts.next().into(),
        referrer: texts.next().into(),
        activation_start,
        first_hidden,
        stored_session,
        allowed_parameters: texts.next().into(),
        random: random_bytes,
        hook: (has_hook > 0).then_some(Hook { instance: engines.len() as i32, look: ask_hook }),
    };
    engines.push(Some(Box::leak(Box::new(Engine::new(start)))));
}

/// Gives an engine a signal (`kind` is one of `js-loader/src/core.ts`), whose texts and facts are the message; then
/// does what it asks. The engine is back in its place while the browser is called: a page's own `fetch` wrapper may
/// call back into us.
#[wasm_bindgen]
pub fn signal(host: i32, kind: i32, at: f64, first: f64, second: f64, third: f64, texts: i32) -> f64 {
    let message = take_message();
    let (texts, facts) = split(&message, texts);
    let kind = signal_of(kind, [first, second, third], texts, facts);
    let effects = with(host, |engine| engine.handle(Signal { at, kind }, now())).unwrap_or_default();
    for effect in effects {
        match effect {
            Effect::Post(post) => {
                let at_exit = f64::from(u8::from(post.at_exit));
                tell_bytes(host, 0, &post.body, [f64::from(post.slot), at_exit, f64::from(post.events)]);
            }
            Effect::StoreSession(session) => {
                let Session { started_ms, active_ms, is_kept, .. } = session;
                tell_bytes(host, 1, &session.id.0, [started_ms, active_ms, f64::from(u8::from(is_kept))]);
            }
            Effect::ViewBegan(view, url_bytes) => tell_bytes(host, 2, &view, [url_bytes as f64, 0.0, 0.0]),
            Effect::Warn(text) => tell_bytes(host, 3, text.as_bytes(), [0.0; 3]),
            Effect::Moment(at, kinds) => tell_bytes(host, 5, &[], [at, f64::from(kinds), 0.0]),
            Effect::WatchActivity(is_on) => tell_bytes(host, 4, &[], [f64::from(u8::from(is_on)), 0.0, 0.0]),
        }
    }
    with(host, |engine| engine.next_wake()).flatten().unwrap_or(PageTime::INFINITY)
}

/// Works with an engine, if it is there.
fn with<T>(host: i32, work: impl FnOnce(&mut Engine) -> T) -> Option<T> {
    let engine = ENGINES.lock().get_mut(host as usize)?.take()?;
    let answer = work(engine);
    *ENGINES.lock().get_mut(host as usize)? = Some(engine);
    Some(answer)
}

/// What a page of the site stored. The id comes as a field: its key and its length are a byte each.
fn stored(id_field: &[u8], started_ms: f64, active_ms: f64, is_kept: bool) -> Session {
    Session::stored(id_field.get(2..).unwrap_or_default(), started_ms, active_ms, is_kept)
}

fn take_message() -> Vec<u8> {
    core::mem::take(&mut *MESSAGE.lock())
}

/// The parts of a message that begins with so many bytes of texts.
fn split(message: &[u8], texts: i32) -> (Texts<'_>, &[u8]) {
    let (texts, encoded) = message.split_at_checked(texts as usize).unwrap_or_default();
    (Texts(core::str::from_utf8(texts).unwrap_or_default()), encoded)
}

fn tell_bytes(host: i32, what: i32, bytes: &[u8], [first, second, third]: [f64; 3]) {
    tell(host, what, address(bytes), bytes.len() as i32, first, second, third);
}

/// Where bytes are in the module's memory.
fn address(bytes: &[u8]) -> i32 {
    bytes.as_ptr() as i32
}

/// The signal of a number. One that is no signal means that glue and module are of different builds; waking
/// the engine is harmless.
fn signal_of<'a>(kind: i32, numbers: [f64; 3], mut texts: Texts<'a>, facts: &'a [u8]) -> SignalKind<'a> {
    let [first, second, third] = numbers;
    let all = texts.0;
    let mut text = || texts.next();
    match kind {
        0 => SignalKind::Loaded { response_start: Some(first).filter(|&start| start > 0.0) },
        1 => SignalKind::FirstContentfulPaint,
        2 => SignalKind::LargestContentfulPaint { interaction_id: first as u32, resource_url: text(), facts },
        3 => SignalKind::LayoutShift { value: first, facts },
        4 => SignalKind::EventTiming { interaction_id: first as u32, duration_ms: second, facts },
        5 => SignalKind::InteractionCount { count: first as u32 },
        6 => SignalKind::Activity,
        7 => SignalKind::KeyDown,
        8 => SignalKind::Hidden,
        9 => SignalKind::Left,
        10 => SignalKind::Restored { interaction_count: first as u32 },
        11 => SignalKind::RestoredPaint,
        12 => SignalKind::Answered {
            slot: first as u32,
            status: second as u16,
            retry_after_s: Some(third as u32),
        },
        13 => SignalKind::Stopped,
        15 => SignalKind::Click(Click {
            x: first,
            y: second,
            ignored: third as u32 & 7,
            is_same_target: third as u32 & 8 != 0,
            is_early: third as u32 & 16 != 0,
            facts,
        }),
        16 => SignalKind::Error { texts: all, facts },
        17 => SignalKind::CustomAction { name: text(), facts },
        20 => SignalKind::Busy { duration_ms: first },
        21 => SignalKind::DocumentLoaded { facts },
        22 => SignalKind::ViewChanged { url: text(), labels: facts, is_new: first > 0.0 },
        23 => SignalKind::Noted { moment: facts, after_ms: Some(first).filter(|&after_ms| after_ms >= 0.0) },
        24 => SignalKind::ViewLoaded,
        25 => SignalKind::Scrolled { top: first, viewport_height: second, height: third },
        40 => SignalKind::Reacted,
        41 => SignalKind::CustomVital { name: text(), facts },
        50 => SignalKind::RequestStarted,
        51 => SignalKind::RequestEnded { duration_ms: first },
        52 => SignalKind::RequestFailed { texts: all, status: first as u32 },
        53 => SignalKind::Resource { url: text(), discarded: first > 0.0, facts },
        60 => SignalKind::Shared { facts, flags: text(), flag_kinds: first as u32 },
        61 => SignalKind::SessionStored(stored(facts, first, second, third > 0.0)),
        62 => SignalKind::SessionStopped,
        63 => SignalKind::Lost { events: first as u32 },
        64 => SignalKind::Replayed { has_replay: first > 0.0, facts },
        70 => SignalKind::FirstInput { facts },
        71 => SignalKind::SoftNavigation { interaction_id: first as u32, start: second },
        72 => SignalKind::LongTaskScript { source_url: text(), invoker: text(), facts },
        73 => SignalKind::LongTask { facts },
        74 => SignalKind::Unobservable { shifts: first > 0.0, largest_paints: second > 0.0 },
        _ => SignalKind::Timer,
    }
}

fn ask_hook(host: i32, event: &Recorded<'_>) -> Option<Replaced> {
    let Recorded { kind, at_ms, fields, view, shared, .. } = *event;
    let [fields_len, view_len, shared_len] = [fields, view, shared].map(|bytes| bytes.len() as i32);
    let [fields, view, shared] = [fields, view, shared].map(address);
    let mut len =
        look(host, kind as i32, at_ms as f64, fields, fields_len, view, view_len, shared, shared_len);
    let is_kept = len >= 0;
    // Each taking answers how long the next part is.
    let mut next = || {
        let mut part = vec![0; len as usize];
        len = take(part.as_mut_ptr() as i32);
        part
    };
    is_kept.then(|| Replaced { fields: next(), view: next(), shared: next() })
}

fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_with_random(bytes.as_mut_ptr() as i32);
    bytes
}
