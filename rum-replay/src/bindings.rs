//! The whole JavaScript surface: the only items exported to `js-loader/src/replay/engine.ts`. In the manner of
//! `rum-wasm/src/bindings.rs`: calls of numbers, which need no glue; JavaScript writes whatever else goes with one
//! into the module's memory before it ([`room`]), and reads what it is told there.

#![allow(clippy::cast_possible_wrap, reason = "addresses and lengths of the module's 32-bit memory")]

use crate::engine::{Engine, Output, SLICE_NODES, Setup, View};
use alloc::vec;
use alloc::vec::Vec;
use rum_protocol::Id;
use rum_protocol::replay::{CreationReason, PrivacyLevel};
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    /// Tells something: `what` is an index into `host.tell`. Both runs of bytes must be copied before it returns.
    fn tell(
        what: i32,
        at: i32,
        len: i32,
        second_at: i32,
        second_len: i32,
        first: i32,
        second: i32,
        third: i32,
        fourth: i32,
    );
    /// Fills 16 bytes.
    #[wasm_bindgen(js_name = fillWithRandom)]
    fn fill_with_random(at: i32);
}

/// What JavaScript hands over with its next call.
static MESSAGE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A page has one recording. While it is at work it is not here: JavaScript cannot enter it again.
static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);

/// Makes room for a message of `length` bytes; answers where it is.
#[wasm_bindgen]
pub fn room(length: i32) -> i32 {
    let message = vec![0; length as usize];
    let at = address(&message);
    *MESSAGE.lock() = message;
    at
}

/// A new engine, in place of any that was there. The message is the application's id and the version, 0 between them.
#[wasm_bindgen]
pub fn begin(privacy_level: i32, policy_version: i32, is_held: i32) {
    let message = take_message();
    let mut texts = texts(&message);
    let setup = Setup {
        application_id: texts.next().unwrap_or_default().into(),
        sdk_version: texts.next().unwrap_or_default().into(),
        privacy_level: privacy_level_of(privacy_level),
        policy_version: u32::try_from(policy_version).ok(),
        is_held: is_held > 0,
        random,
    };
    *ENGINE.lock() = Some(Engine::new(setup));
}

/// Has the engine do something (`Call` in `engine.ts`), tells what comes of it, and answers whether there is more to do.
#[wasm_bindgen]
pub fn call(what: i32, at_ms: f64, first: i32, second: i32, third: i32) -> i32 {
    let message = take_message();
    let Some(mut engine) = ENGINE.lock().take() else { return 0 };
    match what {
        0 => {
            let (words, texts) = message.split_at_checked(first as usize).unwrap_or_default();
            engine.batch(at_ms as u64, words, texts);
        }
        1 => engine.view(view(&message, at_ms as u64, [first, second, third])),
        2 => engine.flush(reason_of(first)),
        3 => engine.keep(),
        4 => engine.restart(),
        5 => engine.end(at_ms as u64),
        _ => {}
    }
    let has_more = engine.work(SLICE_NODES);
    let outputs = engine.outputs();
    *ENGINE.lock() = Some(engine);
    for output in outputs {
        match output {
            Output::Block { segment, head, block } => tell_bytes(0, &head, &block, [segment, 0, 0, 0]),
            Output::Closed { segment, view_id, segments, records, bytes } => {
                tell_bytes(1, &view_id.0, &[], [segment, segments, records, bytes]);
            }
            Output::Lost(batches) => tell_bytes(2, &[], &[], [batches, 0, 0, 0]),
            Output::Fault(text) => tell_bytes(3, text.as_bytes(), &[], [0; 4]),
        }
    }
    i32::from(has_more)
}

/// Texts: session and view as 32 hexadecimal digits each, then the URL.
fn view(message: &[u8], at_ms: u64, [width, height, has_focus]: [i32; 3]) -> View {
    let mut texts = texts(message);
    let mut id = || id_of(texts.next().unwrap_or_default());
    View {
        session_id: id(),
        view_id: id(),
        at_ms,
        href: texts.next().unwrap_or_default().into(),
        width: width.cast_unsigned(),
        height: height.cast_unsigned(),
        has_focus: has_focus > 0,
    }
}

/// 32 hexadecimal digits; anything else is 0.
fn id_of(text: &str) -> Id {
    let mut id = [0; 16];
    for (index, digit) in text.bytes().take(32).enumerate() {
        let value = match digit {
            b'a'..=b'f' => digit - b'a' + 10,
            _ => digit & 15,
        };
        id[index / 2] = id[index / 2] << 4 | value;
    }
    Id(id)
}

fn privacy_level_of(number: i32) -> Option<PrivacyLevel> {
    Some(match number {
        0 => PrivacyLevel::Allow,
        1 => PrivacyLevel::MaskUserInput,
        2 => PrivacyLevel::MaskUnlessAllowlisted,
        3 => PrivacyLevel::Mask,
        4 => PrivacyLevel::Hidden,
        _ => return None,
    })
}

fn reason_of(number: i32) -> CreationReason {
    match number {
        2 => CreationReason::Bytes,
        3 => CreationReason::ViewChange,
        4 => CreationReason::PageExit,
        5 => CreationReason::Hidden,
        6 => CreationReason::Frozen,
        _ => CreationReason::Duration,
    }
}

fn texts(message: &[u8]) -> core::str::Split<'_, char> {
    core::str::from_utf8(message).unwrap_or_default().split('\0')
}

fn take_message() -> Vec<u8> {
    core::mem::take(&mut *MESSAGE.lock())
}

fn tell_bytes(what: i32, first: &[u8], second: &[u8], numbers: [u32; 4]) {
    let [a, b, c, d] = numbers.map(u32::cast_signed);
    tell(what, address(first), first.len() as i32, address(second), second.len() as i32, a, b, c, d);
}

/// Where bytes are in the module's memory.
fn address(bytes: &[u8]) -> i32 {
    bytes.as_ptr() as i32
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_with_random(bytes.as_mut_ptr() as i32);
    bytes
}
