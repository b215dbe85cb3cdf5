//! A batch's bytes, written otherwise.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

/// What becomes of the value under a key of a map.
pub(crate) enum Value {
    Kept,
    /// An enum's number that does not exist yet.
    Replaced(u8),
    LeftOut,
}

/// How maps and arrays are written.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    Definite,
    /// `bf … ff` and `9f … ff`, as a writer does that does not count first.
    Indefinite,
    /// Indefinite, and in each map an entry of a key that does not exist yet.
    IndefiniteWithMore,
}

/// `of` says what becomes of a value by the keys and places above it.
pub(crate) fn rewritten(cbor: &[u8], length: Length, of: &mut dyn FnMut(&[u32]) -> Value) -> Vec<u8> {
    let mut written = Encoder::new(Vec::new());
    value(&mut Decoder::new(cbor), &mut written, length, &mut Vec::new(), of);
    written.into_writer()
}

fn value(
    d: &mut Decoder<'_>,
    e: &mut Encoder<Vec<u8>>,
    length: Length,
    path: &mut Vec<u32>,
    of: &mut dyn FnMut(&[u32]) -> Value,
) {
    match d.datatype().unwrap() {
        Type::Map => map(d, e, length, path, of),
        Type::Array => {
            let items = d.array().unwrap().unwrap();
            match length {
                Length::Definite => e.array(items).unwrap(),
                _ => e.begin_array().unwrap(),
            };
            for index in 0..items {
                path.push(index as u32);
                value(d, e, length, path, of);
                path.pop();
            }
            if !matches!(length, Length::Definite) {
                e.end().unwrap();
            }
        }
        _ => {
            let start = d.position();
            d.skip().unwrap();
            e.writer_mut().extend_from_slice(&d.input()[start..d.position()]);
        }
    }
}

fn map(
    d: &mut Decoder<'_>,
    e: &mut Encoder<Vec<u8>>,
    length: Length,
    path: &mut Vec<u32>,
    of: &mut dyn FnMut(&[u32]) -> Value,
) {
    let mut entries = Vec::new();
    for _ in 0..d.map().unwrap().unwrap() {
        let key = d.u32().unwrap();
        path.push(key);
        let mut entry = Encoder::new(Vec::new());
        match of(path) {
            Value::Kept => value(d, &mut entry, length, path, of),
            Value::Replaced(number) => {
                d.skip().unwrap();
                entry.u8(number).unwrap();
            }
            Value::LeftOut => d.skip().unwrap(),
        }
        path.pop();
        let entry = entry.into_writer();
        if !entry.is_empty() {
            entries.push((key, entry));
        }
    }
    match length {
        Length::Definite => e.map(entries.len() as u64).unwrap(),
        _ => e.begin_map().unwrap(),
    };
    for (key, entry) in entries {
        e.u32(key).unwrap().writer_mut().extend_from_slice(&entry);
    }
    if let Length::IndefiniteWithMore = length {
        e.u32(250).unwrap().array(1).unwrap().begin_map().unwrap().u8(1).unwrap().bool(true).unwrap();
        e.end().unwrap();
    }
    if !matches!(length, Length::Definite) {
        e.end().unwrap();
    }
}
