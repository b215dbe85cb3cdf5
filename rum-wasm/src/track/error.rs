//! Errors: faults of the host page.

use crate::privacy::redact_urls_within;
use crate::signal::RawError;
use alloc::string::String;
use rum_protocol::{
    ErrorEvent, ErrorHandling, ErrorSource, Id, MAX_MESSAGE_BYTES, MAX_STACK_BYTES, MAX_TEXT_BYTES, truncate,
};

/// Turns what the browser told into an error event. Oversize parts are cut, the event is never dropped.
pub fn error_event(id: Id, mut raw: RawError) -> ErrorEvent {
    let redacted = |mut text: String, max_bytes: usize| {
        // Cut before redacting too: a page may throw megabytes.
        truncate(&mut text, max_bytes);
        redact_urls_within(&text)
    };
    if let Some(name) = &mut raw.name {
        truncate(name, MAX_TEXT_BYTES);
    }
    let (source, handling) = if raw.reported {
        (ErrorSource::Custom, ErrorHandling::Handled)
    } else {
        (ErrorSource::Source, ErrorHandling::Unhandled)
    };
    ErrorEvent {
        id,
        message: redacted(raw.message, MAX_MESSAGE_BYTES),
        error_type: raw.name.filter(|name| !name.is_empty()),
        stack: raw.stack.filter(|stack| !stack.is_empty()).map(|stack| redacted(stack, MAX_STACK_BYTES)),
        source: Some(source),
        handling: Some(handling),
        context_json: raw.context_json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oversize_error_is_cut_and_kept() {
        let raw =
            RawError { message: "é".repeat(9_000), stack: Some("s".repeat(90_000)), ..RawError::default() };
        let event = error_event(Id([1; 16]), raw);
        assert_eq!(event.message.len(), MAX_MESSAGE_BYTES);
        assert_eq!(event.stack.unwrap().len(), MAX_STACK_BYTES);
    }

    #[test]
    fn who_caught_it_decides_source_and_handling() {
        let uncaught = error_event(Id([1; 16]), RawError::default());
        assert_eq!(
            (uncaught.source, uncaught.handling),
            (Some(ErrorSource::Source), Some(ErrorHandling::Unhandled))
        );
        let reported = error_event(Id([1; 16]), RawError { reported: true, ..RawError::default() });
        assert_eq!(
            (reported.source, reported.handling),
            (Some(ErrorSource::Custom), Some(ErrorHandling::Handled))
        );
    }
}
