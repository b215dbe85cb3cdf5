//! What happened at its own time: records that change no node.

use crate::changes::Recorder;
use crate::ops::{self, Batch};
use crate::rows::NONE;
use rum_protocol::replay::{begun, part};

/// Fractions cross as thousandths.
const THOUSAND: f32 = 1_000.0;
/// Words kept of a move of the pointer: ms, node, x, y.
const MOVE_WORDS: usize = 4;

impl Recorder {
    pub(crate) fn happened(&mut self, op: i32, batch: &mut Batch<'_>) -> Option<()> {
        // The check let nothing else through.
        let shape = ops::shape(op)?;
        let mut words = [0; ops::MAX_WORDS];
        for word in words.iter_mut().take(shape.len()) {
            *word = batch.next();
        }
        let at_ms = self.time(words[0]);
        self.note(op, &words);
        if !self.is_telling {
            return Some(());
        }
        // Nodes by their numbers in the view; what is about one that has none is not told.
        for (letter, word) in shape.iter().zip(&mut words) {
            if *letter == b'n' {
                let wire = self.mirror.wire(self.mirror.slot(word.cast_unsigned())?);
                *word = Some(wire).filter(|&wire| wire != NONE)?.cast_signed();
            }
        }
        let mut shape = shape;
        let kind = match op {
            ops::POINTER_MOVED => {
                self.move_pointer(words);
                return Some(());
            }
            ops::INTERACTION => begun::INTERACTION,
            ops::SCROLLED => begun::SCROLLED,
            ops::RESIZED => begun::RESIZE,
            ops::VISUAL_VIEWPORT => begun::VISUAL_VIEWPORT,
            ops::FOCUS => {
                shape = b"m";
                if words[1] > 0 { begun::FOCUS } else { begun::BLUR }
            }
            ops::MEDIA => {
                // Where it plays from is told of what does not play or pause.
                shape = if words[2] < 2 { b"mn4" } else { shape };
                begun::PLAYED
            }
            ops::SELECTED => begun::SELECTION,
            _ => begun::FRUSTRATION,
        };
        self.record(kind, at_ms);
        self.tell_words(shape, &words);
        Some(())
    }

    /// So many ms after the batch's time.
    #[inline(never)]
    fn time(&self, offset_ms: i32) -> u64 {
        self.batch_ms.saturating_add_signed(offset_ms.into())
    }

    /// Writes words into the columns their letters name.
    pub(crate) fn tell_words(&mut self, shape: &[u8], words: &[i32]) {
        for (&letter, &word) in shape.iter().zip(words) {
            let column = match letter {
                b'n' => part::NODE,
                b'x' => part::X,
                b'y' => part::Y,
                b'f' => {
                    self.encoder.float_part(word as f32 / THOUSAND);
                    continue;
                }
                b'm' => continue,
                _ => part::NUMBER,
            };
            self.encoder.part(column, word.cast_unsigned());
        }
    }

    /// What the next snapshot needs to know of it.
    fn note(&mut self, op: i32, words: &[i32; ops::MAX_WORDS]) {
        let [_, first, second, third, ..] = *words;
        match op {
            ops::RESIZED => [self.window[0], self.window[1]] = [first, second],
            ops::FOCUS => self.window[2] = first,
            ops::VISUAL_VIEWPORT => self.window[3..].copy_from_slice(&words[1..]),
            ops::SCROLLED | ops::MEDIA => {
                if let Some(slot) = self.mirror.slot(first.cast_unsigned()) {
                    if op == ops::SCROLLED {
                        let key = ops::SCROLL_POSITION.cast_unsigned();
                        self.mirror.set(slot, [key, second.cast_unsigned(), third.cast_unsigned()], true);
                    } else if second < 2 {
                        let key = ops::MEDIA_PLAYS.cast_unsigned();
                        self.mirror.set(slot, [key, u32::from(second == 0), 0], true);
                    }
                }
            }
            _ => {}
        }
    }

    fn move_pointer(&mut self, words: [i32; ops::MAX_WORDS]) {
        if self.is_touch != words[MOVE_WORDS] || self.is_open {
            self.settle();
            self.is_touch = words[MOVE_WORDS];
        }
        for word in &words[..MOVE_WORDS] {
            self.moves.push(word.cast_unsigned());
        }
    }

    /// One record for moves one after the other, at the time of the last.
    pub(crate) fn tell_moves(&mut self) {
        let moves = core::mem::take(&mut self.moves);
        let moves = moves.as_chunks::<MOVE_WORDS>().0;
        let Some(&[last_ms, ..]) = moves.last() else { return };
        let last_ms = last_ms.cast_signed();
        let at_ms = self.time(last_ms);
        self.encoder.begin_record(at_ms, begun::POINTER_MOVES + self.is_touch as u8);
        self.records += 1;
        self.at_ms = self.at_ms.max(at_ms);
        self.encoder.part(part::COUNT, moves.len() as u32);
        for &[offset_ms, node, x, y] in moves {
            self.tell_words(b"nxy", &[node, x, y].map(u32::cast_signed));
            self.encoder.part(part::TIME, offset_ms.cast_signed().saturating_sub(last_ms).cast_unsigned());
        }
    }
}
