//! The viewer port.

use crate::batches::{APPLICATION_ID, batch, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn views_are_given_newest_first_by_number_and_by_application() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    assert!(stack.views().await.is_empty());
    for number in 1..=3 {
        stack.post_batch(encoded(&batch(number))).send().await.unwrap();
        let count = number as usize;
        eventually("the view is shown", || async { stack.views().await.len() == count }).await;
    }
    let base = format!("http://{}/api/views", stack.viewer());
    let get = async |query: &str| {
        let text = stack.client.get(format!("{base}{query}")).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["views"].as_array().unwrap().clone()
    };
    let all = get("").await;
    assert!(all.windows(2).all(|pair| pair[0]["id"].as_str() > pair[1]["id"].as_str()), "newest first");
    assert_eq!(get("?limit=2").await, all[..2]);
    assert_eq!(get(&format!("?application_id={}", APPLICATION_ID.to_uppercase())).await, all);
    assert!(get("?application_id=00000000-0000-4000-8000-000000000000").await.is_empty());
    let wrong = stack.client.get(format!("{base}?limit=many")).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_given_by_group_and_clicks_that_went_wrong_by_target() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let everything = include_bytes!("../../../tests/fixtures/wire/v1-everything.cbor");
    assert_eq!(stack.post_batch(everything.to_vec()).send().await.unwrap().status(), 202);
    eventually("the views are stored", || async { stack.views().await.len() == 2 }).await;
    let get = async |path: &str| {
        let url = format!("http://{}/api/{path}?application_id={APPLICATION_ID}", stack.viewer());
        let text = stack.client.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let error = &get("errors").await["errors"][0];
    assert_eq!((&error["fingerprint"], &error["count"]), (&"refill-undefined".into(), &13.into()));
    let target = &get("frustrations").await["frustrations"][0];
    assert_eq!((&target["target"], &target["rage_click_count"]), (&"button#refill".into(), &1.into()));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_runs_only_its_own_script_and_answers_only_to_its_own_name() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let get = |path: &str, host: &str| {
        stack.client.get(format!("http://{}{path}", stack.viewer())).header("host", host).send()
    };
    for (path, kind) in [("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")] {
        let answer = get(path, "localhost:8081").await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = answer.text().await.unwrap();
        for forbidden in ["innerHTML", "insertAdjacentHTML", "document.write", "style=", "onclick="] {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
    }
    for path in ["/", "/api/views", "/api/errors", "/api/frustrations"] {
        assert_eq!(get(path, "evil.example").await.unwrap().status(), 403, "{path}");
    }
    // The two ports do not serve each other's paths.
    assert_eq!(get("/metrics", "localhost").await.unwrap().status(), 404);
    let page = stack.client.get(format!("http://{}/api/views", stack.intake())).send().await.unwrap();
    assert_eq!(page.status(), 404);
    stack.stop().await;
}

/// The frame of the player inherits the page's policy, so styles may be inline there, and images in the address.
#[tokio::test(flavor = "multi_thread")]
async fn the_replay_page_fetches_from_its_own_port_only_and_runs_only_its_own_script() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let get = |path: &str, host: &str| {
        stack.client.get(format!("http://{}{path}", stack.viewer())).header("host", host).send()
    };
    for (path, kind) in
        [("/replays", "text/html"), ("/replay.js", "text/javascript"), ("/replay.css", "text/css")]
    {
        let answer = get(path, "localhost:8081").await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
    }
    let page = get("/replays", "localhost").await.unwrap();
    let policies: Vec<_> = page.headers().get_all("content-security-policy").iter().collect();
    assert_eq!(policies.len(), 1, "two policies would both hold");
    let policy = policies[0].to_str().unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part}");
    }
    assert!(policy.contains("img-src data:;") && policy.contains("font-src data:;"), "{policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert_eq!(get("/replays", "evil.example").await.unwrap().status(), 403);
    stack.stop().await;
}
