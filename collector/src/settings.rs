//! What can change while the collector runs: by what a request is judged, in one piece behind one swap. A request
//! takes the piece once and keeps it, so no request sees half of a change.

use crate::config::{ClientIp, Config, IntakeConfig};
use crate::intake::admission::Registry;
use crate::scrub::Scrubber;
use std::sync::{Arc, PoisonError, RwLock};

/// By what a request is judged.
pub struct Settings {
    /// Who may send. Rates begin anew with each change; what was sent today is counted on.
    pub registry: Registry,
    /// What is taken, and who is believed.
    pub intake: IntakeConfig,
    /// What is taken out of a body before it goes anywhere.
    pub scrubber: Arc<Scrubber>,
    /// How much of a visitor's address is kept.
    pub client_ip: ClientIp,
    /// Whether a browser's objection keeps its data out.
    pub honour_gpc: bool,
}

impl Settings {
    /// The settings of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            registry: Registry::new(&config.apps),
            intake: config.intake.clone(),
            scrubber: config.scrubber.clone(),
            client_ip: config.client_ip,
            honour_gpc: config.honour_gpc,
        }
    }
}

/// A value that is read often and replaced rarely. The lock is held for the copy of one pointer.
pub struct Current<T>(RwLock<Arc<T>>);

impl<T> Current<T> {
    /// Begins with `value`.
    pub fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    /// The value of now, which stays as it is for whoever has it.
    pub fn get(&self) -> Arc<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on it is this.
    pub fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}
