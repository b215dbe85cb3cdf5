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

/// What the engine is to do.
#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// A batch of operations.
    Batch {
        /// Words.
        words: &'a [u8],
        /// Texts.
        texts: &'a [u8],
    },
    /// A segment begins, whose times count from its own. All that was written was taken.
    Segment,
    /// A view begins, or begins anew, and with it a segment. Its snapshot is told by what follows, or by [`Call::Work`].
    View {
        /// Viewport (CSS pixels), and focus.
        window: [i32; 3],
        /// The URL without query and hash.
        href: &'a [u8],
    },
    /// Goes on with a snapshot for so many nodes.
    Work(usize),
    /// The view ended.
    End,
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

    /// Does something.
    pub fn call(&mut self, at_ms: u64, call: Call<'_>) -> Answer {
        let nodes = if let Call::Work(nodes) = call { nodes } else { usize::MAX };
        let recorder = &mut self.recorder;
        if let Some(walk) = &mut self.walk
            && walk.step(recorder, nodes)
        {
            self.walk = None;
            recorder.end_snapshot();
        }
        let mut status = 0;
        match call {
            Call::Batch { words, texts } => match Batch::checked(words, texts) {
                Some(batch) => recorder.apply(batch, at_ms),
                None => status = status::TORN,
            },
            Call::Segment => self.firsts = recorder.encoder.begin_blocks(at_ms),
            Call::View { window, href } => {
                recorder.forget_told();
                recorder.window[..3].copy_from_slice(&window);
                recorder.encoder.begin_blocks(at_ms);
                self.firsts = FIRSTS;
                self.walk = Some(recorder.begin_snapshot(at_ms, href));
            }
            Call::Work(_) => {}
            Call::End => {
                recorder.record(begun::VIEW_END, at_ms);
                recorder.is_telling = false;
            }
        }
        let is_busy = self.walk.is_some();
        for (flag, is_so) in [
            (status::FULL, recorder.mirror.is_full()),
            (status::WALKED, recorder.is_walked),
            (status::BUSY, is_busy),
            (status::WORN, recorder.encoder.wants_snapshot()),
        ] {
            status |= if is_so { flag } else { 0 };
        }
        // A block is never half a snapshot.
        let (block, records) = if is_busy {
            (Vec::new(), 0)
        } else {
            (recorder.encoder.take_block(), core::mem::take(&mut recorder.records))
        };
        Answer { status, block, records, dropped: recorder.dropped, firsts: self.firsts }
    }
}
