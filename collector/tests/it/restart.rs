//! Crashes, outages and orderly stops, with the real binary.

use crate::batches::{action_id, batch, encoded};
use crate::fake_intake::{Answer, FakeIntake, TOKEN};
use crate::harness::{PUBLIC_KEY, Process, browser_request, client, configuration, eventually};
use futures_util::future::join_all;
use reqwest::{Client, Method};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

/// What a crash may repeat: what was in flight, and what was delivered since the cursor was last written. The
/// documented bound is the window (1,024); against an intake that answers at once it is far less.
const MAX_REPEATED: usize = 150;

async fn post(client: &Client, intake: SocketAddr, number: u64) -> Option<String> {
    let path = format!("/v1?k={PUBLIC_KEY}");
    let answer =
        browser_request(client, Method::POST, intake, &path).body(encoded(&batch(number))).send().await;
    answer.is_ok_and(|answer| answer.status() == 202).then(|| action_id(number))
}

/// A port where nobody listens yet.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let intake_address = free_address();
    let file = folder.path().join("collector.toml");
    // Small files, so that kills also meet rotation.
    let more = "[journal]\nmax_file_bytes = 65536";
    std::fs::write(
        &file,
        configuration(&folder.path().join("data"), &format!("http://{intake_address}"), more),
    )
    .unwrap();
    let client = client();
    let mut acknowledged = BTreeSet::new();
    let mut sent = 0;
    // The intake is away, so everything acknowledged rests on the journal alone.
    for _ in 0..4 {
        let process = Process::start(&file);
        let intake = process.intake;
        let posting = tokio::spawn({
            let client = client.clone();
            let first = sent;
            async move { join_all((first..first + 200).map(|number| post(&client, intake, number))).await }
        });
        sent += 200;
        // One certain acknowledgement, then the kill falls wherever the others happen to be.
        let number = sent;
        sent += 1;
        acknowledged.extend(post(&client, intake, number).await);
        process.kill();
        acknowledged.extend(posting.await.unwrap().into_iter().flatten());
    }
    assert!(acknowledged.len() >= 4, "{} acknowledged", acknowledged.len());
    let mut fake = FakeIntake::start_at(intake_address).await;
    let process = Process::start(&file);
    let mut missing = acknowledged.clone();
    while !missing.is_empty() {
        let request = fake.next().await;
        let arrived: BTreeSet<_> = request
            .events
            .iter()
            .filter_map(|event| event["action"]["id"].as_str().map(str::to_owned))
            .collect();
        missing.retain(|id| !arrived.contains(id));
    }
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_delivery_repeats_little() {
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    std::fs::write(&file, configuration(&folder.path().join("data"), &fake.url(), "")).unwrap();
    let client = client();
    let process = Process::start(&file);
    let acknowledged: BTreeSet<_> = join_all((0..400).map(|number| post(&client, process.intake, number)))
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(acknowledged.len(), 400);
    let mut arrived = fake.action_ids(300).await;
    process.kill();
    let process = Process::start(&file);
    while arrived.len() < 400 {
        arrived.extend(fake.action_ids(1).await);
    }
    assert_eq!(arrived, acknowledged);
    let metrics = format!("http://{}/metrics", process.intake);
    let caught_up = r#"collector_delivery_backlog{lane="events",sink="datadog"} 0"#;
    eventually("everything is acknowledged", || async {
        client.get(&metrics).send().await.unwrap().text().await.unwrap().contains(caught_up)
    })
    .await;
    let repeated = fake.received() - 400;
    assert!(repeated <= MAX_REPEATED, "{repeated} requests were repeated");
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_is_down_and_comes_back_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let intake_address = free_address();
    let file = folder.path().join("collector.toml");
    let url = format!("http://{intake_address}");
    std::fs::write(&file, configuration(&folder.path().join("data"), &url, "")).unwrap();
    let client = client();
    let process = Process::start(&file);
    let before: BTreeSet<_> = join_all((0..50).map(|number| post(&client, process.intake, number)))
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(before.len(), 50, "an absent intake does not stop the door");
    let mut fake = FakeIntake::start_at(intake_address).await;
    // Back, but not well at once.
    fake.answer(&[503; 5].map(|status| Answer { status, header: None }));
    assert_eq!(fake.action_ids(50).await, before);
    // And quick again: the next one comes without waiting for a back-off.
    let started = Instant::now();
    post(&client, process.intake, 50).await.unwrap();
    while !fake.next().await.events.iter().any(|event| event["action"]["id"] == action_id(50).as_str()) {}
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_order_and_the_log_holds_no_secret() {
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let text = configuration(&folder.path().join("data"), &fake.url(), "");
    std::fs::write(&file, format!("log = \"debug\"\n{text}")).unwrap();
    let process = Process::start(&file);
    let client = client();
    post(&client, process.intake, 1).await.unwrap();
    fake.next().await;
    browser_request(&client, Method::POST, process.intake, "/v1?k=wrong").send().await.unwrap();
    let (status, lines) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    let events: Vec<_> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(events.last(), Some(&"stopped"), "{events:?}");
    assert!(events.contains(&"refused"), "{events:?}");
    let text = format!("{lines:?}");
    for secret in [TOKEN, "of-the-visitor", PUBLIC_KEY] {
        assert!(!text.contains(secret), "{secret} was logged: {text}");
    }
    // Closed in order: everything is in the database files, none of it in a write-ahead log.
    let left: Vec<_> = std::fs::read_dir(folder.path().join("data/journal"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("-wal") && name.starts_with('0'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_balancer_sees_it_stop_before_the_port_closes() {
    let fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let text = configuration(&folder.path().join("data"), &fake.url(), "");
    // Longer than anybody waits: the second signal ends it.
    std::fs::write(&file, format!("drain_delay_s = 600\n{text}")).unwrap();
    let mut process = Process::start(&file);
    let client = client();
    let intake = process.intake;
    let probe = async |path: &str| {
        let answer = client.get(format!("http://{intake}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(probe("/readyz").await, (200, "ok\n".to_owned()));
    process.signal("-TERM");
    assert_eq!(process.until("draining")["delay_s"], 600);
    assert_eq!(probe("/readyz").await, (503, "stopping\n".to_owned()));
    assert_eq!(probe("/livez").await, (200, "ok\n".to_owned()));
    post(&client, process.intake, 1).await.unwrap();
    let (status, lines) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    // A delivery that was reading when the journal closed may have the last word.
    assert!(lines.iter().any(|line| line["event"] == "stopped_at_once"), "{lines:?}");
    // Left alone, it stops when the time is over.
    std::fs::write(&file, format!("drain_delay_s = 1\n{text}")).unwrap();
    let process = Process::start(&file);
    let started = Instant::now();
    let (_, lines) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert_eq!(lines.last().unwrap()["event"], "stopped");
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn a_wrong_option_ends_the_start_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    std::fs::write(&file, "lissten = \"127.0.0.1:0\"\n").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_collector"))
        .args(["serve", "--config"])
        .arg(&file)
        .env_clear()
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("unknown field `lissten`") && text.lines().count() == 1, "{text}");
}
