//! A sink and a journal that follow a script, and the diary of what delivery did with them. The clock is
//! paused: it jumps to whatever is due next, so an hour takes no time. The dead letters are real.

use super::Delivery;
use crate::dead_letter::DeadLetters;
use crate::journal::{Compression, Content, Entry, Header, Item, JournalError, JournalReader, Sequence};
use crate::sink::{Pace, Parcel, Refusal, Sink, Taken};
use crate::telemetry::Telemetry;
use crate::track::{Lane, Track};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

pub(super) const HOUR: Duration = Duration::from_hours(1);

/// What delivery did, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// A request with these entries was begun.
    Attempt(Vec<Sequence>),
    /// The sink had decided about an entry; whether for good.
    Answer(Sequence, bool),
    Acknowledge(Sequence),
}

#[derive(Clone, Default)]
pub(super) struct Diary(Arc<Mutex<Vec<(Instant, Deed)>>>, Arc<Notify>);

impl Diary {
    fn note(&self, deed: Deed) {
        self.0.lock().unwrap().push((Instant::now(), deed));
        self.1.notify_one();
    }

    pub(super) fn deeds(&self) -> Vec<Deed> {
        self.0.lock().unwrap().iter().map(|(_, deed)| deed.clone()).collect()
    }

    /// When requests with this entry were begun.
    pub(super) fn attempts(&self, sequence: Sequence) -> Vec<Instant> {
        let diary = self.0.lock().unwrap();
        let is_attempt = |deed: &Deed| matches!(deed, Deed::Attempt(group) if group.contains(&sequence));
        diary.iter().filter(|(_, deed)| is_attempt(deed)).map(|(at, _)| *at).collect()
    }

    /// Times between successive attempts at one entry.
    pub(super) fn waits(&self, sequence: Sequence) -> Vec<Duration> {
        self.attempts(sequence).windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// The entries settled by the sink, in order.
    pub(super) fn settled(&self) -> Vec<Sequence> {
        let settled = |deed| if let Deed::Answer(sequence, true) = deed { Some(sequence) } else { None };
        self.deeds().into_iter().filter_map(settled).collect()
    }

    pub(super) fn acknowledged(&self) -> Vec<Sequence> {
        let moved = |deed| if let Deed::Acknowledge(sequence) = deed { Some(sequence) } else { None };
        self.deeds().into_iter().filter_map(moved).collect()
    }

    pub(super) fn count(&self, is_counted: impl Fn(&Deed) -> bool) -> usize {
        self.deeds().iter().filter(|deed| is_counted(deed)).count()
    }
}

pub(super) type Answer = Result<Taken, Refusal>;

/// Answers per entry, used up from the front; afterwards everything is taken.
#[derive(Clone)]
pub(super) struct ScriptedSink {
    pub(super) diary: Diary,
    pub(super) answers: Arc<Mutex<HashMap<Sequence, VecDeque<Answer>>>>,
    pub(super) times: HashMap<Sequence, Duration>,
    /// Answers every request so until then.
    pub(super) away: Option<(Instant, Refusal)>,
    pub(super) pace: Pace,
}

impl ScriptedSink {
    /// The contract: a group that is not taken is not taken as a whole, so then only those that refuse it use
    /// an answer up.
    fn answer(&self, group: &[Sequence]) -> Vec<Answer> {
        if let Some((until, refusal)) = &self.away
            && Instant::now() < *until
        {
            return vec![Err(refusal.clone()); group.len()];
        }
        let mut scripts = self.answers.lock().unwrap();
        let mut next = |sequence: &Sequence, only_passing: bool| {
            let script = scripts.get_mut(sequence)?;
            script.pop_front_if(|answer| passes(answer) || !only_passing)
        };
        let refusals: Vec<_> = group.iter().filter_map(|sequence| next(sequence, true)).collect();
        match refusals.into_iter().next() {
            Some(refusal) => vec![refusal; group.len()],
            None => group.iter().map(|sequence| next(sequence, false).unwrap_or(Ok(Taken::Whole))).collect(),
        }
    }
}

fn passes(answer: &Answer) -> bool {
    matches!(answer, Err(Refusal::Retry { .. } | Refusal::Hold { .. }))
}

impl Sink for ScriptedSink {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn deliver<'a>(&'a self, parcels: &'a mut [Parcel]) -> BoxFuture<'a, Vec<Answer>> {
        let group: Vec<_> = parcels.iter().map(|parcel| parcel.sequence).collect();
        async move {
            self.diary.note(Deed::Attempt(group.clone()));
            let times = group.iter().filter_map(|sequence| self.times.get(sequence));
            if let Some(time) = times.max() {
                sleep(*time).await;
            }
            let answers = self.answer(&group);
            for (sequence, answer) in group.iter().zip(&answers) {
                self.diary.note(Deed::Answer(*sequence, !passes(answer)));
            }
            answers
        }
        .boxed()
    }
}

/// Gives its items when their time has come, and then nothing.
pub(super) struct ScriptedReader {
    diary: Diary,
    items: Mutex<VecDeque<(Instant, Vec<Item>)>>,
}

impl JournalReader for ScriptedReader {
    fn next(&self) -> BoxFuture<'_, Result<Vec<Item>, JournalError>> {
        let next = self.items.lock().unwrap().pop_front();
        let Some((at, items)) = next else { return future::pending().boxed() };
        sleep_until(at).map(|()| Ok(items)).boxed()
    }

    fn acknowledge(&self, sequence: Sequence) -> BoxFuture<'_, Result<(), JournalError>> {
        self.diary.note(Deed::Acknowledge(sequence));
        // As long as a write may take on a busy disk.
        sleep(Duration::from_millis(3)).map(Ok).boxed()
    }

    fn backlog(&self) -> u64 {
        0
    }
}

pub(super) fn entry(session: Option<&str>) -> Entry {
    let header = Header {
        received_ms: 1,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: session.map(str::to_owned),
        digest: None,
        compression: Compression::None,
        content: Content::Batch,
        client_address: None,
        user_agent: None,
    };
    Entry { header, body: Bytes::new() }
}

pub(super) fn entries(sequences: std::ops::RangeInclusive<Sequence>) -> Vec<Item> {
    sequences.map(|sequence| Item::Entry(sequence, entry(None))).collect()
}

pub(super) fn retry(after_s: Option<u64>) -> Answer {
    Err(Refusal::Retry { reason: "not now".into(), after: after_s.map(Duration::from_secs) })
}

pub(super) fn hold() -> Answer {
    Err(Refusal::Hold { reason: "answered 403".into() })
}

pub(super) fn never() -> Answer {
    Err(Refusal::Never { reason: "answered 400".into(), detail: "bad date".into() })
}

/// What is to happen.
pub(super) struct Scene {
    pub(super) answers: Vec<(Sequence, Vec<Answer>)>,
    pub(super) times: Vec<(Sequence, Duration)>,
    pub(super) away: Option<(Duration, Answer)>,
    /// By the time they are in the journal.
    pub(super) items: Vec<(Duration, Vec<Item>)>,
    pub(super) pace: Pace,
}

impl Default for Scene {
    fn default() -> Self {
        let pace = Pace { first_requests: 1, max_requests: 1, max_group_entries: 1 };
        let items = vec![(Duration::ZERO, entries(1..=1))];
        Self { answers: Vec::new(), times: Vec::new(), away: None, items, pace }
    }
}

pub(super) fn side_by_side(requests: usize) -> Pace {
    Pace { first_requests: requests, max_requests: requests, max_group_entries: 1 }
}

/// A delivery at work.
pub(super) struct Play {
    pub(super) diary: Diary,
    pub(super) folder: TempDir,
    pub(super) telemetry: Telemetry,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Scene {
    /// Runs delivery for a while.
    pub(super) async fn play(self, time: Duration) -> (Diary, String) {
        let play = self.begin();
        sleep(time).await;
        let metrics = play.telemetry.render();
        let diary = play.diary.clone();
        play.stop().await;
        (diary, metrics)
    }

    pub(super) fn begin(self) -> Play {
        self.begin_in(tempfile::tempdir().unwrap())
    }

    pub(super) fn begin_in(self, folder: TempDir) -> Play {
        let (diary, now) = (Diary::default(), Instant::now());
        let sink = ScriptedSink {
            diary: diary.clone(),
            answers: Arc::new(Mutex::new(
                self.answers.into_iter().map(|(sequence, script)| (sequence, script.into())).collect(),
            )),
            times: self.times.into_iter().collect(),
            away: self.away.map(|(time, answer)| (now + time, answer.unwrap_err())),
            pace: self.pace,
        };
        let items = self.items.into_iter().map(|(after, items)| (now + after, items)).collect();
        let reader = ScriptedReader { diary: diary.clone(), items: Mutex::new(items) };
        let telemetry = Telemetry::new().unwrap();
        let letters = Arc::new(DeadLetters::open(folder.path(), telemetry.clone()).unwrap());
        let stop = CancellationToken::new();
        let source: (_, Box<dyn JournalReader>) = (Lane::Events, Box::new(reader));
        let delivery = Delivery::new(Arc::new(sink), source, letters, telemetry.clone(), stop.clone());
        Play { diary, folder, telemetry, stop, running: tokio::spawn(delivery.run()) }
    }
}

impl Play {
    pub(super) async fn stop(self) -> TempDir {
        self.stop.cancel();
        timeout(Duration::from_mins(1), self.running).await.expect("stops when told").unwrap();
        self.folder
    }

    /// Waits for something that must happen within an hour of this clock.
    pub(super) async fn until(&self, what: &str, condition: impl Fn(&Diary) -> bool) {
        let waiting = async {
            while !condition(&self.diary) {
                // What is written down wakes this; what is only counted is looked at now and then.
                timeout(Duration::from_millis(100), self.diary.1.notified()).await.ok();
            }
        };
        assert!(timeout(HOUR, waiting).await.is_ok(), "not in time: {what}: {:?}", self.diary.deeds());
    }
}
