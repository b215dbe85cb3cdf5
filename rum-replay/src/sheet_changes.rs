//! What operations on style sheets change and tell. The sheet of a `<style>` or `<link>` goes with its element; one that
//! was constructed stays, as the page may adopt it again under the number it has.

use crate::changes::Recorder;
use crate::mirror::{ATTACHED, KEY, Key, PARENT, PROPERTIES, REST, RULE, SHEET_MEDIA, Slot, VALUE};
use crate::ops::{self, Batch};
use crate::rows::{KIND, NONE, TextSlot, WIRE};
use alloc::vec::Vec;
use rum_protocol::replay::{Role, begun, part};

impl Recorder {
    pub(crate) fn change_sheet(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let number = batch.number();
        match op {
            ops::DEFINED => {
                for _ in 0..number {
                    let name = self.mirror.rows.take(Role::NodeName as u32, batch.text());
                    self.mirror.defined.push(name);
                    if self.is_telling {
                        self.tell_defined(&[name]);
                    }
                }
                return Some(());
            }
            ops::SHEET => {
                self.set_sheet(number, batch);
                return Some(());
            }
            ops::ATTACH_SHEETS => return self.attach_sheets(number, batch),
            _ => {}
        }
        let index = batch.number();
        let is_inserted = op == ops::RULE_INSERTED;
        let text = if is_inserted { batch.text() } else { &[] };
        let slot = self.mirror.sheet(number)?;
        // Behind so many rules, and before one if that is to go.
        let mut link = slot + PROPERTIES;
        let mut at = link;
        for _ in u32::from(is_inserted)..=index {
            let rule = self.mirror.get(link, 0);
            if self.mirror.get(rule, KEY) != RULE {
                return None;
            }
            at = link;
            link = rule + REST;
        }
        if is_inserted {
            let rule = self.mirror.rows.take(Role::Css as u32, text);
            self.mirror.insert(link, [RULE, rule, 0]);
        } else {
            self.mirror.remove(slot, at);
        }
        self.tell_rule(op, slot, index, text);
        Some(())
    }

    /// A sheet is this from here on; nodes that have it, have the new one.
    fn set_sheet(&mut self, number: u32, batch: &mut Batch<'_>) {
        let kind = ops::SHEET + i32::from(batch.number() != 0);
        let slot = if let Some(slot) = self.mirror.sheet(number) {
            self.mirror.put(slot, KIND, kind.cast_unsigned());
            self.mirror.clear(slot);
            self.note_stale(slot);
            slot
        } else {
            let slot = self.mirror.add(number, kind);
            self.mirror.rows.found(slot);
            slot
        };
        let (rules, media) = (batch.number(), batch.number());
        let mut link = slot + PROPERTIES;
        for index in 0..rules + media {
            let key = if index < rules { RULE } else { SHEET_MEDIA };
            let text = self.mirror.rows.take(Role::Css as u32, batch.text());
            link = self.mirror.insert(link, [key, text, 0]);
        }
        if number == 0 {
            self.mirror.forget(slot);
        }
    }

    fn note_stale(&mut self, slot: Slot) {
        if !is_among(&self.stale, slot) {
            self.stale.push(slot);
        }
    }

    fn attach_sheets(&mut self, id: u32, batch: &mut Batch<'_>) -> Option<()> {
        let mut sheets = Vec::new();
        for _ in 0..batch.number() {
            if let Some(sheet) = self.mirror.sheet(batch.number()) {
                sheets.push(sheet);
            }
        }
        let slot = self.mirror.slot(id)?;
        let mut link = slot + PROPERTIES;
        loop {
            let property = self.mirror.get(link, 0);
            if property == NONE {
                break;
            }
            if self.mirror.get(property, KEY) != ATTACHED {
                link = property + REST;
                continue;
            }
            let sheet = self.mirror.get(property, VALUE);
            if is_among(&sheets, sheet) {
                // It stays, and so must not go with its property.
                self.mirror.put(sheet, PARENT, NONE);
            }
            self.mirror.remove(slot, link);
        }
        let is_owner = self.mirror.kind(slot) == ops::ELEMENT;
        for sheet in sheets {
            if is_owner {
                self.mirror.put(sheet, PARENT, slot);
            }
            link = self.mirror.insert(link, [ATTACHED, sheet, 0]);
        }
        if self.is_telling {
            self.tell_sheets(slot);
        }
        Some(())
    }

    /// Datadog's record of a rule names the element a sheet belongs to; one that belongs to none is told anew.
    fn tell_rule(&mut self, op: i32, slot: Slot, index: u32, text: &[u8]) {
        let owner = self.mirror.get(slot, PARENT);
        if owner == NONE {
            self.note_stale(slot);
        } else if self.is_telling && self.mirror.wire(slot) != NONE && !is_among(&self.stale, slot) {
            let is_inserted = op == ops::RULE_INSERTED;
            self.record(if is_inserted { begun::RULE_INSERTED } else { begun::RULE_DELETED }, self.at_ms);
            self.tell_node(owner);
            self.encoder.part(part::NUMBER, index);
            if is_inserted {
                self.encoder.literal_part(text);
            }
        }
    }

    /// Tells sheets that became others: the new ones, and that their nodes have them. Once a batch, for a library may insert a
    /// thousand rules in one.
    pub(crate) fn tell_stale(&mut self) {
        let stale = core::mem::take(&mut self.stale);
        let mut has_told = false;
        for slot in &stale {
            // It may be forgotten, and another in its place.
            if self.mirror.is_sheet(*slot) {
                has_told |= self.mirror.wire(*slot) != NONE;
                self.mirror.put(*slot, WIRE, NONE);
            }
        }
        if !has_told || !self.is_telling {
            return;
        }
        let root = self.mirror.root;
        let mut node = root;
        while node != NONE {
            let mut at = self.mirror.get(node, PROPERTIES);
            while at != NONE {
                let [key, sheet, _] = self.mirror.property(at);
                at = self.mirror.get(at, REST);
                if key == ATTACHED && is_among(&stale, sheet) {
                    self.tell_sheets(node);
                    break;
                }
            }
            node = self.mirror.following(node, root);
        }
    }

    /// The sheets of a node, those that were not told first.
    pub(crate) fn tell_sheets(&mut self, slot: Slot) {
        self.open();
        let sheets = self.values(slot, ATTACHED);
        for sheet in &sheets {
            if self.mirror.wire(*sheet) == NONE {
                self.tell_sheet(*sheet);
            }
        }
        self.change(begun::ATTACH_SHEETS, slot);
        self.encoder.part(part::COUNT, sheets.len() as u32);
        for sheet in sheets {
            self.encoder.part(part::NUMBER, self.mirror.wire(sheet));
        }
    }

    fn tell_sheet(&mut self, slot: Slot) {
        let number = self.encoder.begin_sheet(self.mirror.kind(slot) != ops::SHEET);
        self.mirror.put(slot, WIRE, number);
        for key in [RULE, SHEET_MEDIA] {
            let texts = self.values(slot, key);
            self.tell_texts(part::RULE, Role::Css, &texts);
        }
    }

    /// Values of a node's properties of the key.
    fn values(&self, slot: Slot, wanted: Key) -> Vec<u32> {
        let mut values = Vec::new();
        let mut at = self.mirror.get(slot, PROPERTIES);
        while at != NONE {
            let [key, value, _] = self.mirror.property(at);
            at = self.mirror.get(at, REST);
            if key == wanted {
                values.push(value);
            }
        }
        values
    }

    /// How many texts there are, and the texts.
    fn tell_texts(&mut self, column: usize, role: Role, texts: &[TextSlot]) {
        self.encoder.part(part::COUNT, texts.len() as u32);
        for text in texts {
            self.tell_text(column, role, *text);
        }
    }

    /// Tells names of custom elements.
    pub(crate) fn tell_defined(&mut self, names: &[u32]) {
        self.open();
        self.encoder.begin_change(begun::DEFINED);
        self.tell_texts(part::NAME, Role::NodeName, names);
    }
}

#[allow(clippy::manual_contains, reason = "it compares several at once, in 100 bytes")]
#[inline(never)]
fn is_among(slots: &[Slot], slot: Slot) -> bool {
    slots.iter().any(|one| *one == slot)
}
