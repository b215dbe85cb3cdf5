//! The journal against a model: random appends, repeats, reads, acknowledgements, expiry, eviction, crashes and
//! damage. The model is a list of what was acknowledged to the browser and a cursor per sink; whatever the
//! journal then gives must agree with it.
//!
//! A crash is a copy of the folder taken while everything is open: exactly what the page cache holds after
//! `kill -9`. Power loss needs a machine to switch off; there the promise rests on SQLite's `synchronous=FULL`.

use super::scene::{
    FILE_BYTES, PATIENCE, SINKS, config, entry, entry_with_digest, image_of, number_of, old_entry, open_with,
    paths, telemetry,
};
use super::{Appended, Entry, Header, Item, Journal, JournalError, Sequence, SqliteJournal, file};
use crate::config::{JournalConfig, WhenFull};
use crate::track::Lane;
use futures_util::future::join_all;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tokio::time::timeout;

/// Entries received before this (ms) are too old; the fresh ones are of today.
const OLD_MS: u64 = 1_000_000;

/// The lane that gives way, and a limit that is met now and then.
fn open(folder: &Path) -> SqliteJournal {
    let bounds =
        JournalConfig { max_total_bytes: 24 * FILE_BYTES, when_full: WhenFull::DropReplay, ..config() };
    open_with(folder, Lane::Replay, bounds, telemetry())
}

/// What must be true.
#[derive(Default)]
struct Model {
    /// Everything that was acknowledged to the browser and was not damaged in the write-ahead log.
    appended: BTreeMap<Sequence, Entry>,
    /// What was damaged on purpose and may be lost.
    damaged: BTreeSet<Sequence>,
    /// Entries the journal must recognise.
    known: Vec<Entry>,
    cursors: BTreeMap<&'static str, Sequence>,
}

struct Run {
    seed: u64,
    random: fastrand::Rng,
    model: Model,
    folder: TempDir,
    journal: SqliteJournal,
    numbers: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        let random = fastrand::Rng::with_seed(seed);
        Self { seed, random, model: Model::default(), folder, journal, numbers: 0 }
    }

    async fn step(&mut self) {
        match self.random.u32(0..100) {
            0..55 => self.append().await,
            55..85 => self.read().await,
            85..90 => self.crash(),
            90..93 => self.tear(),
            93..96 => self.flip(),
            _ => self.damage(),
        }
    }

    /// Several browsers at once, so that groups form; some send again what was taken, or the same body twice.
    async fn append(&mut self) {
        let mut entries: Vec<_> = (0..self.random.usize(1..20)).map(|_| self.new_entry()).collect();
        entries.extend(self.random.choice(&self.model.known).cloned());
        if self.random.bool() {
            entries.extend(entries.first().cloned().filter(|entry| entry.header.digest.is_some()));
        }
        let mut appended = Vec::new();
        for (result, entry) in join_all(entries.iter().map(|entry| self.journal.append(entry.clone())))
            .await
            .into_iter()
            .zip(&entries)
        {
            match result {
                Ok(result) => appended.push((result, entry.clone())),
                Err(JournalError::Full) => {}
                Err(error) => panic!("seed {}: {error}", self.seed),
            }
        }
        for (result, entry) in appended {
            let known = self.model.known.contains(&entry);
            match result {
                Appended::New(_) => {
                    assert!(!known, "seed {}: {:?} was kept twice", self.seed, entry.header.user_agent);
                    let sequence = number_of(result);
                    if entry.header.digest.is_some() {
                        self.model.known.push(entry.clone());
                    }
                    let replaced = self.model.appended.insert(sequence, entry);
                    assert!(replaced.is_none(), "seed {}: sequence {sequence} was given twice", self.seed);
                }
                Appended::Repeated => assert!(known, "seed {}: answered for nothing", self.seed),
            }
        }
        self.make_room().await;
    }

    fn new_entry(&mut self) -> Entry {
        self.numbers += 1;
        // Some beyond a page, so that rows spill into overflow pages.
        let bytes = self.random.usize(8..5_000);
        match self.random.u32(0..10) {
            0..4 => entry_with_digest(self.numbers, bytes),
            4..6 => old_entry(self.numbers, bytes),
            _ => entry(self.numbers, bytes),
        }
    }

    /// Where there is no room left, whole files are given up, the oldest first.
    async fn make_room(&mut self) {
        if self.journal.trouble().is_none() && self.random.u32(0..4) > 0 {
            return;
        }
        self.journal.make_room().await;
        let oldest = file::list(self.folder.path()).unwrap()[0];
        for sink in SINKS {
            let cursor = self.model.cursors.entry(sink).or_default();
            *cursor = (*cursor).max(oldest - 1);
        }
    }

    /// One sink reads what there is and acknowledges some of it.
    async fn read(&mut self) {
        let sink = SINKS[self.random.usize(0..SINKS.len())];
        let cursor = self.model.cursors.get(sink).copied().unwrap_or(0);
        if self.model.appended.range(cursor + 1..).all(|(_, entry)| is_old(&entry.header)) {
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

    /// The items must be what was appended after `cursor`, in order, but for what was damaged or too old.
    fn check(&self, cursor: Sequence, items: &[Item]) -> Sequence {
        let mut position = cursor;
        for item in items {
            let missing_to = match item {
                Item::Entry(sequence, entry) => {
                    let expected = self.model.appended.get(sequence);
                    assert_eq!(Some(entry), expected, "seed {}: entry {sequence}", self.seed);
                    assert!(!is_old(&entry.header), "seed {}: {sequence} is too old", self.seed);
                    *sequence - 1
                }
                Item::Expired(sequence, header) => {
                    let expected = self.model.appended.get(sequence).map(|entry| &entry.header);
                    assert_eq!(Some(header), expected, "seed {}: entry {sequence}", self.seed);
                    assert!(is_old(header), "seed {}: {sequence} is not too old", self.seed);
                    *sequence - 1
                }
                Item::Damaged { last, .. } => *last,
            };
            let after = self.model.appended.range(position + 1..);
            for (sequence, entry) in after.take_while(|(sequence, _)| **sequence <= missing_to) {
                assert!(
                    // A file of nothing but old entries is deleted unread.
                    self.model.damaged.contains(sequence) || is_old(&entry.header),
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
        let image = image_of(self.folder.path());
        self.open_image(image);
    }

    /// The file that is written ends, or is spoilt, at a random place of its write-ahead log. That costs the
    /// last entries, and the digests of what is lost must be lost with it.
    fn tear(&mut self) {
        let image = image_of(self.folder.path());
        let newest = paths(image.path()).pop().unwrap();
        let log = newest.with_extension("sqlite-wal");
        let mut bytes = fs::read(&log).unwrap_or_default();
        if bytes.is_empty() {
            return;
        }
        let place = self.random.usize(0..bytes.len());
        if self.random.bool() {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << self.random.u32(0..8);
        }
        fs::write(&log, bytes).unwrap();
        self.open_image(image);
        let first = file::list(self.folder.path()).unwrap().pop().unwrap();
        let mut left = BTreeSet::new();
        let read = file::JournalFile::open_for_reading(&file::path(self.folder.path(), first)).unwrap();
        read.visit_headers_after(0, &mut |sequence, _| {
            left.insert(sequence);
        })
        .unwrap();
        let written = self.model.appended.range(first..).map(|(sequence, _)| *sequence);
        let lost: Vec<_> = written.filter(|sequence| !left.contains(sequence)).collect();
        if let (Some(first_lost), Some(last_left)) = (lost.first(), left.last()) {
            assert!(first_lost > last_left, "seed {}: a tear in the middle", self.seed);
        }
        for sequence in lost {
            let entry = self.model.appended.remove(&sequence).unwrap();
            self.model.known.retain(|known| *known != entry);
        }
        if read.digests().unwrap().is_none() {
            // So was the list of what earlier files held.
            self.model.known.clear();
        }
    }

    fn open_image(&mut self, image: TempDir) {
        self.journal = open(image.path());
        self.folder = image;
    }

    /// A bit of a file that is not written any more turns over.
    fn flip(&mut self) {
        let image = image_of(self.folder.path());
        let files = file::list(image.path()).unwrap();
        let &[first, next, ..] = &files[..] else { return };
        let path = file::path(image.path(), first);
        let mut bytes = fs::read(&path).unwrap();
        let place = self.random.usize(0..bytes.len());
        bytes[place] ^= 1 << self.random.u32(0..8);
        fs::write(&path, bytes).unwrap();
        self.model.damaged.extend(self.model.appended.range(first..next).map(|(sequence, _)| *sequence));
        self.open_image(image);
    }

    /// Damages one stored body of a file that is not written any more.
    fn damage(&mut self) {
        let files = file::list(self.folder.path()).unwrap();
        let Some(&first) = files.first().filter(|_| files.len() > 1) else { return };
        let connection = Connection::open(file::path(self.folder.path(), first)).unwrap();
        let target: Option<i64> = connection
            .query_row("SELECT sequence FROM entry ORDER BY random() LIMIT 1", [], |row| row.get(0))
            .ok();
        if let Some(target) = target
            && connection
                .execute("UPDATE entry SET body = CAST(body || x'00' AS BLOB) WHERE sequence = ?", [target])
                .is_ok()
        {
            self.model.damaged.insert(target.cast_unsigned());
        }
    }

    /// Everything still owed to every sink is there.
    async fn finish(mut self) {
        // One that is certainly new and fresh, so that there is an end to read to.
        self.numbers += 1;
        self.journal.make_room().await;
        let last = self.journal.append(entry(self.numbers, 10)).await;
        let last = number_of(last.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed)));
        self.model.appended.insert(last, entry(self.numbers, 10));
        let oldest = file::list(self.folder.path()).unwrap()[0];
        for sink in SINKS {
            let mut position = self.model.cursors.get(sink).copied().unwrap_or(0).max(oldest - 1);
            let reader = self.journal.reader(sink).unwrap();
            while position < last {
                let items = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
                // The last one was made at another time than its copy in the model.
                let to = items.iter().position(|item| item.last() == last).unwrap_or(items.len());
                self.check(position, &items[..to]);
                position = items.last().unwrap().last();
            }
            reader.acknowledge(position).await.unwrap();
        }
        // All acknowledged: only the file being written is left.
        assert_eq!(file::list(self.folder.path()).unwrap().len(), 1, "seed {}", self.seed);
    }
}

fn is_old(header: &Header) -> bool {
    header.received_ms < OLD_MS
}

#[tokio::test(flavor = "multi_thread")]
async fn random_histories_agree_with_the_model() {
    for seed in 0..8 {
        let mut run = Run::new(seed);
        for _ in 0..100 {
            run.step().await;
        }
        run.finish().await;
    }
}
