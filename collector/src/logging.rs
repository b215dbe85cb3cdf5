//! Log lines: JSON objects on stderr with their fields at the top level; `event` names what happened. Bodies,
//! tokens, cookies and addresses of visitors are never logged. Lines of one request have one `trace_id`.

use crate::audit::{AUDIT, AuditLayer, AuditLog};
use crate::trace::Trace;
use std::sync::Arc;
use std::{fmt as text, io};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// The process' logging, whose filter can be changed.
pub struct Logging {
    filter: reload::Handle<EnvFilter, Registry>,
}

/// What is logged: a checked filter.
pub struct LogFilter(EnvFilter);

impl LogFilter {
    /// Checks a text in `tracing`'s filter syntax.
    pub fn parse(text: &str) -> Result<Self, String> {
        EnvFilter::try_new(text).map(Self).map_err(|error| error.to_string())
    }
}

impl Logging {
    /// Starts logging, and auditing where there is a log for it, for the whole process.
    ///
    /// # Errors
    /// If logging was started before.
    pub fn start(filter: LogFilter, audit: Option<Arc<AuditLog>>) -> Result<Self, String> {
        let (filter, handle) = reload::Layer::new(filter.0);
        let lines = fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .map_event_format(Traced)
            .with_writer(io::stderr)
            .with_filter(filter);
        // Whatever is logged, what is audited is audited.
        let audited =
            audit.map(|log| AuditLayer(log).with_filter(filter_fn(|event| event.target() == AUDIT)));
        tracing_subscriber::registry()
            .with(lines)
            .with(audited)
            .try_init()
            .map_err(|error| error.to_string())?;
        Ok(Self { filter: handle })
    }

    /// From now on this is logged.
    pub fn set(&self, filter: LogFilter) {
        // Fails only if nothing logs any more.
        self.filter.reload(filter.0).ok();
    }
}

/// Adds the ids of the work under way to a JSON line.
struct Traced<F>(F);

impl<S, N, F> FormatEvent<S, N> for Traced<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> text::Result {
        let Some(trace) = Trace::current() else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.strip_suffix("}\n") {
            Some(members) => writeln!(writer, "{members},{trace}}}"),
            None => writer.write_str(&line),
        }
    }
}
