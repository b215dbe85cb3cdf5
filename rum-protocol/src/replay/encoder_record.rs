//! Records without changes into columns.

use super::columns::{self as column, op, zigzag};
use super::encoder::Encoder;
use super::model::{
    Change, InteractionKind, MediaState, NodeId, PointerKind, PointerPhase, Position, RecordKind,
    VisualViewport,
};

impl Encoder {
    /// Writes a record. Texts it refers to were defined before, or are among its changes.
    pub fn push(&mut self, at_ms: u64, record: &RecordKind) {
        match record {
            RecordKind::Meta { width, height, href } => self.meta(at_ms, *width, *height, href),
            RecordKind::Focus(has_focus) => self.focus(at_ms, *has_focus),
            RecordKind::FullSnapshot(changes) => {
                self.begin_snapshot(at_ms);
                self.changes(changes);
            }
            RecordKind::Changes(changes) => {
                self.begin_changes(at_ms);
                self.changes(changes);
            }
            RecordKind::ViewEnd => self.view_end(at_ms),
            RecordKind::VisualViewport(viewport) => self.visual_viewport(at_ms, viewport),
            RecordKind::Frustration { kinds, interaction } => self.frustration(at_ms, *kinds, *interaction),
            RecordKind::PointerMoves { is_touch, positions } => {
                self.pointer_moves(at_ms, *is_touch, positions);
            }
            RecordKind::Interaction { kind, node, x, y, number } => {
                self.interaction(at_ms, *kind, *node, (*x, *y), *number);
            }
            RecordKind::Scroll { node, x, y } => self.scrolled(at_ms, *node, *x, *y),
            RecordKind::Resize { width, height } => self.resize(at_ms, *width, *height),
            RecordKind::Media { node, state } => self.played(at_ms, *node, *state),
            RecordKind::Rule { owner, index, inserted } => {
                self.rule(at_ms, *owner, *index, inserted.as_deref());
            }
            RecordKind::Pointer { phase, kind, pointer, x, y } => {
                self.pointer(at_ms, *phase, *kind, *pointer, (*x, *y));
            }
            RecordKind::Selection { start, start_offset, end, end_offset } => {
                self.selection(at_ms, (*start, *start_offset), (*end, *end_offset));
            }
        }
    }

    /// [`RecordKind::Meta`]
    fn meta(&mut self, at_ms: u64, width: u32, height: u32, href: &str) {
        self.begin(at_ms, op::META);
        self.numbers(&[width, height]);
        self.text_of(column::LITERAL, href.as_bytes());
    }

    /// [`RecordKind::Focus`]
    fn focus(&mut self, at_ms: u64, has_focus: bool) {
        self.begin(at_ms, if has_focus { op::FOCUS } else { op::BLUR });
    }

    /// [`RecordKind::ViewEnd`]
    fn view_end(&mut self, at_ms: u64) {
        self.begin(at_ms, op::VIEW_END);
    }

    /// [`RecordKind::VisualViewport`]
    fn visual_viewport(&mut self, at_ms: u64, viewport: &VisualViewport) {
        self.begin(at_ms, op::VISUAL_VIEWPORT);
        self.viewport_of(viewport);
    }

    /// [`RecordKind::Frustration`]
    fn frustration(&mut self, at_ms: u64, kinds: u8, interaction: u32) {
        self.begin(at_ms, op::FRUSTRATION);
        self.numbers(&[u32::from(kinds), interaction]);
    }

    /// [`RecordKind::PointerMoves`]
    fn pointer_moves(&mut self, at_ms: u64, is_touch: bool, positions: &[Position]) {
        self.begin(at_ms, if is_touch { op::TOUCH_MOVES } else { op::POINTER_MOVES });
        self.write(column::COUNT, positions.len() as u32);
        for position in positions {
            self.place(position.node, position.x, position.y);
            self.write(column::TIME, zigzag(position.offset_ms));
        }
    }

    /// [`RecordKind::Interaction`]
    fn interaction(&mut self, at_ms: u64, kind: InteractionKind, node: NodeId, at: (i32, i32), number: u32) {
        self.begin(at_ms, op::INTERACTION);
        self.numbers(&[kind as u32, number]);
        self.place(node, at.0, at.1);
    }

    /// [`RecordKind::Scroll`]
    fn scrolled(&mut self, at_ms: u64, node: NodeId, x: i32, y: i32) {
        self.begin(at_ms, op::SCROLLED);
        self.place(node, x, y);
    }

    /// [`RecordKind::Resize`]
    fn resize(&mut self, at_ms: u64, width: u32, height: u32) {
        self.begin(at_ms, op::RESIZE);
        self.numbers(&[width, height]);
    }

    /// [`RecordKind::Media`]
    fn played(&mut self, at_ms: u64, node: NodeId, state: MediaState) {
        let (code, value) = match state {
            MediaState::Playing => (0, None),
            MediaState::Paused => (1, None),
            MediaState::Seeked(time) => (2, Some(time)),
            MediaState::Rate(rate) => (3, Some(rate)),
            MediaState::Volume(volume) => (4, Some(volume)),
        };
        self.begin(at_ms, op::PLAYED);
        self.node(node);
        self.numbers(&[code]);
        if let Some(value) = value {
            self.float(value);
        }
    }

    /// [`RecordKind::Rule`]
    fn rule(&mut self, at_ms: u64, owner: NodeId, index: u32, inserted: Option<&str>) {
        self.begin(at_ms, if inserted.is_some() { op::RULE_INSERTED } else { op::RULE_DELETED });
        self.node(owner);
        self.numbers(&[index]);
        if let Some(rule) = inserted {
            self.text_of(column::LITERAL, rule.as_bytes());
        }
    }

    /// [`RecordKind::Pointer`]
    fn pointer(&mut self, at_ms: u64, phase: PointerPhase, kind: PointerKind, pointer: i32, at: (i32, i32)) {
        self.begin(at_ms, op::POINTER);
        self.numbers(&[phase as u32, kind as u32, zigzag(pointer)]);
        self.coordinates(at.0, at.1);
    }

    /// [`RecordKind::Selection`], from a node and an offset in it to others.
    fn selection(&mut self, at_ms: u64, start: (NodeId, u32), end: (NodeId, u32)) {
        self.begin(at_ms, op::SELECTION);
        self.node(start.0);
        self.node(end.0);
        self.numbers(&[start.1, end.1]);
    }

    fn changes(&mut self, changes: &[Change]) {
        for change in changes {
            self.change(change);
        }
        self.end();
    }
}
