//! JSON, written straight into memory: a tree of values would cost several times the rest.

use std::io::Write;

#[derive(Default)]
pub(super) struct Json(Vec<u8>);

impl Json {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// What is JSON already.
    pub(super) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    pub(super) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        /// Digits of the largest.
        const MAX_DIGITS: usize = 20;
        let mut number = number.into();
        let mut digits = [0; MAX_DIGITS];
        let mut start = MAX_DIGITS;
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[start..]);
        self
    }

    pub(super) fn signed(&mut self, number: i32) -> &mut Self {
        if number < 0 {
            self.0.push(b'-');
        }
        self.number(number.unsigned_abs())
    }

    /// As few digits as tell it; the decoder takes none that JSON has no word for.
    pub(super) fn float(&mut self, number: f32) -> &mut Self {
        // Writing to memory does not fail.
        write!(self.0, "{number}").ok();
        self
    }

    /// A string, with its quotes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let bytes = text.as_bytes();
        let mut copied = 0;
        self.0.reserve(bytes.len() + 2);
        self.0.push(b'"');
        for (index, &byte) in bytes.iter().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.extend_from_slice(&bytes[copied..index]);
            copied = index + 1;
            let digit = |value: u8| HEX[usize::from(value)];
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                _ => &[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)],
            };
            self.0.extend_from_slice(escape);
        }
        self.0.extend_from_slice(&bytes[copied..]);
        self.0.push(b'"');
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        write(&mut json);
        String::from_utf8(json.into_bytes()).unwrap()
    }

    proptest! {
        #[test]
        fn every_text_is_read_again(text: String) {
            let json = written(|json| { json.text(&text); });
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn every_number_is_read_again(whole: u64, signed: i32, float in -1e9f32..1e9) {
            let json = written(|json| { json.number(whole).raw(" ").signed(signed).raw(" ").float(float); });
            let read: Vec<&str> = json.split(' ').collect();
            prop_assert_eq!(read[0].parse::<u64>().unwrap(), whole);
            prop_assert_eq!(read[1].parse::<i32>().unwrap(), signed);
            let value: f64 = serde_json::from_str(read[2]).unwrap();
            prop_assert!((value as f32 - float).abs() <= f32::EPSILON * float.abs());
        }
    }

    #[test]
    fn edges_of_numbers_and_texts() {
        let json = written(|json| {
            json.number(u64::MAX)
                .raw(",")
                .number(0u32)
                .raw(",")
                .signed(i32::MIN)
                .raw(",")
                .float(0.1)
                .raw(",");
            json.float(1280.0)
                .raw(",")
                .float(f32::MIN_POSITIVE)
                .raw(",")
                .text("\u{0}\u{1f}\u{7f}\"\\\n\r\té\u{2028}");
        });
        let tiny = format!("0.{}11754944", "0".repeat(37));
        let text = "\"\\u0000\\u001f\u{7f}\\\"\\\\\\n\\r\\té\u{2028}\"";
        assert_eq!(json, format!("18446744073709551615,0,-2147483648,0.1,1280,{tiny},{text}"));
    }
}
