//! What happened at its own time: records that change no node.

use crate::changes::Recorder;
use crate::ops::{self, Batch};
use core::mem::take;
use rum_protocol::replay::{
    InteractionKind, MediaState, PointerKind, PointerPhase, Position, RecordKind, VisualViewport,
};

/// Fractions cross as thousandths.
const THOUSAND: f32 = 1_000.0;

impl Recorder {
    pub(crate) fn happened(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        let offset_ms = batch.next();
        let at_ms = self.batch_ms.saturating_add_signed(i64::from(offset_ms));
        let record = match op {
            ops::POINTER_MOVED => return self.moved(offset_ms, batch),
            ops::SELECTED => {
                let [start, start_offset, end, end_offset] = [(); 4].map(|()| batch.number());
                let (start, end) = (self.wire(start), self.wire(end));
                RecordKind::Selection { start: start?, start_offset, end: end?, end_offset }
            }
            ops::INTERACTION => {
                let kind = interaction(batch.next());
                let [node, x, y, number] = [(); 4].map(|()| batch.next());
                RecordKind::Interaction { kind: kind?, node: self.wire(node.cast_unsigned())?, x, y, number: number.cast_unsigned() }
            }
            ops::SCROLLED => {
                let [node, x, y] = [(); 3].map(|()| batch.next());
                let slot = self.slot(node.cast_unsigned())?;
                self.mirror.state_mut(slot).scroll = Some((x, y));
                RecordKind::Scroll { node: self.mirror.node(slot).wire, x, y }
            }
            ops::RESIZED => {
                let (width, height) = (batch.number(), batch.number());
                (self.mirror.window.width, self.mirror.window.height) = (width, height);
                RecordKind::Resize { width, height }
            }
            ops::VISUAL_VIEWPORT => RecordKind::VisualViewport(self.visual_viewport(batch)),
            ops::FOCUS => {
                self.mirror.window.has_focus = batch.next() != 0;
                RecordKind::Focus(self.mirror.window.has_focus)
            }
            ops::MEDIA => return self.media(at_ms, batch),
            ops::POINTER => {
                let [phase, kind, pointer, x, y] = [(); 5].map(|()| batch.next());
                RecordKind::Pointer { phase: pointer_phase(phase)?, kind: pointer_kind(kind)?, pointer, x, y }
            }
            // The check let nothing else through.
            _ => {
                let (kinds, interaction) = (batch.next() as u8, batch.number());
                RecordKind::Frustration { kinds, interaction }
            }
        };
        self.tell(at_ms, &record);
        Some(())
    }

    /// Writes a record, if there is a snapshot it can follow.
    fn tell(&mut self, at_ms: u64, record: &RecordKind) {
        if self.is_telling {
            self.at_ms = self.at_ms.max(at_ms);
            self.push(at_ms, record);
        }
    }

    fn moved(&mut self, offset_ms: i32, batch: &mut Batch<'_>) -> Option<()> {
        let [node, x, y, is_touch] = [(); 4].map(|()| batch.next());
        if !self.is_telling {
            return Some(());
        }
        let node = self.wire(node.cast_unsigned())?;
        let is_touch = is_touch != 0;
        if self.is_touch != is_touch || self.moves.is_empty() {
            self.settle();
        }
        self.is_touch = is_touch;
        self.moves.push(Position { node, x, y, offset_ms });
        Some(())
    }

    /// One record for moves one after the other, at the time of the last.
    pub(crate) fn tell_moves(&mut self) {
        let mut positions = take(&mut self.moves);
        let Some(&Position { offset_ms: last, .. }) = positions.last() else { return };
        for position in &mut positions {
            position.offset_ms = position.offset_ms.saturating_sub(last);
        }
        let at_ms = self.batch_ms.saturating_add_signed(i64::from(last));
        self.at_ms = self.at_ms.max(at_ms);
        self.encoder.push(at_ms, &RecordKind::PointerMoves { is_touch: self.is_touch, positions });
        self.records += 1;
    }

    fn visual_viewport(&mut self, batch: &mut Batch<'_>) -> VisualViewport {
        let mut thousandths = || batch.next() as f32 / THOUSAND;
        let viewport = VisualViewport {
            offset_left: thousandths(),
            offset_top: thousandths(),
            page_left: thousandths(),
            page_top: thousandths(),
            width: thousandths(),
            height: thousandths(),
            scale: thousandths(),
        };
        self.mirror.window.visual = Some(viewport);
        viewport
    }

    fn media(&mut self, at_ms: u64, batch: &mut Batch<'_>) -> Option<()> {
        let [node, state, value] = [(); 3].map(|()| batch.next());
        let slot = self.slot(node.cast_unsigned())?;
        let value = value as f32 / THOUSAND;
        let state = match state {
            0 => MediaState::Playing,
            1 => MediaState::Paused,
            2 => MediaState::Seeked(value),
            3 => MediaState::Rate(value),
            4 => MediaState::Volume(value),
            _ => return None,
        };
        match state {
            MediaState::Playing => self.mirror.state_mut(slot).is_playing = Some(true),
            MediaState::Paused => self.mirror.state_mut(slot).is_playing = Some(false),
            _ => {}
        }
        self.tell(at_ms, &RecordKind::Media { node: self.mirror.node(slot).wire, state });
        Some(())
    }
}

fn interaction(number: i32) -> Option<InteractionKind> {
    Some(match number {
        0 => InteractionKind::MouseUp,
        1 => InteractionKind::MouseDown,
        2 => InteractionKind::Click,
        3 => InteractionKind::ContextMenu,
        4 => InteractionKind::DoubleClick,
        5 => InteractionKind::Focus,
        6 => InteractionKind::Blur,
        7 => InteractionKind::TouchStart,
        9 => InteractionKind::TouchEnd,
        _ => return None,
    })
}

fn pointer_phase(number: i32) -> Option<PointerPhase> {
    Some(match number {
        0 => PointerPhase::Down,
        1 => PointerPhase::Up,
        2 => PointerPhase::Move,
        _ => return None,
    })
}

fn pointer_kind(number: i32) -> Option<PointerKind> {
    Some(match number {
        0 => PointerKind::Mouse,
        1 => PointerKind::Touch,
        2 => PointerKind::Pen,
        _ => return None,
    })
}
