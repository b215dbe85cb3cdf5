//! The whole JavaScript surface: the only items exported to `js-loader/src/boundary.ts`.
//!
//! One call with plain values for everything: numbers cross for 5 ns, strings for 25 ns and more, and each
//! further export or object that crosses costs glue on both sides. Several texts cross as one, with U+0000
//! between them; what an adapter knows for itself crosses as encoded fields (`js-loader/src/encode.ts`). Every
//! call answers the page time at which the engine wants to be woken.

use crate::batch::Recorded;
use crate::engine::{Effect, Engine, Start};
use crate::recorder::{Hook, Replaced};
use crate::signal::{ClickTarget, PageTime, RawError, Signal, SignalKind};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

// An instance of the SDK is a number here: an object would have to be kept in a table that both sides share.
#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    /// `performance.now()`.
    fn now() -> f64;
    /// Posts an encoded batch. `body` is a view of the module's memory and must be copied before it returns.
    fn post(host: u32, slot: u32, body: &[u8], at_exit: bool);
    /// Tells something: `what` is one of `Told` in `js-loader/src/core.ts`.
    fn tell(host: u32, what: u32, text: &str);
    /// Asks the application's hook. Answers the lengths of the fields and of the view's (4 bytes each, little
    /// endian), then these and the shared ones; nothing for an event to be dropped.
    fn look(host: u32, kind: u32, at_ms: f64, fields: &[u8], view: &[u8], shared: &[u8]) -> Vec<u8>;
    #[wasm_bindgen(js_name = fillWithRandom)]
    fn fill_with_random(bytes: &mut [u8]);
}

/// The engine, as JavaScript holds it. Instants are page times, milliseconds.
#[wasm_bindgen]
pub struct Core {
    engine: RefCell<Engine>,
    host: u32,
}

#[wasm_bindgen]
impl Core {
    /// Begins session and view. `texts` are the document's URL, its referrer, the stored session
    /// and the id for a new one.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, reason = "one call with plain values instead of an object")]
    pub fn new(
        host: u32,
        texts: String,
        context: Vec<u8>,
        time_origin_ms: f64,
        activation_start: f64,
        first_hidden: f64,
        session_sample_rate: f64,
        on_error_sample_rate: f64,
        has_hook: bool,
    ) -> Self {
        let mut texts = Texts(&texts);
        let start = Start {
            context,
            session_sample_rate: session_sample_rate as f32,
            on_error_sample_rate: on_error_sample_rate as f32,
            time_origin_ms,
            now: now(),
            url: texts.next(),
            referrer: texts.next(),
            activation_start,
            first_hidden,
            stored_session: texts.next(),
            new_session_id: texts.next(),
            random: random_bytes,
            hook: has_hook.then_some(Hook { instance: host, look: ask_hook }),
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
        let kind = signal_of(kind, [first, second, third], Texts(&texts), facts);
        let effects = self.engine.borrow_mut().handle(Signal { at, kind }, now());
        for effect in effects {
            match effect {
                Effect::Post(letter) => post(self.host, letter.slot, &letter.body, letter.at_exit),
                Effect::Warn(text) => tell(self.host, 0, text),
                Effect::StoreSession(text) => tell(self.host, 1, &text),
                Effect::ViewBegan => tell(self.host, 2, ""),
                Effect::Answer(text) => tell(self.host, 3, &text),
            }
        }
        self.engine.borrow().next_wake().unwrap_or(PageTime::INFINITY)
    }
}

/// The signal of a number. One that is no signal means that glue and module are of different builds; waking
/// the engine is harmless.
fn signal_of(kind: u32, numbers: [f64; 3], mut texts: Texts<'_>, facts: Vec<u8>) -> SignalKind {
    let [first, second, third] = numbers;
    match kind {
        0 => SignalKind::Loaded { response_start: Some(first).filter(|&start| start > 0.0) },
        1 => SignalKind::FirstContentfulPaint,
        2 => SignalKind::LargestContentfulPaint,
        3 => SignalKind::LayoutShift { value: first },
        4 => SignalKind::EventTiming { interaction_id: first as u32, duration_ms: second },
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
        15 => SignalKind::Click(ClickTarget {
            action_name: texts.next(),
            tag: texts.next(),
            id: texts.next(),
            role: texts.next(),
            facts,
        }),
        16 => SignalKind::Error(RawError {
            message: texts.next(),
            name: texts.next(),
            stack: texts.next(),
            facts,
        }),
        17 => SignalKind::CustomAction { name: texts.next(), facts },
        18 => SignalKind::RouteChanged { url: texts.next() },
        20 => SignalKind::Busy { duration_ms: first },
        50 => SignalKind::RequestStarted,
        51 => SignalKind::RequestEnded { duration_ms: first },
        53 => SignalKind::Resource { url: texts.next(), discarded: first > 0.0, facts },
        // The flags are the last of the fields, from a given byte on.
        60 => SignalKind::Shared {
            flags: facts.get(first as usize..).unwrap_or_default().into(),
            facts: facts.get(..first as usize).unwrap_or_default().into(),
            flag_kinds: second as u32,
        },
        61 => SignalKind::SessionStored { text: texts.next() },
        62 => SignalKind::SessionStopped,
        63 => SignalKind::Asked,
        _ => SignalKind::Timer,
    }
}

/// Texts with U+0000 between them; what is not there is empty.
struct Texts<'a>(&'a str);

impl Texts<'_> {
    fn next(&mut self) -> String {
        let end = self.0.bytes().position(|byte| byte == 0).unwrap_or(self.0.len());
        let text = String::from(self.0.get(..end).unwrap_or_default());
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        text
    }
}

fn ask_hook(host: u32, event: &Recorded<'_>) -> Option<Replaced> {
    let answer = look(host, event.kind, event.at_ms as f64, event.fields, event.view, event.shared);
    let (fields_bytes, rest) = answer.split_first_chunk()?;
    let (view_bytes, rest) = rest.split_first_chunk()?;
    let (fields, rest) = rest.split_at_checked(u32::from_le_bytes(*fields_bytes) as usize)?;
    let (view, shared) = rest.split_at_checked(u32::from_le_bytes(*view_bytes) as usize)?;
    Some(Replaced { fields: fields.into(), view: view.into(), shared: shared.into() })
}

fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_with_random(&mut bytes);
    bytes
}
