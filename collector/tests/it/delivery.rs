//! From an accepted body to Datadog's intake and to the store.

use crate::batches::{action_id, batch, datadog_action, datadog_query, encoded};
use crate::fake_intake::{Answer, FakeIntake, Manner, TOKEN};
use crate::harness::{PUBLIC_KEY, Stack, USER_AGENT, assert_nowhere, eventually};
use reqwest::Method;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn status(status: u16) -> Answer {
    Answer { status, header: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_our_sdk_reaches_the_intake_in_datadogs_shape_and_the_store() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    assert_eq!(stack.post_batch(encoded(&batch(1))).send().await.unwrap().status(), 202);
    let received = fake.next().await;
    assert_eq!(received.parameters["dd-evp-origin-version"], "0.1.0");
    assert_eq!(received.headers["user-agent"], USER_AGENT);
    assert_eq!(received.headers["content-type"], "text/plain;charset=UTF-8");
    let kinds: Vec<_> = received.events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["view", "action"]);
    assert_eq!(received.events[0]["view"]["largest_contentful_paint"], 1_200_000_000);
    eventually("the view is in the store", || async { stack.views().await.len() == 1 }).await;
    let view = &stack.views().await[0];
    assert_eq!(
        (&view["client"], &view["vitals"]["lcp_ms"], &view["vitals"]["cls"]),
        (&"rum-wasm".into(), &1200.0.into(), &0.05.into())
    );
    assert_eq!(view["vitals"]["inp_ms"], serde_json::Value::Null);
    assert_eq!(view["actions"][0]["id"], action_id(1).as_str());
    for sink in ["datadog", "store"] {
        assert_eq!(stack.outcomes("shop", "batch", sink, "delivered").await, 1, "{sink}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_and_segments_of_every_released_protocol_version_are_taken_and_delivered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/wire");
    let mut taken = BTreeMap::<_, u32>::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // One collector each: the examples share their batch id, and a repeated batch is kept once.
        let mut fake = FakeIntake::start().await;
        let stack = Stack::start(&fake.url()).await;
        let is_segment = path.extension().is_some_and(|extension| extension == "bin");
        let door = if is_segment { "/v1/s" } else { "/v1" };
        let request = stack.request(Method::POST, &format!("{door}?k={PUBLIC_KEY}"));
        let answer = request.body(std::fs::read(&path).unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}: {}", path.display(), answer.text().await.unwrap());
        let received = fake.next().await;
        assert_eq!((received.path == "/api/v2/replay", received.events.is_empty()), (is_segment, is_segment));
        stack.stop().await;
        *taken.entry(door).or_default() += 1;
    }
    assert!(taken["/v1"] >= 2 && taken["/v1/s"] >= 1, "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_the_official_sdk_pass_byte_by_byte_with_our_token() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    // Spacing and escapes a JSON round trip would change, and a line break at the end.
    let plain =
        format!("{}\n{{ \"type\" : \"telemetry\", \"x\": \"\\u00e9\", \"n\": 1.0 }}\n", datadog_action(1));
    let plain = plain.trim_end().as_bytes().to_vec();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&plain).unwrap();
    let deflated = encoder.finish().unwrap();
    for (more, body) in [("", plain), ("&dd-evp-encoding=deflate&_dd.retry_count=2", deflated)] {
        let path = format!("/any/dd?{}", datadog_query(PUBLIC_KEY, more));
        assert_eq!(stack.request(Method::POST, &path).body(body.clone()).send().await.unwrap().status(), 202);
        let received = fake.next().await;
        assert_eq!(received.body, body);
        assert_eq!(received.parameters["dd-api-key"], TOKEN);
        assert_eq!(received.parameters["dd-request-id"], "11111111-1111-4111-8111-111111111111");
        assert_eq!(received.parameters.contains_key("dd-evp-encoding"), !more.is_empty());
    }
    eventually("the view is in the store", || async { stack.views().await.len() == 1 }).await;
    assert_eq!(stack.views().await[0]["client"], "datadog");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_token_nor_cookie_is_on_the_disk() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let path = format!("/dd?{}", datadog_query(PUBLIC_KEY, ""));
    stack.request(Method::POST, &path).body(datadog_action(1).to_string()).send().await.unwrap();
    stack.post_batch(encoded(&batch(2))).send().await.unwrap();
    fake.action_ids(2).await;
    let folder = stack.stop().await;
    let is_configuration = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
    let secrets = [TOKEN, "of-the-visitor", "patient=42", PUBLIC_KEY];
    assert_nowhere(folder.path(), &secrets, is_configuration);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_pass_are_retried_until_the_body_is_taken() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let later = Answer { status: 429, header: Some(("retry-after", "0")) };
    fake.answer(&[status(500), later, status(503)]);
    stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    for _ in 0..4 {
        assert_eq!(fake.next().await.events[1]["action"]["id"], action_id(1).as_str());
    }
    eventually("counted", || async { stack.outcomes("shop", "batch", "datadog", "delivered").await == 1 })
        .await;
    assert!(fake.is_quiet());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_the_intake_rejects_is_set_aside_and_the_next_one_passes() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    for code in [400, 413] {
        // As a whole, and each of its two events.
        fake.answer(&[status(code); 3]);
        stack.post_batch(encoded(&batch(u64::from(code)))).send().await.unwrap();
        for _ in 0..3 {
            fake.next().await;
        }
    }
    eventually("counted", || async {
        stack.outcomes("shop", "batch", "datadog", "refused_by_sink").await == 2
    })
    .await;
    stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    assert_eq!(fake.next().await.events[1]["action"]["id"], action_id(1).as_str());
    let folder = stack.stop().await;
    let letters = rusqlite::Connection::open(folder.path().join("dead_letters.sqlite")).unwrap();
    let reasons: String = letters
        .query_row("SELECT group_concat(reason ORDER BY id) FROM dead_letter", [], |row| row.get(0))
        .unwrap();
    assert!(reasons.contains("400") && reasons.contains("413"), "{reasons}");
    assert!(!reasons.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_arrives_in_parts_and_what_stays_too_large_is_put_back_by_command() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    // An intake that takes two events at a time, and the third one not at all.
    let is_cured = Arc::new(AtomicBool::new(false));
    let third = action_id(3);
    fake.judge({
        let (is_cured, third) = (is_cured.clone(), third.clone());
        move |events| {
            let has_third = events.iter().any(|event| event["action"]["id"] == third.as_str());
            let fits = events.len() <= 2 && (!has_third || is_cured.load(Ordering::SeqCst));
            if fits { Manner::Take } else { Manner::Refuse(status(413)) }
        }
    });
    let lines: Vec<_> = (1..=8).map(|number| datadog_action(number).to_string()).collect();
    let path = format!("/dd?{}", datadog_query(PUBLIC_KEY, ""));
    stack.request(Method::POST, &path).body(lines.join("\n")).send().await.unwrap();
    let counted = r#"collector_lost_events_total{app="shop",reason="refused_by_sink"} 1"#;
    eventually("counted", || async { stack.metrics().await.contains(counted) }).await;
    assert_eq!(stack.outcomes("shop", "datadog", "datadog", "delivered").await, 1);
    let mut order = Vec::new();
    while order.len() < 7 {
        let request = fake.next().await;
        let ids = request.events.iter().map(|event| event["action"]["id"].as_str().unwrap().to_owned());
        let ids: Vec<_> = ids.collect();
        if ids.len() <= 2 && !ids.contains(&third) {
            order.extend(ids);
        }
    }
    let expected: Vec<_> = (1..=8).filter(|number| *number != 3).map(action_id).collect();
    assert_eq!(order, expected, "each once, in order");
    while !fake.is_quiet() {}
    is_cured.store(true, Ordering::SeqCst);
    // Beside the running collector, as its operator would.
    let command = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_collector"))
            .arg("deadletter")
            .args(arguments)
            .arg("--data-dir")
            .arg(stack.folder.path())
            .current_dir(stack.folder.path())
            .env_clear()
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let list = command(&["list", "--sink", "datadog"]);
    assert!(list.contains("answered 413") && list.contains("1 of 1"), "{list}");
    let id = list.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let shown = command(&["show", &id]);
    assert!(shown.contains(&third) && shown.contains("from event 2"), "{shown}");
    assert_eq!(command(&["replay", &id]), "1 to be delivered again\n");
    let request = fake.next().await;
    assert_eq!(request.events.len(), 1);
    assert_eq!(request.events[0], datadog_action(3));
    eventually("gone", || async { command(&["list"]).contains("0 of 0") }).await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_raise_an_alarm_and_lose_nothing() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    fake.answer(&[status(403)]);
    stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    fake.next().await;
    let alarm = r#"collector_delivery_held{lane="events",sink="datadog"} 1"#;
    eventually("the alarm", || async { stack.metrics().await.contains(alarm) }).await;
    // The store is not held up by Datadog.
    eventually("the view is in the store", || async { stack.views().await.len() == 1 }).await;
    // It waits half a minute before it asks again; a restart with the right token asks at once.
    let folder = stack.stop().await;
    let letters = rusqlite::Connection::open(folder.path().join("dead_letters.sqlite")).unwrap();
    let letters: u32 = letters.query_row("SELECT count(*) FROM dead_letter", [], |row| row.get(0)).unwrap();
    let cursors = rusqlite::Connection::open(folder.path().join("journal/cursors.sqlite")).unwrap();
    let sinks: String = cursors
        .query_row("SELECT coalesce(group_concat(sink), '') FROM cursor", [], |row| row.get(0))
        .unwrap();
    assert_eq!((letters, sinks.as_str()), (0, "store"), "only the store has acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_redirects_is_not_followed() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    fake.answer(&[Answer { status: 307, header: Some(("location", "/elsewhere")) }]);
    stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    fake.next().await;
    let alarm = r#"collector_delivery_held{lane="events",sink="datadog"} 1"#;
    eventually("the alarm", || async { stack.metrics().await.contains(alarm) }).await;
    assert!(fake.is_quiet());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_lost_events_or_brings_unknown_kinds_is_counted() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let mut batch = batch(1);
    batch.lost_events = Some(3);
    batch.events[0].kind = rum_protocol::EventKind::Unknown { number: 77 };
    assert_eq!(stack.post_batch(encoded(&batch)).send().await.unwrap().status(), 202);
    assert_eq!(fake.next().await.events.len(), 1);
    let metrics = stack.metrics().await;
    assert!(metrics.contains(r#"collector_lost_events_total{app="shop",reason="in_page"} 3"#), "{metrics}");
    assert!(
        metrics.contains(r#"collector_lost_events_total{app="shop",reason="unknown_kind"} 1"#),
        "{metrics}"
    );
    stack.stop().await;
}
