//! The audit log: what is in it, where it goes, and what happens without it.

use crate::batches::{batch, encoded};
use crate::fake_intake::{FakeIntake, TOKEN};
use crate::harness::{ORIGIN, PUBLIC_KEY, Process, client, configuration, eventually};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn events(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().unwrap()).collect()
}

async fn post(process: &Process) -> reqwest::StatusCode {
    let url = format!("http://{}/v1?k={PUBLIC_KEY}", process.intake);
    let request = client().post(url).header("origin", ORIGIN).body(encoded(&batch(1)));
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_reads_are_lines_of_a_private_file_that_can_be_rotated() {
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let (audit, rotated) = (folder.path().join("audit.ndjson"), folder.path().join("audit.ndjson.1"));
    // Audited whatever is logged; `listening` is what the harness waits for.
    let more = format!("[audit]\nfile = \"{}\"", audit.display());
    let text = configuration(&folder.path().join("data"), &fake.url(), &more);
    std::fs::write(&file, format!("log = \"off,collector=info\"\n{text}")).unwrap();
    let mut process = Process::start(&file);
    assert_eq!(post(&process).await, 202);
    fake.next().await;
    let viewer = process.lines.last().unwrap()["viewer"].as_str().unwrap().to_owned();
    let read = |query: &'static str| client().get(format!("http://{viewer}/api/views?{query}")).send();
    eventually("the view is shown", || async {
        read("limit=2").await.unwrap().text().await.unwrap().contains("\"id\"")
    })
    .await;
    read("limit=many").await.unwrap();
    eventually("the last read is a line", || async {
        lines(&audit).last().is_some_and(|line| line["status"] == 400)
    })
    .await;
    let before = lines(&audit);
    assert_eq!(std::fs::metadata(&audit).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((&before[0]["event"], &before[0]["version"]), (&"started".into(), &"0.1.0".into()));
    let shown = &before[before.len() - 2];
    for (field, expected) in [
        ("event", Value::from("viewer_read")),
        ("peer", "127.0.0.1".into()),
        ("path", "/api/views".into()),
        ("query", "limit=2".into()),
        ("rows", 1.into()),
        ("status", 200.into()),
    ] {
        assert_eq!(shown[field], expected, "{shown}");
    }
    assert!(shown["at"].as_str().unwrap().ends_with('Z'), "{shown}");
    // As logrotate does it: moved away, then told.
    std::fs::rename(&audit, &rotated).unwrap();
    std::fs::write(&file, text.replace(ORIGIN, "https://other.example")).unwrap();
    process.hang_up();
    eventually("the new file is begun", || async { lines(&audit).len() == 1 }).await;
    std::fs::write(&file, "lissten = 1").unwrap();
    process.hang_up();
    process.until("configuration_refused");
    let (status, _) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert!(status.success());
    let after = lines(&audit);
    assert_eq!(events(&after), ["configuration_reloaded", "configuration_refused", "stopped"]);
    assert_eq!(after[0]["changed"], "app, log");
    assert_eq!(after[0]["digest"].as_str().unwrap().len(), 64);
    assert_ne!(after[0]["digest"], before[0]["digest"]);
    assert_eq!(lines(&rotated), before);
    for secret in [TOKEN, PUBLIC_KEY] {
        assert!(!format!("{before:?}{after:?}").contains(secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_stops_nothing_and_is_counted() {
    let fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let missing = folder.path().join("missing");
    let more = format!("[audit]\nfile = \"{}/audit.ndjson\"", missing.display());
    std::fs::write(&file, configuration(&folder.path().join("data"), &fake.url(), &more)).unwrap();
    let mut process = Process::start(&file);
    // The writer has a thread of its own: its line may come before `listening`.
    if !process.lines.iter().any(|line| line["event"] == "audit_not_written") {
        process.until("audit_not_written");
    }
    assert_eq!(post(&process).await, 202);
    let metrics = format!("http://{}/metrics", process.intake);
    let metrics = client().get(metrics).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("collector_audit_lost_total 1"), "{metrics}");
    // Mended, the next line is written.
    std::fs::create_dir(&missing).unwrap();
    process.hang_up();
    let audit = missing.join("audit.ndjson");
    eventually("the next line is written", || async { events(&lines(&audit)) == ["configuration_reloaded"] })
        .await;
    process.kill();
}

#[test]
fn a_command_appends_to_the_same_file_and_says_who_runs_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.ndjson");
    let fields = || serde_json::Map::from_iter([("sequence".to_owned(), 7.into())]);
    collector::audit::append(&path, "dead_letter_shown", fields()).unwrap();
    collector::audit::append(&path, "dead_letter_replayed", fields()).unwrap();
    let lines = lines(&path);
    assert_eq!(events(&lines), ["dead_letter_shown", "dead_letter_replayed"]);
    assert_eq!(lines[0]["sequence"], 7);
    assert!(lines[0]["uid"].is_u64() && lines[0]["at"].is_string(), "{lines:?}");
    assert!(collector::audit::append(&folder.path().join("missing/a"), "x", fields()).is_err());
}
