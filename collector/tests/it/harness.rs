//! A collector per test: in this process, or the real binary where it is to be killed.

use crate::batches::APPLICATION_ID;
use crate::fake_intake::TOKEN;
use collector::Running;
use collector::config::{self, Config, Flags};
use reqwest::{Client, Method, RequestBuilder};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "http://127.0.0.1:5173";
pub(crate) const PUBLIC_KEY: &str = "pub-alias";
pub(crate) const USER_AGENT: &str = "Mozilla/5.0 (Test) Collector/1";

/// Longest wait for something that must happen, and the pause between looks.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Log lines a test may leave unread; none makes more.
const MAX_UNREAD_LINES: usize = 4_096;

/// The configuration file of a test: one app, the fake as intake.
pub(crate) fn configuration(data_dir: &Path, intake_url: &str, more: &str) -> String {
    format!(
        r#"
            listen = "127.0.0.1:0"
            viewer_listen = "127.0.0.1:0"
            data_dir = "{}"
            shutdown_timeout_s = 5
            [sink.datadog]
            intake_url = "{intake_url}"
            client_token = "{TOKEN}"
            [[app]]
            id = "{APPLICATION_ID}"
            name = "shop"
            client_token = "{PUBLIC_KEY}"
            allowed_origins = ["{ORIGIN}"]
            {more}
        "#,
        data_dir.display()
    )
}

pub(crate) struct Stack {
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    running: Option<Running>,
}

impl Stack {
    /// A collector in this process whose intake is at `intake_url`.
    pub(crate) async fn start(intake_url: &str) -> Self {
        Self::start_with(intake_url, "").await
    }

    pub(crate) async fn start_with(intake_url: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(folder.path(), intake_url, more);
        Self::start_as(folder, &text).await
    }

    /// As this text configures it.
    pub(crate) async fn start_as(folder: TempDir, configuration: &str) -> Self {
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, configuration).unwrap();
        let flags = Flags { config: Some(file), ..Flags::default() };
        let config = config::read(&flags, &|_| None).and_then(Config::try_from).unwrap();
        let running = collector::start(&config).await.unwrap();
        Self { folder, client: client(), running: Some(running) }
    }

    pub(crate) fn intake(&self) -> SocketAddr {
        self.running.as_ref().unwrap().intake
    }

    pub(crate) fn viewer(&self) -> SocketAddr {
        self.running.as_ref().unwrap().viewer
    }

    /// A request to the intake port as a browser on an allowed page makes it.
    pub(crate) fn request(&self, method: Method, path_and_query: &str) -> RequestBuilder {
        browser_request(&self.client, method, self.intake(), path_and_query)
    }

    pub(crate) fn post_batch(&self, body: Vec<u8>) -> RequestBuilder {
        self.request(Method::POST, &format!("/v1?k={PUBLIC_KEY}")).body(body)
    }

    pub(crate) async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.intake());
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// Value of the outcome counter, over all tracks.
    pub(crate) async fn outcomes(&self, app: &str, door: &str, sink: &str, outcome: &str) -> u64 {
        let metrics = self.metrics().await;
        let labels = format!("app=\"{app}\",door=\"{door}\",outcome=\"{outcome}\",sink=\"{sink}\",");
        let of_a_track = |line: &str| {
            let rest = line.strip_prefix("collector_outcomes_total{")?.strip_prefix(&labels)?;
            rest.rsplit_once(' ')?.1.parse::<u64>().ok()
        };
        metrics.lines().filter_map(of_a_track).sum()
    }

    pub(crate) async fn views(&self) -> Vec<serde_json::Value> {
        let url = format!("http://{}/api/views", self.viewer());
        let text = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        answer["views"].as_array().unwrap().clone()
    }

    pub(crate) async fn stop(mut self) -> TempDir {
        self.running.take().unwrap().stop().await;
        self.folder
    }
}

pub(crate) fn client() -> Client {
    // The collector does this as well; a test may make its client first.
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

pub(crate) fn browser_request(
    client: &Client,
    method: Method,
    intake: SocketAddr,
    path_and_query: &str,
) -> RequestBuilder {
    client
        .request(method, format!("http://{intake}{path_and_query}"))
        .header("origin", ORIGIN)
        .header("user-agent", USER_AGENT)
        .header("cookie", "session=of-the-visitor")
        .header("referer", "http://127.0.0.1:5173/claims?patient=42")
        .header("content-type", "text/plain;charset=UTF-8")
}

/// Looks until it is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    eventually_within(PATIENCE, what, condition).await;
}

pub(crate) async fn eventually_within<F: Future<Output = bool>>(
    patience: Duration,
    what: &str,
    condition: impl Fn() -> F,
) {
    let looking = async {
        while !condition().await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    assert!(tokio::time::timeout(patience, looking).await.is_ok(), "not in time: {what}");
}

/// The real binary.
pub(crate) struct Process {
    child: Child,
    pub(crate) intake: SocketAddr,
    pub(crate) lines: Vec<serde_json::Value>,
    log: Receiver<serde_json::Value>,
}

impl Process {
    /// Starts it and waits for its `listening` line.
    pub(crate) fn start(configuration: &Path) -> Self {
        Self::start_in(configuration, &[])
    }

    /// With these environment variables and no others.
    pub(crate) fn start_in(configuration: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_collector")), configuration, environment)
    }

    /// The same by a command that becomes the binary.
    pub(crate) fn start_by(mut command: Command, configuration: &Path, environment: &[(&str, &str)]) -> Self {
        let mut child = command
            .args(["serve", "--config"])
            .arg(configuration)
            .env_clear()
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // In a thread, because a wait for a line needs an end.
        let (sender, log) = sync_channel(MAX_UNREAD_LINES);
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let line = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut process = Self { child, intake: nowhere, lines: Vec::new(), log };
        process.intake = process.until("listening")["intake"].as_str().unwrap().parse().unwrap();
        process
    }

    /// SIGHUP: it reads its configuration again.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Reads on in its log until it says this, and gives that line.
    pub(crate) fn until(&mut self, event: &str) -> serde_json::Value {
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never said {event}: {:?}", self.lines));
            self.lines.push(line.clone());
            if line["event"] == event {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then everything it still says, and how it ended.
    pub(crate) fn terminate(mut self) -> (std::process::ExitStatus, Vec<serde_json::Value>) {
        self.signal("-TERM");
        let rest: Vec<_> = self.log.iter().collect();
        let status = self.child.wait().unwrap();
        (status, std::mem::take(&mut self.lines).into_iter().chain(rest).collect())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Only a test that failed gets here with the child alive.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Looks through every file below `folder`, but those that are allowed to hold secrets.
pub(crate) fn assert_nowhere(folder: &Path, secrets: &[&str], is_allowed: impl Fn(&Path) -> bool) {
    let mut searched = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_allowed(&path) {
                let bytes = std::fs::read(&path).unwrap();
                for secret in secrets {
                    let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                    assert!(!found, "{secret} is in {}", path.display());
                }
                searched += 1;
            }
        }
    }
    assert!(searched >= 3, "journal, cursors and store were searched");
}
