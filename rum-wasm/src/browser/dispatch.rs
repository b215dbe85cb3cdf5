//! The one door from the browser into wasm. Each closure that wasm-bindgen makes costs 0.3 to 0.8 KB, and each
//! would need its own fence against traps; so there is one, and listeners, observers, timers and promises
//! are functions bound to it with the number of their [`Source`].

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

#[wasm_bindgen(module = "/src/browser/dispatch.js")]
extern "C" {
    fn fence(callback: &Function) -> Function;
    fn bound(door: &Function, source: u32, key: u32) -> Function;
}

/// Where a value that enters comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub(crate) enum Source {
    Error,
    Rejection,
    PointerDown,
    Click,
    KeyDown,
    Scroll,
    VisibilityChange,
    PageHide,
    PageShow,
    Load,
    Navigation,
    Paint,
    LargestContentfulPaint,
    LayoutShift,
    EventTiming,
    AnimationFrame,
    Timer,
    Compressed,
    NotCompressed,
    Answered,
    NotAnswered,
}

impl Source {
    const ALL: [Self; 21] = [
        Self::Error,
        Self::Rejection,
        Self::PointerDown,
        Self::Click,
        Self::KeyDown,
        Self::Scroll,
        Self::VisibilityChange,
        Self::PageHide,
        Self::PageShow,
        Self::Load,
        Self::Navigation,
        Self::Paint,
        Self::LargestContentfulPaint,
        Self::LayoutShift,
        Self::EventTiming,
        Self::AnimationFrame,
        Self::Timer,
        Self::Compressed,
        Self::NotCompressed,
        Self::Answered,
        Self::NotAnswered,
    ];

    fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

type Callback = dyn FnMut(u32, u32, JsValue);

/// The door. Dropping it makes every function bound to it inert.
pub(crate) struct Dispatch {
    door: Function,
    _callback: Closure<Callback>,
}

impl Dispatch {
    /// Opens the door: `enter` gets the source, the key it was bound with, and the value.
    pub(crate) fn new(mut enter: impl FnMut(Source, u32, JsValue) + 'static) -> Self {
        let callback = Closure::<Callback>::new(move |source: u32, key: u32, value: JsValue| {
            if let Some(source) = Source::from_number(source) {
                enter(source, key, value);
            }
        });
        Self { door: fence(callback.as_ref().unchecked_ref()), _callback: callback }
    }

    /// A function of one argument that enters as `source`; `key` tells apart what was asked for.
    pub(crate) fn bind(&self, source: Source, key: u32) -> Function {
        bound(&self.door, source as u32, key)
    }

    /// Listens in the capture phase, where the page cannot stop the event.
    pub(crate) fn listen(&self, target: &EventTarget, event: &'static str, source: Source) -> Listener {
        let listener = Listener { target: target.clone(), event, function: self.bind(source, 0) };
        // Fails only for a listener that is no function.
        let _ = target.add_event_listener_with_callback_and_bool(event, &listener.function, true);
        listener
    }
}

/// A guard: dropping it removes the listener.
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    function: Function,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback_and_bool(self.event, &self.function, true);
    }
}
