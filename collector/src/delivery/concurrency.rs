//! How many requests a sink is given at once: as many as it answers without letting them queue.
//!
//! Additive increase, multiplicative decrease. Answers are judged in rounds of about one answer time: a round in
//! which the limit was used and the answers came as quickly as from an unburdened sink raises it by one, a
//! slower round lowers it. A request that is refused for want of patience lowers it more, at once, and once
//! per answer time.
//!
//! Vector's adaptive request concurrency, the model, compares with a moving mean of the last rounds. Measured
//! against a simulated sink, that mean follows its own queue up to any limit; so here the limit is quartered
//! for a moment now and then, and what an answer takes then is what later ones are compared with.

use std::time::Duration;
use tokio::time::Instant;

/// Weight of the newest round in the moving means.
const WEIGHT: f64 = 0.3;

/// How much longer than from an unburdened sink an answer may take, as a share of that time: a short queue
/// keeps the sink busy. Mean changes from round to round come on top, for a sink that is unsteady by itself.
const TOLERANCE: f64 = 0.25;
const DEVIATIONS: f64 = 1.0;

/// What is left of the limit after a slow round, and after a refusal.
const SLOWER: f64 = 0.9;
const REFUSED: f64 = 0.7;

/// Rounds after a refusal in which the limit does not grow: what was refused is not tried again at once.
const WARY_ROUNDS: u32 = 5;

/// Rounds until the unburdened time is measured for the first time, and between two measurements: rarely enough
/// to cost one part in a hundred, often enough to notice within a minute that the way has become longer. Only a
/// slow round gives reason to measure.
const FIRST_CALM_AFTER: u32 = 20;
const CALM_AFTER: u32 = 300;

/// Rounds at a quarter of the limit, of which the last is measured: the queue has to go first. A request that
/// hangs keeps rounds from ending, so after some answer times it is over in any case.
const CALM_ROUNDS: u32 = 3;
const LONGEST_CALM: f64 = 10.0;

/// The limit of one sink and lane.
pub(super) struct Concurrency {
    first: f64,
    most: f64,
    limit: f64,
    round: Round,
    /// Moving mean of the answer times (s), which is how long a round is, and of their changes.
    usual: Option<f64>,
    deviation: f64,
    /// Answer time (s) of the unburdened sink.
    unburdened: Option<f64>,
    phase: Phase,
    lowered_at: Option<Instant>,
    wary_rounds_left: u32,
}

/// What happened since the limit was last looked at.
#[derive(Default)]
struct Round {
    since: Option<Instant>,
    answers: u32,
    seconds: f64,
    was_full: bool,
}

#[derive(Clone, Copy)]
enum Phase {
    Normal { rounds_left: u32, was_slow: bool },
    Calm { rounds_left: u32, limit_before: f64, until: Instant },
}

impl Concurrency {
    pub(super) fn new(first_requests: usize, max_requests: usize) -> Self {
        let most = max_requests.max(1) as f64;
        let first = (first_requests.max(1) as f64).min(most);
        Self {
            first,
            most,
            limit: first,
            round: Round::default(),
            usual: None,
            deviation: 0.0,
            unburdened: None,
            phase: Phase::Normal { rounds_left: FIRST_CALM_AFTER, was_slow: false },
            lowered_at: None,
            wary_rounds_left: 0,
        }
    }

    /// Most requests at once, at the moment.
    pub(super) fn limit(&mut self, now: Instant) -> usize {
        if matches!(self.phase, Phase::Calm { until, .. } if until <= now) {
            self.end_calm();
        }
        self.limit as usize
    }

    /// So many are in flight now.
    pub(super) fn sent(&mut self, in_flight: usize) {
        self.round.was_full |= in_flight >= self.limit as usize;
    }

    /// An answer came after `took`, whatever it said of the entry.
    pub(super) fn answered(&mut self, now: Instant, took: Duration) {
        self.round.answers += 1;
        self.round.seconds += took.as_secs_f64();
        let since = *self.round.since.get_or_insert(now);
        if (now - since).as_secs_f64() >= self.usual.unwrap_or_default() {
            let round = std::mem::take(&mut self.round);
            self.round.since = Some(now);
            self.judge(&round, now);
        }
    }

    /// The sink asked for patience or did not answer.
    pub(super) fn refused(&mut self, now: Instant) {
        // Those sent before the limit was lowered say the same once more.
        let usual = Duration::from_secs_f64(self.usual.unwrap_or_default());
        if self.lowered_at.is_none_or(|at| now - at > usual) {
            self.lowered_at = Some(now);
            self.wary_rounds_left = WARY_ROUNDS;
            self.end_calm();
            self.set(self.limit * REFUSED);
            self.round = Round { since: Some(now), ..Round::default() };
        }
    }

    /// The sink is back after an outage: what its refusals said of its capacity is no longer true.
    pub(super) fn recovered(&mut self) {
        self.end_calm();
        self.set(self.limit.max(self.first));
        self.round = Round::default();
        (self.lowered_at, self.wary_rounds_left) = (None, 0);
    }

    fn judge(&mut self, round: &Round, now: Instant) {
        let mean = round.seconds / f64::from(round.answers.max(1));
        let usual = self.usual.unwrap_or(mean);
        self.deviation += WEIGHT * ((mean - usual).abs() - self.deviation);
        self.usual = Some(usual + WEIGHT * (mean - usual));
        let unburdened = self.unburdened.get_or_insert(mean);
        *unburdened = unburdened.min(mean);
        let longest = *unburdened * (1.0 + TOLERANCE) + self.deviation * DEVIATIONS;
        match &mut self.phase {
            Phase::Calm { rounds_left: 1, .. } => {
                self.unburdened = Some(mean);
                self.end_calm();
            }
            Phase::Calm { rounds_left, .. } => *rounds_left -= 1,
            Phase::Normal { rounds_left: 0, was_slow: true } => {
                let until = now + Duration::from_secs_f64(usual * LONGEST_CALM);
                self.phase = Phase::Calm { rounds_left: CALM_ROUNDS, limit_before: self.limit, until };
                self.set((self.limit / 4.0).ceil());
            }
            Phase::Normal { rounds_left, was_slow } => {
                *rounds_left = rounds_left.saturating_sub(1);
                if mean > longest {
                    *was_slow = true;
                    self.set(self.limit * SLOWER);
                } else if self.wary_rounds_left > 0 {
                    self.wary_rounds_left -= 1;
                } else if round.was_full {
                    self.set(self.limit.floor() + 1.0);
                }
            }
        }
    }

    fn end_calm(&mut self) {
        if let Phase::Calm { limit_before, .. } = self.phase {
            self.set(limit_before);
            self.phase = Phase::Normal { rounds_left: CALM_AFTER, was_slow: false };
        }
    }

    fn set(&mut self, limit: f64) {
        self.limit = limit.clamp(1.0, self.most);
    }
}
