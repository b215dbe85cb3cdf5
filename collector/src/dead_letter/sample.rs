//! Samples of what the intake refused: enough to see who sends what wrongly, little enough that nobody can fill
//! the disk by sending it.

use super::{DeadLetterError, INTAKE, now_ms};
use crate::outcome::Outcome;
use crate::telemetry::UNKNOWN;
use crate::track::Track;
use bytes::Bytes;
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

/// Largest scrubbed body kept with a sample (bytes).
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What the rest of a sample takes on the disk (bytes).
const FACTS_BYTES: usize = 512;

/// A body the intake refused. It holds no byte of a body that was not scrubbed: what could not be read could
/// not be scrubbed either, and what cannot be scrubbed is not kept.
#[derive(Clone, Debug)]
pub struct IntakeSample {
    /// Name of the app, where the key told.
    pub app_name: Option<String>,
    /// `batch` or `datadog`, where the path told.
    pub door: Option<&'static str>,
    /// Where the path told.
    pub track: Option<Track>,
    /// What became of it.
    pub outcome: Outcome,
    /// What the browser was told, or a text for the log; free of data.
    pub reason: String,
    /// As far as it came.
    pub size_bytes: u64,
    /// Version of the SDK, where the request told.
    pub sdk_version: Option<String>,
    /// The events as NDJSON, only if every rule has been applied to them.
    pub scrubbed_body: Option<Bytes>,
}

/// Which kinds were sampled when.
#[derive(Default)]
pub(super) struct Sampler(Mutex<HashMap<(String, &'static str), Instant>>);

impl Sampler {
    /// Whether it is time for another sample of this kind.
    pub(super) fn wants(&self, sample: &IntakeSample) -> bool {
        let mut sampled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kind = (app(sample).to_owned(), sample.outcome.label());
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

fn app(sample: &IntakeSample) -> &str {
    sample.app_name.as_deref().unwrap_or(UNKNOWN)
}

pub(super) fn insert(transaction: &Transaction<'_>, sample: &IntakeSample) -> Result<(), DeadLetterError> {
    let facts = json!({
        "received_ms": now_ms(), "door": sample.door, "outcome": sample.outcome.label(),
        "status": sample.outcome.status().as_u16(), "size_bytes": sample.size_bytes,
        "sdk_version": sample.sdk_version,
    });
    let body = sample.scrubbed_body.as_ref().filter(|body| body.len() <= MAX_BODY_BYTES);
    let body = body.map_or(&[][..], |body| body.as_ref());
    transaction
        .prepare_cached(
            "INSERT INTO dead_letter (at_ms, sink, lane, sequence, first_event, app, track, reason, detail,
                 header, body, size_bytes)
             VALUES (?, ?, '', 0, 0, ?, ?, ?, '', ?, ?, ?)",
        )?
        .execute(params![
            now_ms().cast_signed(),
            INTAKE,
            app(sample),
            sample.track.map_or(UNKNOWN, Track::label),
            format!("{}: {}", sample.outcome.label(), sample.reason),
            facts.to_string(),
            body,
            (body.len() + FACTS_BYTES).cast_signed() as i64,
        ])?;
    Ok(())
}
