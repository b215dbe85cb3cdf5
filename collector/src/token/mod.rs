//! The real Datadog client token: where it comes from, and how it is renewed while the collector runs.
//!
//! Pages carry a public key of ours; the token Datadog knows is added at delivery and stays on this machine.
//!
//! | source | read | renewed |
//! |---|---|---|
//! | `config` (`DD_CLIENT_TOKEN`, the file of options) | at the start | never: the process's environment does not change |
//! | `file` (`DD_CLIENT_TOKEN_FILE`) | at the start, or there is none | when the file is another or changed, looked at every few seconds |
//! | `aws` (AWS Secrets Manager, cargo feature `aws`) | right after the start | when its time is up, with jitter |
//!
//! A refused token (401, 403) makes the sink ask for a newer one at once. What cannot be read or is no token
//! changes nothing: the last good one stays in use, and the failure is logged and counted.
//!
//! The configuration can be loaded anew under a running sink: [`TokenSource::replace`] puts another source
//! behind the same object. No part of a token, nor anything made from it, is ever logged.

#[cfg(feature = "aws")]
mod aws;
pub(crate) mod file;

#[cfg(test)]
mod leak_test;
#[cfg(test)]
mod tests;

use crate::config::{ClientToken, Secret};
use crate::telemetry::{Telemetry, TokenRefresh};
#[cfg(feature = "aws")]
use aws::SecretsManager;
use file::TokenFile;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Longest token (bytes). Datadog's have 35; more is another kind of file.
pub(crate) const MAX_TOKEN_BYTES: usize = 256;

/// Why a source gave no token. No variant holds any part of one.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file is missing or not ours to read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The configured path.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Nothing but white space.
    #[error("there is no token in it")]
    Empty,
    /// Something else than a token.
    #[error("expected one token: at most {MAX_TOKEN_BYTES} printable characters without blanks")]
    Malformed,
    /// AWS did not answer with a secret.
    #[cfg(feature = "aws")]
    #[error("AWS Secrets Manager: {0}")]
    Aws(String),
    /// The secret cannot hold the key that is configured.
    #[cfg(feature = "aws")]
    #[error("the secret is not a JSON object, so it has no key `{0}`")]
    NotAnObject(String),
    /// The secret does not hold it.
    #[cfg(feature = "aws")]
    #[error("the secret has no text under the key `{0}`")]
    NoSuchKey(String),
    /// `SecretBinary`.
    #[cfg(feature = "aws")]
    #[error("the secret is binary; expected a text")]
    NotText,
}

/// A token in use.
pub struct Token {
    secret: Secret,
    /// Rises with every token, so that "another one" can be told without comparing secrets.
    generation: u64,
}

impl Token {
    /// For requests to Datadog's intake, and for nothing else.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Which token of this process it is, counted from 1.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// Knows the token of now. Shared by the sink that uses it, the task that renews it ([`Self::run`]) and whoever
/// loads the configuration anew.
pub struct TokenSource {
    current: watch::Sender<Option<Arc<Token>>>,
    /// Locked while the source is read: requests refused meanwhile wait for that answer and ask no second time.
    reading: Mutex<Reading>,
    rescheduled: Notify,
    telemetry: Telemetry,
}

struct Reading {
    reader: Reader,
    /// When the source was last read.
    read_at: Option<Instant>,
    /// When it is looked at next; `None` is never.
    due: Option<Instant>,
    /// Since the last success.
    failures: u32,
}

enum Reader {
    Fixed,
    File(TokenFile),
    #[cfg(feature = "aws")]
    Aws(Box<SecretsManager>),
}

/// What a look at the source gave.
enum Look {
    Token(Secret),
    /// Nothing has changed since it gave a good token.
    Unchanged,
    /// Nothing has changed since it did not, or it is changing right now.
    StillBad,
}

impl TokenSource {
    /// A source as configured. Reads nothing: what a file held was read with the configuration, and Secrets
    /// Manager is asked by [`Self::run`] or the first delivery, so that its absence does not stop the intake.
    pub fn new(configured: &ClientToken, telemetry: Telemetry) -> Arc<Self> {
        let (reader, first) = Reader::new(configured);
        let source = reader.name();
        let this = Self {
            current: watch::Sender::new(None),
            reading: Mutex::new(Reading::of(reader)),
            rescheduled: Notify::new(),
            telemetry,
        };
        if let Some(secret) = first {
            this.accept(source, secret);
        }
        Arc::new(this)
    }

    /// Puts another source in place of this one, for a configuration that was loaded anew. The token in use stays
    /// until the new source has given one.
    pub async fn replace(&self, configured: &ClientToken) {
        let (reader, first) = Reader::new(configured);
        let mut reading = self.reading.lock().await;
        let source = reader.name();
        *reading = Reading::of(reader);
        if let Some(secret) = first {
            self.accept(source, secret);
        }
        self.rescheduled.notify_one();
    }

    /// The token of now. Where there is none yet it is fetched; `None` if that fails.
    pub async fn current(&self) -> Option<Arc<Token>> {
        // Bound to a name: in a `match` the lock behind `borrow` would be held while waiting.
        let current = self.current.borrow().clone();
        match current {
            Some(token) => Some(token),
            None => self.newer_than(0).await,
        }
    }

    /// A newer token than the one with this generation, which was refused. Reads the source, unless that was done too
    /// recently; then it is read again as soon as it may be.
    pub async fn newer_than(&self, generation: u64) -> Option<Arc<Token>> {
        let newer = || self.current.borrow().clone().filter(|token| token.generation > generation);
        if let Some(token) = newer() {
            return Some(token);
        }
        let mut reading = self.reading.lock().await;
        if let Some(token) = newer() {
            return Some(token);
        }
        let allowed_at = reading.read_at.map(|read_at| read_at + reading.reader.least_pause());
        if let Some(allowed_at) = allowed_at.filter(|&allowed_at| allowed_at > Instant::now()) {
            reading.due = reading.due.map(|due| due.min(allowed_at));
            self.rescheduled.notify_one();
            return None;
        }
        self.read(&mut reading, true).await;
        newer()
    }

    /// Ends when there is a newer token than the one with this generation.
    pub async fn renewed_after(&self, generation: u64) {
        let is_newer =
            |token: &Option<Arc<Token>>| token.as_ref().is_some_and(|token| token.generation > generation);
        // Fails only without a sender, which `self` holds.
        self.current.subscribe().wait_for(is_newer).await.ok();
    }

    /// Looks at the source whenever it is time, until stopped.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let look = async {
            loop {
                self.look_when_due().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = look => {}
        }
    }

    async fn look_when_due(&self) {
        let due = self.reading.lock().await.due;
        let wait = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.rescheduled.notified() => {}
            () = wait => {
                let mut reading = self.reading.lock().await;
                // A refused request may have read it while this waited for the lock.
                if reading.due.is_some_and(|due| due <= Instant::now()) {
                    self.read(&mut reading, false).await;
                }
            }
        }
    }

    async fn read(&self, reading: &mut Reading, refused: bool) {
        let look = reading.reader.look(refused).await;
        let source = reading.reader.name();
        match look {
            Ok(Look::Unchanged) => self.telemetry.confirm_token(source),
            Ok(Look::StillBad) => {}
            Ok(Look::Token(secret)) => {
                reading.read_at = Some(Instant::now());
                reading.failures = 0;
                let refresh = self.accept(source, secret);
                self.telemetry.count_token_refresh(source, refresh);
            }
            Err(error) => {
                reading.read_at = Some(Instant::now());
                reading.failures += 1;
                self.telemetry.count_token_refresh(source, TokenRefresh::Failed);
                let effect = if self.current.borrow().is_some() {
                    "the last good one stays in use"
                } else {
                    "nothing is delivered to Datadog until there is one"
                };
                warn!(event = "client_token_not_read", source, reason = %error, effect);
            }
        }
        reading.due = reading.reader.pause(reading.failures).map(|pause| Instant::now() + pause);
    }

    fn accept(&self, source: &'static str, secret: Secret) -> TokenRefresh {
        self.telemetry.confirm_token(source);
        let mut refresh = TokenRefresh::Unchanged;
        self.current.send_if_modified(|current| {
            let generation = match current.as_deref() {
                Some(token) if token.secret == secret => return false,
                Some(token) => {
                    refresh = TokenRefresh::Rotated;
                    token.generation + 1
                }
                None => {
                    refresh = TokenRefresh::Loaded;
                    1
                }
            };
            *current = Some(Arc::new(Token { secret, generation }));
            true
        });
        if matches!(refresh, TokenRefresh::Rotated) {
            // For the audit log: that and when, never what.
            info!(target: "audit", event = "secret_rotated", secret = "datadog client token", source);
        }
        refresh
    }
}

impl Reading {
    fn of(reader: Reader) -> Self {
        let due = reader.pause(0).map(|_| Instant::now());
        Self { reader, read_at: None, due, failures: 0 }
    }
}

impl Reader {
    /// The reader, and the token where the configuration came with one.
    fn new(configured: &ClientToken) -> (Self, Option<Secret>) {
        match configured {
            ClientToken::Fixed(token) => (Self::Fixed, Some(token.clone())),
            ClientToken::File { path, token } => {
                (Self::File(TokenFile::new(path.clone())), Some(token.clone()))
            }
            #[cfg(feature = "aws")]
            ClientToken::Aws(secret) => (Self::Aws(Box::new(SecretsManager::new(secret.clone()))), None),
        }
    }

    /// In metrics and logs.
    fn name(&self) -> &'static str {
        match self {
            Self::Fixed => "config",
            Self::File(_) => "file",
            #[cfg(feature = "aws")]
            Self::Aws(_) => "aws",
        }
    }

    async fn look(&mut self, refused: bool) -> Result<Look, TokenError> {
        match self {
            Self::Fixed => Ok(Look::Unchanged),
            Self::File(file) => file.look(refused).await,
            #[cfg(feature = "aws")]
            Self::Aws(secrets_manager) => secrets_manager.fetch().await.map(Look::Token),
        }
    }

    /// Least time from one reading to another that a refused token asks for.
    fn least_pause(&self) -> Duration {
        match self {
            Self::Fixed | Self::File(_) => Duration::ZERO,
            #[cfg(feature = "aws")]
            Self::Aws(_) => aws::LEAST_PAUSE,
        }
    }

    /// Time to the next look after so many failures in a row; `None` where looking is pointless.
    #[cfg_attr(not(feature = "aws"), allow(unused_variables))] // What is on this machine needs no back-off.
    fn pause(&self, failures: u32) -> Option<Duration> {
        match self {
            Self::Fixed => None,
            Self::File(_) => Some(file::POLL_INTERVAL),
            #[cfg(feature = "aws")]
            Self::Aws(secrets_manager) => Some(secrets_manager.pause(failures)),
        }
    }
}

/// The token in a text; white space around it is how editors and `echo` end files.
pub(crate) fn parse(text: &str) -> Result<Secret, TokenError> {
    let token = text.trim();
    if token.is_empty() {
        return Err(TokenError::Empty);
    }
    if token.len() > MAX_TOKEN_BYTES || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenError::Malformed);
    }
    Ok(Secret::new(token))
}
