//! The engine: what the page says goes in, what it is to be told comes out. It calls nothing, and reads no clock.

use crate::changes::Recorder;
use crate::ops::Batch;
use crate::ring::GENERATION_MS;
use crate::segment::{Output, Segments, Setup};
use crate::snapshot::Walk;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::Id;
use rum_protocol::replay::{CreationReason, RecordKind};

/// Nodes of a full snapshot told at once where the thread is the page's: some 2 ms on a slow phone.
pub const SLICE_NODES: usize = 1_000;

/// A view that begins.
pub struct View {
    pub session_id: Id,
    pub view_id: Id,
    pub at_ms: u64,
    pub href: String,
    pub width: u32,
    pub height: u32,
    pub has_focus: bool,
}

/// An engine.
pub struct Engine {
    recorder: Recorder,
    segments: Segments,
    view: Option<View>,
    /// A full snapshot that is being told. Nothing else is done before its end.
    walk: Option<Walk>,
    /// When the last one was begun.
    snapshot_ms: u64,
    /// The latest time anything was said to have happened.
    now_ms: u64,
    is_over: bool,
}

impl Engine {
    pub fn new(setup: Setup) -> Self {
        Self {
            recorder: Recorder::default(),
            segments: Segments::new(setup),
            view: None,
            walk: None,
            snapshot_ms: 0,
            now_ms: 0,
            is_over: false,
        }
    }

    /// What the page is to be told since it was last asked.
    pub fn outputs(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.segments.outputs)
    }

    /// Operations that were left out because they referred to what is not there, or said what cannot be.
    pub fn dropped(&self) -> u32 {
        self.recorder.dropped
    }

    /// A batch of operations.
    pub fn batch(&mut self, at_ms: u64, words: &[u8], texts: &[u8]) {
        self.finish();
        if self.is_over {
            return;
        }
        let Some(batch) = Batch::checked(words, texts) else {
            self.segments.outputs.push(Output::Lost(1));
            return;
        };
        self.now_ms = self.now_ms.max(at_ms);
        if self.recorder.is_telling {
            let is_old = self.segments.ring.is_some() && at_ms >= self.snapshot_ms + GENERATION_MS;
            if is_old || self.recorder.encoder.wants_snapshot() {
                self.begin_snapshot(at_ms, CreationReason::Duration);
                self.finish();
            } else if self.segments.is_due(at_ms) {
                self.cut(CreationReason::Duration);
            }
            self.segments.expect(at_ms, &mut self.recorder.encoder);
        }
        self.recorder.apply(batch, at_ms);
        if self.recorder.mirror.is_full() {
            self.is_over = true;
            self.segments.outputs.push(Output::Fault("the page is too large to be recorded"));
            return;
        }
        if self.recorder.is_telling {
            self.take_block();
        } else if self.recorder.is_walked && self.view.is_some() {
            self.begin_snapshot(at_ms, CreationReason::Init);
        }
    }

    /// A view began.
    pub fn view(&mut self, view: View) {
        self.finish();
        self.now_ms = self.now_ms.max(view.at_ms);
        if self.recorder.is_telling {
            self.end_view(view.at_ms);
        }
        let window = &mut self.recorder.mirror.window;
        (window.width, window.height, window.has_focus) = (view.width, view.height, view.has_focus);
        self.segments.set_view(view.session_id, view.view_id);
        let at_ms = view.at_ms;
        let reason = if self.view.is_some() { CreationReason::ViewChange } else { CreationReason::Init };
        self.view = Some(view);
        if self.recorder.is_walked && !self.is_over {
            self.begin_snapshot(at_ms, reason);
        }
    }

    /// Goes on with a full snapshot; answers whether there is more to do.
    pub fn work(&mut self, nodes: usize) -> bool {
        let Some(walk) = &mut self.walk else { return false };
        if !walk.step(&mut self.recorder, nodes) {
            return true;
        }
        self.walk = None;
        self.recorder.end_snapshot();
        if let Some(visual) = self.recorder.mirror.window.visual {
            self.recorder.push(self.snapshot_ms, &RecordKind::VisualViewport(visual));
        }
        self.take_block();
        false
    }

    /// The segment is closed; the next one begins for a reason.
    pub fn flush(&mut self, reason: CreationReason) {
        self.finish();
        if self.recorder.is_telling {
            self.cut(reason);
        }
    }

    /// What is held back is to be sent, and so is what follows.
    pub fn keep(&mut self) {
        self.finish();
        self.segments.release();
    }

    /// What was sent of the view so far is of no use any more: it begins anew, with a full snapshot.
    pub fn restart(&mut self) {
        self.finish();
        if self.recorder.is_telling && !self.is_over {
            self.begin_snapshot(self.now_ms, CreationReason::Init);
        }
    }

    /// The view ended, and recording with it.
    pub fn end(&mut self, at_ms: u64) {
        self.finish();
        if self.recorder.is_telling && !self.is_over {
            self.end_view(self.now_ms.max(at_ms));
        }
        self.is_over = true;
    }

    fn finish(&mut self) {
        while self.work(usize::MAX) {}
    }

    fn begin_snapshot(&mut self, at_ms: u64, reason: CreationReason) {
        let Some(view) = &self.view else { return };
        self.segments.close();
        self.snapshot_ms = at_ms;
        self.recorder.begin_view();
        self.segments.begin(at_ms, reason, true, &mut self.recorder.encoder);
        let window = &self.recorder.mirror.window;
        let meta = RecordKind::Meta { width: window.width, height: window.height, href: view.href.clone() };
        let focus = RecordKind::Focus(window.has_focus);
        self.recorder.push(at_ms, &meta);
        self.recorder.push(at_ms, &focus);
        self.walk = Some(self.recorder.begin_snapshot(at_ms));
    }

    fn end_view(&mut self, at_ms: u64) {
        self.segments.expect(at_ms, &mut self.recorder.encoder);
        self.recorder.push(at_ms, &RecordKind::ViewEnd);
        self.take_block();
        self.segments.close();
        self.recorder.is_telling = false;
    }

    /// Ends the segment and begins another.
    fn cut(&mut self, reason: CreationReason) {
        if self.segments.is_begun() {
            self.segments.close();
            self.segments.begin(self.now_ms, reason, false, &mut self.recorder.encoder);
        }
    }

    fn take_block(&mut self) {
        let records = core::mem::take(&mut self.recorder.records);
        self.segments.take_block(records, &mut self.recorder.encoder);
        if self.segments.is_large() {
            self.cut(CreationReason::Bytes);
        }
    }
}
