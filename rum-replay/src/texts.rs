//! Texts, each kept once. What nothing refers to any more is kept for a while, because it often comes again (rows of a
//! virtual list); its number on the wire is then still good.

use crate::numbers::NONE;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use rum_protocol::replay::Role;

/// A text's place in the table.
pub type TextSlot = u32;

/// Bytes of texts that nothing refers to, before they are let go.
const MAX_UNUSED_BYTES: usize = 4 * 1024 * 1024;
/// What a text takes beside its bytes.
const ENTRY_BYTES: usize = 40;
/// Places in a new index; a power of two.
const FIRST_INDEX: usize = 256;

struct Entry {
    text: Box<str>,
    hash: u32,
    uses: u32,
    /// Its number in the view; `NONE` before it is told.
    wire: u32,
    role: Role,
    is_there: bool,
}

/// The table.
#[derive(Default)]
pub struct Texts {
    entries: Vec<Entry>,
    free: Vec<TextSlot>,
    /// Slot + 1 by hash, with open addresses; 0 is free. At most half is taken.
    index: Vec<u32>,
    bytes: usize,
    unused_bytes: usize,
}

impl Texts {
    /// The slot of a text, used once more.
    pub fn take(&mut self, role: Role, text: &str) -> TextSlot {
        if (self.entries.len() - self.free.len() + 1) * 2 > self.index.len() {
            self.index_anew((self.index.len() * 2).max(FIRST_INDEX));
        }
        let hash = hash(role, text);
        let mut at = hash as usize & (self.index.len() - 1);
        while self.index[at] != 0 {
            let slot = self.index[at] - 1;
            let entry = &self.entries[slot as usize];
            if entry.hash == hash && entry.role == role && *entry.text == *text {
                self.keep(slot);
                return slot;
            }
            at = (at + 1) & (self.index.len() - 1);
        }
        let entry = Entry { text: text.into(), hash, uses: 1, wire: NONE, role, is_there: true };
        self.bytes += size(&entry);
        let slot = self.free.pop().unwrap_or(self.entries.len() as u32);
        match self.entries.get_mut(slot as usize) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        self.index[at] = slot + 1;
        slot
    }

    /// One more use of a text that is there.
    pub fn keep(&mut self, slot: TextSlot) {
        let entry = &mut self.entries[slot as usize];
        if entry.uses == 0 {
            self.unused_bytes -= size(entry);
        }
        entry.uses += 1;
    }

    /// One use less; nothing for `NONE`.
    pub fn release(&mut self, slot: TextSlot) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.uses -= 1;
        if entry.uses == 0 {
            self.unused_bytes += size(entry);
        }
    }

    pub fn text(&self, slot: TextSlot) -> &str {
        self.entries.get(slot as usize).map_or("", |entry| &entry.text)
    }

    pub fn role(&self, slot: TextSlot) -> Role {
        self.entries[slot as usize].role
    }

    /// The number on the wire; `NONE` if it was not told in this view.
    pub fn wire(&mut self, slot: TextSlot) -> &mut u32 {
        &mut self.entries[slot as usize].wire
    }

    /// Bytes of all that is kept, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets what is unused go if it has become much. Slots of it that somebody still holds without having used them would
    /// then be others: only between batches.
    pub fn tidy(&mut self) {
        if self.unused_bytes > MAX_UNUSED_BYTES {
            self.purge();
        }
    }

    /// A view begins: no number was told, and what is unused goes.
    pub fn begin_view(&mut self) {
        for entry in &mut self.entries {
            entry.wire = NONE;
        }
        self.purge();
    }

    fn purge(&mut self) {
        for (slot, entry) in self.entries.iter_mut().enumerate() {
            if entry.uses == 0 && entry.is_there {
                self.bytes -= size(entry);
                entry.text = Box::default();
                entry.is_there = false;
                self.free.push(slot as u32);
            }
        }
        self.unused_bytes = 0;
        self.index_anew(self.index.len());
    }

    fn index_anew(&mut self, length: usize) {
        self.index = vec![0; length];
        for (slot, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.is_there) {
            let mut at = entry.hash as usize & (length - 1);
            while self.index[at] != 0 {
                at = (at + 1) & (length - 1);
            }
            self.index[at] = slot as u32 + 1;
        }
    }
}

fn size(entry: &Entry) -> usize {
    entry.text.len() + ENTRY_BYTES
}

/// FNV-1a. A page that makes texts collide slows its own recording, in a worker, by the square of their number.
fn hash(role: Role, text: &str) -> u32 {
    let mut hash = 0x811c_9dc5 ^ role as u32;
    for byte in text.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_one_slot_per_role() {
        let mut texts = Texts::default();
        let slot = texts.take(Role::Text, "a");
        assert_eq!(texts.take(Role::Text, "a"), slot);
        assert_ne!(texts.take(Role::AttributeValue, "a"), slot);
        assert_eq!((texts.text(slot), texts.role(slot)), ("a", Role::Text));
    }

    #[test]
    fn what_is_released_keeps_its_number_until_the_next_view() {
        let mut texts = Texts::default();
        let slot = texts.take(Role::Text, "row 1");
        *texts.wire(slot) = 5;
        texts.release(slot);
        texts.tidy();
        let again = texts.take(Role::Text, "row 1");
        assert_eq!(*texts.wire(again), 5);
        texts.release(again);
        texts.begin_view();
        assert_eq!(texts.bytes(), 0);
        let anew = texts.take(Role::Text, "row 1");
        assert_eq!(*texts.wire(anew), NONE);
    }

    #[test]
    fn what_is_unused_goes_when_it_is_much() {
        let mut texts = Texts::default();
        let kept = texts.take(Role::Css, "kept");
        for number in 0..3_000 {
            let slot = texts.take(Role::Css, &format!("{number}{}", "x".repeat(2_000)));
            texts.release(slot);
            texts.tidy();
            assert!(texts.bytes() <= MAX_UNUSED_BYTES + 3_000);
        }
        assert_eq!(texts.take(Role::Css, "kept"), kept);
    }

    #[test]
    fn thousands_of_texts_are_found_again() {
        let mut texts = Texts::default();
        let slots: Vec<_> = (0..5_000).map(|number| texts.take(Role::Text, &number.to_string())).collect();
        for (number, slot) in slots.iter().enumerate() {
            assert_eq!(texts.take(Role::Text, &number.to_string()), *slot);
            assert_eq!(texts.text(*slot), number.to_string());
        }
    }
}
