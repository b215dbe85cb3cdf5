//! The exports in a real browser: what JavaScript hands over leaves as the batch the collector reads.
//! `cargo xtask test --only wasm` runs it.

use crate::bindings::{Core, Host, Setup};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{Batch, EventKind, Id};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
    export const setup = () => ({
        applicationId: '3fa85f64-5717-4562-b3fc-2c963f66afa6', service: 'shop', env: undefined, version: '1',
        sessionSampleRate: 100, timeOriginMs: Date.now() - performance.now(), url: location.href, referrer: '',
        activationStart: 0, firstHidden: Infinity, storedSession: undefined, viewportWidth: innerWidth,
        viewportHeight: innerHeight, locale: navigator.language,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    export const host = () => ({
        posts: [], texts: [], now: () => performance.now(),
        post(slot, body, atExit) { this.posts.push([...body]); this.atExit = atExit; },
        store(text) { this.texts.push(text); }, warn(text) { this.texts.push(text); },
    });
    export const lastPost = (host) => new Uint8Array(host.posts.at(-1) ?? []);
    export const lastText = (host) => host.texts.at(-1) ?? '';
    export const copy = (host) => host;
")]
extern "C" {
    fn setup() -> Setup;
    fn host() -> Host;
    #[wasm_bindgen(js_name = lastPost)]
    fn last_post(host: &Host) -> Vec<u8>;
    #[wasm_bindgen(js_name = lastText)]
    fn last_text(host: &Host) -> String;
    fn copy(host: &Host) -> Host;
}

const ACTIVITY: u32 = 6;
const LEFT: u32 = 9;

#[wasm_bindgen_test]
fn what_javascript_tells_leaves_as_one_batch() {
    let host = host();
    let core = Core::new(&setup(), copy(&host));
    core.click(
        40.0,
        Some("Rezept einlösen ✓".into()),
        "button".into(),
        "refill".into(),
        None,
        3.0,
        4.0,
        80.0,
        20.0,
    );
    core.error(50.0, "naïve".into(), Some("TypeError".into()), None, false, None);
    let wake = core.action(60.0, "paid".into(), Some("{\"n\":1}".into()));
    assert!(wake.is_finite());
    core.signal(LEFT, 70.0, 0.0, 0.0, 0.0);
    let batch: Batch = minicbor::decode(&last_post(&host)).expect("a batch");
    let [click, error, paid, view] = &batch.events[..] else { panic!("{} events", batch.events.len()) };
    assert!(matches!(&click.kind, EventKind::Action(action) if action.name == "Rezept einlösen ✓"));
    assert!(matches!(&error.kind, EventKind::Error(error) if error.message == "naïve"));
    assert!(
        matches!(&paid.kind, EventKind::Action(action) if action.context_json.as_deref() == Some("{\"n\":1}"))
    );
    assert!(matches!(&view.kind, EventKind::View(view) if view.action_count == 2 && view.error_count == 1));
    assert!(batch.context.viewport.is_some_and(|size| size.width > 0) && batch.context.time_zone.is_some());
}

#[wasm_bindgen_test]
fn ids_are_random_and_the_session_is_stored() {
    let (first, second) = (host(), host());
    let cores = [Core::new(&setup(), copy(&first)), Core::new(&setup(), copy(&second))];
    for core in &cores {
        core.signal(ACTIVITY, 10.0, 0.0, 0.0, 0.0);
    }
    let session = |host: &Host| last_text(host).get(..36).and_then(Id::parse).expect("a session id");
    assert_ne!(session(&first), session(&second));
}
