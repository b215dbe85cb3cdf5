//! The layout of a block.
//!
//! ```text
//! block  = mask length{n} column{n}     mask: bit i, column i is there; n columns, in the order of their numbers
//! ```
//!
//! Values of one kind stand together in one column, in the order they are needed, which is what makes them
//! small for zlib: `OPS` tells what comes, and each of its bytes says from which columns to take what. Numbers are
//! varints of 32 bits (LEB128), signed ones zig-zag. Coordinates and numbers of nodes are differences to the one before
//! in the block, times to the record before or, in a block's first record, to the segment's start.
//!
//! A text is referred to by its number plus 2; 0 is the next new text, of the role the column is for, 1 the next new
//! text of the role that follows. Texts stand in a column for each role, and end with U+0000, which they cannot contain.

use super::model::{Insertion, NodeId, Role};
use alloc::vec::Vec;

/// Columns. Those of interactions come first: small blocks have small masks.
pub(super) const OPS: usize = 0;
pub(super) const TIME: usize = 1;
pub(super) const NODE: usize = 2;
pub(super) const X: usize = 3;
pub(super) const Y: usize = 4;
/// What is counted, measured or chosen elsewhere.
pub(super) const NUMBER: usize = 5;
/// Where a node is added; see [`at`].
pub(super) const INSERTION: usize = 6;
pub(super) const NAME: usize = 7;
/// How many attributes, sheets, texts or positions follow.
pub(super) const COUNT: usize = 8;
pub(super) const ATTRIBUTE: usize = 9;
pub(super) const VALUE: usize = 10;
pub(super) const TEXT: usize = 11;
pub(super) const RULE: usize = 12;
/// `f32`, bytes swapped: those of whole numbers are short then.
pub(super) const FLOAT: usize = 13;
/// Texts without a number: those of records that are not changes.
pub(super) const LITERAL: usize = 14;
/// Texts of the role r stand in column `TEXTS + r`.
pub(super) const TEXTS: usize = 14;
pub(super) const COLUMNS: usize = TEXTS + Role::Url as usize + 1;

/// A reference to the next new text of the column's role.
pub(super) const NEW: u32 = 0;
/// A reference to the next new text, of the role that follows.
pub(super) const NEW_OF_ROLE: u32 = 1;
/// Added to the number of a text that was defined before.
pub(super) const KNOWN: u32 = 2;

/// Kinds of insertion, in the lowest two bits of `INSERTION`.
pub(super) mod at {
    /// As last child of the node added just before, or of the one so many levels above it. Numbers of nodes would do, but
    /// the items of a list have the same place here, and ever greater distances to it there.
    pub(crate) const LEVELS_UP: u32 = 0;
    /// As last child of the node added so many nodes ago.
    pub(crate) const APPEND: u32 = 1;
    /// Before it.
    pub(crate) const BEFORE: u32 = 2;
    /// 0 after the node added just before, 1 at the root.
    pub(crate) const OTHER: u32 = 3;
}

/// Records and changes, in `OPS`.
pub(super) mod op {
    pub(crate) const META: u8 = 1;
    pub(crate) const FOCUS: u8 = 2;
    pub(crate) const BLUR: u8 = 3;
    /// Changes follow, up to `END`.
    pub(crate) const SNAPSHOT: u8 = 4;
    /// Changes follow, up to `END`.
    pub(crate) const CHANGES: u8 = 5;
    pub(crate) const VIEW_END: u8 = 6;
    pub(crate) const VISUAL_VIEWPORT: u8 = 7;
    pub(crate) const FRUSTRATION: u8 = 8;
    pub(crate) const POINTER_MOVES: u8 = 9;
    pub(crate) const TOUCH_MOVES: u8 = 10;
    pub(crate) const INTERACTION: u8 = 11;
    pub(crate) const SCROLLED: u8 = 12;
    pub(crate) const RESIZE: u8 = 13;
    pub(crate) const PLAYED: u8 = 14;
    pub(crate) const RULE_INSERTED: u8 = 15;
    pub(crate) const RULE_DELETED: u8 = 16;
    pub(crate) const POINTER: u8 = 17;
    pub(crate) const SELECTION: u8 = 18;

    pub(crate) const END: u8 = 32;
    /// Texts that no change tells in passing: their roles are in `NUMBER`.
    pub(crate) const STRINGS: u8 = 33;
    pub(crate) const ELEMENT: u8 = 34;
    pub(crate) const TEXT_NODE: u8 = 35;
    pub(crate) const DOC_TYPE: u8 = 36;
    pub(crate) const DOCUMENT: u8 = 37;
    pub(crate) const FRAGMENT: u8 = 38;
    pub(crate) const SHADOW_ROOT: u8 = 39;
    pub(crate) const CDATA: u8 = 40;
    pub(crate) const REMOVE: u8 = 41;
    pub(crate) const ATTRIBUTE: u8 = 42;
    pub(crate) const ATTRIBUTE_REMOVED: u8 = 43;
    pub(crate) const TEXT: u8 = 44;
    pub(crate) const SIZE: u8 = 45;
    pub(crate) const SCROLL: u8 = 46;
    pub(crate) const SHEET: u8 = 47;
    pub(crate) const SHEET_DISABLED: u8 = 48;
    pub(crate) const ATTACH_SHEETS: u8 = 49;
    pub(crate) const PLAYS: u8 = 50;
    pub(crate) const PAUSES: u8 = 51;
    pub(crate) const VIEWPORT: u8 = 52;
    pub(crate) const INPUT_VALUE: u8 = 53;
    pub(crate) const INPUT_SELECTION: u8 = 54;
    pub(crate) const TOP_LAYER: u8 = 55;
    pub(crate) const DEFINED: u8 = 56;
}

/// What the next difference counts from.
#[derive(Clone, Copy, Default)]
pub(super) struct Previous {
    pub(super) at_ms: u64,
    pub(super) node: u32,
    pub(super) x: i32,
    pub(super) y: i32,
}

/// Parents of the nodes a record adds, as far as they are among them.
#[derive(Default)]
pub(super) struct Parents {
    first: NodeId,
    parents: Vec<NodeId>,
}

impl Parents {
    /// Most levels that are gone up; further up, the number is as short.
    const MAX_LEVELS: u32 = 31;
    const UNKNOWN: NodeId = NodeId::MAX;

    pub(super) const fn new() -> Self {
        Self { first: 0, parents: Vec::new() }
    }

    /// Another record begins.
    pub(super) fn clear(&mut self, first: NodeId) {
        self.first = first;
        self.parents.clear();
    }

    /// The next node is added.
    pub(super) fn add(&mut self, at: Insertion) {
        let parent = match at {
            Insertion::Root => Self::UNKNOWN,
            Insertion::Append(parent) => parent,
            Insertion::AfterPrevious => self.of(self.last()),
            Insertion::Before(sibling) => self.of(sibling),
        };
        self.parents.push(parent);
    }

    /// How many levels a node is above the one added last, 0 if it is that one.
    pub(super) fn levels_to(&self, node: NodeId) -> Option<u32> {
        let mut above = self.last();
        for levels in 0..=Self::MAX_LEVELS {
            if above == node {
                return Some(levels);
            }
            above = self.of(above);
        }
        None
    }

    /// The node so many levels above the one added last.
    pub(super) fn above(&self, levels: u32) -> Option<NodeId> {
        let above = (0..levels.min(Self::MAX_LEVELS)).fold(self.last(), |above, _| self.of(above));
        Some(above).filter(|above| *above != Self::UNKNOWN && levels <= Self::MAX_LEVELS)
    }

    fn last(&self) -> NodeId {
        match self.parents.len() {
            0 => Self::UNKNOWN,
            count => self.first + count as NodeId - 1,
        }
    }

    fn of(&self, node: NodeId) -> NodeId {
        let index = node.wrapping_sub(self.first) as usize;
        self.parents.get(index).copied().unwrap_or(Self::UNKNOWN)
    }
}

pub(super) fn write_varint(column: &mut Vec<u8>, mut value: u32) {
    while value > 0x7f {
        column.push(value as u8 | 0x80);
        value >>= 7;
    }
    column.push(value as u8);
}

/// Signed numbers near 0, whatever their sign, become small ones.
pub(super) fn zigzag(value: i32) -> u32 {
    (value.wrapping_shl(1) ^ (value >> 31)).cast_unsigned()
}

pub(super) fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_survive_and_small_ones_are_small() {
        for value in [0, 1, -1, 63, -64, i32::MAX, i32::MIN] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        assert_eq!([zigzag(0), zigzag(-1), zigzag(1), zigzag(-64)], [0, 1, 2, 127]);
    }
}
