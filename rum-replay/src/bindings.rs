//! The whole JavaScript surface: the only items exported to `js-loader/src/replay/module.ts`. In the manner of
//! `rum-wasm/src/bindings.rs`: calls of numbers, which need no glue, in both directions. JavaScript writes what goes with
//! a call into the module's memory before it ([`room`]), and reads what comes of it there.

#![allow(clippy::cast_possible_wrap, reason = "addresses and lengths of the module's 32-bit memory")]

use crate::engine::{Answer, Engine, SLICE_NODES};
use alloc::vec;
use alloc::vec::Vec;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What JavaScript hands over with its next call.
static MESSAGE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// A module has one recording.
static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);
/// What came of the last call, block and all, and its numbers as they are read.
static ANSWER: Mutex<(Vec<u8>, Vec<u32>)> = Mutex::new((Vec::new(), Vec::new()));

/// Makes room for a message of `length` bytes; answers where it is.
#[wasm_bindgen]
pub fn room(length: i32) -> i32 {
    let mut message = MESSAGE.lock();
    *message = vec![0; length as usize];
    message.as_ptr() as i32
}

/// Has the engine do something (`Call` in `module.ts`). Answers where the numbers of [`Answer`] are, in its order but for
/// the block, which is there as address and length.
#[wasm_bindgen]
pub fn call(what: i32, at_ms: f64, first: i32, second: i32, third: i32) -> i32 {
    let message = MESSAGE.lock();
    let mut engine = ENGINE.lock();
    let engine = engine.get_or_insert_with(Engine::new);
    let at_ms = at_ms as u64;
    let answer = match what {
        0 => {
            let (words, texts) = message.split_at_checked(first as usize).unwrap_or_default();
            engine.batch(at_ms, words, texts)
        }
        1 => engine.segment(at_ms),
        2 => engine.view(at_ms, [first, second, third], &message),
        3 => engine.work(if first > 0 { first as usize } else { SLICE_NODES }),
        _ => engine.end(at_ms),
    };
    let Answer { status, block, records, dropped, firsts: [first_string, first_node, first_sheet] } = answer;
    let (at, length) = (block.as_ptr() as u32, block.len() as u32);
    let numbers = vec![status, at, length, records, dropped, first_string, first_node, first_sheet];
    let address = numbers.as_ptr() as i32;
    *ANSWER.lock() = (block, numbers);
    address
}
