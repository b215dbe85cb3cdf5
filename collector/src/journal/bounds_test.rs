//! Lanes, size and age: what is refused, what gives way, and that each entry given up is counted once.

use super::scene::{
    FILE_BYTES, PATIENCE, SINKS, config, entry, eventually, intact, number_of, old_entry, open, open_with,
    paths, read_all, telemetry,
};
use super::{Appended, Entry, Item, Journal, JournalError, Journals};
use crate::config::{JournalConfig, WhenFull};
use crate::telemetry::Telemetry;
use crate::track::{Lane, Track};
use std::path::Path;
use tokio::time::timeout;

fn replay(number: u64, bytes: usize) -> Entry {
    let mut entry = entry(number, bytes);
    entry.header.track = Track::Replay;
    entry
}

fn lanes(folder: &Path, when_full: WhenFull, telemetry: &Telemetry) -> Journals {
    let config = JournalConfig { max_total_bytes: 8 * FILE_BYTES, when_full, ..config() };
    Journals::open(folder, config, &SINKS, telemetry.clone()).unwrap()
}

/// Value of the outcome counter of one sink.
fn outcomes(telemetry: &Telemetry, track: &str, sink: &str, outcome: &str) -> u64 {
    let labels = format!("outcome=\"{outcome}\",sink=\"{sink}\",track=\"{track}\"}} ");
    let text = telemetry.render();
    let value = text.lines().find_map(|line| line.split_once(&labels)?.1.parse().ok());
    value.unwrap_or(0)
}

async fn fill(journals: &Journals, make: impl Fn(u64, usize) -> Entry) -> u64 {
    let mut taken = 0;
    loop {
        match journals.append(make(taken + 1, 8_000)).await {
            Ok(_) => taken += 1,
            Err(error) => {
                assert!(matches!(error, JournalError::Full), "{error}");
                return taken;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_lane_has_its_own_numbers_and_cursors() {
    let folder = tempfile::tempdir().unwrap();
    let journals = lanes(folder.path(), WhenFull::Refuse, &telemetry());
    assert_eq!(journals.append(replay(1, 100)).await.unwrap(), Appended::New(1));
    assert_eq!(journals.append(entry(2, 100)).await.unwrap(), Appended::New(1));
    for (lane, track) in [(Lane::Events, Track::Rum), (Lane::Replay, Track::Replay)] {
        let reader = journals.reader("first", lane).unwrap();
        let items = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
        let [Item::Entry(1, entry)] = &items[..] else { panic!("{items:?}") };
        assert_eq!(entry.header.track, track);
    }
    // An acknowledgement in one lane is none in the other.
    journals.reader("first", Lane::Events).unwrap().acknowledge(1).await.unwrap();
    assert_eq!(journals.reader("first", Lane::Replay).unwrap().backlog(), 1);
    journals.close().await;
    assert!(matches!(journals.append(entry(3, 100)).await, Err(JournalError::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_journal_refuses_both_lanes_until_the_sinks_have_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = telemetry();
    let journals = lanes(folder.path(), WhenFull::Refuse, &telemetry);
    let last = fill(&journals, entry).await;
    assert!(matches!(journals.append(replay(1, 100)).await, Err(JournalError::Full)));
    assert!(journals.trouble().is_some(), "a load balancer should send elsewhere");
    for sink in SINKS {
        journals.reader(sink, Lane::Events).unwrap().acknowledge(last).await.unwrap();
    }
    assert!(journals.trouble().is_none());
    journals.append(entry(last + 1, 8_000)).await.unwrap();
    assert_eq!(outcomes(&telemetry, "rum", "first", "evicted"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_gives_way_to_events_and_is_counted_for_each_sink() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = telemetry();
    let journals = lanes(folder.path(), WhenFull::DropReplay, &telemetry);
    let replays = fill(&journals, replay).await;
    // One sink has handed out and acknowledged some, the other nothing.
    let reader = journals.reader("first", Lane::Replay).unwrap();
    let handed = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
    reader.acknowledge(2).await.unwrap();
    assert!(journals.trouble().is_none(), "events find room");
    let mut events = 0;
    while outcomes(&telemetry, "replay", "second", "evicted") < replays {
        number_of(journals.append(entry(events + 1, 8_000)).await.unwrap());
        events += 1;
        assert!(events < 1_000, "replay does not give way");
    }
    assert_eq!(outcomes(&telemetry, "replay", "second", "evicted"), replays);
    assert_eq!(outcomes(&telemetry, "replay", "first", "evicted"), replays - handed.len() as u64);
    // What was handed out may still be acknowledged; the cursor does not go back.
    reader.acknowledge(handed.last().unwrap().last()).await.unwrap();
    assert_eq!(journals.reader("first", Lane::Replay).unwrap().backlog(), 0);
    // Events themselves never give way.
    fill(&journals, entry).await;
    assert!(journals.trouble().is_some());
    assert_eq!(outcomes(&telemetry, "rum", "first", "evicted"), 0);
    let reader = journals.reader("first", Lane::Events).unwrap();
    let Item::Entry(1, _) = timeout(PATIENCE, reader.next()).await.unwrap().unwrap()[0] else {
        panic!("the first event is gone")
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_are_passed_one_by_one_among_fresh_ones() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for number in 1..=3 {
        journal.append(old_entry(number, 100)).await.unwrap();
    }
    journal.append(entry(4, 100)).await.unwrap();
    let items = read_all(&journal, 4).await;
    let expired = items.iter().filter(|item| matches!(item, Item::Expired(..))).count();
    assert_eq!((expired, intact(&items)), (3, vec![4]));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_old_entries_are_deleted_unread_and_counted_for_each_sink() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = telemetry();
    let journal = open_with(folder.path(), Lane::Events, config(), telemetry.clone());
    for number in 1..=40 {
        journal.append(old_entry(number, 4_000)).await.unwrap();
    }
    let last = number_of(journal.append(entry(41, FILE_BYTES as usize)).await.unwrap());
    number_of(journal.append(entry(42, 10)).await.unwrap());
    // The file that holds the fresh one stays.
    eventually("old files are gone", || {
        SINKS.iter().all(|sink| outcomes(&telemetry, "rum", sink, "expired") > 0)
            && paths(folder.path()).len() == 2
    })
    .await;
    let items = read_all(&journal, last + 1).await;
    let expired = items.iter().filter(|item| matches!(item, Item::Expired(..))).count() as u64;
    assert_eq!(expired + outcomes(&telemetry, "rum", "first", "expired"), 40);
    assert_eq!(intact(&items), [last, last + 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn size_and_limit_are_in_the_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = telemetry();
    let journals = lanes(folder.path(), WhenFull::Refuse, &telemetry);
    fill(&journals, entry).await;
    eventually("the gauges follow", || {
        let text = telemetry.render();
        let bytes =
            text.lines().find_map(|line| line.strip_prefix("collector_journal_bytes{lane=\"events\"} "));
        bytes.is_some_and(|bytes| bytes.parse::<u64>().unwrap() >= 6 * FILE_BYTES)
    })
    .await;
    assert!(telemetry.render().contains(&format!("collector_journal_limit_bytes {}", 8 * FILE_BYTES)));
    assert!(telemetry.render().contains("collector_journal_ready{lane=\"replay\"} 1"));
}
