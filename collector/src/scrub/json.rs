//! Strict JSON, read in place: where each token begins and ends, and nothing built.
//!
//! It takes what `serde_json` takes, byte for byte, so that no parser further on meets a surprise; a property
//! test holds the two against each other. Strings are searched sixteen bytes at a time, because most bytes of
//! an event are inside one.

use std::borrow::Cow;
use std::ops::Range;

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are no text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Objects in objects in objects.
    #[error("it is nested deeper than {levels} levels")]
    TooDeep {
        /// The limit.
        levels: usize,
    },
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// JSON, but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// An event of RUM without a kind, or with one that is no string.
    #[error("it has no `type`, or one that is no string")]
    NoType,
    /// `application` is no object, or its id no string.
    #[error("its application is not named by a string")]
    UnreadableApplication,
    /// Of another application than its key.
    #[error("it is of another application than its key")]
    OtherApplication,
    /// More values than any SDK writes.
    #[error("it has too many values")]
    TooManyValues,
    /// More lines with events than any SDK sends.
    #[error("the body has too many events before it")]
    TooManyEvents,
    /// Nothing in it.
    #[error("the body is empty")]
    Empty,
}

/// A string: what is between its quotes, and whether it has escapes.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) inner: Range<usize>,
    pub(super) escaped: bool,
}

impl Text {
    /// With its quotes.
    pub(super) fn quoted(&self) -> Range<usize> {
        self.inner.start - 1..self.inner.end + 1
    }
}

/// A position in a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    body: &'a [u8],
    pub(super) at: usize,
    /// Whether a line break may stand between tokens: not where it parts events.
    breaks_are_blanks: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, breaks_are_blanks: bool) -> Self {
        Self { text, body: text.as_bytes(), at: 0, breaks_are_blanks }
    }

    pub(super) fn body(&self) -> &'a [u8] {
        self.body
    }

    #[inline]
    pub(super) fn slice(&self, range: Range<usize>) -> Result<&'a str, Fault> {
        self.text.get(range).ok_or(Fault::NotUtf8)
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    /// The next byte that is no blank.
    #[inline]
    pub(super) fn next_token(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        if byte > b' ' { Some(byte) } else { self.after_blanks() }
    }

    fn after_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            let is_blank = matches!(byte, b' ' | b'\t' | b'\r') || byte == b'\n' && self.breaks_are_blanks;
            if !is_blank {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Whether `closing` comes next; then it is read.
    #[inline]
    pub(super) fn closes(&mut self, closing: u8) -> bool {
        let closes = self.next_token() == Some(closing);
        self.at += usize::from(closes);
        closes
    }

    #[inline]
    pub(super) fn expect(&mut self, expected: u8) -> Result<(), Fault> {
        if self.closes(expected) { Ok(()) } else { Err(Fault::NotJson) }
    }

    /// Reads a string.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Text, Fault> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = special(self.body, self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                // A control character, or the end of the body.
                _ => return Err(Fault::NotJson),
            }
        }
        let inner = start..self.at;
        self.at += 1;
        Ok(Text { inner, escaped })
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let length = match self.body.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.body.get(self.at + 2..self.at + 6).ok_or(Fault::NotJson)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Fault::NotJson);
                }
                6
            }
            _ => return Err(Fault::NotJson),
        };
        self.at += length;
        Ok(())
    }

    /// Reads a number: `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?` (RFC 8259, section 6).
    pub(super) fn number(&mut self) -> Result<Range<usize>, Fault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits()?;
        if leading_zero && digits > 1 {
            return Err(Fault::NotJson);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(start..self.at)
    }

    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(self.at - start) } else { Err(Fault::NotJson) }
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn word(&mut self) -> Result<(), Fault> {
        let rest = &self.body[self.at..];
        let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word));
        self.at += word.ok_or(Fault::NotJson)?.len();
        Ok(())
    }

    /// What a string says. A lone surrogate, which JavaScript can write, reads as U+FFFD.
    pub(super) fn decoded(&self, text: &Text) -> Result<Cow<'a, str>, Fault> {
        if !text.escaped {
            return self.slice(text.inner.clone()).map(Cow::Borrowed);
        }
        let quoted = self.slice(text.quoted())?;
        if let Ok(decoded) = serde_json::from_str::<String>(quoted) {
            return Ok(Cow::Owned(decoded));
        }
        unpaired(quoted).map(Cow::Owned)
    }
}

/// The next quote, backslash or control character at or after `at`; the end where there is none.
#[inline]
fn special(body: &[u8], mut at: usize) -> usize {
    // Two words at once: most strings end within them, so that the branch is foreseen.
    while let Some((low, high)) = body.get(at..).and_then(two_words) {
        let (low, high) = (specials(low), specials(high));
        if low | high != 0 {
            let (found, words) = if low == 0 { (high, 1) } else { (low, 0) };
            return at + 8 * words + found.trailing_zeros() as usize / 8;
        }
        at += 16;
    }
    let rest = body.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ').unwrap_or(rest.len())
}

#[inline]
fn two_words(bytes: &[u8]) -> Option<(u64, u64)> {
    let (low, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*low), u64::from_le_bytes(*rest.first_chunk()?)))
}

/// Marks special bytes by their high bits. The lowest mark is right; above it, a borrow may have set others.
#[inline]
fn specials(bytes: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    // With this bit turned over, quotes come right after the control characters, and nothing between them.
    let controls_and_quotes = bytes ^ (ONES * 0x02);
    let backslashes = bytes ^ (ONES * 0x5c);
    let found = (controls_and_quotes.wrapping_sub(ONES * 0x21) & !controls_and_quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes);
    found & HIGHS
}

/// Decodes a string with surrogates that have no partner, which serde refuses: each becomes `\ufffd` first.
fn unpaired(quoted: &str) -> Result<String, Fault> {
    let mut mended = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let length = escape_length(escape);
        let taken = escape.get(..length).ok_or(Fault::NotJson)?;
        let alone = length == 6 && is_surrogate(taken);
        mended.push_str(if alone { "\\ufffd" } else { taken });
        rest = &escape[length..];
    }
    mended.push_str(rest);
    serde_json::from_str(&mended).map_err(|_| Fault::NotJson)
}

/// Bytes of the escape this text begins with: 12 for a pair of surrogates.
fn escape_length(escape: &str) -> usize {
    let is_unicode = escape.as_bytes().get(1) == Some(&b'u');
    let is_low = |text: &str| {
        text.starts_with("\\u") && hex(text).is_some_and(|unit| (0xdc00..0xe000).contains(&unit))
    };
    let is_high = hex(escape).is_some_and(|unit| (0xd800..0xdc00).contains(&unit));
    match is_unicode {
        true if is_high && escape.get(6..).is_some_and(is_low) => 12,
        true => 6,
        false => 2,
    }
}

fn is_surrogate(escape: &str) -> bool {
    hex(escape).is_some_and(|unit| (0xd800..0xe000).contains(&unit))
}

fn hex(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.get(2..6)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            for at in 0..length {
                for byte in [b'"', b'\\', b'\n', 0, 0x1f] {
                    let mut body = vec![b'a'; length];
                    body[at] = byte;
                    assert_eq!(special(&body, 0), at, "{byte} of {length}");
                    assert_eq!(special(&body, at + 1), length);
                }
            }
            for harmless in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                assert_eq!(special(&vec![harmless; length], 0), length, "{harmless}");
            }
        }
    }
}
