//! The client token is rotated under a working collector.

use crate::batches::{action_id, batch, encoded};
use crate::fake_intake::{FakeIntake, TOKEN};
use crate::harness::{
    PUBLIC_KEY, Process, Stack, assert_nowhere, browser_request, client, configuration, eventually,
};
use reqwest::Method;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const ALARM: &str = r#"collector_delivery_held{lane="events",sink="datadog"} 1"#;
const ALL_CLEAR: &str = r#"collector_delivery_held{lane="events",sink="datadog"} 0"#;

/// The configuration of a test, with a file in place of the token.
pub(crate) fn with_token_file(folder: &Path, intake_url: &str) -> (PathBuf, String) {
    let path = folder.join("client-token");
    let option = format!("client_token_file = \"{}\"", path.display());
    let text = configuration(folder, intake_url, "");
    (path, text.replace(&format!("client_token = \"{TOKEN}\""), &option))
}

/// As deployment tools do it.
fn replace_file(path: &Path, token: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, format!("{token}\n")).unwrap();
    std::fs::rename(beside, path).unwrap();
}

async fn start(fake: &FakeIntake) -> (Stack, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = with_token_file(folder.path(), &fake.url());
    replace_file(&path, TOKEN);
    (Stack::start_as(folder, &text).await, path)
}

async fn post(stack: &Stack, number: u64) {
    let answer = stack.post_batch(encoded(&batch(number))).send().await.unwrap();
    assert_eq!(answer.status(), 202);
}

/// Ids of the actions the intake has taken, until there are `count`.
pub(crate) async fn taken(fake: &mut FakeIntake, count: usize) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        let request = fake.next().await;
        if request.status == 202 {
            let actions = request.events.iter().filter_map(|event| event["action"]["id"].as_str());
            ids.extend(actions.map(str::to_owned));
        }
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_everything_arrives_and_the_alarm_clears() {
    let mut fake = FakeIntake::start().await;
    let (stack, path) = start(&fake).await;
    post(&stack, 0).await;
    taken(&mut fake, 1).await;
    // Datadog revokes the token before the file has the new one.
    fake.rotate_token("pub-the-second-token-0123456789");
    for number in 1..=12 {
        post(&stack, number).await;
    }
    eventually("the alarm", || async { stack.metrics().await.contains(ALARM) }).await;
    replace_file(&path, "pub-the-second-token-0123456789");
    let expected: BTreeSet<String> = (1..=12).map(action_id).collect();
    assert_eq!(taken(&mut fake, 12).await, expected);
    eventually("all is clear", || async { stack.metrics().await.contains(ALL_CLEAR) }).await;
    eventually("each is counted once", || async {
        stack.outcomes("shop", "batch", "datadog", "delivered").await == 13
    })
    .await;
    let rotated = r#"collector_client_token_refreshes_total{result="rotated",source="file"} 1"#;
    assert!(stack.metrics().await.contains(rotated), "{}", stack.metrics().await);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_read_anew_and_the_entry_retried_at_once() {
    let mut fake = FakeIntake::start().await;
    let (stack, path) = start(&fake).await;
    // The regular look may be quicker than the first request with the old token; then the next round shows it.
    for round in 1.. {
        let token = format!("pub-token-of-round-{round:010}");
        replace_file(&path, &token);
        fake.rotate_token(&token);
        post(&stack, round).await;
        let first = fake.next().await;
        if first.status == 403 {
            let second = fake.next().await;
            assert_eq!((second.status, &second.parameters["dd-api-key"]), (202, &token));
            assert_eq!(first.body, second.body);
            break;
        }
    }
    let metrics = stack.metrics().await;
    assert!(!metrics.contains(ALARM) && !metrics.contains(r#"reaction="hold""#), "{metrics}");
    stack.stop().await;
}

/// All that a run leaves behind: what it said, and every file but those the test wrote the token into.
pub(crate) fn assert_untold(folder: &TempDir, lines: &[serde_json::Value], secrets: &[&str]) {
    assert!(lines.len() > 10, "the log says something: {lines:?}");
    for secret in secrets {
        let told = lines.iter().find(|line| line.to_string().contains(secret));
        assert!(told.is_none(), "{secret} is in the log: {told:?}");
    }
    assert_nowhere(folder.path(), secrets, |path| path.ends_with("client-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_in_the_finest_log_nor_on_the_disk_nor_printed() {
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = with_token_file(folder.path(), &fake.url());
    replace_file(&path, TOKEN);
    let file = folder.path().join("collector.toml");
    std::fs::write(&file, format!("log = \"trace\"\n{text}")).unwrap();
    let process = Process::start(&file);
    let client = client();
    let post = async |number: u64| {
        let path = format!("/v1?k={PUBLIC_KEY}");
        let request = browser_request(&client, Method::POST, process.intake, &path);
        assert_eq!(request.body(encoded(&batch(number))).send().await.unwrap().status(), 202);
    };
    post(1).await;
    taken(&mut fake, 1).await;
    let second = "pub-the-second-token-0123456789";
    fake.rotate_token(second);
    post(2).await;
    let metrics = format!("http://{}/metrics", process.intake);
    let measured =
        async |part: &str| client.get(&metrics).send().await.unwrap().text().await.unwrap().contains(part);
    eventually("the alarm", || measured(ALARM)).await;
    replace_file(&path, second);
    taken(&mut fake, 1).await;
    // An error of the HTTP client, whose text would be the URL.
    drop(fake);
    post(3).await;
    eventually("retried", || measured(r#"{reaction="retry",sink="datadog"}"#)).await;
    let printed = Command::new(env!("CARGO_BIN_EXE_collector"))
        .args(["config", "print", "--config"])
        .arg(&file)
        .env_clear()
        .env("DD_CLIENT_TOKEN", TOKEN)
        .output()
        .unwrap();
    let printed = format!("{printed:?}");
    assert!(printed.contains("[redacted]") && !printed.contains(TOKEN), "{printed}");
    let (_, lines) = process.terminate();
    let said = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!((said("secret_rotated"), said("delivery_held")), (1, 1));
    assert!(said("delivery_retried") >= 1);
    assert_untold(&folder, &lines, &[TOKEN, second]);
}
