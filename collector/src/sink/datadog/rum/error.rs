//! `RumErrorEvent`.

use super::shape::{method, shapes};
use rum_protocol::{Cause, CspDisposition, ErrorEvent, ErrorHandling, ErrorSource, FailedResource};

shapes! {
    /// `error`.
    struct Error<'a> {
        id: String,
        message: &'a str,
        source: &'static str,
        source_type: &'static str,
        #[serde(rename = "type")]
        kind: Option<&'a str>,
        stack: Option<&'a str>,
        handling: Option<&'static str>,
        handling_stack: Option<&'a str>,
        /// Not in the types; the official SDK sends it.
        component_stack: Option<&'a str>,
        fingerprint: Option<&'a str>,
        causes: Option<Vec<Behind<'a>>>,
        csp: Option<Csp>,
        resource: Option<Failed<'a>>,
    }

    /// One of `error.causes`.
    struct Behind<'a> {
        message: &'a str,
        /// Demanded by the type. The official SDK repeats the error's own.
        source: &'static str,
        #[serde(rename = "type")]
        kind: Option<&'a str>,
        stack: Option<&'a str>,
    }

    struct Csp {
        disposition: &'static str,
    }

    struct Failed<'a> {
        method: &'a str,
        status_code: u32,
        url: &'a str,
    }
}

pub(super) fn error(error: &ErrorEvent) -> Error<'_> {
    let source = source(error.source);
    Error {
        id: error.id.to_text(),
        message: &error.message,
        source,
        source_type: "browser",
        kind: error.error_type.as_deref(),
        stack: error.stack.as_deref(),
        handling: error.handling.map(|handling| match handling {
            ErrorHandling::Unhandled => "unhandled",
            ErrorHandling::Handled => "handled",
        }),
        handling_stack: error.handling_stack.as_deref(),
        component_stack: error.component_stack.as_deref(),
        fingerprint: error.fingerprint.as_deref(),
        causes: error
            .causes
            .as_ref()
            .map(|causes| causes.iter().map(|cause| behind(cause, source)).collect()),
        csp: error.csp_disposition.map(|disposition| Csp {
            disposition: match disposition {
                CspDisposition::Enforce => "enforce",
                CspDisposition::Report => "report",
            },
        }),
        resource: error.resource.as_ref().and_then(failed),
    }
}

/// Datadog's word for a source.
pub(crate) fn source(source: Option<ErrorSource>) -> &'static str {
    match source {
        Some(ErrorSource::Source) => "source",
        Some(ErrorSource::Console) => "console",
        Some(ErrorSource::Report) => "report",
        Some(ErrorSource::Network) => "network",
        // A source newer than this collector claims nothing as "custom".
        Some(ErrorSource::Custom) | None => "custom",
    }
}

fn behind<'a>(cause: &'a Cause, source: &'static str) -> Behind<'a> {
    Behind {
        message: &cause.message,
        source,
        kind: cause.error_type.as_deref(),
        stack: cause.stack.as_deref(),
    }
}

/// `None` for a method that Datadog's type does not list: it demands one.
fn failed(resource: &FailedResource) -> Option<Failed<'_>> {
    let method = method(&resource.method)?;
    Some(Failed { method, status_code: resource.status_code, url: &resource.url })
}
