//! Times of answers.

use std::time::Duration;

/// Every answer's time; a minute of the fastest server is a few MB.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// The times (us) below which these shares of all answers came.
    pub(crate) fn percentiles<const N: usize>(mut self, shares: [f64; N]) -> [u32; N] {
        self.0.sort_unstable();
        shares.map(|share| nearest_rank(&self.0, share))
    }
}

/// The smallest value that at least `share` of all values do not exceed; 0 of none.
fn nearest_rank(sorted: &[u32], share: f64) -> u32 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut latencies = Latencies::default();
        for us in (1..=200).rev() {
            latencies.add(Duration::from_micros(us));
        }
        assert_eq!(latencies.percentiles([0.0, 0.5, 0.99, 1.0]), [1, 100, 198, 200]);
        assert_eq!(Latencies::default().percentiles([0.5]), [0]);
    }
}
