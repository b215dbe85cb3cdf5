//! Performance entries as plain data.

use super::dispatch::{Dispatch, Source};
use super::page::items;
use crate::signal::{PageTime, Signal, SignalKind};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Any performance entry. web-sys has no `LayoutShift` or `PerformanceEventTiming`; the getters that an
    /// entry lacks read as NaN or false.
    type Entry;
    #[wasm_bindgen(method, getter, structural)]
    fn name(this: &Entry) -> String;
    #[wasm_bindgen(method, getter, structural, js_name = startTime)]
    fn start_time(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, structural)]
    fn duration(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = hadRecentInput)]
    fn had_recent_input(this: &Entry) -> bool;
    #[wasm_bindgen(method, getter, structural, js_name = interactionId)]
    fn interaction_id(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = responseStart)]
    fn response_start(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = activationStart)]
    fn activation_start(this: &Entry) -> f64;

    /// `web_sys::PerformanceObserver` has neither `type` nor `durationThreshold`.
    type PerformanceObserver;
    #[wasm_bindgen(constructor)]
    fn new(callback: &Function) -> PerformanceObserver;
    #[wasm_bindgen(method)]
    fn observe(this: &PerformanceObserver, options: &JsValue);
    #[wasm_bindgen(method, js_name = takeRecords)]
    fn take_records(this: &PerformanceObserver) -> Array;
    #[wasm_bindgen(method)]
    fn disconnect(this: &PerformanceObserver);
    #[wasm_bindgen(static_method_of = PerformanceObserver, getter, js_name = supportedEntryTypes)]
    fn supported_entry_types() -> Array;

    type EntryList;
    #[wasm_bindgen(method, js_name = getEntries)]
    fn get_entries(this: &EntryList) -> Array;

    type Performance;
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static PERFORMANCE: Performance;
    #[wasm_bindgen(method, getter, structural, js_name = interactionCount)]
    fn interaction_count(this: &Performance) -> f64;
    #[wasm_bindgen(method, js_name = getEntriesByType)]
    fn get_entries_by_type(this: &Performance, entry_type: &str) -> Array;
}

/// Event entries shorter than this are not worth a callback; an interaction that stays below it everywhere is
/// reported by its `first-input` entry. The figure is that of web-vitals.
const MIN_EVENT_DURATION_MS: f64 = 40.0;

/// What is observed, and as which source its entries enter.
const OBSERVED: [(Source, &[&str]); 4] = [
    (Source::Paint, &["paint"]),
    (Source::LargestContentfulPaint, &["largest-contentful-paint"]),
    (Source::LayoutShift, &["layout-shift"]),
    (Source::EventTiming, &["event", "first-input"]),
];

/// A guard: dropping it disconnects the observer.
pub(crate) struct Observer {
    source: Source,
    observer: PerformanceObserver,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Starts observing; entries from before the core was loaded come too (`buffered`).
pub(crate) fn observe(dispatch: &Dispatch) -> Vec<Observer> {
    let supported = PerformanceObserver::supported_entry_types();
    let mut observers = Vec::new();
    for (source, entry_types) in OBSERVED {
        let observer = PerformanceObserver::new(&dispatch.bind(source, 0));
        for &entry_type in entry_types {
            if supported.includes(&entry_type.into(), 0) {
                observer.observe(&options(entry_type));
            }
        }
        observers.push(Observer { source, observer });
    }
    observers
}

fn options(entry_type: &str) -> JsValue {
    let options = JsValue::from(js_sys::Object::new());
    for (key, value) in [
        ("type", JsValue::from(entry_type)),
        ("buffered", JsValue::TRUE),
        ("durationThreshold", JsValue::from(MIN_EVENT_DURATION_MS)),
    ] {
        // Fails only for a frozen object.
        let _ = Reflect::set(&options, &key.into(), &value);
    }
    options
}

/// Signals of what an observer's callback was given.
pub(crate) fn signals_of_list(source: Source, list: &JsValue) -> Vec<Signal> {
    signals(source, &list.unchecked_ref::<EntryList>().get_entries())
}

/// Signals of what was observed but not delivered yet: the page is being left.
pub(crate) fn signals_not_delivered(observers: &[Observer]) -> Vec<Signal> {
    observers
        .iter()
        .flat_map(|observer| signals(observer.source, &observer.observer.take_records()))
        .collect()
}

fn signals(source: Source, entries: &Array) -> Vec<Signal> {
    items(entries)
        .filter_map(|entry| {
            let entry: &Entry = entry.unchecked_ref();
            Some(Signal { at: entry.start_time(), kind: kind(source, entry)? })
        })
        .collect()
}

fn kind(source: Source, entry: &Entry) -> Option<SignalKind> {
    match source {
        Source::Paint if entry.name() == "first-contentful-paint" => Some(SignalKind::FirstContentfulPaint),
        Source::LargestContentfulPaint => Some(SignalKind::LargestContentfulPaint),
        Source::LayoutShift if !entry.had_recent_input() => {
            Some(SignalKind::LayoutShift { value: entry.value() })
        }
        Source::EventTiming => {
            // NaN (no such field) becomes 0: no interaction.
            let interaction_id = entry.interaction_id() as u32;
            let duration_ms = entry.duration();
            (interaction_id > 0).then_some(SignalKind::EventTiming { interaction_id, duration_ms })
        }
        _ => None,
    }
}

/// Interactions of the page so far; 0 where the browser does not count them.
pub(crate) fn interaction_count() -> u32 {
    PERFORMANCE.with(|performance| performance.interaction_count() as u32)
}

/// When a prerendered page was shown, else 0.
pub(crate) fn activation_start() -> PageTime {
    navigation_entry().map_or(0.0, |entry| entry.activation_start()).max(0.0)
}

/// When the first byte of the document came. Browsers report 0, or a time to come, for reasons of privacy or
/// by mistake: then there is none.
pub(crate) fn response_start(now: PageTime) -> Option<PageTime> {
    navigation_entry().map(|entry| entry.response_start()).filter(|&start| start > 0.0 && start < now)
}

fn navigation_entry() -> Option<Entry> {
    entries_by_type("navigation").next()
}

/// When the page was first hidden since it was activated, as far as the browser remembers.
pub(crate) fn first_hidden(activation_start: PageTime) -> Option<PageTime> {
    entries_by_type("visibility-state")
        .find(|entry| entry.start_time() >= activation_start && entry.name() == "hidden")
        .map(|entry| entry.start_time())
}

fn entries_by_type(entry_type: &str) -> impl Iterator<Item = Entry> {
    let entries = PERFORMANCE.with(|performance| performance.get_entries_by_type(entry_type));
    (0..entries.length()).map(move |index| entries.get(index).unchecked_into())
}
