//! Posts on their way to the collector: one in flight at a time, retried until the collector has them, bounded
//! in memory. At page exit everything leaves at once.

use crate::signal::PageTime;
use alloc::vec::Vec;

/// Encoded batches kept while the collector is away. 1 MiB is hours of an ordinary session.
pub const MAX_QUEUE_BYTES: usize = 1024 * 1024;
/// Encoded batches of a session kept only if an error happens: some minutes before it. What is older is not lost
/// but was never to be sent.
const MAX_HELD_BYTES: usize = 64 * 1024;
/// First wait after a failure; doubled each time.
const FIRST_BACKOFF_MS: f64 = 1_000.0;
/// Longest wait after a failure.
pub const MAX_BACKOFF_MS: f64 = 60_000.0;
/// Most that a collector's `Retry-After` is believed.
const MAX_RETRY_AFTER_MS: f64 = 600_000.0;
/// A post without an answer for this long counts as failed. The batch id lets the collector tell a repeat.
const ANSWER_TIMEOUT_MS: f64 = 30_000.0;

/// Draws 16 random bytes.
type Random = fn() -> [u8; 16];

/// What became of an answered post.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The collector has it, synced to its journal.
    Accepted,
    /// It will be sent again.
    WillRetry,
    /// The collector will never take it; it was dropped.
    Refused,
    /// The collector is older than this SDK; sending is over.
    TooNew,
    /// The answer came after the post was given up or repeated.
    Stale,
}

/// A post for the sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Names the post in the answer.
    pub slot: u32,
    /// An encoded batch.
    pub body: Vec<u8>,
    /// How many events it has, for whoever keeps it and may have to give it up.
    pub events: u32,
    /// Whether the page may be gone before anything asynchronous completes.
    pub at_exit: bool,
}

#[derive(Debug)]
struct Waiting {
    slot: u32,
    body: Vec<u8>,
    events: u32,
    sent_at: Option<PageTime>,
}

/// The queue of posts.
#[derive(Debug, Default)]
pub struct Upload {
    queue: Vec<Waiting>,
    next_slot: u32,
    failures: u32,
    retry_at: PageTime,
    lost_events: u32,
    /// Nothing leaves yet, and perhaps never will.
    is_held: bool,
    is_over: bool,
}

impl Upload {
    /// Queues an encoded batch of `events` events. When the bound is reached the oldest batches go and their
    /// events are counted as lost.
    pub fn enqueue(&mut self, body: Vec<u8>, events: u32) {
        if self.is_over {
            return;
        }
        self.next_slot += 1;
        self.queue.push(Waiting { slot: self.next_slot, body, events, sent_at: None });
        let max_bytes = if self.is_held { MAX_HELD_BYTES } else { MAX_QUEUE_BYTES };
        while self.queue.iter().map(|post| post.body.len()).sum::<usize>() > max_bytes {
            let events = self.queue.remove(0).events;
            if !self.is_held {
                self.lost_events += events;
            }
        }
    }

    /// A session begins whose batches are held until [`Self::release`], or not. What was held of the last one
    /// is forgotten.
    pub fn hold(&mut self, is_held: bool) {
        if self.is_held {
            self.queue.clear();
        }
        self.is_held = is_held;
    }

    /// Lets go of what was held. Answers whether anything changed.
    pub fn release(&mut self) -> bool {
        core::mem::take(&mut self.is_held)
    }

    /// Counts events that never reached a batch, or whose batch was given up elsewhere.
    pub fn lose(&mut self, events: u32) {
        self.lost_events += events;
    }

    /// Events lost since this was last asked.
    pub fn take_lost_events(&mut self) -> u32 {
        core::mem::take(&mut self.lost_events)
    }

    /// The next post, if none is in flight and no wait is on.
    pub fn next(&mut self, now: PageTime, random: Random) -> Option<Post> {
        if let Some(post) =
            self.queue.iter_mut().find(|post| post.sent_at.is_some_and(|at| now - at >= ANSWER_TIMEOUT_MS))
        {
            post.sent_at = None;
            self.back_off(now, random, None);
        }
        if self.is_held || now < self.retry_at || self.queue.iter().any(|post| post.sent_at.is_some()) {
            return None;
        }
        self.queue.first_mut().map(|post| post.send(now, false))
    }

    /// Every post not in flight, newest first: if the browser takes only some at exit, the last state of the
    /// view is worth most.
    pub fn all_at_exit(&mut self, now: PageTime) -> Vec<Post> {
        let mut posts = Vec::new();
        for post in self.queue.iter_mut().rev() {
            if !self.is_held && post.sent_at.is_none() {
                posts.push(post.send(now, true));
            }
        }
        posts
    }

    /// The collector answered a post. `status` 0 means that it could not be reached.
    pub fn answered(
        &mut self,
        slot: u32,
        status: u16,
        retry_after_s: Option<u32>,
        now: PageTime,
        random: Random,
    ) -> Answer {
        let Some(index) = self.queue.iter().position(|post| post.slot == slot && post.sent_at.is_some())
        else {
            return Answer::Stale;
        };
        match status {
            0 | 408 | 429 | 500.. => {
                self.queue[index].sent_at = None;
                self.back_off(now, random, retry_after_s);
                return Answer::WillRetry;
            }
            426 => {
                self.queue.clear();
                self.is_over = true;
                return Answer::TooNew;
            }
            _ => {}
        }
        let post = self.queue.remove(index);
        self.failures = 0;
        self.retry_at = now;
        if status < 300 {
            return Answer::Accepted;
        }
        self.lost_events += post.events;
        Answer::Refused
    }

    /// When [`Self::next`] has something to do, if it ever will.
    pub fn next_wake(&self) -> Option<PageTime> {
        let first = self.queue.first().filter(|_| !self.is_held)?;
        let in_flight = self.queue.iter().filter_map(|post| post.sent_at).reduce(f64::min);
        Some(in_flight.or(first.sent_at).map_or(self.retry_at, |sent_at| sent_at + ANSWER_TIMEOUT_MS))
    }

    /// Waits 1 s doubling to 60 s, half of it random so that pages do not return in step, and never shorter
    /// than the collector asked.
    fn back_off(&mut self, now: PageTime, random: Random, retry_after_s: Option<u32>) {
        let doublings = self.failures.min(16);
        let full_ms = (FIRST_BACKOFF_MS * f64::from(1_u32 << doublings)).min(MAX_BACKOFF_MS);
        let wait_ms = full_ms * (0.5 + f64::from(random()[0]) / 510.0);
        let asked_ms =
            retry_after_s.map_or(0.0, |seconds| (f64::from(seconds) * 1_000.0).min(MAX_RETRY_AFTER_MS));
        self.failures += 1;
        self.retry_at = now + wait_ms.max(asked_ms);
    }
}

impl Waiting {
    fn send(&mut self, now: PageTime, at_exit: bool) -> Post {
        self.sent_at = Some(now);
        Post { slot: self.slot, body: self.body.clone(), events: self.events, at_exit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn low() -> [u8; 16] {
        [0; 16]
    }

    fn high() -> [u8; 16] {
        [255; 16]
    }

    fn with_batches(count: usize, bytes: usize) -> Upload {
        let mut upload = Upload::default();
        for _ in 0..count {
            upload.enqueue(vec![0; bytes], 3);
        }
        upload
    }

    #[test]
    fn one_post_is_in_flight_and_the_next_follows_its_answer() {
        let mut upload = with_batches(2, 10);
        let first = upload.next(0.0, low).unwrap();
        assert_eq!(upload.next(1.0, low), None);
        assert_eq!(upload.answered(first.slot, 202, None, 2.0, low), Answer::Accepted);
        assert_eq!(upload.next(3.0, low).unwrap().slot, first.slot + 1);
    }

    #[test]
    fn failures_back_off_doubling_to_a_minute_and_lose_nothing() {
        let mut upload = with_batches(1, 10);
        let mut now = 0.0;
        for expected_ms in [1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 32_000.0, 60_000.0, 60_000.0] {
            let post = upload.next(now, high).unwrap();
            assert_eq!(upload.answered(post.slot, 0, None, now, high), Answer::WillRetry);
            assert_eq!(upload.next_wake(), Some(now + expected_ms));
            assert_eq!(upload.next(now + expected_ms - 1.0, high), None);
            now += expected_ms;
        }
        let post = upload.next(now, high).unwrap();
        assert_eq!(upload.answered(post.slot, 202, None, now, low), Answer::Accepted);
        assert_eq!(upload.take_lost_events(), 0);
    }

    #[test]
    fn the_collector_may_ask_for_a_longer_wait() {
        let mut upload = with_batches(1, 10);
        let post = upload.next(0.0, low).unwrap();
        upload.answered(post.slot, 503, Some(20), 0.0, low);
        assert_eq!(upload.next_wake(), Some(20_000.0));
    }

    #[test]
    fn a_post_without_an_answer_is_repeated_and_its_late_answer_ignored() {
        let mut upload = with_batches(1, 10);
        let post = upload.next(0.0, low).unwrap();
        assert_eq!(upload.next(ANSWER_TIMEOUT_MS, low), None);
        assert_eq!(upload.answered(post.slot, 202, None, ANSWER_TIMEOUT_MS, low), Answer::Stale);
        assert!(upload.next(ANSWER_TIMEOUT_MS + FIRST_BACKOFF_MS, low).is_some());
    }

    #[test]
    fn everything_leaves_at_exit_newest_first() {
        let mut upload = with_batches(3, 10);
        let in_flight = upload.next(0.0, low).unwrap();
        let slots: Vec<u32> = upload.all_at_exit(1.0).iter().map(|post| post.slot).collect();
        assert_eq!(slots, [in_flight.slot + 2, in_flight.slot + 1]);
        assert!(upload.all_at_exit(2.0).is_empty());
    }

    #[test]
    fn memory_is_bounded_and_the_loss_is_counted() {
        let mut upload = with_batches(3, MAX_QUEUE_BYTES / 2);
        assert_eq!(upload.take_lost_events(), 3);
        assert_eq!(upload.take_lost_events(), 0);
        assert_eq!(upload.next(0.0, low).unwrap().slot, 2);
    }

    #[test]
    fn a_refusal_drops_the_batch_and_counts_it() {
        let mut upload = with_batches(1, 10);
        let post = upload.next(0.0, low).unwrap();
        assert_eq!(upload.answered(post.slot, 403, None, 1.0, low), Answer::Refused);
        assert_eq!(upload.take_lost_events(), 3);
        assert_eq!(upload.next_wake(), None);
    }

    #[test]
    fn an_older_collector_ends_the_sending() {
        let mut upload = with_batches(2, 10);
        let post = upload.next(0.0, low).unwrap();
        assert_eq!(upload.answered(post.slot, 426, None, 1.0, low), Answer::TooNew);
        upload.enqueue(vec![1], 1);
        assert_eq!(upload.next(2.0, low), None);
    }
}
