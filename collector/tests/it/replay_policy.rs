//! What pages are told they may record, and how they are held to it.

use crate::batches::encoded;
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Stack};
use crate::replay::post;
use crate::segments::segment;
use reqwest::Method;
use rum_protocol::replay::PrivacyLevel;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_told_what_they_may_record_and_held_to_it() {
    let fake = FakeIntake::start().await;
    let policy = "[app.replay]\nlock = true\n[replay]\nlevel = \"mask-user-input\"\nversion = 7";
    let stack = Stack::start_with(&fake.url(), policy).await;
    let ask = |key: &str| stack.request(Method::GET, &format!("/any-word/v1/p?k={key}")).send();
    let told = ask(PUBLIC_KEY).await.unwrap();
    assert_eq!(
        (told.status().as_u16(), &told.headers()["access-control-allow-origin"]),
        (200, &ORIGIN.parse().unwrap())
    );
    assert_eq!(told.headers()["cache-control"], "no-store");
    let told: Value = serde_json::from_str(&told.text().await.unwrap()).unwrap();
    assert_eq!(told, json!({"version": 7, "replay": true, "lock": true, "level": "mask-user-input"}));
    assert_eq!(stack.outcomes("shop", "policy", "none", "answered").await, 1);
    assert_eq!(ask("nobody").await.unwrap().status(), 403);
    let preflight = stack.request(Method::OPTIONS, "/v1/p").send().await.unwrap();
    assert_eq!(preflight.headers()["access-control-allow-methods"], "GET");
    let posted = stack.request(Method::POST, "/v1/p").body("x").send().await.unwrap();
    assert_eq!(
        (posted.status().as_u16(), &posted.headers()["allow"]),
        (405, &"GET, OPTIONS".parse().unwrap())
    );

    let with = |level, version| {
        let mut recorded = segment(1);
        (recorded.head.privacy_level, recorded.head.policy_version) = (level, version);
        recorded.body()
    };
    for (level, version, reason) in [
        (Some(PrivacyLevel::Allow), Some(7), "more than the app's policy allows"),
        (None, Some(7), "more than the app's policy allows"),
        (Some(PrivacyLevel::Mask), None, "knows of no policy"),
    ] {
        let (status, text) = post(&stack, with(level, version)).await;
        assert_eq!(status, 403);
        assert!(text.contains(reason), "{text}");
    }
    assert_eq!(stack.outcomes("shop", "segment", "none", "against_policy").await, 3);
    for level in [PrivacyLevel::MaskUserInput, PrivacyLevel::Hidden] {
        assert_eq!(post(&stack, with(Some(level), Some(7))).await.0, 202);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_replay_is_off_both_recorders_are_refused_and_events_are_taken() {
    let fake = FakeIntake::start().await;
    let stack =
        Stack::start_with(&fake.url(), "[replay]\nenabled = false\n[privacy]\nhonour_gpc = true").await;
    let (status, text) = post(&stack, segment(1).body()).await;
    assert_eq!((status.as_u16(), text.as_str()), (403, "replay is not taken here (replay.enabled)\n"));
    let path = format!("/dd/api/v2/replay?{}", crate::batches::datadog_parameters(PUBLIC_KEY, ""));
    assert_eq!(stack.request(Method::POST, &path).body("x").send().await.unwrap().status(), 403);
    assert_eq!(stack.outcomes("shop", "segment", "none", "replay_disabled").await, 1);
    assert_eq!(stack.outcomes("shop", "datadog", "none", "replay_disabled").await, 1);
    assert_eq!(stack.post_batch(encoded(&crate::batches::batch(1))).send().await.unwrap().status(), 202);
    let told = stack.request(Method::GET, &format!("/v1/p?k={PUBLIC_KEY}")).send().await.unwrap();
    assert!(told.text().await.unwrap().contains("\"replay\":false"));
    stack.stop().await;
    // A browser that objects is told so before it records.
    let stack = Stack::start_with(&fake.url(), "[privacy]\nhonour_gpc = true").await;
    let ask = || stack.request(Method::GET, &format!("/v1/p?k={PUBLIC_KEY}"));
    assert!(ask().send().await.unwrap().text().await.unwrap().contains("\"replay\":true"));
    let objecting = ask().header("sec-gpc", "1").send().await.unwrap();
    assert!(objecting.text().await.unwrap().contains("\"replay\":false"));
    stack.stop().await;
}
