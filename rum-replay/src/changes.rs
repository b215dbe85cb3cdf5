//! What an operation changes in the mirror, and what record tells it.
//!
//! Before the first snapshot nothing is told: the mirror fills. From then on a node, text or sheet is told when something
//! refers to it for the first time. What refers to nodes that are not there is left out and counted.

use crate::mirror::{Kind, Mirror, Slot};
use crate::numbers::NONE;
use crate::ops::{self, Batch, NameWord};
use crate::snapshot::Walk;
use crate::texts::{TextSlot, Texts};
use alloc::vec::Vec;
use rum_protocol::replay::{Change, Encoder, Insertion, Layer, NodeId, Position, RecordKind, Role, SelectionState, StringRef};

/// Records what the page does.
#[derive(Default)]
pub struct Recorder {
    pub mirror: Mirror,
    pub encoder: Encoder,
    /// Records written since they were last asked for.
    pub records: u32,
    /// Operations that referred to what is not there, or said what cannot be.
    pub dropped: u32,
    /// The document was walked once: the mirror is whole.
    pub is_walked: bool,
    /// There is a snapshot that changes can follow.
    pub is_telling: bool,
    /// Time of the batch, and the latest that was told in it: changes have none of their own.
    pub(crate) batch_ms: u64,
    pub(crate) at_ms: u64,
    /// A record of changes is begun.
    pub(crate) is_open: bool,
    /// Moves of the pointer, one after the other; their times count from the batch's.
    pub(crate) moves: Vec<Position>,
    pub(crate) is_touch: bool,
    /// Sheets that became others in this batch.
    pub(crate) stale: Vec<u32>,
}

impl Recorder {
    /// Does a batch.
    pub fn apply(&mut self, mut batch: Batch<'_>, at_ms: u64) {
        self.batch_ms = at_ms;
        self.at_ms = at_ms;
        while !batch.is_done() {
            if self.operation(&mut batch).is_none() {
                self.dropped += 1;
            }
        }
        self.tell_stale();
        self.settle();
        self.mirror.texts.tidy();
    }

    /// A view begins, or begins anew: nothing was told.
    pub fn begin_view(&mut self) {
        let mirror = &mut self.mirror;
        mirror.texts.begin_view();
        mirror.sheets.begin_view();
        for node in &mut mirror.nodes {
            node.wire = NONE;
        }
        self.encoder = Encoder::new();
        self.is_telling = true;
    }

    /// Writes a record.
    pub fn push(&mut self, at_ms: u64, record: &RecordKind) {
        self.settle();
        self.encoder.push(at_ms, record);
        self.records += 1;
    }

    /// `None` for what is left out. All words and texts are read in any case.
    fn operation(&mut self, batch: &mut Batch<'_>) -> Option<()> {
        let op = batch.next();
        match op {
            ops::WALKED => self.is_walked = true,
            ops::ELEMENT..=ops::C_DATA => return self.node_added(op, batch),
            ops::REMOVE => {
                let slot = self.slot(batch.number())?;
                self.remove(slot);
            }
            ops::MOVE => {
                let [id, parent, before] = [batch.number(), batch.number(), batch.number()];
                return self.move_to(id, parent, before);
            }
            ops::ATTRIBUTE | ops::ATTRIBUTE_REMOVED => return self.attribute(op, batch),
            ops::DATA => {
                let (id, text) = (batch.number(), batch.text());
                return self.data(id, text);
            }
            ops::INPUT_VALUE..=ops::TOP_LAYER => return self.state(op, batch),
            ops::DEFINED => {
                for _ in 0..batch.number() {
                    let name = self.mirror.texts.take(Role::NodeName, batch.text());
                    self.mirror.defined.push(name);
                    if self.is_telling {
                        let name = self.told(name);
                        self.change(&Change::Defined([name].into()));
                    }
                }
            }
            ops::SHEET..=ops::RULE_DELETED => return self.sheet_operation(op, batch),
            _ => return self.happened(op, batch),
        }
        Some(())
    }

    fn node_added(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let (id, parent) = (batch.number(), batch.number());
        let before = if matches!(op, ops::DOCUMENT | ops::SHADOW_ROOT) { 0 } else { batch.number() };
        let mut attributes = Vec::new();
        let (kind, name) = match op {
            ops::ELEMENT => {
                let name = self.name(batch, true).0;
                for _ in 0..batch.number() {
                    let (name, role) = self.name(batch, false);
                    let value = batch.text();
                    let Some(role) = role.filter(|_| name != NONE) else {
                        self.dropped += 1;
                        continue;
                    };
                    self.mirror.texts.keep(name);
                    attributes.push((name, self.mirror.texts.take(role, value)));
                }
                if name != NONE {
                    self.mirror.texts.keep(name);
                }
                (Kind::Element, name)
            }
            ops::TEXT => (Kind::Text, self.mirror.texts.take(Role::Text, batch.text())),
            ops::DOC_TYPE => {
                let [name, public_id, system_id] =
                    [(); 3].map(|()| self.mirror.texts.take(Role::Text, batch.text()));
                attributes.push((public_id, system_id));
                (Kind::DocType, name)
            }
            ops::DOCUMENT => (Kind::Document, NONE),
            ops::SHADOW_ROOT => (Kind::ShadowRoot, NONE),
            _ => (Kind::CData, NONE),
        };
        if let Some(slot) = self.slot(id) {
            // It is another node from here on.
            self.remove(slot);
        }
        let is_root = kind == Kind::Document && parent == 0;
        let is_lost = id == 0 || !is_root && self.parent(parent).is_none() || kind == Kind::Element && name == NONE;
        let slot = self.mirror.add(id, kind, name, attributes);
        if is_lost {
            self.mirror.forget(slot);
            return None;
        }
        if is_root {
            if self.mirror.root != NONE {
                self.remove(self.mirror.root);
            }
            self.mirror.root = slot;
        } else {
            self.mirror.link(slot, self.mirror.slot(parent), self.mirror.slot(before));
        }
        self.tell_tree(slot);
        Some(())
    }

    fn remove(&mut self, slot: Slot) {
        let wire = self.mirror.node(slot).wire;
        if self.is_telling && wire != NONE {
            self.change(&Change::RemoveNode(wire));
        }
        self.mirror.unlink(slot);
        self.mirror.forget(slot);
    }

    fn move_to(&mut self, id: u32, parent: u32, before: u32) -> Option<()> {
        let (slot, parent, before) = (self.slot(id)?, self.parent(parent)?, self.mirror.slot(before));
        if slot == self.mirror.root || self.mirror.is_within(parent, slot) {
            return None;
        }
        let node = self.mirror.node(slot);
        if node.parent == parent && node.next == before {
            return Some(());
        }
        let wire = node.wire;
        self.mirror.unlink(slot);
        self.mirror.link(slot, parent, before);
        if self.is_telling {
            self.change(&Change::RemoveNode(wire));
            // Told again it is another node: its number, and those below it, are new.
            let mut at = slot;
            while at != NONE {
                self.mirror.node_mut(at).wire = NONE;
                at = self.mirror.following(at, slot);
            }
            self.tell_tree(slot);
        }
        Some(())
    }

    fn attribute(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let id = batch.number();
        let (name, role) = self.name(batch, false);
        let text = if op == ops::ATTRIBUTE { batch.text() } else { "" };
        let slot = self.slot(id)?;
        if name == NONE || self.mirror.node(slot).kind != Kind::Element {
            return None;
        }
        let value = if op == ops::ATTRIBUTE { self.mirror.texts.take(role?, text) } else { NONE };
        if self.mirror.set_attribute(slot, name, value) && self.is_telling {
            let name = self.told(name);
            let value = (value != NONE).then(|| self.told(value));
            let node = self.mirror.node(slot).wire;
            self.change(&Change::Attribute { node, name, value });
        }
        Some(())
    }

    fn data(&mut self, id: u32, text: &str) -> Option<()> {
        let slot = self.slot(id)?;
        if self.mirror.node(slot).kind != Kind::Text {
            return None;
        }
        let text = self.mirror.texts.take(Role::Text, text);
        let before = core::mem::replace(&mut self.mirror.node_mut(slot).name, text);
        self.mirror.texts.release(before);
        if before != text && self.is_telling {
            let text = self.told(text);
            let node = self.mirror.node(slot).wire;
            self.change(&Change::Text { node, text });
        }
        Some(())
    }

    fn state(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let id = batch.number();
        let text = if op == ops::INPUT_VALUE { batch.text() } else { "" };
        let first = if op == ops::INPUT_VALUE { 0 } else { batch.next() };
        let second = if matches!(op, ops::SCROLL_POSITION | ops::SIZE) { batch.next() } else { 0 };
        let slot = self.slot(id)?;
        let node = self.mirror.node(slot).wire;
        let change = match op {
            ops::INPUT_VALUE => {
                let value = self.mirror.texts.take(Role::FormInput, text);
                let before = core::mem::replace(&mut self.mirror.state_mut(slot).value, value);
                self.mirror.texts.release(before);
                if !self.is_telling {
                    return Some(());
                }
                Change::InputValue { node, value: self.told(value) }
            }
            ops::INPUT_SELECTION => {
                let state = match first {
                    0 => SelectionState::Selected,
                    1 => SelectionState::Deselected,
                    2 => SelectionState::Indeterminate,
                    _ => return None,
                };
                self.mirror.state_mut(slot).selection = Some(state);
                Change::InputSelection { node, state }
            }
            ops::SCROLL_POSITION => {
                self.mirror.state_mut(slot).scroll = Some((first, second));
                Change::Scroll { node, x: first, y: second }
            }
            ops::SIZE => {
                let (width, height) = (first.cast_unsigned(), second.cast_unsigned());
                self.mirror.state_mut(slot).size = Some((width, height));
                Change::Size { node, width, height }
            }
            ops::MEDIA_PLAYS => {
                self.mirror.state_mut(slot).is_playing = Some(first != 0);
                Change::Media { node, is_playing: first != 0 }
            }
            _ => {
                let layer = layer(first)?;
                self.mirror.state_mut(slot).layer = layer;
                Change::TopLayer { node, layer }
            }
        };
        if self.is_telling {
            self.change(&change);
        }
        Some(())
    }
}

/// What the parts share.
impl Recorder {
    /// The place of a node that is there.
    pub(crate) fn slot(&self, id: u32) -> Option<Slot> {
        Some(self.mirror.slot(id)).filter(|&slot| slot != NONE)
    }

    /// The place of a node that can have children.
    fn parent(&self, id: u32) -> Option<Slot> {
        let has_children = |&slot: &Slot| matches!(self.mirror.node(slot).kind, Kind::Element | Kind::Document | Kind::ShadowRoot);
        self.slot(id).filter(has_children)
    }

    /// The number of a node that was told.
    pub(crate) fn wire(&self, id: u32) -> Option<NodeId> {
        Some(self.mirror.node(self.slot(id)?).wire).filter(|&wire| wire != NONE)
    }

    /// A name, `NONE` if it is not known, and the role of the value that goes with it.
    fn name(&mut self, batch: &mut Batch<'_>, is_of_element: bool) -> (TextSlot, Option<Role>) {
        let word = NameWord(batch.next());
        if word.is_new() {
            let name = batch.text();
            self.mirror.learn_name(word.number(), name);
        }
        (self.mirror.name(word.number(), is_of_element), role(word.role()))
    }

    /// The number of a text, in the record of changes of the moment.
    pub(crate) fn told(&mut self, text: TextSlot) -> StringRef {
        self.open();
        told(&mut self.mirror.texts, &mut self.encoder, text)
    }

    /// Tells a change.
    pub(crate) fn change(&mut self, change: &Change) {
        self.open();
        self.encoder.change(change);
    }

    /// Begins a record of changes, unless there is one.
    fn open(&mut self) {
        if !self.is_open {
            self.settle();
            self.encoder.begin_changes(self.at_ms);
            self.records += 1;
            self.is_open = true;
        }
    }

    /// Ends what is begun.
    pub(crate) fn settle(&mut self) {
        if core::mem::take(&mut self.is_open) {
            self.encoder.end();
        }
        self.tell_moves();
    }

    /// A node that was put somewhere, with all that is below it.
    fn tell_tree(&mut self, top: Slot) {
        if self.is_telling {
            self.open();
            Walk::of(top).step(self, usize::MAX);
        }
    }

    /// Where a node is added. Its parent was told, and so were those of its siblings that were there before it.
    pub(crate) fn insertion(&self, slot: Slot) -> Insertion {
        let node = self.mirror.node(slot);
        if node.parent == NONE {
            return Insertion::Root;
        }
        let append = Insertion::Append(self.mirror.node(node.parent).wire);
        if node.kind == Kind::ShadowRoot {
            return append;
        }
        if node.previous != NONE {
            let previous = self.mirror.node(node.previous);
            // A shadow root is no sibling.
            if previous.kind != Kind::ShadowRoot && previous.wire.wrapping_add(1) == self.encoder.next_node() {
                return Insertion::AfterPrevious;
            }
        }
        match node.next {
            NONE => append,
            next => match self.mirror.node(next).wire {
                NONE => append,
                next => Insertion::Before(next),
            },
        }
    }
}

/// The number of a text, which is defined now if it was not told.
pub(crate) fn told(texts: &mut Texts, encoder: &mut Encoder, text: TextSlot) -> StringRef {
    let known = *texts.wire(text);
    if known != NONE {
        return known;
    }
    let number = encoder.string(texts.role(text), texts.text(text));
    *texts.wire(text) = number;
    number
}

fn role(number: i32) -> Option<Role> {
    Some(match number {
        1 => Role::NodeName,
        2 => Role::AttributeName,
        3 => Role::AttributeValue,
        4 => Role::Text,
        5 => Role::FormInput,
        6 => Role::Css,
        7 => Role::Url,
        _ => return None,
    })
}

fn layer(number: i32) -> Option<Layer> {
    Some(match number {
        0 => Layer::None,
        1 => Layer::Modal,
        2 => Layer::Popover,
        3 => Layer::Fullscreen,
        _ => return None,
    })
}
