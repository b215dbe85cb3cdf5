//! Records out of blocks that anybody may have written.

use super::columns::{self as column, KNOWN, NEW, NEW_OF_ROLE, Parents, Previous, at, op};
use super::decoder_block::Block;
use super::limits::{MAX_NUMBER, MAX_SEGMENT_CHANGES, MAX_SEGMENT_STRINGS};
use super::model::{
    Change, Insertion, InteractionKind, Layer, MediaState, Node, NodeId, PointerKind, PointerPhase, Position,
    Record, RecordKind, Role, SelectionState, SheetId, StringRef, VisualViewport,
};
use super::{FIXED_NAMES, ReplayError, SegmentHead};
use alloc::string::String;
use alloc::vec::Vec;

/// Latest time (ms since the epoch): what is beyond is no whole number in JSON.
const MAX_TIME_MS: u64 = (1 << 53) - 1;

/// Most a frustration can be: the sum of all kinds.
const MAX_FRUSTRATION: u32 = 7;

type Result<T> = core::result::Result<T, ReplayError>;

pub(super) struct Decoder<'a> {
    pub(super) records: Vec<Record>,
    block: Block<'a>,
    start_ms: u64,
    previous: Previous,
    next_string: StringRef,
    next_node: NodeId,
    next_sheet: SheetId,
    parents: Parents,
    /// Of the record that is being read: the texts it defines, in runs of one role.
    strings: Vec<Change>,
    changes_left: usize,
    strings_left: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(head: &SegmentHead) -> Self {
        Self {
            records: Vec::new(),
            block: Block::default(),
            start_ms: head.start_ms,
            previous: Previous::default(),
            next_string: head.first_string.max(FIXED_NAMES.len() as u32),
            next_node: head.first_node,
            next_sheet: head.first_sheet,
            parents: Parents::default(),
            strings: Vec::new(),
            changes_left: MAX_SEGMENT_CHANGES,
            strings_left: MAX_SEGMENT_STRINGS,
        }
    }

    pub(super) fn block(&mut self, bytes: &'a [u8]) -> Result<()> {
        self.block = Block::of(bytes)?;
        self.previous = Previous { at_ms: self.start_ms, ..Previous::default() };
        while !self.block.is_at_end() {
            let op = self.op()?;
            let record = self.record(op)?;
            self.records.push(record);
        }
        self.block.check_used_up()
    }

    /// The next op; each takes memory, so they are counted.
    fn op(&mut self) -> Result<u8> {
        self.changes_left = self.changes_left.checked_sub(1).ok_or(ReplayError::TooMany)?;
        self.block.byte(column::OPS)
    }

    fn record(&mut self, op: u8) -> Result<Record> {
        let since = i64::from(self.block.signed(column::TIME)?);
        let at_ms = self.previous.at_ms.checked_add_signed(since).filter(|&at_ms| at_ms <= MAX_TIME_MS);
        let at_ms = at_ms.ok_or(ReplayError::Time)?;
        self.previous.at_ms = at_ms;
        Ok(Record { at_ms, kind: self.record_kind(op)? })
    }

    fn record_kind(&mut self, op: u8) -> Result<RecordKind> {
        Ok(match op {
            op::META => {
                let (width, height) = (self.number()?, self.number()?);
                RecordKind::Meta { width, height, href: self.literal()? }
            }
            op::FOCUS => RecordKind::Focus(true),
            op::BLUR => RecordKind::Focus(false),
            op::SNAPSHOT => {
                self.next_string = FIXED_NAMES.len() as u32;
                self.next_node = 0;
                self.next_sheet = 0;
                RecordKind::FullSnapshot(self.changes()?)
            }
            op::CHANGES => RecordKind::Changes(self.changes()?),
            op::VIEW_END => RecordKind::ViewEnd,
            op::VISUAL_VIEWPORT => RecordKind::VisualViewport(self.viewport()?),
            op::FRUSTRATION => {
                let kinds = Some(self.number()?).filter(|kinds| (1..=MAX_FRUSTRATION).contains(kinds));
                let kinds = kinds.ok_or(ReplayError::Value)? as u8;
                RecordKind::Frustration { kinds, interaction: self.number()? }
            }
            op::POINTER_MOVES | op::TOUCH_MOVES => {
                RecordKind::PointerMoves { is_touch: op == op::TOUCH_MOVES, positions: self.positions()? }
            }
            op::INTERACTION => {
                let (kind, number) = (self.of_number(InteractionKind::from_number)?, self.number()?);
                let (node, x, y) = self.place()?;
                RecordKind::Interaction { kind, node, x, y, number }
            }
            op::SCROLLED => {
                let (node, x, y) = self.place()?;
                RecordKind::Scroll { node, x, y }
            }
            op::RESIZE => RecordKind::Resize { width: self.number()?, height: self.number()? },
            op::PLAYED => RecordKind::Media { node: self.node()?, state: self.media()? },
            op::RULE_INSERTED | op::RULE_DELETED => {
                let (owner, index) = (self.node()?, self.number()?);
                let inserted = if op == op::RULE_INSERTED { Some(self.literal()?) } else { None };
                RecordKind::Rule { owner, index, inserted }
            }
            op::POINTER => {
                let phase = self.of_number(PointerPhase::from_number)?;
                let kind = self.of_number(PointerKind::from_number)?;
                let pointer = column::unzigzag(self.number()?);
                let (x, y) = self.coordinates()?;
                RecordKind::Pointer { phase, kind, pointer, x, y }
            }
            op::SELECTION => {
                let (start, end) = (self.node()?, self.node()?);
                let (start_offset, end_offset) = (self.number()?, self.number()?);
                RecordKind::Selection { start, start_offset, end, end_offset }
            }
            _ => return Err(ReplayError::Op),
        })
    }

    /// Changes up to their end; in front of them the texts they define.
    fn changes(&mut self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        self.parents.clear(self.next_node);
        loop {
            match self.op()? {
                op::END => break,
                op::STRINGS => {
                    for _ in 0..self.count(column::NUMBER)? {
                        let role = self.of_number(Role::from_number)?;
                        self.define(role)?;
                    }
                }
                op => {
                    let change = self.change(op)?;
                    changes.push(change);
                }
            }
        }
        if self.strings.is_empty() {
            return Ok(changes);
        }
        let mut all = core::mem::take(&mut self.strings);
        all.append(&mut changes);
        Ok(all)
    }

    fn change(&mut self, op: u8) -> Result<Change> {
        Ok(match op {
            op::ELEMENT..=op::CDATA => {
                let node = self.added(op)?;
                let at = self.insertion()?;
                self.next_node += 1;
                Change::AddNode { at, node }
            }
            op::REMOVE => Change::RemoveNode(self.node()?),
            op::ATTRIBUTE | op::ATTRIBUTE_REMOVED => {
                let node = self.node()?;
                let name = self.reference(column::ATTRIBUTE, Role::AttributeName)?;
                let is_set = op == op::ATTRIBUTE;
                let value =
                    if is_set { Some(self.reference(column::VALUE, Role::AttributeValue)?) } else { None };
                Change::Attribute { node, name, value }
            }
            op::TEXT => Change::Text { node: self.node()?, text: self.reference(column::TEXT, Role::Text)? },
            op::SIZE => Change::Size { node: self.node()?, width: self.number()?, height: self.number()? },
            op::SCROLL => {
                let (node, x, y) = self.place()?;
                Change::Scroll { node, x, y }
            }
            op::SHEET | op::SHEET_DISABLED => {
                let rules = self.references(column::RULE, Role::Css)?;
                let media = self.references(column::RULE, Role::Css)?;
                counted(&mut self.next_sheet)?;
                Change::AddSheet { rules, media, is_disabled: op == op::SHEET_DISABLED }
            }
            op::ATTACH_SHEETS => {
                let node = self.node()?;
                let count = self.count(column::NUMBER)?;
                Change::AttachSheets {
                    node,
                    sheets: (0..count).map(|_| self.sheet()).collect::<Result<_>>()?,
                }
            }
            op::PLAYS | op::PAUSES => Change::Media { node: self.node()?, is_playing: op == op::PLAYS },
            op::VIEWPORT => Change::VisualViewport(self.viewport()?),
            op::INPUT_VALUE => {
                let node = self.node()?;
                Change::InputValue { node, value: self.reference(column::VALUE, Role::FormInput)? }
            }
            op::INPUT_SELECTION => {
                let node = self.node()?;
                Change::InputSelection { node, state: self.of_number(SelectionState::from_number)? }
            }
            op::TOP_LAYER => {
                Change::TopLayer { node: self.node()?, layer: self.of_number(Layer::from_number)? }
            }
            op::DEFINED => Change::Defined(self.references(column::NAME, Role::NodeName)?),
            _ => return Err(ReplayError::Op),
        })
    }

    fn added(&mut self, op: u8) -> Result<Node> {
        Ok(match op {
            op::ELEMENT => {
                let name = self.reference(column::NAME, Role::NodeName)?;
                let count = self.count(column::ATTRIBUTE)?;
                let mut attributes = Vec::with_capacity(count);
                for _ in 0..count {
                    let name = self.reference(column::ATTRIBUTE, Role::AttributeName)?;
                    attributes.push((name, self.reference(column::VALUE, Role::AttributeValue)?));
                }
                Node::Element { name, attributes }
            }
            op::TEXT_NODE => Node::Text { text: self.reference(column::TEXT, Role::Text)? },
            op::DOC_TYPE => {
                let name = self.reference(column::TEXT, Role::Text)?;
                let public_id = self.reference(column::TEXT, Role::Text)?;
                let system_id = self.reference(column::TEXT, Role::Text)?;
                Node::DocType { name, public_id, system_id }
            }
            op::DOCUMENT => Node::Document,
            op::FRAGMENT => Node::DocumentFragment,
            op::SHADOW_ROOT => Node::ShadowRoot,
            _ => Node::CData,
        })
    }

    /// Of the node that is about to be added.
    fn insertion(&mut self) -> Result<Insertion> {
        let own = self.next_node;
        if own >= MAX_NUMBER {
            return Err(ReplayError::TooMany);
        }
        let insertion = self.block.varint(column::INSERTION)?;
        let (kind, distance) = (insertion & 3, insertion >> 2);
        let ago = |distance: u32| own.checked_sub(distance).filter(|_| distance > 0).ok_or(ReplayError::Node);
        let insertion = match (kind, distance) {
            (at::LEVELS_UP, levels) => {
                Insertion::Append(self.parents.above(levels).ok_or(ReplayError::Node)?)
            }
            (at::APPEND, distance) => Insertion::Append(ago(distance)?),
            (at::BEFORE, distance) => Insertion::Before(ago(distance)?),
            (_, 0) => ago(1).map(|_| Insertion::AfterPrevious)?,
            (_, 1) => Insertion::Root,
            _ => return Err(ReplayError::Value),
        };
        self.parents.add(insertion);
        Ok(insertion)
    }

    /// A number of a text; a new one is defined on the way.
    fn reference(&mut self, index: usize, role: Role) -> Result<StringRef> {
        match self.block.varint(index)? {
            NEW => self.define(role),
            NEW_OF_ROLE => {
                let role = Role::from_number(self.block.varint(index)?).ok_or(ReplayError::Value)?;
                self.define(role)
            }
            known if known - KNOWN < self.next_string => Ok(known - KNOWN),
            _ => Err(ReplayError::StringRef),
        }
    }

    fn references(&mut self, index: usize, role: Role) -> Result<Vec<StringRef>> {
        (0..self.count(index)?).map(|_| self.reference(index, role)).collect()
    }

    fn define(&mut self, role: Role) -> Result<StringRef> {
        self.strings_left = self.strings_left.checked_sub(1).ok_or(ReplayError::TooMany)?;
        let text = self.block.text(column::TEXTS + role as usize)?.into();
        match self.strings.last_mut() {
            Some(Change::AddStrings { role: last, texts }) if *last == role => texts.push(text),
            _ => self.strings.push(Change::AddStrings { role, texts: alloc::vec![text] }),
        }
        counted(&mut self.next_string)
    }

    fn positions(&mut self) -> Result<Vec<Position>> {
        let count = self.count(column::NODE)?;
        let mut positions = Vec::with_capacity(count);
        for _ in 0..count {
            let (node, x, y) = self.place()?;
            positions.push(Position { node, x, y, offset_ms: self.block.signed(column::TIME)? });
        }
        Ok(positions)
    }

    fn media(&mut self) -> Result<MediaState> {
        Ok(match self.number()? {
            0 => MediaState::Playing,
            1 => MediaState::Paused,
            2 => MediaState::Seeked(self.block.float()?),
            3 => MediaState::Rate(self.block.float()?),
            4 => MediaState::Volume(self.block.float()?),
            _ => return Err(ReplayError::Value),
        })
    }

    fn viewport(&mut self) -> Result<VisualViewport> {
        Ok(VisualViewport {
            offset_left: self.block.float()?,
            offset_top: self.block.float()?,
            page_left: self.block.float()?,
            page_top: self.block.float()?,
            width: self.block.float()?,
            height: self.block.float()?,
            scale: self.block.float()?,
        })
    }

    fn place(&mut self) -> Result<(NodeId, i32, i32)> {
        let node = self.node()?;
        let (x, y) = self.coordinates()?;
        Ok((node, x, y))
    }

    fn node(&mut self) -> Result<NodeId> {
        let difference = self.block.signed(column::NODE)?;
        let node = self.previous.node.wrapping_add_signed(difference);
        if node >= self.next_node {
            return Err(ReplayError::Node);
        }
        self.previous.node = node;
        Ok(node)
    }

    fn coordinates(&mut self) -> Result<(i32, i32)> {
        let (x, y) = (self.block.signed(column::X)?, self.block.signed(column::Y)?);
        self.previous.x = self.previous.x.wrapping_add(x);
        self.previous.y = self.previous.y.wrapping_add(y);
        Ok((self.previous.x, self.previous.y))
    }

    fn sheet(&mut self) -> Result<SheetId> {
        Some(self.number()?).filter(|&sheet| sheet < self.next_sheet).ok_or(ReplayError::Sheet)
    }

    /// How many follow, each of at least a byte of a column.
    fn count(&mut self, index: usize) -> Result<usize> {
        let count = self.block.varint(column::COUNT)? as usize;
        if count > self.block.bytes_left(index) { Err(ReplayError::Column) } else { Ok(count) }
    }

    fn of_number<T>(&mut self, of: fn(u32) -> Option<T>) -> Result<T> {
        of(self.number()?).ok_or(ReplayError::Value)
    }

    fn number(&mut self) -> Result<u32> {
        self.block.varint(column::NUMBER)
    }

    fn literal(&mut self) -> Result<String> {
        self.block.text(column::LITERAL).map(Into::into)
    }
}

/// The next number, which is one less than the one after it.
fn counted(next: &mut u32) -> Result<u32> {
    let number = *next;
    if number >= MAX_NUMBER {
        return Err(ReplayError::TooMany);
    }
    *next += 1;
    Ok(number)
}
