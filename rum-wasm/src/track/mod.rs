//! Trackers: each makes one event kind out of signals and knows nothing of batches or the network.
//!
//! To add an event kind: give it a struct and a number in `rum-protocol/src/event/` (and run
//! `cargo xtask fields`), a signal in `signal.rs`, a file here that turns the signal into the event's fields,
//! an arm in `engine.rs`, an adapter in `js-loader/src/browser/`, and its Datadog form in the collector.

pub mod action;
pub mod activity;
pub mod clicks;
pub mod error;
pub mod loading;
pub mod long_task;
pub mod notes;
pub mod page_state;
pub mod resource;
pub mod scroll;
pub mod view;
pub mod view_signals;
pub mod views;
pub mod web_vital;
