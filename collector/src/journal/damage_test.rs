//! Damage and disks that refuse: each costs what it touches and never a stop.

use super::scene::{
    FILE_BYTES, SINKS, config, entry, eventually, filled, image_of, intact, lost, number_of, open, paths,
    read_all, telemetry,
};
use super::{Appended, Journal, JournalError, Room, Sequence, SqliteJournal, file};
use crate::track::Lane;
use rusqlite::Connection;
use std::fs;

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
    // A page of the file's middle: rows before and after it must survive.
    let page_bytes = file::PAGE_BYTES as usize;
    let mut bytes = fs::read(&files[0]).unwrap();
    let middle = bytes.len() / page_bytes / 2 * page_bytes;
    bytes[middle..middle + page_bytes].fill(0xaa);
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
    eventually("recovers without a request", || journal.trouble().is_none()).await;
    let sequence = number_of(journal.append(entry(3, 100)).await.unwrap());
    let items = read_all(&journal, sequence).await;
    assert_eq!(intact(&items), [1, sequence]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_collector_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let second = SqliteJournal::open(folder.path(), Lane::Events, &SINKS, Room::new(config(), telemetry()));
    let Err(error) = second else { panic!("both run") };
    assert!(error.to_string().contains("another collector"), "{error}");
    journal.append(entry(1, 100)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_loses_nothing_uncounted_and_invents_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    journal.close().await;
    drop(journal);
    let whole = fs::read(&files[0]).unwrap();
    let second: Sequence = file::list(folder.path()).unwrap()[1];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..60 {
        let mut bytes = whole.clone();
        let (place, bit) = (random.usize(0..bytes.len()), random.u32(0..8));
        bytes[place] ^= 1 << bit;
        let image = image_of(folder.path());
        fs::write(image.path().join(files[0].file_name().unwrap()), bytes).unwrap();
        let journal = open(image.path());
        let items = read_all(&journal, 60).await;
        let lost: Vec<Sequence> = lost(&items).into_iter().flat_map(|(first, last)| first..=last).collect();
        let mut accounted: Vec<_> = intact(&items).into_iter().chain(lost.iter().copied()).collect();
        accounted.sort_unstable();
        assert_eq!(accounted, (1..=60).collect::<Vec<_>>(), "bit {bit} of byte {place}");
        assert!(lost.iter().all(|sequence| *sequence < second), "bit {bit} of byte {place}: {lost:?}");
        for pair in items.windows(2) {
            assert!(pair[0].last() < pair[1].last(), "bit {bit} of byte {place}");
        }
    }
}

/// The number of a row is part of how rows are found, so a wrong one misleads SQLite about its neighbours.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_under_a_wrong_number_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for number in 1..=200 {
        // Small, so that many share a page.
        journal.append(entry(number, 60)).await.unwrap();
    }
    journal.close().await;
    drop(journal);
    let path = &paths(folder.path())[0];
    let whole = fs::read(path).unwrap();
    // Before the row's columns stand its length, here two bytes of which the first is 0x81, and its number.
    let name = whole.windows(8).position(|window| window == b"entry 90").unwrap();
    let number = (name - 150..name).rev().find(|at| whole[*at] == 90 && whole[*at - 2] == 0x81).unwrap();
    for wrong in [1_u8, 85, 127] {
        let mut bytes = whole.clone();
        bytes[number] = wrong;
        let image = image_of(folder.path());
        fs::write(image.path().join(path.file_name().unwrap()), bytes).unwrap();
        let journal = open(image.path());
        let items = read_all(&journal, 200).await;
        assert_eq!(lost(&items), [(90, 90)], "{wrong}");
        assert_eq!(intact(&items).len(), 199, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_write_ahead_log_costs_what_lies_behind_the_tear() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for number in 1..=8 {
        journal.append(entry(number, 2_000)).await.unwrap();
    }
    let image = image_of(folder.path());
    drop(journal);
    let log = paths(image.path())[0].with_extension("sqlite-wal");
    let bytes = fs::read(&log).unwrap();
    let starts: Vec<_> = (1..=8)
        .map(|number| {
            let name = format!("entry {number}");
            bytes.windows(name.len()).position(|window| window == name.as_bytes()).unwrap()
        })
        .collect();
    for kept in 0..8 {
        // The tear goes through the first page that holds entry `kept + 1`.
        let torn = image_of(image.path());
        let log = torn.path().join(log.file_name().unwrap());
        fs::write(&log, &bytes[..starts[kept]]).unwrap();
        let journal = open(torn.path());
        let next = journal.append(entry(100, 100)).await.unwrap();
        assert_eq!(next, Appended::New(kept as u64 + 1));
        let items = read_all(&journal, number_of(next)).await;
        assert_eq!(intact(&items), (1..=kept as u64 + 1).collect::<Vec<_>>());
    }
}

/// Every state a crash may leave while a delivered file is being unlinked.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_unlinked_file_is_finished_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    // The first file as it is before it is deleted, with companions.
    let aside = tempfile::tempdir().unwrap();
    let names = ["sqlite", "sqlite-wal", "sqlite-shm"];
    let first = &files[0];
    fs::copy(first, aside.path().join("sqlite")).unwrap();
    fs::write(aside.path().join("sqlite-wal"), b"what a reader left").unwrap();
    fs::write(aside.path().join("sqlite-shm"), b"").unwrap();
    let second: Sequence = file::list(folder.path()).unwrap()[1];
    for sink in SINKS {
        journal.reader(sink).unwrap().acknowledge(second - 1).await.unwrap();
    }
    assert!(!first.exists());
    journal.close().await;
    drop(journal);
    // In the order of unlinking, and as power loss may reorder it.
    for left in [&names[..], &names[1..], &names[2..], &names[..1], &[names[0], names[2]]] {
        let image = image_of(folder.path());
        for name in left {
            let path = image.path().join(first.file_name().unwrap()).with_extension(name);
            fs::copy(aside.path().join(name), path).unwrap();
        }
        let journal = open(image.path());
        for name in names {
            let path = image.path().join(first.file_name().unwrap()).with_extension(name);
            assert!(!path.exists(), "{left:?}: {name} is still there");
        }
        assert_eq!(journal.append(entry(61, 100)).await.unwrap(), Appended::New(61));
        assert_eq!(intact(&read_all(&journal, 61).await), (second..=61).collect::<Vec<_>>(), "{left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_write_ahead_log_is_gone_costs_its_own_entries() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, files) = filled(folder.path()).await;
    journal.close().await;
    drop(journal);
    // What SQLite writes before the first commit: a database without a table.
    fs::remove_file(&files[0]).unwrap();
    let connection = Connection::open(&files[0]).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    drop(connection);
    let journal = open(folder.path());
    let items = read_all(&journal, 60).await;
    let second: Sequence = file::list(folder.path()).unwrap()[1];
    assert_eq!(lost(&items), [(1, second - 1)]);
    assert_eq!(intact(&items).len() as u64, 60 - (second - 1));
}
