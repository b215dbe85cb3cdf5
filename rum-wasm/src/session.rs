//! Session: one visitor's run of views, with expiry and one sampling decision.
//!
//! Rules are Datadog's: a session ends after 15 minutes without activity or after 4 hours, and only activity
//! starts the next one. The sampling decision follows from the id, so nothing but the id need be stored and
//! back-end tracers that sample by the same hash agree.

use alloc::string::String;
use rum_protocol::Id;

/// A session ends after this long without activity.
pub const MAX_IDLE_MS: f64 = 15.0 * 60_000.0;
/// A session never lasts longer; Datadog's intake ignores events of older ones.
pub const MAX_AGE_MS: f64 = 4.0 * 3_600_000.0;
/// Activity is written to storage at most this often: a write wakes every other tab of the site.
const STORE_INTERVAL_MS: f64 = 30_000.0;

/// One session. Times are milliseconds since the epoch, because storage outlives a page's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    id: Id,
    started_ms: f64,
    active_ms: f64,
    stored_ms: f64,
}

impl Session {
    /// Takes up the stored session if it still lives, else begins one of `new_id`. Storage can hold anything:
    /// what does not parse counts as nothing.
    pub fn resume(stored: &str, now_ms: f64, new_id: Id) -> Self {
        Self::parse(stored)
            .filter(|session| session.started_ms <= now_ms && !session.is_expired(now_ms))
            // Whoever loads a page is there.
            .map_or_else(|| Self::begin(now_ms, new_id), |session| Self { active_ms: now_ms, ..session })
    }

    fn begin(now_ms: f64, id: Id) -> Self {
        Self { id, started_ms: now_ms, active_ms: now_ms, stored_ms: 0.0 }
    }

    /// The session's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Whether the session has ended.
    pub fn is_expired(&self, now_ms: f64) -> bool {
        now_ms - self.active_ms >= MAX_IDLE_MS || self.is_over_age(now_ms)
    }

    /// Whether even events without activity can no longer be counted to it.
    pub fn is_over_age(&self, now_ms: f64) -> bool {
        now_ms - self.started_ms >= MAX_AGE_MS
    }

    /// Notes activity. Returns true when a new session had to begin.
    pub fn touch(&mut self, now_ms: f64, random: fn() -> [u8; 16]) -> bool {
        if self.is_expired(now_ms) {
            *self = Self::begin(now_ms, Id::from_random(random()));
            return true;
        }
        self.active_ms = self.active_ms.max(now_ms);
        false
    }

    /// The text to store, when it is time to store it again.
    pub fn to_store(&mut self, now_ms: f64) -> Option<String> {
        if self.active_ms - self.stored_ms < STORE_INTERVAL_MS {
            return None;
        }
        self.stored_ms = now_ms;
        let mut text = self.id.to_text();
        for time in [self.started_ms, self.active_ms] {
            text.push('.');
            push_integer(&mut text, time as u64);
        }
        Some(text)
    }

    /// `<uuid>.<started ms>.<last activity ms>`
    fn parse(text: &str) -> Option<Self> {
        let id = Id::parse(text.get(..36)?)?;
        let times = text.get(36..)?.strip_prefix('.')?;
        let dot = times.bytes().position(|byte| byte == b'.')?;
        let started_ms = parse_integer(times.get(..dot)?)? as f64;
        let active_ms = parse_integer(times.get(dot + 1..)?)? as f64;
        Some(Self { id, started_ms, active_ms, stored_ms: active_ms })
    }

    /// Deterministic sampling, the same hash as Datadog's: the id's last 48 bits times a large odd number
    /// (Knuth's multiplicative hash) compared with the rate.
    pub fn is_sampled(&self, rate_percent: f32) -> bool {
        const FACTOR: u64 = 1_111_111_111_111_111_111;
        const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
        let low = self.id.0[10..].iter().fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
        let hash = low.wrapping_mul(FACTOR) as f64;
        rate_percent > 0.0 && hash <= f64::from(rate_percent) / 100.0 * TWO_TO_64
    }
}

/// `u64::to_string` without `core::fmt`.
fn push_integer(text: &mut String, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text.extend(digits[start..].iter().map(|&digit| char::from(digit)));
}

fn parse_integer(text: &str) -> Option<u64> {
    // 15 digits hold every millisecond until the year 33658 and cannot overflow.
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    text.bytes()
        .try_fold(0_u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: f64 = 1_795_000_000_000.0;

    const NEW_ID: Id = Id([5; 16]);

    fn random() -> [u8; 16] {
        [7; 16]
    }

    #[test]
    fn a_stored_session_is_taken_up_while_it_lives() {
        let mut first = Session::resume("", NOW_MS, Id::from_random([9; 16]));
        let text = first.to_store(NOW_MS).unwrap();
        assert_eq!(Session::resume(&text, NOW_MS + MAX_IDLE_MS - 1.0, NEW_ID).id(), first.id());
        assert_ne!(Session::resume(&text, NOW_MS + MAX_IDLE_MS, NEW_ID).id(), first.id());
    }

    #[test]
    fn what_does_not_parse_counts_as_nothing() {
        for text in [
            "",
            ".",
            "x.1.2",
            "09090909-0909-4909-8909-090909090909",
            "09090909-0909-4909-8909-090909090909.1.x",
        ] {
            assert_eq!(Session::resume(text, NOW_MS, NEW_ID).id(), NEW_ID, "{text}");
        }
    }

    #[test]
    fn a_session_from_the_future_is_not_taken_up() {
        let text = Session::resume("", NOW_MS, Id::from_random([9; 16])).to_store(NOW_MS).unwrap();
        assert_eq!(Session::resume(&text, NOW_MS - 1.0, NEW_ID).id(), NEW_ID);
    }

    #[test]
    fn activity_keeps_a_session_alive_for_four_hours_at_most() {
        let mut session = Session::resume("", NOW_MS, Id::from_random([9; 16]));
        let mut now_ms = NOW_MS;
        while now_ms + 600_000.0 < NOW_MS + MAX_AGE_MS {
            now_ms += 600_000.0;
            assert!(!session.touch(now_ms, random));
        }
        assert!(session.touch(NOW_MS + MAX_AGE_MS, random));
    }

    #[test]
    fn storage_is_written_at_most_every_thirty_seconds() {
        let mut session = Session::resume("", NOW_MS, NEW_ID);
        assert!(session.to_store(NOW_MS).is_some());
        session.touch(NOW_MS + 29_999.0, random);
        assert!(session.to_store(NOW_MS + 29_999.0).is_none());
        session.touch(NOW_MS + 30_000.0, random);
        assert!(session.to_store(NOW_MS + 30_000.0).is_some());
    }

    #[test]
    fn sampling_keeps_about_the_rate_and_decisions_nest() {
        let sessions: Vec<Session> = (0..4_000_u64)
            .map(|index| {
                let mut session = Session::begin(NOW_MS, NEW_ID);
                session.id.0[8..].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
                session
            })
            .collect();
        let kept = sessions.iter().filter(|session| session.is_sampled(25.0)).count();
        assert!((900..1_100).contains(&kept), "{kept}");
        assert!(sessions.iter().all(|session| !session.is_sampled(25.0) || session.is_sampled(50.0)));
        assert!(sessions.iter().all(|session| session.is_sampled(100.0) && !session.is_sampled(0.0)));
    }
}
