//! What the engine tells of a page of one paragraph.

use crate::engine::{Answer, Call, Engine, status};
use crate::model_test::{Packer, records};
use crate::ops;
use rum_protocol::replay::{Change, InteractionKind, MediaState, Position, RecordKind, Role, VisualViewport};

const START_MS: u64 = 1_000;
const PARAGRAPH: i32 = 2;

impl Engine {
    pub(crate) fn batch(&mut self, at_ms: u64, words: &[u8], texts: &[u8]) -> Answer {
        self.call(at_ms, Call::Batch { words, texts })
    }

    pub(crate) fn segment(&mut self, at_ms: u64) -> Answer {
        self.call(at_ms, Call::Segment)
    }

    pub(crate) fn view(&mut self, at_ms: u64, window: [i32; 3], href: &[u8]) -> Answer {
        self.call(at_ms, Call::View { window, href })
    }

    pub(crate) fn work(&mut self, nodes: usize) -> Answer {
        self.call(0, Call::Work(nodes))
    }
}

struct Script {
    engine: Engine,
    packer: Packer,
}

impl Script {
    /// A page with a paragraph, which was walked.
    fn walked() -> Self {
        let mut script = Self { engine: Engine::new(), packer: Packer::default() };
        script.packer.add(&[ops::DOCUMENT, 1, 0]);
        script.packer.add(&[ops::ELEMENT, PARAGRAPH, 1, 0]).name("P", Role::NodeName).add(&[0]);
        script.packer.add(&[ops::WALKED]);
        let answer = script.take(START_MS);
        assert_eq!((answer.status, answer.block.len()), (status::WALKED, 0));
        script
    }

    /// The same, of which a view has begun.
    fn telling() -> Self {
        let mut script = Self::walked();
        script.view();
        script
    }

    fn view(&mut self) -> Vec<RecordKind> {
        self.engine.view(START_MS, [800, 600, 1], b"https://shop.example/");
        kinds(&self.engine.work(usize::MAX))
    }

    fn take(&mut self, at_ms: u64) -> Answer {
        let (words, texts) = self.packer.take();
        self.engine.batch(at_ms, &words, &texts)
    }

    /// Records of the operations.
    fn told(&mut self, at_ms: u64) -> Vec<RecordKind> {
        self.engine.segment(START_MS);
        let answer = self.take(at_ms);
        kinds(&answer)
    }
}

fn kinds(answer: &Answer) -> Vec<RecordKind> {
    records(START_MS, answer).into_iter().map(|record| record.kind).collect()
}

#[test]
fn a_view_begins_with_meta_focus_snapshot_and_viewport() {
    let mut script = Script::walked();
    script.packer.add(&[ops::VISUAL_VIEWPORT, 0, 0, 0, 0, 500, 800_000, 600_000, 1_250]);
    script.packer.add(&[ops::RESIZED, 0, 900, 700]);
    assert_eq!(script.told(START_MS), [], "nothing is told before");
    let told = script.view();
    let visual = VisualViewport {
        offset_left: 0.0,
        offset_top: 0.0,
        page_left: 0.0,
        page_top: 0.5,
        width: 800.0,
        height: 600.0,
        scale: 1.25,
    };
    let meta = RecordKind::Meta { width: 800, height: 600, href: "https://shop.example/".into() };
    assert_eq!(told[..2], [meta, RecordKind::Focus(true)]);
    assert!(
        matches!(&told[2], RecordKind::FullSnapshot(changes) if changes.len() == 3),
        "a name and two nodes"
    );
    assert_eq!(told[3..], [RecordKind::VisualViewport(visual)]);
}

#[test]
fn a_snapshot_is_told_in_slices_and_whole() {
    let mut script = Script::walked();
    script.packer.add(&[ops::ELEMENT, 3, 1, 0]).name("UL", Role::NodeName).add(&[0]);
    for id in 4..100 {
        script.packer.add(&[ops::TEXT, id, 3, 0]).text("x");
    }
    script.take(START_MS);
    assert_eq!(script.engine.view(START_MS, [1, 1, 0], b"").status & status::BUSY, status::BUSY);
    let mut slices = 0;
    let whole = loop {
        let answer = script.engine.work(10);
        slices += 1;
        if answer.status & status::BUSY == 0 {
            break answer;
        }
        assert!(answer.block.is_empty(), "a block is never half a snapshot");
    };
    assert!(slices > 10, "{slices}");
    assert_eq!(whole, Script::of_the_same(&mut script), "and in one go it is the same");
}

impl Script {
    fn of_the_same(script: &mut Self) -> Answer {
        script.engine.view(START_MS, [1, 1, 0], b"");
        script.engine.work(usize::MAX)
    }
}

#[test]
fn happenings_are_told_with_their_times_and_nodes() {
    let mut script = Script::telling();
    script.packer.add(&[ops::POINTER_MOVED, 5, PARAGRAPH, 1, 2, 0]);
    script.packer.add(&[ops::POINTER_MOVED, 55, PARAGRAPH, 3, -4, 0]);
    script.packer.add(&[ops::INTERACTION, 60, InteractionKind::Click as i32, PARAGRAPH, 3, 4, 9]);
    script.packer.add(&[ops::FRUSTRATION, 70, 4, 9]);
    script.packer.add(&[ops::MEDIA, 80, PARAGRAPH, 2, 1_500]);
    script.packer.add(&[ops::SELECTED, 90, PARAGRAPH, 1, 1, 0]);
    script.engine.segment(START_MS);
    let answer = script.take(START_MS);
    let told = records(START_MS, &answer);
    let times: Vec<u64> = told.iter().map(|record| record.at_ms - START_MS).collect();
    assert_eq!(times, [55, 60, 70, 80, 90]);
    let kinds: Vec<RecordKind> = told.into_iter().map(|record| record.kind).collect();
    let positions = vec![
        Position { node: 1, x: 1, y: 2, offset_ms: -50 },
        Position { node: 1, x: 3, y: -4, offset_ms: 0 },
    ];
    assert_eq!(
        kinds,
        [
            RecordKind::PointerMoves { is_touch: false, positions },
            RecordKind::Interaction { kind: InteractionKind::Click, node: 1, x: 3, y: 4, number: 9 },
            RecordKind::Frustration { kinds: 4, interaction: 9 },
            RecordKind::Media { node: 1, state: MediaState::Seeked(1.5) },
            RecordKind::Selection { start: 1, start_offset: 1, end: 0, end_offset: 0 },
        ]
    );
    assert_eq!(answer.records, 5);
}

#[test]
fn what_is_about_a_node_that_is_not_there_is_left_out_and_counted() {
    let mut script = Script::telling();
    script.packer.add(&[ops::REMOVE, 7, ops::DATA, PARAGRAPH]).text("x");
    script.packer.add(&[
        ops::INTERACTION,
        0,
        2,
        7,
        0,
        0,
        0,
        ops::MOVE,
        1,
        PARAGRAPH,
        0,
        ops::ATTACH_SHEETS,
        7,
        0,
    ]);
    script.packer.add(&[ops::TEXT, 8, 7, 0]).text("x");
    let answer = script.take(START_MS);
    assert_eq!((answer.dropped, answer.block.len()), (6, 0));
}

#[test]
fn a_torn_batch_changes_nothing() {
    let mut script = Script::telling();
    script.packer.add(&[ops::REMOVE, PARAGRAPH, ops::MOVE, 1]);
    let answer = script.take(START_MS);
    assert_eq!((answer.status, answer.block.len()), (status::WALKED | status::TORN, 0));
    let told = script.view();
    assert!(matches!(&told[2], RecordKind::FullSnapshot(changes) if changes.len() == 3), "it is still there");
}

#[test]
fn what_becomes_what_it_was_is_not_told() {
    let mut script = Script::telling();
    script.packer.add(&[ops::ATTRIBUTE, PARAGRAPH]).name("class", Role::AttributeValue).text("a");
    assert!(matches!(&script.told(START_MS)[..], [RecordKind::Changes(_)]));
    script.packer.add(&[ops::ATTRIBUTE, PARAGRAPH]).name("class", Role::AttributeValue).text("a");
    script.packer.add(&[ops::MOVE, PARAGRAPH, 1, 0]);
    script.packer.add(&[ops::ATTRIBUTE_REMOVED, PARAGRAPH]).name("id", Role::AttributeValue);
    assert_eq!(script.told(START_MS), []);
}

#[test]
fn a_rule_of_an_elements_sheet_is_a_record_and_of_a_shared_one_a_new_sheet_once_a_batch() {
    let mut script = Script::telling();
    script.packer.add(&[ops::SHEET, 1, 0, 0, 0, ops::SHEET, 2, 0, 0, 0]);
    script.packer.add(&[ops::ATTACH_SHEETS, PARAGRAPH, 1, 1, ops::ATTACH_SHEETS, 1, 1, 2]);
    script.told(START_MS);
    script.packer.add(&[ops::RULE_INSERTED, 1, 0]).text("a{}");
    script.packer.add(&[ops::RULE_INSERTED, 2, 0]).text("b{}");
    script.packer.add(&[ops::RULE_INSERTED, 2, 1]).text("c{}");
    let told = script.told(START_MS);
    assert_eq!(told[0], RecordKind::Rule { owner: 1, index: 0, inserted: Some("a{}".into()) });
    let RecordKind::Changes(changes) = &told[1] else { panic!("{told:?}") };
    let sheets =
        changes.iter().filter(|change| matches!(change, Change::AddSheet { rules, .. } if rules.len() == 2));
    assert_eq!((told.len(), sheets.count()), (2, 1));
    assert_eq!(changes.last(), Some(&Change::AttachSheets { node: 0, sheets: vec![2] }));
}
