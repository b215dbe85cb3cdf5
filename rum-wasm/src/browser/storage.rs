//! The session in `localStorage`: shared by the site's tabs, written only when it changed, never polled.

use web_sys::{Storage, Window};

const KEY: &str = "rum_session";

/// Absent where the page may not use storage.
fn storage(window: &Window) -> Option<Storage> {
    window.local_storage().ok().flatten()
}

/// What was stored last.
pub(crate) fn read(window: &Window) -> Option<String> {
    storage(window)?.get_item(KEY).ok().flatten()
}

/// Stores the session. A full or forbidden storage is no fault: the session then lives as long as the page.
pub(crate) fn write(window: &Window, text: &str) {
    if let Some(storage) = storage(window) {
        let _ = storage.set_item(KEY, text);
    }
}

/// Removes what was stored.
pub(crate) fn erase(window: &Window) {
    if let Some(storage) = storage(window) {
        let _ = storage.remove_item(KEY);
    }
}
