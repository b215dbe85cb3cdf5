//! The whole JavaScript surface: the only items exported to `js-loader/src/boundary.ts`.

use crate::config::Config;
use crate::sdk::Sdk;
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// The options as `js-loader/src/options.ts` checked them.
    pub type CheckedOptions;
    #[wasm_bindgen(method, getter, structural, js_name = applicationId)]
    fn application_id(this: &CheckedOptions) -> String;
    #[wasm_bindgen(method, getter, structural, js_name = intakeUrl)]
    fn intake_url(this: &CheckedOptions) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn service(this: &CheckedOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn env(this: &CheckedOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn version(this: &CheckedOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = sessionSampleRate)]
    fn session_sample_rate(this: &CheckedOptions) -> f64;
    #[wasm_bindgen(method, getter, structural, js_name = trackUserInteractions)]
    fn track_user_interactions(this: &CheckedOptions) -> bool;
}

/// The running core, as the loader holds it.
#[wasm_bindgen]
pub struct Core {
    sdk: Option<Rc<Sdk>>,
}

#[wasm_bindgen]
impl Core {
    /// Starts monitoring the page. `early` holds DOM events that happened before, in order.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &CheckedOptions, early: &Array) -> Self {
        let config = Config {
            application_id: options.application_id(),
            intake_url: options.intake_url(),
            service: options.service(),
            env: options.env(),
            version: options.version(),
            session_sample_rate: options.session_sample_rate() as f32,
            track_user_interactions: options.track_user_interactions(),
        };
        Self { sdk: Sdk::start(config, early) }
    }

    /// The application reports an action that happened at page time `at` (ms).
    #[wasm_bindgen(js_name = addAction)]
    pub fn add_action(&self, name: String, context_json: Option<String>, at: f64) {
        if let Some(sdk) = &self.sdk {
            sdk.add_action(name, context_json, at);
        }
    }

    /// The application reports an error it caught at page time `at` (ms).
    #[wasm_bindgen(js_name = addError)]
    pub fn add_error(&self, thrown: &JsValue, context_json: Option<String>, at: f64) {
        if let Some(sdk) = &self.sdk {
            sdk.add_error(thrown, context_json, at);
        }
    }

    /// Stops; with `erase` nothing more is sent and nothing stays stored.
    pub fn stop(&mut self, erase: bool) {
        if let Some(sdk) = self.sdk.take() {
            sdk.stop(erase);
        }
    }
}
