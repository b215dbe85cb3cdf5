//! Records of one view into blocks. The recorder writes parts of records (`encoder_parts.rs`), in the page's worker: what that
//! calls is short. Whole records are written by who has them as values of the model, which is the collector.

use super::columns::{
    self as column, COLUMNS, KNOWN, NEW, NEW_OF_ROLE, Parents, Previous, TEXTS, at, op, write_varint, zigzag,
};
use super::limits::SOFT_MAX_STRINGS;
use super::model::{Insertion, NodeId, Role, SheetId, StringRef, VisualViewport};
use super::segment::{CBOR_BYTES, MAX_CBOR_HEAD_BYTES, write_cbor_head};
use super::{FIXED_NAMES, SegmentHead};
use alloc::vec::Vec;

/// What a U+0000 in a text becomes. No parser makes one, only scripts do.
const NUL_STAND_IN: u8 = b'?';

/// Writes the blocks of one view after the other.
///
/// A record without changes is written at once. One with changes is begun, its new texts are given their numbers
/// ([`define`](Self::define)) and its changes written one by one, and it is ended. Least is told where texts are defined
/// in the order the changes refer to them: a name before its value, an element's name before its attributes.
pub struct Encoder {
    pub(super) columns: [Vec<u8>; COLUMNS],
    pub(super) next_string: StringRef,
    pub(super) next_node: NodeId,
    pub(super) next_sheet: SheetId,
    /// Roles of the texts that have a number but were not told: those before `next_string`.
    untold: Vec<Role>,
    first_untold: usize,
    parents: Parents,
    pub(super) start_ms: u64,
    pub(super) previous: Previous,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder that knows nothing: the first record with changes must be a full snapshot.
    pub const fn new() -> Self {
        Self {
            columns: [const { Vec::new() }; COLUMNS],
            next_string: FIXED_NAMES.len() as u32,
            next_node: 0,
            next_sheet: 0,
            untold: Vec::new(),
            first_untold: 0,
            parents: Parents::new(),
            start_ms: 0,
            previous: Previous { at_ms: 0, node: 0, x: 0, y: 0 },
        }
    }

    /// An encoder that writes a segment again, counting from where its head says.
    pub(super) fn of_segment(head: &SegmentHead) -> Self {
        let mut encoder = Self {
            next_string: head.first_string.max(FIXED_NAMES.len() as u32),
            next_node: head.first_node,
            next_sheet: head.first_sheet,
            start_ms: head.start_ms,
            ..Self::new()
        };
        encoder.previous.at_ms = head.start_ms;
        encoder
    }

    /// From here on blocks belong to another segment; its head gets its start and from where its numbers count.
    /// The last segment's blocks were taken.
    pub fn begin_segment(&mut self, start_ms: u64, head: &mut SegmentHead) {
        head.start_ms = start_ms;
        [head.first_string, head.first_node, head.first_sheet] = self.begin_blocks(start_ms);
    }

    /// Begins a full snapshot: all numbers count anew.
    pub fn begin_snapshot(&mut self, at_ms: u64) {
        self.next_string = FIXED_NAMES.len() as u32;
        self.next_node = 0;
        self.next_sheet = 0;
        self.parents.clear(0);
        self.begin(at_ms, op::SNAPSHOT);
    }

    /// Begins a record of changes.
    pub fn begin_changes(&mut self, at_ms: u64) {
        self.parents.clear(self.next_node);
        self.begin(at_ms, op::CHANGES);
    }

    /// Ends what was begun.
    pub fn end(&mut self) {
        self.tell_all();
        self.op(op::END);
    }

    /// Gives a text the next number; the first change that refers to it tells it. Only between begin and end. Who calls
    /// remembers it, or tells it again.
    pub fn define(&mut self, role: Role, text: &str) -> StringRef {
        self.untold.push(role);
        self.text_of(TEXTS + role as usize, text.as_bytes());
        self.next_string += 1;
        self.next_string - 1
    }

    /// Number the next node gets.
    pub fn next_node(&self) -> NodeId {
        self.next_node
    }

    /// Number the next style sheet gets.
    pub fn next_sheet(&self) -> SheetId {
        self.next_sheet
    }

    /// Whether the table of texts is full: the recorder begins anew with a full snapshot. Until it does, texts
    /// go on being defined.
    pub fn wants_snapshot(&self) -> bool {
        self.next_string >= SOFT_MAX_STRINGS
    }

    /// Bytes the open block has so far.
    pub fn block_bytes(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// Closes the block: its CBOR, as it stands in a segment. Empty if nothing was recorded.
    pub fn take_block(&mut self) -> Vec<u8> {
        let mut block = Vec::new();
        let mut mask = 0;
        for column in self.columns.iter().rev() {
            mask = mask << 1 | u32::from(!column.is_empty());
        }
        if mask == 0 {
            return block;
        }
        let mut head = Vec::new();
        write_varint(&mut head, mask);
        for column in &self.columns {
            if !column.is_empty() {
                write_varint(&mut head, column.len() as u32);
            }
        }
        let length = head.len() + self.block_bytes();
        block.reserve(MAX_CBOR_HEAD_BYTES + length);
        write_cbor_head(&mut block, CBOR_BYTES, length as u64);
        block.extend_from_slice(&head);
        // Taken, not emptied: a snapshot's megabytes are not kept for the next blocks.
        for column in &mut self.columns {
            block.extend_from_slice(&core::mem::take(column));
        }
        self.previous = Previous { at_ms: self.start_ms, ..Previous::default() };
        block
    }

    pub(super) fn begin(&mut self, at_ms: u64, op: u8) {
        self.op(op);
        let since = at_ms.wrapping_sub(self.previous.at_ms).cast_signed();
        // Three weeks; no segment is open for as long.
        let since = since.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        self.previous.at_ms = self.previous.at_ms.wrapping_add_signed(i64::from(since));
        self.write(column::TIME, zigzag(since));
    }

    /// Before a change: if it does not refer to new texts in their order, all of them are told at once.
    pub(super) fn announce(&mut self, references: &[StringRef]) {
        let mut next = self.next_untold();
        if !references.iter().all(|reference| follows(&mut next, *reference)) {
            self.tell_all();
        }
    }

    pub(super) fn announce_element(&mut self, name: StringRef, attributes: &[(StringRef, StringRef)]) {
        let mut next = self.next_untold();
        let is_in_order = follows(&mut next, name)
            && attributes.iter().all(|(name, value)| follows(&mut next, *name) && follows(&mut next, *value));
        if !is_in_order {
            self.tell_all();
        }
    }

    pub(super) fn tell_all(&mut self) {
        let count = self.untold.len() - self.first_untold;
        if count > 0 {
            self.op(op::STRINGS);
            self.write(column::COUNT, count as u32);
            for role in &self.untold[self.first_untold..] {
                self.columns[column::NUMBER].push(*role as u8);
            }
        }
        self.untold.clear();
        self.first_untold = 0;
    }

    pub(super) fn reference(&mut self, index: usize, role: Role, reference: StringRef) {
        match self.untold.get(self.first_untold) {
            Some(&own) if reference == self.next_untold() => {
                self.first_untold += 1;
                if own == role {
                    self.write(index, NEW);
                } else {
                    self.write(index, NEW_OF_ROLE);
                    self.write(index, own as u32);
                }
            }
            _ => self.write(index, reference.wrapping_add(KNOWN)),
        }
    }

    fn next_untold(&self) -> StringRef {
        self.next_string - (self.untold.len() - self.first_untold) as u32
    }

    /// Returns the number of the node.
    pub(super) fn insertion(&mut self, place: Insertion) -> NodeId {
        let own = self.next_node;
        let insertion = match place {
            Insertion::AfterPrevious => at::OTHER,
            Insertion::Root => 1 << 2 | at::OTHER,
            Insertion::Append(parent) => match self.parents.levels_to(parent) {
                Some(levels) => levels << 2 | at::LEVELS_UP,
                None => own.wrapping_sub(parent) << 2 | at::APPEND,
            },
            Insertion::Before(sibling) => own.wrapping_sub(sibling) << 2 | at::BEFORE,
        };
        self.parents.add(place);
        self.write(column::INSERTION, insertion);
        self.next_node += 1;
        own
    }

    /// Returns the number of the sheet.
    pub(super) fn sheet(&mut self) -> SheetId {
        self.next_sheet += 1;
        self.next_sheet - 1
    }

    pub(super) fn op(&mut self, op: u8) {
        self.columns[column::OPS].push(op);
    }

    pub(super) fn write(&mut self, index: usize, value: u32) {
        write_varint(&mut self.columns[index], value);
    }

    pub(super) fn numbers(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.write(column::NUMBER, *number);
        }
    }

    pub(super) fn node(&mut self, node: NodeId) {
        let difference = node.wrapping_sub(self.previous.node).cast_signed();
        self.write(column::NODE, zigzag(difference));
        self.previous.node = node;
    }

    pub(super) fn place(&mut self, node: NodeId, x: i32, y: i32) {
        self.node(node);
        self.coordinates(x, y);
    }

    pub(super) fn coordinates(&mut self, x: i32, y: i32) {
        self.write(column::X, zigzag(x.wrapping_sub(self.previous.x)));
        self.write(column::Y, zigzag(y.wrapping_sub(self.previous.y)));
        self.previous.x = x;
        self.previous.y = y;
    }

    pub(super) fn viewport_of(&mut self, viewport: &VisualViewport) {
        let VisualViewport { offset_left, offset_top, page_left, page_top, width, height, scale } = *viewport;
        for value in [offset_left, offset_top, page_left, page_top, width, height, scale] {
            self.float(value);
        }
    }

    /// What JSON has no number for is 0.
    pub(super) fn float(&mut self, value: f32) {
        let value = if value.is_finite() { value } else { 0.0 };
        self.write(column::FLOAT, value.to_bits().swap_bytes());
    }

    /// A text ends with U+0000, so it cannot have one in it.
    pub(super) fn text_of(&mut self, index: usize, text: &[u8]) {
        let column = &mut self.columns[index];
        let start = column.len();
        column.extend_from_slice(text);
        for byte in column.iter_mut().skip(start) {
            if *byte == 0 {
                *byte = NUL_STAND_IN;
            }
        }
        column.push(0);
    }
}

/// Whether a text was told before, or is the next to be told.
fn follows(next: &mut StringRef, reference: StringRef) -> bool {
    let is_known = reference <= *next;
    *next += StringRef::from(reference == *next);
    is_known
}
