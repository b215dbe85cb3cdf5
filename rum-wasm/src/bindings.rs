//! The whole JavaScript surface: the only items exported to `js-loader/src/boundary.ts`.
//!
//! Few calls with plain values: numbers cross for 5 ns, strings for 25 ns and more, so what carries nothing but
//! numbers goes through one export. Every call answers the page time at which the engine wants to be woken.

use crate::assemble::PageFacts;
use crate::config::Config;
use crate::engine::{Effect, Engine, Start};
use crate::signal::{ClickTarget, PageTime, RawError, Signal, SignalKind};
use alloc::string::String;
use core::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// What the engine may ask of the browser; `js-loader/src/sdk.ts` provides it.
    pub type Host;
    /// `performance.now()`.
    #[wasm_bindgen(method, structural)]
    fn now(this: &Host) -> f64;
    /// Posts an encoded batch. `body` is a view of the module's memory and must be copied before it returns.
    #[wasm_bindgen(method, structural)]
    fn post(this: &Host, slot: u32, body: &[u8], at_exit: bool);
    /// Stores the session for the site's other pages.
    #[wasm_bindgen(method, structural)]
    fn store(this: &Host, session: &str);
    /// Tells the developer.
    #[wasm_bindgen(method, structural)]
    fn warn(this: &Host, text: &str);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_random(bytes: &mut [u8]);

    /// The options as `js-loader/src/options.ts` checked them, and facts about the page from
    /// `js-loader/src/browser/page.ts`.
    pub type Setup;
    #[wasm_bindgen(method, getter, structural, js_name = applicationId)]
    fn application_id(this: &Setup) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn service(this: &Setup) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn env(this: &Setup) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn version(this: &Setup) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = sessionSampleRate)]
    fn session_sample_rate(this: &Setup) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = timeOriginMs)]
    fn time_origin_ms(this: &Setup) -> f64;
    #[wasm_bindgen(method, getter, structural)]
    fn url(this: &Setup) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn referrer(this: &Setup) -> String;
    #[wasm_bindgen(method, getter, structural, js_name = activationStart)]
    fn activation_start(this: &Setup) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = firstHidden)]
    fn first_hidden(this: &Setup) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = storedSession)]
    fn stored_session(this: &Setup) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = viewportWidth)]
    fn viewport_width(this: &Setup) -> u32;
    #[wasm_bindgen(method, getter, structural, js_name = viewportHeight)]
    fn viewport_height(this: &Setup) -> u32;
    #[wasm_bindgen(method, getter, structural)]
    fn locale(this: &Setup) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = timeZone)]
    fn time_zone(this: &Setup) -> Option<String>;
}

/// The engine, as JavaScript holds it. Instants are page times, milliseconds.
#[wasm_bindgen]
pub struct Core {
    engine: RefCell<Engine>,
    host: Host,
}

#[wasm_bindgen]
impl Core {
    /// Begins session and view.
    #[wasm_bindgen(constructor)]
    pub fn new(setup: &Setup, host: Host) -> Self {
        let config = Config {
            application_id: setup.application_id(),
            service: setup.service(),
            env: setup.env(),
            version: setup.version(),
            session_sample_rate: setup.session_sample_rate() as f32,
        };
        let start = Start {
            time_origin_ms: setup.time_origin_ms(),
            now: host.now(),
            url: setup.url(),
            referrer: setup.referrer(),
            activation_start: setup.activation_start(),
            first_hidden: setup.first_hidden(),
            stored_session: setup.stored_session(),
            facts: PageFacts {
                viewport: Some((setup.viewport_width(), setup.viewport_height())),
                locale: setup.locale(),
                time_zone: setup.time_zone(),
            },
            random: random_bytes,
        };
        Self { engine: RefCell::new(Engine::new(config, start)), host }
    }

    /// A signal of numbers alone; `kind` is one of `js-loader/src/signal-kind.ts`.
    pub fn signal(&self, kind: u32, at: f64, first: f64, second: f64, third: f64) -> f64 {
        self.take(at, numeric(kind, first, second, third))
    }

    /// The user clicked, tapped or activated an element with the keyboard.
    #[allow(clippy::too_many_arguments, reason = "one call with plain values instead of a getter for each")]
    pub fn click(
        &self,
        at: f64,
        action_name: Option<String>,
        tag: String,
        id: String,
        role: Option<String>,
        x: f64,
        y: f64,
        width: f64,
        height: f64,
    ) -> f64 {
        let target = ClickTarget { action_name, tag, id, role, position: (x, y), size: (width, height) };
        self.take(at, SignalKind::Click(target))
    }

    /// An uncaught error, an unhandled rejection, or (`reported`) an error the application caught.
    pub fn error(
        &self,
        at: f64,
        message: String,
        name: Option<String>,
        stack: Option<String>,
        reported: bool,
        context_json: Option<String>,
    ) -> f64 {
        self.take(at, SignalKind::Error(RawError { name, message, stack, reported, context_json }))
    }

    /// The application reports an action.
    pub fn action(&self, at: f64, name: String, context_json: Option<String>) -> f64 {
        self.take(at, SignalKind::CustomAction { name, context_json })
    }

    /// The document's URL changed without a load.
    pub fn route(&self, at: f64, url: String) -> f64 {
        self.take(at, SignalKind::RouteChanged { url })
    }

    /// Gives the engine a signal, then does what it asks. The engine is not borrowed while the browser is
    /// called: a page's own `fetch` wrapper may call back into us.
    fn take(&self, at: PageTime, kind: SignalKind) -> f64 {
        let effects = self.engine.borrow_mut().handle(Signal { at, kind }, self.host.now());
        for effect in effects {
            match effect {
                Effect::Post(post) => self.host.post(post.slot, &post.body, post.at_exit),
                Effect::StoreSession(text) => self.host.store(&text),
                Effect::Warn(text) => self.host.warn(text),
            }
        }
        self.engine.borrow().next_wake().unwrap_or(PageTime::INFINITY)
    }
}

/// The signals that carry nothing but numbers. A number that is no signal means that glue and module are of
/// different builds; waking the engine is harmless.
fn numeric(kind: u32, first: f64, second: f64, third: f64) -> SignalKind {
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
        _ => SignalKind::Timer,
    }
}

fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_with_random(&mut bytes);
    bytes
}
