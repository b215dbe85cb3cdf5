//! What is held back until an error makes the session worth keeping: the last minute or two.
//!
//! Segments can be read only from a full snapshot on. So the recording begins anew with one every half minute, a generation,
//! and only whole generations are let go.

use crate::segment::Segment;
use alloc::vec::Vec;

/// A generation lasts this long (ms). A snapshot is made from the mirror, in some milliseconds of a worker.
pub const GENERATION_MS: u64 = 30_000;
/// At least this much (ms) before an error is kept.
const MIN_KEPT_MS: u64 = 60_000;
/// Most bytes held back. Three generations of a page of 20,000 nodes take 2 MB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Segments in their order, the first of them the first of a generation.
#[derive(Default)]
pub struct Ring {
    segments: Vec<Segment>,
    bytes: usize,
    /// The generation of the moment found no more room.
    is_over: bool,
    /// Blocks that found none.
    pub lost: u32,
}

impl Ring {
    /// Holds a segment back, and lets old ones go.
    pub fn push(&mut self, segment: Segment) {
        let now_ms = segment.head.start_ms;
        self.bytes += segment.bytes;
        self.segments.push(segment);
        while let Some(second) = self.second_generation() {
            if self.segments[second].head.start_ms + MIN_KEPT_MS > now_ms {
                break;
            }
            self.let_go(second);
        }
    }

    /// Whether a segment that is not held back yet may get another block. It makes room by letting go what is older than its
    /// generation. What is left out cannot be made up for before the next one.
    pub fn has_room(&mut self, segment: &Segment) -> bool {
        if segment.is_generation && segment.blocks.is_empty() {
            self.is_over = false;
        }
        while !self.is_over && self.bytes + segment.bytes > MAX_BYTES {
            match self.second_generation() {
                Some(second) => self.let_go(second),
                None if segment.is_generation => self.let_go(self.segments.len()),
                None => self.is_over = true,
            }
            self.is_over |= segment.bytes > MAX_BYTES;
        }
        self.lost += u32::from(self.is_over);
        !self.is_over
    }

    /// All that is held back.
    pub fn release(self) -> Vec<Segment> {
        self.segments
    }

    /// Where the second generation begins.
    fn second_generation(&self) -> Option<usize> {
        let later = self.segments.iter().skip(1).position(|segment| segment.is_generation)?;
        Some(later + 1)
    }

    fn let_go(&mut self, count: usize) {
        for segment in self.segments.drain(..count) {
            self.bytes -= segment.bytes;
        }
    }
}
