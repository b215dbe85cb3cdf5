//! `[telemetry]`: where the collector's own traces go, and how many of them.

use super::{ConfigError, option};
use serde::{Deserialize, Serialize};
use url::Url;

/// `[telemetry]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTelemetry {
    /// Base URL of an OTLP/HTTP endpoint; without one no span is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Share of traces that are exported, 0 to 1.
    pub otlp_sample_ratio: f64,
}

impl Default for RawTelemetry {
    fn default() -> Self {
        // One in a hundred shows where time goes; a thousand requests a second make 30 spans of it.
        Self { otlp_endpoint: None, otlp_sample_ratio: 0.01 }
    }
}

/// Where the collector's own traces go.
#[derive(Clone, Debug)]
pub struct OtlpConfig {
    /// Takes OTLP/HTTP protobuf by POST.
    pub traces_url: Url,
    /// Share of traces that are exported, 0 to 1.
    pub sample_ratio: f64,
}

pub(super) fn otlp(raw: &RawTelemetry) -> Result<Option<OtlpConfig>, ConfigError> {
    if !(0.0..=1.0).contains(&raw.otlp_sample_ratio) {
        return Err(option("telemetry.otlp_sample_ratio", "expected 0 to 1"));
    }
    let Some(text) = &raw.otlp_endpoint else { return Ok(None) };
    let path = "telemetry.otlp_endpoint";
    if !cfg!(feature = "otlp") {
        return Err(option(path, "this collector was built without the feature `otlp`"));
    }
    let mut url = Url::parse(text).map_err(|error| option(path, format!("`{text}`: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || !url.username().is_empty() {
        return Err(option(path, "expected http or https, host and port; /v1/traces is appended"));
    }
    // As the specification of the OTLP exporter has it for a base URL.
    url.set_path(&format!("{}/v1/traces", url.path().trim_end_matches('/')));
    Ok(Some(OtlpConfig { traces_url: url, sample_ratio: raw.otlp_sample_ratio }))
}
