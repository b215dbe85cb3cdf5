//! `[replay]` and `[app.replay]`: whether sessions are recorded, and how much of a page a recording may show at most
//! where that is not left to the page. Recorders ask for it before they record; the door holds them to it.

use rum_protocol::replay::PrivacyLevel;
use serde::{Deserialize, Serialize};

/// `[replay]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawReplay {
    /// Whether replay is taken at all.
    pub enabled: bool,
    /// Whether pages may show no more than `level`.
    pub lock: bool,
    /// What they may show then.
    pub level: Level,
    /// Number of this policy, which stands in every segment.
    pub version: u32,
}

impl Default for RawReplay {
    fn default() -> Self {
        // A page that samples its sessions for replay has asked for it; what is shown is another matter.
        Self { enabled: true, lock: false, level: Level::Mask, version: 1 }
    }
}

/// `[app.replay]`: what differs for one app.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawAppReplay {
    /// As in `[replay]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// As in `[replay]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<bool>,
    /// As in `[replay]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// As in `[replay]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

impl RawAppReplay {
    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        self.enabled.is_none() && self.lock.is_none() && self.level.is_none() && self.version.is_none()
    }
}

/// A privacy level by Datadog's name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // As in `PrivacyLevel`.
pub enum Level {
    Allow,
    MaskUserInput,
    MaskUnlessAllowlisted,
    Mask,
    Hidden,
}

impl From<Level> for PrivacyLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Allow => Self::Allow,
            Level::MaskUserInput => Self::MaskUserInput,
            Level::MaskUnlessAllowlisted => Self::MaskUnlessAllowlisted,
            Level::Mask => Self::Mask,
            Level::Hidden => Self::Hidden,
        }
    }
}

/// What an app's pages may record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReplayPolicy {
    /// Whether replay is taken at all.
    pub enabled: bool,
    /// Whether pages may show no more than `level`.
    pub lock: bool,
    /// What they may show then.
    pub level: Level,
    /// Number of this policy.
    pub version: u32,
}

/// Joins `[replay]` and an app's own, which is stronger.
pub(super) fn policy(common: RawReplay, own: &RawAppReplay) -> ReplayPolicy {
    ReplayPolicy {
        enabled: own.enabled.unwrap_or(common.enabled),
        lock: own.lock.unwrap_or(common.lock),
        level: own.level.unwrap_or(common.level),
        version: own.version.unwrap_or(common.version),
    }
}
