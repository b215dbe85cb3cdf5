//! What makes errors of one kind one group in the viewer. Datadog is not told: it groups by its own rules, which know
//! source maps, unless the application says otherwise.

use super::frames;
use rum_protocol::ErrorEvent;

/// Frames that tell one fault from another; below them is how the program got there.
const FRAMES: usize = 3;
/// Digits of the hash that are kept: groups are few.
const DIGITS: usize = 16;

/// A short hash of type, message and topmost frames, with what differs from one visit or release to the next left out.
pub fn fingerprint(error: &ErrorEvent) -> String {
    let mut hash = blake3::Hasher::new();
    let mut add = |text: &str| {
        hash.update(lasting(text).as_bytes());
        hash.update(&[0]);
    };
    add(error.error_type.as_deref().unwrap_or_default());
    add(&error.message);
    for frame in frames(error.stack.as_deref().unwrap_or_default(), &error.message).take(FRAMES) {
        add(frame.function);
        // Without line and column, which any change of the file moves.
        add(frame.place.trim_end_matches(|character: char| character == ':' || character.is_ascii_digit()));
    }
    hash.finalize().to_hex().chars().take(DIGITS).collect()
}

/// A text with `#` for each word with a digit (a number, an id, the hash in a file's name) and `""` for what is quoted.
fn lasting(text: &str) -> String {
    let mut lasting = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        // An apostrophe within a word is none.
        let may_quote = matches!(first, '"' | '\'' | '`') && !lasting.ends_with(char::is_alphanumeric);
        if let Some((_, behind)) = after.split_once(first).filter(|_| may_quote) {
            lasting.push_str("\"\"");
            rest = behind;
        } else if is_of_word(first) {
            let end = rest.find(|character| !is_of_word(character)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            lasting.push_str(if word.contains(|character: char| character.is_ascii_digit()) {
                "#"
            } else {
                word
            });
            rest = behind;
        } else {
            lasting.push(first);
            rest = after;
        }
    }
    lasting
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
