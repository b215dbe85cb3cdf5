//! Limits both sides obey. The SDK never exceeds them; the collector refuses what does.

use alloc::string::String;

/// Version of the batch layout, in [`crate::Batch::protocol_version`].
pub const PROTOCOL_VERSION: u32 = 1;

/// Oldest protocol version a collector of this release still takes.
pub const OLDEST_PROTOCOL_VERSION: u32 = 1;

/// Encoded size (bytes, before zlib) at which the SDK closes a batch. Datadog's SDK uses the same figure; it
/// leaves room under [`MAX_BATCH_BYTES`] for the final view updates at page exit.
pub const BATCH_TARGET_BYTES: usize = 16 * 1024;

/// Largest encoded batch (bytes, before zlib). Browsers refuse `keepalive` and beacon bodies whose sum in
/// flight passes 64 KiB (Fetch standard, 4.6), and every batch must be able to leave at page exit.
pub const MAX_BATCH_BYTES: usize = 60 * 1024;

/// Most events in one batch. A view, its actions and errors in ten seconds stay far below it.
pub const MAX_BATCH_EVENTS: usize = 200;

/// Longest error message (bytes of UTF-8). Longer ones are cut, the event is kept.
pub const MAX_MESSAGE_BYTES: usize = 2_000;

/// Longest stack (bytes). V8 prints ten frames by default, far below this.
pub const MAX_STACK_BYTES: usize = 8_000;

/// Longest URL, action name, selector, service, version or other short text (bytes).
pub const MAX_TEXT_BYTES: usize = 1_000;

/// Most page states kept of one view. Datadog's SDK uses the same figure.
pub const MAX_PAGE_STATES: usize = 500;

/// Longest JSON text of an application's own context on one event (bytes). JSON cannot be cut and stay JSON:
/// a longer context is left out with one warning, the event is kept.
pub const MAX_CONTEXT_BYTES: usize = 8_000;

/// Cuts `text` to at most `max_bytes` bytes, never inside a character.
pub fn truncate(text: &mut String, max_bytes: usize) {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        let mut text = String::from("aéé");
        truncate(&mut text, 4);
        assert_eq!(text, "aé");
        truncate(&mut text, 5);
        assert_eq!(text, "aé");
    }
}
