//! Records cut into segments. Each has what the page needs to send it by itself when it is left: its blocks, and its head
//! with each of them.

use crate::ring::Ring;
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::Encode;
use rum_protocol::replay::{CreationReason, Encoder, PrivacyLevel, SegmentHead};
use rum_protocol::{Id, PROTOCOL_VERSION};

/// A segment is closed at this age (ms), as Datadog's are: what a viewer waits for, and what a crash of the browser costs.
pub const MAX_SEGMENT_MS: u64 = 5_000;
/// Bytes of blocks at which a segment is closed: at page exit it is sent as it is, and browsers let a page send 64 KiB then.
pub const MAX_SEGMENT_BYTES: usize = 60_000;

/// What the page is told.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// A block of a segment, with the head that stands before it. An empty block tells that the segment is begun.
    Block { segment: u32, head: Vec<u8>, block: Vec<u8> },
    /// The segment gets no more blocks. What was recorded of its view so far: segments, records, bytes.
    Closed { segment: u32, view_id: Id, segments: u32, records: u32, bytes: u32 },
    /// So many batches were taken and will never be sent.
    Lost(u32),
    /// Recording is over, and why.
    Fault(&'static str),
}

/// What is the same in all segments.
pub struct Setup {
    pub application_id: String,
    pub sdk_version: String,
    pub privacy_level: Option<PrivacyLevel>,
    pub policy_version: Option<u32>,
    pub is_held: bool,
    /// 16 random bytes.
    pub random: fn() -> [u8; 16],
}

/// A segment that is written, or held back.
pub struct Segment {
    /// By which page and engine talk of it.
    pub number: u32,
    pub head: SegmentHead,
    pub records: u32,
    pub bytes: usize,
    /// Only of one that is held back.
    pub blocks: Vec<Vec<u8>>,
    /// It begins with a full snapshot.
    pub is_generation: bool,
}

/// Cuts.
pub struct Segments {
    setup: Setup,
    pub ring: Option<Ring>,
    open: Option<Segment>,
    next_number: u32,
    next_index: u32,
    session_id: Id,
    view_id: Id,
    /// Segments, records and bytes told of the view.
    told: [u32; 3],
    pub outputs: Vec<Output>,
}

impl Segments {
    pub fn new(setup: Setup) -> Self {
        let ring = setup.is_held.then(Ring::default);
        Self {
            setup,
            ring,
            open: None,
            next_number: 1,
            next_index: 0,
            session_id: Id::default(),
            view_id: Id::default(),
            told: [0; 3],
            outputs: Vec::new(),
        }
    }

    /// Whose segments are cut from here on. None is open.
    pub fn set_view(&mut self, session_id: Id, view_id: Id) {
        if self.view_id != view_id {
            self.next_index = 0;
            self.told = [0; 3];
        }
        (self.session_id, self.view_id) = (session_id, view_id);
    }

    /// Begins a segment; the encoder's blocks were taken.
    pub fn begin(&mut self, at_ms: u64, reason: CreationReason, is_generation: bool, encoder: &mut Encoder) {
        let mut head = SegmentHead {
            protocol_version: PROTOCOL_VERSION,
            id: Id::from_random((self.setup.random)()),
            application_id: self.setup.application_id.clone(),
            session_id: self.session_id,
            view_id: self.view_id,
            index_in_view: self.next_index,
            creation_reason: Some(reason),
            sdk_version: Some(self.setup.sdk_version.clone()),
            privacy_level: self.setup.privacy_level,
            policy_version: self.setup.policy_version,
            ..SegmentHead::default()
        };
        encoder.begin_segment(at_ms, &mut head);
        let number = self.next_number;
        self.next_number += 1;
        self.next_index += 1;
        let segment = Segment { number, head, records: 0, bytes: 0, blocks: Vec::new(), is_generation };
        if self.ring.is_none() {
            // The page can tell, whenever it is left, what this segment would have told.
            self.outputs.push(block_of(&segment, Vec::new()));
        }
        self.open = Some(segment);
    }

    /// Records come at this time: an open segment without any begins with them.
    pub fn expect(&mut self, at_ms: u64, encoder: &mut Encoder) {
        if let Some(segment) = self.open.as_mut().filter(|segment| segment.bytes == 0) {
            encoder.begin_segment(at_ms, &mut segment.head);
        }
    }

    /// Closes a block of so many records.
    pub fn take_block(&mut self, records: u32, encoder: &mut Encoder) {
        let block = encoder.take_block();
        let Some(segment) = self.open.as_mut().filter(|_| !block.is_empty()) else { return };
        segment.records += records;
        segment.bytes += block.len();
        match &mut self.ring {
            Some(ring) => {
                if ring.has_room(segment) {
                    segment.blocks.push(block);
                } else {
                    segment.bytes -= block.len();
                }
            }
            None => self.outputs.push(block_of(segment, block)),
        }
    }

    /// Whether the open segment has anything.
    pub fn is_begun(&self) -> bool {
        self.open.as_ref().is_some_and(|segment| segment.bytes > 0)
    }

    /// Whether it is old enough.
    pub fn is_due(&self, at_ms: u64) -> bool {
        self.open.as_ref().is_some_and(|segment| at_ms >= segment.head.start_ms + MAX_SEGMENT_MS)
    }

    /// Whether it is large enough.
    pub fn is_large(&self) -> bool {
        self.open.as_ref().is_some_and(|segment| segment.bytes > MAX_SEGMENT_BYTES)
    }

    /// Closes the segment. One that is empty is as if it had never been.
    pub fn close(&mut self) {
        let Some(segment) = self.open.take() else { return };
        if segment.bytes == 0 {
            self.next_index -= 1;
            return;
        }
        match &mut self.ring {
            Some(ring) => ring.push(segment),
            None => self.tell_closed(&segment),
        }
    }

    /// What was held back goes, and nothing is held back any more.
    pub fn release(&mut self) {
        let Some(ring) = self.ring.take() else { return };
        let current = self.view_id;
        self.next_index = 0;
        self.view_id = Id::default();
        let open = self.open.take();
        let has_open = open.is_some();
        if ring.lost > 0 {
            self.outputs.push(Output::Lost(ring.lost));
        }
        let mut released = ring.release();
        released.extend(open);
        let count = released.len();
        for (at, mut segment) in released.into_iter().enumerate() {
            self.set_view(segment.head.session_id, segment.head.view_id);
            segment.head.index_in_view = self.next_index;
            self.next_index += 1;
            let blocks = core::mem::take(&mut segment.blocks);
            for block in blocks {
                self.outputs.push(block_of(&segment, block));
            }
            if has_open && at + 1 == count {
                self.open = Some(segment);
            } else {
                self.tell_closed(&segment);
            }
        }
        self.set_view(self.session_id, current);
    }

    fn tell_closed(&mut self, segment: &Segment) {
        let bytes = (segment.bytes + encoded(&segment.head).len()) as u32;
        for (told, more) in self.told.iter_mut().zip([1, segment.records, bytes]) {
            *told += more;
        }
        let [segments, records, bytes] = self.told;
        self.outputs.push(Output::Closed { segment: segment.number, view_id: segment.head.view_id, segments, records, bytes });
    }
}

fn block_of(segment: &Segment, block: Vec<u8>) -> Output {
    Output::Block { segment: segment.number, head: encoded(&segment.head), block }
}

/// `lost_batches` is never in it: who sends the segment knows, and adds it.
fn encoded(head: &SegmentHead) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = head.encode(&mut minicbor::Encoder::new(&mut bytes), &mut ());
    bytes
}
