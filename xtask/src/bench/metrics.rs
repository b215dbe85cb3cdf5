//! Asking a server over HTTP, and reading Prometheus' text format.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server under full load answers between other requests; past this it is stuck.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The body of the answer to a GET.
pub(super) fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(|| format!("{address} does not answer"))?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        _ => bail!("{address}{path} answered {}", answer.lines().next().unwrap_or("nothing")),
    }
}

/// The sum of a metric's samples whose labels have all these values.
pub(super) fn sum(text: &str, metric: &str, labels: &[(&str, &str)]) -> u64 {
    let samples = text.lines().filter_map(|line| line.strip_prefix(metric)).filter(|rest| {
        // Not a metric whose name only begins so.
        rest.starts_with(['{', ' '])
            && labels.iter().all(|(name, value)| rest.contains(&format!("{name}=\"{value}\"")))
    });
    let values = samples.filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum::<f64>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# TYPE collector_outcomes_total counter\n\
        collector_outcomes_total{app=\"a\",door=\"batch\",outcome=\"accepted\",sink=\"none\"} 7\n\
        collector_outcomes_total{app=\"b\",door=\"datadog\",outcome=\"accepted\",sink=\"none\"} 5\n\
        collector_outcomes_total{app=\"a\",door=\"batch\",outcome=\"delivered\",sink=\"store\"} 6\n\
        collector_outcomes_total_more{outcome=\"accepted\"} 100\n\
        collector_journal_ready 1\n";

    #[test]
    fn a_metric_is_summed_over_the_labels_that_are_not_asked_for() {
        assert_eq!(sum(TEXT, "collector_outcomes_total", &[("outcome", "accepted"), ("sink", "none")]), 12);
        assert_eq!(sum(TEXT, "collector_outcomes_total", &[("sink", "store")]), 6);
        assert_eq!(sum(TEXT, "collector_journal_ready", &[]), 1);
        assert_eq!(sum(TEXT, "collector_delivery_backlog", &[]), 0);
    }
}
