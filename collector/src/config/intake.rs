//! `[intake]`, `[limits]` and what an app may say about them: which data is taken at all, from whom, and how
//! much of it.

use super::{ConfigError, option};
use crate::track::Track;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Longest label of a host name (RFC 1035, section 2.3.4), in bytes.
const MAX_LABEL_BYTES: usize = 63;

/// `[intake]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawIntake {
    /// Tracks of the official SDK that are taken.
    pub tracks: Vec<Track>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Sub-hosts of Datadog's intake that a page may name.
    pub forward_subdomains: Vec<String>,
    /// Most open connections of one address.
    pub max_connections_per_address: u32,
    /// Memory for bodies that are being read, of events and of replay each.
    pub max_reading_bytes: usize,
}

impl Default for RawIntake {
    fn default() -> Self {
        Self {
            // What the SDK sends by itself. The others are asked for.
            tracks: vec![Track::Rum, Track::Replay, Track::Logs],
            // A header that anybody can write is believed from nobody.
            trusted_proxies: Vec::new(),
            forward_subdomains: Vec::new(),
            // A browser opens six; an office behind one address has many browsers.
            max_connections_per_address: 512,
            // 2,000 batches of the official SDK at once.
            max_reading_bytes: 32 * 1024 * 1024,
        }
    }
}

/// `[limits.<track>]` and `[app.limits.<track>]`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawLimit {
    /// Requests of one app; 0 for no limit.
    pub requests_per_s: u32,
    /// Requests that may come at once; twice as many as in a second where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_requests: Option<u32>,
    /// Bytes of bodies, as sent, in a day (UTC); 0 for no limit.
    #[serde(default)]
    pub bytes_per_day: u64,
}

/// `[limits]`, by track.
pub(super) type RawLimits = BTreeMap<Track, RawLimit>;

/// Limits where the configuration says nothing: a page that loops must not starve another app, and a busy
/// shop must not notice.
pub(super) fn default_limits() -> RawLimits {
    let limit = |track| {
        let requests_per_s = match track {
            // Several times the 60 requests/s that 100,000 sessions a day make at their peak.
            Track::Rum => 2_000,
            Track::Logs => 1_000,
            // A session that is recorded sends a segment every 5 s.
            Track::Replay => 500,
            Track::Profile | Track::Exposures | Track::FlagEvaluation | Track::Debugger => 100,
        };
        RawLimit { requests_per_s, burst_requests: None, bytes_per_day: 0 }
    };
    Track::ALL.into_iter().map(|track| (track, limit(track))).collect()
}

/// What the doors take, and from whom they believe what.
#[derive(Clone, Debug)]
pub struct IntakeConfig {
    /// Tracks of the official SDK that are taken.
    pub tracks: BTreeSet<Track>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Sub-hosts of Datadog's intake that a page may name.
    pub forward_subdomains: BTreeSet<String>,
    /// Most open connections of one address that is no trusted proxy.
    pub max_connections_per_address: usize,
    /// Memory for bodies that are being read, of events and of replay each.
    pub max_reading_bytes: usize,
}

/// Networks of proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether this address is one of them.
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// How much of one track an app may send.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Limit {
    /// Requests in a second, and at once.
    pub rate: Option<Rate>,
    /// Bytes in a day (UTC).
    pub bytes_per_day: Option<u64>,
}

/// A rate of requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// In the long run.
    pub per_s: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

/// Whether an app takes data of visitors who did not say that they agree.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Pages ask for consent by themselves, or need none.
    #[default]
    Assumed,
    /// Every request must carry the mark of consent (`c=1`).
    Required,
}

/// Checks `[intake]`.
pub(super) fn intake(raw: &RawIntake) -> Result<IntakeConfig, ConfigError> {
    for (index, name) in raw.forward_subdomains.iter().enumerate() {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_LABEL_BYTES || !name.bytes().all(is_plain) {
            let reason = "expected one label of a host name such as `quota`, without dots";
            return Err(option(format!("intake.forward_subdomains[{index}]"), reason));
        }
    }
    if raw.max_connections_per_address == 0 {
        return Err(option("intake.max_connections_per_address", "expected at least 1"));
    }
    // Less could not hold the largest body that the doors take.
    if raw.max_reading_bytes < crate::intake::LARGEST_BODY_BYTES {
        let reason = format!("expected at least {}", crate::intake::LARGEST_BODY_BYTES);
        return Err(option("intake.max_reading_bytes", reason));
    }
    Ok(IntakeConfig {
        tracks: raw.tracks.iter().copied().collect(),
        trusted_proxies: TrustedProxies(raw.trusted_proxies.clone()),
        forward_subdomains: raw.forward_subdomains.iter().cloned().collect(),
        max_connections_per_address: raw.max_connections_per_address as usize,
        max_reading_bytes: raw.max_reading_bytes,
    })
}

/// Joins `[limits]`, which has every track, and an app's own, which are stronger.
pub(super) fn limits(
    app: &str,
    common: &RawLimits,
    own: &RawLimits,
) -> Result<BTreeMap<Track, Limit>, ConfigError> {
    let path = |track: &Track| match own.get(track) {
        Some(_) => format!("{app}.limits.{}", track.label()),
        None => format!("limits.{}", track.label()),
    };
    let joined = common.iter().map(|(track, limit)| (track, own.get(track).unwrap_or(limit)));
    joined.map(|(track, raw)| Ok((*track, limit(&path(track), raw)?))).collect()
}

fn limit(path: &str, raw: &RawLimit) -> Result<Limit, ConfigError> {
    let rate = match (NonZeroU32::new(raw.requests_per_s), raw.burst_requests) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(option(format!("{path}.burst_requests"), "expected only beside requests_per_s"));
        }
        (Some(per_s), None) => {
            Some(Rate { per_s, burst: per_s.saturating_mul(NonZeroU32::MIN.saturating_add(1)) })
        }
        (Some(per_s), Some(burst)) => {
            let burst = NonZeroU32::new(burst)
                .ok_or_else(|| option(format!("{path}.burst_requests"), "expected at least 1"))?;
            Some(Rate { per_s, burst })
        }
    };
    Ok(Limit { rate, bytes_per_day: (raw.bytes_per_day > 0).then_some(raw.bytes_per_day) })
}
