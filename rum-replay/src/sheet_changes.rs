//! What operations on style sheets change and tell. The sheet of a `<style>` or `<link>` goes with its element; one that
//! was constructed stays, as the page may adopt it again under the number it has.

use crate::changes::Recorder;
use crate::mirror::{ATTACHED, Property, RULE, SHEET_MEDIA, Slot};
use crate::ops::{self, Batch};
use crate::places::NONE;
use alloc::vec::Vec;
use rum_protocol::replay::{Role, begun, part};

impl Recorder {
    pub(crate) fn change_sheet(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let number = batch.number();
        match op {
            ops::DEFINED => {
                for _ in 0..number {
                    let name = self.mirror.texts.take(Role::NodeName, batch.text());
                    self.mirror.defined.push(name);
                    if self.is_telling {
                        self.tell_defined(&[name]);
                    }
                }
                return Some(());
            }
            ops::SHEET => {
                let kind = ops::SHEET + i32::from(batch.number() != 0);
                let (rules, media) = (batch.number(), batch.number());
                let mut properties = Vec::new();
                for index in 0..rules + media {
                    let key = if index < rules { RULE } else { SHEET_MEDIA };
                    properties.push([key, self.mirror.texts.take(Role::Css, batch.text()), 0]);
                }
                self.set_sheet(number, kind, properties);
                return Some(());
            }
            ops::ATTACH_SHEETS => {
                let sheets = (0..batch.number()).map(|_| batch.number()).collect();
                return self.attach_sheets(number, sheets);
            }
            _ => {}
        }
        let index = batch.number() as usize;
        let text = if op == ops::RULE_INSERTED { batch.text() } else { &[] };
        let slot = self.mirror.sheet(number)?;
        let rules = self.mirror.node(slot).properties.iter().filter(|property| property[0] == RULE).count();
        if op == ops::RULE_INSERTED && index <= rules {
            let rule = self.mirror.texts.take(Role::Css, text);
            self.mirror.insert(slot, index, [RULE, rule, 0]);
        } else if op == ops::RULE_DELETED && index < rules {
            self.mirror.remove(slot, index);
        } else {
            return None;
        }
        self.tell_rule(op, slot, index, text);
        Some(())
    }

    /// A sheet is this from here on; nodes that have it, have the new one.
    fn set_sheet(&mut self, number: u32, kind: i32, properties: Vec<[u32; 3]>) {
        let Some(slot) = self.mirror.sheet(number) else {
            self.mirror.add(number, kind, NONE, properties);
            return;
        };
        self.mirror.node_mut(slot).kind = kind;
        while let Some(last) = self.mirror.node(slot).properties.len().checked_sub(1) {
            self.mirror.remove(slot, last);
        }
        for (index, property) in properties.into_iter().enumerate() {
            self.mirror.insert(slot, index, property);
        }
        self.note_stale(slot);
    }

    fn note_stale(&mut self, slot: Slot) {
        if !self.stale.contains(&slot) {
            self.stale.push(slot);
        }
    }

    fn attach_sheets(&mut self, id: u32, numbers: Vec<u32>) -> Option<()> {
        let slot = self.mirror.slot(id)?;
        let sheets: Vec<Slot> = numbers.into_iter().filter_map(|number| self.mirror.sheet(number)).collect();
        let mut at = 0;
        while let Some(&[key, sheet, _]) = self.mirror.node(slot).properties.get(at) {
            if key != ATTACHED {
                at += 1;
                continue;
            }
            if sheets.contains(&sheet) {
                // It stays, and so must not go with its property.
                self.mirror.node_mut(sheet).parent = NONE;
            }
            self.mirror.remove(slot, at);
        }
        let is_owner = self.mirror.node(slot).kind == ops::ELEMENT;
        for sheet in sheets {
            if is_owner {
                self.mirror.node_mut(sheet).parent = slot;
            }
            self.mirror.insert(slot, at, [ATTACHED, sheet, 0]);
            at += 1;
        }
        if self.is_telling {
            self.tell_sheets(slot);
        }
        Some(())
    }

    /// Datadog's record of a rule names the element a sheet belongs to; one that belongs to none is told anew.
    fn tell_rule(&mut self, op: i32, slot: Slot, index: usize, text: &[u8]) {
        let sheet = self.mirror.node(slot);
        let owner = sheet.parent;
        if owner == NONE {
            self.note_stale(slot);
        } else if self.is_telling && sheet.wire != NONE && !self.stale.contains(&slot) {
            let is_inserted = op == ops::RULE_INSERTED;
            self.record(if is_inserted { begun::RULE_INSERTED } else { begun::RULE_DELETED }, self.at_ms);
            self.tell_node(owner);
            self.encoder.part(part::NUMBER, index as u32);
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
            let sheet = self.mirror.node_mut(*slot);
            // It may be forgotten, and another in its place.
            if sheet.kind >= ops::SHEET {
                has_told |= sheet.wire != NONE;
                sheet.wire = NONE;
            }
        }
        if !has_told || !self.is_telling {
            return;
        }
        let is_stale = |property: &Property| property[0] == ATTACHED && stale.contains(&property[1]);
        for slot in 0..self.mirror.nodes.len() as Slot {
            // One that is forgotten has none.
            if self.mirror.node(slot).properties.iter().any(is_stale) {
                self.tell_sheets(slot);
            }
        }
    }

    /// The sheets of a node, those that were not told first.
    pub(crate) fn tell_sheets(&mut self, slot: Slot) {
        self.open();
        let sheets = self.sheets_of(slot);
        for sheet in &sheets {
            if self.mirror.node(*sheet).wire == NONE {
                self.tell_sheet(*sheet);
            }
        }
        self.change(begun::ATTACH_SHEETS, slot);
        self.encoder.part(part::COUNT, sheets.len() as u32);
        for sheet in sheets {
            self.encoder.part(part::NUMBER, self.mirror.node(sheet).wire);
        }
    }

    fn tell_sheet(&mut self, slot: Slot) {
        let sheet = self.mirror.node_mut(slot);
        sheet.wire = self.encoder.begin_sheet(sheet.kind != ops::SHEET);
        let texts = sheet.properties.clone();
        for wanted in [RULE, SHEET_MEDIA] {
            let of_key = || texts.iter().filter(|text| text[0] == wanted);
            self.encoder.part(part::COUNT, of_key().count() as u32);
            for text in of_key() {
                self.tell_text(part::RULE, Role::Css, text[1]);
            }
        }
    }

    /// Tells names of custom elements.
    pub(crate) fn tell_defined(&mut self, names: &[u32]) {
        self.open();
        self.encoder.begin_change(begun::DEFINED);
        self.encoder.part(part::COUNT, names.len() as u32);
        for name in names {
            self.tell_text(part::NAME, Role::NodeName, *name);
        }
    }
}
