//! Positions and sizes, CSS pixels.

use minicbor::{Decode, Encode};

/// Width and height, CSS pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Size {
    /// CSS pixels.
    #[n(0)]
    pub width: u32,
    /// CSS pixels.
    #[n(1)]
    pub height: u32,
}

/// A position, CSS pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Point {
    /// CSS pixels from the left.
    #[n(0)]
    pub x: i32,
    /// CSS pixels from the top.
    #[n(1)]
    pub y: i32,
}

/// A box relative to the viewport, CSS pixels. Datadog's `_rect` fields.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Rect {
    /// CSS pixels from the left.
    #[n(0)]
    pub x: i32,
    /// CSS pixels from the top.
    #[n(1)]
    pub y: i32,
    /// CSS pixels.
    #[n(2)]
    pub width: u32,
    /// CSS pixels.
    #[n(3)]
    pub height: u32,
}
