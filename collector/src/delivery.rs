//! From the journal to one sink: in order, with retries, and with exactly one outcome per entry.
//!
//! Several entries are in flight at once, or one slow answer would hold all others up; acknowledgements keep
//! the journal's order, so a crash repeats at most what was in flight. A sink that is away or holds its hand
//! up stops its own delivery only, and the journal keeps what is owed to it.

use crate::journal::{Entry, Item, JournalError, JournalReader, Sequence};
use crate::outcome::Outcome;
use crate::sink::{Refusal, Sink};
use crate::telemetry::Telemetry;
use futures_util::{StreamExt, stream};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// First wait after a failed attempt; doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Wait after the sink refused our credentials: somebody has to act, so hurrying does not help. It ends early when
/// the sink has other credentials.
const HOLD_RETRY: Duration = Duration::from_secs(30);

/// Longest `Retry-After` that is obeyed; beyond it the sink is asked again anyway.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// Wait before the journal is tried again when it cannot be read or its cursor cannot be written.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// One log line about failures in this time, per sink. Every failure is counted.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Moves entries to one sink until stopped.
pub struct Delivery {
    sink: Arc<dyn Sink>,
    reader: Box<dyn JournalReader>,
    telemetry: Telemetry,
    stop: CancellationToken,
    last_log: Mutex<Option<Instant>>,
}

/// What is owed to the journal once the sink has decided.
enum Settlement {
    Acknowledge(Sequence),
    Bury { sequence: Sequence, entry: Box<Entry>, reason: String },
}

/// Asked to stop before the sink decided; the entry is delivered after the next start.
struct Stopped;

impl Delivery {
    /// Delivers from `reader` to `sink`.
    pub fn new(
        sink: Arc<dyn Sink>,
        reader: Box<dyn JournalReader>,
        telemetry: Telemetry,
        stop: CancellationToken,
    ) -> Self {
        Self { sink, reader, telemetry, stop, last_log: Mutex::new(None) }
    }

    /// Works until stopped. Attempts under way are finished first.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        loop {
            let items = tokio::select! {
                () = stop.cancelled() => return,
                items = self.reader.next() => items,
            };
            let delivered = match items {
                Ok(items) => self.deliver(items).await,
                Err(JournalError::Closed) => return,
                Err(error) => {
                    self.log(|sink| error!(event = "journal_read_failed", sink, %error));
                    self.pause(JOURNAL_RETRY).await
                }
            };
            if let Err(Stopped) = delivered {
                return;
            }
        }
    }

    async fn deliver(&self, items: Vec<Item>) -> Result<(), Stopped> {
        self.telemetry.set_backlog(self.sink.name(), self.reader.lane(), self.reader.backlog());
        let mut settlements =
            stream::iter(items).map(|item| self.settle(item)).buffered(self.sink.max_in_flight());
        while let Some(settlement) = settlements.next().await {
            match settlement? {
                Settlement::Acknowledge(sequence) => {
                    self.until_written(|| self.reader.acknowledge(sequence)).await?;
                }
                Settlement::Bury { sequence, entry, reason } => {
                    self.until_written(|| self.reader.bury(sequence, (*entry).clone(), reason.clone()))
                        .await?;
                }
            }
        }
        self.telemetry.set_backlog(self.sink.name(), self.reader.lane(), self.reader.backlog());
        Ok(())
    }

    async fn settle(&self, item: Item) -> Result<Settlement, Stopped> {
        let sink = self.sink.name();
        let (sequence, entry) = match item {
            Item::Entry(sequence, entry) => (sequence, entry),
            Item::Expired(sequence, header) => {
                self.telemetry.count_delivery(Some(&header), sink, Outcome::Expired);
                return Ok(Settlement::Acknowledge(sequence));
            }
            Item::Damaged { first, last } => {
                error!(event = "entries_damaged", sink, first, last);
                for _ in first..=last {
                    self.telemetry.count_delivery(None, sink, Outcome::Damaged);
                }
                return Ok(Settlement::Acknowledge(last));
            }
        };
        let count = |outcome| self.telemetry.count_delivery(Some(&entry.header), sink, outcome);
        let mut backoff = FIRST_RETRY;
        loop {
            match self.sink.deliver(sequence, &entry).await {
                Ok(()) => {
                    self.clear_alarm();
                    count(Outcome::Delivered);
                    return Ok(Settlement::Acknowledge(sequence));
                }
                Err(Refusal::Never { reason, detail }) => {
                    self.telemetry.count_delivery_failure(sink, "refuse");
                    self.log(|sink| warn!(event = "entry_refused", sink, sequence, %reason));
                    count(Outcome::RefusedBySink);
                    let reason = format!("{reason}: {detail}");
                    return Ok(Settlement::Bury { sequence, entry: Box::new(entry), reason });
                }
                Err(Refusal::Hold { reason }) => {
                    self.telemetry.count_delivery_failure(sink, "hold");
                    self.telemetry.set_held(sink, self.reader.lane(), true);
                    self.log(|sink| error!(event = "delivery_held", sink, %reason));
                    tokio::select! {
                        paused = self.pause(HOLD_RETRY) => paused?,
                        () = self.sink.may_resume() => {}
                    }
                }
                Err(Refusal::Retry { reason, after }) => {
                    self.telemetry.count_delivery_failure(sink, "retry");
                    self.log(|sink| warn!(event = "delivery_retried", sink, %reason));
                    let wait = after.map_or_else(|| jitter(backoff), |after| after.min(LONGEST_RETRY_AFTER));
                    backoff = (backoff * 2).min(LONGEST_RETRY);
                    self.pause(wait).await?;
                }
            }
        }
    }

    /// Repeats a write to the cursors until it succeeds: going on without would lose a dead letter.
    async fn until_written<F: Future<Output = Result<(), JournalError>>>(
        &self,
        write: impl Fn() -> F,
    ) -> Result<(), Stopped> {
        while let Err(error) = write().await {
            self.log(|sink| error!(event = "cursor_not_written", sink, %error));
            self.pause(JOURNAL_RETRY).await?;
        }
        Ok(())
    }

    async fn pause(&self, time: Duration) -> Result<(), Stopped> {
        // While a sink is away this is the only thing that still happens, and the backlog is what grows.
        self.telemetry.set_backlog(self.sink.name(), self.reader.lane(), self.reader.backlog());
        tokio::select! {
            () = self.stop.cancelled() => Err(Stopped),
            () = sleep(time) => Ok(()),
        }
    }

    fn clear_alarm(&self) {
        let mut last_log = self.last_log.lock().unwrap_or_else(PoisonError::into_inner);
        if last_log.take().is_some() {
            info!(event = "delivery_resumed", sink = self.sink.name());
        }
        self.telemetry.set_held(self.sink.name(), self.reader.lane(), false);
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
