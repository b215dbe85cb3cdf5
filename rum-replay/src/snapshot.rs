//! Tells a tree of the mirror: the whole document in a full snapshot, what was added or moved in a change. Goes from node
//! to node and may stop in between, so that a large page does not hold up the thread it shares.

use crate::changes::{Recorder, told};
use crate::mirror::{Kind, Slot};
use crate::numbers::NONE;
use alloc::vec::Vec;
use rum_protocol::replay::{Change, Layer, Node, StringRef};

/// How far a tree was told.
pub struct Walk {
    top: Slot,
    at: Slot,
    /// The nodes were told; now what few of them have, in a second round: what it refers to is there then.
    is_second: bool,
    /// Attributes of the node of the moment.
    attributes: Vec<(StringRef, StringRef)>,
}

impl Walk {
    /// From a node on, with all that is below it.
    pub fn of(top: Slot) -> Self {
        Self { top, at: top, is_second: false, attributes: Vec::new() }
    }

    /// Goes on for so many nodes; answers whether that was all. A record of changes is begun.
    pub fn step(&mut self, recorder: &mut Recorder, nodes: usize) -> bool {
        for _ in 0..nodes {
            if self.at == NONE {
                if self.is_second {
                    return true;
                }
                self.is_second = true;
                self.at = self.top;
                if self.at == NONE {
                    return true;
                }
            }
            if self.is_second {
                recorder.tell_state(self.at);
            } else {
                self.tell_node(recorder);
            }
            self.at = recorder.mirror.following(self.at, self.top);
        }
        false
    }

    fn tell_node(&mut self, recorder: &mut Recorder) {
        let at = recorder.insertion(self.at);
        let Recorder { mirror, encoder, .. } = recorder;
        let node = &mut mirror.nodes[self.at as usize];
        let mut number = |text| told(&mut mirror.texts, encoder, text);
        let added = match node.kind {
            Kind::Element => {
                let name = number(node.name);
                self.attributes.clear();
                for &(name, value) in &node.attributes {
                    // The name first: least is told where texts come in the order they are referred to.
                    let name = number(name);
                    self.attributes.push((name, number(value)));
                }
                node.wire = encoder.element(at, name, &self.attributes);
                return;
            }
            Kind::Text => Node::Text { text: number(node.name) },
            Kind::DocType => {
                let name = number(node.name);
                let (public_id, system_id) = node.attributes.first().copied().unwrap_or((node.name, node.name));
                Node::DocType { name, public_id: number(public_id), system_id: number(system_id) }
            }
            Kind::Document => Node::Document,
            Kind::ShadowRoot => Node::ShadowRoot,
            Kind::CData => Node::CData,
        };
        node.wire = encoder.add_node(at, &added);
    }
}

impl Recorder {
    /// Tells what is not told by attributes of a node.
    fn tell_state(&mut self, slot: Slot) {
        let node = self.mirror.node(slot);
        let Some(state) = &node.state else { return };
        let node = node.wire;
        let mut changes = Vec::new();
        if let Some((width, height)) = state.size {
            changes.push(Change::Size { node, width, height });
        }
        if let Some((x, y)) = state.scroll {
            changes.push(Change::Scroll { node, x, y });
        }
        if let Some(is_playing) = state.is_playing {
            changes.push(Change::Media { node, is_playing });
        }
        if let Some(state) = state.selection {
            changes.push(Change::InputSelection { node, state });
        }
        if state.layer != Layer::None {
            changes.push(Change::TopLayer { node, layer: state.layer });
        }
        let (has_sheets, value) = (!state.sheets.is_empty(), state.value);
        if has_sheets {
            self.tell_sheets(slot);
        }
        for change in changes {
            self.encoder.change(&change);
        }
        if value != NONE {
            let value = told(&mut self.mirror.texts, &mut self.encoder, value);
            self.encoder.change(&Change::InputValue { node, value });
        }
    }

    /// Begins a full snapshot.
    pub(crate) fn begin_snapshot(&mut self, at_ms: u64) -> Walk {
        self.settle();
        self.encoder.begin_snapshot(at_ms);
        self.records += 1;
        (self.is_open, self.at_ms) = (true, at_ms);
        Walk::of(self.mirror.root)
    }

    /// Ends a full snapshot: what belongs to no node.
    pub(crate) fn end_snapshot(&mut self) {
        let defined = self.mirror.defined.clone();
        if !defined.is_empty() {
            let names = defined.into_iter().map(|name| self.told(name)).collect();
            self.change(&Change::Defined(names));
        }
        self.settle();
    }
}
