//! Delivery against a scripted sink and a scripted journal, on a clock that runs by itself.

use crate::delivery::Delivery;
use crate::journal::{Compression, Content, Entry, Header, Item, JournalError, JournalReader, Sequence};
use crate::sink::{Refusal, Sink};
use crate::telemetry::Telemetry;
use crate::track::{Lane, Track};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// What delivery did, in order.
#[derive(Clone, Debug, PartialEq)]
enum Deed {
    Attempt(Sequence),
    Acknowledge(Sequence),
    Bury(Sequence, String),
}

#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<(Instant, Deed)>>>);

impl Diary {
    fn note(&self, deed: Deed) {
        self.0.lock().unwrap().push((Instant::now(), deed));
    }

    fn deeds(&self) -> Vec<Deed> {
        self.0.lock().unwrap().iter().map(|(_, deed)| deed.clone()).collect()
    }

    /// Times between successive attempts at one entry.
    fn waits(&self, sequence: Sequence) -> Vec<Duration> {
        let diary = self.0.lock().unwrap();
        let attempts: Vec<_> =
            diary.iter().filter(|(_, deed)| *deed == Deed::Attempt(sequence)).map(|(at, _)| *at).collect();
        attempts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

/// Answers per entry, used up from the front; afterwards everything is taken.
struct ScriptedSink {
    diary: Diary,
    answers: Mutex<HashMap<Sequence, Vec<Refusal>>>,
    slow: Option<Sequence>,
    in_flight: usize,
}

impl Sink for ScriptedSink {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn max_in_flight(&self) -> usize {
        self.in_flight
    }

    fn deliver<'a>(&'a self, sequence: Sequence, _: &'a Entry) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            self.diary.note(Deed::Attempt(sequence));
            if self.slow == Some(sequence) {
                sleep(Duration::from_secs(1)).await;
            }
            let mut answers = self.answers.lock().unwrap();
            match answers.get_mut(&sequence) {
                Some(script) if !script.is_empty() => Err(script.remove(0)),
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

/// Gives its items once and then nothing.
struct ScriptedReader {
    diary: Diary,
    items: Vec<Item>,
}

impl JournalReader for ScriptedReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Item>, JournalError>> {
        let items = std::mem::take(&mut self.items);
        if items.is_empty() { future::pending().boxed() } else { future::ready(Ok(items)).boxed() }
    }

    fn acknowledge(&self, sequence: Sequence) -> BoxFuture<'_, Result<(), JournalError>> {
        self.diary.note(Deed::Acknowledge(sequence));
        future::ready(Ok(())).boxed()
    }

    fn bury(&self, sequence: Sequence, _: Entry, reason: String) -> BoxFuture<'_, Result<(), JournalError>> {
        self.diary.note(Deed::Bury(sequence, reason));
        future::ready(Ok(())).boxed()
    }

    fn backlog(&self) -> u64 {
        0
    }

    fn lane(&self) -> Lane {
        Lane::Events
    }
}

fn entry() -> Entry {
    let header = Header {
        received_ms: 1,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::None,
        content: Content::Batch,
        client_address: None,
        user_agent: None,
    };
    Entry { header, body: Bytes::new() }
}

fn entries(count: u64) -> Vec<Item> {
    (1..=count).map(|sequence| Item::Entry(sequence, entry())).collect()
}

fn retry(after_s: Option<u64>) -> Refusal {
    Refusal::Retry { reason: "not now".into(), after: after_s.map(Duration::from_secs) }
}

struct Scene {
    answers: Vec<(Sequence, Vec<Refusal>)>,
    items: Vec<Item>,
    slow: Option<Sequence>,
    in_flight: usize,
}

impl Default for Scene {
    fn default() -> Self {
        Self { answers: Vec::new(), items: entries(1), slow: None, in_flight: 1 }
    }
}

impl Scene {
    /// Runs delivery for a while; the clock jumps, so an hour takes no time.
    async fn play(self, time: Duration) -> (Diary, String) {
        let diary = Diary::default();
        let sink = ScriptedSink {
            diary: diary.clone(),
            answers: Mutex::new(self.answers.into_iter().collect()),
            slow: self.slow,
            in_flight: self.in_flight,
        };
        let reader = ScriptedReader { diary: diary.clone(), items: self.items };
        let telemetry = Telemetry::new().unwrap();
        let stop = CancellationToken::new();
        let delivery = Delivery::new(Arc::new(sink), Box::new(reader), telemetry.clone(), stop.clone());
        let running = tokio::spawn(delivery.run());
        sleep(time).await;
        let metrics = telemetry.render();
        stop.cancel();
        timeout(Duration::from_secs(5), running).await.expect("stops when told").unwrap();
        (diary, metrics)
    }
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_failing_sink_is_retried_with_growing_pauses_and_nothing_is_passed_over() {
    let scene = Scene { answers: vec![(1, vec![retry(None); 9])], items: entries(2), ..Scene::default() };
    let (diary, metrics) = scene.play(HOUR).await;
    let waits = diary.waits(1);
    assert_eq!(waits.len(), 9);
    for (index, wait) in waits.iter().enumerate() {
        let full = Duration::from_millis(500 << index.min(6)).min(Duration::from_secs(30));
        // A timer may fire up to a millisecond late.
        assert!(*wait >= full / 2 && *wait <= full + Duration::from_millis(2), "wait {index}: {wait:?}");
    }
    let last: Vec<_> = diary.deeds().split_off(9);
    let expected = [Deed::Attempt(1), Deed::Acknowledge(1), Deed::Attempt(2), Deed::Acknowledge(2)];
    assert_eq!(last, expected);
    assert!(metrics.contains(r#"outcome="delivered",sink="scripted",track="rum"} 2"#), "{metrics}");
    assert!(metrics.contains(r#"collector_delivery_failures_total{reaction="retry",sink="scripted"} 9"#));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_up_to_five_minutes() {
    let answers = vec![(1, vec![retry(Some(7)), retry(Some(100_000))])];
    let (diary, _) = Scene { answers, ..Scene::default() }.play(HOUR).await;
    let waits: Vec<_> = diary.waits(1).iter().map(Duration::as_secs).collect();
    assert_eq!(waits, [7, 300]);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_hold_the_sink_and_raise_the_alarm() {
    let hold = Refusal::Hold { reason: "403".into() };
    let answers = || vec![(1, vec![hold.clone(); 3])];
    let (diary, metrics) = Scene { answers: answers(), items: entries(2), ..Scene::default() }
        .play(Duration::from_secs(70))
        .await;
    assert_eq!(diary.deeds(), vec![Deed::Attempt(1); 3]);
    assert!(metrics.contains(r#"collector_delivery_held{lane="events",sink="scripted"} 1"#), "{metrics}");
    let (diary, metrics) =
        Scene { answers: answers(), items: entries(2), ..Scene::default() }.play(HOUR).await;
    assert_eq!(diary.deeds().last(), Some(&Deed::Acknowledge(2)));
    assert!(metrics.contains(r#"collector_delivery_held{lane="events",sink="scripted"} 0"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn an_entry_the_sink_will_never_take_is_set_aside_and_the_next_one_goes_on() {
    let never = Refusal::Never { reason: "answered 400".into(), detail: "bad date".into() };
    let scene = Scene { answers: vec![(1, vec![never])], items: entries(2), ..Scene::default() };
    let (diary, metrics) = scene.play(HOUR).await;
    let buried = Deed::Bury(1, "answered 400: bad date".into());
    assert_eq!(diary.deeds(), [Deed::Attempt(1), buried, Deed::Attempt(2), Deed::Acknowledge(2)]);
    assert!(metrics.contains(r#"outcome="refused_by_sink",sink="scripted",track="rum"} 1"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_keep_the_order_of_the_journal() {
    let scene = Scene { items: entries(3), slow: Some(1), in_flight: 3, ..Scene::default() };
    let (diary, _) = scene.play(HOUR).await;
    let attempts = [1, 2, 3].map(Deed::Attempt);
    let acknowledgements = [1, 2, 3].map(Deed::Acknowledge);
    assert_eq!(diary.deeds(), [attempts, acknowledgements].concat());
}

#[tokio::test(start_paused = true)]
async fn damaged_entries_are_counted_and_passed() {
    let items = vec![Item::Damaged { first: 1, last: 3 }, Item::Entry(4, entry())];
    let (diary, metrics) = Scene { items, ..Scene::default() }.play(HOUR).await;
    assert_eq!(diary.deeds(), [Deed::Acknowledge(3), Deed::Attempt(4), Deed::Acknowledge(4)]);
    assert!(metrics.contains(r#"outcome="damaged",sink="scripted",track="unknown"} 3"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn entries_that_are_too_old_are_counted_and_passed() {
    let items = vec![Item::Expired(1, entry().header), Item::Entry(2, entry())];
    let (diary, metrics) = Scene { items, ..Scene::default() }.play(HOUR).await;
    assert_eq!(diary.deeds(), [Deed::Acknowledge(1), Deed::Attempt(2), Deed::Acknowledge(2)]);
    assert!(metrics.contains(r#"outcome="expired",sink="scripted",track="rum"} 1"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn stopping_during_a_pause_leaves_the_entry_to_the_next_start() {
    let scene = Scene { answers: vec![(1, vec![retry(Some(100)); 9])], ..Scene::default() };
    let (diary, _) = scene.play(Duration::from_secs(10)).await;
    assert_eq!(diary.deeds(), [Deed::Attempt(1)]);
}
