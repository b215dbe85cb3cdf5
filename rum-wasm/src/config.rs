//! What the SDK was told to do.

use alloc::string::String;
use rum_protocol::{MAX_TEXT_BYTES, truncate};

/// The checked configuration. `js-loader/src/options.ts` has refused wrong types and missing ids before the
/// core is even fetched, so that a wrong option costs the page nothing; what is left here is to bound lengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Datadog `application.id`.
    pub application_id: String,
    /// Datadog `service`.
    pub service: Option<String>,
    /// Deployment environment, Datadog tag `env`.
    pub env: Option<String>,
    /// Version of the host application.
    pub version: Option<String>,
    /// Percentage of sessions kept, 0 to 100.
    pub session_sample_rate: f32,
}

impl Config {
    /// Cuts every text to what the protocol allows.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        truncate(&mut self.application_id, MAX_TEXT_BYTES);
        for text in [&mut self.service, &mut self.env, &mut self.version].into_iter().flatten() {
            truncate(text, MAX_TEXT_BYTES);
        }
        self
    }
}
