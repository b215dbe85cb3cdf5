//! Enums back from their numbers.

use super::model::{InteractionKind, Layer, PointerKind, PointerPhase, Role, SelectionState};

macro_rules! from_number {
    ($($type:ident: $($variant:ident),+;)+) => {$(
        impl $type {
            /// The one of this number.
            pub fn from_number(number: u32) -> Option<Self> {
                match number {
                    $(number if number == Self::$variant as u32 => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    )+};
}

from_number! {
    Role: NodeName, AttributeName, AttributeValue, Text, FormInput, Css, Url;
    InteractionKind: MouseUp, MouseDown, Click, ContextMenu, DoubleClick, Focus, Blur, TouchStart, TouchEnd;
    PointerPhase: Down, Up, Move;
    PointerKind: Mouse, Touch, Pen;
    SelectionState: Selected, Deselected, Indeterminate;
    Layer: None, Modal, Popover, Fullscreen;
}
