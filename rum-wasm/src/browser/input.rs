//! Pointer, click and key events. Of a clicked element only what developers wrote is read, never its text.

use super::dispatch::{Dispatch, Listener, Source};
use crate::signal::ClickTarget;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent, Window};

/// What a click inside means: a `span` in a `button` stands for the button.
const INTERACTIVE: &str =
    "a,button,input,select,textarea,label,summary,option,[role],[data-rum-action-name],[data-dd-action-name]";
const NAMED: &str = "[data-rum-action-name],[data-dd-action-name]";
const HIDDEN: &str = "[data-rum-privacy=hidden],[data-dd-privacy=hidden]";

/// Listens for input. Nothing here can cancel or delay the page's own handlers.
pub(crate) fn listen(window: &Window, dispatch: &Dispatch) -> Vec<Listener> {
    [
        ("pointerdown", Source::PointerDown),
        ("click", Source::Click),
        ("keydown", Source::KeyDown),
        ("scroll", Source::Scroll),
    ]
    .into_iter()
    .map(|(event, source)| dispatch.listen(window, event, source))
    .collect()
}

/// Tells clicks from what only looks like one.
#[derive(Default)]
pub(crate) struct Pointer {
    pressed: Cell<Option<Element>>,
}

impl Pointer {
    /// A pointer went down.
    pub(crate) fn press(&self, event: &Event) {
        self.pressed.set(element(event));
    }

    /// What was clicked, if it was: scripted clicks are not the user's, and a press on one element released on
    /// another is reported on their common ancestor and is no click.
    pub(crate) fn click(&self, event: &Event) -> Option<ClickTarget> {
        let pressed = self.pressed.take();
        let element = element(event)?;
        let event: &MouseEvent = event.unchecked_ref();
        let by_pointer = event.detail() > 0;
        if !event.is_trusted() || (by_pointer && pressed.is_some_and(|pressed| pressed != element)) {
            return None;
        }
        if !by_pointer && event.client_x() != 0 {
            // A label hands its click on to its control: the same click a second time.
            return None;
        }
        describe(&element, event)
    }
}

fn element(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn describe(clicked: &Element, event: &MouseEvent) -> Option<ClickTarget> {
    let closest = |selector| clicked.closest(selector).ok().flatten();
    if closest(HIDDEN).is_some() {
        return None;
    }
    let element = closest(INTERACTIVE).unwrap_or_else(|| clicked.clone());
    let action_name = closest(NAMED).and_then(|named| {
        named.get_attribute("data-rum-action-name").or_else(|| named.get_attribute("data-dd-action-name"))
    });
    let rect = element.get_bounding_client_rect();
    Some(ClickTarget {
        action_name,
        tag: element.tag_name().to_ascii_lowercase(),
        id: element.id(),
        role: element.get_attribute("role"),
        position: (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()),
        size: (rect.width(), rect.height()),
    })
}
