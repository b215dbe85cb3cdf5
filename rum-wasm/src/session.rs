//! Session: one visitor's run of views, with expiry and one sampling decision.
//!
//! Rules are Datadog's: a session ends after 15 minutes without activity or after 4 hours, and only activity
//! starts the next one. The sampling decision follows from the id, so nothing but the id need be stored and
//! back-end tracers that sample by the same hash agree.
//!
//! The site's pages share what one of them stored last, without locks: two pages that renew at the same instant
//! see each other's text, and both keep the session that began first, whatever order the texts come in.

use alloc::string::String;
use rum_protocol::Id;

/// A session ends after this long without activity.
pub const MAX_IDLE_MS: f64 = 15.0 * 60_000.0;
/// A session never lasts longer; Datadog's intake ignores events of older ones.
pub const MAX_AGE_MS: f64 = 4.0 * 3_600_000.0;
/// Activity is written to storage at most this often: a write wakes every other tab of the site.
const STORE_INTERVAL_MS: f64 = 30_000.0;

/// One session. Times are milliseconds since the epoch, because storage outlives a page's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Session {
    id: Id,
    started_ms: f64,
    /// Last activity; [`STOPPED`] once it was stopped.
    active_ms: f64,
    /// When `active_ms` was last stored; 0 if something must be stored with the next occasion.
    stored_ms: f64,
    /// Kept from here on although its id says otherwise: an error happened in it.
    is_kept: bool,
}

/// Before any activity.
const STOPPED: f64 = 0.0;

/// End of the text of a session that is kept.
const KEPT: &str = ".1";

impl Session {
    /// Takes up the stored session if it still lives, else begins one. Storage can hold anything: what does
    /// not parse counts as nothing.
    pub fn resume(stored: &str, now_ms: f64, random: fn() -> [u8; 16]) -> Self {
        Self::parse(stored)
            .filter(|session| session.started_ms <= now_ms && !session.is_expired(now_ms))
            // Whoever loads a page is there.
            .map_or_else(
                || Self {
                    id: Id::from_random(random()),
                    started_ms: now_ms,
                    active_ms: now_ms,
                    stored_ms: 0.0,
                    is_kept: false,
                },
                |session| Self { active_ms: now_ms, ..session },
            )
    }

    /// Gives a session that begins now the id the page already went by; any other text changes nothing.
    pub fn begin_as(&mut self, id: &str, now_ms: f64) {
        if let Some(id) = Id::parse(id).filter(|_| self.started_ms == now_ms) {
            self.id = id;
        }
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

    /// Notes activity in a session that is not expired.
    pub fn touch(&mut self, now_ms: f64) {
        self.active_ms = self.active_ms.max(now_ms);
    }

    /// Ends the session before its time.
    pub fn stop(&mut self) {
        self.active_ms = STOPPED;
        self.stored_ms = 0.0;
    }

    /// Whether it was stopped: nothing is counted to it any more.
    pub fn is_stopped(&self) -> bool {
        self.active_ms == STOPPED
    }

    /// Keeps the session whatever its sample rate.
    pub fn keep(&mut self) {
        self.is_kept = true;
        self.stored_ms = 0.0;
    }

    /// Whether it is to be kept whatever its sample rate.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Notes what another page of the site stored: its activity is activity here, too. A session of another id
    /// ends this one, unless this one began first; then this one must be stored again.
    pub fn note_stored(&mut self, text: &str, now_ms: f64) {
        let Some(other) = Self::parse(text) else {
            self.active_ms = STOPPED;
            return;
        };
        if other.id == self.id {
            if other.is_stopped() {
                self.active_ms = STOPPED;
            } else if !self.is_stopped() {
                self.active_ms = self.active_ms.max(other.active_ms);
                self.stored_ms = self.stored_ms.max(other.active_ms);
                self.is_kept |= other.is_kept;
            }
        } else if self.is_expired(now_ms) || other.is_expired(now_ms) {
            // Activity here takes up the one that lives, or begins the next.
        } else if (other.started_ms, other.id.0) < (self.started_ms, self.id.0) {
            self.active_ms = STOPPED;
        } else {
            self.stored_ms = 0.0;
        }
    }

    /// The text to store, when it is time to store it again:
    /// `<uuid>.<started ms>.<last activity ms>`, and `.1` where it is kept.
    pub fn to_store(&mut self) -> Option<String> {
        if self.stored_ms > 0.0 && self.active_ms - self.stored_ms < STORE_INTERVAL_MS {
            return None;
        }
        self.stored_ms = self.active_ms.max(1.0);
        let mut text = self.id.to_text();
        for time in [self.started_ms, self.active_ms] {
            text.push('.');
            push_integer(&mut text, time as u64);
        }
        if self.is_kept {
            text.push_str(KEPT);
        }
        Some(text)
    }

    fn parse(text: &str) -> Option<Self> {
        let id = Id::parse(text.get(..36)?)?;
        let times = text.get(36..)?.strip_prefix('.')?;
        let (times, is_kept) = times.strip_suffix(KEPT).map_or((times, false), |times| (times, true));
        let dot = times.bytes().position(|byte| byte == b'.')?;
        let started_ms = parse_integer(times.get(..dot)?)? as f64;
        let active_ms = parse_integer(times.get(dot + 1..)?)? as f64;
        Some(Self { id, started_ms, active_ms, stored_ms: active_ms, is_kept })
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

    fn random() -> [u8; 16] {
        [7; 16]
    }

    fn begun(now_ms: f64, random: fn() -> [u8; 16]) -> Session {
        Session::resume("", now_ms, random)
    }

    fn text_of(mut session: Session) -> String {
        session.stored_ms = 0.0;
        session.to_store().unwrap()
    }

    #[test]
    fn a_stored_session_is_taken_up_while_it_lives() {
        let first = begun(NOW_MS, || [9; 16]);
        let text = text_of(first);
        assert_eq!(Session::resume(&text, NOW_MS + MAX_IDLE_MS - 1.0, random).id(), first.id());
        assert_ne!(Session::resume(&text, NOW_MS + MAX_IDLE_MS, random).id(), first.id());
    }

    #[test]
    fn what_does_not_parse_counts_as_nothing() {
        for text in [
            "",
            ".",
            "x.1.2",
            "09090909-0909-4909-8909-090909090909",
            "09090909-0909-4909-8909-090909090909.1.x",
            "09090909-0909-4909-8909-090909090909.1795000000000.1",
        ] {
            assert_eq!(begun_from(text).id(), Id::from_random([7; 16]), "{text}");
        }
    }

    fn begun_from(text: &str) -> Session {
        Session::resume(text, NOW_MS, random)
    }

    #[test]
    fn a_session_from_the_future_is_not_taken_up() {
        let text = text_of(begun(NOW_MS, || [9; 16]));
        assert_eq!(Session::resume(&text, NOW_MS - 1.0, random).id(), Id::from_random([7; 16]));
    }

    #[test]
    fn activity_keeps_a_session_alive_for_four_hours_at_most() {
        let mut session = begun(NOW_MS, random);
        let mut now_ms = NOW_MS;
        while now_ms + 600_000.0 < NOW_MS + MAX_AGE_MS {
            now_ms += 600_000.0;
            assert!(!session.is_expired(now_ms));
            session.touch(now_ms);
        }
        assert!(session.is_expired(NOW_MS + MAX_AGE_MS));
    }

    #[test]
    fn storage_is_written_at_most_every_thirty_seconds() {
        let mut session = begun(NOW_MS, random);
        assert!(session.to_store().is_some());
        session.touch(NOW_MS + 29_999.0);
        assert!(session.to_store().is_none());
        session.touch(NOW_MS + 30_000.0);
        assert!(session.to_store().is_some());
        assert!(session.to_store().is_none());
    }

    #[test]
    fn being_kept_and_being_stopped_are_stored_once_and_at_once() {
        let mut session = begun(NOW_MS, random);
        session.to_store().unwrap();
        session.keep();
        let kept = session.to_store().unwrap();
        assert!(begun_from(&kept).is_kept());
        session.stop();
        let stopped = session.to_store().unwrap();
        assert!(!begun_from(&stopped).is_kept(), "a stopped session is not taken up");
        assert!(session.to_store().is_none());
    }

    #[test]
    fn activity_in_another_page_is_activity_here() {
        let mut here = begun(NOW_MS, random);
        let mut there = begun_from(&text_of(here));
        there.touch(NOW_MS + MAX_IDLE_MS - 1.0);
        here.note_stored(&text_of(there), NOW_MS + MAX_IDLE_MS - 1.0);
        assert!(!here.is_expired(NOW_MS + MAX_IDLE_MS + 1.0));
        there.stop();
        here.note_stored(&text_of(there), NOW_MS + MAX_IDLE_MS);
        assert!(here.is_expired(NOW_MS + MAX_IDLE_MS + 1.0) && here.is_stopped());
        // A page that missed it stores the session once more: it stays over here.
        here.note_stored(&text_of(begun(NOW_MS, random)), NOW_MS);
        assert!(here.is_stopped());
    }

    #[test]
    fn of_two_sessions_begun_at_once_both_pages_keep_the_first_in_whatever_order_they_hear() {
        for later_ms in [0.0, 3.0] {
            let first = begun(NOW_MS, || [1; 16]);
            let second = begun(NOW_MS + later_ms, || [2; 16]);
            let (mut here, mut there) = (first, second);
            here.to_store().unwrap();
            here.note_stored(&text_of(second), NOW_MS + 5.0);
            there.note_stored(&text_of(first), NOW_MS + 5.0);
            assert!(!here.is_stopped() && there.is_stopped());
            // Whoever wrote last: the first is stored again, so the second page can take it up.
            let stored = here.to_store().unwrap();
            assert_eq!(Session::resume(&stored, NOW_MS + 6.0, random).id(), first.id());
        }
    }

    #[test]
    fn sampling_keeps_about_the_rate_and_decisions_nest() {
        let sessions: Vec<Session> = (0..4_000_u64)
            .map(|index| {
                let mut session = begun(NOW_MS, random);
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
