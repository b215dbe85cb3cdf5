//! What an operation changes in the mirror, and what record tells it.
//!
//! Before the first snapshot nothing is told: the mirror fills. From then on a node, text or sheet is told when something
//! refers to it for the first time. What refers to nodes that are not there is left out and counted.

use crate::mirror::{ATTACHED, DOC_TYPE_ID, Key, Mirror, Property, Slot, attribute_key, name_of, op_of};
use crate::ops::{self, Batch, NameWord};
use crate::places::NONE;
use crate::snapshot::Walk;
use crate::texts::TextSlot;
use alloc::vec::Vec;
use rum_protocol::replay::{Encoder, Insertion, NodeId, Role, begun, part};

/// Records what the page does.
pub(crate) struct Recorder {
    pub(crate) mirror: Mirror,
    pub(crate) encoder: Encoder,
    /// Records written since they were last asked for.
    pub(crate) records: u32,
    /// Operations that referred to what is not there, or said what cannot be.
    pub(crate) dropped: u32,
    /// The document was walked once: the mirror is whole.
    pub(crate) is_walked: bool,
    /// There is a snapshot that changes can follow.
    pub(crate) is_telling: bool,
    /// A record of changes is begun.
    pub(crate) is_open: bool,
    /// Time of the batch, and the latest that was told in it: changes have none of their own.
    pub(crate) batch_ms: u64,
    pub(crate) at_ms: u64,
    /// Moves of the pointer, one after the other: words of the operations, and whether they are by touch.
    pub(crate) moves: Vec<[i32; 5]>,
    /// Sheets that became others in this batch.
    pub(crate) stale: Vec<Slot>,
    /// Width, height and focus; then those of the visual viewport, if its scale is not 0.
    pub(crate) window: [i32; 10],
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self {
            mirror: Mirror::new(),
            encoder: Encoder::new(),
            records: 0,
            dropped: 0,
            is_walked: false,
            is_telling: false,
            is_open: false,
            batch_ms: 0,
            at_ms: 0,
            moves: Vec::new(),
            stale: Vec::new(),
            window: [0; 10],
        }
    }

    /// Does a batch.
    pub(crate) fn apply(&mut self, mut batch: Batch<'_>, at_ms: u64) {
        self.batch_ms = at_ms;
        self.at_ms = at_ms;
        while !batch.is_done() {
            let op = batch.next();
            let is_done = match op {
                ops::WALKED => {
                    self.is_walked = true;
                    Some(())
                }
                ops::ELEMENT..=ops::C_DATA => self.add(op, &mut batch),
                ops::REMOVE..=ops::TOP_LAYER => self.change_node(op, &mut batch),
                ops::DEFINED..=ops::RULE_DELETED => self.change_sheet(op, &mut batch),
                _ => self.happened(op, &mut batch),
            };
            self.dropped += u32::from(is_done.is_none());
        }
        self.tell_stale();
        self.settle();
        self.mirror.texts.tidy();
    }

    /// A node that is new.
    fn add(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let (id, parent) = (batch.number(), batch.number());
        let before = if matches!(op, ops::DOCUMENT | ops::SHADOW_ROOT) { 0 } else { batch.number() };
        let mut properties = Vec::new();
        let mut name = NONE;
        match op {
            ops::ELEMENT => {
                name = self.name(batch, 0).map_or(NONE, |(name, _)| name);
                for _ in 0..batch.number() {
                    match self.attribute(batch) {
                        Some(property) => properties.push(property),
                        None => self.dropped += 1,
                    }
                }
            }
            ops::TEXT => name = self.mirror.texts.take(Role::Text, batch.text()),
            ops::DOC_TYPE => {
                name = self.mirror.texts.take(Role::Text, batch.text());
                for _ in 0..2 {
                    properties.push([DOC_TYPE_ID, self.mirror.texts.take(Role::Text, batch.text()), 0]);
                }
            }
            _ => {}
        }
        if let Some(slot) = self.mirror.slot(id) {
            // It is another node from here on.
            self.remove(slot);
        }
        let slot = self.mirror.add(id, op, name, properties)?;
        let is_root = op == ops::DOCUMENT && parent == 0;
        let parent = self.parent(parent, slot);
        if is_root {
            if self.mirror.root != NONE {
                self.remove(self.mirror.root);
            }
            self.mirror.root = slot;
        } else if let Some(parent) = parent.filter(|_| op != ops::ELEMENT || name != NONE) {
            let before = self.mirror.slot(before).unwrap_or(NONE);
            self.mirror.link(slot, parent, before);
        } else {
            self.mirror.forget(slot);
            return None;
        }
        self.tell_tree(slot);
        Some(())
    }

    /// A node that is there.
    fn change_node(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let id = batch.number();
        let key_and_value = match op {
            ops::REMOVE => None,
            ops::MOVE => {
                let (parent, before) = (batch.number(), batch.number());
                return self.move_to(id, parent, before);
            }
            ops::ATTRIBUTE => Some(self.attribute(batch)?),
            ops::ATTRIBUTE_REMOVED => Some([attribute_key(self.name(batch, 1)?.0), NONE, 0]),
            ops::DATA => Some([op as Key, self.mirror.texts.take(Role::Text, batch.text()), 0]),
            ops::INPUT_VALUE => Some([op as Key, self.mirror.texts.take(Role::FormInput, batch.text()), 0]),
            ops::SCROLL_POSITION | ops::SIZE => Some([op as Key, batch.number(), batch.number()]),
            _ => Some([op as Key, batch.number(), 0]),
        };
        let slot = self.mirror.slot(id);
        let Some(property) = key_and_value else {
            self.remove(slot?);
            return Some(());
        };
        let [key, first, second] = property;
        let fits = |slot: &Slot| match self.mirror.node(*slot).kind {
            ops::ELEMENT => op != ops::DATA,
            ops::TEXT => op == ops::DATA,
            _ => op == ops::SCROLL_POSITION,
        };
        let Some(slot) = slot.filter(fits) else {
            self.mirror.release(property);
            return None;
        };
        let is_changed = if op == ops::DATA {
            let before = core::mem::replace(&mut self.mirror.node_mut(slot).name, first);
            self.mirror.texts.release(before);
            before != first
        } else {
            self.mirror.set(slot, key, Some([first, second]).filter(|_| op != ops::ATTRIBUTE_REMOVED))
        };
        if is_changed && self.is_telling {
            self.tell_property(slot, property);
        }
        Some(())
    }

    pub(crate) fn remove(&mut self, slot: Slot) {
        self.tell_removed(slot);
        self.mirror.unlink(slot);
        self.mirror.forget(slot);
    }

    fn move_to(&mut self, id: u32, parent: u32, before: u32) -> Option<()> {
        let slot = self.mirror.slot(id)?;
        let parent = self.parent(parent, slot)?;
        let before = self.mirror.slot(before).unwrap_or(NONE);
        let node = self.mirror.node(slot);
        if slot == self.mirror.root {
            return None;
        }
        if node.parent == parent && node.next == before {
            return Some(());
        }
        self.tell_removed(slot);
        self.mirror.unlink(slot);
        self.mirror.link(slot, parent, before);
        // Told again it is another node: its number, and those below it, are new.
        let mut at = slot;
        while at != NONE {
            self.mirror.node_mut(at).wire = NONE;
            at = self.mirror.following(at, slot);
        }
        self.tell_tree(slot);
        Some(())
    }

    /// A property of an attribute that is set.
    fn attribute(&mut self, batch: &mut Batch<'_>) -> Option<Property> {
        let name = self.name(batch, 1);
        let text = batch.text();
        let (name, role) = name?;
        Some([attribute_key(name), self.mirror.texts.take(role?, text), 0])
    }

    /// A name, as of an attribute (1) or an element (0), and the role of the value that goes with it.
    fn name(&mut self, batch: &mut Batch<'_>, role: usize) -> Option<(TextSlot, Option<Role>)> {
        let word = NameWord(batch.number());
        if word.is_new() {
            let name = batch.text();
            self.mirror.learn_name(word.number(), name);
        }
        Some((self.mirror.name(word.number(), role)?, Role::from_number(word.role())))
    }

    /// The place of a node that can have the child.
    fn parent(&self, id: u32, child: Slot) -> Option<Slot> {
        let parent = self.mirror.slot(id)?;
        let has_children =
            matches!(self.mirror.node(parent).kind, ops::ELEMENT | ops::DOCUMENT | ops::SHADOW_ROOT);
        (has_children && !self.mirror.is_within(parent, child)).then_some(parent)
    }

    fn tell_removed(&mut self, slot: Slot) {
        if self.is_telling {
            self.change(begun::REMOVE, slot);
        }
    }

    /// A node that was put somewhere, with all that is below it.
    fn tell_tree(&mut self, top: Slot) {
        if self.is_telling {
            self.open();
            Walk::of(top).step(self, usize::MAX);
        }
    }

    /// Tells a property, which is set, or removed if it has no value.
    pub(crate) fn tell_property(&mut self, slot: Slot, [key, first, second]: Property) {
        let op = op_of(key);
        let change = match op {
            ops::ATTRIBUTE => begun::ATTRIBUTE + u8::from(first == NONE),
            ops::DATA => begun::TEXT,
            ops::INPUT_VALUE => begun::INPUT_VALUE,
            ops::INPUT_SELECTION => begun::INPUT_SELECTION,
            ops::SCROLL_POSITION => begun::SCROLL,
            ops::SIZE => begun::SIZE,
            ops::MEDIA_PLAYS => begun::PLAYS + u8::from(first == 0),
            _ => begun::TOP_LAYER,
        };
        self.change(change, slot);
        match op {
            ops::ATTRIBUTE => {
                self.tell_text(part::ATTRIBUTE, Role::AttributeName, name_of(key));
                if first != NONE {
                    self.tell_text(part::VALUE, Role::AttributeValue, first);
                }
            }
            ops::DATA => self.tell_text(part::TEXT, Role::Text, first),
            ops::INPUT_VALUE => self.tell_text(part::VALUE, Role::FormInput, first),
            ops::MEDIA_PLAYS => {}
            _ => {
                let is_scroll = op == ops::SCROLL_POSITION;
                self.encoder.part(if is_scroll { part::X } else { part::NUMBER }, first);
                if is_scroll || op == ops::SIZE {
                    self.encoder.part(if is_scroll { part::Y } else { part::NUMBER }, second);
                }
            }
        }
    }

    /// Writes a reference to a text into a column that is for texts of a role.
    pub(crate) fn tell_text(&mut self, column: usize, role: Role, text: TextSlot) {
        let (text, own, number) = self.mirror.texts.told(text);
        *number = self.encoder.text_part(column, role, own, *number, text);
    }

    /// Begins a change of a node.
    pub(crate) fn change(&mut self, change: u8, slot: Slot) {
        self.open();
        self.encoder.begin_change(change);
        self.tell_node(slot);
    }

    /// Writes the number of a node.
    pub(crate) fn tell_node(&mut self, slot: Slot) {
        self.encoder.part(part::NODE, self.mirror.node(slot).wire);
    }

    /// Begins a record of changes, unless there is one.
    pub(crate) fn open(&mut self) {
        if !self.is_open {
            self.settle();
            self.encoder.begin_changes(self.at_ms);
            self.records += 1;
            self.is_open = true;
        }
    }

    /// Begins a record that is none of changes.
    pub(crate) fn record(&mut self, kind: u8, at_ms: u64) {
        self.settle();
        self.encoder.begin_record(at_ms, kind);
        self.records += 1;
        self.at_ms = self.at_ms.max(at_ms);
    }

    /// Ends what is begun.
    pub(crate) fn settle(&mut self) {
        if core::mem::take(&mut self.is_open) {
            self.encoder.begin_change(begun::END);
        }
        self.tell_moves();
    }

    /// Where a node is added. Its parent was told, and so were those of its siblings that were there before it.
    pub(crate) fn insertion(&self, slot: Slot) -> Insertion {
        let node = self.mirror.node(slot);
        if node.parent == NONE {
            return Insertion::Root;
        }
        let wire = |slot: Slot| if slot == NONE { NONE } else { self.mirror.node(slot).wire };
        let append = Insertion::Append(wire(node.parent));
        let (next, next_node): (NodeId, NodeId) = (wire(node.next), self.encoder.next_node());
        // A shadow root is no sibling.
        if node.kind == ops::SHADOW_ROOT {
            append
        } else if node.previous != NONE
            && wire(node.previous).wrapping_add(1) == next_node
            && self.mirror.node(node.previous).kind != ops::SHADOW_ROOT
        {
            Insertion::AfterPrevious
        } else if next != NONE {
            Insertion::Before(next)
        } else {
            append
        }
    }

    /// Sheets of a node by their places.
    pub(crate) fn sheets_of(&self, slot: Slot) -> Vec<Slot> {
        let properties = self.mirror.node(slot).properties.iter();
        properties.filter(|property| property[0] == ATTACHED).map(|property| property[1]).collect()
    }
}
