//! A recording of a page as there are many: a table of claims with 1,200 rows of 18 nodes and 800 rules of CSS, in which
//! rows come, go and change while somebody scrolls and points.

use rum_protocol::replay::{
    Change, Encoder, Insertion, InteractionKind, Node, NodeId, Position, RecordKind, Role, SegmentHead,
    StringRef, VisualViewport,
};
use std::collections::BTreeMap;

const ROWS: u32 = 1_200;
const RULES: u32 = 800;
/// Rounds of changes it goes through.
pub(crate) const ROUNDS: u32 = 30;

/// What an engine does: begins, asks for texts, writes changes.
pub(crate) struct Page {
    pub(crate) encoder: Encoder,
    /// Texts that were told, with their numbers.
    texts: BTreeMap<(Role, String), StringRef>,
    at_ms: u64,
    random: u64,
    body: NodeId,
    /// Rows: their own number and that of the text of their state.
    rows: Vec<(NodeId, NodeId)>,
    made: u32,
}

impl Page {
    /// The page as it is when the view begins.
    pub(crate) fn begin(start_ms: u64, head: &mut SegmentHead) -> Self {
        let mut encoder = Encoder::new();
        encoder.begin_segment(start_ms, head);
        let texts = BTreeMap::new();
        let mut page =
            Self { encoder, texts, at_ms: start_ms, random: 1, body: 0, rows: Vec::new(), made: 0 };
        page.push(&RecordKind::Meta {
            width: 1280,
            height: 720,
            href: "https://pharmacy.example/claims".into(),
        });
        page.push(&RecordKind::Focus(true));
        page.encoder.begin_snapshot(start_ms);
        page.snapshot();
        page.encoder.end();
        page.push(&RecordKind::VisualViewport(VisualViewport {
            offset_left: 0.0,
            offset_top: 0.0,
            page_left: 0.0,
            page_top: 0.0,
            width: 1280.0,
            height: 720.0,
            scale: 1.0,
        }));
        page
    }

    /// A batch of 100 ms, by its number.
    pub(crate) fn round(&mut self, round: u32) {
        self.at_ms += 100;
        self.encoder.begin_changes(self.at_ms);
        for _ in 0..30 {
            self.row(Insertion::Append(self.body));
        }
        for _ in 0..15 {
            let row = self.any_row();
            self.encoder.change(&Change::RemoveNode(self.rows.swap_remove(row).0));
        }
        for _ in 0..200 {
            let row = self.any_row();
            let name = self.string(Role::AttributeName, "class");
            let class = ["row", "row row--selected", "row row--late"][self.below(3) as usize];
            let value = Some(self.string(Role::AttributeValue, class));
            self.encoder.change(&Change::Attribute { node: self.rows[row].0, name, value });
        }
        for _ in 0..100 {
            let row = self.any_row();
            let text = format!("{} min ago", self.below(60));
            let text = self.string(Role::Text, &text);
            self.encoder.change(&Change::Text { node: self.rows[row].1, text });
        }
        self.encoder.end();
        self.happens(round);
    }

    fn happens(&mut self, round: u32) {
        let mut positions = Vec::new();
        let (mut x, mut y) = (200 + self.below(800).cast_signed(), 100 + self.below(400).cast_signed());
        for index in 0..2 {
            x += self.below(40).cast_signed() - 15;
            y += self.below(30).cast_signed() - 15;
            let row = self.any_row();
            positions.push(Position { node: self.rows[row].0 + 3, x, y, offset_ms: -50 * index });
        }
        self.push(&RecordKind::PointerMoves { is_touch: false, positions });
        if round.is_multiple_of(3) {
            let node = self.body;
            self.push(&RecordKind::Scroll { node, x: 0, y: (round * 120).cast_signed() });
        }
        if round.is_multiple_of(10) {
            let node = self.body + 5;
            let kind = InteractionKind::Click;
            self.push(&RecordKind::Interaction { kind, node, x, y, number: round + 1 });
        }
    }

    fn snapshot(&mut self) {
        let document = self.encoder.add_node(Insertion::Root, &Node::Document);
        let (name, none) = (self.string(Role::Text, "html"), self.string(Role::Text, ""));
        let doc_type = Node::DocType { name, public_id: none, system_id: none };
        self.encoder.add_node(Insertion::Append(document), &doc_type);
        let html = self.element(Insertion::AfterPrevious, "HTML", &[("lang", Role::AttributeValue, "en")]);
        let head = self.element(Insertion::Append(html), "HEAD", &[]);
        let style = self.element(Insertion::Append(head), "STYLE", &[]);
        let body =
            self.element(Insertion::Append(html), "BODY", &[("class", Role::AttributeValue, "claims wide")]);
        let table =
            self.element(Insertion::Append(body), "TABLE", &[("class", Role::AttributeValue, "table")]);
        self.body = self.element(Insertion::Append(table), "TBODY", &[]);
        for _ in 0..ROWS {
            self.row(Insertion::Append(self.body));
        }
        let mut rules = Vec::new();
        for index in 0..RULES {
            let (color, size) = (self.below(0xff_ffff), self.below(40));
            let rule = format!(
                ".c{index} > .cell:nth-child({}) {{ color: #{color:06x}; padding: {size}px {}px; }}",
                index % 7,
                size / 2
            );
            rules.push(self.string(Role::Css, &rule));
        }
        let sheet = self.encoder.next_sheet();
        self.encoder.change(&Change::AddSheet { rules, media: vec![], is_disabled: false });
        self.encoder.change(&Change::AttachSheets { node: style, sheets: vec![sheet] });
    }

    fn row(&mut self, at: Insertion) {
        let number = self.made;
        self.made += 1;
        let row = self.element(
            at,
            "TR",
            &[
                (
                    "class",
                    Role::AttributeValue,
                    if number.is_multiple_of(2) { "row" } else { "row row--odd" },
                ),
                ("id", Role::AttributeValue, &format!("claim-{}", 10_480 + number)),
            ],
        );
        self.cell(row, &format!("Claim {}", 10_480 + number));
        let medicines =
            ["Levothyroxine 75 µg", "Salbutamol inhaler", "Amoxicillin 500 mg", "Metformin 850 mg"];
        let medicine = medicines[self.below(4) as usize];
        self.cell(row, medicine);
        let price = format!("${}.{:02}", self.below(300), self.below(100));
        self.cell(row, &price);
        let state = self.element(
            Insertion::Append(row),
            "TD",
            &[("class", Role::AttributeValue, "cell cell--state")],
        );
        let badge = ["badge badge--paid", "badge badge--open", "badge badge--denied"][self.below(3) as usize];
        self.element(Insertion::Append(state), "SPAN", &[("class", Role::AttributeValue, badge)]);
        self.text(Insertion::Append(state + 1), badge.rsplit('-').next().unwrap_or_default());
        let ago = format!("{} min ago", self.below(60));
        let ago = self.text(Insertion::Append(state), &ago);
        let last = self.element(Insertion::Append(row), "TD", &[("class", Role::AttributeValue, "cell")]);
        self.element(
            Insertion::Append(last),
            "A",
            &[
                ("class", Role::AttributeValue, "link"),
                ("href", Role::Url, &format!("https://pharmacy.example/claims/{}", 10_480 + number)),
            ],
        );
        self.text(Insertion::Append(last + 1), "Open");
        let icon = self.element(
            Insertion::Append(last),
            "svg>svg",
            &[("viewBox", Role::AttributeValue, "0 0 16 16")],
        );
        self.element(Insertion::Append(icon), "svg>path", &[("d", Role::AttributeValue, "M8 1l7 14H1z")]);
        self.text(Insertion::Append(row), "\n      ");
        self.rows.push((row, ago));
    }

    fn cell(&mut self, row: NodeId, text: &str) {
        let cell = self.element(Insertion::Append(row), "TD", &[("class", Role::AttributeValue, "cell")]);
        self.text(Insertion::Append(cell), text);
    }

    fn element(&mut self, at: Insertion, name: &str, attributes: &[(&str, Role, &str)]) -> NodeId {
        let name = self.string(Role::NodeName, name);
        let mut numbers = Vec::new();
        for (name, role, value) in attributes {
            let name = self.string(Role::AttributeName, name);
            numbers.push((name, self.string(*role, value)));
        }
        self.encoder.element(at, name, &numbers)
    }

    fn text(&mut self, at: Insertion, text: &str) -> NodeId {
        let text = self.string(Role::Text, text);
        self.encoder.add_node(at, &Node::Text { text })
    }

    /// The number of a text, which is told once.
    fn string(&mut self, role: Role, text: &str) -> StringRef {
        *self.texts.entry((role, text.into())).or_insert_with(|| self.encoder.define(role, text))
    }

    fn push(&mut self, record: &RecordKind) {
        self.encoder.push(self.at_ms, record);
    }

    fn any_row(&mut self) -> usize {
        let rows = self.rows.len() as u32;
        self.below(rows) as usize
    }

    /// The same page in every run (Knuth's MMIX generator).
    fn below(&mut self, bound: u32) -> u32 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.random >> 33) as u32) % bound
    }
}
