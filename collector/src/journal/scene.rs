//! What the journal's tests share.

use super::{
    Appended, Compression, Content, Digest, Entry, Header, Item, Journal, Room, Sequence, SqliteJournal,
    file, shared::now_ms,
};
use crate::config::{JournalConfig, WhenFull};
use crate::telemetry::Telemetry;
use crate::track::{Lane, Track};
use bytes::Bytes;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

pub(super) const SINKS: [&str; 2] = ["first", "second"];

/// Small enough that files are rotated all the time.
pub(super) const FILE_BYTES: u64 = 64 * 1024;

/// Longest wait for something that must happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn config() -> JournalConfig {
    JournalConfig {
        max_file_bytes: FILE_BYTES,
        max_file_age: Duration::from_hours(1),
        max_total_bytes: u64::MAX,
        when_full: WhenFull::Refuse,
        max_age: Duration::from_hours(72),
        dedupe_window: Duration::from_mins(10),
    }
}

pub(super) fn telemetry() -> Telemetry {
    Telemetry::new().unwrap()
}

pub(super) fn open(folder: &Path) -> SqliteJournal {
    open_with(folder, Lane::Events, config(), telemetry())
}

pub(super) fn open_with(
    folder: &Path,
    lane: Lane,
    config: JournalConfig,
    telemetry: Telemetry,
) -> SqliteJournal {
    SqliteJournal::open(folder, lane, &SINKS, Room::new(config, telemetry)).unwrap()
}

/// An entry that can be told from every other.
pub(super) fn entry(number: u64, bytes: usize) -> Entry {
    let header = Header {
        received_ms: now_ms(),
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::None,
        content: Content::Batch,
        client_address: None,
        user_agent: Some(format!("entry {number}")),
    };
    let mut body = number.to_le_bytes().to_vec();
    body.resize(bytes.max(8), number as u8);
    Entry { header, body: Bytes::from(body) }
}

/// One that is recognised when it comes again.
pub(super) fn entry_with_digest(number: u64, bytes: usize) -> Entry {
    let mut entry = entry(number, bytes);
    entry.header.digest = Some(Digest(u128::from(number) << 70 | 1));
    entry
}

/// One received before anybody can remember.
pub(super) fn old_entry(number: u64, bytes: usize) -> Entry {
    let mut entry = entry(number, bytes);
    entry.header.received_ms = number;
    entry
}

pub(super) fn number_of(appended: Appended) -> Sequence {
    match appended {
        Appended::New(sequence) => sequence,
        Appended::Repeated => panic!("taken for a repetition"),
    }
}

/// What `kill -9` would leave of a folder: exactly what the page cache holds.
pub(super) fn image_of(folder: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // A companion may vanish while a reader closes its file.
        fs::copy(&path, image.path().join(path.file_name().unwrap())).ok();
    }
    image
}

pub(super) fn paths(folder: &Path) -> Vec<PathBuf> {
    file::list(folder).unwrap().into_iter().map(|first| file::path(folder, first)).collect()
}

/// Fills a few files and returns their paths, the last one being written.
pub(super) async fn filled(folder: &Path) -> (SqliteJournal, Vec<PathBuf>) {
    let journal = open(folder);
    for number in 1..=60 {
        assert_eq!(journal.append(entry(number, 4_000)).await.unwrap(), Appended::New(number));
    }
    let files = paths(folder);
    assert!(files.len() >= 3, "{files:?}");
    (journal, files)
}

pub(super) async fn read_all(journal: &dyn Journal, last: Sequence) -> Vec<Item> {
    let reader = journal.reader("first").unwrap();
    let mut items = Vec::new();
    while items.last().is_none_or(|item: &Item| item.last() < last) {
        items.extend(timeout(PATIENCE, reader.next()).await.expect("there is more").unwrap());
    }
    items
}

pub(super) fn lost(items: &[Item]) -> Vec<(Sequence, Sequence)> {
    let damaged = items.iter().filter_map(|item| match item {
        Item::Damaged { first, last } => Some((*first, *last)),
        Item::Entry(..) | Item::Expired(..) => None,
    });
    damaged.collect()
}

pub(super) fn intact(items: &[Item]) -> Vec<Sequence> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry(sequence, _) => Some(*sequence),
        Item::Damaged { .. } | Item::Expired(..) => None,
    });
    entries.collect()
}

/// Looks until it is so.
pub(super) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let looking = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(PATIENCE, looking).await.is_ok(), "not in time: {what}");
}
