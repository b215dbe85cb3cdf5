//! What the collector counts about itself: metric names and labels, declared once.

use crate::journal::Header;
use crate::outcome::Outcome;
use crate::track::{Lane, Track};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::time::UNIX_EPOCH;

/// Label value where a request could not be attributed to an app, door or sink.
pub const UNKNOWN: &str = "unknown";

/// Label `sink` of outcomes that were decided at the intake.
const AT_THE_INTAKE: &str = "none";

/// Upper bounds (s) of the commit histogram: from a quick fsync (0.1 ms) to a disk in trouble.
const COMMIT_BUCKETS_S: [f64; 10] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0];

/// Why events were lost although the body that reported them was accepted.
#[derive(Clone, Copy, Debug)]
pub enum EventLoss {
    /// The SDK had to give them up before they left the page.
    InPage,
    /// As before, batches of changes of a recording and not events.
    ReplayInPage,
    /// Their kind is newer than this collector.
    UnknownKind,
    /// The store could not understand them; other sinks may have.
    NotStorable,
    /// A sink took the others of their body; they are in the dead letters.
    RefusedBySink,
}

/// What reading the source of the client token gave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenRefresh {
    /// The first token of this process.
    Loaded,
    /// Another one than before.
    Rotated,
    /// The one in use.
    Unchanged,
    /// None; the one in use stays.
    Failed,
}

/// The metrics of one collector. A value, not a global, so that tests can run several in one process.
#[derive(Clone, Debug)]
pub struct Telemetry {
    registry: Registry,
    outcomes: IntCounterVec,
    lost_events: IntCounterVec,
    scrubbed: IntCounterVec,
    operation: OperationMetrics,
    delivery_failures: IntCounterVec,
    delivery_held: IntGaugeVec,
    delivery_backlog: IntGaugeVec,
    token_refreshes: IntCounterVec,
    token_confirmed_s: IntGaugeVec,
    delivery_limit: IntGaugeVec,
    dead_letters: DeadLetterMetrics,
    journal_ready: IntGaugeVec,
    journal_bytes: IntGaugeVec,
    journal_limit_bytes: IntGauge,
    journal_commit_s: HistogramVec,
}

#[derive(Clone, Debug)]
struct DeadLetterMetrics {
    kept: IntGaugeVec,
    bytes: IntGauge,
    dropped: IntCounterVec,
    replayed: IntCounterVec,
}

impl DeadLetterMetrics {
    fn new() -> Result<Self, prometheus::Error> {
        let counter =
            |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        Ok(Self {
            kept: IntGaugeVec::new(Opts::new("collector_dead_letters", "Dead letters kept"), &["sink"])?,
            bytes: IntGauge::new("collector_dead_letter_bytes", "Size of all dead letters")?,
            dropped: counter(
                "collector_dead_letters_dropped_total",
                "Dead letters given up for newer ones or for their age",
                &["reason"],
            )?,
            replayed: counter(
                "collector_dead_letters_replayed_total",
                "Dead letters that were put back, by what became of them",
                &["sink", "outcome"],
            )?,
        })
    }

    fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.kept.clone()))?;
        registry.register(Box::new(self.bytes.clone()))?;
        registry.register(Box::new(self.dropped.clone()))?;
        registry.register(Box::new(self.replayed.clone()))
    }
}

#[derive(Clone, Debug)]
struct OperationMetrics {
    refused_connections: IntCounterVec,
    audit_lost: IntCounter,
    stored_replay_bytes: IntGauge,
    dropped_recordings: IntCounter,
}

impl OperationMetrics {
    fn new() -> Result<Self, prometheus::Error> {
        let refusals = Opts::new(
            "collector_connections_refused_total",
            "Connections that were closed before there was a request",
        );
        Ok(Self {
            refused_connections: IntCounterVec::new(refusals, &["reason"])?,
            audit_lost: IntCounter::new(
                "collector_audit_lost_total",
                "Audit lines that could not be written to their file",
            )?,
            stored_replay_bytes: IntGauge::new(
                "collector_store_replay_bytes",
                "Size of the recordings in the store",
            )?,
            dropped_recordings: IntCounter::new(
                "collector_store_recordings_dropped_total",
                "Recorded sessions deleted from the store to make room for newer ones",
            )?,
        })
    }

    fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.refused_connections.clone()))?;
        registry.register(Box::new(self.audit_lost.clone()))?;
        registry.register(Box::new(self.stored_replay_bytes.clone()))?;
        registry.register(Box::new(self.dropped_recordings.clone()))
    }
}

impl Telemetry {
    /// Registers every metric.
    ///
    /// # Errors
    /// Only if two metrics of this file had the same name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let counter =
            |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let gauge = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        let telemetry = Self {
            registry: Registry::new(),
            outcomes: counter(
                "collector_outcomes_total",
                "Request bodies by what became of them",
                &["app", "door", "track", "sink", "outcome"],
            )?,
            lost_events: counter(
                "collector_lost_events_total",
                "Events lost although the body that reported them was accepted",
                &["app", "reason"],
            )?,
            scrubbed: counter(
                "collector_scrubbed_total",
                "What the scrub rules found and changed in accepted bodies",
                &["app", "door", "rule"],
            )?,
            operation: OperationMetrics::new()?,
            delivery_failures: counter(
                "collector_delivery_failures_total",
                "Failed attempts to deliver, by what is done about it",
                &["sink", "reaction"],
            )?,
            delivery_held: gauge(
                "collector_delivery_held",
                "1 while a sink refuses our credentials; somebody has to act",
                &["sink", "lane"],
            )?,
            delivery_backlog: gauge(
                "collector_delivery_backlog",
                "Journal entries a sink has yet to acknowledge",
                &["sink", "lane"],
            )?,
            delivery_limit: gauge(
                "collector_delivery_limit",
                "Requests a sink is given at once; follows how well it answers",
                &["sink", "lane"],
            )?,
            dead_letters: DeadLetterMetrics::new()?,
            token_refreshes: counter(
                "collector_client_token_refreshes_total",
                "Readings of the source of the client token",
                &["source", "result"],
            )?,
            token_confirmed_s: gauge(
                "collector_client_token_confirmed_timestamp_seconds",
                "When the source of the client token was last seen to hold a good one",
                &["source"],
            )?,
            journal_ready: gauge("collector_journal_ready", "1 while the journal takes entries", &["lane"])?,
            journal_bytes: gauge("collector_journal_bytes", "Size of a lane's journal files", &["lane"])?,
            journal_limit_bytes: IntGauge::new(
                "collector_journal_limit_bytes",
                "Size of all lanes together at which bodies are refused",
            )?,
            journal_commit_s: HistogramVec::new(
                HistogramOpts::new("collector_journal_commit_seconds", "Time of one synced group commit")
                    .buckets(COMMIT_BUCKETS_S.to_vec()),
                &["lane"],
            )?,
        };
        telemetry.register()?;
        Ok(telemetry)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        let registry = &self.registry;
        registry.register(Box::new(self.outcomes.clone()))?;
        registry.register(Box::new(self.lost_events.clone()))?;
        registry.register(Box::new(self.scrubbed.clone()))?;
        self.operation.register(registry)?;
        registry.register(Box::new(self.delivery_failures.clone()))?;
        registry.register(Box::new(self.delivery_held.clone()))?;
        registry.register(Box::new(self.delivery_backlog.clone()))?;
        registry.register(Box::new(self.token_refreshes.clone()))?;
        registry.register(Box::new(self.token_confirmed_s.clone()))?;
        registry.register(Box::new(self.delivery_limit.clone()))?;
        self.dead_letters.register(registry)?;
        registry.register(Box::new(self.journal_ready.clone()))?;
        registry.register(Box::new(self.journal_bytes.clone()))?;
        registry.register(Box::new(self.journal_limit_bytes.clone()))?;
        registry.register(Box::new(self.journal_commit_s.clone()))?;
        Ok(())
    }

    /// Counts what became of a body at the intake.
    pub fn count_intake(&self, app: &str, door: &str, track: Option<Track>, outcome: Outcome) {
        let track = track.map_or(UNKNOWN, Track::label);
        self.outcomes.with_label_values(&[app, door, track, AT_THE_INTAKE, outcome.label()]).inc();
    }

    /// Counts what became of an accepted body at one sink; without its header where that cannot be read.
    pub fn count_delivery(&self, header: Option<&Header>, sink: &str, outcome: Outcome) {
        let (app, door, track) = header.map_or((UNKNOWN, UNKNOWN, UNKNOWN), |header| {
            (&header.app_name, header.content.door(), header.track.label())
        });
        self.outcomes.with_label_values(&[app, door, track, sink, outcome.label()]).inc();
    }

    /// Counts events lost inside an accepted body.
    pub fn count_lost_events(&self, app: &str, loss: EventLoss, events: u64) {
        let reason = match loss {
            EventLoss::InPage => "in_page",
            EventLoss::ReplayInPage => "replay_in_page",
            EventLoss::UnknownKind => "unknown_kind",
            EventLoss::NotStorable => "not_storable",
            EventLoss::RefusedBySink => "refused_by_sink",
        };
        self.lost_events.with_label_values(&[app, reason]).inc_by(events);
    }

    /// Counts what a scrub rule changed.
    pub fn count_scrubbed(&self, app: &str, door: &str, rule: &str, values: u64) {
        self.scrubbed.with_label_values(&[app, door, rule]).inc_by(values);
    }

    /// Counts a connection that was closed before there was a request: one that never became TLS (`plain_http`,
    /// `handshake_failed`, `handshake_timed_out`), or one too many (`too_many_of_address`).
    pub fn count_refused_connection(&self, reason: &str) {
        self.operation.refused_connections.with_label_values(&[reason]).inc();
    }

    /// Counts audit lines that never reached their file.
    pub fn count_audit_lost(&self, lines: u64) {
        self.operation.audit_lost.inc_by(lines);
    }

    /// Size of the recordings in the store.
    pub fn set_stored_replay(&self, bytes: u64) {
        set(&self.operation.stored_replay_bytes, bytes);
    }

    /// Counts recorded sessions that had to go for newer ones.
    pub fn count_dropped_recordings(&self, sessions: u64) {
        self.operation.dropped_recordings.inc_by(sessions);
    }

    /// Counts a failed attempt and what follows from it (`retry`, `hold` or `refuse`).
    pub fn count_delivery_failure(&self, sink: &str, reaction: &str) {
        self.delivery_failures.with_label_values(&[sink, reaction]).inc();
    }

    /// Raises or clears the alarm about refused credentials.
    pub fn set_held(&self, sink: &str, lane: Lane, held: bool) {
        self.delivery_held.with_label_values(&[sink, lane.label()]).set(i64::from(held));
    }

    /// How many entries of a lane a sink has yet to acknowledge.
    pub fn set_backlog(&self, sink: &str, lane: Lane, entries: u64) {
        set(&self.delivery_backlog.with_label_values(&[sink, lane.label()]), entries);
    }

    /// How many requests a sink is given at once.
    pub fn set_delivery_limit(&self, sink: &str, lane: Lane, requests: usize) {
        set(&self.delivery_limit.with_label_values(&[sink, lane.label()]), requests as u64);
    }

    /// Dead letters of a sink, and the size of those of all sinks.
    pub fn set_dead_letters(&self, by_sink: &[(String, u64)], bytes: u64) {
        self.dead_letters.kept.reset();
        for (sink, letters) in by_sink {
            set(&self.dead_letters.kept.with_label_values(&[sink]), *letters);
        }
        set(&self.dead_letters.bytes, bytes);
    }

    /// Counts dead letters that had to go (`room` or `age`).
    pub fn count_dropped_letters(&self, reason: &str, letters: u64) {
        self.dead_letters.dropped.with_label_values(&[reason]).inc_by(letters);
    }

    /// Counts what became of a dead letter that was put back (`delivered` or `refused`).
    pub fn count_replayed_letter(&self, sink: &str, outcome: &str) {
        self.dead_letters.replayed.with_label_values(&[sink, outcome]).inc();
    }

    /// Counts a reading of the source of the client token.
    pub fn count_token_refresh(&self, source: &str, refresh: TokenRefresh) {
        let result = match refresh {
            TokenRefresh::Loaded => "loaded",
            TokenRefresh::Rotated => "rotated",
            TokenRefresh::Unchanged => "unchanged",
            TokenRefresh::Failed => "failed",
        };
        self.token_refreshes.with_label_values(&[source, result]).inc();
    }

    /// The source of the client token holds a good one now.
    pub fn confirm_token(&self, source: &str) {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        self.token_confirmed_s.with_label_values(&[source]).set(i64::try_from(now).unwrap_or(i64::MAX));
    }

    /// State of a lane's journal.
    pub fn set_journal(&self, lane: Lane, ready: bool, bytes: u64) {
        self.journal_ready.with_label_values(&[lane.label()]).set(i64::from(ready));
        set(&self.journal_bytes.with_label_values(&[lane.label()]), bytes);
    }

    /// Size of all lanes at which bodies are refused.
    pub fn set_journal_limit(&self, bytes: u64) {
        set(&self.journal_limit_bytes, bytes);
    }

    /// Time of one synced group commit.
    pub fn observe_commit(&self, lane: Lane, seconds: f64) {
        self.journal_commit_s.with_label_values(&[lane.label()]).observe(seconds);
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self) -> String {
        // Encoding into memory fails only for a metric without a name, which `new` would have refused.
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

fn set(gauge: &IntGauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}
