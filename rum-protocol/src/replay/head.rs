use crate::Id;
use alloc::string::String;
use minicbor::{Decode, Encode};

/// What a segment is: whose it is, where it belongs, and from where its numbers count.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SegmentHead {
    /// Layout of everything; see [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub protocol_version: u32,
    /// Random per segment and kept over retries, so that a segment which arrives twice can be told.
    #[n(1)]
    pub id: Id,
    /// Datadog `application.id`.
    #[n(2)]
    pub application_id: String,
    /// Datadog `session.id`.
    #[n(3)]
    pub session_id: Id,
    /// Datadog `view.id`.
    #[n(4)]
    pub view_id: Id,
    /// Number of the segment in its view, from 0. Datadog `index_in_view`.
    #[n(5)]
    pub index_in_view: u32,
    /// Why the segment was begun; `None` for a reason newer than the reader. Datadog `creation_reason`.
    #[cbor(n(6), decode_with = "crate::optional::known")]
    pub creation_reason: Option<CreationReason>,
    /// When its first record happened, ms since the epoch. Times in the blocks count from here.
    #[n(7)]
    pub start_ms: u64,
    /// Number of the first text its blocks define: how many the view's earlier segments defined.
    #[n(8)]
    pub first_string: u32,
    /// Number of the first node its blocks add.
    #[n(9)]
    pub first_node: u32,
    /// Number of the first style sheet its blocks add.
    #[n(10)]
    pub first_sheet: u32,
    /// Version of the `rum-wasm` package that recorded it.
    #[n(11)]
    pub sdk_version: Option<String>,
    /// The level of what says none for itself. Datadog `privacy.replay_level` of the view.
    #[cbor(n(12), decode_with = "crate::optional::known")]
    pub privacy_level: Option<PrivacyLevel>,
    /// Version of the policy the recorder got from the collector; `None` if it got none and masked everything.
    #[n(13)]
    pub policy_version: Option<u32>,
    /// Batches of changes the page took but could never hand on, before this segment: what a page that was left, or a
    /// bound of memory, cost the recording.
    #[n(14)]
    pub lost_batches: Option<u32>,
}

/// Why a segment was begun. Datadog's names are in the comments.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum CreationReason {
    /// `init`: recording began.
    #[n(0)]
    Init,
    /// `segment_duration_limit`
    #[n(1)]
    Duration,
    /// `segment_bytes_limit`
    #[n(2)]
    Bytes,
    /// `view_change`
    #[n(3)]
    ViewChange,
    /// `before_unload`
    #[n(4)]
    PageExit,
    /// `visibility_hidden`
    #[n(5)]
    Hidden,
    /// `page_frozen`
    #[n(6)]
    Frozen,
}

/// How much of the page a recording may show, from everything to nothing.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Encode, Decode)]
#[cbor(index_only)]
pub enum PrivacyLevel {
    /// `allow`
    #[n(0)]
    Allow,
    /// `mask-user-input`
    #[n(1)]
    MaskUserInput,
    /// `mask-unless-allowlisted`
    #[n(2)]
    MaskUnlessAllowlisted,
    /// `mask`
    #[n(3)]
    Mask,
    /// `hidden`
    #[n(4)]
    Hidden,
}
