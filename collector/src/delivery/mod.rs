//! From the journal to one sink: with retries, in order within a session, and with exactly one outcome per
//! entry.
//!
//! ```text
//! journal ──> window ──────────────────> requests ────────────> sink
//!             order of each session      as many as the sink      │ taken, refused, not now
//!   cursor <── everything before <────── answers quickly <────────┘
//!              it is settled             one, while it is away
//! ```
//! Reading, sending and moving the cursor go on side by side. A sink that is away or holds its hand up stops
//! its own delivery only, and the journal keeps what is owed to it. What a sink will never take goes to the
//! dead letters, from where `collector deadletter replay` puts it back here.

mod circuit;
mod concurrency;
mod run;
mod window;

#[cfg(test)]
mod concurrency_test;
#[cfg(test)]
mod property_test;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;

use crate::dead_letter::{Burial, DeadLetters};
use crate::journal::JournalReader;
use crate::outcome::Outcome;
use crate::sink::{Parcel, Refusal, RefusedPart, Sink, Taken};
use crate::telemetry::{EventLoss, Telemetry};
use crate::trace::Trace;
use crate::track::Lane;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use window::{Origin, Slip};

/// First wait after a failed attempt; doubles up to the longest. The longest is for one entry that draws errors
/// while others pass; an end of the sink's own outage ends every wait but those it asked for.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Wait after the sink refused our credentials: somebody has to act, so hurrying does not help. It ends early
/// when the sink has other credentials.
const HOLD_RETRY: Duration = Duration::from_secs(30);

/// Longest `Retry-After` that is obeyed; beyond it the sink is asked again anyway.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// Failures of one entry, each while the sink took others, after which the entry is taken to be at fault: some
/// three minutes of them. Without an end it would hold everything up, once the window is settled behind it.
const MAX_FAILURES_ALONE: u32 = 12;

/// Wait before the journal is tried again when it cannot be read or its cursor cannot be written.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// Least time between two writes of the cursor: what a crash repeats beyond what was in flight, against a
/// write for every entry.
const CURSOR_INTERVAL: Duration = Duration::from_millis(10);

/// How often the dead letters are asked for some to be put back.
const LETTER_INTERVAL: Duration = Duration::from_secs(2);

/// One log line about failures in this time, per sink. Every failure is counted.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Moves the entries of one lane to one sink until stopped.
pub struct Delivery {
    sink: Arc<dyn Sink>,
    lane: Lane,
    reader: Box<dyn JournalReader>,
    letters: Arc<DeadLetters>,
    telemetry: Telemetry,
    stop: CancellationToken,
    last_log: Mutex<Option<Instant>>,
}

/// A request with its answers.
struct Finished {
    answers: Vec<(Slip, Parcel, Verdict)>,
    took: Duration,
    is_probe: bool,
    /// Whether it was one request: only then its time says something about the sink.
    is_single: bool,
}

/// What follows from an answer.
enum Verdict {
    /// Nothing is owed any more; all that had to be written is.
    Settled,
    Later {
        after: Option<Duration>,
    },
    Held,
    /// Asked to stop before the outcome could be written; delivered again after the next start.
    Stopped,
}

/// Asked to stop.
struct Stopped;

impl Delivery {
    /// Delivers from `reader`, which reads `lane`, to `sink`.
    pub fn new(
        sink: Arc<dyn Sink>,
        (lane, reader): (Lane, Box<dyn JournalReader>),
        letters: Arc<DeadLetters>,
        telemetry: Telemetry,
        stop: CancellationToken,
    ) -> Self {
        Self { sink, lane, reader, letters, telemetry, stop, last_log: Mutex::new(None) }
    }

    /// Works until stopped. Attempts under way are finished first.
    pub async fn run(self) {
        run::Run::new(&self).until_stopped().await;
    }

    /// One request, to the point where its outcome is written.
    async fn attempt(&self, group: Vec<(Slip, Parcel)>, is_probe: bool) -> Finished {
        let (slips, mut parcels): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let started = Instant::now();
        let delivering = self.sink.deliver(&mut parcels);
        let mut results = Trace::begin().run("delivery", |_| None, delivering).await;
        let took = started.elapsed();
        let is_single = !parcels.iter().any(|parcel| parcel.progress.is_divided());
        // A sink that answers too little has not taken the rest.
        let unanswered = || Err(Refusal::Retry { reason: "the sink gave no answer".into(), after: None });
        results.resize_with(slips.len(), unanswered);
        let mut answers = Vec::with_capacity(slips.len());
        for ((slip, parcel), result) in slips.into_iter().zip(parcels).zip(results) {
            let verdict = self.judge(&slip, &parcel, result).await;
            answers.push((slip, parcel, verdict));
        }
        Finished { answers, took, is_probe, is_single }
    }

    async fn judge(&self, slip: &Slip, parcel: &Parcel, result: Result<Taken, Refusal>) -> Verdict {
        let sink = self.sink.name();
        let written = match result {
            Ok(Taken::Whole) => self.taken(slip, parcel, Vec::new()).await,
            Ok(Taken::But(parts)) => self.taken(slip, parcel, parts).await,
            Err(Refusal::Never { reason, detail }) => self.refused(slip, parcel, reason, detail).await,
            Err(Refusal::Hold { reason }) => {
                self.telemetry.count_delivery_failure(sink, "hold");
                self.telemetry.set_held(sink, self.lane, true);
                self.log(|sink| error!(event = "delivery_held", sink, %reason));
                return Verdict::Held;
            }
            Err(Refusal::Retry { reason, .. }) if slip.failures_alone >= MAX_FAILURES_ALONE => {
                let reason =
                    format!("{reason}, for the {}th time while others were taken", slip.attempts + 1);
                self.refused(slip, parcel, reason, String::new()).await
            }
            Err(Refusal::Retry { reason, after }) => {
                self.telemetry.count_delivery_failure(sink, "retry");
                self.log(|sink| warn!(event = "delivery_retried", sink, %reason));
                return Verdict::Later { after: after.map(|after| after.min(LONGEST_RETRY_AFTER)) };
            }
        };
        written.map_or(Verdict::Stopped, |()| Verdict::Settled)
    }

    async fn taken(&self, slip: &Slip, parcel: &Parcel, refused: Vec<RefusedPart>) -> Result<(), Stopped> {
        let (sink, header) = (self.sink.name(), &parcel.entry.header);
        let lost = refused.iter().map(|part| part.events).sum();
        if lost > 0 {
            self.telemetry.count_delivery_failure(sink, "refuse");
            self.log(|sink| warn!(event = "events_refused", sink, sequence = parcel.sequence, lost));
        }
        let burials: Vec<_> = refused
            .into_iter()
            .map(|part| self.burial(slip, parcel, part.first_event, (part.reason, part.detail), part.entry))
            .collect();
        if !burials.is_empty() || slip.origin != Origin::Journal {
            self.bury(slip, burials).await?;
        }
        match slip.origin {
            Origin::Journal => {
                self.telemetry.count_lost_events(&header.app_name, EventLoss::RefusedBySink, lost);
                self.telemetry.count_delivery(Some(header), sink, Outcome::Delivered);
            }
            Origin::Letter { id, .. } => {
                self.telemetry.count_replayed_letter(sink, "delivered");
                info!(target: "audit", event = "dead_letter_delivered", id, sink);
            }
        }
        Ok(())
    }

    async fn refused(
        &self,
        slip: &Slip,
        parcel: &Parcel,
        reason: String,
        detail: String,
    ) -> Result<(), Stopped> {
        let (sink, header) = (self.sink.name(), &parcel.entry.header);
        self.telemetry.count_delivery_failure(sink, "refuse");
        self.log(|sink| warn!(event = "entry_refused", sink, sequence = parcel.sequence, %reason));
        let entry = (*parcel.entry).clone();
        self.bury(slip, vec![self.burial(slip, parcel, 0, (reason, detail), entry)]).await?;
        match slip.origin {
            Origin::Journal => self.telemetry.count_delivery(Some(header), sink, Outcome::RefusedBySink),
            Origin::Letter { id, .. } => {
                self.telemetry.count_replayed_letter(sink, "refused");
                info!(target: "audit", event = "dead_letter_refused_again", id, sink);
            }
        }
        Ok(())
    }

    fn burial(
        &self,
        slip: &Slip,
        parcel: &Parcel,
        first_event: u32,
        (reason, detail): (String, String),
        entry: crate::journal::Entry,
    ) -> Burial {
        let before = match slip.origin {
            Origin::Journal => 0,
            Origin::Letter { first_event, .. } => first_event,
        };
        Burial {
            sink: self.sink.name(),
            lane: self.lane,
            sequence: parcel.sequence,
            first_event: before + first_event,
            reason,
            detail,
            entry,
        }
    }

    /// Repeats until it is written: going on without would lose a dead letter.
    async fn bury(&self, slip: &Slip, burials: Vec<Burial>) -> Result<(), Stopped> {
        let replaced = match slip.origin {
            Origin::Journal => None,
            Origin::Letter { id, .. } => Some(id),
        };
        let burials = Arc::new(burials);
        while let Err(error) = self.letters.bury(burials.clone(), replaced).await {
            self.log(|sink| error!(event = "dead_letter_not_written", sink, %error));
            tokio::select! {
                () = self.stop.cancelled() => return Err(Stopped),
                () = sleep(JOURNAL_RETRY) => {}
            }
        }
        Ok(())
    }

    /// The next failure is news again, however soon it comes.
    fn log_anew(&self) {
        *self.last_log.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn log(&self, line: impl FnOnce(&str)) {
        let mut last_log = self.last_log.lock().unwrap_or_else(PoisonError::into_inner);
        if last_log.is_none_or(|last| last.elapsed() >= LOG_INTERVAL) {
            *last_log = Some(Instant::now());
            line(self.sink.name());
        }
    }
}

/// Half to all of the delay, so that collectors which failed together do not come back together.
pub(crate) fn jitter(delay: Duration) -> Duration {
    delay.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// The wait after so many failed attempts at one entry.
fn back_off(attempts: u32) -> Duration {
    jitter(FIRST_RETRY.saturating_mul(2_u32.saturating_pow(attempts)).min(LONGEST_RETRY))
}
