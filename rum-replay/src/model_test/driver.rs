//! A page that changes at random.

use super::packer::Packer;
use super::page::{Page, Seen, SeenSheet, has_children, is_element};
use crate::ops;
use rum_protocol::replay::{Layer, Role, SelectionState};
use std::collections::BTreeMap;

/// A page that changes at random, and the operations that tell it.
pub(super) struct Driver {
    pub(super) page: Page,
    pub(super) packer: Packer,
    pub(super) random: fastrand::Rng,
    pub(super) next_id: u32,
    pub(super) next_sheet: u32,
}

pub(super) const NAMES: [&str; 4] = ["DIV", "svg>path", "STYLE", "x-card"];
pub(super) const ATTRIBUTES: [&str; 4] = ["class", "id", "href", "role"];
pub(super) const TEXTS: [&str; 6] = ["", "a", "xx xxx", "é😀", "https://shop.example/a", ".a { color: red }"];

impl Driver {
    pub(super) fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let mut driver =
            Self { page: Page::default(), packer: Packer::default(), random, next_id: 1, next_sheet: 1 };
        let root = driver.next_number();
        driver.packer.add(&[ops::DOCUMENT, root as i32, 0]);
        driver.page.nodes.insert(root, Seen { kind: "#document".into(), ..Seen::default() });
        driver.page.root = Some(root);
        driver
    }

    pub(super) fn next_number(&mut self) -> u32 {
        // Numbers have gaps: some nodes are not recorded.
        self.next_id += self.random.u32(1..4);
        self.next_id
    }

    pub(super) fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[self.random.usize(..list.len())]
    }

    pub(super) fn pick_node(&mut self, is_wanted: impl Fn(&Seen) -> bool) -> Option<u32> {
        let wanted: Vec<u32> =
            self.page.nodes.iter().filter(|(_, node)| is_wanted(node)).map(|(id, _)| *id).collect();
        (!wanted.is_empty()).then(|| wanted[self.random.usize(..wanted.len())])
    }

    pub(super) fn pick_parent(&mut self) -> u32 {
        self.pick_node(|node| has_children(&node.kind)).unwrap()
    }

    pub(super) fn pick_before(&mut self, parent: u32) -> Option<u32> {
        let children = &self.page.nodes[&parent].children;
        let at = self.random.usize(..=children.len());
        children.get(at).copied()
    }

    pub(super) fn step(&mut self) {
        match self.random.u32(..20) {
            0..=5 => self.add_node(),
            6 => self.add_shadow(),
            7 => {
                let Some(id) = self.pick_node(|node| node.kind != "#document") else { return };
                self.packer.add(&[ops::REMOVE, id as i32]);
                self.page.remove(id);
            }
            8 | 9 => self.move_node(),
            10..=12 => self.set_attribute(),
            13 => {
                let Some(id) = self.pick_node(|node| node.kind == "#text") else { return };
                let text = self.pick(&TEXTS);
                self.packer.add(&[ops::DATA, id as i32]).text(text);
                self.page.nodes.get_mut(&id).unwrap().text = text.into();
            }
            14 | 15 => self.set_state(),
            16 | 17 => self.change_sheet(),
            18 => self.attach(),
            _ => {
                let name = self.pick(&NAMES);
                self.packer.add(&[ops::DEFINED, 1]).text(name);
                self.page.defined.push(name.into());
            }
        }
    }

    pub(super) fn add_node(&mut self) {
        let parent = self.pick_parent();
        let before = self.pick_before(parent);
        let id = self.next_number();
        let place = [id as i32, parent as i32, before.unwrap_or(0) as i32];
        let mut seen = Seen::default();
        let op = [ops::ELEMENT, ops::ELEMENT, ops::ELEMENT, ops::TEXT, ops::TEXT, ops::C_DATA, ops::DOC_TYPE]
            [self.random.usize(..7)];
        self.packer.add(&[op]).add(&place);
        match op {
            ops::ELEMENT => {
                let name = self.pick(&NAMES);
                let count = self.random.usize(..3);
                self.packer.name(name, Role::NodeName).add(&[count as i32]);
                for attribute in ATTRIBUTES.iter().take(count) {
                    let value = self.pick(&TEXTS);
                    let role = if *attribute == "href" { Role::Url } else { Role::AttributeValue };
                    self.packer.name(attribute, role).text(value);
                    seen.attributes.insert((*attribute).into(), value.into());
                }
                seen.kind = name.into();
            }
            ops::TEXT => {
                seen.kind = "#text".into();
                seen.text = self.pick(&TEXTS).into();
                self.packer.text(&seen.text);
            }
            ops::DOC_TYPE => {
                seen.kind = "#doctype".into();
                seen.text = "html||about:legacy-compat".into();
                self.packer.text("html").text("").text("about:legacy-compat");
            }
            _ => seen.kind = "#cdata-section".into(),
        }
        self.page.nodes.insert(id, seen);
        self.page.insert(id, parent, before);
    }

    pub(super) fn add_shadow(&mut self) {
        let Some(host) = self.pick_node(|node| is_element(&node.kind) && node.shadow.is_none()) else {
            return;
        };
        let id = self.next_number();
        self.packer.add(&[ops::SHADOW_ROOT, id as i32, host as i32]);
        self.page.nodes.insert(id, Seen { kind: "#shadow-root".into(), ..Seen::default() });
        self.page.insert(id, host, None);
    }

    pub(super) fn move_node(&mut self) {
        let Some(id) =
            self.pick_node(|node| !node.kind.starts_with("#document") && node.kind != "#shadow-root")
        else {
            return;
        };
        let parent = self.pick_parent();
        if self.page.tree(id).contains(&parent) {
            return;
        }
        self.page.detach(id);
        let before = self.pick_before(parent);
        self.packer.add(&[ops::MOVE, id as i32, parent as i32, before.unwrap_or(0) as i32]);
        self.page.insert(id, parent, before);
    }

    pub(super) fn set_attribute(&mut self) {
        let Some(id) = self.pick_node(|node| is_element(&node.kind)) else { return };
        let (name, value) = (self.pick(&ATTRIBUTES), self.pick(&TEXTS));
        let attributes = &mut self.page.nodes.get_mut(&id).unwrap().attributes;
        if self.random.u32(..4) == 0 {
            attributes.remove(name);
            self.packer.add(&[ops::ATTRIBUTE_REMOVED, id as i32]).name(name, Role::AttributeValue);
        } else {
            attributes.insert(name.into(), value.into());
            self.packer.add(&[ops::ATTRIBUTE, id as i32]).name(name, Role::AttributeValue).text(value);
        }
    }

    pub(super) fn set_state(&mut self) {
        let Some(id) = self.pick_node(|node| is_element(&node.kind)) else { return };
        let [first, second] = [self.random.i32(-2..3), self.random.i32(-2..900)];
        let (what, value) = match self.random.u32(..7) {
            0 => {
                let text = self.pick(&TEXTS);
                self.packer.add(&[ops::INPUT_VALUE, id as i32]).text(text);
                ("value", text.to_owned())
            }
            1 => {
                let state = SelectionState::from_number(first.unsigned_abs()).unwrap();
                self.packer.add(&[ops::INPUT_SELECTION, id as i32, state as i32]);
                ("selection", format!("{state:?}"))
            }
            2 => {
                self.packer.add(&[ops::SCROLL_POSITION, id as i32, first, second]);
                ("scroll", format!("{first} {second}"))
            }
            3 => {
                self.packer.add(&[ops::SCROLLED, 7, id as i32, first, second]);
                ("scroll", format!("{first} {second}"))
            }
            4 => {
                self.packer.add(&[ops::SIZE, id as i32, second.abs(), 4]);
                ("size", format!("{} 4", second.abs()))
            }
            5 => {
                let plays = first > 0;
                if second > 100 {
                    self.packer.add(&[ops::MEDIA_PLAYS, id as i32, i32::from(plays)]);
                } else {
                    self.packer.add(&[ops::MEDIA, 9, id as i32, i32::from(!plays), 0]);
                }
                ("plays", plays.to_string())
            }
            _ => {
                let layer = Layer::from_number(first.unsigned_abs()).unwrap();
                self.packer.add(&[ops::TOP_LAYER, id as i32, layer as i32]);
                ("layer", format!("{layer:?}"))
            }
        };
        self.page.nodes.get_mut(&id).unwrap().state.insert(what, value);
    }

    /// A new sheet, a new version of one, or a rule. Sheets that nothing has any more are not told of.
    pub(super) fn change_sheet(&mut self) {
        let numbers: Vec<u32> = self.page.sheets.keys().copied().collect();
        let number =
            numbers.get(self.random.usize(..=numbers.len())).copied().filter(|_| self.random.u32(..5) > 0);
        let text = self.pick(&TEXTS);
        if let (Some(number), true) = (number, self.random.bool()) {
            let rules = &mut self.page.sheets.get_mut(&number).unwrap().rules;
            let index = self.random.usize(..=rules.len());
            if self.random.bool() || index == rules.len() {
                rules.insert(index, text.into());
                self.packer.add(&[ops::RULE_INSERTED, number as i32, index as i32]).text(text);
            } else {
                rules.remove(index);
                self.packer.add(&[ops::RULE_DELETED, number as i32, index as i32]);
            }
            return;
        }
        let number = number.unwrap_or_else(|| {
            self.next_sheet += 1;
            self.next_sheet
        });
        let is_disabled = self.random.bool();
        let rules: Vec<String> = (0..self.random.usize(..4)).map(|_| self.pick(&TEXTS).into()).collect();
        self.packer.add(&[ops::SHEET, number as i32, i32::from(is_disabled), rules.len() as i32, 1]);
        for rule in &rules {
            self.packer.text(rule);
        }
        self.packer.text("print");
        self.page.sheets.insert(number, SeenSheet { rules, media: vec!["print".into()], is_disabled });
    }

    /// Elements get a sheet of their own, which nothing else ever has; documents and shadow trees share the others.
    pub(super) fn attach(&mut self) {
        let Some(id) = self.pick_node(|node| is_element(&node.kind) || has_children(&node.kind)) else {
            return;
        };
        let mut sheets = Vec::new();
        if is_element(&self.page.nodes[&id].kind) {
            self.next_sheet += 1;
            let number = self.next_sheet;
            let text = self.pick(&TEXTS);
            self.packer.add(&[ops::SHEET, number as i32, 0, 1, 0]).text(text);
            for old in std::mem::take(&mut self.page.nodes.get_mut(&id).unwrap().sheets) {
                self.page.sheets.remove(&old);
            }
            self.page.sheets.insert(number, SeenSheet { rules: vec![text.into()], ..SeenSheet::default() });
            sheets.push(number);
        } else {
            let owned: Vec<u32> = self
                .page
                .nodes
                .values()
                .filter(|node| is_element(&node.kind))
                .flat_map(|node| node.sheets.clone())
                .collect();
            sheets.extend(self.page.sheets.keys().filter(|sheet| !owned.contains(sheet)));
            self.random.shuffle(&mut sheets);
            sheets.truncate(3);
        }
        self.packer.add(&[ops::ATTACH_SHEETS, id as i32, sheets.len() as i32]);
        for sheet in &sheets {
            self.packer.add(&[*sheet as i32]);
        }
        self.page.nodes.get_mut(&id).unwrap().sheets = sheets;
    }

    /// Sheets whose element is gone are gone.
    pub(super) fn forget_sheets(&mut self, owned: &mut BTreeMap<u32, u32>) {
        for (id, node) in self.page.nodes.iter().filter(|(_, node)| is_element(&node.kind)) {
            owned.extend(node.sheets.iter().map(|sheet| (*sheet, *id)));
        }
        owned.retain(|sheet, id| {
            let is_there = self.page.nodes.get(id).is_some_and(|node| node.sheets.contains(sheet));
            if !is_there {
                self.page.sheets.remove(sheet);
            }
            is_there
        });
    }
}
