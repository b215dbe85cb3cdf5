//! Which work a log line belongs to: W3C trace context (level 1) of the request or delivery under way.
//!
//! Every request gets ids of its own, so its log lines can be found together; making them allocates
//! nothing and locks nothing. A `traceparent` that comes with a request is believed only from a trusted proxy: from a browser it
//! would let anybody write into other people's traces. Spans are made for sampled work alone, and work is sampled
//! only where an exporter is on (feature `otlp`, `telemetry.otlp_endpoint`).

use crate::config::TrustedProxies;
use crate::server::PeerAddress;
use axum::http::{HeaderMap, HeaderName};
use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::time::SystemTime;

/// W3C Trace Context, section 3.2.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Bit of the flags that says that the caller records this trace.
const SAMPLED: u8 = 1;

/// Name of the span of a request.
pub const INTAKE: &str = "intake";

tokio::task_local! {
    static CURRENT: Trace;
}

static EXPORT: OnceLock<Export> = OnceLock::new();

/// What is done with finished spans, and how many are wanted.
pub struct Export {
    /// Share of traces that are sampled, 0 to 1, of those that no trusted proxy decides.
    pub sample_ratio: f64,
    /// Takes a finished span; must not wait.
    pub take: Box<dyn Fn(&FinishedSpan) + Send + Sync>,
}

/// Where work stands in a trace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trace {
    /// Never 0.
    pub trace_id: u128,
    /// Never 0.
    pub span_id: u64,
    /// 0 where the trace begins here.
    pub parent_id: u64,
    sampled: bool,
}

/// A piece of work that is over.
#[derive(Debug)]
pub struct FinishedSpan {
    /// What was done.
    pub name: &'static str,
    /// Where it stands.
    pub trace: Trace,
    /// When it began and ended.
    pub times: [SystemTime; 2],
    /// Status of the answer, of a request.
    pub status: Option<u16>,
}

/// Switches the export of spans on, for the whole process and once.
pub fn export(export: Export) {
    EXPORT.set(export).ok();
}

impl Trace {
    /// The trace of a request: a new one, unless a trusted proxy says which.
    pub fn of_request(peer: Option<PeerAddress>, headers: &HeaderMap, trusted: &TrustedProxies) -> Self {
        let believed = peer.is_some_and(|peer| trusted.include(peer.0));
        let parent = headers.get(TRACEPARENT).filter(|_| believed).and_then(|value| value.to_str().ok());
        match parent.and_then(parse) {
            Some((trace_id, parent_id, sampled)) => {
                let sampled = sampled && EXPORT.get().is_some();
                Self { trace_id, span_id: fastrand::u64(1..), parent_id, sampled }
            }
            None => Self::begin(),
        }
    }

    /// A trace that begins here.
    pub fn begin() -> Self {
        let sampled = EXPORT.get().is_some_and(|export| fastrand::f64() < export.sample_ratio);
        Self { trace_id: fastrand::u128(1..), span_id: fastrand::u64(1..), parent_id: 0, sampled }
    }

    /// The trace of the work under way.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|trace| *trace).ok()
    }

    /// Does the work of this span. `status` finds the status of an answer in its result.
    pub async fn run<F: Future>(
        self,
        name: &'static str,
        status: impl FnOnce(&F::Output) -> Option<u16>,
        work: F,
    ) -> F::Output {
        if !self.sampled {
            return CURRENT.scope(self, work).await;
        }
        let began = SystemTime::now();
        let result = CURRENT.scope(self, work).await;
        if let Some(export) = EXPORT.get() {
            let times = [began, SystemTime::now()];
            (export.take)(&FinishedSpan { name, trace: self, times, status: status(&result) });
        }
        result
    }
}

/// Does a part of the work under way; a span of its own if that is sampled.
pub async fn part<F: Future>(name: &'static str, work: F) -> F::Output {
    match Trace::current() {
        Some(above) if above.sampled => {
            let trace = Trace { span_id: fastrand::u64(1..), parent_id: above.span_id, ..above };
            trace.run(name, |_| None, work).await
        }
        _ => work.await,
    }
}

impl fmt::Display for Trace {
    /// As members of a JSON object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"trace_id\":\"{:032x}\",\"span_id\":\"{:016x}\"", self.trace_id, self.span_id)
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may go on behind that.
fn parse(text: &str) -> Option<(u128, u64, bool)> {
    let mut parts = text.split('-');
    let mut hex = |length: usize| {
        let part = parts.next()?;
        let plain =
            part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| u128::from_str_radix(part, 16).ok()).flatten()
    };
    let (version, trace_id, parent_id, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    let ends = parts.next().is_none();
    let valid = version != 0xff && (version != 0 || ends) && trace_id != 0 && parent_id != 0;
    valid.then_some((trace_id, parent_id as u64, flags as u8 & SAMPLED != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_as_the_standard_says() {
        assert_eq!(
            parse(PARENT),
            Some((0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7, true))
        );
        assert_eq!(parse(&PARENT.replace("-01", "-00")).map(|(_, _, sampled)| sampled), Some(false));
        assert!(parse(&format!("{}-more", PARENT.replacen("00", "01", 1))).is_some());
        for wrong in [
            "",
            "00-x",
            &format!("{PARENT}-more"),
            &PARENT.to_uppercase(),
            &PARENT.replacen("00", "ff", 1),
            &PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &PARENT.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &PARENT.replace("4bf9", "+bf9"),
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_traceparent_is_believed_from_nobody_who_is_not_trusted() {
        let headers = HeaderMap::from_iter([(TRACEPARENT, PARENT.parse().unwrap())]);
        let peer = Some(PeerAddress("192.0.2.1".parse().unwrap()));
        let trace = Trace::of_request(peer, &headers, &TrustedProxies::default());
        assert_ne!(trace.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!((trace.parent_id, trace.sampled), (0, false));
    }

    #[tokio::test]
    async fn work_knows_its_trace_and_other_work_does_not() {
        let trace = Trace::begin();
        let seen =
            trace.run("test", |_| None, async { part("inner", async { Trace::current() }).await }).await;
        assert_eq!(seen, Some(trace), "without sampling a part is no span of its own");
        assert_eq!(Trace::current(), None);
    }
}
