//! The SDK core: real user monitoring in Rust, compiled to WebAssembly.
//!
//! The life of a click, file by file:
//! 1. `js-loader/src/browser/input.ts` hears the DOM event and names the element (`action-name.ts`) as its privacy
//!    level allows (`privacy.ts`).
//!    (If the core was not loaded yet, `js-loader/src/early.ts` kept the DOM event.)
//! 2. `bindings.rs` makes a [`signal::Signal`] of it, plain data and its time, and gives it to
//!    [`engine::Engine`], which calls no web API and reads no clock.
//! 3. `track/clicks.rs` keeps it until what it caused is over, and makes an action event of it.
//! 4. `recorder.rs` adds what events share and puts it into the batch (`batch.rs`), written by `fields.rs`, until
//!    there is a reason to flush.
//! 5. `upload.rs` decides when the batch is posted and what an answer means.
//! 6. `js-loader/src/browser/sender.ts` posts it; `rum-protocol` says what the bytes mean.
//!
//! Built for the host, the crate is the engine alone; only for wasm is there a JavaScript surface.

// Without std there is no panic message to format: kilobytes of the module less (docs/adr/0002). Debug builds,
// which the tests in a browser use, keep std and its messages.
#![cfg_attr(all(target_arch = "wasm32", not(debug_assertions)), no_std)]

extern crate alloc;

pub mod batch;
#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(all(test, target_arch = "wasm32"))]
mod bindings_test;
pub mod engine;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod engine_test;
pub mod fields;
#[cfg(all(target_arch = "wasm32", not(debug_assertions)))]
mod panic;
pub mod privacy;
pub mod rate;
pub mod recorder;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod replay_test;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod resource_test;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod script_test;
pub mod session;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod session_test;
pub mod signal;
pub mod track;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod trouble_test;
pub mod upload;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod views_test;
