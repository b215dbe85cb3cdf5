//! The SDK core.
