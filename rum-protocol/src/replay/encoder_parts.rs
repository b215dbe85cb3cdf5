//! What records and changes are made of, for a recorder that keeps a table of texts of its own and has no model of them in
//! between: that would be as much code again in the page's worker as the columns are. The order of parts within a
//! column is that of [`Encoder::push`] and [`Encoder::change`]; whoever writes them tests it against the decoder.

use super::columns::{self as column, KNOWN, NEW, NEW_OF_ROLE, TEXTS, op, zigzag};
use super::encoder::Encoder;
use super::model::{Insertion, NodeId, SheetId, StringRef};

/// A text that has no number yet.
pub const NO_STRING: StringRef = StringRef::MAX;

/// Columns by name.
#[allow(missing_docs, reason = "columns.rs has the words of each")]
pub mod part {
    use super::column;
    pub const TIME: usize = column::TIME;
    pub const NODE: usize = column::NODE;
    pub const X: usize = column::X;
    pub const Y: usize = column::Y;
    pub const NUMBER: usize = column::NUMBER;
    pub const NAME: usize = column::NAME;
    pub const COUNT: usize = column::COUNT;
    pub const ATTRIBUTE: usize = column::ATTRIBUTE;
    pub const VALUE: usize = column::VALUE;
    pub const TEXT: usize = column::TEXT;
    pub const RULE: usize = column::RULE;
}

/// What may be begun.
#[allow(missing_docs, reason = "columns.rs has the words of each")]
pub mod begun {
    use super::op;
    pub const META: u8 = op::META;
    pub const FOCUS: u8 = op::FOCUS;
    pub const BLUR: u8 = op::BLUR;
    pub const VIEW_END: u8 = op::VIEW_END;
    pub const VISUAL_VIEWPORT: u8 = op::VISUAL_VIEWPORT;
    pub const FRUSTRATION: u8 = op::FRUSTRATION;
    pub const POINTER_MOVES: u8 = op::POINTER_MOVES;
    pub const INTERACTION: u8 = op::INTERACTION;
    pub const SCROLLED: u8 = op::SCROLLED;
    pub const RESIZE: u8 = op::RESIZE;
    pub const PLAYED: u8 = op::PLAYED;
    pub const RULE_INSERTED: u8 = op::RULE_INSERTED;
    pub const RULE_DELETED: u8 = op::RULE_DELETED;
    pub const SELECTION: u8 = op::SELECTION;
    pub const END: u8 = op::END;
    pub const ELEMENT: u8 = op::ELEMENT;
    pub const REMOVE: u8 = op::REMOVE;
    pub const ATTRIBUTE: u8 = op::ATTRIBUTE;
    pub const TEXT: u8 = op::TEXT;
    pub const SIZE: u8 = op::SIZE;
    pub const SCROLL: u8 = op::SCROLL;
    pub const ATTACH_SHEETS: u8 = op::ATTACH_SHEETS;
    pub const PLAYS: u8 = op::PLAYS;
    pub const INPUT_VALUE: u8 = op::INPUT_VALUE;
    pub const INPUT_SELECTION: u8 = op::INPUT_SELECTION;
    pub const TOP_LAYER: u8 = op::TOP_LAYER;
    pub const DEFINED: u8 = op::DEFINED;
}

impl Encoder {
    /// [`Self::begin_segment`] without a head: answers from where its numbers count (texts, nodes, sheets).
    pub fn begin_blocks(&mut self, start_ms: u64) -> [u32; 3] {
        self.start_ms = start_ms;
        self.previous.at_ms = start_ms;
        [self.next_string, self.next_node, self.next_sheet]
    }

    /// Begins a record of the kind.
    pub fn begin_record(&mut self, at_ms: u64, kind: u8) {
        self.begin(at_ms, kind);
    }

    /// Begins a change of the kind, or ends the record.
    pub fn begin_change(&mut self, kind: u8) {
        self.op(kind);
    }

    /// Begins a change that adds a node; returns its number.
    pub fn begin_node(&mut self, kind: u8, at: Insertion) -> NodeId {
        self.op(kind);
        self.insertion(at)
    }

    /// Begins a change that adds a style sheet; returns its number.
    pub fn begin_sheet(&mut self, is_disabled: bool) -> SheetId {
        self.op(op::SHEET + u8::from(is_disabled));
        self.sheet();
        self.next_sheet() - 1
    }

    /// Writes a part into its column. A number with a sign comes as its bits.
    pub fn part(&mut self, part: usize, value: u32) {
        let signed = value.cast_signed();
        let written = match part {
            part::NODE => return self.node(value),
            part::X => zigzag(signed.wrapping_sub(core::mem::replace(&mut self.previous.x, signed))),
            part::Y => zigzag(signed.wrapping_sub(core::mem::replace(&mut self.previous.y, signed))),
            part::TIME => zigzag(signed),
            _ => value,
        };
        self.write(part, written);
    }

    /// Writes a fraction.
    pub fn float_part(&mut self, value: f32) {
        self.float(value);
    }

    /// Writes a reference to a text, whose number is returned: a new one for [`NO_STRING`]. The column is for texts of one
    /// role, the text has its own. It is UTF-8, which the decoder looks at.
    pub fn text_part(
        &mut self,
        part: usize,
        of_column: u32,
        own: u32,
        number: StringRef,
        text: &[u8],
    ) -> StringRef {
        if number != NO_STRING {
            self.write(part, number + KNOWN);
            return number;
        }
        if own == of_column {
            self.write(part, NEW);
        } else {
            self.write(part, NEW_OF_ROLE);
            self.write(part, own);
        }
        self.text_of(TEXTS + own as usize, text);
        self.next_string += 1;
        self.next_string - 1
    }

    /// Writes a text that has no number, likewise.
    pub fn literal_part(&mut self, text: &[u8]) {
        self.text_of(column::LITERAL, text);
    }
}
