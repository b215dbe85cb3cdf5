//! The collector's own spans to an OTLP endpoint, as protobuf over HTTP. OpenTelemetry's batch processor does the
//! queue (2,048 spans, beyond which they are dropped), the batches and the time-outs in a thread of its own; only
//! its tracer is left out, because [`crate::trace`] has made the spans already.

use crate::config::OtlpConfig;
use crate::trace::{self, Export, FinishedSpan};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::warn;

/// Longest time for one batch and its answer.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for the last spans when the collector stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there will be no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// TLS or the list of trusted roots is missing.
    #[error("the HTTP client for the OTLP endpoint cannot be made: {0}")]
    Client(reqwest::Error),
    /// The exporter refuses its options.
    #[error("the OTLP exporter cannot be made: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// The export at work.
pub struct TraceExport(Arc<BatchSpanProcessor>);

impl TraceExport {
    /// Switches the export on for the whole process. Called inside the runtime that is to do the requests.
    pub fn start(config: &OtlpConfig) -> Result<Self, ExportError> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(ExportError::Client)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(RuntimeClient { client, runtime: Handle::current() })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(config.traces_url.as_str())
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        let resource = Resource::builder_empty()
            .with_service_name("collector")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        processor.set_resource(&resource);
        let processor = Arc::new(processor);
        let taking = processor.clone();
        let take = Box::new(move |span: &FinishedSpan| taking.on_end(span_data(span)));
        trace::export(Export { sample_ratio: config.sample_ratio, take });
        Ok(Self(processor))
    }

    /// Sends what is left, but not forever. Waits, so not for a thread of the runtime.
    pub fn close(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(CLOSE_TIMEOUT) {
            warn!(event = "spans_lost", %error);
        }
    }
}

fn span_data(span: &FinishedSpan) -> SpanData {
    let &FinishedSpan { name, trace, times: [start_time, end_time], status } = span;
    let span_context = SpanContext::new(
        TraceId::from(trace.trace_id),
        SpanId::from(trace.span_id),
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    );
    let failed = status.is_some_and(|status| status >= 500);
    SpanData {
        span_context,
        parent_span_id: SpanId::from(trace.parent_id),
        parent_span_is_remote: name == trace::INTAKE && trace.parent_id != 0,
        span_kind: if name == trace::INTAKE { SpanKind::Server } else { SpanKind::Internal },
        name: name.into(),
        start_time,
        end_time,
        attributes: status
            .map(|status| KeyValue::new("http.response.status_code", i64::from(status)))
            .into_iter()
            .collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("collector").build(),
    }
}

/// The exporter waits in a thread without a runtime; its requests are done in ours.
#[derive(Debug)]
struct RuntimeClient {
    client: reqwest::Client,
    runtime: Handle,
}

impl HttpClient for RuntimeClient {
    // As `async_trait` would write it.
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> BoxFuture<'b, Result<Response<Bytes>, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let request = request.map(reqwest::Body::from).try_into()?;
            let mut answer = client.execute(request).await?;
            let mut response = Response::builder().status(answer.status()).body(Bytes::new())?;
            std::mem::swap(response.headers_mut(), answer.headers_mut());
            *response.body_mut() = answer.bytes().await?;
            Ok::<_, HttpError>(response)
        });
        async move { sending.await? }.boxed()
    }
}
