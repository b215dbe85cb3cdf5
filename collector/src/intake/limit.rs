//! How much of each track an app may send: requests in a second, bytes in a day.

use super::admission::Refusal;
use crate::config::{App, Limit, Rate};
use crate::outcome::Outcome;
use crate::track::Track;
use governor::clock::{Clock, MonotonicClock};
use governor::{Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

const DAY_S: u64 = 24 * 60 * 60;

/// How often the bytes of the day are written down: what `kill -9` forgets at most.
const SAVE_INTERVAL: Duration = Duration::from_secs(10);

type Limiter = RateLimiter<
    governor::state::NotKeyed,
    governor::state::InMemoryState,
    MonotonicClock,
    governor::middleware::NoOpMiddleware<std::time::Instant>,
>;

/// The limits of one app at work.
#[derive(Debug)]
pub struct AppLimits {
    by_track: BTreeMap<Track, (Limit, Option<Limiter>)>,
}

impl AppLimits {
    /// Full buckets.
    pub fn new(app: &App) -> Self {
        let limiter = |rate: Rate| {
            let quota = Quota::per_second(rate.per_s).allow_burst(rate.burst);
            Limiter::direct_with_clock(quota, MonotonicClock)
        };
        let limits = app.limits.iter();
        Self { by_track: limits.map(|(track, limit)| (*track, (*limit, limit.rate.map(limiter)))).collect() }
    }

    /// Takes one request off the rate.
    pub fn take_request(&self, track: Track) -> Result<(), Refusal> {
        let Some((_, Some(limiter))) = self.by_track.get(&track) else { return Ok(()) };
        limiter.check().map_err(|denied| {
            let wait = denied.wait_time_from(MonotonicClock.now());
            let reason = "the app sends too many requests of this track";
            Refusal::new(Outcome::RateLimited, reason).after(wait)
        })
    }

    fn bytes_per_day(&self, track: Track) -> Option<u64> {
        self.by_track.get(&track).and_then(|(limit, _)| limit.bytes_per_day)
    }
}

/// What the apps have sent today, kept over restarts.
#[derive(Debug)]
pub struct Usage {
    path: PathBuf,
    today: Mutex<Today>,
}

/// `usage.json`.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Today {
    /// Days since 1970-01-01 (UTC).
    day: u64,
    /// By application id and track.
    bytes: HashMap<String, BTreeMap<Track, u64>>,
    #[serde(skip)]
    is_saved: bool,
}

impl Usage {
    /// Reads what was written down. A file that cannot be read costs the count of one day, not the start.
    pub fn open(path: &Path) -> Self {
        let read = fs::read(path).and_then(|text| serde_json::from_slice(&text).map_err(io::Error::from));
        let today = read.unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                warn!(event = "usage_unreadable", %error, effect = "the quotas of today begin anew");
            }
            Today::default()
        });
        Self { path: path.to_owned(), today: Mutex::new(today) }
    }

    /// Whether `bytes` more of this track fit into the app's day.
    pub fn check(&self, app: &App, limits: &AppLimits, track: Track, bytes: u64) -> Result<(), Refusal> {
        let Some(allowed) = limits.bytes_per_day(track) else { return Ok(()) };
        let now = since_epoch();
        let used = self.of_day(now).bytes.get(&app.id).and_then(|tracks| tracks.get(&track)).copied();
        if used.unwrap_or(0).saturating_add(bytes) <= allowed {
            return Ok(());
        }
        let until_midnight = Duration::from_secs(DAY_S - now.as_secs() % DAY_S);
        let reason = "the app has sent its bytes of the day of this track";
        Err(Refusal::new(Outcome::QuotaExhausted, reason).after(until_midnight))
    }

    /// Adds what was accepted, for apps that have a quota.
    pub fn add(&self, app: &App, limits: &AppLimits, track: Track, bytes: u64) {
        if limits.bytes_per_day(track).is_none() {
            return;
        }
        let mut today = self.of_day(since_epoch());
        *today.bytes.entry(app.id.clone()).or_default().entry(track).or_default() += bytes;
        today.is_saved = false;
    }

    /// Writes the count down now and then, and once more when stopped.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(SAVE_INTERVAL) => {}
            }
            if let Err(error) = self.save() {
                error!(event = "usage_not_saved", %error, effect = "a restart forgets bytes of the quotas");
            }
        }
    }

    fn save(&self) -> io::Result<()> {
        let mut today = self.lock();
        if today.is_saved || today.bytes.is_empty() {
            return Ok(());
        }
        let beside = self.path.with_extension("new");
        fs::write(&beside, serde_json::to_vec(&*today)?)?;
        fs::rename(beside, &self.path)?;
        today.is_saved = true;
        Ok(())
    }

    fn of_day(&self, now: Duration) -> MutexGuard<'_, Today> {
        let day = now.as_secs() / DAY_S;
        let mut today = self.lock();
        if today.day != day {
            *today = Today { day, ..Today::default() };
        }
        today
    }

    fn lock(&self) -> MutexGuard<'_, Today> {
        self.today.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Consent, Level, Origins, ReplayPolicy};
    use std::num::NonZeroU32;

    fn app(limit: Limit) -> (App, AppLimits) {
        let app = App {
            id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
            name: "shop".into(),
            public_key: "pub".into(),
            origins: Origins::Any,
            consent: Consent::Assumed,
            limits: BTreeMap::from([(Track::Rum, limit), (Track::Replay, Limit::default())]),
            replay: ReplayPolicy { enabled: true, lock: false, level: Level::Mask, version: 1 },
        };
        let limits = AppLimits::new(&app);
        (app, limits)
    }

    #[test]
    fn a_burst_passes_and_what_follows_is_told_when_to_come_back() {
        let per_s = NonZeroU32::MIN;
        let rate = Rate { per_s, burst: NonZeroU32::new(3).unwrap() };
        let (_, limits) = app(Limit { rate: Some(rate), bytes_per_day: None });
        for _ in 0..3 {
            limits.take_request(Track::Rum).unwrap();
        }
        let refusal = limits.take_request(Track::Rum).unwrap_err();
        assert_eq!(refusal.outcome, Outcome::RateLimited);
        let after = refusal.retry_after.unwrap();
        assert!(after > Duration::ZERO && after <= Duration::from_secs(1), "{after:?}");
        // Each track has a bucket of its own, and none where there is no limit.
        for _ in 0..100 {
            limits.take_request(Track::Replay).unwrap();
            limits.take_request(Track::Logs).unwrap();
        }
    }

    #[test]
    fn the_bytes_of_the_day_are_kept_over_a_restart_and_forgotten_the_next_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.json");
        let (app, limits) = app(Limit { rate: None, bytes_per_day: Some(100) });
        let usage = Usage::open(&path);
        usage.check(&app, &limits, Track::Rum, 100).unwrap();
        usage.add(&app, &limits, Track::Rum, 60);
        // A track without a quota is not counted.
        usage.add(&app, &limits, Track::Replay, 1_000);
        usage.save().unwrap();
        let usage = Usage::open(&path);
        usage.check(&app, &limits, Track::Rum, 40).unwrap();
        let refusal = usage.check(&app, &limits, Track::Rum, 41).unwrap_err();
        assert_eq!(refusal.outcome, Outcome::QuotaExhausted);
        assert!(refusal.retry_after.unwrap() <= Duration::from_secs(DAY_S));
        usage.check(&app, &limits, Track::Replay, u64::MAX).unwrap();
        let tomorrow = since_epoch() + Duration::from_secs(DAY_S);
        assert!(usage.of_day(tomorrow).bytes.is_empty());
    }

    #[test]
    fn a_damaged_count_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.json");
        fs::write(&path, "{broken").unwrap();
        let (app, limits) = app(Limit { rate: None, bytes_per_day: Some(1) });
        Usage::open(&path).check(&app, &limits, Track::Rum, 1).unwrap();
    }
}
