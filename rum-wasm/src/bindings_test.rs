//! The exports in a real browser: what JavaScript hands over leaves as the batch the collector reads.
//! `cargo xtask test --only wasm` runs it.

#![allow(clippy::cast_possible_wrap, reason = "lengths of the module's 32-bit memory")]

use crate::bindings::{room, signal, start};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys;
use rum_protocol::{Batch, EventKind, Id};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = hosts)]
    static HOSTS: JsValue;
    #[wasm_bindgen(thread_local_v2, js_name = module)]
    static MODULE: JsValue;
}

#[wasm_bindgen(inline_js = "
    export const addHost = (hosts, module, memory) => {
        module.memory = memory;
        const host = { posts: [], stored: '', moments: [], tell: [
            (body) => host.posts.push([...body]),
            (id) => host.stored = id.join(),
            () => {}, () => {}, () => {},
            (_, at) => host.moments.push(at),
        ] };
        return hosts.push(host) - 1;
    };
    export const fill = (memory, at, bytes) => new Uint8Array(memory.buffer).set(bytes, at);
    export const lastPost = (hosts, host) => new Uint8Array(hosts[host].posts.at(-1) ?? []);
    export const lastStored = (hosts, host) => hosts[host].stored;
    export const moments = (hosts, host) => new Float64Array(hosts[host].moments);
")]
extern "C" {
    #[wasm_bindgen(js_name = addHost)]
    fn add_host_to(hosts: &JsValue, module: &JsValue, memory: &JsValue) -> i32;
    #[wasm_bindgen(js_name = lastPost)]
    fn last_post_of(hosts: &JsValue, host: i32) -> Vec<u8>;
    #[wasm_bindgen(js_name = lastStored)]
    fn last_stored_of(hosts: &JsValue, host: i32) -> String;
    #[wasm_bindgen(js_name = moments)]
    fn moments_of(hosts: &JsValue, host: i32) -> Vec<f64>;
    fn fill(memory: &JsValue, at: i32, bytes: Vec<u8>);
}

fn add_host() -> i32 {
    HOSTS.with(|hosts| MODULE.with(|module| add_host_to(hosts, module, &wasm_bindgen::memory())))
}

fn last_post(host: i32) -> Vec<u8> {
    HOSTS.with(|hosts| last_post_of(hosts, host))
}

fn last_stored(host: i32) -> String {
    HOSTS.with(|hosts| last_stored_of(hosts, host))
}

fn moments(host: i32) -> Vec<f64> {
    HOSTS.with(|hosts| moments_of(hosts, host))
}

const TIME_ORIGIN_MS: f64 = 1_795_000_000_000.0;
const ACTIVITY: i32 = 6;
const LEFT: i32 = 9;
const CLICK: i32 = 15;
const ERROR: i32 = 16;
const CUSTOM_ACTION: i32 = 17;

/// As `handOver` in `js-loader/src/boundary.ts` does.
fn hand_over(texts: &str, encoded: &[u8]) -> i32 {
    let message = [texts.as_bytes(), encoded].concat();
    fill(&wasm_bindgen::memory(), room(message.len() as i32), message);
    texts.len() as i32
}

/// A host, and the engine of its number.
fn begin() -> i32 {
    begin_after([0; 16], 0.0)
}

/// On a page whose site stored a session.
fn begin_after(session_id: [u8; 16], at_ms: f64) -> i32 {
    let host = add_host();
    let mut stored = crate::fields::Fields::default();
    stored.id(0, Id(session_id));
    let mut context = crate::fields::Fields::default();
    context.text(keys::context::SERVICE, "shop");
    context.text(keys::context::APPLICATION_ID, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    let encoded = [stored.bytes(), context.bytes()].concat();
    let texts = hand_over("https://shop.example/claims?x=1\0\0", &encoded);
    start(texts, TIME_ORIGIN_MS, 0.0, f64::INFINITY, 100.0, 0.0, at_ms, at_ms, 0, 0);
    host
}

fn tell(host: i32, kind: i32, at: f64, texts: &str) -> f64 {
    let mut facts = crate::fields::Fields::default();
    if kind == CLICK {
        facts.text(keys::action_event::NAME, "Rezept einlösen ✓");
    }
    let texts = hand_over(texts, facts.bytes());
    signal(host, kind, at, 0.0, 0.0, 0.0, texts)
}

#[wasm_bindgen_test]
fn what_javascript_tells_leaves_as_one_batch() {
    let host = begin();
    tell(host, CLICK, 40.0, "");
    tell(host, ERROR, 50.0, "naïve\0TypeError");
    let wake = tell(host, CUSTOM_ACTION, 60.0, "paid");
    assert!(wake.is_finite());
    tell(host, LEFT, 70.0, "");
    let batch: Batch = minicbor::decode(&last_post(host)).expect("a batch");
    let [error, paid, click, view] = &batch.events[..] else { panic!("{} events", batch.events.len()) };
    assert!(matches!(&click.kind, EventKind::Action(action) if action.name == "Rezept einlösen ✓"));
    assert!(click.at_ms < error.at_ms);
    assert!(matches!(&error.kind, EventKind::Error(error)
        if error.message == "naïve" && error.error_type.as_deref() == Some("TypeError") && error.stack.is_none()));
    assert!(matches!(&paid.kind, EventKind::Action(action) if action.name == "paid"));
    assert!(matches!(&view.kind, EventKind::View(view)
        if view.action_count == Some(2) && view.error_count == Some(1)));
    assert_eq!(batch.views[0].url, "https://shop.example/claims");
    assert_eq!(batch.context.service.as_deref(), Some("shop"));
    // For the recording: the error, then the click whose error makes it a frustrated one.
    assert_eq!(moments(host), [50.0, 40.0]);
}

#[wasm_bindgen_test]
fn ids_are_random_and_the_session_is_stored() {
    let hosts = [begin(), begin()];
    for host in hosts {
        tell(host, ACTIVITY, 10.0, "");
    }
    let [first, second] = hosts.map(last_stored);
    assert_eq!(first.split(',').count(), 16, "{first}");
    assert_ne!(first, second);
}

#[wasm_bindgen_test]
fn the_stored_session_is_taken_up() {
    let host = begin_after([7; 16], TIME_ORIGIN_MS);
    tell(host, LEFT, 70.0, "");
    let batch: Batch = minicbor::decode(&last_post(host)).expect("a batch");
    assert_eq!(batch.context.session_id, Some(Id([7; 16])));
}
