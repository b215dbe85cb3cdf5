//! Errors.

use crate::Id;
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::{Decode, Encode};

/// A fault of the host page.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ErrorEvent {
    /// Datadog `error.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `error.message`.
    #[n(1)]
    pub message: String,
    /// The error's name, such as `TypeError`. Datadog `error.type`.
    #[n(2)]
    pub error_type: Option<String>,
    /// As the browser prints it, query strings removed. Datadog `error.stack`.
    #[n(3)]
    pub stack: Option<String>,
    /// Datadog `error.source`; `None` for a source newer than the reader.
    #[cbor(n(4), decode_with = "crate::optional::known")]
    pub source: Option<ErrorSource>,
    /// Datadog `error.handling`.
    #[cbor(n(5), decode_with = "crate::optional::known")]
    pub handling: Option<ErrorHandling>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(6)]
    pub context_json: Option<String>,
    /// The application's own (`error.dd_fingerprint`), else one made of type, message without numbers, and the
    /// topmost frames. Datadog `error.fingerprint`.
    #[n(7)]
    pub fingerprint: Option<String>,
    /// Where the application called `addError`. Datadog `error.handling_stack`.
    #[n(8)]
    pub handling_stack: Option<String>,
    /// React's component stack. Datadog `error.component_stack`.
    #[n(9)]
    pub component_stack: Option<String>,
    /// The chain of `error.cause`, then the inner errors of an `AggregateError`. Datadog `error.causes`.
    #[n(10)]
    pub causes: Option<Vec<Cause>>,
    /// Datadog `error.csp.disposition`.
    #[cbor(n(11), decode_with = "crate::optional::known")]
    pub csp_disposition: Option<CspDisposition>,
    /// How often the same error was heard again and left out since it was last sent.
    #[n(12)]
    pub repeats: Option<u32>,
    /// The request that failed. Datadog `error.resource`.
    #[n(13)]
    pub resource: Option<FailedResource>,
}

/// One error behind another.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Cause {
    /// Datadog `.message`.
    #[n(0)]
    pub message: String,
    /// Datadog `.type`.
    #[n(1)]
    pub error_type: Option<String>,
    /// Datadog `.stack`.
    #[n(2)]
    pub stack: Option<String>,
}

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct FailedResource {
    /// Redacted like a view's URL. Datadog `.url`.
    #[n(0)]
    pub url: String,
    /// Upper case. Datadog `.method`.
    #[n(1)]
    pub method: String,
    /// 0 where there was no answer. Datadog `.status_code`.
    #[n(2)]
    pub status_code: u32,
}

/// Datadog `error.source`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorSource {
    /// An uncaught exception or unhandled rejection.
    #[n(0)]
    Source,
    /// Reported by the application.
    #[n(1)]
    Custom,
    /// `console.error`.
    #[n(2)]
    Console,
    /// The browser: a violated security policy, an intervention, a deprecation.
    #[n(3)]
    Report,
    /// A request or a resource of the page that failed.
    #[n(4)]
    Network,
}

/// Datadog `error.handling`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorHandling {
    /// Nobody caught it.
    #[n(0)]
    Unhandled,
    /// The application caught and reported it.
    #[n(1)]
    Handled,
}

/// Datadog `error.csp.disposition`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum CspDisposition {
    /// The policy was enforced.
    #[n(0)]
    Enforce,
    /// The policy only reports.
    #[n(1)]
    Report,
}
