//! Uncaught errors and unhandled rejections. Anything can be thrown, hostile objects included, so every read
//! of a thrown value may fail and is allowed to.

use super::dispatch::{Dispatch, Listener, Source};
use crate::signal::RawError;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Window;

#[wasm_bindgen]
extern "C" {
    /// `ErrorEvent`, `PromiseRejectionEvent` or a thrown value: whatever may have these fields.
    type Fault;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn error(this: &Fault) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn reason(this: &Fault) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn name(this: &Fault) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn message(this: &Fault) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn stack(this: &Fault) -> Result<JsValue, JsValue>;

    /// The global `String(value)`: never JSON, which would carry the fields of a thrown object along.
    #[wasm_bindgen(js_name = String, catch)]
    fn to_text(value: &JsValue) -> Result<String, JsValue>;
}

/// Listens beside `window.onerror`, so that a page which assigns it later does not cut us off. Handlers
/// neither cancel the event nor touch the promise: the page's own still run.
pub(crate) fn listen(window: &Window, dispatch: &Dispatch) -> Vec<Listener> {
    vec![
        dispatch.listen(window, "error", Source::Error),
        dispatch.listen(window, "unhandledrejection", Source::Rejection),
    ]
}

/// What an `error` event tells; `None` for one without message: a resource that failed to load.
pub(crate) fn of_error_event(event: &JsValue) -> Option<RawError> {
    let event: &Fault = wasm_bindgen::JsCast::unchecked_ref(event);
    let message = text(event.message())?;
    match event.error() {
        Ok(error) if error.is_object() => Some(describe(&error)),
        // A thrown value that is no object, or another origin's error, of which browsers tell no more.
        _ => Some(RawError { message, ..RawError::default() }),
    }
}

/// What an `unhandledrejection` event tells.
pub(crate) fn of_rejection(event: &JsValue) -> Option<RawError> {
    let event: &Fault = wasm_bindgen::JsCast::unchecked_ref(event);
    event.reason().ok().map(|reason| describe(&reason))
}

/// What a thrown value tells.
pub(crate) fn describe(thrown: &JsValue) -> RawError {
    if !thrown.is_object() {
        let mut message = String::from("Uncaught ");
        message.push_str(&to_text(thrown).unwrap_or_default());
        return RawError { message, ..RawError::default() };
    }
    let fault: &Fault = wasm_bindgen::JsCast::unchecked_ref(thrown);
    RawError {
        name: text(fault.name()),
        message: text(fault.message()).unwrap_or_else(|| to_text(thrown).unwrap_or_default()),
        stack: text(fault.stack()),
        ..RawError::default()
    }
}

fn text(value: Result<JsValue, JsValue>) -> Option<String> {
    value.ok()?.as_string()
}
