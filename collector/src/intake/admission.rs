//! The decision to read a request at all. Cheap questions first: nothing is read, inflated or parsed for a
//! caller who is not known, not allowed or not in measure.

use super::decode::DecodeError;
use super::limit::AppLimits;
use crate::config::App;
use crate::journal::JournalError;
use crate::outcome::Outcome;
use crate::track::Track;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// When a client should come back that was refused for what passes by itself.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why a request is refused.
#[derive(Debug)]
pub struct Refusal {
    /// Decides the status and the metric.
    pub outcome: Outcome,
    /// One line for the caller. It describes the request, never our insides.
    pub reason: Cow<'static, str>,
    /// When to come back, where that makes sense.
    pub retry_after: Option<Duration>,
}

/// A refusal with what is known by then of whom it concerns.
#[derive(Debug)]
pub struct Refused {
    /// The app of the key.
    pub app: Option<Arc<KnownApp>>,
    /// The track the request is for.
    pub track: Option<Track>,
    /// The refusal itself.
    pub refusal: Refusal,
}

impl Refusal {
    /// Makes a refusal; one that passes by itself says when to come back.
    pub fn new(outcome: Outcome, reason: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = outcome.status().is_server_error().then_some(RETRY_AFTER);
        Self { outcome, reason: reason.into(), retry_after }
    }

    /// The same with another time to come back.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        let outcome = match &error {
            DecodeError::InflatedTooLarge { .. } => Outcome::InflatedTooLarge,
            DecodeError::ProtocolTooNew { .. } => Outcome::ProtocolTooNew,
            DecodeError::ApplicationMismatch => Outcome::ApplicationMismatch,
            DecodeError::Zlib | DecodeError::Batch(_) | DecodeError::Segment(_) | DecodeError::Event(_) => {
                Outcome::Malformed
            }
        };
        Self::new(outcome, error.to_string())
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        match error {
            // The operating system's words stay in the log.
            JournalError::Unavailable(_) | JournalError::Closed => {
                Self::new(Outcome::JournalUnavailable, "the collector cannot store data at the moment")
            }
            JournalError::Full => Self::new(Outcome::JournalFull, "the collector has no room at the moment"),
            JournalError::Overloaded => Self::new(Outcome::Overloaded, "the collector is busy"),
        }
    }
}

/// A configured app with its limits at work.
#[derive(Debug)]
pub struct KnownApp {
    app: App,
    /// How much it may send.
    pub limits: AppLimits,
}

impl Deref for KnownApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// The apps by their public keys.
#[derive(Debug)]
pub struct Registry(HashMap<String, Arc<KnownApp>>);

impl Registry {
    /// Indexes the configured apps.
    pub fn new(apps: &[App]) -> Self {
        let known = |app: &App| Arc::new(KnownApp { app: app.clone(), limits: AppLimits::new(app) });
        Self(apps.iter().map(|app| (app.public_key.clone(), known(app))).collect())
    }

    /// The app of this key, if pages of this origin may send its data.
    pub fn admit(&self, key: Option<&str>, origin: Option<&str>) -> Result<Arc<KnownApp>, Refused> {
        let refused =
            |app, outcome, reason| Refused { app, track: None, refusal: Refusal::new(outcome, reason) };
        let app = key
            .and_then(|key| self.0.get(key))
            .ok_or_else(|| refused(None, Outcome::UnknownKey, "no app has this key"))?;
        if !app.origins.allows(origin) {
            let reason = match origin {
                Some(_) => "the app does not list this origin",
                None => "the request names no origin",
            };
            return Err(refused(Some(app.clone()), Outcome::OriginNotAllowed, reason));
        }
        Ok(app.clone())
    }
}
