//! The exports in a real browser: what JavaScript hands over leaves as the batch the collector reads.
//! `cargo xtask test --only wasm` runs it.

use crate::bindings::Core;
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
        const host = { posts: [], stored: '', tell: [
            (body) => host.posts.push([...body]),
            (id) => host.stored = id.join(),
            () => {}, () => {}, () => {},
        ] };
        return hosts.push(host) - 1;
    };
    export const lastPost = (hosts, host) => new Uint8Array(hosts[host].posts.at(-1) ?? []);
    export const lastStored = (hosts, host) => hosts[host].stored;
")]
extern "C" {
    #[wasm_bindgen(js_name = addHost)]
    fn add_host_to(hosts: &JsValue, module: &JsValue, memory: &JsValue) -> i32;
    #[wasm_bindgen(js_name = lastPost)]
    fn last_post_of(hosts: &JsValue, host: i32) -> Vec<u8>;
    #[wasm_bindgen(js_name = lastStored)]
    fn last_stored_of(hosts: &JsValue, host: i32) -> String;
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

const TIME_ORIGIN_MS: f64 = 1_795_000_000_000.0;
const ACTIVITY: u32 = 6;
const LEFT: u32 = 9;
const CLICK: u32 = 15;
const ERROR: u32 = 16;
const CUSTOM_ACTION: u32 = 17;

fn core(host: i32) -> Core {
    core_after(host, [0; 16], 0.0)
}

/// A core on a page whose site stored a session.
fn core_after(host: i32, session_id: [u8; 16], at_ms: f64) -> Core {
    let mut stored = crate::fields::Fields::default();
    stored.id(0, Id(session_id));
    let mut context = crate::fields::Fields::default();
    context.text(keys::context::SERVICE, "shop");
    context.text(keys::context::APPLICATION_ID, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    let texts = String::from("https://shop.example/claims?x=1\0\0");
    Core::new(
        host,
        texts,
        [stored.bytes(), context.bytes()].concat(),
        TIME_ORIGIN_MS,
        0.0,
        f64::INFINITY,
        100.0,
        0.0,
        at_ms,
        at_ms,
        0.0,
        0.0,
    )
}

fn tell(core: &Core, kind: u32, at: f64, texts: &str) -> f64 {
    let mut facts = crate::fields::Fields::default();
    if kind == CLICK {
        facts.text(keys::action_event::NAME, "Rezept einlösen ✓");
    }
    core.signal(kind, at, 0.0, 0.0, 0.0, String::from(texts), facts.bytes().to_vec())
}

#[wasm_bindgen_test]
fn what_javascript_tells_leaves_as_one_batch() {
    let host = add_host();
    let core = core(host);
    tell(&core, CLICK, 40.0, "");
    tell(&core, ERROR, 50.0, "naïve\0TypeError");
    let wake = tell(&core, CUSTOM_ACTION, 60.0, "paid");
    assert!(wake.is_finite());
    tell(&core, LEFT, 70.0, "");
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
}

#[wasm_bindgen_test]
fn ids_are_random_and_the_session_is_stored() {
    let hosts = [add_host(), add_host()];
    for host in hosts {
        tell(&core(host), ACTIVITY, 10.0, "");
    }
    let [first, second] = hosts.map(last_stored);
    assert_eq!(first.split(',').count(), 16, "{first}");
    assert_ne!(first, second);
}

#[wasm_bindgen_test]
fn the_stored_session_is_taken_up() {
    let host = add_host();
    let core = core_after(host, [7; 16], TIME_ORIGIN_MS);
    tell(&core, LEFT, 70.0, "");
    let batch: Batch = minicbor::decode(&last_post(host)).expect("a batch");
    assert_eq!(batch.context.session_id, Some(Id([7; 16])));
}
