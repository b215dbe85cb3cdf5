//! A reader that knows only the records.

use super::page::{Page, Seen, SeenSheet};
use rum_protocol::replay::{Change, FIXED_NAMES, Insertion, MediaState, Node, Record, RecordKind};

/// Puts records together.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) page: Page,
    pub(super) strings: Vec<String>,
    pub(super) nodes: u32,
    pub(super) sheets: u32,
}

impl Reader {
    pub(super) fn read(&mut self, records: &[Record]) {
        for record in records {
            match &record.kind {
                RecordKind::FullSnapshot(changes) => {
                    *self = Self { strings: FIXED_NAMES.map(str::to_owned).to_vec(), ..Self::default() };
                    for change in changes {
                        self.change(change);
                    }
                }
                RecordKind::Changes(changes) => {
                    for change in changes {
                        self.change(change);
                    }
                }
                RecordKind::Rule { owner, index, inserted } => {
                    let sheet = self.page.nodes[owner].sheets[0];
                    let rules = &mut self.page.sheets.get_mut(&sheet).unwrap().rules;
                    match inserted {
                        Some(rule) => rules.insert(*index as usize, rule.clone()),
                        None => drop(rules.remove(*index as usize)),
                    }
                }
                RecordKind::Scroll { node, x, y } => self.set(*node, "scroll", format!("{x} {y}")),
                RecordKind::Media { node, state } => match state {
                    MediaState::Playing => self.set(*node, "plays", "true".into()),
                    MediaState::Paused => self.set(*node, "plays", "false".into()),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    pub(super) fn node(&mut self, node: u32) -> &mut Seen {
        self.page.nodes.get_mut(&node).expect("a node that was told")
    }

    pub(super) fn set(&mut self, node: u32, what: &'static str, value: String) {
        self.node(node).state.insert(what, value);
    }

    pub(super) fn string(&self, number: u32) -> String {
        self.strings[number as usize].clone()
    }

    pub(super) fn change(&mut self, change: &Change) {
        match change {
            Change::AddStrings { texts, .. } => self.strings.extend(texts.iter().cloned()),
            Change::AddNode { at, node } => self.add(*at, node),
            Change::RemoveNode(node) => self.page.remove(*node),
            Change::Attribute { node, name, value } => {
                let (name, value) = (self.string(*name), value.map(|value| self.string(value)));
                match value {
                    Some(value) => self.node(*node).attributes.insert(name, value),
                    None => self.node(*node).attributes.remove(&name),
                };
            }
            Change::Text { node, text } => self.node(*node).text = self.string(*text),
            Change::Size { node, width, height } => self.set(*node, "size", format!("{width} {height}")),
            Change::Scroll { node, x, y } => self.set(*node, "scroll", format!("{x} {y}")),
            Change::AddSheet { rules, media, is_disabled } => {
                let [rules, media] =
                    [rules, media].map(|texts| texts.iter().map(|text| self.string(*text)).collect());
                self.page.sheets.insert(self.sheets, SeenSheet { rules, media, is_disabled: *is_disabled });
                self.sheets += 1;
            }
            Change::AttachSheets { node, sheets } => self.node(*node).sheets.clone_from(sheets),
            Change::Media { node, is_playing } => self.set(*node, "plays", is_playing.to_string()),
            Change::InputValue { node, value } => {
                let value = self.string(*value);
                self.set(*node, "value", value);
            }
            Change::InputSelection { node, state } => self.set(*node, "selection", format!("{state:?}")),
            Change::TopLayer { node, layer } => self.set(*node, "layer", format!("{layer:?}")),
            Change::Defined(names) => {
                let names: Vec<_> = names.iter().map(|name| self.string(*name)).collect();
                self.page.defined.extend(names);
            }
            Change::VisualViewport(_) => {}
        }
    }

    pub(super) fn add(&mut self, at: Insertion, node: &Node) {
        let id = self.nodes;
        self.nodes += 1;
        let mut seen = Seen::default();
        match node {
            Node::Element { name, attributes } => {
                seen.kind = self.string(*name);
                seen.attributes =
                    attributes.iter().map(|&(name, value)| (self.string(name), self.string(value))).collect();
            }
            Node::Text { text } => (seen.kind, seen.text) = ("#text".into(), self.string(*text)),
            Node::DocType { name, public_id, system_id } => {
                seen.kind = "#doctype".into();
                seen.text = [name, public_id, system_id].map(|text| self.string(*text)).join("|");
            }
            Node::Document => seen.kind = "#document".into(),
            Node::ShadowRoot => seen.kind = "#shadow-root".into(),
            Node::CData => seen.kind = "#cdata-section".into(),
            Node::DocumentFragment => panic!("no page is recorded with fragments"),
        }
        self.page.nodes.insert(id, seen);
        match at {
            Insertion::Root => self.page.root = Some(id),
            Insertion::Append(parent) => self.page.insert(id, parent, None),
            Insertion::Before(sibling) => {
                let parent = self.page.nodes[&sibling].parent.expect("a sibling that is somewhere");
                self.page.insert(id, parent, Some(sibling));
            }
            Insertion::AfterPrevious => {
                let parent = self.page.nodes[&(id - 1)].parent.expect("a node that is somewhere");
                let siblings = &self.page.nodes[&parent].children;
                let next = siblings.iter().skip_while(|sibling| **sibling != id - 1).nth(1).copied();
                self.page.insert(id, parent, next);
            }
        }
    }
}
