//! Style sheets: their rules, and which nodes have them. The sheet of a `<style>` or `<link>` goes with its element; one that
//! was constructed stays, as the page may adopt it again under the number it has.

use crate::mirror::Slot;
use crate::numbers::{NONE, Numbers};
use crate::texts::{TextSlot, Texts};
use alloc::vec::Vec;

/// A style sheet.
#[derive(Default)]
pub struct Sheet {
    /// Its number in the page.
    number: u32,
    pub rules: Vec<TextSlot>,
    pub media: Vec<TextSlot>,
    pub is_disabled: bool,
    /// Nodes that have it; one that has it twice stands here twice.
    pub nodes: Vec<Slot>,
    /// It is the sheet of an element.
    pub is_owned: bool,
    /// Its number in the view; `NONE` before it was told.
    pub wire: u32,
    /// It became another since it was told.
    pub is_stale: bool,
}

/// All of a page.
#[derive(Default)]
pub struct Sheets {
    pub list: Vec<Sheet>,
    free: Vec<u32>,
    places: Numbers,
    rules: usize,
}

impl Sheets {
    /// The place of a sheet; `NONE` for one that is not known.
    pub fn slot(&self, number: u32) -> u32 {
        self.places.get(number)
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.rules
    }

    /// What a sheet is from here on; it is a new one if the number is.
    pub fn set(&mut self, number: u32, rules: Vec<TextSlot>, media: Vec<TextSlot>, is_disabled: bool, texts: &mut Texts) -> u32 {
        let mut slot = self.slot(number);
        if slot == NONE {
            slot = self.free.pop().unwrap_or(self.list.len() as u32);
            if slot as usize == self.list.len() {
                self.list.push(Sheet::default());
            }
            self.list[slot as usize] = Sheet { number, wire: NONE, ..Sheet::default() };
            self.places.put(number, slot);
        }
        self.rules += rules.len();
        self.rules -= self.list[slot as usize].rules.len();
        let sheet = &mut self.list[slot as usize];
        let before = [core::mem::replace(&mut sheet.rules, rules), core::mem::replace(&mut sheet.media, media)];
        sheet.is_disabled = is_disabled;
        sheet.is_stale = true;
        for text in before.into_iter().flatten() {
            texts.release(text);
        }
        slot
    }

    /// Inserts a rule; answers whether there is such a place. Takes over the text.
    pub fn insert(&mut self, slot: u32, index: usize, rule: TextSlot) -> bool {
        let Some(sheet) = self.list.get_mut(slot as usize).filter(|sheet| index <= sheet.rules.len()) else { return false };
        sheet.rules.insert(index, rule);
        self.rules += 1;
        true
    }

    /// Deletes a rule; answers whether there was one.
    pub fn delete(&mut self, slot: u32, index: usize, texts: &mut Texts) -> bool {
        let Some(sheet) = self.list.get_mut(slot as usize).filter(|sheet| index < sheet.rules.len()) else { return false };
        texts.release(sheet.rules.remove(index));
        self.rules -= 1;
        true
    }

    /// A node has a sheet.
    pub fn attach(&mut self, slot: u32, node: Slot, is_owned: bool) {
        let sheet = &mut self.list[slot as usize];
        sheet.nodes.push(node);
        sheet.is_owned |= is_owned;
    }

    /// A node no longer has it.
    pub fn detach(&mut self, slot: u32, node: Slot, texts: &mut Texts) {
        let sheet = &mut self.list[slot as usize];
        if let Some(at) = sheet.nodes.iter().position(|&one| one == node) {
            sheet.nodes.swap_remove(at);
        }
        if sheet.nodes.is_empty() && sheet.is_owned {
            self.rules -= sheet.rules.len();
            let sheet = core::mem::take(sheet);
            for text in sheet.rules.into_iter().chain(sheet.media) {
                texts.release(text);
            }
            self.places.drop(sheet.number);
            self.free.push(slot);
        }
    }

    /// A view begins: none was told.
    pub fn begin_view(&mut self) {
        for sheet in &mut self.list {
            sheet.wire = NONE;
            sheet.is_stale = false;
        }
    }
}
