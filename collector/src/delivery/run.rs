//! The loop of one delivery: what is under way, and what each event of it allows next.

use super::circuit::Circuit;
use super::concurrency::Concurrency;
use super::window::{Slip, Window};
use super::{
    CURSOR_INTERVAL, Delivery, Finished, HOLD_RETRY, JOURNAL_RETRY, LETTER_INTERVAL, Verdict, back_off,
};
use crate::dead_letter::Letter;
use crate::journal::{Item, JournalError, Sequence};
use crate::outcome::Outcome;
use crate::sink::{Pace, Parcel};
use futures_util::future::{BoxFuture, pending};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tracing::{error, info};

/// Longest sleep when nothing is due; it only bounds arithmetic.
const IDLE: Duration = Duration::from_mins(1);

pub(super) struct Run<'a> {
    delivery: &'a Delivery,
    pace: Pace,
    window: Window,
    circuit: Circuit,
    concurrency: Concurrency,
    in_flight: FuturesUnordered<BoxFuture<'a, Finished>>,
    /// A read is never broken off: what it has found is given only once.
    reading: Option<BoxFuture<'a, Result<Vec<Item>, JournalError>>>,
    read_at: Instant,
    /// How far the cursor may move, until it has.
    settled_to: Option<Sequence>,
    moving_cursor: Option<BoxFuture<'a, (Sequence, Result<(), JournalError>)>>,
    move_cursor_at: Instant,
    asking_for_letters: Option<BoxFuture<'a, Vec<Letter>>>,
    /// While held: ends when the sink has reason to be asked again.
    resuming: Option<BoxFuture<'a, ()>>,
    ask_for_letters_at: Instant,
    is_stopping: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(delivery: &'a Delivery) -> Self {
        let (pace, now) = (delivery.sink.pace(), Instant::now());
        Self {
            delivery,
            pace,
            window: Window::default(),
            circuit: Circuit::default(),
            concurrency: Concurrency::new(pace.first_requests, pace.max_requests),
            in_flight: FuturesUnordered::new(),
            reading: None,
            read_at: now,
            settled_to: None,
            moving_cursor: None,
            move_cursor_at: now,
            asking_for_letters: None,
            resuming: None,
            ask_for_letters_at: now,
            is_stopping: false,
        }
    }

    pub(super) async fn until_stopped(mut self) {
        let stop = self.delivery.stop.clone();
        loop {
            let now = Instant::now();
            self.start_what_may(now);
            if self.is_stopping && self.in_flight.is_empty() && self.moving_cursor.is_none() {
                return;
            }
            let wake = self.next_wake(now);
            tokio::select! {
                Some(finished) = self.in_flight.next() => self.finish(finished),
                items = done(&mut self.reading) => self.admit(items),
                moved = done(&mut self.moving_cursor) => self.cursor_moved(moved),
                letters = done(&mut self.asking_for_letters) => {
                    for letter in letters {
                        self.window.admit_letter(letter);
                    }
                }
                () = done(&mut self.resuming) => self.circuit.probe_now(Instant::now()),
                () = sleep_until(wake) => {}
                () = stop.cancelled(), if !self.is_stopping => self.is_stopping = true,
            }
        }
    }

    fn start_what_may(&mut self, now: Instant) {
        let delivery = self.delivery;
        if let Some(sequence) = self.window.acknowledgeable() {
            self.settled_to = Some(sequence);
        }
        // The last move is not put off.
        if self.moving_cursor.is_none() && (now >= self.move_cursor_at || self.is_stopping) {
            self.moving_cursor = self
                .settled_to
                .map(|to| delivery.reader.acknowledge(to).map(move |moved| (to, moved)).boxed());
        }
        if self.is_stopping {
            return;
        }
        if self.reading.is_none() && now >= self.read_at && self.window.has_room() {
            self.reading = Some(delivery.reader.next());
        }
        if self.asking_for_letters.is_none() && now >= self.ask_for_letters_at {
            self.report_backlog();
            self.ask_for_letters_at = now + LETTER_INTERVAL;
            let requested = delivery.letters.requested(delivery.sink.name(), delivery.lane);
            self.asking_for_letters = Some(requested.boxed());
        }
        self.window.wake(now);
        match self.circuit.probe_at() {
            Some(at) => {
                if now >= at
                    && let Some(parcel) = self.window.take_probe()
                {
                    self.circuit.probed(now);
                    self.send(vec![parcel], true);
                }
            }
            None => {
                while self.in_flight.len() < self.concurrency.limit(now) {
                    let group = self.window.take(self.pace.max_group_entries, now);
                    if group.is_empty() {
                        break;
                    }
                    self.send(group, false);
                    self.concurrency.sent(self.in_flight.len());
                }
            }
        }
    }

    fn send(&mut self, group: Vec<(Slip, Parcel)>, is_probe: bool) {
        self.in_flight.push(self.delivery.attempt(group, is_probe).boxed());
    }

    /// What is due next. What is due already waits for something else and is looked at when that happens.
    fn next_wake(&self, now: Instant) -> Instant {
        let letters = (!self.is_stopping).then_some(self.ask_for_letters_at);
        let read = (self.reading.is_none() && !self.is_stopping).then_some(self.read_at);
        let cursor = self.settled_to.map(|_| self.move_cursor_at);
        let due = [letters, read, cursor, self.window.next_wake(), self.circuit.probe_at()];
        due.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(now + IDLE)
    }

    fn admit(&mut self, items: Result<Vec<Item>, JournalError>) {
        let delivery = self.delivery;
        match items {
            Ok(items) => items.into_iter().for_each(|item| self.admit_item(item)),
            Err(JournalError::Closed) => self.is_stopping = true,
            Err(error) => {
                delivery.log(|sink| error!(event = "journal_read_failed", sink, %error));
                self.read_at = Instant::now() + JOURNAL_RETRY;
            }
        }
        self.report_backlog();
    }

    fn admit_item(&mut self, item: Item) {
        match item {
            Item::Entry(sequence, entry) => self.window.admit(sequence, entry),
            Item::Expired(sequence, header) => {
                let sink = self.delivery.sink.name();
                self.delivery.telemetry.count_delivery(Some(&header), sink, Outcome::Expired);
                self.window.pass(sequence);
            }
            Item::Damaged { first, last } => {
                let sink = self.delivery.sink.name();
                error!(event = "entries_damaged", sink, first, last);
                for _ in first..=last {
                    self.delivery.telemetry.count_delivery(None, sink, Outcome::Damaged);
                }
                self.window.pass(last);
            }
        }
    }

    fn cursor_moved(&mut self, (to, moved): (Sequence, Result<(), JournalError>)) {
        let now = Instant::now();
        match moved {
            Ok(()) => {
                // More may have been settled meanwhile.
                self.settled_to.take_if(|settled_to| *settled_to == to);
                self.move_cursor_at = now + CURSOR_INTERVAL;
            }
            Err(error) => {
                self.delivery.log(|sink| error!(event = "cursor_not_written", sink, %error));
                self.move_cursor_at = now + JOURNAL_RETRY;
                if self.is_stopping {
                    // The next start repeats a little; the stop does not wait for the disk.
                    self.settled_to = None;
                }
            }
        }
        self.report_backlog();
    }

    fn finish(&mut self, finished: Finished) {
        let now = Instant::now();
        let Finished { answers, took, is_probe, is_single } = finished;
        let (mut failure, mut is_held, mut is_answered) = (None, false, false);
        // One wait for all, so that a group stays together.
        let wait = back_off(answers.iter().map(|(slip, ..)| slip.attempts).min().unwrap_or_default());
        for (slip, parcel, verdict) in answers {
            match verdict {
                Verdict::Settled => {
                    is_answered = true;
                    self.window.settle(&slip);
                }
                Verdict::Later { after } => {
                    failure = Some(after);
                    self.window.put_back(slip, parcel, now + after.unwrap_or(wait), after.is_some());
                }
                Verdict::Held => {
                    is_held = true;
                    self.window.put_back(slip, parcel, now, false);
                }
                Verdict::Stopped => {}
            }
        }
        match failure {
            Some(after) => {
                self.concurrency.refused(now);
                self.circuit.failed(now, is_probe, after);
            }
            None if is_held => {
                self.circuit.held(now, HOLD_RETRY);
                // Anew, for what it waits for may have been tried by now.
                self.resuming = Some(self.delivery.sink.may_resume());
            }
            None if is_answered => {
                if is_single {
                    self.concurrency.answered(now, took);
                }
                self.answered();
            }
            None => {}
        }
        let delivery = self.delivery;
        let limit = self.concurrency.limit(now);
        delivery.telemetry.set_delivery_limit(delivery.sink.name(), delivery.lane, limit);
    }

    fn answered(&mut self) {
        self.resuming = None;
        if self.circuit.answered() {
            let (sink, lane) = (self.delivery.sink.name(), self.delivery.lane);
            info!(event = "delivery_resumed", sink, lane = lane.label());
            self.delivery.telemetry.set_held(sink, lane, false);
            self.delivery.log_anew();
            self.concurrency.recovered();
            self.window.wake_all();
        }
    }

    fn report_backlog(&self) {
        let Delivery { telemetry, sink, lane, reader, .. } = self.delivery;
        telemetry.set_backlog(sink.name(), *lane, reader.backlog());
    }
}

/// The result of what is under way, if anything is. Breaking off the wait breaks nothing else off.
async fn done<T>(work: &mut Option<BoxFuture<'_, T>>) -> T {
    let Some(future) = work else { return pending().await };
    let result = future.await;
    *work = None;
    result
}
