use alloc::string::String;
use minicbor::{Decode, Encode};

/// A UUID as its 16 bytes; on the wire a CBOR byte string. The default is the nil UUID (RFC 9562, section 5.9).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Encode, Decode)]
#[cbor(transparent)]
pub struct Id(#[cbor(with = "minicbor::bytes")] pub [u8; 16]);

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Id {
    /// Makes a version 4 UUID (RFC 9562, section 5.4) of 16 random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The 36-character lower-case text, the form Datadog's schemas demand. Written without `core::fmt`,
    /// which would cost the wasm module 5.7 KB.
    pub fn to_text(self) -> String {
        let mut text = String::with_capacity(36);
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 0x0f)]));
        }
        text
    }

    /// Reads the 36-character text form; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != 36 {
            return None;
        }
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (index, &character) in text.iter().enumerate() {
            if matches!(index, 8 | 13 | 18 | 23) {
                if character != b'-' {
                    return None;
                }
                continue;
            }
            let value = match character {
                b'0'..=b'9' => character - b'0',
                b'a'..=b'f' => character - b'a' + 10,
                b'A'..=b'F' => character - b'A' + 10,
                _ => return None,
            };
            bytes[digits / 2] = (bytes[digits / 2] << 4) | value;
            digits += 1;
        }
        Some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_is_lower_case() {
        let id = Id::from_random([0xab; 16]);
        assert_eq!(id.to_text(), "abababab-abab-4bab-abab-abababababab");
        assert_eq!(Id::parse(&id.to_text().to_uppercase()), Some(id));
    }

    #[test]
    fn anything_but_a_uuid_is_refused() {
        for text in ["", "abababab-abab-4bab-abab-ababababab", "abababab-abab-4bab-abab+abababababab", "é"] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
