//! A repeated body is kept once, for as long as promised, across crashes, and never in place of one that
//! failed.

use super::scene::{
    FILE_BYTES, SINKS, config, entry, entry_with_digest, eventually, image_of, number_of, open, open_with,
    paths, telemetry,
};
use super::{Appended, Journal, JournalError};
use crate::config::JournalConfig;
use crate::track::{Lane, Track};
use futures_util::future::join_all;
use std::fs;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_body_is_answered_and_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let first = entry_with_digest(1, 100);
    assert_eq!(journal.append(first.clone()).await.unwrap(), Appended::New(1));
    assert_eq!(journal.append(first.clone()).await.unwrap(), Appended::Repeated);
    // Another app or track is another body, and one without a digest is always new.
    let mut elsewhere = first.clone();
    elsewhere.header.application_id = "another".into();
    assert_eq!(journal.append(elsewhere).await.unwrap(), Appended::New(2));
    let mut logs = first.clone();
    logs.header.track = Track::Logs;
    assert_eq!(journal.append(logs).await.unwrap(), Appended::New(3));
    assert_eq!(journal.append(entry(4, 100)).await.unwrap(), Appended::New(4));
    assert_eq!(journal.append(entry(4, 100)).await.unwrap(), Appended::New(5));
    // After the window it is new again.
    let mut late = first;
    late.header.received_ms += config().dedupe_window.as_millis() as u64;
    assert_eq!(journal.append(late).await.unwrap(), Appended::New(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_of_one_group_are_written_once_and_both_answered() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for number in 0..50 {
        let twins = (0..4).map(|_| journal.append(entry_with_digest(number, 3_000)));
        let answers: Vec<_> = join_all(twins).await.into_iter().map(Result::unwrap).collect();
        let new = answers.iter().filter(|answer| matches!(answer, Appended::New(_))).count();
        assert_eq!(new, 1, "{answers:?}");
    }
    assert_eq!(journal.append(entry(99, 10)).await.unwrap(), Appended::New(51));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_holds_after_a_kill_even_for_bodies_whose_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let mut last = 0;
    for number in 1..=40 {
        last = number_of(journal.append(entry_with_digest(number, 4_000)).await.unwrap());
    }
    for sink in SINKS {
        journal.reader(sink).unwrap().acknowledge(last).await.unwrap();
    }
    assert_eq!(paths(folder.path()).len(), 1, "delivered files are gone");
    let mut image = image_of(folder.path());
    // Twice: what was reloaded is passed on.
    for _ in 0..2 {
        let journal = open(image.path());
        for number in 1..=40 {
            let again = journal.append(entry_with_digest(number, 4_000)).await.unwrap();
            assert_eq!(again, Appended::Repeated, "{number}");
        }
        number_of(journal.append(entry(99, FILE_BYTES as usize)).await.unwrap());
        number_of(journal.append(entry(99, 10)).await.unwrap());
        image = image_of(image.path());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_older_than_the_window_is_new_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let first = entry_with_digest(1, 100);
    journal.append(first.clone()).await.unwrap();
    let mut late = entry_with_digest(2, 100);
    late.header.received_ms += config().dedupe_window.as_millis() as u64;
    journal.append(late.clone()).await.unwrap();
    let image = image_of(folder.path());
    let journal = open(image.path());
    assert_eq!(journal.append(late).await.unwrap(), Appended::Repeated);
    let mut again = first;
    again.header.received_ms += config().dedupe_window.as_millis() as u64;
    assert_eq!(journal.append(again).await.unwrap(), Appended::New(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_failed_leaves_no_digest_behind() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, away) = (parent.path().join("journal"), parent.path().join("away"));
    let journal = open(&folder);
    // Fills the first file, so that the next append needs a new one, which the missing folder prevents.
    journal.append(entry_with_digest(1, FILE_BYTES as usize)).await.unwrap();
    fs::rename(&folder, &away).unwrap();
    let twins = join_all((0..2).map(|_| journal.append(entry_with_digest(2, 100)))).await;
    for answer in twins {
        assert!(matches!(answer, Err(JournalError::Unavailable(_))), "{answer:?}");
    }
    // What is on the disk already is so still.
    assert_eq!(journal.append(entry_with_digest(1, 100)).await.unwrap(), Appended::Repeated);
    fs::rename(&away, &folder).unwrap();
    eventually("recovers", || journal.trouble().is_none()).await;
    number_of(journal.append(entry_with_digest(2, 100)).await.unwrap());
    assert_eq!(journal.append(entry_with_digest(2, 100)).await.unwrap(), Appended::Repeated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_of_zero_keeps_every_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig { dedupe_window: Duration::ZERO, ..config() };
    let journal = open_with(folder.path(), Lane::Events, config, telemetry());
    for sequence in 1..=2 {
        assert_eq!(journal.append(entry_with_digest(1, 10)).await.unwrap(), Appended::New(sequence));
    }
}
