//! The page itself: clock, life cycle, facts that do not change.

use super::dispatch::{Dispatch, Listener, Source};
use crate::assemble::PageFacts;
use crate::signal::PageTime;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Document, Event, Performance, VisibilityState, Window};

#[wasm_bindgen]
extern "C" {
    /// Not in web-sys: <https://html.spec.whatwg.org/#the-pagetransitionevent-interface>.
    pub(crate) type PageTransitionEvent;
    #[wasm_bindgen(method, getter, structural)]
    pub(crate) fn persisted(this: &PageTransitionEvent) -> bool;

    #[wasm_bindgen(js_namespace = Intl, js_name = DateTimeFormat)]
    fn date_time_format() -> JsValue;
    #[wasm_bindgen(extends = Object)]
    type DateTimeFormat;
    #[wasm_bindgen(method, structural, js_name = resolvedOptions)]
    fn resolved_options(this: &DateTimeFormat) -> JsValue;

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now_ms() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_random(bytes: &mut [u8]);
}

/// The window and what hangs on it.
pub(crate) struct Page {
    pub(crate) window: Window,
    pub(crate) document: Document,
    performance: Performance,
    /// Epoch time of page time 0, ms. Taken once: `performance.timeOrigin` drifts from the wall clock while a
    /// machine sleeps.
    pub(crate) time_origin_ms: f64,
}

impl Page {
    /// `None` where there is no window, document or performance clock.
    pub(crate) fn new() -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let performance = window.performance()?;
        let time_origin_ms = date_now_ms() - performance.now();
        Some(Self { window, document, performance, time_origin_ms })
    }

    /// Page time.
    pub(crate) fn now(&self) -> PageTime {
        self.performance.now()
    }

    /// The document's URL as it is now.
    pub(crate) fn url(&self) -> String {
        self.window.location().href().unwrap_or_default()
    }

    /// Whether the page can be seen.
    pub(crate) fn is_hidden(&self) -> bool {
        self.document.visibility_state() == VisibilityState::Hidden
    }

    /// Whether the document and its resources are loaded.
    pub(crate) fn is_loaded(&self) -> bool {
        self.document.ready_state() == "complete"
    }

    /// Facts for every batch.
    pub(crate) fn facts(&self) -> PageFacts {
        let pixels = |value: Result<JsValue, JsValue>| value.ok()?.as_f64();
        let viewport = pixels(self.window.inner_width()).zip(pixels(self.window.inner_height()));
        let options =
            wasm_bindgen::JsCast::unchecked_into::<DateTimeFormat>(date_time_format()).resolved_options();
        PageFacts {
            viewport: viewport.map(|(width, height)| (width as u32, height as u32)),
            locale: self.window.navigator().language(),
            time_zone: Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()),
        }
    }

    /// Page life cycle. In Chromium `pagehide` comes before the last `visibilitychange`.
    pub(crate) fn listen(&self, dispatch: &Dispatch) -> Vec<Listener> {
        vec![
            dispatch.listen(&self.document, "visibilitychange", Source::VisibilityChange),
            dispatch.listen(&self.window, "pagehide", Source::PageHide),
            dispatch.listen(&self.window, "pageshow", Source::PageShow),
            dispatch.listen(&self.window, "load", Source::Load),
        ]
    }
}

/// Tells the developer.
pub(crate) fn warn(text: &str) {
    let mut line = String::from("[rum-wasm] ");
    line.push_str(text);
    web_sys::console::warn_1(&line.into());
}

/// When a DOM event happened.
pub(crate) fn time_of(event: &Event) -> PageTime {
    event.time_stamp()
}

/// 16 random bytes.
pub(crate) fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_with_random(&mut bytes);
    bytes
}

/// The items of an array.
pub(crate) fn items(array: &Array) -> impl Iterator<Item = JsValue> + '_ {
    (0..array.length()).map(|index| array.get(index))
}
