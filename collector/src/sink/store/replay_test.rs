//! Recordings in the store: those of the official SDK, and what becomes of them.

use super::tests::{APP, Store, entry, parcel};
use super::*;
use crate::journal::{Compression, Digest};
use serde_json::json;

const TYPE: &str = "multipart/form-data; boundary=b";

/// What is described of a segment; its number makes its digest, and so its id.
struct Segment {
    number: u64,
    session: &'static str,
    received_ms: u64,
    /// The segment's part.
    bytes: Vec<u8>,
}

impl Segment {
    fn new(number: u64, session: &'static str, received_ms: u64) -> Self {
        let bytes = crate::intake::decode::deflate(br#"{"records":[]}"#).unwrap();
        Self { number, session, received_ms, bytes }
    }

    fn parcel(&self) -> Parcel {
        let event = json!({
            "start": 1_000 + self.number, "end": 2_000 + self.number, "records_count": 3, "index_in_view": 1,
            "has_full_snapshot": self.number == 1, "session": {"id": self.session}, "view": {"id": "v1"},
        });
        let mut body = Vec::new();
        for (name, bytes) in [("segment", &self.bytes[..]), ("event", event.to_string().as_bytes())] {
            let head =
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        let mut entry = entry(self.received_ms, APP, &[]);
        entry.header.track = Track::Replay;
        entry.header.digest = Some(Digest(self.number.into()));
        entry.header.compression = Compression::None;
        let content_type = Some(TYPE.into());
        entry.header.content =
            Content::Datadog { parameters: vec![], deflated: false, content_type, subdomain: None };
        entry.body = body.into();
        parcel(self.number, entry)
    }
}

fn id(number: u64) -> String {
    rum_protocol::Id(u128::from(number).to_be_bytes()).to_text()
}

impl Store {
    async fn deliver_segments(&self, segments: &[Segment]) {
        let mut parcels: Vec<_> = segments.iter().map(Segment::parcel).collect();
        let delivered = self.sink.deliver(&mut parcels).await;
        assert!(delivered.iter().all(|delivered| *delivered == Ok(Taken::Whole)), "{delivered:?}");
    }

    fn sessions(&self) -> Vec<String> {
        self.reader.recordings(100, None).unwrap().into_iter().map(|row| row.session_id).collect()
    }
}

#[tokio::test]
async fn a_segment_of_the_official_sdk_is_stored_as_it_came_and_once_however_often() {
    let store = Store::new();
    let sent = Segment::new(1, "s1", 5_000);
    for _ in 0..2 {
        store.deliver_segments(&[Segment::new(1, "s1", 5_000), Segment::new(2, "s1", 6_000)]).await;
    }
    let size = i64::try_from(sent.bytes.len()).unwrap();
    let rows = store.reader.recordings(10, Some(APP)).unwrap();
    assert_eq!((rows.len(), rows[0].segments, rows[0].views, rows[0].bytes), (1, 2, 1, 2 * size));
    assert_eq!((rows[0].start_ms, rows[0].end_ms), (1_001, 2_002));
    let recording = store.reader.recording("s1", None).unwrap().unwrap();
    let segment = &recording.segments[0];
    assert_eq!((&segment.id, segment.records, segment.index_in_view), (&id(1), 3, 1));
    assert!(segment.has_full_snapshot && !recording.segments[1].has_full_snapshot);
    assert_eq!(store.reader.replay_segment(&id(1), None).unwrap(), Some(sent.bytes));
    assert_eq!(store.reader.replay_segment(&id(3), None).unwrap(), None);
    // JSON that came plain is deflated: the viewer is sent it so.
    let plain = Segment { bytes: b"{\"records\":[1]}".to_vec(), ..Segment::new(3, "s1", 7_000) };
    store.deliver_segments(&[plain]).await;
    let stored = store.reader.replay_segment(&id(3), None).unwrap().unwrap();
    assert_eq!(crate::intake::decode::inflate(&stored, 100).unwrap(), b"{\"records\":[1]}");
}

#[tokio::test]
async fn sessions_past_their_retention_go_whole_by_our_clock() {
    let store = Store::new();
    let segments = [("s1", 5_000), ("s2", 6_000), ("s1", 9_000)];
    let segments: Vec<_> =
        (1..).zip(segments).map(|(number, (session, at))| Segment::new(number, session, at)).collect();
    store.deliver_segments(&segments).await;
    assert_eq!(store.sink.delete_before(5_001).unwrap(), 1);
    assert_eq!(store.sessions(), ["s2"]);
    assert_eq!(store.reader.replay_segment(&id(3), None).unwrap(), None);
    assert_eq!(store.sink.delete_before(6_001).unwrap(), 1);
    assert!(store.sessions().is_empty());
    assert_eq!(replay::size_bytes(&store.sink.lock()).unwrap(), 0);
}

#[tokio::test]
async fn the_oldest_sessions_make_room_for_the_newest() {
    let store = Store::new();
    let sessions = ["s1", "s2", "s3", "s4"];
    let segments: Vec<_> =
        (1..).zip(sessions).map(|(number, session)| Segment::new(number, session, 1_000 + number)).collect();
    let size = segments[0].bytes.len() as u64;
    let retention = Duration::from_mins(1);
    store.sink.set_bounds(StoreConfig { retention, max_replay_bytes: 2 * size });
    store.deliver_segments(&segments[..2]).await;
    assert_eq!(store.sessions(), ["s2", "s1"]);
    store.deliver_segments(&segments[2..3]).await;
    assert_eq!(store.sessions(), ["s3", "s2"]);
    store.deliver_segments(&segments[3..]).await;
    assert_eq!(store.sessions(), ["s4", "s3"]);
    let metrics = store.sink.telemetry.render();
    assert!(metrics.contains("collector_store_recordings_dropped_total 2"), "{metrics}");
    assert!(metrics.contains(&format!("collector_store_replay_bytes {}", 2 * size)), "{metrics}");
    // A smaller bound takes effect at the next look.
    store.sink.set_bounds(StoreConfig { retention, max_replay_bytes: size });
    store.sink.delete_before(0).unwrap();
    assert_eq!(store.sessions(), ["s4"]);
}

#[tokio::test]
async fn a_segment_that_is_badly_described_is_counted_and_stops_no_other() {
    let store = Store::new();
    let mut bad = Segment::new(1, "s1", 5_000).parcel();
    let entry = Arc::make_mut(&mut bad.entry);
    entry.body = String::from_utf8_lossy(&entry.body).replace("\"start\"", "\"begin\"").into_bytes().into();
    let mut parcels = [bad, Segment::new(2, "s2", 5_000).parcel()];
    assert_eq!(store.sink.deliver(&mut parcels).await, [Ok(Taken::Whole), Ok(Taken::Whole)]);
    assert_eq!(store.sessions(), ["s2"]);
    let metrics = store.sink.telemetry.render();
    let counted = r#"collector_lost_events_total{app="shop",reason="not_storable"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn a_store_of_the_second_version_keeps_its_rows_and_takes_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let old = Connection::open(&path).unwrap();
    schema::MIGRATIONS[..2].iter().for_each(|migration| old.execute_batch(migration).unwrap());
    old.execute_batch(&format!(
        "INSERT INTO view (application_id, id, session_id, client, url, started_ms, received_ms, document_version)
             VALUES ('{APP}', 'v1', 's1', 'datadog', 'https://shop.example/cart', 1000, 4000, 1);
         PRAGMA user_version = 2;"
    ))
    .unwrap();
    drop(old);
    let mut connection = schema::open(&path).unwrap();
    let transaction = connection.transaction().unwrap();
    let segment = replay::SegmentChange {
        application_id: APP.into(),
        session_id: "s1".into(),
        view_id: "v1".into(),
        id: "i1".into(),
        index_in_view: 0,
        start_ms: 1_500,
        end_ms: 1_600,
        received_ms: 5_000,
        records: 2,
        has_full_snapshot: true,
        json: vec![0x78].into(),
    };
    replay::insert(&transaction, &segment).unwrap();
    // Of two with an id the longer one: what a restart of the collector may leave of a page that was left.
    for records in [3, 2] {
        let json = vec![0x78; records].into();
        let again = replay::SegmentChange { records: records as u64, json, ..segment.clone() };
        replay::insert(&transaction, &again).unwrap();
    }
    // An id of another session's segment is made up; the one that was there stays.
    let forged = replay::SegmentChange { session_id: "s2".into(), records: 9, ..segment };
    replay::insert(&transaction, &forged).unwrap();
    transaction.commit().unwrap();
    let reader = StoreReader::open(&path).unwrap();
    let recording = reader.recording("s1", Some(APP)).unwrap().unwrap();
    assert_eq!(
        (recording.views[0].url.as_str(), recording.views[0].start_ms),
        ("https://shop.example/cart", 1_000)
    );
    assert_eq!((recording.segments.len(), recording.segments[0].records), (1, 3));
    let row = reader.recordings(1, None).unwrap().remove(0);
    assert_eq!((row.segments, row.bytes, recording.segments[0].bytes), (1, 3, 3));
    assert!(reader.recording("s2", None).unwrap().is_none());
}
