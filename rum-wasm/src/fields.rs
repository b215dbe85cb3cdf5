//! The fields of one event, written one by one as they cross the network: CBOR, without the frame of the map.
//!
//! `rum-protocol` declares every field once, as a struct that the collector reads. The core does not build
//! those structs: a derived encoder costs about 100 bytes of module for each field, a call of this writer 12
//! (docs/adr/0004). The engine's tests read what it wrote with the structs. What an adapter knows for itself
//! arrives already written ([`Fields::append`]) and passes through.

use alloc::vec::Vec;
use rum_protocol::Id;

/// Major types of CBOR (RFC 8949, section 3.1), in the top three bits.
const UNSIGNED: u8 = 0 << 5;
const BYTES: u8 = 2 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const SIMPLE_FALSE: u8 = 0xf4;
const FLOAT_32: u8 = 0xfa;
const MAP_BEGIN: u8 = 0xbf;
const ARRAY_BEGIN: u8 = 0x9f;
const BREAK: u8 = 0xff;

/// Encoded fields: key, value, key, value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    bytes: Vec<u8>,
    /// Where each field begins.
    starts: Vec<usize>,
}

impl Fields {
    /// The encoded fields.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds fields that are encoded already.
    pub fn append(&mut self, encoded: &[u8]) {
        if !encoded.is_empty() {
            self.starts.push(self.bytes.len());
            self.bytes.extend_from_slice(encoded);
        }
    }

    /// Adds an unsigned number, or a variant of an enum by its number.
    pub fn number(&mut self, key: u32, value: u64) {
        self.key(key);
        head(&mut self.bytes, UNSIGNED, value);
    }

    /// Adds an unsigned number in four bytes however small it is, so that it can be overwritten.
    pub fn long_number(&mut self, key: u32, value: u32) {
        self.key(key);
        self.bytes.push(UNSIGNED | 0x1a);
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// Adds a duration in ms as whole microseconds.
    pub fn micros(&mut self, key: u32, ms: f64) {
        self.number(key, micros(ms));
    }

    /// Adds a duration in ms, if there is one.
    pub fn optional_micros(&mut self, key: u32, ms: Option<f64>) {
        if let Some(ms) = ms {
            self.micros(key, ms);
        }
    }

    /// Adds a text.
    pub fn text(&mut self, key: u32, text: &str) {
        self.key(key);
        head(&mut self.bytes, TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds a text, if there is any in it.
    pub fn optional_text(&mut self, key: u32, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    /// Adds an id.
    pub fn id(&mut self, key: u32, id: Id) {
        self.key(key);
        head(&mut self.bytes, BYTES, 16);
        self.bytes.extend_from_slice(&id.0);
    }

    /// Adds a yes or no.
    pub fn flag(&mut self, key: u32, value: bool) {
        self.key(key);
        self.bytes.push(SIMPLE_FALSE + u8::from(value));
    }

    /// Adds a number with a fraction.
    pub fn score(&mut self, key: u32, value: f32) {
        self.key(key);
        self.bytes.push(FLOAT_32);
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// Adds a struct within the struct.
    pub fn map(&mut self, key: u32, fields: &Self) {
        self.key(key);
        self.map_value(&fields.bytes);
    }

    /// Adds a struct within the struct, if there is anything in it.
    pub fn optional_map(&mut self, key: u32, fields: &Self) {
        if !fields.bytes.is_empty() {
            self.map(key, fields);
        }
    }

    /// Adds a list of structs, each given as its encoded fields.
    pub fn maps<'a>(&mut self, key: u32, all: impl Iterator<Item = &'a [u8]>) {
        self.array(key);
        for fields in all {
            self.map_value(fields);
        }
        self.end();
    }

    /// Adds the kind of an event with its fields: `[number, {...}]`.
    pub fn kind(&mut self, key: u32, number: u32, fields: &[u8]) {
        self.key(key);
        head(&mut self.bytes, ARRAY, 2);
        head(&mut self.bytes, UNSIGNED, u64::from(number));
        self.map_value(fields);
    }

    /// Begins a list of values, to be ended by [`Self::end`].
    pub fn array(&mut self, key: u32) {
        self.key(key);
        self.bytes.push(ARRAY_BEGIN);
    }

    /// Adds a struct to a list.
    pub fn map_value(&mut self, encoded: &[u8]) {
        self.bytes.push(MAP_BEGIN);
        self.bytes.extend_from_slice(encoded);
        self.bytes.push(BREAK);
    }

    /// Adds values that are encoded already to a list.
    pub fn values(&mut self, encoded: &[u8]) {
        self.bytes.extend_from_slice(encoded);
    }

    /// Ends a list.
    pub fn end(&mut self) {
        self.bytes.push(BREAK);
    }

    /// The fields that `before` does not have, or has with another value. A field is never taken back.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Self {
        let mut changed = Self::default();
        for index in 0..self.starts.len() {
            let field = self.field(index);
            if !(0..before.starts.len()).any(|index| before.field(index) == field) {
                changed.append(field);
            }
        }
        changed
    }

    /// The finished map.
    pub fn into_map(self) -> Vec<u8> {
        let mut map = Self::default();
        map.map_value(&self.bytes);
        map.bytes
    }

    fn field(&self, index: usize) -> &[u8] {
        let start = |index: usize| self.starts.get(index).copied().unwrap_or(self.bytes.len());
        self.bytes.get(start(index)..start(index + 1)).unwrap_or_default()
    }

    fn key(&mut self, key: u32) {
        self.starts.push(self.bytes.len());
        head(&mut self.bytes, UNSIGNED, u64::from(key));
    }
}

/// Milliseconds to whole microseconds; what is before 0 counts as 0.
pub fn micros(ms: f64) -> u64 {
    (ms * 1_000.0 + 0.5) as u64
}

/// Appends an unsigned number as an item of its own, for lists ([`Fields::values`]).
pub fn push_number(list: &mut Vec<u8>, value: u64) {
    head(list, UNSIGNED, value);
}

/// Appends the head of a list of `length` values.
pub fn push_array(list: &mut Vec<u8>, length: u64) {
    head(list, ARRAY, length);
}

/// Major type and argument (RFC 8949, section 3): below 24 in one byte, else in 1, 2, 4 or 8 more.
fn head(bytes: &mut Vec<u8>, major: u8, value: u64) {
    let (info, length) = match value {
        0..24 => (value as u8, 0),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    bytes.push(major | info);
    bytes.extend_from_slice(value.to_be_bytes().get(8 - length..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use minicbor::Decoder;

    #[test]
    fn numbers_of_every_width_read_as_written() {
        for value in [0, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            let mut fields = Fields::default();
            fields.number(7, value);
            let mut decoder = Decoder::new(fields.bytes());
            assert_eq!((decoder.u32().unwrap(), decoder.u64().unwrap()), (7, value));
            // The shortest form, as RFC 8949 prefers.
            assert_eq!(fields.bytes().len(), minicbor::to_vec(value).unwrap().len() + 1);
        }
    }

    #[test]
    fn every_type_reads_as_written() {
        let mut inner = Fields::default();
        inner.text(1, "é");
        let mut fields = Fields::default();
        fields.map(0, &inner);
        fields.id(1, Id([7; 16]));
        fields.flag(2, true);
        fields.score(3, 0.25);
        fields.maps(4, [inner.bytes()].into_iter());
        let bytes = fields.into_map();
        let mut decoder = Decoder::new(&bytes);
        assert_eq!(decoder.map().unwrap(), None);
        assert_eq!(decoder.u32().unwrap(), 0);
        assert_eq!(decoder.map().unwrap(), None);
        assert_eq!((decoder.u32().unwrap(), String::from(decoder.str().unwrap())), (1, "é".into()));
        decoder.skip().unwrap();
        assert_eq!((decoder.u32().unwrap(), decoder.decode::<Id>().unwrap()), (1, Id([7; 16])));
        assert_eq!((decoder.u32().unwrap(), decoder.bool().unwrap()), (2, true));
        assert_eq!((decoder.u32().unwrap(), decoder.f32().unwrap()), (3, 0.25));
        assert_eq!((decoder.u32().unwrap(), decoder.array().unwrap()), (4, None));
    }

    #[test]
    fn only_what_changed_is_left() {
        let mut before = Fields::default();
        before.number(1, 5);
        before.text(2, "same");
        let mut after = Fields::default();
        after.number(1, 6);
        after.text(2, "same");
        after.number(3, 1);
        let mut expected = Fields::default();
        expected.number(1, 6);
        expected.number(3, 1);
        assert_eq!(after.changed_since(&before).bytes(), expected.bytes());
    }
}
