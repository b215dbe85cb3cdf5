//! Any recording, from any bytes: what a recorder writes with the encoder, and beside it what must be read.

#[allow(clippy::wildcard_imports, reason = "all of it")]
use rum_protocol::replay::*;
use std::collections::HashMap;

/// Longest text (bytes) that is told once only.
const MAX_KNOWN_BYTES: usize = 1_024;

pub(crate) const START_MS: u64 = 1_795_000_000_000;

pub(crate) struct Recording {
    pub(crate) head: SegmentHead,
    pub(crate) blocks: Vec<Vec<u8>>,
    pub(crate) records: Vec<Record>,
}

pub(crate) fn head() -> SegmentHead {
    SegmentHead {
        protocol_version: rum_protocol::PROTOCOL_VERSION,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        start_ms: START_MS,
        creation_reason: Some(CreationReason::Duration),
        ..SegmentHead::default()
    }
}

/// Plays the bytes. They run out some time, and what comes after is zeros.
pub(crate) fn play(bytes: &[u8]) -> Recording {
    let mut script = Script { bytes, ..Script::default() };
    let mut head = head();
    script.encoder = Encoder::new();
    script.encoder.begin_segment(START_MS, &mut head);
    script.at_ms = START_MS;
    let mut blocks = Vec::new();
    script.record_of_changes(true);
    while !script.bytes.is_empty() {
        if script.next().is_multiple_of(8) {
            blocks.push(script.encoder.take_block());
        }
        script.record();
    }
    blocks.push(script.encoder.take_block());
    Recording { head, blocks, records: script.records }
}

#[derive(Default)]
struct Script<'a> {
    bytes: &'a [u8],
    encoder: Encoder,
    at_ms: u64,
    records: Vec<Record>,
    strings: HashMap<(u8, String), StringRef>,
    next_string: StringRef,
    nodes: u32,
    sheets: u32,
    defined: Vec<Change>,
}

impl Script<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        first
    }

    fn number(&mut self) -> u32 {
        let shift = self.next() % 25;
        u32::from(self.next()) << shift
    }

    fn signed(&mut self) -> i32 {
        let number = self.number().cast_signed();
        if self.next() & 1 == 0 { number } else { number.wrapping_neg().wrapping_sub(1) }
    }

    fn float(&mut self) -> f32 {
        self.signed() as f32 / 1_000.0
    }

    fn node(&mut self) -> u32 {
        self.number() % self.nodes
    }

    fn text(&mut self) -> String {
        let number = self.next();
        match number % 16 {
            0 => String::new(),
            1 => "é\u{2028}\"\\\u{1}🏥".into(),
            2 => "x".repeat(MAX_KNOWN_BYTES + usize::from(number)),
            _ => format!("text {number}"),
        }
    }

    /// Told once, but for long ones, as a recorder does that keeps a table of texts.
    fn string(&mut self, role: Role) -> StringRef {
        let key = (role as u8, self.text());
        if let Some(&known) = self.strings.get(&key) {
            return known;
        }
        let number = self.encoder.define(role, &key.1);
        assert_eq!(number, self.next_string);
        self.next_string += 1;
        match self.defined.last_mut() {
            Some(Change::AddStrings { role: last, texts }) if *last == role => texts.push(key.1.clone()),
            _ => self.defined.push(Change::AddStrings { role, texts: vec![key.1.clone()] }),
        }
        if key.1.len() <= MAX_KNOWN_BYTES {
            self.strings.insert(key, number);
        }
        number
    }

    fn any_role(&mut self) -> Role {
        Role::from_number(u32::from(self.next() % 7) + 1).expect("a role")
    }

    fn record(&mut self) {
        self.at_ms = self.at_ms.wrapping_add_signed(i64::from(self.signed() % 60_000));
        let next = self.next();
        if next.is_multiple_of(2) || self.nodes == 0 {
            return self.record_of_changes(next == 0);
        }
        let kind = self.plain_record();
        self.encoder.push(self.at_ms, &kind);
        self.records.push(Record { at_ms: self.at_ms, kind });
    }

    fn plain_record(&mut self) -> RecordKind {
        match self.next() % 14 {
            0 => RecordKind::Meta { width: self.number(), height: self.number(), href: self.text() },
            1 => RecordKind::Focus(self.next() & 1 == 0),
            2 => RecordKind::ViewEnd,
            3 => RecordKind::VisualViewport(self.viewport()),
            4 => RecordKind::Frustration { kinds: self.next() % 7 + 1, interaction: self.number() },
            5 => {
                let count = self.next() % 5;
                let positions = (0..count).map(|_| self.position()).collect();
                RecordKind::PointerMoves { is_touch: self.next() & 1 == 0, positions }
            }
            6 => RecordKind::Interaction {
                kind: [InteractionKind::MouseUp, InteractionKind::Focus, InteractionKind::TouchEnd]
                    [usize::from(self.next() % 3)],
                node: self.node(),
                x: self.signed(),
                y: self.signed(),
                number: self.number(),
            },
            7 => RecordKind::Scroll { node: self.node(), x: self.signed(), y: self.signed() },
            8 => RecordKind::Resize { width: self.number(), height: self.number() },
            9 => RecordKind::Media { node: self.node(), state: self.media() },
            10 | 11 => {
                let inserted = if self.next() & 1 == 0 { None } else { Some(self.text()) };
                RecordKind::Rule { owner: self.node(), index: self.number(), inserted }
            }
            12 => RecordKind::Pointer {
                phase: PointerPhase::from_number(u32::from(self.next() % 3)).expect("a phase"),
                kind: PointerKind::from_number(u32::from(self.next() % 3)).expect("a kind"),
                pointer: self.signed(),
                x: self.signed(),
                y: self.signed(),
            },
            _ => RecordKind::Selection {
                start: self.node(),
                start_offset: self.number(),
                end: self.node(),
                end_offset: self.number(),
            },
        }
    }

    fn media(&mut self) -> MediaState {
        match self.next() % 5 {
            0 => MediaState::Playing,
            1 => MediaState::Paused,
            2 => MediaState::Seeked(self.float()),
            3 => MediaState::Rate(self.float()),
            _ => MediaState::Volume(self.float()),
        }
    }

    fn viewport(&mut self) -> VisualViewport {
        VisualViewport {
            offset_left: self.float(),
            offset_top: self.float(),
            page_left: self.float(),
            page_top: self.float(),
            width: self.float(),
            height: self.float(),
            scale: self.float(),
        }
    }

    fn position(&mut self) -> Position {
        Position { node: self.node(), x: self.signed(), y: self.signed(), offset_ms: self.signed() }
    }

    fn record_of_changes(&mut self, is_snapshot: bool) {
        if is_snapshot {
            self.encoder.begin_snapshot(self.at_ms);
            self.strings.clear();
            self.next_string = FIXED_NAMES.len() as u32;
            (self.nodes, self.sheets) = (0, 0);
        } else {
            self.encoder.begin_changes(self.at_ms);
        }
        let mut changes = Vec::new();
        for _ in 0..self.next() % 16 {
            let change = self.change();
            match &change {
                Change::AddNode { at, node: Node::Element { name, attributes } } => {
                    assert_eq!(self.encoder.element(*at, *name, attributes), self.nodes);
                }
                change => self.encoder.change(change),
            }
            self.nodes += u32::from(matches!(change, Change::AddNode { .. }));
            self.sheets += u32::from(matches!(change, Change::AddSheet { .. }));
            changes.push(change);
        }
        if self.next().is_multiple_of(8) {
            let role = self.any_role();
            self.string(role);
        }
        self.encoder.end();
        assert_eq!((self.encoder.next_node(), self.encoder.next_sheet()), (self.nodes, self.sheets));
        let mut all = std::mem::take(&mut self.defined);
        all.append(&mut changes);
        let kind = if is_snapshot { RecordKind::FullSnapshot(all) } else { RecordKind::Changes(all) };
        self.records.push(Record { at_ms: self.at_ms, kind });
    }

    fn change(&mut self) -> Change {
        if self.nodes == 0 {
            return Change::AddNode { at: Insertion::Root, node: Node::Document };
        }
        match self.next() % 20 {
            0 => Change::RemoveNode(self.node()),
            1 => {
                let (role, is_set) = (self.any_role(), self.next() & 1 == 0);
                let name = self.string(Role::AttributeName);
                let value = if is_set { Some(self.string(role)) } else { None };
                Change::Attribute { node: self.node(), name, value }
            }
            2 => Change::Text { node: self.node(), text: self.string(Role::Text) },
            3 => Change::Size { node: self.node(), width: self.number(), height: self.number() },
            4 => Change::Scroll { node: self.node(), x: self.signed(), y: self.signed() },
            5 => {
                let rules = self.several(Role::Css);
                let role = self.any_role();
                Change::AddSheet { rules, media: self.several(role), is_disabled: self.next() & 1 == 0 }
            }
            6 if self.sheets > 0 => {
                let count = self.next() % 3;
                let sheets = (0..count).map(|_| self.number() % self.sheets).collect();
                Change::AttachSheets { node: self.node(), sheets }
            }
            7 => Change::Media { node: self.node(), is_playing: self.next() & 1 == 0 },
            8 => Change::VisualViewport(self.viewport()),
            9 => Change::InputValue { node: self.node(), value: self.string(Role::FormInput) },
            10 => Change::InputSelection {
                node: self.node(),
                state: SelectionState::from_number(u32::from(self.next() % 3)).expect("a state"),
            },
            11 => Change::TopLayer {
                node: self.node(),
                layer: Layer::from_number(u32::from(self.next() % 4)).expect("a layer"),
            },
            12 => Change::Defined(self.several(Role::NodeName)),
            _ => Change::AddNode { at: self.insertion(), node: self.added() },
        }
    }

    fn several(&mut self, role: Role) -> Vec<StringRef> {
        (0..self.next() % 4).map(|_| self.string(role)).collect()
    }

    fn insertion(&mut self) -> Insertion {
        match self.next() % 4 {
            0 => Insertion::AfterPrevious,
            1 => Insertion::Root,
            2 => Insertion::Before(self.node()),
            _ => Insertion::Append(self.node()),
        }
    }

    fn added(&mut self) -> Node {
        match self.next() % 8 {
            0 => Node::DocumentFragment,
            1 => Node::ShadowRoot,
            2 => Node::CData,
            3 => {
                // Not in the order they are referred to.
                let system_id = self.string(Role::Text);
                let (name, public_id) = (self.string(Role::Text), self.string(Role::Text));
                Node::DocType { name, public_id, system_id }
            }
            4 | 5 => Node::Text { text: self.string(Role::Text) },
            _ => {
                let name = self.string(Role::NodeName);
                let count = self.next() % 4;
                let attribute = |script: &mut Self| {
                    let name = script.string(Role::AttributeName);
                    let role = script.any_role();
                    (name, script.string(role))
                };
                let attributes = (0..count).map(|_| attribute(self)).collect();
                Node::Element { name, attributes }
            }
        }
    }
}
