//! The collector as its users meet it: over HTTP, with real SQLite, against a strict fake of Datadog's intake,
//! and for crashes the real binary.

#![allow(clippy::doc_markdown)] // "SQLite" is a name.
#![allow(clippy::unwrap_used, missing_docs)] // A test that unwraps says where and why it failed.

mod audit;
mod bad_input;
mod batches;
mod certificates;
mod check;
mod datadog_door;
mod delivery;
mod disk_full;
mod fake_intake;
#[cfg(feature = "aws")]
mod fake_secrets_manager;
mod harness;
mod intake;
mod oracle;
#[cfg(feature = "otlp")]
mod otlp;
mod reload;
mod replay;
mod replay_policy;
mod restart;
mod scrub;
mod segments;
mod tls;
mod token;
#[cfg(feature = "aws")]
mod token_aws;
mod viewer;
