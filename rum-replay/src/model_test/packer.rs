//! Operations as the page packs them, and the records that come of them.

use crate::engine::Answer;
use rum_protocol::replay::{Record, Role, SegmentHead, encode_segment};

/// Packs operations as `ops.ts` does.
#[derive(Default)]
pub(crate) struct Packer {
    pub(crate) words: Vec<i32>,
    texts: Vec<String>,
    names: Vec<String>,
}

impl Packer {
    pub(crate) fn add(&mut self, words: &[i32]) -> &mut Self {
        self.words.extend(words);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.texts.push(text.to_owned());
        self
    }

    pub(crate) fn name(&mut self, name: &str, role: Role) -> &mut Self {
        let known = self.names.iter().position(|known| known == name);
        if known.is_none() {
            self.names.push(name.to_owned());
            self.texts.push(name.to_owned());
        }
        let number = known.unwrap_or(self.names.len() - 1) as i32;
        self.words.push(number << 4 | (role as i32) << 1 | i32::from(known.is_none()));
        self
    }

    pub(crate) fn take(&mut self) -> (Vec<u8>, Vec<u8>) {
        let words = self.words.drain(..).flat_map(i32::to_le_bytes).collect();
        (words, std::mem::take(&mut self.texts).join("\0").into_bytes())
    }
}

/// Records of a block that is all of its segment, which began then.
pub(crate) fn records(start_ms: u64, answer: &Answer) -> Vec<Record> {
    let [first_string, first_node, first_sheet] = answer.firsts;
    let head = SegmentHead {
        protocol_version: 1,
        start_ms,
        first_string,
        first_node,
        first_sheet,
        ..SegmentHead::default()
    };
    let bytes = encode_segment(&head, [&answer.block]);
    rum_protocol::replay::decode_segment(&bytes).expect("the engine writes what can be read").records
}
