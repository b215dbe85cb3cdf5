//! Segments of our session replay to post, and what is made of them.

use crate::batches::APPLICATION_ID;
use bytes::Bytes;
use collector::intake::decode;
use rum_protocol::replay::{
    Change, CreationReason, Encoder, Insertion, Node, PrivacyLevel, RecordKind, Role, SegmentHead,
    encode_segment,
};
use rum_protocol::{Id, PROTOCOL_VERSION};
use serde_json::Value;

pub(crate) const START_MS: u64 = 1_800_000_000_000;

/// Inflated segments of tests are far below it (bytes).
const MAX_BYTES: usize = 1024 * 1024;

/// A segment as its recorder holds it.
pub(crate) struct Recorded {
    pub(crate) head: SegmentHead,
    pub(crate) blocks: Vec<Vec<u8>>,
}

impl Recorded {
    /// As it is posted, not compressed.
    pub(crate) fn plain(&self) -> Vec<u8> {
        encode_segment(&self.head, &self.blocks)
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        decode::deflate(&self.plain()).unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.head.id.to_text()
    }
}

/// A segment of one view with a full snapshot in its first block and a changed text in its second. `number` makes its
/// ids; the session is the same for all.
pub(crate) fn segment(number: u64) -> Recorded {
    segment_with(number, "Refill the claim", "http://127.0.0.1:5173/claims")
}

/// The same with this text and URL on the page.
pub(crate) fn segment_with(number: u64, text: &str, url: &str) -> Recorded {
    let mut head = SegmentHead {
        protocol_version: PROTOCOL_VERSION,
        id: id(number, 5),
        application_id: APPLICATION_ID.into(),
        session_id: id(0, 9),
        view_id: id(number, 2),
        index_in_view: 0,
        creation_reason: Some(CreationReason::Init),
        sdk_version: Some("0.1.0".into()),
        privacy_level: Some(PrivacyLevel::Mask),
        policy_version: Some(1),
        ..SegmentHead::default()
    };
    let mut encoder = Encoder::new();
    encoder.begin_segment(START_MS + number, &mut head);
    let meta = RecordKind::Meta { width: 1_280, height: 720, href: url.into() };
    encoder.push(head.start_ms, &meta);
    encoder.push(head.start_ms, &RecordKind::Focus(true));
    encoder.begin_snapshot(head.start_ms);
    let name = encoder.define(Role::NodeName, "A");
    let (attribute, value) = (encoder.define(Role::AttributeName, "href"), encoder.define(Role::Url, url));
    let first = encoder.define(Role::Text, text);
    encoder.add_node(Insertion::Root, &Node::Document);
    encoder.element(Insertion::Append(0), name, &[(attribute, value)]);
    encoder.add_node(Insertion::Append(1), &Node::Text { text: first });
    encoder.end();
    let snapshot = encoder.take_block();
    encoder.begin_changes(head.start_ms + 1_000);
    let changed = encoder.define(Role::Text, &format!("{text} again"));
    encoder.change(&Change::Text { node: 2, text: changed });
    encoder.end();
    Recorded { head, blocks: vec![snapshot, encoder.take_block()] }
}

/// Both parts of a request to Datadog's intake: the segment's JSON, and what describes it.
pub(crate) async fn parts(content_type: &str, body: Bytes) -> (Value, Value) {
    let boundary = multer::parse_boundary(content_type).unwrap();
    let chunks = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(chunks, boundary);
    let segment = parts.next_field().await.unwrap().unwrap();
    assert_eq!(segment.name(), Some("segment"));
    let segment = segment.bytes().await.unwrap();
    let json = decode::inflate(&segment, MAX_BYTES).unwrap();
    let event = parts.next_field().await.unwrap().unwrap();
    assert_eq!(event.name(), Some("event"));
    let event: Value = serde_json::from_slice(&event.bytes().await.unwrap()).unwrap();
    assert_eq!(
        (&event["raw_segment_size"], &event["compressed_segment_size"]),
        (&json.len().into(), &segment.len().into())
    );
    assert!(parts.next_field().await.unwrap().is_none());
    (serde_json::from_slice(&json).unwrap(), event)
}

pub(crate) fn id(number: u64, purpose: u8) -> Id {
    let mut bytes = [purpose; 16];
    bytes[..6].copy_from_slice(&number.to_be_bytes()[2..]);
    Id::from_random(bytes)
}
