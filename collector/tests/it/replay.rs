//! Our own session replay through the collector: the door, Datadog's intake, the store and its API.

use crate::batches::{APPLICATION_ID, encoded};
use crate::fake_intake::{Answer, FakeIntake};
use crate::harness::{
    ORIGIN, PUBLIC_KEY, Process, Stack, assert_nowhere, browser_request, client, configuration, eventually,
};
use crate::segments::{Recorded, START_MS, id, parts, segment, segment_with};
use collector::intake::decode;
use collector::sink::datadog::replay::{Dialect, segment_json};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use rum_protocol::replay::{SEGMENT_END, decode_segment, encode_head};
use rum_protocol::{ActionEvent, ErrorEvent, Event, EventKind, PROTOCOL_VERSION};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;
use tokio::task::spawn_blocking;

pub(crate) async fn post(stack: &Stack, body: Vec<u8>) -> (StatusCode, String) {
    let answer = stack.request(Method::POST, &segment_path()).body(body).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
    (answer.status(), answer.text().await.unwrap())
}

fn segment_path() -> String {
    format!("/v1/s?k={PUBLIC_KEY}")
}

/// What the viewer port answers; `None` for 404.
async fn get(stack: &Stack, path: &str) -> Option<Value> {
    let answer = stack.client.get(format!("http://{}{path}", stack.viewer())).send().await.unwrap();
    match answer.status().as_u16() {
        404 => None,
        status => {
            assert_eq!(
                (status, &answer.headers()["content-type"]),
                (200, &"application/json".parse().unwrap())
            );
            let bytes = answer.bytes().await.unwrap();
            // The client of the tests inflates nothing by itself.
            let is_deflated = decode::is_zlib(&bytes);
            let json = if is_deflated { decode::inflate(&bytes, 1_000_000).unwrap() } else { bytes.to_vec() };
            Some(serde_json::from_slice(&json).unwrap())
        }
    }
}

async fn recorded_segments(stack: &Stack) -> i64 {
    let list = get(stack, "/api/replays").await.unwrap();
    list["replays"].as_array().unwrap().iter().map(|session| session["segments"].as_i64().unwrap()).sum()
}

fn session_id() -> String {
    id(0, 9).to_text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_goes_to_datadog_as_the_official_sdk_sends_it_and_into_the_store() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let sent = segment(1);
    assert_eq!(post(&stack, sent.body()).await.0, 202);
    let received = fake.next().await;
    assert_eq!(received.path, "/api/v2/replay");
    assert_eq!(received.parameters["dd-evp-origin-version"], "0.1.0");
    let content_type = received.headers["content-type"].to_str().unwrap();
    let (json, event) = parts(content_type, received.body).await;
    let start = START_MS + 1;
    let described = json!({
        "start": start, "end": start + 1_000, "creation_reason": "init", "records_count": 4, "index_in_view": 0,
        "has_full_snapshot": true, "source": "browser", "application": {"id": APPLICATION_ID},
        "session": {"id": session_id()}, "view": {"id": id(1, 2).to_text()},
    });
    for (key, value) in described.as_object().unwrap() {
        assert_eq!((key, &event[key]), (key, value));
    }
    let types: Vec<_> = json["records"].as_array().unwrap().iter().map(|record| &record["type"]).collect();
    assert_eq!(types, [4, 6, 2, 12]);
    assert_eq!(json["records"][0]["data"]["href"], "http://127.0.0.1:5173/claims");

    eventually("the segment is stored", || async { recorded_segments(&stack).await == 1 }).await;
    let listed = &get(&stack, "/api/replays?limit=10").await.unwrap()["replays"][0];
    assert_eq!(
        (&listed["session_id"], &listed["application_id"], &listed["views"]),
        (&session_id().into(), &APPLICATION_ID.into(), &1.into())
    );
    assert_eq!((&listed["start_ms"], &listed["end_ms"]), (&start.into(), &(start + 1_000).into()));
    let session = get(&stack, &format!("/api/replays/{}", session_id())).await.unwrap();
    let row = &session["segments"][0];
    let told = json!({
        "id": sent.id(), "view_id": id(1, 2).to_text(), "index_in_view": 0, "start_ms": start,
        "end_ms": start + 1_000, "records": 4, "has_full_snapshot": true, "bytes": listed["bytes"],
    });
    assert_eq!(row, &told);
    // The same records, by the same text.
    let stored = get(&stack, &format!("/api/replay-segments/{}", sent.id())).await.unwrap();
    assert_eq!(stored["records"], json["records"]);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_told_with_what_happened_in_its_views() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let mut batch = crate::batches::batch(1);
    let error = ErrorEvent {
        id: id(1, 4),
        error_type: Some("TypeError".into()),
        message: "claim is undefined".into(),
        ..ErrorEvent::default()
    };
    let rage =
        ActionEvent { id: id(1, 6), name: "Refill".into(), frustrations: Some(1), ..ActionEvent::default() };
    batch.events.push(Event::new(START_MS + 300, 0, EventKind::Error(error)));
    batch.events.push(Event::new(START_MS + 400, 0, EventKind::Action(rage)));
    assert_eq!(stack.post_batch(encoded(&batch)).send().await.unwrap().status(), 202);
    eventually("the view is stored", || async { stack.views().await.len() == 1 }).await;
    for number in [1, 2] {
        assert_eq!(post(&stack, segment(number).body()).await.0, 202);
    }
    eventually("both are stored", || async { recorded_segments(&stack).await == 2 }).await;
    let session = get(&stack, &format!("/api/replays/{}", session_id())).await.unwrap();
    let views = session["views"].as_array().unwrap();
    // Of the second nothing but its recording arrived.
    let known = json!({"id": id(1, 2).to_text(), "url": "http://127.0.0.1:5173/claims", "start_ms": START_MS,
        "end_ms": START_MS + 1_001});
    let unknown =
        json!({"id": id(2, 2).to_text(), "url": "", "start_ms": START_MS + 2, "end_ms": START_MS + 1_002});
    assert_eq!(views, &[known, unknown]);
    let markers: Vec<_> = session["markers"].as_array().unwrap().iter().collect();
    let marker = |at_ms: u64, kind: &str, text: &str| json!({"at_ms": at_ms, "kind": kind, "text": text});
    assert_eq!(
        markers,
        [
            &marker(START_MS, "view", "http://127.0.0.1:5173/claims"),
            &marker(START_MS, "action", "button#refill"),
            &marker(START_MS + 2, "view", ""),
            &marker(START_MS + 300, "error", "TypeError: claim is undefined"),
            &marker(START_MS + 400, "frustration", "rage_click: Refill"),
        ]
    );
    // What is not there.
    let nobody = id(7, 7).to_text();
    for path in [
        format!("/api/replays/{nobody}"),
        format!("/api/replay-segments/{nobody}"),
        format!("/api/replays/{}?application_id={nobody}", session_id()),
        "/api/replay-segments/..%2F..%2Fetc".into(),
    ] {
        assert_eq!(get(&stack, &path).await, None, "{path}");
    }
    let one = get(&stack, "/api/replays?limit=0").await.unwrap();
    assert_eq!(one["replays"].as_array().unwrap().len(), 1);
    assert_eq!(
        get(&stack, &format!("/api/replays?application_id={nobody}")).await.unwrap(),
        json!({"replays": []})
    );
    let path = format!("http://{}/api/replays", stack.viewer());
    let foreign = stack.client.get(path).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_torn_forged_foreign_or_too_large_is_refused_and_the_session_goes_on() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let changed = |change: &dyn Fn(&mut Recorded)| {
        let mut recorded = segment(1);
        change(&mut recorded);
        recorded.body()
    };
    let good = segment(1);
    let (plain, body) = (good.plain(), good.body());
    let forged = [encode_head(&good.head), good.blocks[1].clone(), vec![SEGMENT_END]].concat();
    let bomb = decode::deflate(&vec![0x9f; 9 * 1024 * 1024]).unwrap();
    for (name, body, status, reason, outcome) in [
        ("empty", vec![], 400, "not a segment", "malformed"),
        ("torn", plain[..plain.len() - 1].to_vec(), 400, "not a segment", "malformed"),
        ("torn zlib", body[..body.len() - 1].to_vec(), 400, "one whole zlib stream", "malformed"),
        ("refers to nothing", forged, 400, "never added", "malformed"),
        ("a batch", encoded(&crate::batches::batch(1)), 400, "not a segment", "malformed"),
        ("JSON", b"{\"records\":[]}".to_vec(), 400, "not a segment", "malformed"),
        ("followed", [&plain[..], b"x"].concat(), 400, "not a segment", "malformed"),
        ("bomb", bomb, 413, "inflates to more", "inflated_too_large"),
        ("large", vec![0x9f; 4 * 1024 * 1024 + 1], 413, "larger than", "body_too_large"),
        (
            "foreign",
            changed(&|recorded| recorded.head.application_id = id(7, 7).to_text()),
            403,
            "another application",
            "application_mismatch",
        ),
        (
            "of the future",
            changed(&|recorded| recorded.head.protocol_version = PROTOCOL_VERSION + 1),
            426,
            "newer than",
            "protocol_too_new",
        ),
    ] {
        let before = stack.outcomes("shop", "segment", "none", outcome).await;
        let (answer, text) = post(&stack, body).await;
        assert_eq!(answer, status, "{name}: {text}");
        assert!(text.contains(reason) && text.lines().count() == 1, "{name}: {text}");
        assert_eq!(stack.outcomes("shop", "segment", "none", outcome).await, before + 1, "{name}");
    }
    let mut losing = segment(2);
    losing.head.lost_batches = Some(3);
    assert_eq!(post(&stack, losing.body()).await.0, 202);
    assert_eq!(fake.next().await.path, "/api/v2/replay");
    let metrics = stack.metrics().await;
    assert!(
        metrics.contains("collector_lost_events_total{app=\"shop\",reason=\"replay_in_page\"} 3"),
        "{metrics}"
    );
    let folder = stack.stop().await;
    let letters = rusqlite::Connection::open(folder.path().join("dead_letters.sqlite")).unwrap();
    let sampled: i64 = letters
        .query_row(
            "SELECT count(*) FROM dead_letter WHERE track = 'replay' AND reason LIKE 'malformed%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(sampled, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_texts_and_urls_reach_neither_disk_nor_sink() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let leaking = segment_with(
        1,
        "jane@roe.example 4111 1111 1111 1111",
        "http://127.0.0.1:5173/claims?member=jane-roe",
    );
    assert_eq!(post(&stack, leaking.body()).await.0, 202);
    let received = fake.next().await;
    let (json, _) = parts(received.headers["content-type"].to_str().unwrap(), received.body).await;
    eventually("it is stored", || async { recorded_segments(&stack).await == 1 }).await;
    let stored = get(&stack, &format!("/api/replay-segments/{}", leaking.id())).await.unwrap();
    for text in [json.to_string(), stored.to_string()] {
        for secret in ["jane", "roe.example", "4111"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
        assert!(text.contains("[email] [card] again") && text.contains("claims?member=[redacted]"), "{text}");
    }
    let metrics = stack.metrics().await;
    assert!(
        metrics.contains("collector_scrubbed_total{app=\"shop\",door=\"segment\",rule=\"email\"} 2"),
        "{metrics}"
    );
    let folder = stack.stop().await;
    assert_nowhere(folder.path(), &["jane@roe", "jane-roe", "4111 1111"], |_| false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_no_rule_changes_is_kept_as_it_came_but_for_fields_nobody_knows() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let of_head = |head: Vec<u8>, blocks: &[Vec<u8>]| {
        decode::deflate(&[&[0x9f], &head[..], &blocks.concat(), &[SEGMENT_END]].concat()).unwrap()
    };
    // In another order than ours: that of the keys.
    let known = segment(1);
    let known = of_head(minicbor::to_vec(&known.head).unwrap(), &known.blocks);
    let later = segment(2);
    let mut head = minicbor::to_vec(&later.head).unwrap();
    // A map of fewer than 23 fields begins with one byte that holds their number.
    head[0] += 1;
    head.extend(minicbor::to_vec((99_u32, "jane-roe-of-the-future")).unwrap().split_off(1));
    for body in [known.clone(), of_head(head, &later.blocks)] {
        assert_eq!(post(&stack, body).await.0, 202);
    }
    let folder = stack.stop().await;
    assert_nowhere(folder.path(), &["jane-roe-of-the-future"], |_| false);
    let journal = std::fs::read(folder.path().join("replay-journal/00000000000000000001.sqlite")).unwrap();
    assert!(journal.windows(known.len()).any(|window| window == known));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_segment_that_comes_twice_each_record_is_delivered_once() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let all = segment(1);
    let cut = Recorded { blocks: all.blocks[..1].to_vec(), head: all.head.clone() };
    // What the page had when it was left; again; then what its recorder had posted; and the first once more.
    for (body, outcome) in [
        (cut.body(), "accepted"),
        // The same blocks in another body.
        (cut.plain(), "repeated"),
        (all.body(), "accepted"),
        (all.body(), "repeated"),
        (cut.body(), "repeated"),
    ] {
        let before = stack.outcomes("shop", "segment", "none", outcome).await;
        assert_eq!(post(&stack, body).await.0, 202);
        assert_eq!(stack.outcomes("shop", "segment", "none", outcome).await, before + 1);
    }
    let mut delivered = Vec::new();
    for _ in 0..2 {
        let received = fake.next().await;
        let (json, event) = parts(received.headers["content-type"].to_str().unwrap(), received.body).await;
        assert_eq!(event["index_in_view"], 0);
        delivered.extend(json["records"].as_array().unwrap().clone());
    }
    // Nodes and texts are numbered as in one piece.
    let whole = segment_json(&decode_segment(&all.plain()).unwrap(), Dialect::Datadog);
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(&delivered, whole["records"].as_array().unwrap());
    eventually("both are stored", || async { recorded_segments(&stack).await == 2 }).await;
    let session = get(&stack, &format!("/api/replays/{}", session_id())).await.unwrap();
    let records: Vec<_> =
        session["segments"].as_array().unwrap().iter().map(|segment| &segment["records"]).collect();
    assert_eq!(records, [3, 1]);
    stack.stop().await;
    assert!(fake.is_quiet());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_datadog_will_never_take_is_a_dead_letter_that_can_be_read_and_put_back() {
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let data_dir = folder.path().join("data");
    std::fs::write(&file, configuration(&data_dir, &fake.url(), "")).unwrap();
    let process = Process::start(&file);
    fake.answer(&[Answer { status: 413, header: None }]);
    let client = client();
    let sent = segment(1);
    let answer = browser_request(&client, Method::POST, process.intake, &segment_path()).body(sent.body());
    assert_eq!(answer.send().await.unwrap().status(), 202);
    assert_eq!(fake.next().await.status, 413);
    let metrics = format!("http://{}/metrics", process.intake);
    eventually("it is set aside", || async {
        let text = client.get(&metrics).send().await.unwrap().text().await.unwrap();
        text.contains("collector_dead_letters{sink=\"datadog\"} 1")
    })
    .await;
    let mut shown = Vec::new();
    collector::dead_letter::command::show(&data_dir, 1, &mut shown).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("Refill the claim") && shown.contains("\"records\":["), "{shown}");
    let all = collector::dead_letter::command::Selection::All(None);
    assert_eq!(collector::dead_letter::command::replay(&data_dir, all, &mut Vec::new()).unwrap(), 1);
    let received = fake.next().await;
    let (json, _) = parts(received.headers["content-type"].to_str().unwrap(), received.body).await;
    assert_eq!(json["records"].as_array().unwrap().len(), 4);
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_segments_survive_kill_9() {
    const SEGMENTS: u64 = 60;
    // A port where nobody listens yet, so everything acknowledged rests on the journal alone.
    let intake_address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let url = format!("http://{intake_address}");
    let more = "[journal]\nmax_file_bytes = 65536";
    std::fs::write(&file, configuration(&folder.path().join("data"), &url, more)).unwrap();
    let client = client();
    let mut acknowledged = BTreeSet::new();
    for life in 0..3 {
        let process = Process::start(&file);
        let intake = process.intake;
        let post = async |number: u64| {
            let request = browser_request(&client, Method::POST, intake, &segment_path());
            let answer = request.body(segment(number).body()).send().await;
            answer.is_ok_and(|answer| answer.status() == 202).then(|| id(number, 2).to_text())
        };
        // One certain acknowledgement, then the kill falls wherever the others happen to be.
        let first = life * SEGMENTS;
        acknowledged.extend(post(first).await);
        let others = join_all((first + 1..first + SEGMENTS).map(&post));
        let (others, ()) = tokio::join!(others, async { spawn_blocking(|| process.kill()).await.unwrap() });
        acknowledged.extend(others.into_iter().flatten());
    }
    assert!(acknowledged.len() >= 3, "{} acknowledged", acknowledged.len());
    let mut fake = FakeIntake::start_at(intake_address).await;
    let process = Process::start(&file);
    while !acknowledged.is_empty() {
        let received = fake.next().await;
        let (_, event) = parts(received.headers["content-type"].to_str().unwrap(), received.body).await;
        acknowledged.remove(event["view"]["id"].as_str().unwrap());
    }
    spawn_blocking(|| process.kill()).await.unwrap();
}
