//! The replay engine: a mirror of the recorded page, and the recording of it. Compiled to WebAssembly, in a worker.
//!
//! The way of a change, file by file:
//! 1. `js-loader/src/replay` writes it as an operation, which is masked already, and posts a batch of them (`port.ts`).
//! 2. `ops.rs` looks through the batch; `changes.rs` (nodes), `sheet_changes.rs` and `happenings.rs` (what changes
//!    no node) do each operation in the mirror (`mirror.rs`, `rows.rs`) and tell it as a record.
//! 3. When a view begins, `snapshot.rs` tells the whole mirror.
//! 4. `rum_protocol::replay::Encoder` writes records as blocks.
//! 5. `engine.rs` is the whole of it; `js-loader/src/replay/engine.ts` feeds it, makes segments of the blocks, and posts them.
//!
//! Built for the host, the crate is the engine alone; only for wasm is there a JavaScript surface.

// As in rum-wasm: without std there is no panic message to format.
#![cfg_attr(all(target_arch = "wasm32", not(debug_assertions)), no_std)]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_macros,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "tests do not go into the page"
    )
)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
pub mod bindings;
mod changes;
pub mod engine;
#[cfg(test)]
mod engine_test;
mod happenings;
mod mirror;
#[cfg(test)]
mod model_test;
mod ops;
#[cfg(all(target_arch = "wasm32", not(debug_assertions)))]
mod panic;
mod rows;
#[cfg(test)]
mod rows_test;
mod sheet_changes;
mod snapshot;
