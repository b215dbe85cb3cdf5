//! Adapters: they know the browser and nothing of RUM. Each turns DOM events or performance entries into
//! signals, or carries out an effect. What enters from the browser comes through `dispatch.rs` alone.

pub(crate) mod dispatch;
pub(crate) mod error;
pub(crate) mod input;
pub(crate) mod navigation;
pub(crate) mod page;
pub(crate) mod performance;
pub(crate) mod sender;
pub(crate) mod storage;
