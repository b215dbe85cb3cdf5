//! Texts, each kept once. What nothing refers to any more is kept for a while, because it often comes again (rows of a
//! virtual list); its number on the wire is then still good.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use rum_protocol::replay::{NO_STRING, Role, StringRef};

/// A text's place in the table.
pub(crate) type TextSlot = u32;

/// Bytes of texts that nothing refers to, before they are let go.
const MAX_UNUSED_BYTES: usize = 4 * 1024 * 1024;
/// What a text takes beside its bytes.
const ENTRY_BYTES: usize = 40;
/// Places in a new index; a power of two.
const FIRST_INDEX: usize = 256;

#[derive(Clone)]
struct Entry {
    text: Box<[u8]>,
    hash: u32,
    uses: u32,
    /// Its number in the view; `NO_STRING` before it is told.
    wire: StringRef,
    role: Role,
    is_there: bool,
}

/// The table.
pub(crate) struct Texts {
    entries: Vec<Entry>,
    free: Vec<TextSlot>,
    /// Slot + 1 by hash, with open addresses; 0 is free. At most half is taken.
    index: Vec<u32>,
    /// Bytes of all that is kept, about.
    pub(crate) bytes: usize,
    unused_bytes: usize,
}

impl Texts {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new(), free: Vec::new(), index: Vec::new(), bytes: 0, unused_bytes: 0 }
    }

    /// The slot of a text, used once more.
    pub(crate) fn take(&mut self, role: Role, text: &[u8]) -> TextSlot {
        if (self.entries.len() - self.free.len() + 1) * 2 > self.index.len() {
            self.index_anew((self.index.len() * 2).max(FIRST_INDEX));
        }
        let hash = hash(role, text);
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        while self.index[at] != 0 {
            let slot = self.index[at] - 1;
            let entry = self.entry(slot);
            if entry.hash == hash && entry.role == role && *entry.text == *text {
                entry.uses += 1;
                if entry.uses == 1 {
                    self.unused_bytes -= size(text);
                }
                return slot;
            }
            at = (at + 1) & mask;
        }
        self.bytes += size(text);
        let slot = self.free.pop().unwrap_or(self.entries.len() as u32);
        self.index[at] = slot + 1;
        let entry = Entry { text: text.into(), hash, uses: 1, wire: NO_STRING, role, is_there: true };
        if slot as usize == self.entries.len() {
            self.entries.push(entry);
        } else {
            *self.entry(slot) = entry;
        }
        slot
    }

    /// One use less.
    pub(crate) fn release(&mut self, slot: TextSlot) {
        let entry = self.entry(slot);
        entry.uses -= 1;
        if entry.uses == 0 {
            let bytes = size(&entry.text);
            self.unused_bytes += bytes;
        }
    }

    /// A text, its role, and its number on the wire; `NO_STRING` if it was not told in this view.
    pub(crate) fn told(&mut self, slot: TextSlot) -> (&[u8], Role, &mut StringRef) {
        let entry = self.entry(slot);
        (&entry.text, entry.role, &mut entry.wire)
    }

    /// Lets what is unused go if it has become much. Slots of it that somebody still holds without having used them would
    /// then be others: only between batches.
    pub(crate) fn tidy(&mut self) {
        if self.unused_bytes > MAX_UNUSED_BYTES {
            self.purge();
        }
    }

    /// A view begins: no number was told, and what is unused goes.
    pub(crate) fn begin_view(&mut self) {
        for entry in &mut self.entries {
            entry.wire = NO_STRING;
        }
        self.purge();
    }

    #[inline(never)]
    fn entry(&mut self, slot: TextSlot) -> &mut Entry {
        &mut self.entries[slot as usize]
    }

    #[inline(never)]
    fn purge(&mut self) {
        for (slot, entry) in self.entries.iter_mut().enumerate() {
            if entry.uses == 0 && entry.is_there {
                self.bytes -= size(&entry.text);
                entry.text = Box::default();
                entry.is_there = false;
                self.free.push(slot as u32);
            }
        }
        self.unused_bytes = 0;
        self.index_anew(self.index.len());
    }

    #[inline(never)]
    fn index_anew(&mut self, length: usize) {
        self.index = vec![0; length];
        for (slot, entry) in self.entries.iter().enumerate() {
            if entry.is_there {
                let mut at = entry.hash as usize & (length - 1);
                while self.index[at] != 0 {
                    at = (at + 1) & (length - 1);
                }
                self.index[at] = slot as u32 + 1;
            }
        }
    }
}

fn size(text: &[u8]) -> usize {
    text.len() + ENTRY_BYTES
}

/// FNV-1a. A page that makes texts collide slows its own recording, in a worker, by the square of their number.
fn hash(role: Role, text: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5 ^ role as u32;
    for byte in text {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_one_slot_per_role() {
        let mut texts = Texts::new();
        let slot = texts.take(Role::Text, b"a");
        assert_eq!(texts.take(Role::Text, b"a"), slot);
        assert_ne!(texts.take(Role::AttributeValue, b"a"), slot);
        assert_eq!(texts.told(slot), (&b"a"[..], Role::Text, &mut NO_STRING.clone()));
    }

    #[test]
    fn what_is_released_keeps_its_number_until_the_next_view() {
        let mut texts = Texts::new();
        let slot = texts.take(Role::Text, b"row 1");
        *texts.told(slot).2 = 5;
        texts.release(slot);
        texts.tidy();
        let again = texts.take(Role::Text, b"row 1");
        assert_eq!(*texts.told(again).2, 5);
        texts.release(again);
        texts.begin_view();
        assert_eq!(texts.bytes, 0);
        let anew = texts.take(Role::Text, b"row 1");
        assert_eq!(*texts.told(anew).2, NO_STRING);
    }

    #[test]
    fn what_is_unused_goes_when_it_is_much() {
        let mut texts = Texts::new();
        let kept = texts.take(Role::Css, b"kept");
        for number in 0..3_000 {
            let slot = texts.take(Role::Css, format!("{number}{}", "x".repeat(2_000)).as_bytes());
            texts.release(slot);
            texts.tidy();
            assert!(texts.bytes <= MAX_UNUSED_BYTES + 3_000);
        }
        assert_eq!(texts.take(Role::Css, b"kept"), kept);
    }

    #[test]
    fn thousands_of_texts_are_found_again() {
        let mut texts = Texts::new();
        let slots: Vec<_> =
            (0..5_000).map(|number| texts.take(Role::Text, number.to_string().as_bytes())).collect();
        for (number, slot) in slots.iter().enumerate() {
            assert_eq!(texts.take(Role::Text, number.to_string().as_bytes()), *slot);
            assert_eq!(texts.told(*slot).0, number.to_string().as_bytes());
        }
    }
}
