//! Limits of a recording. The recorder stays below them; the collector refuses what does not.

/// Largest segment (bytes, before zlib). A segment is closed long before, at 60,000 bytes after zlib or 5 s; only a full
/// snapshot cannot be divided, and that of 150,000 nodes takes 3 MB.
pub const MAX_SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// Most records and changes in one segment. Each is decoded into some 60 bytes, however short it was: this keeps a forged
/// segment from taking more than some tens of MB.
pub const MAX_SEGMENT_CHANGES: usize = 500_000;

/// Most texts one segment defines, for the same reason.
pub const MAX_SEGMENT_STRINGS: usize = 500_000;

/// Texts in a view's table at which the recorder begins anew with a full snapshot. Datadog's recorder clears its table at
/// as many.
pub const SOFT_MAX_STRINGS: u32 = 1_000_000;

/// Most texts, nodes or style sheets a view may count: room for a snapshot after the soft limit was passed.
pub const MAX_NUMBER: u32 = 16_000_000;
