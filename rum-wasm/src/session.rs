//! Session: one visitor's run of views, with expiry and one sampling decision.
//!
//! Rules are Datadog's: a session ends after 15 minutes without activity or after 4 hours, and only activity
//! starts the next one. The sampling decision follows from the id, so nothing but the id need be stored and
//! back-end tracers that sample by the same hash agree.
//!
//! The site's pages share what one of them stored last, without locks: two pages that renew at the same instant
//! see each other's text, and both keep the session that began first, whatever order the texts come in.

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
    /// Random; Datadog `session.id`.
    pub id: Id,
    /// When it began.
    pub started_ms: f64,
    /// Last activity; 0 once it was stopped.
    pub active_ms: f64,
    /// When `active_ms` was last stored; 0 if something must be stored with the next occasion.
    stored_ms: f64,
    /// Kept from here on although its id says otherwise: an error happened in it.
    pub is_kept: bool,
}

/// Before any activity.
const STOPPED: f64 = 0.0;

impl Session {
    /// What a page of the site stored; zeros for nothing.
    pub fn stored(id: &[u8], started_ms: f64, active_ms: f64, is_kept: bool) -> Self {
        let id = Id(id.try_into().unwrap_or_default());
        Self { id, started_ms, active_ms, stored_ms: active_ms, is_kept }
    }

    /// Takes up the stored session if it still lives, else begins one.
    pub fn resume(stored: Self, now_ms: f64, random: fn() -> [u8; 16]) -> Self {
        let mut session = stored;
        // No session has an id of zeros: whatever is stored under it, a new one begins.
        let is_nobodys = stored.id == Id::default();
        if is_nobodys || stored.started_ms > now_ms || stored.is_expired(now_ms) {
            // One that never began only says by which id the page went so far: its requests were traced by that.
            let is_named = stored.started_ms == 0.0 && !is_nobodys;
            session = Self {
                id: if is_named { stored.id } else { Id::from_random(random()) },
                started_ms: now_ms,
                stored_ms: 0.0,
                is_kept: false,
                ..stored
            };
        }
        // Whoever loads a page is there.
        session.active_ms = now_ms;
        session
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

    /// Notes what another page of the site stored: its activity is activity here, too. A session of another id
    /// ends this one, unless this one began first; then this one must be stored again. Nothing ends it, too.
    pub fn note_stored(&mut self, other: Self, now_ms: f64) {
        let is_alive = !other.is_expired(now_ms);
        if other.is_stopped() || is_alive && (other.started_ms, other.id) < (self.started_ms, self.id) {
            self.active_ms = STOPPED;
        } else if other.id == self.id {
            if !self.is_stopped() {
                self.active_ms = self.active_ms.max(other.active_ms);
                self.stored_ms = self.stored_ms.max(other.active_ms);
                self.is_kept |= other.is_kept;
            }
        } else if is_alive && !self.is_expired(now_ms) {
            self.stored_ms = 0.0;
        }
    }

    /// Whether it is time to store the session again; the caller does.
    pub fn is_to_be_stored(&mut self) -> bool {
        let is_due = self.stored_ms == 0.0 || self.active_ms - self.stored_ms >= STORE_INTERVAL_MS;
        if is_due {
            self.stored_ms = self.active_ms.max(1.0);
        }
        is_due
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: f64 = 1_795_000_000_000.0;

    fn random() -> [u8; 16] {
        [7; 16]
    }

    fn nothing() -> Session {
        Session::stored(&[], 0.0, 0.0, false)
    }

    fn begun(now_ms: f64, random: fn() -> [u8; 16]) -> Session {
        Session::resume(nothing(), now_ms, random)
    }

    #[test]
    fn a_stored_session_is_taken_up_while_it_lives() {
        let first = begun(NOW_MS, || [9; 16]);
        assert_eq!(Session::resume(first, NOW_MS + MAX_IDLE_MS - 1.0, random).id, first.id);
        assert_ne!(Session::resume(first, NOW_MS + MAX_IDLE_MS, random).id, first.id);
    }

    #[test]
    fn a_session_from_the_future_is_not_taken_up() {
        let stored = begun(NOW_MS, || [9; 16]);
        assert_eq!(Session::resume(stored, NOW_MS - 1.0, random).id, Id::from_random([7; 16]));
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
        assert!(session.is_to_be_stored());
        session.touch(NOW_MS + 29_999.0);
        assert!(!session.is_to_be_stored());
        session.touch(NOW_MS + 30_000.0);
        assert!(session.is_to_be_stored());
        assert!(!session.is_to_be_stored());
    }

    #[test]
    fn being_kept_and_being_stopped_are_stored_once_and_at_once() {
        let mut session = begun(NOW_MS, random);
        assert!(session.is_to_be_stored());
        session.keep();
        assert!(session.is_to_be_stored());
        assert!(Session::resume(session, NOW_MS, random).is_kept);
        session.stop();
        assert!(session.is_to_be_stored());
        assert!(!Session::resume(session, NOW_MS, random).is_kept, "a stopped session is not taken up");
        assert!(!session.is_to_be_stored());
    }

    #[test]
    fn activity_in_another_page_is_activity_here() {
        let mut here = begun(NOW_MS, random);
        let mut there = here;
        there.touch(NOW_MS + MAX_IDLE_MS - 1.0);
        here.note_stored(there, NOW_MS + MAX_IDLE_MS - 1.0);
        assert!(!here.is_expired(NOW_MS + MAX_IDLE_MS + 1.0));
        there.stop();
        here.note_stored(there, NOW_MS + MAX_IDLE_MS);
        assert!(here.is_expired(NOW_MS + MAX_IDLE_MS + 1.0) && here.is_stopped());
        // A page that missed it stores the session once more: it stays over here.
        here.note_stored(begun(NOW_MS, random), NOW_MS);
        assert!(here.is_stopped());
    }

    #[test]
    fn nothing_stored_any_more_ends_it() {
        let mut session = begun(NOW_MS, random);
        session.note_stored(nothing(), NOW_MS);
        assert!(session.is_stopped());
    }

    #[test]
    fn of_two_sessions_begun_at_once_both_pages_keep_the_first_in_whatever_order_they_hear() {
        for later_ms in [0.0, 3.0] {
            let first = begun(NOW_MS, || [1; 16]);
            let second = begun(NOW_MS + later_ms, || [2; 16]);
            let (mut here, mut there) = (first, second);
            assert!(here.is_to_be_stored());
            here.note_stored(second, NOW_MS + 5.0);
            there.note_stored(first, NOW_MS + 5.0);
            assert!(!here.is_stopped() && there.is_stopped());
            // Whoever wrote last: the first is stored again, so the second page can take it up.
            assert!(here.is_to_be_stored());
            assert_eq!(Session::resume(here, NOW_MS + 6.0, random).id, first.id);
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
