//! The recorded page as it is: its nodes, and what of them a picture of the page needs. A new view's full snapshot is
//! made from it, without a look at the DOM. Nodes stand in one list and refer to each other by place; nothing here
//! recurses, for a page may be as deep as it likes.

use crate::numbers::{NONE, Numbers};
use crate::sheets::Sheets;
use crate::texts::{TextSlot, Texts};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rum_protocol::replay::{Layer, Role, SelectionState, VisualViewport};

/// A node's place in the list.
pub type Slot = u32;

/// Most nodes of a page that is recorded. The largest page known to be recorded by others had 430,000.
pub const MAX_NODES: usize = 500_000;
/// Most bytes the mirror may take, about: what a tab can spare before the browser ends it on a phone.
pub const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Most names of elements and attributes. A page that invents more of them goes on without those.
const MAX_NAMES: usize = 65_536;
/// What a node takes beside its attributes.
const NODE_BYTES: usize = core::mem::size_of::<Node>();
/// What an attribute takes.
const ATTRIBUTE_BYTES: usize = 8;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "as `rum_protocol::replay::Node`")]
pub enum Kind {
    Element,
    Text,
    DocType,
    Document,
    ShadowRoot,
    CData,
}

/// A node.
pub struct Node {
    /// Its number in the page.
    pub id: u32,
    pub kind: Kind,
    pub parent: Slot,
    pub first: Slot,
    pub last: Slot,
    pub previous: Slot,
    pub next: Slot,
    /// Of an element or document type; of a text node what it says.
    pub name: TextSlot,
    /// Names and values; of a document type its public and its system id.
    pub attributes: Vec<(TextSlot, TextSlot)>,
    /// Its number in the view; `NONE` before it was told.
    pub wire: u32,
    /// What few nodes have.
    pub state: Option<Box<State>>,
}

/// What is not told by attributes.
pub struct State {
    pub value: TextSlot,
    pub selection: Option<SelectionState>,
    pub scroll: Option<(i32, i32)>,
    pub size: Option<(u32, u32)>,
    pub is_playing: Option<bool>,
    pub layer: Layer,
    /// Slots of sheets.
    pub sheets: Vec<u32>,
}

/// A name of elements or attributes as the page numbers them.
#[derive(Clone, Copy)]
struct Name {
    of_element: TextSlot,
    of_attribute: TextSlot,
}

/// What is seen of the page.
#[derive(Default)]
pub struct Window {
    pub width: u32,
    pub height: u32,
    pub has_focus: bool,
    pub visual: Option<VisualViewport>,
}

/// The page.
pub struct Mirror {
    pub nodes: Vec<Node>,
    free: Vec<Slot>,
    places: Numbers,
    /// The document; `NONE` if there is none yet.
    pub root: Slot,
    pub texts: Texts,
    names: Vec<Name>,
    pub sheets: Sheets,
    /// Names of custom elements.
    pub defined: Vec<TextSlot>,
    pub window: Window,
    attributes: usize,
}

impl Default for Mirror {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            places: Numbers::default(),
            root: NONE,
            texts: Texts::default(),
            names: Vec::new(),
            sheets: Sheets::default(),
            defined: Vec::new(),
            window: Window::default(),
            attributes: 0,
        }
    }
}

impl Mirror {
    /// Whether it has grown past what it may take.
    pub fn is_full(&self) -> bool {
        let nodes = self.nodes.len() - self.free.len();
        let bytes = self.texts.bytes() + nodes * NODE_BYTES + (self.attributes + self.sheets.rules()) * ATTRIBUTE_BYTES;
        nodes > MAX_NODES || bytes > MAX_BYTES
    }

    /// The place of a node of the page; `NONE` for one that is not recorded.
    pub fn slot(&self, id: u32) -> Slot {
        self.places.get(id)
    }

    pub fn node(&self, slot: Slot) -> &Node {
        &self.nodes[slot as usize]
    }

    pub fn node_mut(&mut self, slot: Slot) -> &mut Node {
        &mut self.nodes[slot as usize]
    }

    /// What is not told by attributes of a node.
    pub fn state_mut(&mut self, slot: Slot) -> &mut State {
        self.node_mut(slot).state.get_or_insert_with(|| {
            Box::new(State {
                value: NONE,
                selection: None,
                scroll: None,
                size: None,
                is_playing: None,
                layer: Layer::None,
                sheets: Vec::new(),
            })
        })
    }

    /// Learns a name. Names are numbered one after the other; those between were in a batch that was lost.
    pub fn learn_name(&mut self, number: usize, name: &str) {
        if number >= MAX_NAMES {
            return;
        }
        if number >= self.names.len() {
            self.names.resize(number + 1, Name { of_element: NONE, of_attribute: NONE });
        }
        // In both roles, though hardly any is used in both: they are few.
        self.names[number] = Name {
            of_element: self.texts.take(Role::NodeName, name),
            of_attribute: self.texts.take(Role::AttributeName, name),
        };
    }

    /// The text of a name in its role; `NONE` if it is not known.
    pub fn name(&self, number: usize, is_of_element: bool) -> TextSlot {
        let Some(name) = self.names.get(number) else { return NONE };
        if is_of_element { name.of_element } else { name.of_attribute }
    }

    /// Adds a node that is nowhere yet. It takes over the texts.
    pub fn add(&mut self, id: u32, kind: Kind, name: TextSlot, attributes: Vec<(TextSlot, TextSlot)>) -> Slot {
        self.attributes += attributes.len();
        let node = Node {
            id,
            kind,
            parent: NONE,
            first: NONE,
            last: NONE,
            previous: NONE,
            next: NONE,
            name,
            attributes,
            wire: NONE,
            state: None,
        };
        let slot = self.free.pop().unwrap_or(self.nodes.len() as Slot);
        match self.nodes.get_mut(slot as usize) {
            Some(place) => *place = node,
            None => self.nodes.push(node),
        }
        self.places.put(id, slot);
        slot
    }

    /// Puts a node that is nowhere below a parent: before a child of it, else as the last one. A shadow root stands before
    /// all children, where nothing is put before it.
    pub fn link(&mut self, slot: Slot, parent: Slot, before: Slot) {
        let is_child = before != NONE && self.node(before).parent == parent;
        let next = match self.node(slot).kind {
            Kind::ShadowRoot => self.node(parent).first,
            _ if is_child && self.node(before).kind != Kind::ShadowRoot => before,
            _ => NONE,
        };
        let previous = if next == NONE { self.node(parent).last } else { self.node(next).previous };
        let node = self.node_mut(slot);
        (node.parent, node.previous, node.next) = (parent, previous, next);
        self.join(parent, previous, slot);
        self.join_back(parent, slot, next);
    }

    /// Takes a node, and what is below it, from where it is.
    pub fn unlink(&mut self, slot: Slot) {
        let Node { parent, previous, next, .. } = *self.node(slot);
        let node = self.node_mut(slot);
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
        if parent == NONE {
            if self.root == slot {
                self.root = NONE;
            }
            return;
        }
        self.join(parent, previous, next);
        self.join_back(parent, previous, next);
    }

    /// What comes after `previous` is `next`.
    fn join(&mut self, parent: Slot, previous: Slot, next: Slot) {
        match previous {
            NONE => self.node_mut(parent).first = next,
            _ => self.node_mut(previous).next = next,
        }
    }

    /// What comes before `next` is `previous`.
    fn join_back(&mut self, parent: Slot, previous: Slot, next: Slot) {
        match next {
            NONE => self.node_mut(parent).last = previous,
            _ => self.node_mut(next).previous = previous,
        }
    }

    /// Whether a node is another one or somewhere below it.
    pub fn is_within(&self, slot: Slot, ancestor: Slot) -> bool {
        let mut at = slot;
        while at != NONE && at != ancestor {
            at = self.node(at).parent;
        }
        at == ancestor
    }

    /// The node that follows in the order of the document, of those below `top` and it itself; `NONE` after the last.
    pub fn following(&self, slot: Slot, top: Slot) -> Slot {
        let first = self.node(slot).first;
        if first != NONE {
            return first;
        }
        let mut at = slot;
        while at != top {
            let Node { next, parent, .. } = *self.node(at);
            if next != NONE {
                return next;
            }
            at = parent;
        }
        NONE
    }

    /// Forgets a node that is nowhere, and what is below it.
    pub fn forget(&mut self, top: Slot) {
        let mut at = top;
        while at != NONE {
            let slot = at;
            at = self.following(at, top);
            let node = &mut self.nodes[slot as usize];
            self.texts.release(node.name);
            self.attributes -= node.attributes.len();
            for (name, value) in core::mem::take(&mut node.attributes) {
                self.texts.release(name);
                self.texts.release(value);
            }
            let state = node.state.take();
            self.places.drop(node.id);
            self.free.push(slot);
            if let Some(state) = state {
                self.texts.release(state.value);
                for sheet in state.sheets {
                    self.sheets.detach(sheet, slot, &mut self.texts);
                }
            }
        }
    }

    /// Sets an attribute, or removes it; answers whether it was otherwise. Takes over the texts.
    pub fn set_attribute(&mut self, slot: Slot, name: TextSlot, value: TextSlot) -> bool {
        let attributes = &mut self.nodes[slot as usize].attributes;
        let Some(at) = attributes.iter().position(|&(known, _)| known == name) else {
            if value != NONE {
                self.texts.keep(name);
                attributes.push((name, value));
                self.attributes += 1;
            }
            return value != NONE;
        };
        let before = attributes[at].1;
        self.texts.release(before);
        if value == NONE {
            attributes.remove(at);
            self.texts.release(name);
            self.attributes -= 1;
        } else {
            attributes[at].1 = value;
        }
        before != value
    }
}
