//! `[audit]`: where the audit log is kept. What it holds is [`crate::audit`]'s.

use super::Config;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// `[audit]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawAudit {
    /// File that audit lines are appended to; without one they are log lines only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Config {
    /// SHA-256 of the printed configuration: tells two configurations apart in the audit log.
    pub fn digest(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.printed.as_bytes());
        digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            // A `String` takes every text.
            write!(text, "{byte:02x}").ok();
            text
        })
    }
}
