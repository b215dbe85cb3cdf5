//! The door of the official SDK: both forms of `proxy`, every track, and who may use them how much.

use crate::batches::{
    APPLICATION_ID, batch, datadog_action, datadog_parameters, datadog_query, encoded, forward, segment,
};
use crate::fake_intake::{FakeIntake, TOKEN};
use crate::harness::{PUBLIC_KEY, Stack, eventually};
use collector::intake::decode;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};

const LOG: &str = "{\"date\":1800000000000,\"message\":\"claim saved\",\"status\":\"info\",\
                   \"session_id\":\"s-1\",\"view\":{\"url\":\"http://127.0.0.1:5173/\"}}";

/// What both forms of `proxy` make of a track and its parameters.
fn both_forms(track: &str, parameters: &str) -> [String; 2] {
    let target = format!("/api/v2/{track}?{parameters}");
    [format!("/x/dd?{}", forward(&target)), format!("/x/dd{target}")]
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_logs_pass_through_both_forms_of_proxy() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let rum = format!("{}&batch_time=1800000000000&_dd.api=fetch", datadog_parameters(PUBLIC_KEY, ""));
    let mut number = 0;
    for (track, parameters) in [("rum", rum), ("logs", datadog_parameters(PUBLIC_KEY, ""))] {
        for path in both_forms(track, &parameters) {
            number += 1;
            let body = match track {
                "rum" => datadog_action(number).to_string(),
                _ => LOG.replace("claim saved", &format!("claim {number}")),
            };
            let answer = stack.request(Method::POST, &path).body(body.clone()).send().await.unwrap();
            assert_eq!(answer.status(), 202, "{path}: {}", answer.text().await.unwrap());
            let received = fake.next().await;
            assert_eq!((received.path, &received.body[..]), (format!("/api/v2/{track}"), body.as_bytes()));
            assert_eq!(received.parameters["dd-api-key"], TOKEN);
            assert_eq!(received.parameters["dd-evp-origin-version"], "7.16.2");
        }
    }
    let metrics = stack.metrics().await;
    for track in ["rum", "logs"] {
        let labels =
            format!("app=\"shop\",door=\"datadog\",outcome=\"accepted\",sink=\"none\",track=\"{track}\"");
        assert!(metrics.contains(&format!("{{{labels}}} 2")), "{metrics}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_segment_no_rule_speaks_of_passes_byte_by_byte() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let plain = json!({"records": [{"type": 4, "timestamp": 1, "data": {"href": "http://127.0.0.1:5173/",
                       "width": 1, "height": 1}}], "application": {"id": APPLICATION_ID}})
    .to_string();
    let compressed = decode::deflate(plain.as_bytes()).unwrap();
    let (content_type, body) = segment(APPLICATION_ID, &compressed, plain.len());
    for path in both_forms("replay", &datadog_parameters(PUBLIC_KEY, "")) {
        let answer = post_segment(&stack, &path, &content_type, body.clone()).await;
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
    }
    let received = fake.next().await;
    assert_eq!((received.path.as_str(), &received.body[..]), ("/api/v2/replay", &body[..]));
    assert_eq!(received.headers["content-type"], content_type);
    assert_eq!(received.parameters["dd-api-key"], TOKEN);
    eventually("the store has it", || async {
        stack.outcomes("shop", "datadog", "store", "delivered").await >= 1
    })
    .await;
    let get = async |path: &str| {
        let answer = stack.client.get(format!("http://{}/api/{path}", stack.viewer())).send().await.unwrap();
        answer.bytes().await.unwrap()
    };
    let list: Value = serde_json::from_slice(&get("replays").await).unwrap();
    let session: Value = serde_json::from_slice(
        &get(&format!("replays/{}", list["replays"][0]["session_id"].as_str().unwrap())).await,
    )
    .unwrap();
    let id = session["segments"][0]["id"].as_str().unwrap();
    assert_eq!(get(&format!("replay-segments/{id}")).await, compressed);
    stack.stop().await;
}

fn replay_path() -> String {
    format!("/dd/api/v2/replay?{}", datadog_parameters(PUBLIC_KEY, ""))
}

async fn post_segment(stack: &Stack, path: &str, content_type: &str, body: Vec<u8>) -> reqwest::Response {
    let mut request = stack.request(Method::POST, path).body(body).build().unwrap();
    request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
    stack.client.execute(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaking_replay_segment_is_scrubbed_and_its_sizes_are_told_anew() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let plain = json!({"records": [{"type": 4, "timestamp": 1, "data": {
        "href": "http://127.0.0.1:5173/claims?member=jane", "width": 1, "height": 1}}],
        "application": {"id": APPLICATION_ID}})
    .to_string();
    let compressed = decode::deflate(plain.as_bytes()).unwrap();
    let (content_type, body) = segment(APPLICATION_ID, &compressed, plain.len());
    assert_eq!(post_segment(&stack, &replay_path(), &content_type, body).await.status(), 202);
    let received = fake.next().await;
    assert_eq!(received.headers["content-type"], content_type);
    let boundary = multer::parse_boundary(&content_type).unwrap();
    let chunks = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(received.body)]);
    let mut parts = multer::Multipart::new(chunks, boundary);
    let part = parts.next_field().await.unwrap().unwrap();
    assert_eq!((part.name(), part.file_name()), (Some("segment"), Some("session-1800000000000")));
    let segment = part.bytes().await.unwrap();
    let scrubbed = decode::inflate(&segment, 100_000).unwrap();
    assert_eq!(
        String::from_utf8(scrubbed.clone()).unwrap(),
        plain.replace("member=jane", "member=[redacted]")
    );
    let event = parts.next_field().await.unwrap().unwrap();
    assert_eq!(event.name(), Some("event"));
    let event: Value = serde_json::from_slice(&event.bytes().await.unwrap()).unwrap();
    assert_eq!(event["raw_segment_size"], scrubbed.len());
    assert_eq!(event["compressed_segment_size"], segment.len());
    assert_eq!(event["records_count"], 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_that_are_foreign_broken_or_pictures_are_refused() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let zlib = decode::deflate(b"{\"records\":[]}").unwrap();
    let bomb = decode::deflate(&vec![b' '; 20 * 1024 * 1024]).unwrap();
    let other = "00000000-0000-4000-8000-000000000000";
    for (application, bytes, status, reason, outcome) in [
        (other, &zlib[..], 403, "another application", "application_mismatch"),
        (APPLICATION_ID, &zlib[..zlib.len() - 3], 400, "zlib", "malformed"),
        (APPLICATION_ID, b"RIFF\x10\0\0\0WEBPVP8 ", 400, "neither JSON nor zlib", "malformed"),
        (APPLICATION_ID, b"", 400, "neither JSON nor zlib", "malformed"),
        (APPLICATION_ID, &bomb[..], 413, "inflates to more", "inflated_too_large"),
    ] {
        let before = stack.outcomes("shop", "datadog", "none", outcome).await;
        let (content_type, body) = segment(application, bytes, 1);
        let answer = post_segment(&stack, &replay_path(), &content_type, body).await;
        assert_eq!(answer.status(), status, "{reason}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(reason), "{text}");
        assert_eq!(stack.outcomes("shop", "datadog", "none", outcome).await, before + 1);
    }
    let answer = post_segment(&stack, &replay_path(), "text/plain", b"{}".to_vec()).await;
    assert_eq!(answer.status(), 400);
    let large =
        post_segment(&stack, &replay_path(), "multipart/form-data; boundary=x", vec![0; 4 * 1024 * 1024 + 1])
            .await;
    assert_eq!(large.status(), 413);
    let folder = stack.stop().await;
    // Who looks for them finds the facts of one of each kind, and nothing of what was in them.
    let letters = rusqlite::Connection::open(folder.path().join("dead_letters.sqlite")).unwrap();
    let mut samples =
        letters.prepare("SELECT app, track, reason, body FROM dead_letter ORDER BY reason").unwrap();
    let samples = samples.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let samples: Vec<(String, String, String, Vec<u8>)> = samples.unwrap().map(Result::unwrap).collect();
    let kinds: Vec<_> = samples.iter().map(|(_, _, reason, _)| reason.split(':').next().unwrap()).collect();
    assert_eq!(kinds, ["application_mismatch", "body_too_large", "inflated_too_large", "malformed"]);
    for (app, track, _, body) in samples {
        assert_eq!((app.as_str(), track.as_str(), body.len()), ("shop", "replay", 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_is_taken_only_where_it_is_configured() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start_with(&fake.url(), "[intake]\ntracks = [\"logs\"]").await;
    let refused = stack
        .request(Method::POST, &format!("/dd?{}", datadog_query(PUBLIC_KEY, "")))
        .body("{}")
        .send()
        .await;
    let refused = refused.unwrap();
    assert_eq!(refused.status(), 404);
    assert!(refused.text().await.unwrap().contains("intake.tracks"));
    let [path, _] = both_forms("logs", &datadog_parameters(PUBLIC_KEY, ""));
    assert_eq!(stack.request(Method::POST, &path).body(LOG).send().await.unwrap().status(), 202);
    assert_eq!(fake.next().await.path, "/api/v2/logs");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxys_word_for_the_visitors_address_is_passed_on_cut_to_its_network() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start_with(&fake.url(), "[intake]\ntrusted_proxies = [\"127.0.0.0/8\"]").await;
    let posted = stack.post_batch(encoded(&batch(1))).header("x-forwarded-for", "1.1.1.1, 203.0.113.77");
    assert_eq!(posted.send().await.unwrap().status(), 202);
    assert_eq!(fake.next().await.headers["x-forwarded-for"], "203.0.113.0");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_beyond_its_rate_is_told_when_to_come_back_and_other_tracks_go_on() {
    let mut fake = FakeIntake::start().await;
    let limit = "[app.limits.rum]\nrequests_per_s = 1\nburst_requests = 2";
    let stack = Stack::start_with(&fake.url(), limit).await;
    for number in 1..=2 {
        assert_eq!(stack.post_batch(encoded(&batch(number))).send().await.unwrap().status(), 202);
    }
    // A bucket refills while requests are under way; more than it refills are refused.
    let mut refused = None;
    for number in 3..50 {
        let answer = stack.post_batch(encoded(&batch(number))).send().await.unwrap();
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the rate is kept");
    assert_eq!(refused.headers()[RETRY_AFTER], "1");
    assert!(refused.headers().contains_key("access-control-allow-origin"));
    assert_eq!(refused.text().await.unwrap(), "the app sends too many requests of this track\n");
    assert_eq!(stack.outcomes("shop", "batch", "none", "rate_limited").await, 1);
    let [path, _] = both_forms("logs", &datadog_parameters(PUBLIC_KEY, ""));
    assert_eq!(stack.request(Method::POST, &path).body(LOG).send().await.unwrap().status(), 202);
    while fake.next().await.path != "/api/v2/logs" {}
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_day_are_counted_as_sent_and_outlive_a_restart() {
    let fake = FakeIntake::start().await;
    let body = encoded(&batch(1));
    let limit = format!("[app.limits.rum]\nrequests_per_s = 0\nbytes_per_day = {}", body.len());
    let stack = Stack::start_with(&fake.url(), &limit).await;
    assert_eq!(stack.post_batch(body).send().await.unwrap().status(), 202);
    let refused = stack.post_batch(encoded(&batch(2))).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=24 * 60 * 60).contains(&wait), "{wait}");
    assert_eq!(stack.outcomes("shop", "batch", "none", "quota_exhausted").await, 1);
    let folder = stack.stop().await;
    let usage = std::fs::read_to_string(folder.path().join("usage.json")).unwrap();
    assert!(usage.contains(APPLICATION_ID), "{usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_demanded_and_objections_are_honoured_where_configured() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start_with(&fake.url(), "consent = \"required\"\n[privacy]\nhonour_gpc = true").await;
    let without = stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    assert_eq!(without.status(), 403);
    assert!(without.text().await.unwrap().contains("c=1"));
    assert_eq!(stack.outcomes("shop", "batch", "none", "consent_missing").await, 1);
    let path = format!("/v1?k={PUBLIC_KEY}&c=1");
    let post = || stack.request(Method::POST, &path).body(encoded(&batch(2)));
    let objecting = post().header("sec-gpc", "1").send().await.unwrap();
    assert_eq!(objecting.status(), 403);
    assert_eq!(stack.outcomes("shop", "batch", "none", "opted_out").await, 1);
    assert_eq!(post().send().await.unwrap().status(), 202);
    // The string form of `proxy` with a query of its own: the SDK adds a second question mark.
    let path = format!("/dd?c=1?{}", datadog_query(PUBLIC_KEY, ""));
    let body = datadog_action(3).to_string();
    assert_eq!(stack.request(Method::POST, &path).body(body).send().await.unwrap().status(), 202);
    assert_eq!(fake.action_ids(2).await.len(), 2);
    stack.stop().await;
}
