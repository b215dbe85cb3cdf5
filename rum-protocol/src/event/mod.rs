//! Events: one complete item each, by kind. Every struct and field is declared here once; `keys.rs` and
//! `js-loader/src/fields.ts` are written from it by `cargo xtask fields`.

mod action;
mod error;
mod geometry;
mod long_task;
mod resource;
mod view;
mod vital;
mod vitals;

pub use action::{ActionEvent, ActionType, Frustration, NameSource};
pub use error::{Cause, CspDisposition, ErrorEvent, ErrorHandling, ErrorSource, FailedResource};
pub use geometry::{Point, Rect, Size};
pub use long_task::{LongTaskEvent, LongTaskScript, LongTaskType};
pub use resource::{GraphQl, Header, Phase, ResourceEvent, ResourceType};
pub use view::{CustomTiming, LoadingType, PageLifeCycle, PageState, ScrollDepth, ViewEvent};
pub use vital::{FailureReason, StepType, VitalEvent, VitalType};
pub use vitals::{ClsAttribution, FirstInputDelay, InpAttribution, LcpAttribution, WebVitals};

use crate::Id;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// One complete RUM item.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Event {
    /// When it happened (for a view: when it began), ms since the epoch. Datadog `date`.
    #[n(0)]
    pub at_ms: u64,
    /// Index into [`crate::Batch::views`].
    #[n(1)]
    pub view: u32,
    /// What it is, with its own fields.
    #[n(2)]
    pub kind: EventKind,
    /// Index into [`crate::Batch::shared`].
    #[n(3)]
    pub shared: Option<u32>,
    /// The action that was going on. Datadog `action.id`.
    #[n(4)]
    pub action_id: Option<Id>,
    /// Whether the page was visible and focused. Datadog `view.in_foreground`.
    #[n(5)]
    pub in_foreground: Option<bool>,
}

impl Event {
    /// An event without what it may share with others.
    pub fn new(at_ms: u64, view: u32, kind: EventKind) -> Self {
        Self { at_ms, view, kind, shared: None, action_id: None, in_foreground: None }
    }
}

/// The closed list of event kinds. On the wire: `[number, fields]`.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a batch is decoded once and read once")]
pub enum EventKind {
    /// The whole state of a view; replaces earlier states with a lower `document_version`.
    View(ViewEvent),
    /// Something the user did, or the application reported as done.
    Action(ActionEvent),
    /// A fault of the host page.
    Error(ErrorEvent),
    /// What changed in the state of a view.
    ViewUpdate(ViewEvent),
    /// Something the page asked the network for.
    Resource(ResourceEvent),
    /// The main thread was blocked.
    LongTask(LongTaskEvent),
    /// A duration or operation step of the application's own.
    Vital(VitalEvent),
    /// A kind newer than this reader; its fields were skipped.
    Unknown {
        /// The number it came with.
        number: u32,
    },
}

impl EventKind {
    /// Number of [`EventKind::View`].
    pub const VIEW: u32 = 0;
    /// Number of [`EventKind::Action`].
    pub const ACTION: u32 = 1;
    /// Number of [`EventKind::Error`].
    pub const ERROR: u32 = 2;
    /// Number of [`EventKind::ViewUpdate`].
    pub const VIEW_UPDATE: u32 = 3;
    /// Number of [`EventKind::Resource`].
    pub const RESOURCE: u32 = 4;
    /// Number of [`EventKind::LongTask`].
    pub const LONG_TASK: u32 = 5;
    /// Number of [`EventKind::Vital`].
    pub const VITAL: u32 = 6;

    /// The number it has on the wire.
    pub fn number(&self) -> u32 {
        match self {
            Self::View(_) => Self::VIEW,
            Self::Action(_) => Self::ACTION,
            Self::Error(_) => Self::ERROR,
            Self::ViewUpdate(_) => Self::VIEW_UPDATE,
            Self::Resource(_) => Self::RESOURCE,
            Self::LongTask(_) => Self::LONG_TASK,
            Self::Vital(_) => Self::VITAL,
            Self::Unknown { number } => *number,
        }
    }
}

impl<C> Encode<C> for EventKind {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.u32(self.number())?;
        match self {
            Self::View(view) | Self::ViewUpdate(view) => e.encode_with(view, ctx)?.ok(),
            Self::Action(action) => e.encode_with(action, ctx)?.ok(),
            Self::Error(error) => e.encode_with(error, ctx)?.ok(),
            Self::Resource(resource) => e.encode_with(resource, ctx)?.ok(),
            Self::LongTask(task) => e.encode_with(task, ctx)?.ok(),
            Self::Vital(vital) => e.encode_with(vital, ctx)?.ok(),
            Self::Unknown { .. } => e.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for EventKind {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let length = match d.datatype()? {
            Type::Array | Type::ArrayIndef => d.array()?,
            _ => Some(0),
        };
        if length.is_some_and(|length| length != 2) {
            return Err(shape(d));
        }
        let kind = match d.u32()? {
            Self::VIEW => Self::View(d.decode_with(ctx)?),
            Self::ACTION => Self::Action(d.decode_with(ctx)?),
            Self::ERROR => Self::Error(d.decode_with(ctx)?),
            Self::VIEW_UPDATE => Self::ViewUpdate(d.decode_with(ctx)?),
            Self::RESOURCE => Self::Resource(d.decode_with(ctx)?),
            Self::LONG_TASK => Self::LongTask(d.decode_with(ctx)?),
            Self::VITAL => Self::Vital(d.decode_with(ctx)?),
            number => {
                d.skip()?;
                Self::Unknown { number }
            }
        };
        if length.is_none() {
            if d.datatype()? != Type::Break {
                return Err(shape(d));
            }
            d.skip()?;
        }
        Ok(kind)
    }
}

fn shape(d: &Decoder<'_>) -> decode::Error {
    decode::Error::message("an event kind is [number, fields]").at(d.position())
}
