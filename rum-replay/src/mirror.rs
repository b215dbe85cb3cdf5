//! The recorded page as it is: its nodes, and what of them a picture of the page needs. A new view's full snapshot is
//! made from it, without a look at the DOM. Nodes are rows and refer to each other by place; nothing here
//! recurses, for a page may be as deep as it likes. What a node has, its attributes and whatever else is known of it, are
//! properties, all kept alike; a style sheet is kept like a node that is nowhere, and its rules are its properties.

use crate::ops;
use crate::rows::{GONE, KIND, NODE_WORDS, NODES, NONE, Row, Rows, SHEETS, TextSlot, WIRE, key_of};
use alloc::vec::Vec;
use rum_protocol::replay::Role;

/// A node's place, or a sheet's.
pub(crate) type Slot = Row;

/// Most nodes of a page that is recorded: a snapshot of as many still is a segment the collector takes
/// (`MAX_SEGMENT_CHANGES` of the protocol).
const MAX_NODES: usize = 400_000;
/// Most bytes the mirror may take, about: what a tab can spare before the browser ends it on a phone.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Most names of elements and attributes. A page that invents more of them goes on without those.
const MAX_NAMES: usize = 65_536;

/// Words of a node, or a sheet, beside those of every row; its kind is the operation that added it, of a disabled sheet one
/// more than `SHEET`. The parent of a sheet is the element it belongs to, if it does.
pub(crate) const PARENT: u32 = 3;
pub(crate) const FIRST: u32 = 4;
const LAST: u32 = 5;
pub(crate) const PREVIOUS: u32 = 6;
pub(crate) const NEXT: u32 = 7;
/// Of an element (not counted as a use) or document type; of a text node what it says.
pub(crate) const NAME: u32 = 8;
/// The first property.
pub(crate) const PROPERTIES: u32 = 9;

/// Words of a property: what it is, its two words or its text, and the next property of the node. Where the place of a
/// property is written, in its node or in the one before it, is a link.
pub(crate) const KEY: u32 = 0;
pub(crate) const VALUE: u32 = 1;
const SECOND: u32 = 2;
pub(crate) const REST: u32 = 3;
const PROPERTY_WORDS: usize = 4;

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

/// The page.
pub(crate) struct Mirror {
    pub(crate) rows: Rows,
    /// The document; `NONE` if there is none yet.
    pub(crate) root: Slot,
    /// Texts of names as of elements and, after it, as of attributes, by twice the page's number.
    names: Vec<TextSlot>,
    /// Names of custom elements.
    pub(crate) defined: Vec<TextSlot>,
    nodes: usize,
}

impl Mirror {
    pub(crate) const fn new() -> Self {
        Self { rows: Rows::new(), root: NONE, names: Vec::new(), defined: Vec::new(), nodes: 0 }
    }

    /// Whether it has grown past what it may take.
    pub(crate) fn is_full(&self) -> bool {
        self.nodes > MAX_NODES || self.rows.bytes() > MAX_BYTES
    }

    /// The place of a node that is there.
    #[inline(never)]
    pub(crate) fn slot(&self, id: u32) -> Option<Slot> {
        self.rows.find(id, NODES)
    }

    /// The place of a sheet that is there.
    pub(crate) fn sheet(&self, number: u32) -> Option<Slot> {
        self.rows.find(number, SHEETS)
    }

    /// A word of a node or property.
    pub(crate) fn get(&self, slot: Slot, word: u32) -> u32 {
        self.rows.get(slot, word)
    }

    pub(crate) fn put(&mut self, slot: Slot, word: u32, value: u32) {
        self.rows.set(slot, word, value);
    }

    /// What a node is.
    pub(crate) fn kind(&self, slot: Slot) -> i32 {
        self.get(slot, KIND).cast_signed()
    }

    /// Learns a name. Names are numbered one after the other; those between were in a batch that was lost.
    pub(crate) fn learn_name(&mut self, number: usize, name: &[u8]) {
        if number >= MAX_NAMES {
            return;
        }
        let at = number * 2;
        if self.names.len() <= at {
            self.names.resize(at + 2, NONE);
        }
        // In both roles, though hardly any is used in both: they are few.
        for (role, slot) in (Role::NodeName as u32..).zip(&mut self.names[at..at + 2]) {
            *slot = self.rows.take(role, name);
        }
    }

    /// The text of a name, as of an attribute (1) or an element (0).
    pub(crate) fn name(&self, number: usize, role: usize) -> Option<TextSlot> {
        self.names.get(number * 2 + role).copied().filter(|&name| name != NONE)
    }

    /// A node that is nowhere yet, or a sheet.
    pub(crate) fn add(&mut self, id: u32, kind: i32) -> Slot {
        self.nodes += 1;
        let mut words = [NONE; NODE_WORDS];
        [words[0], words[KIND as usize]] = [key_of(id), kind.cast_unsigned()];
        self.rows.add(&words)
    }

    /// Puts a node that is nowhere below a parent: before a child of it, else as the last one. A shadow root stands before
    /// all children, where nothing is put before it.
    pub(crate) fn link(&mut self, slot: Slot, parent: Slot, before: Slot) {
        let next = if self.kind(slot) == ops::SHADOW_ROOT {
            self.get(parent, FIRST)
        } else if self.get(before, PARENT) == parent && self.kind(before) != ops::SHADOW_ROOT {
            before
        } else {
            NONE
        };
        let previous = if next == NONE { self.get(parent, LAST) } else { self.get(next, PREVIOUS) };
        self.place(slot, parent, previous, next);
        self.join(parent, previous, slot, slot, next);
    }

    /// Takes a node, and what is below it, from where it is.
    pub(crate) fn unlink(&mut self, slot: Slot) {
        let [parent, previous, next] = [PARENT, PREVIOUS, NEXT].map(|word| self.get(slot, word));
        self.place(slot, NONE, NONE, NONE);
        if parent != NONE {
            self.join(parent, previous, next, previous, next);
        } else if self.root == slot {
            self.root = NONE;
        }
    }

    fn place(&mut self, slot: Slot, parent: Slot, previous: Slot, next: Slot) {
        self.put(slot, PARENT, parent);
        self.put(slot, PREVIOUS, previous);
        self.put(slot, NEXT, next);
    }

    /// After `previous` comes `following`, and before `next` comes `preceding`.
    fn join(&mut self, parent: Slot, previous: Slot, following: Slot, preceding: Slot, next: Slot) {
        let [before, word] = if previous == NONE { [parent, FIRST] } else { [previous, NEXT] };
        self.put(before, word, following);
        let [after, word] = if next == NONE { [parent, LAST] } else { [next, PREVIOUS] };
        self.put(after, word, preceding);
    }

    /// Whether a node is another one or somewhere below it.
    pub(crate) fn is_within(&self, slot: Slot, ancestor: Slot) -> bool {
        let mut at = slot;
        while at != NONE && at != ancestor {
            at = self.get(at, PARENT);
        }
        at == ancestor
    }

    /// The node that follows in the order of the document, of those below `top` and it itself; `NONE` after the last.
    pub(crate) fn following(&self, slot: Slot, top: Slot) -> Slot {
        let first = self.get(slot, FIRST);
        if first != NONE {
            return first;
        }
        let mut at = slot;
        while at != top {
            let next = self.get(at, NEXT);
            if next != NONE {
                return next;
            }
            at = self.get(at, PARENT);
        }
        NONE
    }

    /// Forgets a node that is nowhere, and what is below it; or a sheet.
    pub(crate) fn forget(&mut self, top: Slot) {
        let mut at = top;
        while at != NONE {
            let slot = at;
            at = self.following(at, top);
            if matches!(self.kind(slot), ops::TEXT | ops::DOC_TYPE) {
                self.rows.release(self.get(slot, NAME));
            }
            self.clear(slot);
            self.nodes -= 1;
            self.rows.lose(slot);
        }
    }

    /// The link to a node's property of the key; that at the end if it has none.
    pub(crate) fn find(&self, slot: Slot, key: Key) -> u32 {
        let mut link = slot + PROPERTIES;
        loop {
            let property = self.get(link, 0);
            if property == NONE || self.get(property, KEY) == key {
                return link;
            }
            link = property + REST;
        }
    }

    /// A property.
    pub(crate) fn property(&self, property: Row) -> Property {
        [KEY, VALUE, SECOND].map(|word| self.get(property, word))
    }

    /// Sets a property, or removes it; answers whether it was otherwise. Takes over the text.
    pub(crate) fn set(&mut self, slot: Slot, [key, first, second]: Property, is_there: bool) -> bool {
        let link = self.find(slot, key);
        let before = self.get(link, 0);
        let mut is_changed = is_there;
        if before != NONE {
            is_changed = !is_there || self.property(before) != [key, first, second];
            self.remove(slot, link);
        }
        if is_there {
            self.insert(link, [key, first, second]);
        }
        is_changed
    }

    /// Inserts a property at a link; answers the one behind it.
    pub(crate) fn insert(&mut self, link: u32, [key, first, second]: Property) -> u32 {
        let row: [u32; PROPERTY_WORDS] = [key, first, second, self.get(link, 0)];
        let property = self.rows.add(&row);
        self.put(link, 0, property);
        property + REST
    }

    /// Removes the property at a link: its text, or the sheet that goes with its element.
    pub(crate) fn remove(&mut self, slot: Slot, link: u32) {
        let at = self.get(link, 0);
        let property = self.property(at);
        self.put(link, 0, self.get(at, REST));
        self.rows.free(at, PROPERTY_WORDS);
        self.release(property);
        let [key, sheet, _] = property;
        if key == ATTACHED && self.is_sheet(sheet) && self.get(sheet, PARENT) == slot {
            self.forget(sheet);
        }
    }

    /// Removes all properties.
    pub(crate) fn clear(&mut self, slot: Slot) {
        while self.get(slot, PROPERTIES) != NONE {
            self.remove(slot, slot + PROPERTIES);
        }
    }

    /// Whether a sheet is still there.
    pub(crate) fn is_sheet(&self, slot: Slot) -> bool {
        let kind = self.get(slot, KIND);
        kind != GONE && kind >= RULE
    }

    /// Releases the text of a property, if it has one.
    pub(crate) fn release(&mut self, [key, text, _]: Property) {
        let has_text = matches!(
            op_of(key),
            ops::ATTRIBUTE | ops::DATA | ops::INPUT_VALUE | ops::DOC_TYPE | ops::SHEET | ops::RULE_INSERTED
        );
        if has_text && text != NONE {
            self.rows.release(text);
        }
    }

    /// The number of a node or sheet in the view.
    pub(crate) fn wire(&self, slot: Slot) -> u32 {
        self.get(slot, WIRE)
    }
}
