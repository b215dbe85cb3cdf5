//! The plain model of a page.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What is known of a node, in the model as in what was told.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) kind: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) text: String,
    pub(super) state: BTreeMap<&'static str, String>,
    pub(super) children: Vec<u32>,
    pub(super) shadow: Option<u32>,
    pub(super) parent: Option<u32>,
    pub(super) sheets: Vec<u32>,
}

#[derive(Clone, Default, PartialEq)]
pub(super) struct SeenSheet {
    pub(super) rules: Vec<String>,
    pub(super) media: Vec<String>,
    pub(super) is_disabled: bool,
}

#[derive(Default)]
pub(super) struct Page {
    pub(super) nodes: BTreeMap<u32, Seen>,
    pub(super) sheets: BTreeMap<u32, SeenSheet>,
    pub(super) root: Option<u32>,
    pub(super) defined: Vec<String>,
}

impl Page {
    pub(super) fn text(&self) -> String {
        let mut text = self.root.map(|root| self.text_of(root, 0)).unwrap_or_default();
        let _ = write!(text, "{:?}", self.defined);
        text
    }

    pub(super) fn text_of(&self, id: u32, depth: usize) -> String {
        let Seen { kind, attributes, text, state, children, shadow, sheets, .. } = &self.nodes[&id];
        let mut all = format!("{}{kind} {attributes:?} {text:?} {state:?}", "  ".repeat(depth));
        for sheet in sheets {
            let SeenSheet { rules, media, is_disabled } = &self.sheets[sheet];
            let _ = write!(all, " sheet {rules:?} {media:?} {is_disabled}");
        }
        all.push('\n');
        for child in shadow.iter().chain(children) {
            all += &self.text_of(*child, depth + 1);
        }
        all
    }

    pub(super) fn insert(&mut self, id: u32, parent: u32, before: Option<u32>) {
        self.nodes.get_mut(&id).unwrap().parent = Some(parent);
        let is_shadow = self.nodes[&id].kind == "#shadow-root";
        let parent = self.nodes.get_mut(&parent).unwrap();
        if is_shadow {
            parent.shadow = Some(id);
            return;
        }
        let at = before.map_or(parent.children.len(), |before| {
            parent.children.iter().position(|child| *child == before).expect("a sibling to stand before")
        });
        parent.children.insert(at, id);
    }

    pub(super) fn detach(&mut self, id: u32) {
        if let Some(parent) = self.nodes.get_mut(&id).unwrap().parent.take() {
            let parent = self.nodes.get_mut(&parent).unwrap();
            parent.children.retain(|child| *child != id);
            parent.shadow = parent.shadow.filter(|shadow| *shadow != id);
        }
    }

    pub(super) fn tree(&self, id: u32) -> Vec<u32> {
        let node = &self.nodes[&id];
        let mut all = vec![id];
        for child in node.shadow.iter().chain(&node.children) {
            all.extend(self.tree(*child));
        }
        all
    }

    pub(super) fn remove(&mut self, id: u32) {
        self.detach(id);
        for id in self.tree(id) {
            self.nodes.remove(&id);
        }
    }
}

pub(super) fn is_element(kind: &str) -> bool {
    !kind.starts_with('#')
}

pub(super) fn has_children(kind: &str) -> bool {
    is_element(kind) || matches!(kind, "#document" | "#shadow-root")
}
