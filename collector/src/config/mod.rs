//! The configuration: raw options in, a checked [`Config`] out. A program with a wrong option does not
//! start; the message names the option and what was expected of it.

mod audit;
mod intake;
mod journal;
mod layers;
mod otlp;
mod raw;
mod replay;
mod scrub;
mod secret;
mod tls;
mod token;

pub use intake::{Consent, IntakeConfig, Limit, Rate, TrustedProxies};
pub use journal::{JournalConfig, WhenFull};
pub use otlp::OtlpConfig;
pub use raw::RawConfig;
pub use replay::{Level, ReplayPolicy};
pub use scrub::ClientIp;
pub use secret::Secret;
pub use tls::TlsConfig;
#[cfg(feature = "aws")]
pub use token::AwsSecret;
pub use token::ClientToken;

use crate::logging::LogFilter;
use crate::scrub::Scrubber;
use crate::track::Track;
use rum_protocol::Id;
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The Datadog sites, from Datadog's documentation. A host is never built from an unknown name.
const SITES: [&str; 8] = [
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "ddog-gov.com",
    "us2.ddog-gov.com",
];

/// Longest app name (characters): it is a label of every metric.
const MAX_APP_NAME_CHARS: usize = 64;

/// What was given on the command line.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--viewer-listen`.
    pub viewer_listen: Option<String>,
    /// `--data-dir`.
    pub data_dir: Option<String>,
}

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read or is not TOML.
    #[error("configuration file {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, without the file's text.
        reason: String,
    },
    /// An environment variable cannot be understood.
    #[error("environment variable {name}: expected {expected}")]
    Variable {
        /// Its name.
        name: String,
        /// What it should hold.
        expected: String,
    },
    /// An option has a wrong name, type or value.
    #[error("option `{path}`: {reason}")]
    Option {
        /// Where it stands in the file, such as `sink.datadog.site`.
        path: String,
        /// What is wrong and what was expected.
        reason: String,
    },
}

/// The checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the intake; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the viewer; port 0 takes a free one.
    pub viewer_listen: SocketAddr,
    /// Folder of the journal and the store.
    pub data_dir: PathBuf,
    /// `tracing` filter.
    pub log: String,
    /// Longest wait for requests and deliveries in flight when asked to stop.
    pub shutdown_timeout: Duration,
    /// How long requests are still taken after `/readyz` has said that it stops.
    pub drain_delay: Duration,
    /// What the doors take, and from whom they believe what.
    pub intake: IntakeConfig,
    /// Certificate of the intake port, where it speaks TLS itself.
    pub tls: Option<TlsConfig>,
    /// File of the audit log.
    pub audit_file: Option<PathBuf>,
    /// Where the collector's own traces go.
    pub otlp: Option<OtlpConfig>,
    /// Bounds of the journal.
    pub journal: JournalConfig,
    /// The Datadog sink, where a client token is known.
    pub datadog: Option<DatadogConfig>,
    /// The embedded store, unless switched off.
    pub store: Option<StoreConfig>,
    /// How much of a visitor's address is kept.
    pub client_ip: ClientIp,
    /// Whether a browser's Global Privacy Control keeps its data out.
    pub honour_gpc: bool,
    /// The rules by which bodies are scrubbed, compiled.
    pub scrubber: Arc<Scrubber>,
    /// At least one.
    pub apps: Vec<App>,
    /// All of it as TOML, secrets redacted.
    pub printed: String,
}

/// The Datadog sink.
#[derive(Clone, Debug)]
pub struct DatadogConfig {
    /// Scheme, host and port of the intake; paths are appended.
    pub intake: Url,
    /// Where the client token comes from. It goes into every request to the intake, and nowhere else.
    pub client_token: ClientToken,
}

/// The embedded store.
#[derive(Clone, Copy, Debug)]
pub struct StoreConfig {
    /// Age at which stored data is deleted.
    pub retention: Duration,
    /// Size at which the oldest recorded sessions are deleted (bytes).
    pub max_replay_bytes: u64,
}

/// An application whose data is taken.
#[derive(Clone, Debug)]
pub struct App {
    /// Lower-case UUID.
    pub id: String,
    /// Label in metrics.
    pub name: String,
    /// What a page sends as `k` or `dd-api-key`.
    pub public_key: String,
    /// Where its host pages live.
    pub origins: Origins,
    /// Whether requests must say that the visitor agreed.
    pub consent: Consent,
    /// How much of each track it may send; every track is in it.
    pub limits: BTreeMap<Track, Limit>,
    /// What its pages may record.
    pub replay: ReplayPolicy,
}

/// The origins an app's pages may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origins {
    /// Any origin, and requests that name none.
    Any,
    /// Exactly these.
    Listed(HashSet<String>),
}

impl Origins {
    /// Whether a request with this `Origin` header may carry the app's data.
    pub fn allows(&self, origin: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(origins) => origin.is_some_and(|origin| origins.contains(origin)),
        }
    }
}

/// Reads all layers and joins them, unchecked.
pub fn read(flags: &Flags, environment: &dyn Fn(&str) -> Option<String>) -> Result<RawConfig, ConfigError> {
    layers::join(flags, environment)
}

/// The effective configuration as TOML, secrets redacted.
pub fn print(raw: &RawConfig) -> Result<String, ConfigError> {
    toml::to_string(raw).map_err(|error| option("", error.to_string()))
}

impl TryFrom<RawConfig> for Config {
    type Error = ConfigError;

    fn try_from(raw: RawConfig) -> Result<Self, ConfigError> {
        let config = Self {
            listen: address("listen", &raw.listen)?,
            viewer_listen: address("viewer_listen", &raw.viewer_listen)?,
            data_dir: PathBuf::from(&raw.data_dir),
            log: LogFilter::parse(&raw.log)
                .map(|_| raw.log.clone())
                .map_err(|reason| option("log", reason))?,
            shutdown_timeout: Duration::from_secs(raw.shutdown_timeout_s),
            drain_delay: Duration::from_secs(raw.drain_delay_s),
            intake: intake::intake(&raw.intake)?,
            tls: tls::tls(&raw.tls)?,
            audit_file: raw.audit.file.as_ref().map(PathBuf::from),
            otlp: otlp::otlp(&raw.telemetry)?,
            journal: journal::journal(&raw.journal)?,
            datadog: datadog(&raw.sink.datadog)?,
            store: store(raw.sink.store)?,
            client_ip: raw.privacy.client_ip,
            honour_gpc: raw.privacy.honour_gpc,
            scrubber: Arc::new(scrubber(&raw)?),
            printed: print(&raw)?,
            apps: apps(&raw)?,
        };
        if config.datadog.is_none() && config.store.is_none() {
            let reason = "no destination is left: set sink.datadog.client_token or sink.store.enabled";
            return Err(option("sink", reason));
        }
        Ok(config)
    }
}

/// `[intake]` alone, for tests of the doors.
#[cfg(test)]
pub(crate) fn intake(raw: &RawConfig) -> Result<IntakeConfig, ConfigError> {
    intake::intake(&raw.intake)
}

/// The rules alone, for commands that need no app and no destination.
pub fn scrubber(raw: &RawConfig) -> Result<Scrubber, ConfigError> {
    scrub::scrubber(&raw.scrub)
}

fn option(path: impl Into<String>, reason: impl Into<String>) -> ConfigError {
    ConfigError::Option { path: path.into(), reason: reason.into() }
}

fn address(path: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse()
        .map_err(|_| option(path, format!("`{text}` is not an address and port such as 127.0.0.1:8080")))
}

fn store(raw: raw::RawStore) -> Result<Option<StoreConfig>, ConfigError> {
    if raw.enabled && raw.retention_days == 0 {
        return Err(option("sink.store.retention_days", "expected at least 1"));
    }
    let retention = Duration::from_secs(u64::from(raw.retention_days) * 24 * 60 * 60);
    Ok(raw.enabled.then_some(StoreConfig { retention, max_replay_bytes: raw.max_replay_bytes }))
}

fn datadog(raw: &raw::RawDatadog) -> Result<Option<DatadogConfig>, ConfigError> {
    let intake = match &raw.intake_url {
        Some(text) => safe_url("sink.datadog.intake_url", text)?,
        None => intake_of_site(&raw.site)?,
    };
    Ok(token::client_token(raw)?.map(|client_token| DatadogConfig { intake, client_token }))
}

fn intake_of_site(site: &str) -> Result<Url, ConfigError> {
    let path = "sink.datadog.site";
    if !SITES.contains(&site) {
        return Err(option(path, format!("`{site}` is none of {}", SITES.join(", "))));
    }
    // us3.datadoghq.com -> browser-intake-us3-datadoghq.com: every dot but the last becomes a dash.
    let (name, top_level) = site.rsplit_once('.').unwrap_or((site, "com"));
    let url = format!("https://browser-intake-{}.{top_level}", name.replace('.', "-"));
    Url::parse(&url).map_err(|error| option(path, error.to_string()))
}

/// The URL of a server that the client token is sent to or comes from.
fn safe_url(path: &str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| option(path, format!("`{text}`: {error}")))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    // The client token crosses a network only inside TLS.
    if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
        return Err(option(path, "expected https, or http to a loopback address"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(option(path, "expected scheme, host and port only; the path is appended"));
    }
    Ok(url)
}

fn apps(raw: &RawConfig) -> Result<Vec<App>, ConfigError> {
    if raw.app.is_empty() {
        return Err(option("app", "no [[app]] is configured, so no data could be taken"));
    }
    let mut seen = HashSet::new();
    let mut apps = Vec::with_capacity(raw.app.len());
    for (index, own) in raw.app.iter().enumerate() {
        let app = app(&format!("app[{index}]"), own, raw)?;
        for unique in
            [format!("id {}", app.id), format!("name {}", app.name), format!("key {}", app.public_key)]
        {
            if !seen.insert(unique.clone()) {
                return Err(option(format!("app[{index}]"), format!("another app has the same {unique}")));
            }
        }
        apps.push(app);
    }
    Ok(apps)
}

fn app(path: &str, raw: &raw::RawApp, common: &RawConfig) -> Result<App, ConfigError> {
    let id = Id::parse(&raw.id)
        .ok_or_else(|| option(format!("{path}.id"), format!("`{}` is not a UUID", raw.id)))?
        .to_text();
    if raw.name.is_empty() || raw.name.chars().count() > MAX_APP_NAME_CHARS {
        return Err(option(format!("{path}.name"), format!("expected 1 to {MAX_APP_NAME_CHARS} characters")));
    }
    let public_key = raw.client_token.clone().unwrap_or_else(|| id.clone());
    if public_key.is_empty() || !public_key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(option(format!("{path}.client_token"), "expected printable characters without blanks"));
    }
    let origins = origins(&format!("{path}.allowed_origins"), &raw.allowed_origins)?;
    let limits = intake::limits(path, &common.limits, &raw.limits)?;
    let replay = replay::policy(common.replay, &raw.replay);
    Ok(App { id, name: raw.name.clone(), public_key, origins, consent: raw.consent, limits, replay })
}

fn origins(path: &str, raw: &[String]) -> Result<Origins, ConfigError> {
    if raw.is_empty() {
        return Err(option(path, "expected at least one origin such as https://shop.example, or \"*\""));
    }
    if raw.iter().any(|origin| origin == "*") {
        return Ok(Origins::Any);
    }
    for text in raw {
        let exact = Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
        // Compared with what a browser would send: a trailing slash or default port would never match.
        if exact.as_deref() != Some(text) {
            let expected = exact.filter(|exact| exact != "null").unwrap_or("https://shop.example".into());
            return Err(option(
                path,
                format!("`{text}` is not an origin, expected for example `{expected}`"),
            ));
        }
    }
    Ok(Origins::Listed(raw.iter().cloned().collect()))
}

#[cfg(test)]
mod tests;
