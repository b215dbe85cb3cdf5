//! The model. Numbers in it are absolute: counted from the view's last full snapshot.

#![allow(missing_docs, reason = "the fields are those of the Datadog types named beside them")]

use super::SegmentHead;
use alloc::string::String;
use alloc::vec::Vec;

/// Number of a text in the view's table: those of [`FIXED_NAMES`], then the others in the order they were defined.
pub type StringRef = u32;
/// Number of a node: it is the n-th that was added since the view's last full snapshot, from 0. A node that
/// is removed and added again is another node.
pub type NodeId = u32;
/// Number of a style sheet, counted as nodes are.
pub type SheetId = u32;

/// Node names that Datadog's format has in its table of texts and our model has not: a full snapshot defines them before all
/// others, as the numbers 0 to 5 and of the role [`Role::NodeName`].
pub const FIXED_NAMES: [&str; 6] =
    ["#text", "#document", "#doctype", "#document-fragment", "#shadow-root", "#cdata-section"];

/// Some seconds of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// What it is.
    pub head: SegmentHead,
    /// In the order they happened.
    pub records: Vec<Record>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// ms since the epoch. Datadog `timestamp`.
    pub at_ms: u64,
    /// What.
    pub kind: RecordKind,
}

/// What a record tells. Numbers of Datadog's types (`type`, and `source` of type 3) are in the comments; what Datadog has
/// no record for is told to our own viewer only.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordKind {
    /// Type 4: a view begins; the viewport in CSS pixels, and the URL without query and hash.
    Meta { width: u32, height: u32, href: String },
    /// Type 6: whether the window has the focus.
    Focus(bool),
    /// Type 2, format 1: the whole document, as changes to nothing. Nodes and sheets count from 0 again, texts from behind
    /// [`FIXED_NAMES`].
    FullSnapshot(Vec<Change>),
    /// Type 12.
    Changes(Vec<Change>),
    /// Type 7.
    ViewEnd,
    /// Type 8.
    VisualViewport(VisualViewport),
    /// Type 9: what made a click frustrating, a sum of 1 (rage), 2 (dead) and 4 (error), and the interaction
    /// ([`RecordKind::Interaction`]) it is about.
    Frustration { kinds: u8, interaction: u32 },
    /// Type 3, source 1, or 6 if by touch.
    PointerMoves { is_touch: bool, positions: Vec<Position> },
    /// Type 3, source 2. `number` is the record's `id`, by which a frustration refers to it; 0 for none.
    Interaction { kind: InteractionKind, node: NodeId, x: i32, y: i32, number: u32 },
    /// Type 3, source 3: an element, or the document, was scrolled to (CSS pixels).
    Scroll { node: NodeId, x: i32, y: i32 },
    /// Type 3, source 4.
    Resize { width: u32, height: u32 },
    /// Type 3, source 7, for what plays and pauses; the rest is ours.
    Media { node: NodeId, state: MediaState },
    /// Type 3, source 8: a rule of the sheet of a `<style>` or `<link>` was inserted before another, or deleted. Its text
    /// (role [`Role::Css`]) stands here and not in the table: Datadog's record has it in full, and the segment that
    /// defined it may be another.
    Rule { owner: NodeId, index: u32, inserted: Option<String> },
    /// Type 3, source 9.
    Pointer { phase: PointerPhase, kind: PointerKind, pointer: i32, x: i32, y: i32 },
    /// Ours: text is selected from an offset in a node to one in another; nothing if both ends are the same.
    Selection { start: NodeId, start_offset: u32, end: NodeId, end_offset: u32 },
}

/// A change of the document. Numbers of Datadog's kinds are in the comments; those from 100 on are ours and left out of
/// what is sent to Datadog.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// 11: texts that get the next numbers.
    AddStrings { role: Role, texts: Vec<String> },
    /// 1
    AddNode { at: Insertion, node: Node },
    /// 2, with all that is below it.
    RemoveNode(NodeId),
    /// 3; no value removes the attribute.
    Attribute { node: NodeId, name: StringRef, value: Option<StringRef> },
    /// 4
    Text { node: NodeId, text: StringRef },
    /// 5, CSS pixels: an element that is recorded without its content.
    Size { node: NodeId, width: u32, height: u32 },
    /// 6, CSS pixels.
    Scroll { node: NodeId, x: i32, y: i32 },
    /// 7
    AddSheet { rules: Vec<StringRef>, media: Vec<StringRef>, is_disabled: bool },
    /// 8: the sheets of a node, all of them and in order.
    AttachSheets { node: NodeId, sheets: Vec<SheetId> },
    /// 9
    Media { node: NodeId, is_playing: bool },
    /// 10
    VisualViewport(VisualViewport),
    /// 12
    InputValue { node: NodeId, value: StringRef },
    /// 13
    InputSelection { node: NodeId, state: SelectionState },
    /// 100 `[node, layer]`: an element entered or left the top layer, which attributes do not tell.
    TopLayer { node: NodeId, layer: Layer },
    /// 101 `[name, …]`: names of custom elements that are defined from here on (`:defined`).
    Defined(Vec<StringRef>),
}

/// What a text is, so that it can be judged without what refers to it. Datadog's `StringRoleId`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Role {
    NodeName = 1,
    AttributeName = 2,
    AttributeValue = 3,
    Text = 4,
    FormInput = 5,
    Css = 6,
    Url = 7,
}

/// Where a node is added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Insertion {
    /// At the root. Datadog `null`.
    Root,
    /// After the node added just before. Datadog `0`.
    AfterPrevious,
    /// As the last child of a node. Datadog `+n`, n nodes ago.
    Append(NodeId),
    /// Before a node. Datadog `-n`.
    Before(NodeId),
}

/// A node. `name` of an element is `DIV`, or `svg>path` outside the HTML namespace (`math>mi`).
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Element {
        name: StringRef,
        attributes: Vec<(StringRef, StringRef)>,
    },
    Text {
        text: StringRef,
    },
    DocType {
        name: StringRef,
        public_id: StringRef,
        system_id: StringRef,
    },
    /// The document, or that of an iframe, which is the iframe's only child.
    Document,
    DocumentFragment,
    ShadowRoot,
    CData,
}

/// CSS pixels, and a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisualViewport {
    pub offset_left: f32,
    pub offset_top: f32,
    pub page_left: f32,
    pub page_top: f32,
    pub width: f32,
    pub height: f32,
    pub scale: f32,
}

/// Where the pointer was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    pub node: NodeId,
    pub x: i32,
    pub y: i32,
    /// Before or after the record's own time, ms.
    pub offset_ms: i32,
}

/// Datadog's `MouseInteractionType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum InteractionKind {
    MouseUp = 0,
    MouseDown = 1,
    Click = 2,
    ContextMenu = 3,
    DoubleClick = 4,
    Focus = 5,
    Blur = 6,
    TouchStart = 7,
    TouchEnd = 9,
}

/// What a medium does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MediaState {
    Playing,
    Paused,
    /// Ours: at another time of the medium, s.
    Seeked(f32),
    /// Ours: at another rate.
    Rate(f32),
    /// Ours: volume 0 to 1, 0 if muted.
    Volume(f32),
}

/// Datadog's `pointerEventType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum PointerPhase {
    Down = 0,
    Up = 1,
    Move = 2,
}

/// Datadog's `pointerType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum PointerKind {
    Mouse = 0,
    Touch = 1,
    Pen = 2,
}

/// Datadog's `InputSelectionState`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum SelectionState {
    Selected = 0,
    Deselected = 1,
    Indeterminate = 2,
}

/// Where an element is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Layer {
    /// Where the document has it.
    None = 0,
    /// `dialog.showModal()`
    Modal = 1,
    /// `showPopover()`
    Popover = 2,
    /// `requestFullscreen()`
    Fullscreen = 3,
}
