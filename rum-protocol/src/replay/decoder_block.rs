//! A block's columns, read from their fronts.

use super::columns::{self as column, COLUMNS, LITERAL, unzigzag};
use super::error::ReplayError;

/// Columns that hold text.
const TEXT_COLUMNS: usize = COLUMNS - LITERAL;

#[derive(Default)]
pub(super) struct Block<'a> {
    numbers: [&'a [u8]; LITERAL],
    texts: [&'a str; TEXT_COLUMNS],
}

impl<'a> Block<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, ReplayError> {
        let mut rest = bytes;
        let mask = varint(&mut rest)?;
        if mask >> COLUMNS != 0 {
            return Err(ReplayError::Column);
        }
        let mut lengths = [0; COLUMNS];
        for (index, length) in lengths.iter_mut().enumerate() {
            if mask >> index & 1 != 0 {
                *length = varint(&mut rest)? as usize;
            }
        }
        let mut block = Self::default();
        for (index, length) in lengths.into_iter().enumerate() {
            let (column, after) = rest.split_at_checked(length).ok_or(ReplayError::Column)?;
            rest = after;
            match index.checked_sub(LITERAL) {
                None => block.numbers[index] = column,
                Some(index) => {
                    block.texts[index] = core::str::from_utf8(column).map_err(|_| ReplayError::Text)?;
                }
            }
        }
        if rest.is_empty() { Ok(block) } else { Err(ReplayError::Column) }
    }

    /// Whether no record follows.
    pub(super) fn is_at_end(&self) -> bool {
        self.numbers[column::OPS].is_empty()
    }

    /// What nothing asked for should not be there.
    pub(super) fn check_used_up(&self) -> Result<(), ReplayError> {
        let is_used_up = self.numbers.iter().all(|column| column.is_empty())
            && self.texts.iter().all(|text| text.is_empty());
        if is_used_up { Ok(()) } else { Err(ReplayError::Column) }
    }

    pub(super) fn bytes_left(&self, index: usize) -> usize {
        self.numbers[index].len()
    }

    pub(super) fn byte(&mut self, index: usize) -> Result<u8, ReplayError> {
        let (byte, rest) = self.numbers[index].split_first().ok_or(ReplayError::Column)?;
        self.numbers[index] = rest;
        Ok(*byte)
    }

    pub(super) fn varint(&mut self, index: usize) -> Result<u32, ReplayError> {
        varint(&mut self.numbers[index])
    }

    pub(super) fn signed(&mut self, index: usize) -> Result<i32, ReplayError> {
        self.varint(index).map(unzigzag)
    }

    pub(super) fn float(&mut self) -> Result<f32, ReplayError> {
        let value = f32::from_bits(self.varint(column::FLOAT)?.swap_bytes());
        if value.is_finite() { Ok(value) } else { Err(ReplayError::Value) }
    }

    pub(super) fn text(&mut self, index: usize) -> Result<&'a str, ReplayError> {
        let text: &'a str = self.texts[index - LITERAL];
        let (text, rest) = text.split_once('\0').ok_or(ReplayError::Column)?;
        self.texts[index - LITERAL] = rest;
        Ok(text)
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u32, ReplayError> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(ReplayError::Column)?;
        *bytes = rest;
        let bits = u32::from(byte & 0x7f);
        if shift == 28 && byte > 0x0f {
            break;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(ReplayError::Value)
}
