//! The design's budgets for the collector (design, section 6), held against what was measured.

use super::collector::{Row, SMALL, WIDE};
use super::sample::Spread;

/// Durable, scrubbed bodies a second on 2 cores that the load shares.
const SMALL_PER_S: f64 = 30_000.0;
const WIDE_PER_S: f64 = 8_000.0;
const P99_MS: f64 = 50.0;
const PEAK_MB: f64 = 100.0;

/// One sentence per budget, with its verdict.
pub(super) fn verdicts(rows: &[Row]) -> Vec<String> {
    let mut verdicts = Vec::new();
    for (workload, per_s) in [(SMALL, SMALL_PER_S), (WIDE, WIDE_PER_S)] {
        let Some(accept) = row(rows, workload, "collector, accept") else { continue };
        let at_least = |figure: Option<Spread>| figure.map(|spread| (spread.median, spread.median >= per_s));
        verdicts.push(verdict(
            &format!("{workload}: at least {per_s:.0} bodies/s"),
            at_least(accept.samples.accepted_per_s()),
        ));
        for (what, limit, figure) in [
            ("p99 below 50 ms", P99_MS, accept.samples.p99_ms()),
            ("RSS below 100 MB", PEAK_MB, accept.samples.peak_mb()),
        ] {
            verdicts.push(verdict(
                &format!("{workload}: {what}"),
                figure.map(|spread| (spread.median, spread.median < limit)),
            ));
        }
    }
    if let Some(ratio) = cpu_ratio(rows, WIDE, "collector, accept") {
        verdicts.push(verdict(
            &format!("{WIDE}: CPU of a durable, scrubbed body at most nginx's of proxying it (ratio 1)"),
            Some((ratio, ratio <= 1.0)),
        ));
    }
    verdicts
}

/// CPU per request, as a multiple of nginx's.
pub(super) fn cpu_ratio(rows: &[Row], workload: &str, subject: &str) -> Option<f64> {
    let cpu = |subject| Some(row(rows, workload, subject)?.samples.cpu_us()?.median);
    Some(cpu(subject)? / cpu("nginx")?)
}

/// Accepted bodies a second, as a multiple of nginx's.
pub(super) fn rate_ratio(rows: &[Row], workload: &str, subject: &str) -> Option<f64> {
    let rate = |subject| Some(row(rows, workload, subject)?.samples.accepted_per_s()?.median);
    Some(rate(subject)? / rate("nginx")?)
}

fn row<'a>(rows: &'a [Row], workload: &str, subject: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.workload == workload && row.subject == subject)
}

fn verdict(budget: &str, measured: Option<(f64, bool)>) -> String {
    match measured {
        Some((value, true)) => format!("{budget}: held ({value:.1})"),
        Some((value, false)) => format!("{budget}: MISSED ({value:.1})"),
        None => format!("{budget}: not measured"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{LoadReport, Sample, Samples};
    use super::*;
    use std::collections::BTreeMap;

    fn row(workload: &'static str, subject: &'static str, accepted: u64, cpu_us: u64) -> Row {
        let statuses = BTreeMap::from([("202".to_owned(), accepted)]);
        let load = LoadReport { seconds: 1.0, statuses, p99_ms: 70.0, ..LoadReport::default() };
        let sample = Sample { load, cpu_us, peak_bytes: 20 << 20, seconds_to_drained: None };
        Row { workload, subject, samples: Samples(vec![sample]) }
    }

    #[test]
    fn each_budget_is_judged_by_the_median() {
        let rows = [row(WIDE, "nginx", 1_000, 64_000), row(WIDE, "collector, accept", 9_000, 1_152_000)];
        let verdicts = verdicts(&rows);
        let expected = [
            "16 KB RUM: at least 8000 bodies/s: held (9000.0)",
            "16 KB RUM: p99 below 50 ms: MISSED (70.0)",
            "16 KB RUM: RSS below 100 MB: held (20.0)",
            "16 KB RUM: CPU of a durable, scrubbed body at most nginx's of proxying it (ratio 1): MISSED (2.0)",
        ];
        assert_eq!(verdicts, expected);
        assert_eq!(rate_ratio(&rows, WIDE, "collector, accept"), Some(9.0));
        assert_eq!(cpu_ratio(&rows, SMALL, "collector, accept"), None);
    }
}
