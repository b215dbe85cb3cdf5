//! The disk space the lanes share, and when they have to give way.

use crate::config::{JournalConfig, WhenFull};
use crate::telemetry::Telemetry;
use crate::track::Lane;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracing::{info, warn};

/// Share of the limit (%) at which the log warns: at a steady rate a fifth of the time a sink has been away
/// is left to act.
const WARN_PERCENT: u64 = 80;

/// Share (%) at which the warning is over; lower, so that a level in between is one warning, not many.
const CALM_PERCENT: u64 = 70;

/// Share (%) that replay may fill, and down to which it gives way, under `drop_replay`: the rest is there for
/// the events that arrive while files are deleted.
const REPLAY_PERCENT: u64 = 95;

/// What the lanes of one collector share.
pub struct Room {
    pub(super) config: JournalConfig,
    pub(super) telemetry: Telemetry,
    used_bytes: [AtomicU64; Lane::ALL.len()],
    warned: AtomicBool,
    /// Set while events find no room and no replay was left to give way.
    exhausted: AtomicBool,
}

impl Room {
    /// Room for journals under this configuration.
    pub fn new(config: JournalConfig, telemetry: Telemetry) -> Arc<Self> {
        telemetry.set_journal_limit(config.max_total_bytes);
        Arc::new(Self {
            config,
            telemetry,
            used_bytes: [const { AtomicU64::new(0) }; Lane::ALL.len()],
            warned: AtomicBool::new(false),
            exhausted: AtomicBool::new(false),
        })
    }

    /// Whether a lane may write at the moment.
    pub(super) fn admits(&self, lane: Lane) -> bool {
        let percent = match (lane, self.config.when_full) {
            (Lane::Replay, WhenFull::DropReplay) => REPLAY_PERCENT,
            _ => 100,
        };
        self.used_bytes() < self.share(percent)
    }

    /// Whether replay has to give way before events may write.
    pub(super) fn must_drop_replay(&self) -> bool {
        self.config.when_full == WhenFull::DropReplay && !self.admits(Lane::Events)
    }

    /// Whether replay has given way far enough.
    pub(super) fn is_eased(&self) -> bool {
        self.admits(Lane::Replay)
    }

    /// Notes how an attempt to make room ended.
    pub(super) fn set_exhausted(&self, exhausted: bool) {
        self.exhausted.store(exhausted, Ordering::Relaxed);
    }

    /// Whether events are refused for want of room.
    pub(super) fn is_full(&self) -> bool {
        let may_ease =
            self.config.when_full == WhenFull::DropReplay && !self.exhausted.load(Ordering::Relaxed);
        !self.admits(Lane::Events) && !may_ease
    }

    pub(super) fn used_by(&self, lane: Lane) -> u64 {
        self.used_bytes[lane as usize].load(Ordering::Relaxed)
    }

    pub(super) fn set_used(&self, lane: Lane, bytes: u64) {
        self.used_bytes[lane as usize].store(bytes, Ordering::Relaxed);
        let (used_bytes, limit_bytes) = (self.used_bytes(), self.config.max_total_bytes);
        if used_bytes >= self.share(WARN_PERCENT) {
            if !self.warned.swap(true, Ordering::Relaxed) {
                warn!(event = "journal_filling", used_bytes, limit_bytes);
            }
        } else if used_bytes < self.share(CALM_PERCENT) && self.warned.swap(false, Ordering::Relaxed) {
            info!(event = "journal_emptied", used_bytes, limit_bytes);
        }
    }

    fn used_bytes(&self) -> u64 {
        Lane::ALL.into_iter().map(|lane| self.used_by(lane)).sum()
    }

    fn share(&self, percent: u64) -> u64 {
        (u128::from(self.config.max_total_bytes) * u128::from(percent) / 100) as u64
    }
}
