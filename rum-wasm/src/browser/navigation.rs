//! Route changes: the URL of the document changes without a load. The Navigation API tells them without
//! patching `history`, so the page's own functions stay what they were.

use super::dispatch::{Dispatch, Listener, Source};
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, Window};

/// Listens for route changes. A browser without the Navigation API (Safari before 26.2, Firefox before 147)
/// tells only of back, forward and hash changes here, not of `pushState`.
pub(crate) fn listen(window: &Window, dispatch: &Dispatch) -> Vec<Listener> {
    let navigation = Reflect::get(window, &"navigation".into()).ok();
    match navigation.and_then(|value| value.dyn_into::<EventTarget>().ok()) {
        Some(navigation) => vec![dispatch.listen(&navigation, "currententrychange", Source::Navigation)],
        None => ["popstate", "hashchange"]
            .into_iter()
            .map(|event| dispatch.listen(window, event, Source::Navigation))
            .collect(),
    }
}
