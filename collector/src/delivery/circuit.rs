//! Whether a sink as a whole is failing. While it is, one request at a time is sent to see whether it is back,
//! instead of all that are owed; the first answer lets all of them go.

use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row, without any answer between, that mean the sink and not the entry. Fewer would let one
/// entry that draws an error stop the others.
const FAILURES: u32 = 3;

/// First and longest wait between two probes. The longest is what a recovery can go unnoticed for: with an
/// answer's time it stays below the 5 s in which a batch shall be delivered when the intake is well.
const FIRST_PROBE: Duration = Duration::from_millis(500);
const LONGEST_PROBE: Duration = Duration::from_secs(4);

/// Closed: all is well. Open: probes only.
#[derive(Default)]
pub(super) struct Circuit {
    failures: u32,
    open: Option<Open>,
}

struct Open {
    probe_at: Instant,
    pause: Duration,
}

impl Circuit {
    /// When the next probe may be sent; `None` while all is well.
    pub(super) fn probe_at(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.probe_at)
    }

    /// A probe was sent. One that hangs is not waited for: the next may go after the longest pause.
    pub(super) fn probed(&mut self, now: Instant) {
        if let Some(open) = &mut self.open {
            open.probe_at = now + LONGEST_PROBE;
        }
    }

    /// The sink answered, be it to refuse an entry for good. True if that ends an outage.
    pub(super) fn answered(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// An attempt failed. `least` is what the sink asked to wait, if it did.
    pub(super) fn failed(&mut self, now: Instant, is_probe: bool, least: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let at_least = least.unwrap_or_default();
        match &mut self.open {
            Some(open) if is_probe => {
                open.probe_at = now + super::jitter(open.pause).max(at_least);
                open.pause = (open.pause * 2).min(LONGEST_PROBE);
            }
            // Sent before it opened: nothing new, but for a wish.
            Some(open) => open.probe_at = open.probe_at.max(now + at_least),
            None if self.failures >= FAILURES => self.open_until(now, at_least),
            None => {}
        }
    }

    /// The sink will not take anything for at least `wait`.
    pub(super) fn held(&mut self, now: Instant, wait: Duration) {
        self.open_until(now, wait);
    }

    /// What held the sink up may have passed.
    pub(super) fn probe_now(&mut self, now: Instant) {
        if let Some(open) = &mut self.open {
            open.probe_at = now;
        }
    }

    fn open_until(&mut self, now: Instant, at_least: Duration) {
        let probe_at = now + super::jitter(FIRST_PROBE).max(at_least);
        self.open = Some(Open { probe_at, pause: FIRST_PROBE * 2 });
    }
}
