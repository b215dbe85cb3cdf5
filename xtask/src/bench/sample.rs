//! What one run of one server measured, and what several runs together say.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// What `bench load` prints.
#[derive(Clone, Debug, Default)]
pub(super) struct LoadReport {
    pub(super) seconds: f64,
    pub(super) statuses: BTreeMap<String, u64>,
    /// Connections the server closed without an answer, and answers that never came.
    pub(super) lost: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

impl LoadReport {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).context("the load printed no JSON")?;
        let number =
            |name: &str| value[name].as_f64().with_context(|| format!("the load did not say `{name}`"));
        let statuses = value["statuses"].as_object().context("the load did not say `statuses`")?;
        Ok(Self {
            seconds: number("seconds")?,
            statuses: statuses
                .iter()
                .map(|(name, count)| (name.clone(), count.as_u64().unwrap_or(0)))
                .collect(),
            lost: number("broken")? as u64 + number("unanswered")? as u64,
            p50_ms: number("p50_us")? / 1_000.0,
            p99_ms: number("p99_us")? / 1_000.0,
        })
    }

    /// Bodies the server said it has taken.
    pub(super) fn accepted(&self) -> u64 {
        self.statuses.get("202").copied().unwrap_or(0)
    }

    /// Everything but 202, as `503: 7, lost: 1`.
    pub(super) fn errors(&self) -> BTreeMap<String, u64> {
        let mut errors = self.statuses.clone();
        errors.remove("202");
        if self.lost > 0 {
            errors.insert("lost".into(), self.lost);
        }
        errors
    }
}

/// What one run measured.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) load: LoadReport,
    /// Of the server, to the end of what it owes for these requests.
    pub(super) cpu_us: u64,
    pub(super) peak_bytes: u64,
    /// Until everything was where it belongs, where that is later than the last answer.
    pub(super) seconds_to_drained: Option<f64>,
}

impl Sample {
    /// For whoever watches the run.
    pub(super) fn in_short(&self) -> String {
        let Some(rate) = per_second(self.load.accepted(), self.load.seconds) else {
            return "not served".into();
        };
        format!("{rate:.0}/s, {:.0} µs", self.cpu_us as f64 / self.load.accepted() as f64)
    }
}

/// The middle of several runs and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Spread {
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, min, max })
    }

    /// `64 (61-70)`; with one run only the value.
    pub(super) fn text(self) -> String {
        let digits = match self.max {
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        let number = |value: f64| thousands(&format!("{value:.digits$}"));
        if self.min.to_bits() == self.max.to_bits() {
            return number(self.median);
        }
        format!("{} ({}-{})", number(self.median), number(self.min), number(self.max))
    }
}

/// Several runs of one server with one workload.
#[derive(Default)]
pub(super) struct Samples(pub(super) Vec<Sample>);

impl Samples {
    fn spread(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
        // One run without the figure, and the others do not speak for all.
        Spread::of(self.0.iter().map(figure).collect::<Option<Vec<_>>>()?)
    }

    pub(super) fn accepted_per_s(&self) -> Option<Spread> {
        self.spread(|sample| per_second(sample.load.accepted(), sample.load.seconds))
    }

    pub(super) fn drained_per_s(&self) -> Option<Spread> {
        self.spread(|sample| per_second(sample.load.accepted(), sample.seconds_to_drained?))
    }

    pub(super) fn cpu_us(&self) -> Option<Spread> {
        self.spread(|sample| match sample.load.accepted() {
            0 => None,
            accepted => Some(sample.cpu_us as f64 / accepted as f64),
        })
    }

    pub(super) fn p50_ms(&self) -> Option<Spread> {
        self.spread(|sample| Some(sample.load.p50_ms))
    }

    pub(super) fn p99_ms(&self) -> Option<Spread> {
        self.spread(|sample| Some(sample.load.p99_ms))
    }

    pub(super) fn peak_mb(&self) -> Option<Spread> {
        self.spread(|sample| Some(sample.peak_bytes as f64 / 1024.0 / 1024.0))
    }

    pub(super) fn errors(&self) -> String {
        let mut sum = BTreeMap::<String, u64>::new();
        for (name, count) in self.0.iter().flat_map(|sample| sample.load.errors()) {
            *sum.entry(name).or_default() += count;
        }
        if sum.is_empty() {
            return "none".into();
        }
        sum.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
    }
}

fn per_second(count: u64, seconds: f64) -> Option<f64> {
    (count > 0 && seconds > 0.0).then(|| count as f64 / seconds)
}

fn thousands(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, String::new()), |(w, r)| (w, format!(".{r}")));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(accepted: u64, seconds: f64, drained: Option<f64>) -> Sample {
        let statuses = BTreeMap::from([("202".to_owned(), accepted), ("503".to_owned(), 2)]);
        let load = LoadReport { seconds, statuses, ..LoadReport::default() };
        Sample { load, cpu_us: 60_000, peak_bytes: 5 << 20, seconds_to_drained: drained }
    }

    #[test]
    fn a_spread_is_the_median_with_its_bounds() {
        let spread = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Spread::of([1.0, 2.0]).unwrap().median.to_string(), "1.5");
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let text = |values: &[f64]| Spread::of(values.iter().copied()).unwrap().text();
        assert_eq!(text(&[12_345.6, 9_999.0, 1_000_000.0]), "12,346 (9,999-1,000,000)");
        assert_eq!(text(&[63.96]), "64.0");
        assert_eq!(text(&[0.456, 1.5]), "0.98 (0.46-1.50)");
    }

    #[test]
    fn rates_are_of_accepted_bodies_and_errors_add_up() {
        let samples = Samples(vec![sample(1_000, 2.0, Some(4.0)), sample(3_000, 2.0, Some(4.0))]);
        assert_eq!(samples.accepted_per_s().unwrap(), Spread { median: 1_000.0, min: 500.0, max: 1_500.0 });
        assert_eq!(samples.drained_per_s().unwrap().median.to_string(), "500");
        assert_eq!(samples.cpu_us().unwrap().max.to_string(), "60");
        assert_eq!(samples.errors(), "503: 4");
    }

    #[test]
    fn a_run_that_did_not_drain_leaves_no_figure() {
        let samples = Samples(vec![sample(1_000, 2.0, Some(4.0)), sample(1_000, 2.0, None)]);
        assert_eq!(samples.drained_per_s(), None);
        assert_eq!(Samples(vec![sample(0, 2.0, None)]).cpu_us(), None);
    }

    #[test]
    fn the_report_of_the_load_is_read() {
        let text = r#"{"posted":12,"seconds":0.5,"statuses":{"202":10,"404":1},"broken":1,"unanswered":0,
                       "p50_us":1500,"p99_us":9000}"#;
        let report = LoadReport::parse(text).unwrap();
        assert_eq!((report.accepted(), report.lost, report.p99_ms.to_string()), (10, 1, "9".to_owned()));
        assert_eq!(report.errors(), BTreeMap::from([("404".into(), 1), ("lost".into(), 1)]));
        assert!(LoadReport::parse("{}").is_err());
    }
}
