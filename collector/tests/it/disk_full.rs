//! A disk that is full, and one that fails otherwise, under the real binary: refused with 503, never an exit,
//! well again by itself, and nothing lost that was acknowledged.

use crate::batches::{action_id, batch, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{PUBLIC_KEY, Process, browser_request, client, configuration, eventually};
use reqwest::{Client, Method, Response};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Size of the disk: journals and store take about 1 MB of it at the start.
const DISK_BYTES: usize = 8 * 1024 * 1024;

/// Bodies after which a full disk must have been noticed: each takes a page or more.
const MAX_UNNOTICED: u64 = 2_000;

/// A small file system of memory, as real to SQLite as any.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` where mounting is not allowed.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"]).arg(folder.path());
        let mounted = command.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self { folder })
    }

    /// Takes all there is left.
    fn fill(&self) -> PathBuf {
        let path = self.folder.path().join("somebody-elses-file");
        let mut file = File::create(&path).unwrap();
        let all = vec![0x55; DISK_BYTES];
        let mut bytes = &all[..];
        while let Ok(written) = file.write(bytes)
            && written > 0
        {
            bytes = &bytes[written..];
        }
        assert!(!bytes.is_empty(), "the disk is larger than it should be");
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(self.folder.path()).status().ok();
    }
}

/// A collector whose intake is away, so that what it acknowledges rests on its journal alone.
struct Scene {
    client: Client,
    intake_address: SocketAddr,
    file: PathBuf,
    process: Process,
    sent: u64,
    acknowledged: BTreeSet<String>,
}

impl Scene {
    fn start(data_dir: &Path, folder: &Path, start: impl Fn(&Path) -> Process) -> Self {
        let intake_address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let file = folder.join("collector.toml");
        std::fs::write(&file, configuration(data_dir, &format!("http://{intake_address}"), "")).unwrap();
        let process = start(&file);
        let (client, acknowledged) = (client(), BTreeSet::new());
        Self { client, intake_address, file, process, sent: 0, acknowledged }
    }

    /// Posts the next batch.
    async fn post(&mut self) -> Response {
        self.sent += 1;
        let path = format!("/v1?k={PUBLIC_KEY}");
        let request = browser_request(&self.client, Method::POST, self.process.intake, &path);
        let answer = request.body(encoded(&batch(self.sent))).send().await.unwrap();
        if answer.status() == 202 {
            self.acknowledged.insert(action_id(self.sent));
        }
        answer
    }

    async fn ready(&self) -> u16 {
        let url = format!("http://{}/readyz", self.process.intake);
        self.client.get(url).send().await.unwrap().status().as_u16()
    }

    async fn post_until_refused(&mut self) {
        loop {
            let answer = self.post().await;
            if answer.status() == 503 {
                assert!(answer.headers().contains_key("retry-after"));
                assert_eq!(answer.headers()["access-control-allow-origin"], "http://127.0.0.1:5173");
                return;
            }
            assert_eq!(answer.status(), 202);
            assert!(self.sent < MAX_UNNOTICED, "the fault was never noticed");
        }
    }

    /// While the fault lasts, every body is refused and nothing ends.
    async fn stay_refused(&mut self) {
        for _ in 0..20 {
            assert_eq!(self.post().await.status(), 503);
            assert_eq!(self.ready().await, 503);
        }
        assert!(self.process.is_alive());
    }

    async fn recover(&mut self) {
        eventually("ready again without a request or a restart", || async { self.ready().await == 200 })
            .await;
        for _ in 0..20 {
            assert_eq!(self.post().await.status(), 202);
        }
        assert!(self.process.is_alive());
    }

    /// `kill -9`, then everything that was acknowledged arrives.
    async fn all_arrives(self) {
        self.process.kill();
        let mut fake = FakeIntake::start_at(self.intake_address).await;
        let process = Process::start(&self.file);
        let mut missing = self.acknowledged;
        while !missing.is_empty() {
            let request = fake.next().await;
            for event in &request.events {
                missing.remove(event["action"]["id"].as_str().unwrap_or_default());
            }
        }
        process.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_refused_survived_and_left_behind() {
    let Some(disk) = Disk::mount() else {
        // The next test needs no rights and covers all but ENOSPC itself.
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::start(&disk.folder.path().join("data"), folder.path(), Process::start);
    for _ in 0..20 {
        assert_eq!(scene.post().await.status(), 202);
    }
    // Twice: what the first time left behind must not hinder the second.
    for _ in 0..2 {
        let filler = disk.fill();
        scene.post_until_refused().await;
        scene.stay_refused().await;
        std::fs::remove_file(filler).unwrap();
        scene.recover().await;
    }
    scene.all_arrives().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_to_write_is_refused_survived_and_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let deaf_to_the_signal = |configuration: &Path| {
        // The limit's signal would end the process before the write could fail.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_collector")]);
        Process::start_by(command, configuration, &[])
    };
    let mut scene = Scene::start(&folder.path().join("data"), folder.path(), deaf_to_the_signal);
    for _ in 0..20 {
        assert_eq!(scene.post().await.status(), 202);
    }
    for _ in 0..2 {
        // From here on every write fails, which SQLite reports as an I/O error rather than a full disk.
        limit_file_size(scene.process.id(), "1:unlimited");
        scene.post_until_refused().await;
        scene.stay_refused().await;
        limit_file_size(scene.process.id(), "unlimited:unlimited");
        scene.recover().await;
    }
    scene.all_arrives().await;
}

fn limit_file_size(process: u32, limit: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &process.to_string(), &format!("--fsize={limit}")])
        .status()
        .expect("prlimit of util-linux");
    assert!(status.success());
}
