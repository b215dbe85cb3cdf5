//! Records of one view into blocks. Runs in the page's worker, so it is short, and writes what it is told at once.

use super::columns::{
    self as column, COLUMNS, KNOWN, NEW, NEW_OF_ROLE, Parents, Previous, TEXTS, at, op, write_varint, zigzag,
};
use super::limits::SOFT_MAX_STRINGS;
use super::model::{
    Change, Insertion, MediaState, NodeId, Position, RecordKind, Role, SheetId, StringRef, VisualViewport,
};
use super::strings::{Lookup, Strings};
use super::{FIXED_NAMES, SegmentHead};
use alloc::vec::Vec;

/// Writes the blocks of one view after the other.
///
/// A record without changes is [pushed](Self::push). One with changes is begun, its texts are asked for their numbers
/// ([`string`](Self::string)) and its changes written one by one, and it is ended. Least is told where texts are asked
/// for in the order the changes refer to them: a name before its value, an element's name before its attributes.
#[derive(Default)]
pub struct Encoder {
    pub(super) columns: [Vec<u8>; COLUMNS],
    strings: Strings,
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

impl Encoder {
    /// An encoder that knows nothing: the first record with changes must be a full snapshot.
    pub fn new() -> Self {
        Self { next_string: FIXED_NAMES.len() as u32, ..Self::default() }
    }

    /// From here on blocks belong to another segment; its head gets its start and from where its numbers count.
    /// The last segment's blocks were taken.
    pub fn begin_segment(&mut self, start_ms: u64, head: &mut SegmentHead) {
        self.start_ms = start_ms;
        self.previous.at_ms = start_ms;
        head.start_ms = start_ms;
        head.first_string = self.next_string;
        head.first_node = self.next_node;
        head.first_sheet = self.next_sheet;
    }

    /// Begins a full snapshot: all numbers count anew.
    pub fn begin_snapshot(&mut self, at_ms: u64) {
        self.strings.clear();
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

    /// Number of a text; a new one is defined. Only between begin and end.
    pub fn string(&mut self, role: Role, text: &str) -> StringRef {
        let lookup = self.strings.find(role, text);
        if let Lookup::Known(number) = lookup {
            return number;
        }
        let number = self.define(role, text);
        if let Lookup::Free(slot) = lookup {
            self.strings.remember(&slot, text, number);
        }
        number
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
        let mut lengths = Vec::new();
        for (index, column) in self.columns.iter().enumerate() {
            if !column.is_empty() {
                mask |= 1 << index;
                write_varint(&mut lengths, column.len() as u32);
            }
        }
        if mask == 0 {
            return block;
        }
        let mut mask_bytes = Vec::new();
        write_varint(&mut mask_bytes, mask);
        block.reserve(self.block_bytes() + lengths.len() + 16);
        // A byte string with a length of four bytes, by hand: `minicbor` would be 400 bytes of the page's module.
        block.push(0x5a);
        block.extend_from_slice(
            &((mask_bytes.len() + lengths.len() + self.block_bytes()) as u32).to_be_bytes(),
        );
        block.extend_from_slice(&mask_bytes);
        block.extend_from_slice(&lengths);
        for column in &mut self.columns {
            block.append(column);
        }
        self.previous = Previous { at_ms: self.start_ms, ..Previous::default() };
        block
    }

    /// Writes a whole record. Texts it refers to were defined before, or are among its changes.
    pub fn push(&mut self, at_ms: u64, record: &RecordKind) {
        match record {
            RecordKind::Meta { width, height, href } => {
                self.begin(at_ms, op::META);
                self.numbers(&[*width, *height]);
                self.text(column::LITERAL, href);
            }
            RecordKind::Focus(has_focus) => self.begin(at_ms, if *has_focus { op::FOCUS } else { op::BLUR }),
            RecordKind::FullSnapshot(changes) => {
                self.begin_snapshot(at_ms);
                self.changes(changes);
            }
            RecordKind::Changes(changes) => {
                self.begin_changes(at_ms);
                self.changes(changes);
            }
            RecordKind::ViewEnd => self.begin(at_ms, op::VIEW_END),
            RecordKind::VisualViewport(viewport) => {
                self.begin(at_ms, op::VISUAL_VIEWPORT);
                self.viewport(viewport);
            }
            RecordKind::Frustration { kinds, interaction } => {
                self.begin(at_ms, op::FRUSTRATION);
                self.numbers(&[u32::from(*kinds), *interaction]);
            }
            RecordKind::PointerMoves { is_touch, positions } => {
                self.begin(at_ms, if *is_touch { op::TOUCH_MOVES } else { op::POINTER_MOVES });
                self.positions(positions);
            }
            RecordKind::Interaction { kind, node, x, y, number } => {
                self.begin(at_ms, op::INTERACTION);
                self.numbers(&[*kind as u32, *number]);
                self.place(*node, *x, *y);
            }
            RecordKind::Scroll { node, x, y } => {
                self.begin(at_ms, op::SCROLLED);
                self.place(*node, *x, *y);
            }
            RecordKind::Resize { width, height } => {
                self.begin(at_ms, op::RESIZE);
                self.numbers(&[*width, *height]);
            }
            RecordKind::Media { node, state } => {
                self.begin(at_ms, op::PLAYED);
                self.node(*node);
                self.media(*state);
            }
            RecordKind::Rule { owner, index, inserted } => {
                self.begin(at_ms, if inserted.is_some() { op::RULE_INSERTED } else { op::RULE_DELETED });
                self.node(*owner);
                self.numbers(&[*index]);
                if let Some(rule) = inserted {
                    self.text(column::LITERAL, rule);
                }
            }
            RecordKind::Pointer { phase, kind, pointer, x, y } => {
                self.begin(at_ms, op::POINTER);
                self.numbers(&[*phase as u32, *kind as u32, zigzag(*pointer)]);
                self.coordinates(*x, *y);
            }
            RecordKind::Selection { start, start_offset, end, end_offset } => {
                self.begin(at_ms, op::SELECTION);
                self.node(*start);
                self.node(*end);
                self.numbers(&[*start_offset, *end_offset]);
            }
        }
    }

    pub(super) fn begin(&mut self, at_ms: u64, op: u8) {
        self.op(op);
        let since = at_ms.wrapping_sub(self.previous.at_ms).cast_signed();
        // Three weeks; no segment is open for as long.
        let since = since.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        self.previous.at_ms = self.previous.at_ms.wrapping_add_signed(i64::from(since));
        self.write(column::TIME, zigzag(since));
    }

    fn changes(&mut self, changes: &[Change]) {
        for change in changes {
            self.change(change);
        }
        self.end();
    }

    fn positions(&mut self, positions: &[Position]) {
        self.write(column::COUNT, positions.len() as u32);
        for position in positions {
            self.place(position.node, position.x, position.y);
            self.write(column::TIME, zigzag(position.offset_ms));
        }
    }

    fn media(&mut self, state: MediaState) {
        let (code, value) = match state {
            MediaState::Playing => (0, None),
            MediaState::Paused => (1, None),
            MediaState::Seeked(time) => (2, Some(time)),
            MediaState::Rate(rate) => (3, Some(rate)),
            MediaState::Volume(volume) => (4, Some(volume)),
        };
        self.write(column::NUMBER, code);
        if let Some(value) = value {
            self.float(value);
        }
    }

    /// A text with a new number, which is told by the first change that refers to it.
    pub(super) fn define(&mut self, role: Role, text: &str) -> StringRef {
        self.untold.push(role);
        self.text(TEXTS + role as usize, text);
        self.next_string += 1;
        self.next_string - 1
    }

    /// Before a change: if it does not refer to new texts in their order, all of them are told at once.
    pub(super) fn announce(&mut self, references: impl Iterator<Item = StringRef>) {
        let mut next = self.next_untold();
        for reference in references {
            if reference > next {
                return self.tell_all();
            }
            next += u32::from(reference == next);
        }
    }

    fn tell_all(&mut self) {
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

    pub(super) fn sheet(&mut self) {
        self.next_sheet += 1;
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

    fn coordinates(&mut self, x: i32, y: i32) {
        self.write(column::X, zigzag(x.wrapping_sub(self.previous.x)));
        self.write(column::Y, zigzag(y.wrapping_sub(self.previous.y)));
        self.previous.x = x;
        self.previous.y = y;
    }

    pub(super) fn viewport(&mut self, viewport: &VisualViewport) {
        let VisualViewport { offset_left, offset_top, page_left, page_top, width, height, scale } = *viewport;
        for value in [offset_left, offset_top, page_left, page_top, width, height, scale] {
            self.float(value);
        }
    }

    /// What JSON has no number for is 0.
    fn float(&mut self, value: f32) {
        let value = if value.is_finite() { value } else { 0.0 };
        self.write(column::FLOAT, value.to_bits().swap_bytes());
    }

    fn text(&mut self, index: usize, text: &str) {
        let column = &mut self.columns[index];
        column.reserve(text.len() + 1);
        if text.as_bytes().contains(&0) {
            for part in text.split_inclusive('\0') {
                let (text, end) = part.strip_suffix('\0').map_or((part, ""), |text| (text, "\u{fffd}"));
                column.extend_from_slice(text.as_bytes());
                column.extend_from_slice(end.as_bytes());
            }
        } else {
            column.extend_from_slice(text.as_bytes());
        }
        column.push(0);
    }
}
