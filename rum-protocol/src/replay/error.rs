use core::fmt;

/// Why bytes are not a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReplayError {
    /// See [`super::MAX_SEGMENT_BYTES`].
    TooLarge,
    /// Not the CBOR of a segment, or something after its end.
    Frame,
    /// The recorder is newer than the reader.
    TooNew {
        /// Version of the segment.
        version: u32,
    },
    /// The recorder is older than what the reader takes.
    TooOld,
    /// A text of the head is longer than [`crate::MAX_TEXT_BYTES`].
    Head,
    /// A column ends before what it should hold, or is longer.
    Column,
    /// A number is none of those its place takes.
    Value,
    /// What comes next is no record, or no change.
    Op,
    /// A text is not UTF-8.
    Text,
    /// A text is referred to that was never defined.
    StringRef,
    /// A node is referred to that was never added.
    Node,
    /// A style sheet is referred to that was never added.
    Sheet,
    /// A time is none.
    Time,
    /// See [`super::MAX_SEGMENT_CHANGES`], [`super::MAX_SEGMENT_STRINGS`] and [`super::MAX_NUMBER`].
    TooMany,
}

impl ReplayError {
    /// The error in words.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooLarge => "the segment is larger than any recorder makes one",
            Self::Frame => "the bytes are not the frame of a segment",
            Self::TooNew { .. } => "the recorder is newer than this collector",
            Self::TooOld => "the recorder is older than what this collector takes",
            Self::Head => "a text of the segment's head is too long",
            Self::Column => "a column of a block is cut short or too long",
            Self::Value => "a number in a block is none its place takes",
            Self::Op => "a block holds something that is neither a record nor a change",
            Self::Text => "a text in a block is not UTF-8",
            Self::StringRef => "a block refers to a text that was never defined",
            Self::Node => "a block refers to a node that was never added",
            Self::Sheet => "a block refers to a style sheet that was never added",
            Self::Time => "a record has a time that is none",
            Self::TooMany => "the segment holds more than any recorder puts into one",
        }
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl core::error::Error for ReplayError {}
