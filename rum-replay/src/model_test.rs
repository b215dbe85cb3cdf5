//! The engine against a plain model of a page: after random operations what it tells, put together by a reader that knows
//! only the records, is the model; and so is a snapshot it makes from its mirror.

#![allow(clippy::cast_possible_wrap, reason = "numbers of a test are small")]

use crate::engine::{Answer, Engine, status};
use crate::ops::{self, Batch};
use rum_protocol::replay::{
    Change, FIXED_NAMES, Insertion, Layer, MediaState, Node, Record, RecordKind, Role, SegmentHead,
    SelectionState, encode_segment,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Packs operations as `ops.ts` does.
#[derive(Default)]
pub(crate) struct Packer {
    pub(crate) words: Vec<i32>,
    texts: Vec<String>,
    names: Vec<String>,
}

impl Packer {
    pub(crate) fn add(&mut self, words: &[i32]) -> &mut Self {
        self.words.extend(words);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.texts.push(text.to_owned());
        self
    }

    pub(crate) fn name(&mut self, name: &str, role: Role) -> &mut Self {
        let known = self.names.iter().position(|known| known == name);
        if known.is_none() {
            self.names.push(name.to_owned());
            self.texts.push(name.to_owned());
        }
        let number = known.unwrap_or(self.names.len() - 1) as i32;
        self.words.push(number << 4 | (role as i32) << 1 | i32::from(known.is_none()));
        self
    }

    pub(crate) fn take(&mut self) -> (Vec<u8>, Vec<u8>) {
        let words = self.words.drain(..).flat_map(i32::to_le_bytes).collect();
        (words, std::mem::take(&mut self.texts).join("\0").into_bytes())
    }
}

/// Records of a block that is all of its segment, which began then.
pub(crate) fn records(start_ms: u64, answer: &Answer) -> Vec<Record> {
    let [first_string, first_node, first_sheet] = answer.firsts;
    let head = SegmentHead {
        protocol_version: 1,
        start_ms,
        first_string,
        first_node,
        first_sheet,
        ..SegmentHead::default()
    };
    let bytes = encode_segment(&head, [&answer.block]);
    rum_protocol::replay::decode_segment(&bytes).expect("the engine writes what can be read").records
}

/// What is known of a node, in the model as in what was told.
#[derive(Clone, Default)]
struct Seen {
    kind: String,
    attributes: BTreeMap<String, String>,
    text: String,
    state: BTreeMap<&'static str, String>,
    children: Vec<u32>,
    shadow: Option<u32>,
    parent: Option<u32>,
    sheets: Vec<u32>,
}

#[derive(Clone, Default, PartialEq)]
struct SeenSheet {
    rules: Vec<String>,
    media: Vec<String>,
    is_disabled: bool,
}

#[derive(Default)]
struct Page {
    nodes: BTreeMap<u32, Seen>,
    sheets: BTreeMap<u32, SeenSheet>,
    root: Option<u32>,
    defined: Vec<String>,
}

impl Page {
    fn text(&self) -> String {
        let mut text = self.root.map(|root| self.text_of(root, 0)).unwrap_or_default();
        let _ = write!(text, "{:?}", self.defined);
        text
    }

    fn text_of(&self, id: u32, depth: usize) -> String {
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

    fn insert(&mut self, id: u32, parent: u32, before: Option<u32>) {
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

    fn detach(&mut self, id: u32) {
        if let Some(parent) = self.nodes.get_mut(&id).unwrap().parent.take() {
            let parent = self.nodes.get_mut(&parent).unwrap();
            parent.children.retain(|child| *child != id);
            parent.shadow = parent.shadow.filter(|shadow| *shadow != id);
        }
    }

    fn tree(&self, id: u32) -> Vec<u32> {
        let node = &self.nodes[&id];
        let mut all = vec![id];
        for child in node.shadow.iter().chain(&node.children) {
            all.extend(self.tree(*child));
        }
        all
    }

    fn remove(&mut self, id: u32) {
        self.detach(id);
        for id in self.tree(id) {
            self.nodes.remove(&id);
        }
    }
}

/// Puts records together.
#[derive(Default)]
struct Reader {
    page: Page,
    strings: Vec<String>,
    nodes: u32,
    sheets: u32,
}

impl Reader {
    fn read(&mut self, records: &[Record]) {
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

    fn node(&mut self, node: u32) -> &mut Seen {
        self.page.nodes.get_mut(&node).expect("a node that was told")
    }

    fn set(&mut self, node: u32, what: &'static str, value: String) {
        self.node(node).state.insert(what, value);
    }

    fn string(&self, number: u32) -> String {
        self.strings[number as usize].clone()
    }

    fn change(&mut self, change: &Change) {
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

    fn add(&mut self, at: Insertion, node: &Node) {
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

/// A page that changes at random, and the operations that tell it.
struct Driver {
    page: Page,
    packer: Packer,
    random: fastrand::Rng,
    next_id: u32,
    next_sheet: u32,
}

const NAMES: [&str; 4] = ["DIV", "svg>path", "STYLE", "x-card"];
const ATTRIBUTES: [&str; 4] = ["class", "id", "href", "role"];
const TEXTS: [&str; 6] = ["", "a", "xx xxx", "é😀", "https://shop.example/a", ".a { color: red }"];

impl Driver {
    fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let mut driver =
            Self { page: Page::default(), packer: Packer::default(), random, next_id: 1, next_sheet: 1 };
        let root = driver.next_number();
        driver.packer.add(&[ops::DOCUMENT, root as i32, 0]);
        driver.page.nodes.insert(root, Seen { kind: "#document".into(), ..Seen::default() });
        driver.page.root = Some(root);
        driver
    }

    fn next_number(&mut self) -> u32 {
        // Numbers have gaps: some nodes are not recorded.
        self.next_id += self.random.u32(1..4);
        self.next_id
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[self.random.usize(..list.len())]
    }

    fn pick_node(&mut self, is_wanted: impl Fn(&Seen) -> bool) -> Option<u32> {
        let wanted: Vec<u32> =
            self.page.nodes.iter().filter(|(_, node)| is_wanted(node)).map(|(id, _)| *id).collect();
        (!wanted.is_empty()).then(|| wanted[self.random.usize(..wanted.len())])
    }

    fn pick_parent(&mut self) -> u32 {
        self.pick_node(|node| has_children(&node.kind)).unwrap()
    }

    fn pick_before(&mut self, parent: u32) -> Option<u32> {
        let children = &self.page.nodes[&parent].children;
        let at = self.random.usize(..=children.len());
        children.get(at).copied()
    }

    fn step(&mut self) {
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

    fn add_node(&mut self) {
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

    fn add_shadow(&mut self) {
        let Some(host) = self.pick_node(|node| is_element(&node.kind) && node.shadow.is_none()) else {
            return;
        };
        let id = self.next_number();
        self.packer.add(&[ops::SHADOW_ROOT, id as i32, host as i32]);
        self.page.nodes.insert(id, Seen { kind: "#shadow-root".into(), ..Seen::default() });
        self.page.insert(id, host, None);
    }

    fn move_node(&mut self) {
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

    fn set_attribute(&mut self) {
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

    fn set_state(&mut self) {
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
    fn change_sheet(&mut self) {
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
    fn attach(&mut self) {
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
    fn forget_sheets(&mut self, owned: &mut BTreeMap<u32, u32>) {
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

fn is_element(kind: &str) -> bool {
    !kind.starts_with('#')
}

fn has_children(kind: &str) -> bool {
    is_element(kind) || matches!(kind, "#document" | "#shadow-root")
}

/// The page as a recorder finds it that begins now.
fn walked_anew(page: &Page) -> Reader {
    let mut packer = Packer::default();
    for (number, SeenSheet { rules, media, is_disabled }) in &page.sheets {
        packer.add(&[
            ops::SHEET,
            *number as i32,
            i32::from(*is_disabled),
            rules.len() as i32,
            media.len() as i32,
        ]);
        for text in rules.iter().chain(media) {
            packer.text(text);
        }
    }
    walk(page, page.root.unwrap(), &mut packer);
    for name in &page.defined {
        packer.add(&[ops::DEFINED, 1]).text(name);
    }
    packer.add(&[ops::WALKED]);
    let (words, texts) = packer.take();
    let mut engine = Engine::new();
    engine.batch(0, &words, &texts);
    let mut reader = Reader::default();
    engine.view(0, [1, 1, 1], b"");
    reader.read(&records(0, &engine.work(usize::MAX)));
    reader
}

fn walk(page: &Page, id: u32, packer: &mut Packer) {
    let Seen { kind, attributes, text, state, children, shadow, parent, sheets } = &page.nodes[&id];
    let (own, parent) = (id as i32, parent.unwrap_or(0) as i32);
    match kind.as_str() {
        "#document" => packer.add(&[ops::DOCUMENT, own, parent]),
        "#shadow-root" => packer.add(&[ops::SHADOW_ROOT, own, parent]),
        "#text" => packer.add(&[ops::TEXT, own, parent, 0]).text(text),
        "#doctype" => text
            .split('|')
            .fold(packer.add(&[ops::DOC_TYPE, own, parent, 0]), |packer, text| packer.text(text)),
        "#cdata-section" => packer.add(&[ops::C_DATA, own, parent, 0]),
        name => {
            packer
                .add(&[ops::ELEMENT, own, parent, 0])
                .name(name, Role::NodeName)
                .add(&[attributes.len() as i32]);
            attributes.iter().fold(&mut *packer, |packer, (name, value)| {
                packer.name(name, Role::AttributeValue).text(value)
            })
        }
    };
    if let Some(scroll) = state.get("scroll") {
        let position: Vec<i32> = scroll.split(' ').map(|part| part.parse().unwrap()).collect();
        packer.add(&[ops::SCROLL_POSITION, own]).add(&position);
    }
    if let Some(value) = state.get("value") {
        packer.add(&[ops::INPUT_VALUE, own]).text(value);
    }
    if !sheets.is_empty() {
        packer.add(&[ops::ATTACH_SHEETS, own, sheets.len() as i32]);
        for sheet in sheets {
            packer.add(&[*sheet as i32]);
        }
    }
    for child in shadow.iter().chain(children) {
        walk(page, *child, packer);
    }
}

#[test]
fn what_is_told_is_the_page_after_every_batch_and_so_is_a_snapshot() {
    for seed in 0..40 {
        let mut driver = Driver::new(seed);
        let mut owned = BTreeMap::new();
        let mut engine = Engine::new();
        let mut reader = Reader::default();
        driver.packer.add(&[ops::WALKED]);
        for batch in 0..60_u64 {
            for _ in 0..driver.random.usize(..30) {
                driver.step();
                driver.forget_sheets(&mut owned);
            }
            let (words, texts) = driver.packer.take();
            let at_ms = 1_000 + batch * 100;
            engine.segment(at_ms);
            let answer = engine.batch(at_ms, &words, &texts);
            assert_eq!((answer.status, answer.dropped), (status::WALKED, 0), "seed {seed}, batch {batch}");
            reader.read(&records(at_ms, &answer));
            // A view begins at first, and now and then.
            if batch == 0 || driver.random.u32(..8) == 0 {
                engine.view(at_ms, [800, 600, 1], b"https://shop.example/");
                let mut snapshot = Reader::default();
                snapshot.read(&records(at_ms, &engine.work(usize::MAX)));
                assert_eq!(snapshot.page.text(), driver.page.text(), "seed {seed}, snapshot at {batch}");
                reader = snapshot;
            }
            assert_eq!(reader.page.text(), driver.page.text(), "seed {seed}, batch {batch}");
        }
        // What a walk of the page leaves out here is left out of the comparison.
        for node in driver.page.nodes.values_mut() {
            node.state.retain(|what, _| matches!(*what, "scroll" | "value"));
        }
        let anew = walked_anew(&driver.page).page.text();
        assert_eq!(anew, driver.page.text(), "seed {seed}");
    }
}

#[test]
fn no_words_whatever_harm_the_mirror() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut engine = Engine::new();
    let mut driver = Driver::new(5);
    driver.packer.add(&[ops::WALKED]);
    let (words, texts) = driver.packer.take();
    engine.batch(0, &words, &texts);
    engine.view(0, [1, 1, 1], b"");
    let mut taken = 0;
    for round in 0..30_000_u64 {
        let mut words = Vec::new();
        let mut wanted = 0;
        for _ in 0..random.usize(1..5) {
            let mut operation = vec![random.u8(..50).into()];
            for letter in ops::shape(operation[0]).unwrap_or_default() {
                match letter {
                    b't' => wanted += 1,
                    b'c' => {
                        operation.push(random.i32(0..3));
                        wanted += operation.last().copied().unwrap();
                    }
                    b'e' | b's' => operation.push(0),
                    b'0'..=b'9' => operation.push(random.i32(..=i32::from(letter - b'0'))),
                    b'a' => operation.push(random.i32(..64) << 1),
                    b'm' => operation.push(random.i32(..)),
                    _ => operation.push(random.i32(0..12)),
                }
            }
            words.extend(operation.iter().flat_map(|word: &i32| word.to_le_bytes()));
        }
        let texts = vec!["x"; wanted as usize].join("\0");
        taken += u32::from(Batch::checked(&words, texts.as_bytes()).is_some());
        engine.segment(round);
        let answer = engine.batch(round, &words, texts.as_bytes());
        let told = records(round, &answer);
        assert_eq!(told.len() as u32, answer.records);
        if round % 500 == 0 {
            engine.view(round, [1, 1, 1], b"");
            records(round, &engine.work(usize::MAX));
        }
    }
    assert!(taken > 5_000, "most of it is well formed: {taken}");
}
