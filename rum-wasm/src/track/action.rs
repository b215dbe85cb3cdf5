//! Actions: what the user did, or the application reported as done.

use super::target_name;
use crate::signal::ClickTarget;
use alloc::string::String;
use rum_protocol::{ActionEvent, ActionType, Id, MAX_TEXT_BYTES, Point, Size, truncate};

/// A click, tap or keyboard activation.
pub fn click(id: Id, target: &ClickTarget) -> ActionEvent {
    let (mut name, name_source) = target_name::name(target);
    truncate(&mut name, MAX_TEXT_BYTES);
    let (width, height) = target.size;
    let (x, y) = target.position;
    ActionEvent {
        id,
        action_type: Some(ActionType::Click),
        name,
        name_source: Some(name_source),
        selector: Some(target_name::selector(target)),
        position: Some(Point { x: x as i32, y: y as i32 }),
        target_size: Some(Size { width: width as u32, height: height as u32 }),
        context_json: None,
    }
}

/// An action the application reported.
pub fn custom(id: Id, mut name: String, context_json: Option<String>) -> ActionEvent {
    truncate(&mut name, MAX_TEXT_BYTES);
    ActionEvent {
        id,
        action_type: Some(ActionType::Custom),
        name,
        name_source: None,
        selector: None,
        position: None,
        target_size: None,
        context_json,
    }
}
