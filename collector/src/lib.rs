//! The collector: it takes real user monitoring data from browsers, keeps it safe, and passes it on.
//!
//! # The path of a batch
//! ```text
//! browser ── POST /v1 ──> server ──> app ──> intake ─────────> journal ──> 202
//!            POST /dd                        path, method        │ synced
//!                                            key, origin         │
//!                                            length, inflated    ├──> delivery ──> sink/datadog ──> Datadog intake
//!                                            shape               └──> delivery ──> sink/store ──> viewer
//! ```
//! 1. [`server`] accepts the connection, [`app`] routes it.
//! 2. [`intake`] asks its questions, cheapest first, and refuses at the first wrong answer. Our SDK's door and
//!    the official Datadog SDK's differ only in where the key stands and how a body is checked.
//! 3. [`scrub`] takes personal data and secrets out of it, by rule and by path; of the browser's address it
//!    keeps what the configuration says.
//! 4. [`journal`] writes the body with others in one synced commit, replay apart from events; only then the
//!    browser reads 202.
//! 5. [`delivery`] reads each sink's share of a lane from its own cursor, retries, and acknowledges.
//!    What a sink will never take is a [`dead_letter`].
//! 6. [`sink`] turns it into a request to Datadog's intake, or into rows the [`viewer`] shows.
//!
//! The sink for Datadog adds the real client token, which comes from [`token`]; pages never see it.
//!
//! Every body has one [`outcome`] at the door and one per sink; [`telemetry`] counts them. [`config`] is read at
//! the start, and again by [`reload`], which changes the [`settings`] that requests are judged by. [`start`] wires
//! everything and nothing else does.

// "SQLite" is a name, not an item that lacks its backticks.
#![allow(clippy::doc_markdown)]
// A scrubber makes something scrubbed, as a rule that applies makes something applied.
#![allow(clippy::similar_names)]

pub mod app;
pub mod audit;
pub mod check;
pub mod config;
pub mod connections;
mod database_file;
pub mod dead_letter;
pub mod delivery;
pub mod intake;
pub mod journal;
pub mod logging;
pub mod outcome;
pub mod reload;
pub mod scrub;
pub mod server;
pub mod settings;
pub mod sink;
pub mod stack;
pub mod telemetry;
pub mod tls;
pub mod token;
pub mod trace;
#[cfg(feature = "otlp")]
pub mod trace_export;
pub mod track;
pub mod viewer;

#[cfg(test)]
mod tls_test;

use audit::AUDIT;
use config::Config;
use connections::Connections;
use dead_letter::{DeadLetterError, DeadLetters};
use delivery::Delivery;
use intake::limit::Usage;
use intake::reading::ReadingRoom;
use intake::{Intake, TakenSegments};
use journal::{JournalError, Journals};
use reload::Reloader;
use server::Port;
use settings::{Current, Settings};
use sink::Sink;
use sink::datadog::{DatadogSetupError, DatadogSink};
use sink::store::{StoreError, StoreReader, StoreSink};
use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Telemetry;
use tls::{Certificates, TlsError};
use token::TokenSource;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use track::Lane;

/// Why the collector cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The data folder cannot be made.
    #[error("cannot use the data folder: {0}")]
    DataFolder(io::Error),
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The dead letters cannot be opened.
    #[error(transparent)]
    DeadLetters(#[from] DeadLetterError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The Datadog sink cannot be made.
    #[error(transparent)]
    Datadog(#[from] DatadogSetupError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Two metrics have one name.
    #[error("metrics cannot be registered: {0}")]
    Telemetry(#[from] prometheus::Error),
}

/// A collector at work.
pub struct Running {
    /// Where the intake listens.
    pub intake: SocketAddr,
    /// Where the viewer listens.
    pub viewer: SocketAddr,
    /// Where a new configuration goes.
    pub reloader: Reloader,
    journals: Arc<Journals>,
    /// Cancelled first: `/readyz` says so, and everything is still taken.
    draining: CancellationToken,
    drain_delay: Duration,
    /// Cancelled next: no new connections, requests may finish.
    stop_serving: CancellationToken,
    /// Cancelled when no request can come any more.
    stop_delivering: CancellationToken,
    servers: JoinSet<()>,
    deliveries: JoinSet<()>,
    grace: Duration,
}

/// Starts everything with metrics of its own.
pub async fn start(config: &Config) -> Result<Running, StartError> {
    start_counted(config, Telemetry::new()?).await
}

/// Starts everything: the composition root.
pub async fn start_counted(config: &Config, telemetry: Telemetry) -> Result<Running, StartError> {
    // What is in there is about people: nobody else on this machine needs to read it.
    DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir).map_err(StartError::DataFolder)?;
    let (stop_serving, stop_delivering) = (CancellationToken::new(), CancellationToken::new());
    let mut deliveries = JoinSet::new();

    let Destinations { sinks, store, reader, tokens } = destinations(config, &telemetry)?;
    if let Some(store) = &store {
        deliveries.spawn(store.clone().run_retention(stop_delivering.clone()));
    }
    if let Some(tokens) = &tokens {
        deliveries.spawn(tokens.clone().run(stop_delivering.clone()));
    }
    let names: Vec<_> = sinks.iter().map(|sink| sink.name()).collect();
    let journals = Arc::new(Journals::open(&config.data_dir, config.journal, &names, telemetry.clone())?);
    let (listener, intake_address) = listen(config.listen).await?;
    let (viewer_listener, viewer_address) = listen(config.viewer_listen).await?;

    let letters = Arc::new(DeadLetters::open(&config.data_dir, telemetry.clone())?);
    for (sink, lane) in sinks.iter().flat_map(|sink| Lane::ALL.map(|lane| (sink.clone(), lane))) {
        // A delivery per lane, so that replay that waits holds no event up.
        let source = (lane, journals.reader(sink.name(), lane)?);
        let (letters, telemetry, stop) = (letters.clone(), telemetry.clone(), stop_delivering.clone());
        deliveries.spawn(Delivery::new(sink, source, letters, telemetry, stop).run());
    }
    let usage = Arc::new(Usage::open(&config.data_dir.join("usage.json")));
    deliveries.spawn({
        let (usage, stop) = (usage.clone(), stop_delivering.clone());
        async move { usage.run(stop).await }
    });
    let certificates = certificates(config, &telemetry)?;
    let connections = Connections::new(&config.intake, telemetry.clone());
    let intake = Arc::new(Intake {
        settings: Current::new(Settings::new(config)),
        usage,
        reading_room: ReadingRoom::new(config.intake.max_reading_bytes),
        taken_segments: TakenSegments::default(),
        journal: journals.clone(),
        dead_letters: letters,
        telemetry,
    });
    let mut servers = JoinSet::new();
    let grace = config.shutdown_timeout;
    let draining = CancellationToken::new();
    let router = app::intake_router(intake.clone(), draining.clone());
    let reloader = Reloader::new(config, intake, certificates.clone(), store, tokens);
    if let Some(certificates) = &certificates {
        servers.spawn(certificates.clone().watch(stop_serving.clone()));
    }
    let port = Port { listener, router, certificates, connections: connections.clone() };
    servers.spawn(server::serve(port, stop_serving.clone(), grace));
    let router = viewer::router(reader, viewer_address);
    let port = Port { listener: viewer_listener, router, certificates: None, connections };
    servers.spawn(server::serve(port, stop_serving.clone(), grace));
    info!(target: AUDIT, event = "started", version = env!("CARGO_PKG_VERSION"), digest = config.digest());
    info!(event = "listening", intake = %intake_address, viewer = %viewer_address);
    Ok(Running {
        intake: intake_address,
        viewer: viewer_address,
        reloader,
        journals,
        draining,
        drain_delay: config.drain_delay,
        stop_serving,
        stop_delivering,
        servers,
        deliveries,
        grace,
    })
}

impl Running {
    /// Stops in the order of the path: readiness, connections, deliveries, journal. What is not delivered by then is
    /// in the journal and delivered after the next start.
    pub async fn stop(mut self) {
        self.draining.cancel();
        if !self.drain_delay.is_zero() {
            info!(event = "draining", delay_s = self.drain_delay.as_secs());
            tokio::time::sleep(self.drain_delay).await;
        }
        info!(event = "stopping");
        self.stop_serving.cancel();
        while self.servers.join_next().await.is_some() {}
        self.stop_delivering.cancel();
        let finished = async { while self.deliveries.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, finished).await.is_err() {
            warn!(event = "deliveries_cut_off", effect = "repeated after the next start");
            self.deliveries.abort_all();
        }
        if tokio::time::timeout(self.grace, self.journals.close()).await.is_err() {
            warn!(event = "journal_not_closed", effect = "recovered at the next start");
        }
        info!(target: AUDIT, event = "stopped");
    }
}

/// Where entries go, and what reads the store.
struct Destinations {
    sinks: Vec<Arc<dyn Sink>>,
    store: Option<Arc<StoreSink>>,
    reader: Option<Arc<StoreReader>>,
    tokens: Option<Arc<TokenSource>>,
}

fn destinations(config: &Config, telemetry: &Telemetry) -> Result<Destinations, StartError> {
    let mut opened = Destinations { sinks: Vec::new(), store: None, reader: None, tokens: None };
    if let Some(store_config) = config.store {
        let path = config.data_dir.join("store.sqlite");
        let store = Arc::new(StoreSink::open(&path, store_config, telemetry.clone())?);
        opened.reader = Some(Arc::new(StoreReader::open(&path)?));
        opened.sinks.push(store.clone());
        opened.store = Some(store);
    }
    if let Some(datadog) = &config.datadog {
        let tokens = TokenSource::new(&datadog.client_token, telemetry.clone());
        opened.sinks.push(Arc::new(DatadogSink::new(datadog, tokens.clone())?));
        opened.tokens = Some(tokens);
        info!(event = "sink_on", sink = "datadog", host = datadog.intake.host_str());
    } else {
        let reason =
            "no client token is configured (DD_CLIENT_TOKEN, DD_CLIENT_TOKEN_FILE, client_token_aws_secret)";
        warn!(event = "sink_off", sink = "datadog", reason);
    }
    Ok(opened)
}

fn certificates(config: &Config, telemetry: &Telemetry) -> Result<Option<Arc<Certificates>>, TlsError> {
    let load = |tls| Certificates::load(tls, telemetry.clone()).map(Arc::new);
    config.tls.as_ref().map(load).transpose()
}

/// The listener and the address it really has.
async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
