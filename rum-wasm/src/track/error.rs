//! Errors: faults of the host page. Oversize parts are cut, no error is dropped for its size. The same error again
//! is counted in the event that waits in the batch (`batch.rs`).

use crate::fields::Fields;
use crate::privacy::{UrlRules, find, from, scheme_end, to};
use crate::signal::Texts;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys::{cause, error_event, failed_resource};
use rum_protocol::{ErrorHandling, ErrorSource, MAX_MESSAGE_BYTES, MAX_STACK_BYTES, MAX_TEXT_BYTES};

/// Longest second stack of an error, of its handling or its components (bytes).
const MAX_OTHER_STACK_BYTES: usize = 4_000;
/// Longest text of an error behind an error (bytes). Ten of them must fit into a batch with all the rest.
const MAX_CAUSE_BYTES: usize = 700;

/// The texts of an error, in their order; those of the errors behind it follow in threes.
const TEXTS: [(u32, usize); 6] = [
    (error_event::MESSAGE, MAX_MESSAGE_BYTES),
    (error_event::ERROR_TYPE, MAX_TEXT_BYTES),
    (error_event::STACK, MAX_STACK_BYTES),
    (error_event::FINGERPRINT, MAX_TEXT_BYTES),
    (error_event::HANDLING_STACK, MAX_OTHER_STACK_BYTES),
    (error_event::COMPONENT_STACK, MAX_OTHER_STACK_BYTES),
];
const CAUSE_TEXTS: [(u32, usize); 3] = [
    (cause::MESSAGE, MAX_CAUSE_BYTES),
    (cause::ERROR_TYPE, MAX_CAUSE_BYTES),
    (cause::STACK, MAX_CAUSE_BYTES),
];

/// Fields of what the browser told, with what tells one kind of error from another: type, message and the first
/// frame. Nothing for an error thrown by an extension of the browser.
pub fn fields(texts: &str, facts: &[u8], urls: &UrlRules) -> Option<(Vec<u8>, Fields)> {
    let mut texts = Texts(texts);
    let mut fields = Fields::default();
    let mut key = Vec::new();
    for (number, max_bytes) in TEXTS {
        let text = redacted(texts.next(), max_bytes, urls);
        if number == error_event::STACK {
            let url = scheme_end(&text).unwrap_or(text.len());
            let scheme = to(&text, url);
            // Safari hides the names of extensions.
            if scheme.ends_with("-extension://") || scheme.ends_with("webkit-masked-url://") {
                return None;
            }
            let line = find(from(&text, url), b"\n");
            key.extend_from_slice(fields.bytes());
            key.extend_from_slice(to(&text, url + line).as_bytes());
        }
        if number == error_event::MESSAGE || !text.is_empty() {
            fields.text(number, &text);
        }
    }
    fields.append(facts);
    if !texts.0.is_empty() {
        fields.array(error_event::CAUSES);
        while !texts.0.is_empty() {
            let mut behind = Fields::default();
            for (number, max_bytes) in CAUSE_TEXTS {
                behind.text(number, &redacted(texts.next(), max_bytes, urls));
            }
            fields.map_value(behind.bytes());
        }
        fields.end();
    }
    Some((key, fields))
}

/// The same of a request that failed: `script failed: GET https://...`.
pub fn failed_request(texts: &str, status: u32, urls: &UrlRules) -> Option<(Vec<u8>, Fields)> {
    let mut texts = Texts(texts);
    let mut url = texts.next();
    if url.starts_with("data:") {
        // What follows is content.
        url = to(url, find(url, b","));
    }
    let url = urls.redact(url);
    let method = texts.next();
    let mut message = String::from(texts.next());
    for part in [" failed: ", method, " ", &url] {
        message.push_str(part);
    }
    let mut resource = Fields::default();
    resource.text(failed_resource::URL, &url);
    resource.text(failed_resource::METHOD, method);
    resource.number(failed_resource::STATUS_CODE, u64::from(status));
    let mut facts = Fields::default();
    facts.number(error_event::SOURCE, ErrorSource::Network as u64);
    facts.number(error_event::HANDLING, ErrorHandling::Unhandled as u64);
    facts.map(error_event::RESOURCE, &resource);
    fields(&message, facts.bytes(), urls)
}

/// Cut before it is redacted: a page may throw megabytes.
fn redacted(text: &str, max_bytes: usize, urls: &UrlRules) -> String {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    urls.redact_within(to(text, end))
}
