//! Where all that is known of the page stands: rows of 32-bit words, one after the other in one memory, each of which
//! begins with what it is found by. There are few kinds of vectors and no small allocations, because each kind and the
//! care for each costs the module more than what it does; and a page of many nodes is found again at once.
//!
//! Texts are rows too, each kept once. What nothing refers to any more is kept for a while, because it often comes again
//! (rows of a virtual list); its number on the wire is then still good.

use alloc::vec::Vec;

/// A row's place: of its first word.
pub(crate) type Row = u32;
/// A text's.
pub(crate) type TextSlot = Row;

/// No row, no number, no text.
pub(crate) const NONE: u32 = u32::MAX;

/// Words of every row that is found: what it is found by, what it is, and its number in the view, `NONE` before it was
/// told.
pub(crate) const KIND: u32 = 1;
pub(crate) const WIRE: u32 = 2;
/// Those of a text: where it stands among the bytes of all, and how many refer to it.
const START: u32 = 3;
const LENGTH: u32 = 4;
const USES: u32 = 5;
const TEXT_WORDS: usize = 6;
/// Most words of a row.
pub(crate) const NODE_WORDS: usize = 10;

/// Rows of a kind have numbers of their own. Kinds of nodes are the operations that add them, below this; sheets come
/// after them, then texts by their role.
const KINDS_LIKE_IT: u32 = 16;
pub(crate) const NODES: u32 = 0;
pub(crate) const SHEETS: u32 = 1;
const TEXTS: u32 = 2;
/// The kind of a row that is not there any more.
pub(crate) const GONE: u32 = NONE;

/// Bytes of texts that nothing refers to, before they are let go.
const MAX_UNUSED_BYTES: u32 = 4 * 1024 * 1024;
/// Places in a new index; a power of two.
const FIRST_INDEX: usize = 256;

/// Rows.
pub(crate) struct Rows {
    words: Vec<u32>,
    /// First of those that are free, by half their words; each has the next in its first word.
    free: [Row; NODE_WORDS / 2 + 1],
    /// Rows by what they are found by, with open addresses. At most half is taken.
    index: Vec<Row>,
    /// How many stand there, and how many of them are not gone.
    indexed: usize,
    there: usize,
    texts: Vec<u8>,
    unused_bytes: u32,
}

impl Rows {
    pub(crate) const fn new() -> Self {
        Self {
            words: Vec::new(),
            free: [NONE; NODE_WORDS / 2 + 1],
            index: Vec::new(),
            indexed: 0,
            there: 0,
            texts: Vec::new(),
            unused_bytes: 0,
        }
    }

    /// Bytes of it all.
    pub(crate) fn bytes(&self) -> usize {
        (self.words.len() + self.index.len()) * size_of::<u32>() + self.texts.len()
    }

    /// A word of a row. No row has no words: each is `NONE`, and none can be set.
    #[inline(never)]
    pub(crate) fn get(&self, row: Row, word: u32) -> u32 {
        self.words.get(row.saturating_add(word) as usize).copied().unwrap_or(NONE)
    }

    #[inline(never)]
    pub(crate) fn set(&mut self, row: Row, word: u32, value: u32) {
        if let Some(word) = self.words.get_mut(row.saturating_add(word) as usize) {
            *word = value;
        }
    }

    /// A new row of these words.
    #[inline(never)]
    pub(crate) fn add(&mut self, words: &[u32]) -> Row {
        let row = self.free[words.len() / 2];
        if row == NONE {
            self.words.extend_from_slice(words);
            return (self.words.len() - words.len()) as Row;
        }
        self.free[words.len() / 2] = self.get(row, 0);
        for (word, value) in (0..).zip(words) {
            self.set(row, word, *value);
        }
        row
    }

    /// A row is not needed any more.
    pub(crate) fn free(&mut self, row: Row, words: usize) {
        self.set(row, 0, self.free[words / 2]);
        self.free[words / 2] = row;
    }

    /// The row of a number among those like it.
    pub(crate) fn find(&self, number: u32, like: u32) -> Option<Row> {
        self.search(key_of(number), like, &[])
    }

    /// From here on a row is found by its first word.
    pub(crate) fn found(&mut self, row: Row) {
        if (self.indexed + 1) * 2 > self.index.len() {
            self.index_anew(false);
        }
        self.there += 1;
        self.index_row(row);
    }

    /// A row will not be found any more. It is free with the next index.
    pub(crate) fn lose(&mut self, row: Row) {
        self.set(row, KIND, GONE);
        self.there -= 1;
    }

    /// A text's row, used once more.
    pub(crate) fn take(&mut self, role: u32, text: &[u8]) -> TextSlot {
        let hash = hash(role, text);
        if let Some(row) = self.search(hash, TEXTS + role, text) {
            let uses = self.get(row, USES);
            if uses == 0 {
                self.unused_bytes -= text.len() as u32;
            }
            self.set(row, USES, uses + 1);
            return row;
        }
        let row = self.add(&[hash, (TEXTS + role) * KINDS_LIKE_IT, NONE, 0, text.len() as u32, 1]);
        self.found(row);
        // Only now: a new index moves the texts.
        self.set(row, START, self.texts.len() as u32);
        self.texts.extend_from_slice(text);
        row
    }

    /// One use less.
    pub(crate) fn release(&mut self, row: TextSlot) {
        let uses = self.get(row, USES) - 1;
        self.set(row, USES, uses);
        if uses == 0 {
            self.unused_bytes += self.get(row, LENGTH);
        }
    }

    /// A text, and its role.
    pub(crate) fn text(&self, row: TextSlot) -> (&[u8], u32) {
        let text = self.texts.get(self.get(row, START) as usize..).unwrap_or_default();
        let text = text.get(..self.get(row, LENGTH) as usize).unwrap_or_default();
        (text, self.get(row, KIND) / KINDS_LIKE_IT - TEXTS)
    }

    /// Lets unused texts go if they have become many. Rows of them that somebody still holds without having used them would
    /// then be others: only between batches.
    pub(crate) fn tidy(&mut self) {
        if self.unused_bytes > MAX_UNUSED_BYTES {
            self.index_anew(true);
        }
    }

    /// Nothing was told: all numbers are given anew, and what is unused is gone.
    pub(crate) fn forget_told(&mut self) {
        for at in 0..self.index.len() {
            self.set(self.index[at], WIRE, NONE);
        }
        self.index_anew(true);
    }

    fn search(&self, key: u32, like: u32, text: &[u8]) -> Option<Row> {
        let mut at = key;
        loop {
            let row = *self.index.get(at as usize & self.index.len().wrapping_sub(1))?;
            if row == NONE {
                return None;
            }
            let is_it = self.get(row, 0) == key && self.get(row, KIND) / KINDS_LIKE_IT == like;
            if is_it && (like < TEXTS || self.text(row).0 == text) {
                return Some(row);
            }
            at = at.wrapping_add(1);
        }
    }

    fn index_row(&mut self, row: Row) {
        let mut at = self.get(row, 0);
        let mask = self.index.len() - 1;
        while let Some(place) = self.index.get_mut(at as usize & mask) {
            if *place == NONE {
                *place = row;
                break;
            }
            at = at.wrapping_add(1);
        }
        self.indexed += 1;
    }

    /// Frees the rows that are gone, and texts that are unused if they are to go.
    #[inline(never)]
    fn index_anew(&mut self, without_unused: bool) {
        let length = (self.there * 4).next_power_of_two().max(FIRST_INDEX);
        let rows = core::mem::take(&mut self.index);
        let texts = core::mem::take(&mut self.texts);
        self.index.resize(length, NONE);
        self.indexed = 0;
        for row in rows {
            if row == NONE {
                continue;
            }
            let kind = self.get(row, KIND);
            let is_text = kind != GONE && kind / KINDS_LIKE_IT >= TEXTS;
            if kind == GONE {
                self.free(row, NODE_WORDS);
            } else if is_text && without_unused && self.get(row, USES) == 0 {
                self.free(row, TEXT_WORDS);
                self.there -= 1;
            } else {
                if is_text {
                    let (start, length) = (self.get(row, START) as usize, self.get(row, LENGTH) as usize);
                    self.set(row, START, self.texts.len() as u32);
                    self.texts.extend_from_slice(texts.get(start..start + length).unwrap_or_default());
                }
                self.index_row(row);
            }
        }
        if without_unused {
            self.unused_bytes = 0;
        }
    }
}

/// What the row of a number is found by. Numbers come one after the other; multiplied by 2³² / φ, they are spread.
pub(crate) fn key_of(number: u32) -> u32 {
    number.wrapping_mul(0x9e37_79b9)
}

/// FNV-1a. A page that makes texts collide slows its own recording, in a worker, by the square of their number.
fn hash(role: u32, text: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5 ^ role;
    for byte in text {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash
}
