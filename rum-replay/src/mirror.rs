//! The recorded page as it is: its nodes, and what of them a picture of the page needs. A new view's full snapshot is
//! made from it, without a look at the DOM. Nodes stand in one list and refer to each other by place; nothing here
//! recurses, for a page may be as deep as it likes. What a node has, its attributes and whatever else is known of it, are
//! properties, all kept alike; a style sheet is kept like a node that is nowhere, and its rules are its properties.

use crate::ops;
use crate::places::{NONE, Places};
use crate::texts::{TextSlot, Texts};
use alloc::vec::Vec;
use rum_protocol::replay::Role;

/// A node's place in the list.
pub(crate) type Slot = u32;

/// Most nodes of a page that is recorded: a snapshot of as many still is a segment the collector takes
/// (`MAX_SEGMENT_CHANGES` of the protocol).
const MAX_NODES: usize = 400_000;
/// Most bytes the mirror may take, about: what a tab can spare before the browser ends it on a phone.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Most names of elements and attributes. A page that invents more of them goes on without those.
const MAX_NAMES: usize = 65_536;

/// What a property is: the operation that sets it; above it, of an attribute, its name ([`attribute_key`]).
pub(crate) type Key = u32;
/// Bits of a key that are the operation.
const OP_BITS: u32 = 5;

/// A property: what it is, and its two words or its text.
pub(crate) type Property = [u32; 3];

/// The operation a property comes from.
pub(crate) fn op_of(key: Key) -> i32 {
    (key & ((1 << OP_BITS) - 1)).cast_signed()
}

/// The name of an attribute.
pub(crate) fn name_of(key: Key) -> TextSlot {
    key >> OP_BITS
}

/// The key of an attribute.
pub(crate) fn attribute_key(name: TextSlot) -> Key {
    name << OP_BITS | ops::ATTRIBUTE.cast_unsigned()
}

/// Rules of a sheet; the media it is for come after them.
pub(crate) const RULE: Key = ops::SHEET.cast_unsigned();
pub(crate) const SHEET_MEDIA: Key = ops::RULE_INSERTED.cast_unsigned();
/// Public and system id of a document type.
pub(crate) const DOC_TYPE_ID: Key = ops::DOC_TYPE.cast_unsigned();
/// A sheet of a node, by its place.
pub(crate) const ATTACHED: Key = ops::ATTACH_SHEETS.cast_unsigned();

/// A node, or a sheet.
pub(crate) struct Node {
    /// Its number in the page.
    pub(crate) id: u32,
    /// The operation that added it. A disabled sheet is one more than `SHEET`.
    pub(crate) kind: i32,
    /// Of a sheet: the element it belongs to, if it does.
    pub(crate) parent: Slot,
    pub(crate) first: Slot,
    pub(crate) last: Slot,
    pub(crate) previous: Slot,
    pub(crate) next: Slot,
    /// Of an element (not counted as a use) or document type; of a text node what it says.
    pub(crate) name: TextSlot,
    pub(crate) properties: Vec<Property>,
    /// Its number in the view; `NONE` before it was told.
    pub(crate) wire: u32,
}

/// The page.
pub(crate) struct Mirror {
    pub(crate) nodes: Vec<Node>,
    free: Vec<Slot>,
    places: Places,
    sheet_places: Places,
    /// The document; `NONE` if there is none yet.
    pub(crate) root: Slot,
    pub(crate) texts: Texts,
    /// Texts of names as of elements and as of attributes, by the page's number.
    names: Vec<[TextSlot; 2]>,
    /// Names of custom elements.
    pub(crate) defined: Vec<TextSlot>,
    properties: usize,
}

impl Mirror {
    pub(crate) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            places: Places::new(),
            sheet_places: Places::new(),
            root: NONE,
            texts: Texts::new(),
            names: Vec::new(),
            defined: Vec::new(),
            properties: 0,
        }
    }

    /// Whether it has grown past what it may take.
    pub(crate) fn is_full(&self) -> bool {
        let nodes = self.nodes.len() - self.free.len();
        let bytes = self.texts.bytes + nodes * size_of::<Node>() + self.properties * size_of::<Property>();
        nodes > MAX_NODES || bytes > MAX_BYTES
    }

    /// The place of a node that is there.
    pub(crate) fn slot(&self, id: u32) -> Option<Slot> {
        Some(self.places.get(id)).filter(|&slot| slot != NONE)
    }

    /// The place of a sheet that is there.
    pub(crate) fn sheet(&self, number: u32) -> Option<Slot> {
        Some(self.sheet_places.get(number)).filter(|&slot| slot != NONE)
    }

    #[inline(never)]
    pub(crate) fn node(&self, slot: Slot) -> &Node {
        &self.nodes[slot as usize]
    }

    #[inline(never)]
    pub(crate) fn node_mut(&mut self, slot: Slot) -> &mut Node {
        &mut self.nodes[slot as usize]
    }

    /// Learns a name. Names are numbered one after the other; those between were in a batch that was lost.
    pub(crate) fn learn_name(&mut self, number: usize, name: &[u8]) {
        if number >= MAX_NAMES {
            return;
        }
        while self.names.len() <= number {
            self.names.push([NONE; 2]);
        }
        // In both roles, though hardly any is used in both: they are few.
        self.names[number] =
            [self.texts.take(Role::NodeName, name), self.texts.take(Role::AttributeName, name)];
    }

    /// The text of a name, as of an attribute (1) or an element (0).
    pub(crate) fn name(&self, number: usize, role: usize) -> Option<TextSlot> {
        self.names.get(number)?.get(role).copied().filter(|&name| name != NONE)
    }

    /// Adds a node that is nowhere yet, or a sheet; `None` if its number is none. It takes over the texts.
    pub(crate) fn add(
        &mut self,
        id: u32,
        kind: i32,
        name: TextSlot,
        properties: Vec<Property>,
    ) -> Option<Slot> {
        let slot = self.free.pop().unwrap_or(self.nodes.len() as Slot);
        let node = Node {
            id,
            kind,
            parent: NONE,
            first: NONE,
            last: NONE,
            previous: NONE,
            next: NONE,
            name,
            properties,
            wire: NONE,
        };
        self.properties += node.properties.len();
        if slot as usize == self.nodes.len() {
            self.nodes.push(node);
        } else {
            *self.node_mut(slot) = node;
        }
        let places = if kind < ops::SHEET { &mut self.places } else { &mut self.sheet_places };
        if places.put(id, slot) {
            return Some(slot);
        }
        self.forget(slot);
        None
    }

    /// Puts a node that is nowhere below a parent: before a child of it, else as the last one. A shadow root stands before
    /// all children, where nothing is put before it.
    pub(crate) fn link(&mut self, slot: Slot, parent: Slot, before: Slot) {
        let next = if self.node(slot).kind == ops::SHADOW_ROOT {
            self.node(parent).first
        } else if before != NONE
            && self.node(before).parent == parent
            && self.node(before).kind != ops::SHADOW_ROOT
        {
            before
        } else {
            NONE
        };
        let previous = if next == NONE { self.node(parent).last } else { self.node(next).previous };
        let node = self.node_mut(slot);
        (node.parent, node.previous, node.next) = (parent, previous, next);
        self.join(parent, previous, slot, slot, next);
    }

    /// Takes a node, and what is below it, from where it is.
    pub(crate) fn unlink(&mut self, slot: Slot) {
        let Node { parent, previous, next, .. } = *self.node(slot);
        let node = self.node_mut(slot);
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
        if parent != NONE {
            self.join(parent, previous, next, previous, next);
        } else if self.root == slot {
            self.root = NONE;
        }
    }

    /// After `previous` comes `following`, and before `next` comes `preceding`.
    fn join(&mut self, parent: Slot, previous: Slot, following: Slot, preceding: Slot, next: Slot) {
        if previous == NONE {
            self.node_mut(parent).first = following;
        } else {
            self.node_mut(previous).next = following;
        }
        if next == NONE {
            self.node_mut(parent).last = preceding;
        } else {
            self.node_mut(next).previous = preceding;
        }
    }

    /// Whether a node is another one or somewhere below it.
    pub(crate) fn is_within(&self, slot: Slot, ancestor: Slot) -> bool {
        let mut at = slot;
        while at != NONE && at != ancestor {
            at = self.node(at).parent;
        }
        at == ancestor
    }

    /// The node that follows in the order of the document, of those below `top` and it itself; `NONE` after the last.
    pub(crate) fn following(&self, slot: Slot, top: Slot) -> Slot {
        let mut at = self.node(slot);
        if at.first != NONE {
            return at.first;
        }
        let top = self.node(top);
        while at.id != top.id {
            if at.next != NONE {
                return at.next;
            }
            at = self.node(at.parent);
        }
        NONE
    }

    /// Forgets a node that is nowhere, and what is below it; or a sheet.
    pub(crate) fn forget(&mut self, top: Slot) {
        let mut at = top;
        while at != NONE {
            let slot = at;
            at = self.following(at, top);
            let node = self.node_mut(slot);
            let properties = core::mem::take(&mut node.properties);
            let Node { id, kind, name, .. } = *node;
            if matches!(kind, ops::TEXT | ops::DOC_TYPE) {
                self.texts.release(name);
            }
            for property in properties {
                self.let_go(slot, property);
            }
            // A number that was refused has no place.
            let places = if kind < ops::SHEET { &mut self.places } else { &mut self.sheet_places };
            if places.get(id) == slot {
                places.drop(id);
            }
            self.free.push(slot);
        }
    }

    /// A property of a node is no more: its text, or the sheet that goes with its element.
    fn let_go(&mut self, slot: Slot, property: Property) {
        self.properties -= 1;
        self.release(property);
        let [key, sheet, _] = property;
        if key == ATTACHED && self.node(sheet).parent == slot && self.node(sheet).kind >= ops::SHEET {
            self.forget(sheet);
        }
    }

    /// Releases the text of a property, if it has one.
    pub(crate) fn release(&mut self, [key, text, _]: Property) {
        let has_text = matches!(
            op_of(key),
            ops::ATTRIBUTE | ops::DATA | ops::INPUT_VALUE | ops::DOC_TYPE | ops::SHEET | ops::RULE_INSERTED
        );
        if has_text && text != NONE {
            self.texts.release(text);
        }
    }

    /// Sets a property, or removes it; answers whether it was otherwise. Takes over the text.
    pub(crate) fn set(&mut self, slot: Slot, key: Key, value: Option<[u32; 2]>) -> bool {
        let properties = &mut self.node_mut(slot).properties;
        let at = properties.iter().position(|known| known[0] == key);
        let before = at.map(|at| properties[at]);
        if let Some(at) = at {
            self.remove(slot, at);
        }
        if let Some([first, second]) = value {
            let at = at.unwrap_or(self.node(slot).properties.len());
            self.insert(slot, at, [key, first, second]);
        }
        before.map(|[_, first, second]| [first, second]) != value
    }

    /// Inserts a property.
    pub(crate) fn insert(&mut self, slot: Slot, at: usize, property: Property) {
        self.properties += 1;
        self.node_mut(slot).properties.insert(at, property);
    }

    /// Removes a property.
    pub(crate) fn remove(&mut self, slot: Slot, at: usize) {
        let property = self.node_mut(slot).properties.remove(at);
        self.let_go(slot, property);
    }
}
