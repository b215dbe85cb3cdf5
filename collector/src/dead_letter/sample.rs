//! Samples of what the intake refused: enough to see who sends what wrongly, little enough that nobody can fill
//! the disk by sending it.

use super::{DeadLetterError, INTAKE, now_ms};
use crate::outcome::Outcome;
use crate::telemetry::UNKNOWN;
use crate::track::Track;
use rusqlite::{Transaction, params};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One sample of an app and outcome in this time.
const INTERVAL: Duration = Duration::from_mins(1);

/// Most pairs of app and outcome remembered; there are fewer apps than that in any configuration worth running,
/// and beyond it samples of all kinds share one pace.
const MAX_KINDS: usize = 4_096;

/// What a sample takes on the disk (bytes).
const SAMPLE_BYTES: i64 = 512;

/// A body the intake refused. It holds no byte of the body: what could not be read could not be scrubbed either,
/// and what is not scrubbed is not kept.
#[derive(Clone, Debug)]
pub struct IntakeSample {
    /// Name of the app; `unknown` where the key is nobody's.
    pub app_name: String,
    /// Its metric label.
    pub door: &'static str,
    /// Where the request told.
    pub track: Option<Track>,
    /// What became of it.
    pub outcome: Outcome,
    /// What the browser was told, or a text for the log; free of data.
    pub reason: String,
    /// As declared, where it was.
    pub size_bytes: Option<u64>,
}

/// Which kinds were sampled when.
#[derive(Default)]
pub(super) struct Sampler(Mutex<HashMap<(String, &'static str), Instant>>);

impl Sampler {
    /// Whether it is time for another sample of this kind.
    pub(super) fn wants(&self, sample: &IntakeSample) -> bool {
        let mut sampled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kind = (sample.app_name.clone(), sample.outcome.label());
        if sampled.len() >= MAX_KINDS && !sampled.contains_key(&kind) {
            kind = (String::new(), "");
        }
        let now = Instant::now();
        let is_due = sampled.get(&kind).is_none_or(|last| now - *last >= INTERVAL);
        if is_due {
            sampled.insert(kind, now);
        }
        is_due
    }
}

pub(super) fn insert(transaction: &Transaction<'_>, sample: &IntakeSample) -> Result<(), DeadLetterError> {
    let facts = json!({
        "received_ms": now_ms(), "door": sample.door, "outcome": sample.outcome.label(),
        "status": sample.outcome.status().as_u16(), "size_bytes": sample.size_bytes,
    });
    transaction
        .prepare_cached(
            "INSERT INTO dead_letter (at_ms, sink, lane, sequence, first_event, app, track, reason, detail,
                 header, body, size_bytes)
             VALUES (?, ?, '', 0, 0, ?, ?, ?, '', ?, x'', ?)",
        )?
        .execute(params![
            now_ms().cast_signed(),
            INTAKE,
            sample.app_name,
            sample.track.map_or(UNKNOWN, Track::label),
            format!("{}: {}", sample.outcome.label(), sample.reason),
            facts.to_string(),
            SAMPLE_BYTES,
        ])?;
    Ok(())
}
