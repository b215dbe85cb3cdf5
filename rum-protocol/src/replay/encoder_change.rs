//! Changes into columns.

use super::columns::{self as column, op};
use super::encoder::Encoder;
use super::model::{
    Change, Insertion, Layer, Node, NodeId, Role, SelectionState, SheetId, StringRef, VisualViewport,
};

impl Encoder {
    /// Writes a change of the record that was begun.
    pub fn change(&mut self, change: &Change) {
        match change {
            Change::AddStrings { role, texts } => {
                for text in texts {
                    self.define(*role, text);
                }
            }
            Change::AddNode { at, node } => {
                self.add_node(*at, node);
            }
            Change::RemoveNode(node) => self.remove(*node),
            Change::Attribute { node, name, value } => self.attribute(*node, *name, *value),
            Change::Text { node, text } => self.text(*node, *text),
            Change::Size { node, width, height } => self.size(*node, *width, *height),
            Change::Scroll { node, x, y } => self.scroll(*node, *x, *y),
            Change::AddSheet { rules, media, is_disabled } => {
                self.add_sheet(rules, media, *is_disabled);
            }
            Change::AttachSheets { node, sheets } => self.attach_sheets(*node, sheets),
            Change::Media { node, is_playing } => self.media(*node, *is_playing),
            Change::VisualViewport(viewport) => self.viewport(viewport),
            Change::InputValue { node, value } => self.input_value(*node, *value),
            Change::InputSelection { node, state } => self.input_selection(*node, *state),
            Change::TopLayer { node, layer } => self.top_layer(*node, *layer),
            Change::Defined(names) => self.defined(names),
        }
    }

    /// [`Change::AddNode`]; returns its number.
    pub fn add_node(&mut self, at: Insertion, node: &Node) -> NodeId {
        let op = match node {
            Node::Element { name, attributes } => return self.element(at, *name, attributes),
            Node::Text { text } => return self.text_node(at, *text),
            Node::DocType { name, public_id, system_id } => {
                return self.doc_type(at, *name, *public_id, *system_id);
            }
            Node::Document => op::DOCUMENT,
            Node::DocumentFragment => op::FRAGMENT,
            Node::ShadowRoot => op::SHADOW_ROOT,
            Node::CData => op::CDATA,
        };
        self.op(op);
        self.insertion(at)
    }

    /// [`Node::Element`]
    pub fn element(
        &mut self,
        at: Insertion,
        name: StringRef,
        attributes: &[(StringRef, StringRef)],
    ) -> NodeId {
        self.announce_element(name, attributes);
        self.op(op::ELEMENT);
        self.reference(column::NAME, Role::NodeName, name);
        self.write(column::COUNT, attributes.len() as u32);
        for (name, value) in attributes {
            self.reference(column::ATTRIBUTE, Role::AttributeName, *name);
            self.reference(column::VALUE, Role::AttributeValue, *value);
        }
        self.insertion(at)
    }

    /// [`Node::Text`]
    fn text_node(&mut self, at: Insertion, text: StringRef) -> NodeId {
        self.announce(&[text]);
        self.op(op::TEXT_NODE);
        self.reference(column::TEXT, Role::Text, text);
        self.insertion(at)
    }

    /// [`Node::DocType`]
    fn doc_type(
        &mut self,
        at: Insertion,
        name: StringRef,
        public_id: StringRef,
        system_id: StringRef,
    ) -> NodeId {
        let texts = [name, public_id, system_id];
        self.announce(&texts);
        self.op(op::DOC_TYPE);
        for text in texts {
            self.reference(column::TEXT, Role::Text, text);
        }
        self.insertion(at)
    }

    /// [`Change::RemoveNode`]
    fn remove(&mut self, node: NodeId) {
        self.of_node(op::REMOVE, node);
    }

    /// [`Change::Attribute`]
    fn attribute(&mut self, node: NodeId, name: StringRef, value: Option<StringRef>) {
        self.announce(&[name, value.unwrap_or(name)]);
        self.of_node(if value.is_some() { op::ATTRIBUTE } else { op::ATTRIBUTE_REMOVED }, node);
        self.reference(column::ATTRIBUTE, Role::AttributeName, name);
        if let Some(value) = value {
            self.reference(column::VALUE, Role::AttributeValue, value);
        }
    }

    /// [`Change::Text`]
    fn text(&mut self, node: NodeId, text: StringRef) {
        self.announce(&[text]);
        self.of_node(op::TEXT, node);
        self.reference(column::TEXT, Role::Text, text);
    }

    /// [`Change::Size`]
    fn size(&mut self, node: NodeId, width: u32, height: u32) {
        self.of_node(op::SIZE, node);
        self.numbers(&[width, height]);
    }

    /// [`Change::Scroll`]
    fn scroll(&mut self, node: NodeId, x: i32, y: i32) {
        self.op(op::SCROLL);
        self.place(node, x, y);
    }

    /// [`Change::AddSheet`]; returns its number.
    fn add_sheet(&mut self, rules: &[StringRef], media: &[StringRef], is_disabled: bool) -> SheetId {
        // Few sheets have media: their order is not looked at.
        if media.is_empty() {
            self.announce(rules);
        } else {
            self.tell_all();
        }
        self.op(if is_disabled { op::SHEET_DISABLED } else { op::SHEET });
        self.references(column::RULE, Role::Css, rules);
        self.references(column::RULE, Role::Css, media);
        self.sheet()
    }

    /// [`Change::AttachSheets`]
    fn attach_sheets(&mut self, node: NodeId, sheets: &[SheetId]) {
        self.of_node(op::ATTACH_SHEETS, node);
        self.write(column::COUNT, sheets.len() as u32);
        self.numbers(sheets);
    }

    /// [`Change::Media`]
    fn media(&mut self, node: NodeId, is_playing: bool) {
        self.of_node(if is_playing { op::PLAYS } else { op::PAUSES }, node);
    }

    /// [`Change::VisualViewport`]
    fn viewport(&mut self, viewport: &VisualViewport) {
        self.op(op::VIEWPORT);
        self.viewport_of(viewport);
    }

    /// [`Change::InputValue`]
    fn input_value(&mut self, node: NodeId, value: StringRef) {
        self.announce(&[value]);
        self.of_node(op::INPUT_VALUE, node);
        self.reference(column::VALUE, Role::FormInput, value);
    }

    /// [`Change::InputSelection`]
    fn input_selection(&mut self, node: NodeId, state: SelectionState) {
        self.of_node(op::INPUT_SELECTION, node);
        self.numbers(&[state as u32]);
    }

    /// [`Change::TopLayer`]
    fn top_layer(&mut self, node: NodeId, layer: Layer) {
        self.of_node(op::TOP_LAYER, node);
        self.numbers(&[layer as u32]);
    }

    /// [`Change::Defined`]
    fn defined(&mut self, names: &[StringRef]) {
        self.announce(names);
        self.op(op::DEFINED);
        self.references(column::NAME, Role::NodeName, names);
    }

    fn references(&mut self, index: usize, role: Role, references: &[StringRef]) {
        self.write(column::COUNT, references.len() as u32);
        for reference in references {
            self.reference(index, role, *reference);
        }
    }

    fn of_node(&mut self, op: u8, node: NodeId) {
        self.op(op);
        self.node(node);
    }
}
