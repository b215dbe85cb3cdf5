//! Segments of session replay: what is written is read, and what nobody wrote is refused.
//!
//! `cargo test -p rum-protocol --test replay -- --ignored` writes the golden segment anew; that is right only before
//! the version is released.

mod everything;
mod page;
mod script;

use page::{Page, ROUNDS};
use proptest::collection::vec;
use proptest::prelude::*;
#[allow(clippy::wildcard_imports, reason = "all of it")]
use rum_protocol::replay::*;
use rum_protocol::{Id, PROTOCOL_VERSION};
use script::{Recording, START_MS, head, play};
use std::path::PathBuf;

proptest! {
    #[test]
    fn what_is_recorded_is_read(bytes in vec(any::<u8>(), 0..3_000)) {
        let Recording { head, blocks, records } = play(&bytes);
        let segment = decode_segment(&encode_segment(&head, &blocks)).expect("a segment");
        prop_assert_eq!(&segment.head, &head);
        prop_assert_eq!(&segment.records, &records);
        let pushed = segment.to_bytes();
        prop_assert_eq!(decode_segment(&pushed).expect("a segment").records, records);
    }

    #[test]
    fn a_recording_goes_on_in_the_next_segment(bytes in vec(any::<u8>(), 0..1_000)) {
        let all = play(&bytes);
        let mut encoder = Encoder::new();
        let mut records = Vec::new();
        for part in all.records.chunks(3) {
            let mut head = head();
            encoder.begin_segment(part[0].at_ms, &mut head);
            for record in part {
                encoder.push(record.at_ms, &record.kind);
            }
            let segment = decode_segment(&encode_segment(&head, [encoder.take_block()])).expect("a segment");
            let again = decode_segment(&segment.to_bytes()).expect("a segment");
            prop_assert_eq!(&again, &segment);
            records.extend(segment.records);
        }
        prop_assert_eq!(records, all.records);
    }

    #[test]
    fn a_segment_cut_short_or_damaged_never_panics(
        bytes in vec(any::<u8>(), 0..600),
        cut in any::<prop::sample::Index>(),
        damage in vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
    ) {
        let Recording { head, blocks, .. } = play(&bytes);
        let mut segment = encode_segment(&head, &blocks);
        prop_assert!(decode_segment(&segment[..cut.index(segment.len())]).is_err());
        for (place, bit) in damage {
            let place = place.index(segment.len());
            segment[place] ^= 1 << bit;
        }
        if let Ok(segment) = decode_segment(&segment) {
            let again = decode_segment(&segment.to_bytes()).expect("what was read can be written");
            prop_assert_eq!(again.records, segment.records);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = decode_segment(&bytes);
        // Behind a good head more of them get further.
        let mut segment = encode_head(&head());
        minicbor::Encoder::new(&mut segment).bytes(&bytes).expect("memory");
        segment.push(SEGMENT_END);
        let _ = decode_segment(&segment);
    }
}

fn one(record: &RecordKind) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut head = head();
    encoder.begin_segment(START_MS, &mut head);
    encoder.push(START_MS, record);
    encode_segment(&head, [encoder.take_block()])
}

/// A document, of which the rest is told.
fn snapshot(changes: impl IntoIterator<Item = Change>) -> RecordKind {
    let document = Change::AddNode { at: Insertion::Root, node: Node::Document };
    RecordKind::FullSnapshot([document].into_iter().chain(changes).collect())
}

/// What a recorder of each released version sends stays readable.
#[test]
fn the_golden_segment_is_readable() {
    let golden = std::fs::read(golden(GOLDEN)).expect("a file");
    assert_eq!(decode_segment(&golden), Ok(everything::everything()));
}

#[test]
fn an_optional_value_that_does_not_exist_yet_is_absent() {
    let mut segment = vec![0x9f, 0xbf];
    let mut e = minicbor::Encoder::new(&mut segment);
    e.u8(0).unwrap().u32(PROTOCOL_VERSION).unwrap();
    for key in [1, 3, 4] {
        e.u8(key).unwrap().bytes(&[9; 16]).unwrap();
    }
    e.u8(2).unwrap().str("application").unwrap();
    for key in [5, 7, 8, 9, 10] {
        e.u8(key).unwrap().u8(0).unwrap();
    }
    e.u8(6).unwrap().u8(250).unwrap().u8(12).unwrap().u8(250).unwrap();
    e.u8(99).unwrap().str("a field that does not exist yet").unwrap();
    e.end().unwrap().end().unwrap();
    let head = decode_segment(&segment).expect("readable").head;
    assert_eq!((head.creation_reason, head.privacy_level), (None, None));
    assert_eq!(head.application_id, "application");
}

#[test]
#[ignore = "writes the golden segment and the fuzzer's seeds of the current version"]
fn write() {
    let everything = everything::encoded(&everything::everything());
    std::fs::write(golden(GOLDEN), &everything).expect("a file");
    let seeds = golden("../../../fuzz/seeds/replay");
    std::fs::write(seeds.join("everything"), &everything).expect("a file");
    let mut head = head();
    let mut page = Page::begin(START_MS, &mut head);
    page.encoder.take_block();
    page.encoder.begin_segment(START_MS + 100, &mut head);
    page.round(0);
    std::fs::write(seeds.join("changes"), encode_segment(&head, [page.encoder.take_block()]))
        .expect("a file");
}

const GOLDEN: &str = "v1-replay.bin";

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/wire").join(name)
}

#[test]
fn what_refers_to_nothing_is_refused() {
    assert!(decode_segment(&one(&snapshot([]))).is_ok());
    let text = |at, text| snapshot([Change::AddNode { at, node: Node::Text { text } }]);
    assert!(decode_segment(&one(&text(Insertion::Append(0), 5))).is_ok());
    let refused = [
        (RecordKind::Scroll { node: 0, x: 0, y: 0 }, ReplayError::Node),
        (snapshot([Change::RemoveNode(1)]), ReplayError::Node),
        (text(Insertion::Append(0), 6), ReplayError::StringRef),
        (text(Insertion::Append(2), 5), ReplayError::Node),
        (text(Insertion::Before(u32::MAX), 5), ReplayError::Node),
        (
            RecordKind::FullSnapshot(vec![Change::AddNode {
                at: Insertion::AfterPrevious,
                node: Node::CData,
            }]),
            ReplayError::Node,
        ),
        (snapshot([Change::AttachSheets { node: 0, sheets: vec![0] }]), ReplayError::Sheet),
        (RecordKind::Frustration { kinds: 0, interaction: 1 }, ReplayError::Value),
        (RecordKind::Frustration { kinds: 8, interaction: 1 }, ReplayError::Value),
    ];
    for (record, error) in refused {
        assert_eq!(decode_segment(&one(&record)), Err(error), "{record:?}");
    }
}

#[test]
fn numbers_count_from_where_the_head_says() {
    let mut head = head();
    let mut encoder = Encoder::new();
    encoder.begin_segment(START_MS, &mut head);
    encoder.push(START_MS, &snapshot([]));
    encoder.take_block();
    encoder.begin_segment(START_MS + 5_000, &mut head);
    assert_eq!((head.first_string, head.first_node, head.first_sheet), (6, 1, 0));
    encoder.push(START_MS + 5_001, &RecordKind::Scroll { node: 0, x: 1, y: -1 });
    let block = encoder.take_block();
    let read = decode_segment(&encode_segment(&head, [&block])).expect("a segment");
    assert_eq!(
        read.records,
        [Record { at_ms: START_MS + 5_001, kind: RecordKind::Scroll { node: 0, x: 1, y: -1 } }]
    );
    head.first_node = 0;
    assert_eq!(decode_segment(&encode_segment(&head, [&block])), Err(ReplayError::Node));
}

#[test]
fn a_nul_in_a_text_is_told_as_a_question_mark() {
    let href = String::from("a\0b\0");
    let read = decode_segment(&one(&RecordKind::Meta { width: 1, height: 2, href })).expect("a segment");
    let href = "a?b?".into();
    assert_eq!(read.records[0].kind, RecordKind::Meta { width: 1, height: 2, href });
}

#[test]
fn what_is_no_number_in_json_is_0() {
    let viewport = VisualViewport { scale: f32::NAN, width: f32::INFINITY, offset_left: 0.1, ..ZERO };
    let read = decode_segment(&one(&RecordKind::VisualViewport(viewport))).expect("a segment");
    let expected = VisualViewport { offset_left: 0.1, ..ZERO };
    assert_eq!(read.records[0].kind, RecordKind::VisualViewport(expected));
}

const ZERO: VisualViewport = VisualViewport {
    offset_left: 0.0,
    offset_top: 0.0,
    page_left: 0.0,
    page_top: 0.0,
    width: 0.0,
    height: 0.0,
    scale: 0.0,
};

#[test]
fn other_versions_are_told_apart_and_texts_of_the_head_are_bounded() {
    let with = |change: fn(&mut SegmentHead)| {
        let mut head = head();
        change(&mut head);
        decode_segment(&encode_segment(&head, [[0u8; 0]])).map(|_| ())
    };
    assert_eq!(with(|_| ()), Ok(()));
    let newer = PROTOCOL_VERSION + 1;
    assert_eq!(with(|head| head.protocol_version += 1), Err(ReplayError::TooNew { version: newer }));
    assert_eq!(with(|head| head.protocol_version = 0), Err(ReplayError::TooOld));
    assert_eq!(with(|head| head.application_id = "x".repeat(1_001)), Err(ReplayError::Head));
    assert_eq!(with(|head| head.start_ms = 1 << 53), Ok(()), "only records have a time");
}

#[test]
fn what_is_more_than_any_recorder_writes_is_refused() {
    let mut encoder = Encoder::new();
    let mut head = head();
    encoder.begin_segment(START_MS, &mut head);
    for _ in 0..MAX_SEGMENT_CHANGES {
        encoder.push(START_MS, &RecordKind::ViewEnd);
    }
    let block = encoder.take_block();
    assert!(decode_segment(&encode_segment(&head, [&block])).is_ok());
    assert_eq!(decode_segment(&encode_segment(&head, [&block, &block])), Err(ReplayError::TooMany));
    let large = vec![0; MAX_SEGMENT_BYTES + 1];
    assert_eq!(decode_segment(&large), Err(ReplayError::TooLarge));
    head.first_string = MAX_NUMBER;
    let mut encoder = Encoder::new();
    encoder.begin_segment(START_MS, &mut SegmentHead::default());
    let texts = vec![String::from("one too many")];
    encoder.push(START_MS, &RecordKind::Changes(vec![Change::AddStrings { role: Role::Text, texts }]));
    assert_eq!(decode_segment(&encode_segment(&head, [encoder.take_block()])), Err(ReplayError::TooMany));
}

#[test]
fn every_field_of_a_head_is_told() {
    let full = SegmentHead {
        id: Id([1; 16]),
        session_id: Id([2; 16]),
        view_id: Id([0xff; 16]),
        index_in_view: 23,
        first_string: 24,
        first_node: 65_536,
        first_sheet: u32::MAX,
        sdk_version: Some("x".repeat(300)),
        privacy_level: Some(PrivacyLevel::Hidden),
        policy_version: Some(7),
        lost_batches: Some(u32::MAX),
        ..head()
    };
    for head in [full, head()] {
        assert_eq!(decode_segment(&encode_segment(&head, [[0u8; 0]])).map(|segment| segment.head), Ok(head));
    }
}

#[test]
fn something_after_the_end_is_refused() {
    let mut segment = one(&RecordKind::ViewEnd);
    segment.push(0);
    assert_eq!(decode_segment(&segment), Err(ReplayError::Frame));
}

/// The wire was chosen by these figures (zlib level 6): the snapshot took 32,737 bytes while places were told by distances
/// alone, and texts take 6 % more with their lengths in a column beside them. The bounds are a little above them.
#[test]
fn a_page_is_small_on_the_wire() {
    let mut head = head();
    let mut page = Page::begin(START_MS, &mut head);
    let snapshot = encode_segment(&head, [page.encoder.take_block()]);
    page.encoder.begin_segment(START_MS + 100, &mut head);
    let block = |round| {
        page.round(round);
        page.encoder.take_block()
    };
    let changes = encode_segment(&head, (0..ROUNDS).map(block));
    let sizes = [&snapshot, &changes].map(|segment| {
        assert!(decode_segment(segment).is_ok());
        (segment.len(), deflated_bytes(segment))
    });
    println!("bytes plain and deflated: snapshot {:?}, changes {:?}", sizes[0], sizes[1]);
    assert!(sizes[0].0 < 250_000 && sizes[0].1 < 30_000, "{sizes:?}");
    assert!(sizes[1].0 < 200_000 && sizes[1].1 < 50_000, "{sizes:?}");
}

fn deflated_bytes(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut encoder, bytes).expect("memory");
    encoder.finish().expect("memory").len()
}
