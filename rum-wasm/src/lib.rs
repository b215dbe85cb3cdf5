//! The SDK core: real user monitoring in Rust, compiled to WebAssembly.
//!
//! The life of a click, file by file:
//! 1. `browser/input.rs` hears the DOM event and turns it into a [`signal::Signal`]: plain data and its time.
//!    (If the core was not loaded yet, `js-loader/src/early.ts` kept the DOM event and hands it over.)
//! 2. `sdk.rs` gives the signal to [`engine::Engine`], which calls no web API and reads no clock.
//! 3. `track/action.rs` makes an action event of it, with a name that is safe to show (`track/target_name.rs`).
//! 4. `batch.rs` keeps it until there is a reason to flush; `assemble.rs` adds what all events share.
//! 5. `upload.rs` decides when the batch is posted and what an answer means.
//! 6. `browser/sender.rs` posts it; `rum-protocol` says what the bytes mean; the collector takes over.
//!
//! Built for the host, the crate is the engine alone: the adapters and their web APIs do not exist there.

pub mod assemble;
pub mod batch;
pub mod config;
pub mod engine;
pub mod privacy;
pub mod session;
pub mod signal;
pub mod track;
pub mod upload;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod sdk;
