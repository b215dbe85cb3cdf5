//! Changes of a record: `"data":[[kind,change,…],…]`. They stay in the order they were recorded in, which is the order in
//! which a player applies them; those of one kind that follow each other share a list.

use super::Dialect;
use super::json::Json;
use rum_protocol::replay::{Change, FIXED_NAMES, Insertion, Node, Role, StringRef, VisualViewport};

/// Numbers of the names of nodes that are no elements, in [`FIXED_NAMES`].
mod name {
    pub(super) const TEXT: u32 = 0;
    pub(super) const DOCUMENT: u32 = 1;
    pub(super) const DOC_TYPE: u32 = 2;
    pub(super) const FRAGMENT: u32 = 3;
    pub(super) const SHADOW_ROOT: u32 = 4;
    pub(super) const CDATA: u32 = 5;
}

/// Datadog's kinds, and ours from 100 on.
mod kind {
    pub(super) const ADD_NODE: u8 = 1;
    pub(super) const REMOVE_NODE: u8 = 2;
    pub(super) const ATTRIBUTE: u8 = 3;
    pub(super) const TEXT: u8 = 4;
    pub(super) const SIZE: u8 = 5;
    pub(super) const SCROLL: u8 = 6;
    pub(super) const ADD_SHEET: u8 = 7;
    pub(super) const ATTACH_SHEETS: u8 = 8;
    pub(super) const MEDIA: u8 = 9;
    pub(super) const VISUAL_VIEWPORT: u8 = 10;
    pub(super) const STRINGS: u8 = 11;
    pub(super) const INPUT_VALUE: u8 = 12;
    pub(super) const INPUT_SELECTION: u8 = 13;
    pub(super) const TOP_LAYER: u8 = 100;
    pub(super) const DEFINED: u8 = 101;
}

/// Writes `{"data":[…],`.
pub(super) struct Changes<'a> {
    json: &'a mut Json,
    next_node: &'a mut u32,
    dialect: Dialect,
    open: Option<Open>,
}

/// The list that is being written.
#[derive(Clone, Copy)]
struct Open {
    kind: u8,
    /// Of the list in it that is being written, its first item: what the items share.
    shared: Option<u32>,
}

impl<'a> Changes<'a> {
    pub(super) fn begin(json: &'a mut Json, next_node: &'a mut u32, dialect: Dialect) -> Self {
        json.raw("{\"data\":[");
        Self { json, next_node, dialect, open: None }
    }

    /// Of a full snapshot, what all its nodes count on.
    pub(super) fn fixed_names(&mut self) {
        self.shared(kind::STRINGS, Role::NodeName as u32);
        for name in FIXED_NAMES {
            self.json.raw(",").text(name);
        }
    }

    pub(super) fn write_all(&mut self, changes: &[Change]) {
        for change in changes {
            self.write(change);
        }
    }

    /// Whether there was any.
    pub(super) fn end(mut self) -> bool {
        let was_any = self.open.is_some();
        self.close();
        self.json.raw("],");
        was_any
    }

    fn write(&mut self, change: &Change) {
        match change {
            Change::AddStrings { role, texts } => {
                self.shared(kind::STRINGS, *role as u32);
                for text in texts {
                    self.json.raw(",").text(text);
                }
            }
            Change::AddNode { at, node } => self.add_node(*at, node),
            Change::RemoveNode(node) => {
                self.own(kind::REMOVE_NODE);
                self.json.number(*node);
            }
            Change::Attribute { node, name, value } => {
                self.shared(kind::ATTRIBUTE, *node);
                self.json.raw(",[").number(*name);
                if let Some(value) = value {
                    self.json.raw(",").number(*value);
                }
                self.json.raw("]");
            }
            Change::Text { node, text } => self.numbers(kind::TEXT, &[*node, *text]),
            Change::Size { node, width, height } => self.numbers(kind::SIZE, &[*node, *width, *height]),
            Change::Scroll { node, x, y } => {
                self.own(kind::SCROLL);
                self.json.raw("[").number(*node).raw(",").signed(*x).raw(",").signed(*y).raw("]");
            }
            Change::AddSheet { rules, media, is_disabled } => self.add_sheet(rules, media, *is_disabled),
            Change::AttachSheets { node, sheets } => {
                self.own(kind::ATTACH_SHEETS);
                self.json.raw("[").number(*node);
                for sheet in sheets {
                    self.json.raw(",").number(*sheet);
                }
                self.json.raw("]");
            }
            Change::Media { node, is_playing } => self.numbers(kind::MEDIA, &[*node, u32::from(!is_playing)]),
            Change::VisualViewport(viewport) => self.visual_viewport(*viewport),
            Change::InputValue { node, value } => self.numbers(kind::INPUT_VALUE, &[*node, *value]),
            Change::InputSelection { node, state } => {
                self.shared(kind::INPUT_SELECTION, *state as u32);
                self.json.raw(",").number(*node);
            }
            Change::TopLayer { .. } | Change::Defined(_) if self.dialect == Dialect::Datadog => {}
            Change::TopLayer { node, layer } => self.numbers(kind::TOP_LAYER, &[*node, *layer as u32]),
            Change::Defined(names) => {
                for name in names {
                    self.own(kind::DEFINED);
                    self.json.number(*name);
                }
            }
        }
    }

    fn add_node(&mut self, at: Insertion, node: &Node) {
        let number = *self.next_node;
        *self.next_node += 1;
        self.own(kind::ADD_NODE);
        self.json.raw("[");
        match at {
            Insertion::Root => self.json.raw("null"),
            Insertion::AfterPrevious => self.json.raw("0"),
            Insertion::Append(parent) => self.json.number(number.saturating_sub(parent)),
            Insertion::Before(sibling) => self.json.raw("-").number(number.saturating_sub(sibling)),
        };
        let named = |json: &mut Json, name: StringRef, others: &[StringRef]| {
            for number in [name].iter().chain(others) {
                json.raw(",").number(*number);
            }
        };
        match node {
            Node::Element { name, attributes } => {
                named(self.json, *name, &[]);
                for (name, value) in attributes {
                    self.json.raw(",[").number(*name).raw(",").number(*value).raw("]");
                }
            }
            Node::Text { text } => named(self.json, name::TEXT, &[*text]),
            Node::DocType { name, public_id, system_id } => {
                named(self.json, name::DOC_TYPE, &[*name, *public_id, *system_id]);
            }
            Node::Document => named(self.json, name::DOCUMENT, &[]),
            Node::DocumentFragment => named(self.json, name::FRAGMENT, &[]),
            Node::ShadowRoot => named(self.json, name::SHADOW_ROOT, &[]),
            Node::CData => named(self.json, name::CDATA, &[]),
        }
        self.json.raw("]");
    }

    fn add_sheet(&mut self, rules: &[StringRef], media: &[StringRef], is_disabled: bool) {
        self.own(kind::ADD_SHEET);
        self.json.raw("[");
        self.list(rules);
        if !media.is_empty() || is_disabled {
            self.json.raw(",");
            self.list(media);
        }
        self.json.raw(if is_disabled { ",true]" } else { "]" });
    }

    fn visual_viewport(&mut self, viewport: VisualViewport) {
        let VisualViewport { offset_left, offset_top, page_left, page_top, width, height, scale } = viewport;
        self.own(kind::VISUAL_VIEWPORT);
        self.json.raw("[").float(offset_left);
        for value in [offset_top, page_left, page_top, width, height, scale] {
            self.json.raw(",").float(value);
        }
        self.json.raw("]");
    }

    fn numbers(&mut self, kind: u8, numbers: &[u32]) {
        self.own(kind);
        self.list(numbers);
    }

    fn list(&mut self, numbers: &[u32]) {
        for (index, number) in numbers.iter().enumerate() {
            self.json.raw(if index == 0 { "[" } else { "," }).number(*number);
        }
        self.json.raw(if numbers.is_empty() { "[]" } else { "]" });
    }

    /// In a list of this kind, behind a comma.
    fn own(&mut self, kind: u8) {
        self.list_of(kind);
        self.json.raw(",");
    }

    /// In a list of this kind, in a list of what shares its first item.
    fn shared(&mut self, kind: u8, shared: u32) {
        self.list_of(kind);
        let Some(open) = &mut self.open else { return };
        if open.shared == Some(shared) {
            return;
        }
        if open.shared.replace(shared).is_some() {
            self.json.raw("]");
        }
        self.json.raw(",[").number(shared);
    }

    fn list_of(&mut self, kind: u8) {
        if self.open.is_some_and(|open| open.kind == kind) {
            return;
        }
        let is_first = self.open.is_none();
        self.close();
        self.json.raw(if is_first { "[" } else { ",[" }).number(kind);
        self.open = Some(Open { kind, shared: None });
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.json.raw(if open.shared.is_some() { "]]" } else { "]" });
        }
    }
}
