//! The collector as its users meet it: over HTTP, with real SQLite, against a strict fake of Datadog's intake,
//! and for crashes the real binary.

#![allow(clippy::doc_markdown)] // "SQLite" is a name.
#![allow(clippy::unwrap_used, missing_docs)] // A test that unwraps says where and why it failed.

mod audit;
mod batches;
mod certificates;
mod check;
mod datadog_door;
mod delivery;
mod fake_intake;
mod harness;
mod intake;
#[cfg(feature = "otlp")]
mod otlp;
mod reload;
mod restart;
mod scrub;
mod tls;
mod viewer;
