//! The source over real files, in virtual time: what a look finds is real, the waits between looks are not.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Virtual; far beyond every wait of the source.
const PATIENCE: Duration = Duration::from_hours(1);

/// A source at work on a file.
struct Watched {
    folder: TempDir,
    source: Arc<TokenSource>,
    telemetry: Telemetry,
    running: JoinHandle<()>,
    stop: CancellationToken,
}

impl Watched {
    fn start(content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), content).unwrap();
        Self::start_in(folder, "token")
    }

    fn start_in(folder: TempDir, file: &str) -> Self {
        let telemetry = Telemetry::new().unwrap();
        let path = folder.path().join(file);
        let token = file::read(&path).unwrap();
        let source = TokenSource::new(&ClientToken::File { path, token }, telemetry.clone());
        let stop = CancellationToken::new();
        let running = tokio::spawn(source.clone().run(stop.clone()));
        Self { folder, source, telemetry, running, stop }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    async fn token(&self) -> String {
        self.source.current().await.unwrap().secret().expose().to_owned()
    }

    fn refreshes(&self, result: &str) -> u64 {
        let name = format!("collector_client_token_refreshes_total{{result=\"{result}\",source=\"file\"}} ");
        let metrics = self.telemetry.render();
        metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
    }

    async fn until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let looking = async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, looking).await.is_ok(), "{what}");
    }

    /// Until the source has looked at the file as it is now.
    async fn looked(&self) {
        for _ in 0..2 {
            tokio::time::sleep(file::POLL_INTERVAL).await;
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

fn rename_over(path: &Path, content: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, content).unwrap();
    fs::rename(beside, path).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_file_replaced_by_a_rename_gives_the_new_token() {
    let watched = Watched::start("pub-one\n");
    assert_eq!(watched.token().await, "pub-one");
    for (index, next) in ["pub-two", "pub-6", "pub-one"].into_iter().enumerate() {
        rename_over(&watched.path(), next);
        watched.until("rotated", async || watched.token().await == next).await;
        assert_eq!(watched.refreshes("rotated"), index as u64 + 1);
    }
    assert_eq!(watched.refreshes("failed"), 0);
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_written_in_place_with_the_same_length_gives_the_new_token() {
    let watched = Watched::start("pub-one");
    watched.looked().await;
    fs::write(watched.path(), "pub-two").unwrap();
    // Within one tick of the file system's clock the times are equal: a refusal finds out even then.
    let newer = watched.source.newer_than(1).await.unwrap();
    assert_eq!((newer.secret().expose(), newer.generation()), ("pub-two", 2));
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_kubernetes_volume_swapped_above_the_file_gives_the_new_token() {
    let folder = tempfile::tempdir().unwrap();
    let publish = |version: &str, token: &str| {
        let data = folder.path().join(version);
        fs::create_dir(&data).unwrap();
        fs::write(data.join("token"), token).unwrap();
        let link = folder.path().join("..data_tmp");
        symlink(version, &link).unwrap();
        fs::rename(link, folder.path().join("..data")).unwrap();
    };
    publish("..2026_01", "pub-one");
    symlink("..data/token", folder.path().join("token")).unwrap();
    publish("..2026_02", "pub-two");
    let watched = Watched::start_in(folder, "token");
    assert_eq!(watched.token().await, "pub-two");
    let data = watched.folder.path().join("..2026_03");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("token"), "pub-six").unwrap();
    symlink("..2026_03", watched.folder.path().join("..data_tmp")).unwrap();
    fs::rename(watched.folder.path().join("..data_tmp"), watched.folder.path().join("..data")).unwrap();
    watched.until("rotated", async || watched.token().await == "pub-six").await;
    fs::remove_dir_all(watched.folder.path().join("..2026_01")).unwrap();
    watched.looked().await;
    assert_eq!((watched.token().await.as_str(), watched.refreshes("failed")), ("pub-six", 0));
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_bad_file_keeps_the_last_good_token_and_is_reported_once() {
    let watched = Watched::start("pub-one");
    watched.looked().await;
    let too_long = "x".repeat(MAX_TOKEN_BYTES + 1);
    let endless = "x".repeat(100_000);
    let bad = ["", " \n", "pub one", "pub\u{e9}", "pub-1\npub-2", too_long.as_str(), endless.as_str()];
    for (index, content) in bad.into_iter().enumerate() {
        rename_over(&watched.path(), content);
        watched.until("reported", async || watched.refreshes("failed") == index as u64 + 1).await;
        watched.looked().await;
        // Neither further looks nor refusals report it again.
        assert!(watched.source.newer_than(1).await.is_none());
        assert_eq!(watched.refreshes("failed"), index as u64 + 1, "{index}");
        assert_eq!(watched.token().await, "pub-one");
    }
    fs::remove_file(watched.path()).unwrap();
    let reported = bad.len() as u64 + 1;
    watched.until("missing", async || watched.refreshes("failed") == reported).await;
    watched.looked().await;
    assert_eq!((watched.token().await.as_str(), watched.refreshes("failed")), ("pub-one", reported));
    fs::write(watched.path(), "pub-two").unwrap();
    watched.until("mended", async || watched.token().await == "pub-two").await;
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_newer_token_is_woken_by_it() {
    let watched = Watched::start("pub-one");
    assert!(watched.source.newer_than(1).await.is_none());
    let source = watched.source.clone();
    let waiting = tokio::spawn(async move { source.renewed_after(1).await });
    watched.looked().await;
    assert!(!waiting.is_finished());
    rename_over(&watched.path(), "pub-two");
    tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
    // Who comes late does not wait at all.
    watched.source.renewed_after(1).await;
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_source_takes_the_place_of_the_first_under_those_who_hold_it() {
    let watched = Watched::start("pub-one");
    watched.source.replace(&ClientToken::Fixed(Secret::new("pub-two"))).await;
    assert_eq!(watched.token().await, "pub-two");
    rename_over(&watched.path(), "pub-six");
    watched.looked().await;
    assert_eq!(watched.token().await, "pub-two", "the file is no longer looked at");
    assert!(watched.source.newer_than(2).await.is_none());
    let path = watched.path();
    let token = file::read(&path).unwrap();
    watched.source.replace(&ClientToken::File { path, token }).await;
    assert_eq!(watched.token().await, "pub-six");
    rename_over(&watched.path(), "pub-ten");
    watched.until("looked at again", async || watched.token().await == "pub-ten").await;
    watched.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_last_good_look_stands_still_while_the_file_is_bad() {
    let confirmed = |telemetry: &Telemetry| {
        let metrics = telemetry.render();
        let name = "collector_client_token_confirmed_timestamp_seconds{source=\"file\"} ";
        metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse::<u64>().unwrap()
    };
    let watched = Watched::start("pub-one");
    watched.looked().await;
    rename_over(&watched.path(), "");
    watched.until("reported", async || watched.refreshes("failed") == 1).await;
    let before = confirmed(&watched.telemetry);
    let later = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() + 1;
    while std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() < later {
        watched.looked().await;
    }
    assert_eq!(confirmed(&watched.telemetry), before);
    fs::write(watched.path(), "pub-one").unwrap();
    watched.until("confirmed", async || confirmed(&watched.telemetry) > before).await;
    assert_eq!(watched.refreshes("rotated"), 0);
    watched.stop().await;
}
