use super::*;
use crate::journal::{Compression, Header};
use crate::sink::Progress;
use crate::track::Track;
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(super) const APP: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const OTHER_APP: &str = "00000000-0000-4000-8000-000000000000";

pub(super) struct Store {
    folder: TempDir,
    pub(super) sink: StoreSink,
    pub(super) reader: StoreReader,
}

impl Store {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let config = StoreConfig { retention: Duration::from_mins(1), max_replay_bytes: u64::MAX };
        let sink = StoreSink::open(&path, config, Telemetry::new().unwrap()).unwrap();
        let reader = StoreReader::open(&path).unwrap();
        Self { folder, sink, reader }
    }

    async fn deliver(&self, sequence: Sequence, application_id: &str, received_ms: u64, events: &[Value]) {
        let parcel = parcel(sequence, entry(received_ms, application_id, events));
        assert_eq!(self.sink.deliver(&mut [parcel]).await, [Ok(Taken::Whole)]);
    }

    pub(super) fn views(&self) -> Vec<ViewRow> {
        self.reader.views(100, None).unwrap()
    }
}

pub(super) fn entry(received_ms: u64, application_id: &str, events: &[Value]) -> Entry {
    let lines: Vec<_> = events.iter().map(Value::to_string).collect();
    let body = crate::intake::decode::deflate(lines.join("\n").as_bytes()).unwrap();
    let header = Header {
        received_ms,
        application_id: application_id.into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::Zlib,
        content: Content::Datadog { parameters: vec![], deflated: true, content_type: None, subdomain: None },
        client_address: None,
        user_agent: None,
    };
    Entry { header, body: Bytes::from(body) }
}

pub(super) fn parcel(sequence: Sequence, entry: Entry) -> Parcel {
    Parcel { sequence, entry: Arc::new(entry), progress: Progress::default() }
}

fn event(kind: &str, view: Value, version: u64, more: Value) -> Value {
    let mut event = json!({
        "type": kind, "date": 1000, "application": {"id": APP}, "session": {"id": "s1", "type": "user"},
        "_dd": {"format_version": 2, "document_version": version},
    });
    event["view"] = json!({"id": "v1", "url": "https://shop.example/cart"});
    for (target, source) in [("view", view), ("", more)] {
        let target = if target.is_empty() { &mut event } else { &mut event[target] };
        target.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
    }
    event
}

fn session() -> Vec<Value> {
    vec![
        event(
            "view",
            json!({"time_spent": 1_000_000, "is_active": true, "loading_type": "initial_load",
            "action": {"count": 0}, "error": {"count": 0}, "first_byte": 80_500_000}),
            1,
            json!({}),
        ),
        event(
            "action",
            json!({}),
            0,
            json!({"date": 1500,
            "action": {"type": "click", "id": "a1", "target": {"name": "Refill"}}}),
        ),
        event(
            "error",
            json!({}),
            0,
            // During an action the official SDK lists the actions' ids here.
            json!({"date": 1600, "action": {"id": ["a1"]},
            "error": {"message": "boom", "source": "source", "type": "TypeError"}}),
        ),
        event(
            "view_update",
            json!({"largest_contentful_paint": 2_000_000_000, "action": {"count": 1},
            "error": {"count": 1}, "name": null}),
            2,
            json!({}),
        ),
        event("resource", json!({}), 0, json!({"resource": {"type": "fetch", "url": "https://x.example"}})),
        event("later_kind", json!({}), 0, json!({})),
    ]
}

#[tokio::test]
async fn the_official_sdks_events_become_one_view_with_its_children() {
    let store = Store::new();
    store.deliver(7, APP, 5_000, &session()).await;
    let views = store.views();
    assert_eq!(views.len(), 1);
    let view = &views[0];
    assert_eq!((view.url.as_str(), view.client.as_str()), ("https://shop.example/cart", "datadog"));
    assert_eq!((view.action_count, view.error_count, view.is_active), (1, 1, true));
    assert_eq!((view.vitals.lcp_ms, view.vitals.ttfb_ms, view.vitals.cls), (Some(2_000.0), Some(80.5), None));
    assert_eq!(view.actions[0].name, "Refill");
    let error = &view.errors[0];
    assert_eq!((error.message.as_str(), error.kind.as_deref()), ("boom", Some("TypeError")));
    // It brought no id; its place in the journal names it.
    assert_eq!(error.id, "7-2");
}

#[tokio::test]
async fn delivering_everything_twice_changes_nothing() {
    let store = Store::new();
    store.deliver(7, APP, 5_000, &session()).await;
    let once = store.views();
    store.deliver(7, APP, 5_000, &session()).await;
    assert_eq!(store.views(), once);
}

#[tokio::test]
async fn a_view_known_only_from_its_error_is_shown_until_its_state_arrives() {
    let store = Store::new();
    let events = session();
    store.deliver(1, APP, 5_000, &events[2..3]).await;
    let view = &store.views()[0];
    assert_eq!((view.started_ms, view.errors.len(), view.loading_type.as_deref()), (1600, 1, None));
    store.deliver(2, APP, 6_000, &events[..1]).await;
    let view = &store.views()[0];
    assert_eq!(
        (view.started_ms, view.errors.len(), view.loading_type.as_deref()),
        (1000, 1, Some("initial_load"))
    );
}

#[tokio::test]
async fn one_application_cannot_overwrite_the_rows_of_another() {
    let store = Store::new();
    store.deliver(1, APP, 5_000, &session()).await;
    let before = store.reader.views(100, Some(APP)).unwrap();
    let mut foreign = session();
    for event in &mut foreign {
        event["view"]["url"] = "https://evil.example/".into();
    }
    store.deliver(2, OTHER_APP, 6_000, &foreign).await;
    assert_eq!(store.reader.views(100, Some(APP)).unwrap(), before);
    assert_eq!(store.views().len(), 2);
}

#[tokio::test]
async fn events_that_cannot_be_understood_are_counted_and_do_not_stop_the_others() {
    let store = Store::new();
    let broken = json!({"type": "view", "view": {"id": 5}});
    store.deliver(1, APP, 5_000, &[vec![broken], session()].concat()).await;
    assert_eq!(store.views().len(), 1);
    let metrics = store.sink.telemetry.render();
    assert!(
        metrics.contains(r#"collector_lost_events_total{app="shop",reason="not_storable"} 1"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_is_past_its_retention_is_deleted_by_our_clock() {
    let store = Store::new();
    store.deliver(1, APP, 5_000, &session()).await;
    let mut later = session();
    // The page's clock is far ahead; it does not keep its data any longer.
    for event in &mut later {
        event["date"] = 9_999_999_999_999_u64.into();
        event["view"]["id"] = "v2".into();
    }
    store.deliver(2, APP, 6_000, &later).await;
    assert_eq!(store.sink.delete_before(6_000).unwrap(), 3);
    let left = store.views();
    assert_eq!(left.iter().map(|view| view.id.as_str()).collect::<Vec<_>>(), ["v2"]);
    assert!(store.sink.delete_before(6_001).unwrap() > 0);
    assert!(store.views().is_empty());
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_begun_anew() {
    let store = Store::new();
    store.deliver(1, APP, 5_000, &session()).await;
    let path = store.folder.path().join("store.sqlite");
    let Store { folder, sink, reader } = store;
    drop((sink, reader));
    std::fs::write(&path, vec![0x55; 8_192]).unwrap();
    let config = StoreConfig { retention: Duration::from_mins(1), max_replay_bytes: u64::MAX };
    let sink = StoreSink::open(&path, config, Telemetry::new().unwrap()).unwrap();
    let reader = StoreReader::open(&path).unwrap();
    assert!(folder.path().join("store.sqlite.damaged").exists());
    let store = Store { folder, sink, reader };
    store.deliver(2, APP, 6_000, &session()).await;
    assert_eq!(store.views().len(), 1);
}

#[tokio::test]
async fn entries_of_other_tracks_are_acknowledged_and_leave_no_trace() {
    let store = Store::new();
    let mut entry = entry(5_000, APP, &session());
    entry.header.track = Track::Profile;
    entry.body = Bytes::from_static(b"--boundary\r\nnothing this sink could read");
    assert_eq!(store.sink.deliver(&mut [parcel(1, entry)]).await, [Ok(Taken::Whole)]);
    assert!(store.views().is_empty());
}

#[tokio::test]
async fn a_group_is_stored_as_its_entries_would_be_one_by_one_and_a_broken_one_stops_no_other() {
    let parts: Vec<_> = session().chunks(2).map(<[Value]>::to_vec).collect();
    let one_by_one = Store::new();
    for (sequence, events) in (1..).zip(&parts) {
        one_by_one.deliver(sequence, APP, 5_000, events).await;
    }
    let grouped = Store::new();
    let mut group: Vec<_> =
        (1..).zip(&parts).map(|(sequence, events)| parcel(sequence, entry(5_000, APP, events))).collect();
    let mut broken = entry(5_000, APP, &[]);
    broken.body = Bytes::from_static(b"\x78\x9cnot zlib");
    group.insert(1, parcel(9, broken));
    let answers = grouped.sink.deliver(&mut group).await;
    assert!(matches!(&answers[1], Err(Refusal::Never { .. })), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(Taken::Whole)).count(), parts.len());
    assert_eq!(grouped.views(), one_by_one.views());
}

#[tokio::test]
async fn what_the_official_sdk_counts_and_groups_is_read_as_ours() {
    let store = Store::new();
    let click = |id: &str, kinds: Value, selector: Value| {
        let action =
            json!({"type": "click", "id": id, "target": {"name": "Refill"}, "frustration": {"type": kinds}});
        event(
            "action",
            json!({}),
            0,
            json!({"date": 1500, "action": action,
            "_dd": {"format_version": 2, "action": {"target": {"selector": selector}}}}),
        )
    };
    let fault = |id: &str, message: &str, fingerprint: Value| {
        event(
            "error",
            json!({}),
            0,
            json!({"error": {"id": id, "message": message, "source": "source", "type": "E",
            "fingerprint": fingerprint}}),
        )
    };
    let counts = json!({"loading_time": 2_500_000_000_u64, "resource": {"count": 9}, "long_task": {"count": 3},
        "frustration": {"count": 2}});
    store
        .deliver(
            1,
            APP,
            5_000,
            &[
                event("view", counts, 1, json!({})),
                click("a1", json!(["rage_click", "dead_click"]), json!("#refill")),
                click("a2", json!(["dead_click", "rage_tap"]), json!("#refill")),
                click("a3", json!([]), json!("#refill")),
                click("a4", json!(["error_click"]), Value::Null),
                fault("e1", "claim 1 is open", json!("open-claim")),
                fault("e2", "claim 2 is open", json!("open-claim")),
                fault("e6", "claim 3 is open", json!("open-claim")),
                fault("e3", "other", Value::Null),
                fault("e4", "other", Value::Null),
                fault("e5", "another", Value::Null),
                event(
                    "vital",
                    json!({}),
                    0,
                    json!({"vital": {"id": "t1", "type": "duration", "name": "load", "duration": 5_000_000}}),
                ),
            ],
        )
        .await;
    let view = &store.views()[0];
    assert_eq!((view.resource_count, view.long_task_count, view.frustration_count), (9, 3, 2));
    assert_eq!((view.loading_time_ms, view.custom_vitals[0].duration_ms), (Some(2_500.0), Some(5.0)));
    let targets = store.reader.frustrating_targets(10, None).unwrap();
    let clicks = |target: &FrustratingTarget| {
        (target.rage_click_count, target.dead_click_count, target.error_click_count)
    };
    let told: Vec<_> = targets.iter().map(|target| (target.target.as_str(), clicks(target))).collect();
    assert_eq!(told, [("#refill", (1, 2, 0)), ("Refill", (0, 0, 1))]);
    let groups = store.reader.error_groups(10, Some(APP)).unwrap();
    let told: Vec<_> =
        groups.iter().map(|group| (group.fingerprint.as_deref(), group.count, group.view_count)).collect();
    assert_eq!(told, [(Some("open-claim"), 3, 1), (None, 2, 1), (None, 1, 1)]);
    assert!(store.reader.error_groups(10, Some(OTHER_APP)).unwrap().is_empty());
    assert_eq!(store.reader.error_groups(1, None).unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_of_the_first_version_keeps_its_rows_and_takes_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(schema::MIGRATIONS[0]).unwrap();
    old.execute_batch(&format!(
        "INSERT INTO view (application_id, id, session_id, client, url, started_ms, received_ms, document_version,
             action_count) VALUES ('{APP}', 'v1', 's1', 'datadog', 'https://shop.example/cart', 1000, 4000, 1, 1);
         INSERT INTO action (application_id, id, view_id, at_ms, received_ms, type, name)
             VALUES ('{APP}', 'a0', 'v1', 1200, 4000, 'click', 'Open');
         INSERT INTO error (application_id, id, view_id, at_ms, received_ms, message, source)
             VALUES ('{APP}', 'e0', 'v1', 1300, 4000, 'boom', 'source');
         PRAGMA user_version = 1;"
    ))
    .unwrap();
    drop(old);
    let config = StoreConfig { retention: Duration::from_mins(1), max_replay_bytes: u64::MAX };
    let sink = StoreSink::open(&path, config, Telemetry::new().unwrap()).unwrap();
    let store = Store { reader: StoreReader::open(&path).unwrap(), sink, folder };
    let view = store.views().remove(0);
    assert_eq!((view.action_count, view.resource_count, view.loading_time_ms), (1, 0, None));
    assert_eq!((view.actions[0].name.as_str(), view.actions[0].frustrations.len()), ("Open", 0));
    assert_eq!((view.errors[0].message.as_str(), view.errors[0].repeats), ("boom", 0));
    assert_eq!(store.reader.error_groups(10, None).unwrap()[0].count, 1);
    store.deliver(7, APP, 5_000, &session()).await;
    assert_eq!((store.views()[0].actions.len(), store.views()[0].errors.len()), (2, 2));
    // Again: what is there is not made again.
    drop(schema::open(&path).unwrap());
    store.sink.lock().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(schema::open(&path), Err(StoreError::TooNew { found: 99, known: 3 })));
}

/// What storing costs. Not a test of anything: `cargo test --release -p collector -- --ignored --nocapture cost`.
#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_a_batch_in_the_store() {
    const ENTRIES: u64 = 4_096;
    let entries: Vec<_> = (0..ENTRIES).map(|number| entry(5_000, APP, &batch_of_thirteen(number))).collect();
    for group in [1, 16, 256] {
        let store = Store::new();
        let (started, cpu) = (std::time::Instant::now(), cpu_ms());
        for (index, chunk) in entries.chunks(group).enumerate() {
            let first = index * group;
            let mut parcels: Vec<_> =
                (first as u64..).zip(chunk).map(|(n, entry)| parcel(n, entry.clone())).collect();
            assert!(store.sink.deliver(&mut parcels).await.iter().all(Result::is_ok));
        }
        let cpu_us = (cpu_ms() - cpu) * 1e3 / ENTRIES as f64;
        let per_second = ENTRIES as f64 / started.elapsed().as_secs_f64();
        println!("groups of {group}: {cpu_us:.0} us CPU an entry of 13 events, {per_second:.0} entries/s");
    }
}

/// One view in its first and last state, four actions, two errors and what has no table; two batches a view.
fn batch_of_thirteen(number: u64) -> Vec<Value> {
    let counts = |count: u64| json!({"time_spent": 1_000_000 * count, "action": {"count": count}, "error": {"count": 2}});
    let mut events = vec![event("view", counts(1), 2 * number + 1, json!({}))];
    for index in 0..10 {
        let id = format!("{number}-{index}");
        events.push(match index {
            0..4 => event("action", json!({}), 0, json!({"action": {"type": "click", "id": id, "target": {"name": "Refill"}}})),
            4..6 => event("error", json!({}), 0, json!({"error": {"id": id, "message": "boom", "source": "source",
                "stack": "TypeError: claim is undefined\n  at load (https://shop.example/assets/index.js:10:25)"}})),
            _ => event("resource", json!({}), 0, json!({"resource": {"id": id, "type": "fetch", "url": "https://shop.example/a"}})),
        });
    }
    events.push(event("long_task", json!({}), 0, json!({"long_task": {"duration": 60_000_000}})));
    events.push(event("view", counts(4), 2 * number + 2, json!({})));
    for event in &mut events {
        event["view"]["id"] = format!("view {}", number / 2).into();
    }
    events
}

fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // User and system time in ticks of 10 ms.
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}
