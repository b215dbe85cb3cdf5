//! SIGHUP: what a changed configuration does to a collector at work.

use crate::batches::{batch, encoded};
use crate::certificates::Authority;
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Process, client, configuration};
use crate::tls::{options, trusting, write_pair};
use reqwest::{Client, StatusCode};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const OTHER_ORIGIN: &str = "https://other.example";

/// The real binary with a configuration file that can be changed under it.
struct Reloadable {
    folder: TempDir,
    process: Process,
    client: Client,
}

impl Reloadable {
    fn start(fake: &FakeIntake, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, configuration(&folder.path().join("data"), &fake.url(), more)).unwrap();
        Self { process: Process::start(&file), folder, client: client() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("collector.toml")
    }

    fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.file(), text.replacen(from, to, 1)).unwrap();
    }

    /// SIGHUP, and the line that follows from it.
    fn reload(&mut self, event: &str) -> serde_json::Value {
        self.process.hang_up();
        self.process.until(event)
    }

    async fn post(&self, number: u64, origin: &str) -> StatusCode {
        let url = format!("http://{}/v1?k={PUBLIC_KEY}", self.process.intake);
        let request = self.client.post(url).header("origin", origin).body(encoded(&batch(number)));
        request.send().await.unwrap().status()
    }

    async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.process.intake);
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pages_may_record_changes_at_once() {
    let fake = FakeIntake::start().await;
    let mut collector = Reloadable::start(&fake, "");
    let url = format!("http://{}/v1/p?k={PUBLIC_KEY}", collector.process.intake);
    let client = collector.client.clone();
    let told = async || {
        let answer = client.get(&url).header("origin", ORIGIN).send().await.unwrap();
        answer.text().await.unwrap()
    };
    assert_eq!(told().await, r#"{"version":1,"replay":true,"lock":false,"level":"mask"}"#);
    collector.change("[[app]]", "[replay]\nversion = 2\nlock = true\nlevel = \"hidden\"\n[[app]]");
    let line = collector.reload("configuration_reloaded");
    assert_eq!(line["changed"], "replay.level, replay.lock, replay.version");
    assert_eq!(told().await, r#"{"version":2,"replay":true,"lock":true,"level":"hidden"}"#);
    collector.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn origins_rules_and_the_log_change_at_once() {
    let mut fake = FakeIntake::start().await;
    let mut collector = Reloadable::start(&fake, "");
    assert_eq!(collector.post(1, OTHER_ORIGIN).await, 403);
    collector.change(ORIGIN, OTHER_ORIGIN);
    collector.change("shutdown_timeout_s", "log = \"debug\"\nshutdown_timeout_s");
    let rule = "[[scrub.custom]]\nname = \"refill\"\npattern = 'refill'\nreplacement = \"[word]\"\n[[app]]";
    collector.change("[[app]]", rule);
    let line = collector.reload("configuration_reloaded");
    assert_eq!(line["changed"], "app, log, scrub.custom");
    assert_eq!(collector.post(2, OTHER_ORIGIN).await, 202);
    assert_eq!(fake.next().await.events[1]["action"]["target"]["name"], "button#[word]");
    assert_eq!(collector.post(3, ORIGIN).await, 403);
    let line = collector.process.until("refused");
    assert_eq!(line["outcome"], "origin_not_allowed");
    // Lines of a request can be found together.
    let lengths = ["trace_id", "span_id"].map(|id| line[id].as_str().unwrap().len());
    assert_eq!(lengths, [32, 16]);
    let metrics = collector.metrics().await;
    assert!(metrics.contains("rule=\"refill\"} 1"), "{metrics}");
    // The same again changes nothing.
    assert_eq!(collector.reload("configuration_reloaded")["changed"], "");
    collector.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_named_and_the_old_one_stays() {
    let fake = FakeIntake::start().await;
    let mut collector = Reloadable::start(&fake, "");
    collector.change(ORIGIN, OTHER_ORIGIN);
    let wrong = [
        ("data_dir", "lissten = 1\ndata_dir", "unknown field `lissten`"),
        ("lissten = 1", "log = \"info=loud\"", "option `log`"),
        ("log = \"info=loud\"", "data_dir = ", "configuration file"),
    ];
    for (from, to, expected) in wrong {
        collector.change(from, to);
        let line = collector.reload("configuration_refused");
        assert!(line["reason"].as_str().unwrap().contains(expected), "{line}");
        assert_eq!(line["effect"], "the old one stays in force");
        assert_eq!(collector.post(1, OTHER_ORIGIN).await, 403);
        assert_eq!(collector.post(1, ORIGIN).await, 202);
    }
    collector.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_change_is_listed_until_the_restart() {
    let fake = FakeIntake::start().await;
    let mut collector = Reloadable::start(&fake, "");
    collector.change("viewer_listen = \"127.0.0.1:0\"", "viewer_listen = \"127.0.0.1:1\"");
    collector.change("client_token = \"pub-the", "client_token = \"pub-not-the");
    collector.change("[sink.datadog]", "[journal]\nmax_file_age_s = 60\n[sink.datadog]");
    for _ in 0..2 {
        let line = collector.reload("restart_needed");
        assert_eq!(line["options"], "journal.max_file_age_s, viewer_listen");
        assert_eq!(line["level"], "WARN");
    }
    // A change of both kinds does what it can. The token is followed, too: the intake takes only the first one.
    collector.change(ORIGIN, OTHER_ORIGIN);
    collector.change("client_token = \"pub-not-the", "client_token = \"pub-the");
    let line = collector.reload("configuration_reloaded");
    assert_eq!(line["changed"], "app, sink.datadog.client_token");
    assert_eq!(collector.post(1, OTHER_ORIGIN).await, 202);
    let lines = format!("{:?}", collector.process.lines);
    assert!(!lines.contains("pub-not-the"), "{lines}");
    collector.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_taken_and_a_wrong_one_refused() {
    let fake = FakeIntake::start().await;
    let (old, new) = (Authority::new(), Authority::new());
    let pair = tempfile::tempdir().unwrap();
    write_pair(&old, pair.path());
    let mut collector = Reloadable::start(&fake, &options(pair.path()));
    let url = format!("https://{}/livez", collector.process.intake);
    let reached = async |authority: &Authority| trusting(authority).get(&url).send().await.is_ok();
    assert!(reached(&old).await && !reached(&new).await);
    write_pair(&new, pair.path());
    collector.process.hang_up();
    collector.process.until("certificate_renewed");
    assert!(!reached(&old).await && reached(&new).await);
    let nothing = Path::new("/nonexistent").display().to_string();
    collector.change(&pair.path().display().to_string(), &nothing);
    let line = collector.reload("configuration_refused");
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.starts_with("option `tls.certificate_file`: cannot read /nonexistent"), "{reason}");
    assert!(reached(&new).await);
    collector.process.kill();
}
