//! The journal against a model: random appends, reads, acknowledgements, crashes and damage. The model is a
//! list of what was acknowledged to the browser and a cursor per sink; whatever the journal then gives must
//! agree with it.
//!
//! A crash is a copy of the folder taken while everything is open: exactly what the page cache holds after
//! `kill -9`. Power loss needs a machine to switch off; there the promise rests on SQLite's `synchronous=FULL`.

use super::{
    Appended, Compression, Content, Entry, Header, Item, Journal, JournalError, JournalReader, Sequence,
    SqliteJournal, file,
};
use crate::config::JournalConfig;
use crate::telemetry::Telemetry;
use crate::track::Track;
use bytes::Bytes;
use futures_util::future::join_all;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

const SINKS: [&str; 2] = ["first", "second"];

/// Small enough that files are rotated all the time.
const FILE_BYTES: u64 = 64 * 1024;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

fn config() -> JournalConfig {
    JournalConfig {
        max_file_bytes: FILE_BYTES,
        max_file_age: Duration::from_hours(1),
        max_total_bytes: u64::MAX,
    }
}

fn open(folder: &Path) -> SqliteJournal {
    SqliteJournal::open(folder, config(), SINKS.to_vec(), Telemetry::new().unwrap()).unwrap()
}

/// An entry that can be told from every other.
fn entry(number: u64, bytes: usize) -> Entry {
    let header = Header {
        received_ms: number,
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

fn number_of(appended: Appended) -> Sequence {
    match appended {
        Appended::New(sequence) => sequence,
        Appended::Repeated => panic!("taken for a repetition"),
    }
}

/// What must be true.
#[derive(Default)]
struct Model {
    /// Everything that was acknowledged to the browser.
    appended: BTreeMap<Sequence, Entry>,
    /// What was damaged on purpose and may be lost.
    damaged: BTreeSet<Sequence>,
    cursors: BTreeMap<&'static str, Sequence>,
}

struct Run {
    seed: u64,
    random: fastrand::Rng,
    model: Model,
    folder: TempDir,
    journal: SqliteJournal,
    readers: BTreeMap<&'static str, Box<dyn JournalReader>>,
    numbers: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        let random = fastrand::Rng::with_seed(seed);
        let mut run = Self {
            seed,
            random,
            model: Model::default(),
            folder,
            journal,
            readers: BTreeMap::new(),
            numbers: 0,
        };
        run.open_readers();
        run
    }

    fn open_readers(&mut self) {
        self.readers = SINKS.iter().map(|&sink| (sink, self.journal.reader(sink).unwrap())).collect();
    }

    async fn step(&mut self) {
        match self.random.u32(0..100) {
            0..55 => self.append().await,
            55..90 => self.read().await,
            90..96 => self.crash(),
            _ => self.damage(),
        }
    }

    /// Several browsers at once, so that groups form.
    async fn append(&mut self) {
        let entries: Vec<_> = (0..self.random.usize(1..20))
            .map(|_| {
                self.numbers += 1;
                // Some beyond a page, so that rows spill into overflow pages.
                entry(self.numbers, self.random.usize(8..5_000))
            })
            .collect();
        let appends = entries.iter().map(|entry| self.journal.append(entry.clone()));
        let sequences = join_all(appends).await;
        for (appended, entry) in sequences.into_iter().zip(entries) {
            let appended = appended.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
            let sequence = number_of(appended);
            let replaced = self.model.appended.insert(sequence, entry);
            assert!(replaced.is_none(), "seed {}: sequence {sequence} was given twice", self.seed);
        }
    }

    /// One sink reads what there is and acknowledges some of it.
    async fn read(&mut self) {
        let sink = SINKS[self.random.usize(0..SINKS.len())];
        let cursor = self.model.cursors.get(sink).copied().unwrap_or(0);
        if self.model.appended.range(cursor + 1..).next().is_none() {
            return;
        }
        // A reader of its own, which stands at the cursor.
        let reader = self.journal.reader(sink).unwrap();
        let items = timeout(PATIENCE, reader.next())
            .await
            .unwrap_or_else(|_| panic!("seed {}: nothing to read after {cursor}", self.seed))
            .unwrap();
        let keep = self.random.usize(0..=items.len());
        let position = self.check(cursor, &items[..keep]);
        if position > cursor {
            reader.acknowledge(position).await.unwrap();
            self.model.cursors.insert(sink, position);
        }
    }

    /// The items must be what was appended after `cursor`, in order, but for what was damaged.
    fn check(&self, cursor: Sequence, items: &[Item]) -> Sequence {
        let mut position = cursor;
        for item in items {
            let missing_to = match item {
                Item::Entry(sequence, entry) => {
                    let expected = self.model.appended.get(sequence);
                    assert_eq!(Some(entry), expected, "seed {}: entry {sequence}", self.seed);
                    *sequence - 1
                }
                Item::Damaged { last, .. } => *last,
            };
            let after = self.model.appended.range(position + 1..);
            for (sequence, _) in after.take_while(|(sequence, _)| **sequence <= missing_to) {
                assert!(
                    self.model.damaged.contains(sequence),
                    "seed {}: {sequence} is missing after {position}",
                    self.seed
                );
            }
            assert!(item.last() > position, "seed {}: {item:?} after {position}", self.seed);
            position = item.last();
        }
        position
    }

    /// What `kill -9` would leave, opened again.
    fn crash(&mut self) {
        let image = tempfile::tempdir().unwrap();
        for file in fs::read_dir(self.folder.path()).unwrap() {
            let path = file.unwrap().path();
            fs::copy(&path, image.path().join(path.file_name().unwrap())).unwrap();
        }
        self.readers.clear();
        self.journal = open(image.path());
        self.folder = image;
        self.open_readers();
    }

    /// Damages one stored body of a file that is not written any more.
    fn damage(&mut self) {
        let files = file::list(self.folder.path()).unwrap();
        let Some(&first) = files.first().filter(|_| files.len() > 1) else { return };
        let connection = Connection::open(file::path(self.folder.path(), first)).unwrap();
        let target: Option<i64> = connection
            .query_row("SELECT sequence FROM entry ORDER BY random() LIMIT 1", [], |row| row.get(0))
            .ok();
        if let Some(target) = target {
            connection
                .execute("UPDATE entry SET body = CAST(body || x'00' AS BLOB) WHERE sequence = ?", [target])
                .unwrap();
            self.model.damaged.insert(target.cast_unsigned());
        }
    }

    /// Everything still owed to every sink is there.
    async fn finish(mut self) {
        for sink in SINKS {
            let mut position = self.model.cursors.get(sink).copied().unwrap_or(0);
            let Some((&last, _)) = self.model.appended.last_key_value() else { continue };
            let reader = self.journal.reader(sink).unwrap();
            while position < last {
                let items = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
                position = self.check(position, &items);
            }
            reader.acknowledge(position).await.unwrap();
        }
        // All acknowledged: only the file being written is left.
        self.readers.clear();
        assert_eq!(file::list(self.folder.path()).unwrap().len(), 1, "seed {}", self.seed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_histories_agree_with_the_model() {
    for seed in 0..6 {
        let mut run = Run::new(seed);
        for _ in 0..100 {
            run.step().await;
        }
        run.finish().await;
    }
}

/// Fills a few files and returns their paths, the last one being written.
async fn filled(folder: &Path) -> (SqliteJournal, Vec<PathBuf>) {
    let journal = open(folder);
    for number in 1..=60 {
        assert_eq!(journal.append(entry(number, 4_000)).await.unwrap(), Appended::New(number));
    }
    let files = file::list(folder).unwrap();
    assert!(files.len() >= 3, "{files:?}");
    (journal, files.into_iter().map(|first| file::path(folder, first)).collect())
}

async fn read_all(journal: &SqliteJournal, last: Sequence) -> Vec<Item> {
    let reader = journal.reader("first").unwrap();
    let mut items = Vec::new();
    while items.last().is_none_or(|item: &Item| item.last() < last) {
        items.extend(timeout(PATIENCE, reader.next()).await.expect("there is more").unwrap());
    }
    items
}

fn lost(items: &[Item]) -> Vec<(Sequence, Sequence)> {
    let damaged = items.iter().filter_map(|item| match item {
        Item::Damaged { first, last } => Some((*first, *last)),
        Item::Entry(..) => None,
    });
    damaged.collect()
}

fn intact(items: &[Item]) -> Vec<Sequence> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry(sequence, _) => Some(*sequence),
        Item::Damaged { .. } => None,
    });
    entries.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_any_more_costs_its_own_entries() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    journal.close().await;
    drop(journal);
    fs::write(&files[0], vec![0x55; 32 * 1024]).unwrap();
    let journal = open(folder.path());
    let items = read_all(&journal, 60).await;
    let second: Sequence = file::list(folder.path()).unwrap()[1];
    assert_eq!(lost(&items), [(1, second - 1)]);
    assert_eq!(intact(&items), (second..=60).collect::<Vec<_>>());
    assert_eq!(journal.append(entry(61, 100)).await.unwrap(), Appended::New(61));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_costs_the_entries_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    journal.close().await;
    drop(journal);
    // The third page from the end of the file's middle: rows before and after it must survive.
    let mut bytes = fs::read(&files[0]).unwrap();
    let middle = bytes.len() / 4_096 / 2 * 4_096;
    bytes[middle..middle + 4_096].fill(0xaa);
    fs::write(&files[0], bytes).unwrap();
    let journal = open(folder.path());
    let items = read_all(&journal, 60).await;
    let lost: u64 = lost(&items).iter().map(|(first, last)| last - first + 1).sum();
    let intact = intact(&items);
    assert!((1..=4).contains(&lost), "{lost} entries lost");
    assert_eq!(intact.len() as u64 + lost, 60);
    assert!(intact.contains(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newest_file_beyond_repair_does_not_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    journal.close().await;
    drop(journal);
    let newest = files.last().unwrap();
    fs::write(newest, vec![0x55; 32 * 1024]).unwrap();
    let journal = open(folder.path());
    assert!(newest.with_extension("sqlite.damaged").exists());
    let sequence = number_of(journal.append(entry(61, 100)).await.unwrap());
    assert!(sequence > 60, "{sequence}");
    let items = read_all(&journal, sequence).await;
    let first_lost: Sequence = newest.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    assert_eq!(intact(&items), (1..first_lost).chain([sequence]).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_cursors_start_again_at_the_oldest_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = filled(folder.path()).await;
    journal.reader("first").unwrap().acknowledge(10).await.unwrap();
    journal.close().await;
    drop(journal);
    fs::write(folder.path().join("cursors.sqlite"), vec![0x55; 8_192]).unwrap();
    let journal = open(folder.path());
    assert_eq!(intact(&read_all(&journal, 60).await), (1..=60).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_is_reported_and_recovers_by_itself() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, away) = (parent.path().join("journal"), parent.path().join("away"));
    let journal = open(&folder);
    // Fills the first file, so that the next append needs a new one, which the missing folder prevents.
    journal.append(entry(1, FILE_BYTES as usize)).await.unwrap();
    fs::rename(&folder, &away).unwrap();
    let error = journal.append(entry(2, 100)).await.unwrap_err();
    assert!(matches!(error, JournalError::Unavailable(_)), "{error}");
    assert!(journal.trouble().is_some());
    fs::rename(&away, &folder).unwrap();
    let recovered = async {
        while journal.trouble().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, recovered).await.expect("recovers without a request");
    let sequence = number_of(journal.append(entry(3, 100)).await.unwrap());
    let items = read_all(&journal, sequence).await;
    assert_eq!(intact(&items), [1, sequence]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_journal_refuses_until_the_sinks_have_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig { max_total_bytes: 2 * FILE_BYTES, ..config() };
    let journal =
        SqliteJournal::open(folder.path(), config, SINKS.to_vec(), Telemetry::new().unwrap()).unwrap();
    let mut last = 0;
    let error = loop {
        match journal.append(entry(last + 1, 8_000)).await {
            Ok(appended) => last = number_of(appended),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full), "{error}");
    for sink in SINKS {
        journal.reader(sink).unwrap().acknowledge(last).await.unwrap();
    }
    journal.append(entry(last + 1, 8_000)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_collector_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let second = SqliteJournal::open(folder.path(), config(), SINKS.to_vec(), Telemetry::new().unwrap());
    let Err(error) = second else { panic!("both run") };
    assert!(error.to_string().contains("another collector"), "{error}");
    journal.append(entry(1, 100)).await.unwrap();
}
