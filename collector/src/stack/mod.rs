//! Stacks as browsers print them, made alike: Chromium, Firefox and Safari each have a form of their own, and
//! Datadog's is a fourth.
//!
//! ```text
//! Chromium   TypeError: no claim            Firefox, Safari   load@https://a.example/x.js:10:7
//!                at load (https://a.example/x.js:10:7)        @https://a.example/x.js:20:1
//!                at https://a.example/x.js:20:1
//! Datadog    TypeError: no claim
//!              at load @ https://a.example/x.js:10:7
//!              at <anonymous> @ https://a.example/x.js:20:1
//! ```
//! URLs were redacted in the page. It is done here and not there because it would cost every page load bytes.

mod fingerprint;
mod frame;
#[cfg(test)]
mod tests;

pub use fingerprint::fingerprint;

use frame::Frame;
use rum_protocol::{Batch, ErrorEvent, EventKind};

/// Puts all stacks of a batch into Datadog's form.
pub fn normalise(batch: &mut Batch) {
    for event in &mut batch.events {
        if let EventKind::Error(error) = &mut event.kind {
            normalise_error(error);
        }
    }
}

fn normalise_error(error: &mut ErrorEvent) {
    let ErrorEvent { message, error_type, stack, handling_stack, causes, .. } = error;
    put_in_form(stack, error_type.as_deref(), message);
    // Nothing was thrown where it was handled, so V8 calls it an error without message.
    put_in_form(handling_stack, None, "");
    for cause in causes.iter_mut().flatten() {
        put_in_form(&mut cause.stack, cause.error_type.as_deref(), &cause.message);
    }
}

/// A stack without a single frame in it is left as it is: it may still tell something.
fn put_in_form(stack: &mut Option<String>, name: Option<&str>, message: &str) {
    let Some(printed) = stack else { return };
    let mut frames = frames(printed, message).peekable();
    if frames.peek().is_none() {
        return;
    }
    let mut text = String::with_capacity(printed.len() + message.len());
    text.push_str(name.unwrap_or("Error"));
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(message);
    }
    for Frame { function, place } in frames {
        text.push_str("\n  at ");
        text.push_str(function);
        text.push_str(" @ ");
        text.push_str(place);
    }
    *stack = Some(text);
}

/// The frames of a stack, topmost first. Chromium prints the message before them, and a message may have lines
/// that look like frames.
fn frames<'a>(stack: &'a str, message: &str) -> impl Iterator<Item = Frame<'a>> {
    let after_message = if message.is_empty() { None } else { stack.split_once(message) };
    let is_headed = |head: &str| head.is_empty() || head.ends_with(": ");
    let rest = after_message.filter(|(head, _)| is_headed(head)).map_or(stack, |(_, rest)| rest);
    rest.lines().filter_map(Frame::parse)
}
