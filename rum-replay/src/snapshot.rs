//! Tells a tree of the mirror: the whole document in a full snapshot, what was added or moved in a change. Goes from node
//! to node and may stop in between, so that a large page does not hold up the thread it shares.

use crate::changes::Recorder;
use crate::mirror::{ATTACHED, DOC_TYPE_ID, NAME, PROPERTIES, REST, Slot, name_of, op_of};
use crate::ops;
use crate::rows::{NONE, WIRE};
use rum_protocol::replay::{Role, begun, part};

/// How far a tree was told.
pub(crate) struct Walk {
    top: Slot,
    at: Slot,
    /// The nodes were told; now what few of them have beside attributes, in a second round.
    is_second: bool,
}

impl Walk {
    /// From a node on, with all that is below it.
    pub(crate) fn of(top: Slot) -> Self {
        Self { top, at: top, is_second: false }
    }

    /// Goes on for so many nodes; answers whether that was all. A record of changes is begun.
    pub(crate) fn step(&mut self, recorder: &mut Recorder, nodes: usize) -> bool {
        for _ in 0..nodes {
            if self.at == NONE {
                if self.is_second || self.top == NONE {
                    return true;
                }
                self.is_second = true;
                self.at = self.top;
            }
            if self.is_second {
                recorder.tell_state(self.at);
            } else {
                recorder.tell_added(self.at);
            }
            self.at = recorder.mirror.following(self.at, self.top);
        }
        false
    }
}

impl Recorder {
    fn tell_added(&mut self, slot: Slot) {
        let at = self.insertion(slot);
        let (kind, name) = (self.mirror.kind(slot), self.mirror.get(slot, NAME));
        // In the order of the operations, but for the fragment, which no page is recorded with.
        let change = begun::ELEMENT + (kind - ops::ELEMENT) as u8 + u8::from(kind >= ops::SHADOW_ROOT);
        let number = self.encoder.begin_node(change, at);
        self.mirror.put(slot, WIRE, number);
        if kind == ops::ELEMENT {
            self.tell_text(part::NAME, Role::NodeName, name);
        } else if name != NONE {
            self.tell_text(part::TEXT, Role::Text, name);
        }
        let mut attributes = 0;
        let mut at = self.mirror.get(slot, PROPERTIES);
        while at != NONE {
            let [key, text, _] = self.mirror.property(at);
            at = self.mirror.get(at, REST);
            if key == DOC_TYPE_ID {
                self.tell_text(part::TEXT, Role::Text, text);
            } else if op_of(key) == ops::ATTRIBUTE {
                attributes += 1;
                self.tell_text(part::ATTRIBUTE, Role::AttributeName, name_of(key));
                self.tell_text(part::VALUE, Role::AttributeValue, text);
            }
        }
        if kind == ops::ELEMENT {
            self.encoder.part(part::COUNT, attributes);
        }
    }

    /// Tells what is not told by attributes of a node.
    fn tell_state(&mut self, slot: Slot) {
        let mut has_sheets = false;
        let mut at = self.mirror.get(slot, PROPERTIES);
        while at != NONE {
            let property = self.mirror.property(at);
            at = self.mirror.get(at, REST);
            match op_of(property[0]) {
                ops::ATTRIBUTE | ops::DOC_TYPE => {}
                _ if property[0] == ATTACHED => has_sheets = true,
                _ => self.tell_property(slot, property),
            }
        }
        if has_sheets {
            self.tell_sheets(slot);
        }
    }

    /// Begins a view with what comes before its full snapshot, and begins that. Nothing was told.
    pub(crate) fn begin_snapshot(&mut self, at_ms: u64, href: &[u8]) -> Walk {
        let window = self.window;
        self.is_telling = true;
        self.at_ms = at_ms;
        self.record(begun::META, at_ms);
        self.tell_words(b"##", &window);
        self.encoder.literal_part(href);
        self.record(if window[2] > 0 { begun::FOCUS } else { begun::BLUR }, at_ms);
        self.encoder.begin_snapshot(at_ms);
        self.records += 1;
        self.is_open = true;
        Walk::of(self.mirror.root)
    }

    /// Ends a full snapshot: what belongs to no node, and the record that follows.
    pub(crate) fn end_snapshot(&mut self) {
        let defined = self.mirror.defined.clone();
        if !defined.is_empty() {
            self.tell_defined(&defined);
        }
        self.settle();
        let window = self.window;
        if window[9] > 0 {
            self.record(begun::VISUAL_VIEWPORT, self.at_ms);
            self.tell_words(b"fffffff", &window[3..]);
        }
    }

    /// Nothing was told: all numbers are given anew.
    pub(crate) fn forget_told(&mut self) {
        self.settle();
        self.mirror.rows.forget_told();
    }
}
