//! The engine: what the page says goes in, blocks come out. It calls nothing, and reads no clock. When a segment or a view
//! begins is decided by `js-loader/src/replay/segments.ts`, which costs a third of the bytes there.

use crate::changes::Recorder;
use crate::ops::Batch;
use crate::snapshot::Walk;
use alloc::vec::Vec;
use rum_protocol::replay::{FIXED_NAMES, begun};

/// Nodes of a full snapshot told at once where the thread is the page's: some 2 ms on a slow phone.
pub const SLICE_NODES: usize = 1_000;

/// Numbers of what a full snapshot tells first.
const FIRSTS: [u32; 3] = [FIXED_NAMES.len() as u32, 0, 0];

/// How it is, a sum.
pub mod status {
    /// The batch was torn: nothing of it was done.
    pub const TORN: u32 = 1;
    /// The page is too large to be recorded any further.
    pub const FULL: u32 = 2;
    /// The document was walked: there can be a snapshot.
    pub const WALKED: u32 = 4;
    /// A snapshot is being told: there is more to do.
    pub const BUSY: u32 = 8;
    /// The table of texts is full: only a snapshot begins a new one.
    pub const WORN: u32 = 16;
}

/// What comes of a call.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    /// A sum of `status`.
    pub status: u32,
    /// What was written; empty if nothing was.
    pub block: Vec<u8>,
    /// Records in it.
    pub records: u32,
    /// Operations that were left out since the beginning: they referred to what is not there, or said what cannot be.
    pub dropped: u32,
    /// `first_string`, `first_node` and `first_sheet` of the segment.
    pub firsts: [u32; 3],
}

/// An engine.
pub struct Engine {
    recorder: Recorder,
    /// A full snapshot that is being told. Nothing else is done before its end.
    walk: Option<Walk>,
    firsts: [u32; 3],
}

#[allow(clippy::new_without_default, reason = "nobody wants one")]
impl Engine {
    /// An engine that knows nothing of the page.
    pub const fn new() -> Self {
        Self { recorder: Recorder::new(), walk: None, firsts: [0; 3] }
    }

    /// A batch of operations.
    pub fn batch(&mut self, at_ms: u64, words: &[u8], texts: &[u8]) -> Answer {
        self.finish();
        let batch = Batch::checked(words, texts);
        let torn = if batch.is_none() { status::TORN } else { 0 };
        if let Some(batch) = batch {
            self.recorder.apply(batch, at_ms);
        }
        self.answer(torn)
    }

    /// A segment begins, whose times count from its own. All that was written was taken.
    pub fn segment(&mut self, at_ms: u64) -> Answer {
        self.finish();
        self.firsts = self.recorder.encoder.begin_blocks(at_ms);
        self.answer(0)
    }

    /// A view begins, or begins anew, and with it a segment: viewport (CSS pixels), focus, and the URL without query and
    /// hash. Its snapshot is told by what follows, or by [`Self::work`].
    pub fn view(&mut self, at_ms: u64, window: [i32; 3], href: &[u8]) -> Answer {
        self.finish();
        self.recorder.forget_told();
        self.recorder.window[..3].copy_from_slice(&window);
        self.recorder.encoder.begin_blocks(at_ms);
        self.firsts = FIRSTS;
        self.walk = Some(self.recorder.begin_snapshot(at_ms, href));
        Answer { firsts: FIRSTS, status: status::WALKED | status::BUSY, ..Answer::default() }
    }

    /// Goes on with a snapshot for so many nodes.
    pub fn work(&mut self, nodes: usize) -> Answer {
        if let Some(walk) = &mut self.walk
            && walk.step(&mut self.recorder, nodes)
        {
            self.walk = None;
            self.recorder.end_snapshot();
        }
        self.answer(0)
    }

    /// The view ended.
    pub fn end(&mut self, at_ms: u64) -> Answer {
        self.finish();
        self.recorder.record(begun::VIEW_END, at_ms);
        self.recorder.is_telling = false;
        self.answer(0)
    }

    fn finish(&mut self) {
        if let Some(walk) = &mut self.walk {
            walk.step(&mut self.recorder, usize::MAX);
            self.walk = None;
            self.recorder.end_snapshot();
        }
    }

    fn answer(&mut self, status: u32) -> Answer {
        let Recorder { mirror, encoder, is_walked, .. } = &self.recorder;
        let mut status = status;
        for (flag, is_so) in [
            (status::FULL, mirror.is_full()),
            (status::WALKED, *is_walked),
            (status::BUSY, self.walk.is_some()),
            (status::WORN, encoder.wants_snapshot()),
        ] {
            status |= if is_so { flag } else { 0 };
        }
        let mut answer =
            Answer { status, dropped: self.recorder.dropped, firsts: self.firsts, ..Answer::default() };
        // A block is never half a snapshot.
        if self.walk.is_none() {
            answer.block = self.recorder.encoder.take_block();
            answer.records = core::mem::take(&mut self.recorder.records);
        }
        answer
    }
}
