//! The whole JavaScript surface: the only items exported to `js-loader/src/replay/module.ts`. In the manner of
//! `rum-wasm/src/bindings.rs`: calls of numbers, which need no glue, in both directions. JavaScript writes what goes with
//! a call into the module's memory before it ([`room`]), and reads what comes of it there.

#![allow(clippy::cast_possible_wrap, reason = "addresses and lengths of the module's 32-bit memory")]

use crate::engine::{Answer, Call, Engine, SLICE_NODES};
use alloc::vec;
use alloc::vec::Vec;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

/// Slow among many free blocks, of which the engine has few: its memory is some vectors. talc takes 440 B (brotli) more.
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// A module has one recording. Made when it is compiled: code that fills in as many fields is longer than they are.
static MODULE: Mutex<Module> =
    Mutex::new(Module { message: Vec::new(), engine: Engine::new(), block: Vec::new(), numbers: [0; 8] });

struct Module {
    /// What JavaScript hands over with its next call.
    message: Vec<u8>,
    engine: Engine,
    /// What came of the last call, and its numbers as they are read.
    block: Vec<u8>,
    numbers: [u32; 8],
}

/// Makes room for a message of `length` bytes; answers where it is.
#[wasm_bindgen]
pub fn room(length: i32) -> i32 {
    let mut module = MODULE.lock();
    module.message = vec![0; length as usize];
    module.message.as_ptr() as i32
}

/// Has the engine do something (`Call` in `module.ts`). Answers where the numbers of [`Answer`] are, in its order but for
/// the block, which is there as address and length.
#[wasm_bindgen]
pub fn call(what: i32, at_ms: f64, first: i32, second: i32, third: i32) -> i32 {
    let mut module = MODULE.lock();
    let Module { message, engine, .. } = &mut *module;
    let at_ms = at_ms as u64;
    let call = match what {
        0 => {
            let (words, texts) = message.split_at_checked(first as usize).unwrap_or_default();
            Call::Batch { words, texts }
        }
        1 => Call::Segment,
        2 => Call::View { window: [first, second, third], href: message },
        3 => Call::Work(if first > 0 { first as usize } else { SLICE_NODES }),
        _ => Call::End,
    };
    let Answer { status, block, records, dropped, firsts: [first_string, first_node, first_sheet] } =
        engine.call(at_ms, call);
    let (at, length) = (block.as_ptr() as u32, block.len() as u32);
    module.block = block;
    module.numbers = [status, at, length, records, dropped, first_string, first_node, first_sheet];
    module.numbers.as_ptr() as i32
}
