//! The configuration as written by an operator: every option, its name and its default. Nothing is checked
//! here but names and types; [`super::Config`] is what the rest of the program sees.

use super::audit::RawAudit;
use super::intake::{Consent, RawIntake, RawLimits, default_limits};
use super::journal::RawJournal;
use super::otlp::RawTelemetry;
use super::replay::{RawAppReplay, RawReplay};
use super::scrub::{RawPrivacy, RawScrub};
use super::secret::Secret;
use super::tls::RawTls;
use serde::{Deserialize, Serialize};

/// `collector.toml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// Address of the intake.
    pub listen: String,
    /// Address of the viewer.
    pub viewer_listen: String,
    /// Folder of the journal and the store.
    pub data_dir: String,
    /// What to log, in `tracing` filter syntax.
    pub log: String,
    /// Longest wait for requests and deliveries in flight when asked to stop.
    pub shutdown_timeout_s: u64,
    /// How long requests are still taken after `/readyz` has said that it stops.
    pub drain_delay_s: u64,
    /// What the doors take, and from whom.
    pub intake: RawIntake,
    /// How much of each track one app may send.
    pub limits: RawLimits,
    /// TLS on the intake port.
    pub tls: RawTls,
    /// Where the audit log is kept.
    pub audit: RawAudit,
    /// Where the collector's own traces go.
    pub telemetry: RawTelemetry,
    /// Bounds of the journal.
    pub journal: RawJournal,
    /// Destinations.
    pub sink: RawSinks,
    /// What is kept of visitors' addresses.
    pub privacy: RawPrivacy,
    /// What is taken out of bodies.
    pub scrub: RawScrub,
    /// What pages may record.
    pub replay: RawReplay,
    /// The applications whose data is taken.
    pub app: Vec<RawApp>,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            // Loopback: whoever wants to be reachable says so.
            listen: "127.0.0.1:8080".into(),
            viewer_listen: "127.0.0.1:8081".into(),
            data_dir: "./data".into(),
            log: "info".into(),
            // Below the 30 s a container platform waits by default before it kills.
            shutdown_timeout_s: 10,
            // Nobody in front is asked for; who has a load balancer knows how often it looks.
            drain_delay_s: 0,
            intake: RawIntake::default(),
            limits: default_limits(),
            tls: RawTls::default(),
            audit: RawAudit::default(),
            telemetry: RawTelemetry::default(),
            journal: RawJournal::default(),
            sink: RawSinks::default(),
            privacy: RawPrivacy::default(),
            scrub: RawScrub::default(),
            replay: RawReplay::default(),
            app: Vec::new(),
        }
    }
}

/// `[sink]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSinks {
    /// The Datadog intake.
    pub datadog: RawDatadog,
    /// The embedded store behind the viewer.
    pub store: RawStore,
}

/// `[sink.datadog]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawDatadog {
    /// Datadog site, which names the intake host.
    pub site: String,
    /// Overrides the intake host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intake_url: Option<String>,
    /// Client token; without one the sink is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<Secret>,
    /// File that holds the client token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token_file: Option<String>,
    /// Name or ARN of the AWS secret that holds it, with `#key` where that is a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token_aws_secret: Option<String>,
    /// Region of that secret, where neither the ARN nor the AWS environment is to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token_aws_region: Option<String>,
    /// Overrides the endpoint of AWS Secrets Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token_aws_endpoint_url: Option<String>,
    /// Longest time between two fetches of that secret.
    pub client_token_aws_ttl_s: u64,
}

impl Default for RawDatadog {
    fn default() -> Self {
        Self {
            site: "datadoghq.com".into(),
            intake_url: None,
            client_token: None,
            client_token_file: None,
            client_token_aws_secret: None,
            client_token_aws_region: None,
            client_token_aws_endpoint_url: None,
            // 4,300 calls a month, about two cents; a refused token is fetched anew at once anyway.
            client_token_aws_ttl_s: 600,
        }
    }
}

/// `[sink.store]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawStore {
    /// Whether anything is stored here at all.
    pub enabled: bool,
    /// Age at which stored data is deleted.
    pub retention_days: u32,
    /// Size of stored replay at which the oldest sessions are deleted.
    pub max_replay_bytes: u64,
}

impl Default for RawStore {
    fn default() -> Self {
        Self {
            enabled: true,
            // Two weeks: long enough to compare a release with the one before it.
            retention_days: 14,
            // Some 20,000 sessions of a few minutes.
            max_replay_bytes: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// `[[app]]`. No defaults: an application nobody named is not taken.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawApp {
    /// Application id, a UUID.
    pub id: String,
    /// Name in metrics and logs.
    pub name: String,
    /// Public key of the app, sent by the page; the id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Origins of the host pages, or `*`.
    pub allowed_origins: Vec<String>,
    /// Whether requests must say that the visitor agreed.
    #[serde(default)]
    pub consent: Consent,
    /// Limits of its own, by track.
    #[serde(default, skip_serializing_if = "RawLimits::is_empty")]
    pub limits: RawLimits,
    /// What its pages may record, where that differs.
    #[serde(default, skip_serializing_if = "RawAppReplay::is_empty")]
    pub replay: RawAppReplay,
}
