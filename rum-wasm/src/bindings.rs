//! The whole JavaScript surface: the only items exported to `js-loader/src/boundary.ts`.
//!
//! One call with plain values for everything: numbers cross for 5 ns, strings for 25 ns and more, and each
//! further export or object that crosses costs glue on both sides. Several texts cross as one, with U+0000
//! between them; what an adapter knows for itself crosses as encoded fields (`js-loader/src/encode.ts`). Every
//! call answers the page time at which the engine wants to be woken.

#![allow(clippy::cast_possible_wrap, reason = "addresses and lengths of the module's 32-bit memory")]
#![allow(clippy::needless_pass_by_value, reason = "what JavaScript hands over is the callee's")]

use crate::batch::Recorded;
use crate::engine::{Effect, Engine, Start};
use crate::recorder::{Hook, Replaced};
use crate::session::Session;
use crate::signal::{Click, PageTime, Signal, SignalKind, Texts};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
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

/// The engine, as JavaScript holds it. Instants are page times, milliseconds.
#[wasm_bindgen]
pub struct Core {
    engine: RefCell<Engine>,
    host: i32,
}

#[wasm_bindgen]
impl Core {
    /// Begins session and view. `texts` are the document's URL, its referrer and the query parameters that may be
    /// kept; the first field before the context is the id of the stored session (zeros for none).
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, reason = "one call with plain values instead of an object")]
    pub fn new(
        host: i32,
        texts: String,
        context: Vec<u8>,
        time_origin_ms: f64,
        activation_start: f64,
        first_hidden: f64,
        session_sample_rate: f64,
        on_error_sample_rate: f64,
        stored_started_ms: f64,
        stored_active_ms: f64,
        stored_kept: f64,
        has_hook: f64,
    ) -> Self {
        let mut texts = Texts(&texts);
        // Key and length of the id are a byte each.
        let (session_id, context) = context.split_at_checked(18).unwrap_or_default();
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
            stored_session: Session::stored(
                session_id.get(2..).unwrap_or_default(),
                stored_started_ms,
                stored_active_ms,
                stored_kept > 0.0,
            ),
            allowed_parameters: texts.next().into(),
            random: random_bytes,
            hook: (has_hook > 0.0).then_some(Hook { instance: host, look: ask_hook }),
        };
        Self { engine: RefCell::new(Engine::new(start)), host }
    }

    /// Gives the engine a signal (`kind` is one of `js-loader/src/core.ts`), then does what it asks. The engine
    /// is not borrowed while the browser is called: a page's own `fetch` wrapper may call back into us.
    #[allow(clippy::too_many_arguments, reason = "one call with plain values instead of an object")]
    pub fn signal(
        &self,
        kind: u32,
        at: f64,
        first: f64,
        second: f64,
        third: f64,
        texts: String,
        facts: Vec<u8>,
    ) -> f64 {
        let kind = signal_of(kind, [first, second, third], &texts, &facts);
        let effects = self.engine.borrow_mut().handle(Signal { at, kind }, now());
        for effect in effects {
            match effect {
                Effect::Post(post) => {
                    self.tell(0, &post.body, [f64::from(post.slot), f64::from(u8::from(post.at_exit)), 0.0]);
                }
                Effect::StoreSession(session) => {
                    let Session { started_ms, active_ms, is_kept, .. } = session;
                    self.tell(1, &session.id.0, [started_ms, active_ms, f64::from(u8::from(is_kept))]);
                }
                Effect::ViewBegan(view, url_bytes) => self.tell(2, &view, [url_bytes as f64, 0.0, 0.0]),
                Effect::Warn(text) => self.tell(3, text.as_bytes(), [0.0; 3]),
                Effect::WatchActivity(is_on) => self.tell(4, &[], [f64::from(u8::from(is_on)), 0.0, 0.0]),
            }
        }
        self.engine.borrow().next_wake().unwrap_or(PageTime::INFINITY)
    }
}

impl Core {
    fn tell(&self, what: i32, bytes: &[u8], [first, second, third]: [f64; 3]) {
        tell(self.host, what, address(bytes), bytes.len() as i32, first, second, third);
    }
}

/// Where bytes are in the module's memory.
fn address(bytes: &[u8]) -> i32 {
    bytes.as_ptr() as i32
}

/// The signal of a number. One that is no signal means that glue and module are of different builds; waking
/// the engine is harmless.
fn signal_of<'a>(kind: u32, numbers: [f64; 3], texts: &'a str, facts: &'a [u8]) -> SignalKind<'a> {
    let [first, second, third] = numbers;
    let mut rest = Texts(texts);
    let mut text = || rest.next();
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
        16 => SignalKind::Error { texts, facts },
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
        52 => SignalKind::RequestFailed { texts, status: first as u32 },
        53 => SignalKind::Resource { url: text(), discarded: first > 0.0, facts },
        60 => SignalKind::Shared { facts, flags: text(), flag_kinds: first as u32 },
        61 => SignalKind::SessionStored(Session::stored(
            facts.get(2..).unwrap_or_default(),
            first,
            second,
            third > 0.0,
        )),
        62 => SignalKind::SessionStopped,
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
