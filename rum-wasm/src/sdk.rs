//! The composition root: wires adapters to the engine and owns every guard. Dropping it stops everything.

use crate::browser::dispatch::{Dispatch, Listener, Source};
use crate::browser::page::{self, Page, PageTransitionEvent};
use crate::browser::performance::{self, Observer};
use crate::browser::sender::{self, Sender};
use crate::browser::{error, input, navigation, storage};
use crate::config::Config;
use crate::engine::{Effect, Engine, Start};
use crate::signal::{PageTime, RawError, Signal, SignalKind};
use js_sys::Array;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

/// A running SDK.
pub(crate) struct Sdk {
    page: Page,
    engine: RefCell<Engine>,
    sender: Sender,
    pointer: input::Pointer,
    dispatch: Dispatch,
    timer: Cell<Option<Timer>>,
    observers: RefCell<Vec<Observer>>,
    listeners: RefCell<Vec<Listener>>,
}

#[derive(Clone, Copy)]
struct Timer {
    id: i32,
    wake: PageTime,
}

impl Sdk {
    /// Starts the SDK. `early` holds the DOM events that happened before the core was there, in order.
    /// `None` where the page lacks what is needed.
    pub(crate) fn start(config: Config, early: &Array) -> Option<Rc<Self>> {
        let page = Page::new()?;
        let intake_url = config.intake_url.clone();
        let activation_start = performance::activation_start();
        let hidden_since_load = if page.is_hidden() { 0.0 } else { PageTime::INFINITY };
        let engine = Engine::new(
            config,
            Start {
                time_origin_ms: page.time_origin_ms,
                now: page.now(),
                url: page.url(),
                referrer: page.document.referrer(),
                activation_start,
                first_hidden: performance::first_hidden(activation_start).unwrap_or(hidden_since_load),
                stored_session: storage::read(&page.window),
                facts: page.facts(),
                random: page::random_bytes,
            },
        );
        let sdk = Rc::new_cyclic(|weak: &Weak<Self>| {
            let weak = weak.clone();
            let dispatch = Dispatch::new(move |source, key, value| {
                if let Some(sdk) = weak.upgrade() {
                    sdk.enter(source, key, &value);
                }
            });
            Self {
                page,
                engine: RefCell::new(engine),
                sender: Sender::new(intake_url),
                pointer: input::Pointer::default(),
                dispatch,
                timer: Cell::new(None),
                observers: RefCell::default(),
                listeners: RefCell::default(),
            }
        });
        sdk.listen();
        for event in page::items(early) {
            sdk.enter_early(&event);
        }
        if sdk.page.is_loaded() {
            sdk.loaded();
        }
        // Whoever loads a page is there; this also stores the session.
        sdk.signal(sdk.page.now(), SignalKind::Activity);
        Some(sdk)
    }

    fn listen(&self) {
        let window = &self.page.window;
        let mut listeners = error::listen(window, &self.dispatch);
        listeners.extend(input::listen(window, &self.dispatch));
        listeners.extend(navigation::listen(window, &self.dispatch));
        listeners.extend(self.page.listen(&self.dispatch));
        *self.listeners.borrow_mut() = listeners;
        *self.observers.borrow_mut() = performance::observe(&self.dispatch);
    }

    /// The application reports an action.
    pub(crate) fn add_action(&self, name: String, context_json: Option<String>, at: PageTime) {
        self.signal(at, SignalKind::CustomAction { name, context_json });
    }

    /// The application reports an error it caught.
    pub(crate) fn add_error(&self, thrown: &JsValue, context_json: Option<String>, at: PageTime) {
        let raw = RawError { reported: true, context_json, ..error::describe(thrown) };
        self.signal(at, SignalKind::Error(raw));
    }

    /// Ends the view, sends what there is, and lets go of the page. With `erase`, what waits is not sent and
    /// what was stored is removed: consent was withdrawn.
    pub(crate) fn stop(&self, erase: bool) {
        if erase {
            storage::erase(&self.page.window);
        } else {
            self.take_undelivered();
            self.sender.hurry(&self.page.window, &self.dispatch);
            self.signal(self.page.now(), SignalKind::Stopped);
        }
        self.set_timer(None);
        self.observers.borrow_mut().clear();
        self.listeners.borrow_mut().clear();
    }

    /// An early DOM event takes the way it would have taken.
    fn enter_early(&self, event: &JsValue) {
        let source = match event.unchecked_ref::<Event>().type_().as_str() {
            "error" => Source::Error,
            "unhandledrejection" => Source::Rejection,
            "pointerdown" => Source::PointerDown,
            "click" => Source::Click,
            _ => return,
        };
        self.enter(source, 0, event);
    }

    fn enter(&self, source: Source, key: u32, value: &JsValue) {
        match source {
            Source::Error => self.error(value, error::of_error_event(value)),
            Source::Rejection => self.error(value, error::of_rejection(value)),
            Source::PointerDown => self.pointer.press(value.unchecked_ref()),
            Source::Click => {
                let event = value.unchecked_ref();
                let target = self.pointer.click(event);
                if let Some(target) = target {
                    self.signal(page::time_of(event), SignalKind::Click(target));
                }
            }
            Source::KeyDown => self.signal(page::time_of(value.unchecked_ref()), SignalKind::KeyDown),
            Source::Scroll => self.signal(page::time_of(value.unchecked_ref()), SignalKind::Activity),
            Source::VisibilityChange
            | Source::PageHide
            | Source::PageShow
            | Source::AnimationFrame
            | Source::Load => {
                self.life_cycle(source, key, value);
            }
            Source::Navigation => {
                self.count_interactions();
                self.signal(
                    page::time_of(value.unchecked_ref()),
                    SignalKind::RouteChanged { url: self.page.url() },
                );
            }
            Source::Paint | Source::LargestContentfulPaint | Source::LayoutShift | Source::EventTiming => {
                self.signals(performance::signals_of_list(source, value));
                if source == Source::EventTiming {
                    self.count_interactions();
                }
            }
            Source::Timer => {
                self.timer.set(None);
                self.signal(self.page.now(), SignalKind::Timer);
            }
            Source::Compressed | Source::NotCompressed => {
                let body = (source == Source::Compressed).then(|| value.unchecked_ref());
                self.sender.deflated(&self.page.window, &self.dispatch, key, body);
            }
            Source::Answered => {
                let (status, retry_after_s) = sender::answer(value.unchecked_ref());
                self.signal(self.page.now(), SignalKind::Answered { slot: key, status, retry_after_s });
            }
            Source::NotAnswered => {
                self.signal(
                    self.page.now(),
                    SignalKind::Answered { slot: key, status: 0, retry_after_s: None },
                );
            }
        }
    }

    fn life_cycle(&self, source: Source, key: u32, value: &JsValue) {
        let at = page::time_of(value.unchecked_ref());
        match source {
            Source::Load => self.loaded(),
            Source::VisibilityChange if self.page.is_hidden() => {
                self.take_undelivered();
                self.sender.hurry(&self.page.window, &self.dispatch);
                self.signal(at, SignalKind::Hidden);
            }
            Source::PageHide => {
                self.take_undelivered();
                self.sender.hurry(&self.page.window, &self.dispatch);
                self.signal(at, SignalKind::Left);
            }
            Source::PageShow if value.unchecked_ref::<PageTransitionEvent>().persisted() => {
                let interaction_count = performance::interaction_count();
                self.signal(at, SignalKind::Restored { interaction_count });
                self.request_frame(0);
            }
            // Two frames after the restore, what the first one drew is on the screen.
            Source::AnimationFrame if key == 0 => self.request_frame(1),
            Source::AnimationFrame => self.signal(self.page.now(), SignalKind::RestoredPaint),
            _ => {}
        }
    }

    fn request_frame(&self, key: u32) {
        let _ = self.page.window.request_animation_frame(&self.dispatch.bind(Source::AnimationFrame, key));
    }

    fn loaded(&self) {
        let response_start = performance::response_start(self.page.now());
        self.signal(0.0, SignalKind::Loaded { response_start });
    }

    fn error(&self, event: &JsValue, raw: Option<RawError>) {
        if let Some(raw) = raw {
            self.signal(page::time_of(event.unchecked_ref()), SignalKind::Error(raw));
        }
    }

    /// Entries that were observed but not delivered: after this the page may be gone.
    fn take_undelivered(&self) {
        self.signals(performance::signals_not_delivered(&self.observers.borrow()));
        self.count_interactions();
    }

    fn count_interactions(&self) {
        let count = performance::interaction_count();
        self.signal(self.page.now(), SignalKind::InteractionCount { count });
    }

    fn signals(&self, signals: Vec<Signal>) {
        for Signal { at, kind } in signals {
            self.signal(at, kind);
        }
    }

    /// Gives the engine a signal, then does what it asks. The engine calls nothing of the browser, so it is
    /// never entered twice.
    fn signal(&self, at: PageTime, kind: SignalKind) {
        let effects = self.engine.borrow_mut().handle(Signal { at, kind }, self.page.now());
        for effect in effects {
            match effect {
                Effect::Post(post) => self.sender.send(&self.page.window, &self.dispatch, post),
                Effect::StoreSession(text) => storage::write(&self.page.window, &text),
                Effect::Warn(text) => page::warn(text),
            }
        }
        let wake = self.engine.borrow().next_wake();
        self.set_timer(wake);
    }

    /// Keeps one timer, for the next time the engine wants to be woken.
    fn set_timer(&self, wake: Option<PageTime>) {
        if let Some(timer) = self.timer.get() {
            if Some(timer.wake) == wake {
                return;
            }
            self.page.window.clear_timeout_with_handle(timer.id);
            self.timer.set(None);
        }
        if let Some(wake) = wake {
            let delay_ms = (wake - self.page.now()).max(0.0).ceil() as i32;
            let function = self.dispatch.bind(Source::Timer, 0);
            let id =
                self.page.window.set_timeout_with_callback_and_timeout_and_arguments_0(&function, delay_ms);
            self.timer.set(id.ok().map(|id| Timer { id, wake }));
        }
    }
}
