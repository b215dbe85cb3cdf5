//! Errors: faults of the host page.

use crate::fields::Fields;
use crate::privacy::UrlRules;
use crate::signal::RawError;
use alloc::string::String;
use rum_protocol::keys::error_event;
use rum_protocol::{Id, MAX_MESSAGE_BYTES, MAX_STACK_BYTES, MAX_TEXT_BYTES, truncate};

/// Turns what the browser told into an error event. Oversize parts are cut, the event is never dropped.
pub fn error_event(id: Id, mut raw: RawError, urls: &UrlRules) -> Fields {
    truncate(&mut raw.name, MAX_TEXT_BYTES);
    let mut fields = Fields::default();
    fields.id(error_event::ID, id);
    fields.text(error_event::MESSAGE, &redacted(raw.message, MAX_MESSAGE_BYTES, urls));
    fields.optional_text(error_event::ERROR_TYPE, &raw.name);
    fields.optional_text(error_event::STACK, &redacted(raw.stack, MAX_STACK_BYTES, urls));
    fields.append(&raw.facts);
    fields
}

fn redacted(mut text: String, max_bytes: usize, urls: &UrlRules) -> String {
    // Cut before redacting too: a page may throw megabytes.
    truncate(&mut text, max_bytes);
    urls.redact_within(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rum_protocol::ErrorEvent;

    #[test]
    fn an_oversize_error_is_cut_and_kept() {
        let raw = RawError { message: "é".repeat(9_000), stack: "s".repeat(90_000), ..RawError::default() };
        let event: ErrorEvent =
            minicbor::decode(&error_event(Id([1; 16]), raw, &UrlRules::default()).into_map())
                .expect("an error event");
        assert_eq!(event.message.len(), MAX_MESSAGE_BYTES);
        assert_eq!(event.stack.unwrap().len(), MAX_STACK_BYTES);
    }
}
