//! CLS: the worst window of shifts, and the largest shift of that window.

use crate::fields::Fields;
use crate::signal::PageTime;

/// CLS: the worst window of shifts, at most 1 s apart and 5 s long in all.
#[derive(Debug, Default)]
pub struct LayoutShiftWindow {
    first: PageTime,
    last: PageTime,
    score: f64,
    largest: f64,
    largest_cause: Fields,
    worst: f64,
    worst_cause: Fields,
}

impl LayoutShiftWindow {
    const MAX_GAP_MS: f64 = 1_000.0;
    const MAX_LENGTH_MS: f64 = 5_000.0;

    /// Takes one shift and what it is due to, fields of a `ClsAttribution`.
    pub fn add(&mut self, at: PageTime, value: f64, cause: Fields) {
        let continues =
            self.score > 0.0 && at - self.last < Self::MAX_GAP_MS && at - self.first < Self::MAX_LENGTH_MS;
        if !continues {
            self.first = at;
            self.score = 0.0;
            self.largest = 0.0;
        }
        self.last = at;
        self.score += value;
        // Of equal ones the last, as in web-vitals.
        if value >= self.largest {
            self.largest = value;
            self.largest_cause = cause;
        }
        if self.score > self.worst {
            self.worst = self.score;
            self.worst_cause.clone_from(&self.largest_cause);
        }
    }

    /// The measure.
    pub fn worst(&self) -> f64 {
        self.worst
    }

    /// What the largest shift of the worst window is due to; empty if nothing shifted.
    pub fn cause(&self) -> &Fields {
        &self.worst_cause
    }
}
