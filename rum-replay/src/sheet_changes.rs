//! What operations on style sheets change and tell.

use crate::changes::Recorder;
use crate::mirror::{Kind, Slot};
use crate::numbers::NONE;
use crate::ops::{self, Batch};
use alloc::vec::Vec;
use rum_protocol::replay::{Change, RecordKind, Role};

impl Recorder {
    pub(crate) fn sheet_operation(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let number = batch.number();
        match op {
            ops::SHEET => {
                let is_disabled = batch.next() != 0;
                let counts = [batch.number(), batch.number()];
                let [rules, media] = counts.map(|count| {
                    (0..count).map(|_| self.mirror.texts.take(Role::Css, batch.text())).collect::<Vec<_>>()
                });
                let mirror = &mut self.mirror;
                let slot = mirror.sheets.set(number, rules, media, is_disabled, &mut mirror.texts);
                self.stale.push(slot);
            }
            ops::ATTACH_SHEETS => {
                let sheets: Vec<u32> = (0..batch.number()).map(|_| batch.number()).collect();
                return self.attach_sheets(number, &sheets);
            }
            ops::RULE_INSERTED => {
                let (index, text) = (batch.number(), batch.text());
                let slot = self.mirror.sheets.slot(number);
                let rule = self.mirror.texts.take(Role::Css, text);
                if !self.mirror.sheets.insert(slot, index as usize, rule) {
                    self.mirror.texts.release(rule);
                    return None;
                }
                self.rule_changed(slot, index, Some(text));
            }
            _ => {
                let index = batch.number();
                let slot = self.mirror.sheets.slot(number);
                let mirror = &mut self.mirror;
                mirror.sheets.delete(slot, index as usize, &mut mirror.texts).then_some(())?;
                self.rule_changed(slot, index, None);
            }
        }
        Some(())
    }

    fn attach_sheets(&mut self, id: u32, numbers: &[u32]) -> Option<()> {
        let slot = self.slot(id)?;
        let mut sheets = Vec::new();
        for number in numbers {
            match self.mirror.sheets.slot(*number) {
                NONE => self.dropped += 1,
                sheet => sheets.push(sheet),
            }
        }
        let is_owned = self.mirror.node(slot).kind == Kind::Element;
        // First the new ones: a sheet that stays must not go in between.
        for sheet in &sheets {
            self.mirror.sheets.attach(*sheet, slot, is_owned);
        }
        let before = core::mem::replace(&mut self.mirror.state_mut(slot).sheets, sheets);
        for sheet in before {
            self.mirror.sheets.detach(sheet, slot, &mut self.mirror.texts);
        }
        if self.is_telling {
            self.tell_sheets(slot);
        }
        Some(())
    }

    /// Datadog's record of a rule names the element a sheet belongs to; what belongs to none, or to several, is told anew.
    fn rule_changed(&mut self, slot: u32, index: u32, inserted: Option<&str>) {
        let sheet = &mut self.mirror.sheets.list[slot as usize];
        if !self.is_telling || sheet.wire == NONE || sheet.is_stale {
            return;
        }
        if let ([node], true) = (&sheet.nodes[..], sheet.is_owned) {
            let owner = self.mirror.nodes[*node as usize].wire;
            self.push(self.at_ms, &RecordKind::Rule { owner, index, inserted: inserted.map(Into::into) });
        } else {
            sheet.is_stale = true;
            self.stale.push(slot);
        }
    }

    /// Tells sheets that became others: the new ones, and that their nodes have them. Once a batch, for a library may insert a
    /// thousand rules in one.
    pub(crate) fn tell_stale(&mut self) {
        for slot in core::mem::take(&mut self.stale) {
            let sheet = &mut self.mirror.sheets.list[slot as usize];
            if !core::mem::take(&mut sheet.is_stale) || core::mem::replace(&mut sheet.wire, NONE) == NONE {
                continue;
            }
            let nodes = sheet.nodes.clone();
            for node in nodes {
                self.tell_sheets(node);
            }
        }
    }

    /// The sheets of a node, those that were not told first.
    pub(crate) fn tell_sheets(&mut self, slot: Slot) {
        let Some(state) = &self.mirror.node(slot).state else { return };
        let sheets = state.sheets.clone();
        let sheets = sheets.into_iter().map(|sheet| self.told_sheet(sheet)).collect();
        let node = self.mirror.node(slot).wire;
        self.change(&Change::AttachSheets { node, sheets });
    }

    fn told_sheet(&mut self, slot: u32) -> u32 {
        let sheet = &mut self.mirror.sheets.list[slot as usize];
        if sheet.wire != NONE {
            return sheet.wire;
        }
        sheet.is_stale = false;
        let is_disabled = sheet.is_disabled;
        let [rules, media] = [sheet.rules.clone(), sheet.media.clone()]
            .map(|texts| texts.into_iter().map(|text| self.told(text)).collect());
        let wire = self.encoder.next_sheet();
        self.change(&Change::AddSheet { rules, media, is_disabled });
        self.mirror.sheets.list[slot as usize].wire = wire;
        wire
    }
}
