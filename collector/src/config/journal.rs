//! `[journal]`: how large and how old what waits there may become, and what gives way.

use super::{ConfigError, option};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Smallest journal file (bytes). Below it, files would be rotated for every few requests.
const MIN_FILE_BYTES: u64 = 64 * 1024;

/// Longest dedupe window (s). The official SDK gives a body up long before.
const MAX_DEDUPE_WINDOW_S: u64 = 24 * 60 * 60;

/// `[journal]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawJournal {
    /// Size at which a journal file is closed and a new one begun.
    pub max_file_bytes: u64,
    /// Age at which the same happens.
    pub max_file_age_s: u64,
    /// Size of all files of both lanes together at which the intake answers 503.
    pub max_total_bytes: u64,
    /// What happens then.
    pub when_full: WhenFull,
    /// Age at which an entry no sink has taken is given up.
    pub max_age_s: u64,
    /// How long a repeated body is recognised.
    pub dedupe_window_s: u64,
}

impl Default for RawJournal {
    fn default() -> Self {
        Self {
            // Small enough that the disk is given back soon, large enough that files stay few in an outage.
            max_file_bytes: 256 * 1024 * 1024,
            max_file_age_s: 600,
            // About two hours of 1,000 batches of 1 KiB a second.
            max_total_bytes: 8 * 1024 * 1024 * 1024,
            // Nothing acknowledged is lost unless somebody decides so.
            when_full: WhenFull::Refuse,
            // A sink that is away from Friday evening to Monday evening. Datadog has stopped taking events of
            // that age long before; the store takes any.
            max_age_s: 72 * 60 * 60,
            // The official SDK repeats a body after 1 s, doubling to 60 s: some ten attempts.
            dedupe_window_s: 600,
        }
    }
}

/// What gives way when the journal is full.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// The new body: 503, and the browser keeps it.
    Refuse,
    /// The oldest replay, for events; new replay is refused.
    DropReplay,
}

/// Bounds of the journal.
#[derive(Clone, Copy, Debug)]
pub struct JournalConfig {
    /// Size at which a file is closed and a new one begun.
    pub max_file_bytes: u64,
    /// Age at which the same happens.
    pub max_file_age: Duration,
    /// Size of all files of both lanes at which appending is refused.
    pub max_total_bytes: u64,
    /// What gives way then.
    pub when_full: WhenFull,
    /// Age at which an entry is given up.
    pub max_age: Duration,
    /// How long digests are remembered; zero switches it off.
    pub dedupe_window: Duration,
}

pub(super) fn journal(raw: &RawJournal) -> Result<JournalConfig, ConfigError> {
    if raw.max_file_bytes < MIN_FILE_BYTES {
        return Err(option("journal.max_file_bytes", format!("expected at least {MIN_FILE_BYTES}")));
    }
    if raw.max_file_age_s == 0 {
        return Err(option("journal.max_file_age_s", "expected at least 1"));
    }
    if raw.max_total_bytes < raw.max_file_bytes {
        return Err(option("journal.max_total_bytes", "expected at least journal.max_file_bytes"));
    }
    if raw.max_age_s == 0 {
        return Err(option("journal.max_age_s", "expected at least 1"));
    }
    if raw.dedupe_window_s > MAX_DEDUPE_WINDOW_S {
        return Err(option("journal.dedupe_window_s", format!("expected at most {MAX_DEDUPE_WINDOW_S}")));
    }
    Ok(JournalConfig {
        max_file_bytes: raw.max_file_bytes,
        max_file_age: Duration::from_secs(raw.max_file_age_s),
        max_total_bytes: raw.max_total_bytes,
        when_full: raw.when_full,
        max_age: Duration::from_secs(raw.max_age_s),
        dedupe_window: Duration::from_secs(raw.dedupe_window_s),
    })
}
