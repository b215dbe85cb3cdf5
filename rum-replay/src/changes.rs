//! What an operation changes in the mirror, and what record tells it.
//!
//! Before the first snapshot nothing is told: the mirror fills. From then on a node, text or sheet is told when something
//! refers to it for the first time. What refers to nodes that are not there is left out and counted.

use crate::mirror::{
    DOC_TYPE_ID, Key, Mirror, NAME, NEXT, PARENT, PREVIOUS, PROPERTIES, Property, Slot, attribute_key,
    name_of, op_of,
};
use crate::ops::{self, Batch, NameWord};
use crate::rows::{NONE, TextSlot, WIRE};
use crate::snapshot::Walk;
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
    pub(crate) moves: Vec<u32>,
    pub(crate) is_touch: i32,
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
            is_touch: 0,
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
        self.mirror.rows.tidy();
    }

    /// A node that is new.
    fn add(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let (id, parent) = (batch.number(), batch.number());
        let before = if matches!(op, ops::DOCUMENT | ops::SHADOW_ROOT) { 0 } else { batch.number() };
        let slot = self.mirror.add(id, op);
        let mut link = slot + PROPERTIES;
        match op {
            ops::ELEMENT => {
                if let Some((name, _)) = self.name(batch, 0) {
                    self.mirror.put(slot, NAME, name);
                }
                for _ in 0..batch.number() {
                    match self.attribute(batch) {
                        Some(property) => link = self.mirror.insert(link, property),
                        None => self.dropped += 1,
                    }
                }
            }
            ops::TEXT | ops::DOC_TYPE => {
                let name = self.mirror.rows.take(Role::Text as u32, batch.text());
                self.mirror.put(slot, NAME, name);
                for _ in 0..(op - ops::TEXT) * 2 {
                    let id = self.mirror.rows.take(Role::Text as u32, batch.text());
                    link = self.mirror.insert(link, [DOC_TYPE_ID, id, 0]);
                }
            }
            _ => {}
        }
        if let Some(slot) = self.mirror.slot(id) {
            // It is another node from here on.
            self.remove(slot);
        }
        self.mirror.rows.found(slot);
        let is_root = op == ops::DOCUMENT && parent == 0;
        let parent = self.parent(parent, slot);
        if is_root && id != 0 {
            if self.mirror.root != NONE {
                self.remove(self.mirror.root);
            }
            self.mirror.root = slot;
        } else if let Some(parent) =
            parent.filter(|_| id != 0 && (op != ops::ELEMENT || self.mirror.get(slot, NAME) != NONE))
        {
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
        let property = match op {
            ops::REMOVE => {
                let slot = self.mirror.slot(id)?;
                self.remove(slot);
                return Some(());
            }
            ops::MOVE => {
                let (parent, before) = (batch.number(), batch.number());
                return self.move_to(id, parent, before);
            }
            ops::ATTRIBUTE => self.attribute(batch)?,
            ops::ATTRIBUTE_REMOVED => [attribute_key(self.name(batch, 1)?.0), NONE, 0],
            ops::DATA | ops::INPUT_VALUE => {
                let role = if op == ops::DATA { Role::Text } else { Role::FormInput };
                [op as Key, self.mirror.rows.take(role as u32, batch.text()), 0]
            }
            ops::SCROLL_POSITION | ops::SIZE => [op as Key, batch.number(), batch.number()],
            _ => [op as Key, batch.number(), 0],
        };
        let slot = self.mirror.slot(id).unwrap_or(NONE);
        let fits = match self.mirror.kind(slot) {
            ops::ELEMENT => op != ops::DATA,
            ops::TEXT => op == ops::DATA,
            _ => slot != NONE && op == ops::SCROLL_POSITION,
        };
        if !fits {
            self.mirror.release(property);
            return None;
        }
        let is_changed = if op == ops::DATA {
            let before = self.mirror.get(slot, NAME);
            self.mirror.put(slot, NAME, property[1]);
            self.mirror.rows.release(before);
            before != property[1]
        } else {
            self.mirror.set(slot, property, op != ops::ATTRIBUTE_REMOVED)
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
        if slot == self.mirror.root {
            return None;
        }
        if self.mirror.get(slot, PARENT) == parent && self.mirror.get(slot, NEXT) == before {
            return Some(());
        }
        self.tell_removed(slot);
        self.mirror.unlink(slot);
        self.mirror.link(slot, parent, before);
        // Told again it is another node: its number, and those below it, are new.
        let mut at = slot;
        while at != NONE {
            self.mirror.put(at, WIRE, NONE);
            at = self.mirror.following(at, slot);
        }
        self.tell_tree(slot);
        Some(())
    }

    /// A property of an attribute that is set.
    fn attribute(&mut self, batch: &mut Batch<'_>) -> Option<Property> {
        let name = self.name(batch, 1);
        let text = batch.text();
        let (name, role) = name.filter(|&(_, role)| role > 0)?;
        Some([attribute_key(name), self.mirror.rows.take(role, text), 0])
    }

    /// A name, as of an attribute (1) or an element (0), and the role of the value that goes with it.
    fn name(&mut self, batch: &mut Batch<'_>, role: usize) -> Option<(TextSlot, u32)> {
        let word = NameWord(batch.number());
        if word.is_new() {
            let name = batch.text();
            self.mirror.learn_name(word.number(), name);
        }
        Some((self.mirror.name(word.number(), role)?, word.role()))
    }

    /// The place of a node that can have the child.
    fn parent(&self, id: u32, child: Slot) -> Option<Slot> {
        let parent = self.mirror.slot(id)?;
        let has_children =
            matches!(self.mirror.kind(parent), ops::ELEMENT | ops::DOCUMENT | ops::SHADOW_ROOT);
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
        let (bytes, own) = self.mirror.rows.text(text);
        let number = self.encoder.text_part(column, role as u32, own, self.mirror.wire(text), bytes);
        self.mirror.put(text, WIRE, number);
    }

    /// Begins a change of a node.
    pub(crate) fn change(&mut self, change: u8, slot: Slot) {
        self.open();
        self.encoder.begin_change(change);
        self.tell_node(slot);
    }

    /// Writes the number of a node.
    pub(crate) fn tell_node(&mut self, slot: Slot) {
        self.encoder.part(part::NODE, self.mirror.wire(slot));
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
        let mirror = &self.mirror;
        let parent = mirror.get(slot, PARENT);
        if parent == NONE {
            return Insertion::Root;
        }
        let [previous, next] = [PREVIOUS, NEXT].map(|word| mirror.get(slot, word));
        let next: NodeId = mirror.wire(next);
        // A shadow root is no sibling.
        if mirror.kind(slot) != ops::SHADOW_ROOT {
            if previous != NONE
                && mirror.wire(previous).wrapping_add(1) == self.encoder.next_node()
                && mirror.kind(previous) != ops::SHADOW_ROOT
            {
                return Insertion::AfterPrevious;
            }
            if next != NONE {
                return Insertion::Before(next);
            }
        }
        Insertion::Append(mirror.wire(parent))
    }
}
