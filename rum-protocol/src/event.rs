use crate::Id;
use alloc::string::String;
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
}

/// The closed list of event kinds. On the wire: `[number, fields]`.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// 0: the state of a view; replaces earlier states with a lower `document_version`.
    View(ViewEvent),
    /// 1: something the user did, or the application reported as done.
    Action(ActionEvent),
    /// 2: a fault of the host page.
    Error(ErrorEvent),
    /// A kind newer than this reader; its fields were skipped.
    Unknown {
        /// The number it came with.
        number: u32,
    },
}

impl<C> Encode<C> for EventKind {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?;
        match self {
            Self::View(view) => e.u32(0)?.encode_with(view, ctx)?.ok(),
            Self::Action(action) => e.u32(1)?.encode_with(action, ctx)?.ok(),
            Self::Error(error) => e.u32(2)?.encode_with(error, ctx)?.ok(),
            Self::Unknown { number } => e.u32(*number)?.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for EventKind {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? != Type::Array || d.array()? != Some(2) {
            return Err(decode::Error::message("an event kind is [number, fields]").at(d.position()));
        }
        Ok(match d.u32()? {
            0 => Self::View(d.decode_with(ctx)?),
            1 => Self::Action(d.decode_with(ctx)?),
            2 => Self::Error(d.decode_with(ctx)?),
            number => {
                d.skip()?;
                Self::Unknown { number }
            }
        })
    }
}

/// The state of one view. Counts are those of the whole view so far.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ViewEvent {
    /// Rises by one with each state sent. Datadog `_dd.document_version`.
    #[n(0)]
    pub document_version: u32,
    /// False in the last state. Datadog `view.is_active`.
    #[n(1)]
    pub is_active: bool,
    /// How the view began. Datadog `view.loading_type`.
    #[cbor(n(2), decode_with = "crate::optional::known")]
    pub loading_type: Option<LoadingType>,
    /// Time since the view began. Datadog `view.time_spent`.
    #[n(3)]
    pub time_spent_us: u64,
    /// Datadog `view.action.count`.
    #[n(4)]
    pub action_count: u32,
    /// Datadog `view.error.count`.
    #[n(5)]
    pub error_count: u32,
    /// The five Core Web Vitals, as far as known.
    #[n(6)]
    pub vitals: WebVitals,
}

/// Core Web Vitals of a view. A vital that was not measured is absent, never 0.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WebVitals {
    /// Largest Contentful Paint. Datadog `view.largest_contentful_paint`.
    #[n(0)]
    pub lcp_us: Option<u64>,
    /// First Contentful Paint. Datadog `view.first_contentful_paint`.
    #[n(1)]
    pub fcp_us: Option<u64>,
    /// Time To First Byte. Datadog `view.first_byte`.
    #[n(2)]
    pub ttfb_us: Option<u64>,
    /// Cumulative Layout Shift, a score without unit. Datadog `view.cumulative_layout_shift`.
    #[n(3)]
    pub cls: Option<f32>,
    /// Interaction to Next Paint. Datadog `view.interaction_to_next_paint`.
    #[n(4)]
    pub inp_us: Option<u64>,
}

/// How a view began. Datadog `view.loading_type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum LoadingType {
    /// A document was loaded.
    #[n(0)]
    InitialLoad,
    /// The path changed without a document load.
    #[n(1)]
    RouteChange,
    /// The document came back from the back-forward cache.
    #[n(2)]
    BackForwardCache,
    /// The session ended and a new one began on the same page.
    #[n(3)]
    SessionRenewal,
}

/// Something the user did, or the application reported as done.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ActionEvent {
    /// Datadog `action.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `action.type`; `None` for a type newer than the reader.
    #[cbor(n(1), decode_with = "crate::optional::known")]
    pub action_type: Option<ActionType>,
    /// A name that is safe to show: an explicit attribute, else role and selector. Never the element's text.
    /// Datadog `action.target.name`.
    #[n(2)]
    pub name: String,
    /// Where the name came from. Datadog `_dd.action.name_source`.
    #[cbor(n(3), decode_with = "crate::optional::known")]
    pub name_source: Option<NameSource>,
    /// Stable CSS selector. Datadog `_dd.action.target.selector`.
    #[n(4)]
    pub selector: Option<String>,
    /// CSS pixels from the target's top left corner. Datadog `_dd.action.position`.
    #[n(5)]
    pub position: Option<Point>,
    /// CSS pixels. Datadog `_dd.action.target.width` and `.height`.
    #[n(6)]
    pub target_size: Option<Size>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(7)]
    pub context_json: Option<String>,
}

/// Datadog `action.type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ActionType {
    /// A click, tap or keyboard activation.
    #[n(0)]
    Click,
    /// Reported by the application.
    #[n(1)]
    Custom,
}

/// Datadog `_dd.action.name_source`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum NameSource {
    /// `data-rum-action-name` or `data-dd-action-name` on the element or an ancestor.
    #[n(0)]
    CustomAttribute,
    /// Made of role and selector, because the text is masked.
    #[n(1)]
    MaskPlaceholder,
}

/// A fault of the host page.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ErrorEvent {
    /// Datadog `error.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `error.message`.
    #[n(1)]
    pub message: String,
    /// The error's name, such as `TypeError`. Datadog `error.type`.
    #[n(2)]
    pub error_type: Option<String>,
    /// As the browser prints it, query strings removed. Datadog `error.stack`.
    #[n(3)]
    pub stack: Option<String>,
    /// Datadog `error.source`; `None` for a source newer than the reader.
    #[cbor(n(4), decode_with = "crate::optional::known")]
    pub source: Option<ErrorSource>,
    /// Datadog `error.handling`.
    #[cbor(n(5), decode_with = "crate::optional::known")]
    pub handling: Option<ErrorHandling>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(6)]
    pub context_json: Option<String>,
}

/// Datadog `error.source`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorSource {
    /// An uncaught exception or unhandled rejection.
    #[n(0)]
    Source,
    /// Reported by the application.
    #[n(1)]
    Custom,
}

/// Datadog `error.handling`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorHandling {
    /// Nobody caught it.
    #[n(0)]
    Unhandled,
    /// The application caught and reported it.
    #[n(1)]
    Handled,
}

/// Width and height, CSS pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Size {
    /// CSS pixels.
    #[n(0)]
    pub width: u32,
    /// CSS pixels.
    #[n(1)]
    pub height: u32,
}

/// A position, CSS pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Point {
    /// CSS pixels from the left.
    #[n(0)]
    pub x: i32,
    /// CSS pixels from the top.
    #[n(1)]
    pub y: i32,
}
