//! A segment with one of everything a recording can tell.

use crate::script::{START_MS, head};
use rum_protocol::Id;
use rum_protocol::replay::{
    Change, CreationReason, Encoder, Insertion, InteractionKind, Layer, MediaState, Node, PointerKind,
    PointerPhase, Position, PrivacyLevel, Record, RecordKind, Role, Segment, SegmentHead, SelectionState,
    VisualViewport, encode_segment,
};

/// As it is read.
pub(crate) fn everything() -> Segment {
    let head = SegmentHead {
        id: Id::from_random([1; 16]),
        session_id: Id::from_random([2; 16]),
        view_id: Id::from_random([3; 16]),
        index_in_view: 0,
        creation_reason: Some(CreationReason::Init),
        first_string: 6,
        sdk_version: Some("0.1.0".into()),
        privacy_level: Some(PrivacyLevel::Mask),
        policy_version: Some(7),
        lost_batches: Some(2),
        ..head()
    };
    let mut kinds = begin();
    kinds.push(RecordKind::Changes(changes()));
    kinds.extend(happenings());
    let at_ms = (START_MS..).step_by(40);
    let records = at_ms.zip(kinds).map(|(at_ms, kind)| Record { at_ms, kind }).collect();
    Segment { head, records }
}

/// In two blocks.
pub(crate) fn encoded(segment: &Segment) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut head = segment.head.clone();
    encoder.begin_segment(head.start_ms, &mut head);
    let blocks = segment.records.chunks(5).map(|records| {
        for Record { at_ms, kind } in records {
            encoder.push(*at_ms, kind);
        }
        encoder.take_block()
    });
    encode_segment(&segment.head, blocks)
}

fn strings(role: Role, texts: &[&str]) -> Change {
    Change::AddStrings { role, texts: texts.iter().map(|&text| text.into()).collect() }
}

fn viewport(scale: f32) -> VisualViewport {
    VisualViewport {
        offset_left: 0.0,
        offset_top: 12.5,
        page_left: 0.0,
        page_top: 300.0,
        width: 1280.0,
        height: 720.0,
        scale,
    }
}

fn begin() -> Vec<RecordKind> {
    let element = |name, attributes| Node::Element { name, attributes };
    let add = |at, node| Change::AddNode { at, node };
    let snapshot = vec![
        // 6 to 12
        strings(Role::NodeName, &["HTML", "BODY", "INPUT", "svg>path", "X-CLAIM", "VIDEO", "STYLE"]),
        // 13 to 16
        strings(Role::Text, &["html", "", "Open claims", "xxx \u{1f3e5}\u{2028}\"\\"]),
        // 17 to 20
        strings(Role::AttributeName, &["class", "style", "href", "value"]),
        // 21 and 22
        strings(Role::AttributeValue, &["claims wide", "M8 1l7 14H1z"]),
        // 23
        strings(Role::FormInput, &["***"]),
        // 24 to 26
        strings(Role::Css, &["color: red", ".claims { color: red }", "print"]),
        // 27
        strings(Role::Url, &["https://pharmacy.example/claims"]),
        add(Insertion::Root, Node::Document),
        add(Insertion::Append(0), Node::DocType { name: 13, public_id: 14, system_id: 14 }),
        add(Insertion::AfterPrevious, element(6, vec![])),
        add(Insertion::Append(2), element(7, vec![(17, 21), (18, 24)])),
        add(Insertion::Append(3), Node::Text { text: 15 }),
        add(Insertion::AfterPrevious, element(8, vec![(20, 23)])),
        add(Insertion::Before(4), element(9, vec![(17, 22), (19, 27)])),
        add(Insertion::Append(3), element(10, vec![])),
        add(Insertion::Append(7), Node::ShadowRoot),
        add(Insertion::Append(8), Node::Text { text: 16 }),
        add(Insertion::Append(3), element(11, vec![])),
        add(Insertion::Append(2), element(12, vec![])),
        add(Insertion::Append(3), Node::DocumentFragment),
        add(Insertion::Append(3), Node::CData),
        Change::Scroll { node: 0, x: 0, y: 300 },
        Change::AddSheet { rules: vec![25], media: vec![], is_disabled: false },
        Change::AttachSheets { node: 11, sheets: vec![0] },
    ];
    vec![
        RecordKind::Meta { width: 1280, height: 720, href: "https://pharmacy.example/claims".into() },
        RecordKind::Focus(true),
        RecordKind::FullSnapshot(snapshot),
        RecordKind::VisualViewport(viewport(1.0)),
    ]
}

fn changes() -> Vec<Change> {
    vec![
        // 28 and 29
        strings(Role::Text, &["Claim 10480", "paid"]),
        Change::AddNode { at: Insertion::Append(3), node: Node::Element { name: 7, attributes: vec![] } },
        Change::AddNode { at: Insertion::Append(14), node: Node::Text { text: 28 } },
        Change::AddNode { at: Insertion::AfterPrevious, node: Node::Text { text: 29 } },
        Change::RemoveNode(4),
        Change::Attribute { node: 3, name: 17, value: Some(22) },
        Change::Attribute { node: 3, name: 18, value: None },
        Change::Text { node: 9, text: 28 },
        Change::Size { node: 7, width: 300, height: 150 },
        Change::Scroll { node: 3, x: -1, y: 40 },
        Change::AddSheet { rules: vec![25, 25], media: vec![26], is_disabled: true },
        Change::AttachSheets { node: 8, sheets: vec![1, 0] },
        Change::Media { node: 10, is_playing: true },
        Change::Media { node: 10, is_playing: false },
        Change::VisualViewport(viewport(1.25)),
        Change::InputValue { node: 5, value: 23 },
        Change::InputSelection { node: 5, state: SelectionState::Selected },
        Change::InputSelection { node: 5, state: SelectionState::Deselected },
        Change::InputSelection { node: 5, state: SelectionState::Indeterminate },
        Change::TopLayer { node: 7, layer: Layer::Modal },
        Change::Defined(vec![10]),
    ]
}

fn happenings() -> Vec<RecordKind> {
    let at = |x, y, offset_ms| Position { node: 3, x, y, offset_ms };
    let media = |state| RecordKind::Media { node: 10, state };
    vec![
        RecordKind::PointerMoves { is_touch: false, positions: vec![at(55, 677, -50), at(58, 670, 0)] },
        RecordKind::PointerMoves { is_touch: true, positions: vec![at(60, 600, 0)] },
        RecordKind::Pointer {
            phase: PointerPhase::Down,
            kind: PointerKind::Touch,
            pointer: 2,
            x: 60,
            y: 600,
        },
        RecordKind::Interaction { kind: InteractionKind::Click, node: 5, x: 60, y: 600, number: 1 },
        RecordKind::Interaction { kind: InteractionKind::Focus, node: 5, x: 0, y: 0, number: 2 },
        RecordKind::Frustration { kinds: 7, interaction: 1 },
        RecordKind::Scroll { node: 0, x: 0, y: 3_812 },
        RecordKind::Resize { width: 800, height: 600 },
        media(MediaState::Playing),
        media(MediaState::Paused),
        media(MediaState::Seeked(12.5)),
        media(MediaState::Rate(2.0)),
        media(MediaState::Volume(0.0)),
        RecordKind::Rule { owner: 11, index: 1, inserted: Some(".late { color: \"red\" }".into()) },
        RecordKind::Rule { owner: 11, index: 0, inserted: None },
        RecordKind::Selection { start: 9, start_offset: 1, end: 15, end_offset: 3 },
        RecordKind::Focus(false),
        RecordKind::ViewEnd,
    ]
}
