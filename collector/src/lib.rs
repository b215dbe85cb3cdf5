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
//! Every body has one [`outcome`] at the door and one per sink; [`telemetry`] counts them. [`config`] is read
//! once at the start. [`start`] wires everything and nothing else does.

// "SQLite" is a name, not an item that lacks its backticks.
#![allow(clippy::doc_markdown)]
// A scrubber makes something scrubbed, as a rule that applies makes something applied.
#![allow(clippy::similar_names)]

pub mod app;
pub mod config;
mod database_file;
pub mod dead_letter;
pub mod delivery;
pub mod intake;
pub mod journal;
pub mod outcome;
pub mod scrub;
pub mod server;
pub mod sink;
pub mod telemetry;
pub mod token;
pub mod track;
pub mod viewer;

use config::Config;
use dead_letter::{DeadLetterError, DeadLetters};
use delivery::Delivery;
use intake::Intake;
use intake::admission::Registry;
use intake::limit::Usage;
use intake::reading::ReadingRoom;
use journal::{JournalError, Journals};
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
    journals: Arc<Journals>,
    /// Cancelled first: no new connections, requests may finish.
    stop_serving: CancellationToken,
    /// Cancelled when no request can come any more.
    stop_delivering: CancellationToken,
    servers: JoinSet<()>,
    deliveries: JoinSet<()>,
    grace: Duration,
}

/// Starts everything: the composition root.
pub async fn start(config: &Config) -> Result<Running, StartError> {
    // What is in there is about people: nobody else on this machine needs to read it.
    DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir).map_err(StartError::DataFolder)?;
    let telemetry = Telemetry::new()?;
    let (stop_serving, stop_delivering) = (CancellationToken::new(), CancellationToken::new());
    let mut deliveries = JoinSet::new();

    let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
    let mut reader = None;
    if let Some(store_config) = config.store {
        let path = config.data_dir.join("store.sqlite");
        let store = Arc::new(StoreSink::open(&path, store_config, telemetry.clone())?);
        reader = Some(Arc::new(StoreReader::open(&path)?));
        deliveries.spawn(store.clone().run_retention(stop_delivering.clone()));
        sinks.push(store);
    }
    sinks.extend(datadog_sink(config, &telemetry, &mut deliveries, &stop_delivering)?);

    let names: Vec<_> = sinks.iter().map(|sink| sink.name()).collect();
    let journals = Arc::new(Journals::open(&config.data_dir, config.journal, &names, telemetry.clone())?);
    let listener = listen(config.listen).await?;
    let viewer_listener = listen(config.viewer_listen).await?;
    let address = |listener: &TcpListener, configured| {
        listener.local_addr().map_err(|source| StartError::Listen { address: configured, source })
    };
    let intake_address = address(&listener, config.listen)?;
    let viewer_address = address(&viewer_listener, config.viewer_listen)?;

    let letters = Arc::new(DeadLetters::open(&config.data_dir, telemetry.clone())?);
    for sink in sinks {
        // A delivery per lane, so that replay that waits holds no event up.
        for lane in Lane::ALL {
            let source = (lane, journals.reader(sink.name(), lane)?);
            let (letters, telemetry, stop) = (letters.clone(), telemetry.clone(), stop_delivering.clone());
            deliveries.spawn(Delivery::new(sink.clone(), source, letters, telemetry, stop).run());
        }
    }
    let usage = Arc::new(Usage::open(&config.data_dir.join("usage.json")));
    deliveries.spawn({
        let (usage, stop) = (usage.clone(), stop_delivering.clone());
        async move { usage.run(stop).await }
    });
    let intake = Arc::new(Intake {
        registry: Registry::new(&config.apps),
        config: config.intake.clone(),
        usage,
        reading_room: ReadingRoom::new(config.intake.max_reading_bytes),
        journal: journals.clone(),
        dead_letters: letters,
        telemetry,
        scrubber: config.scrubber.clone(),
        client_ip: config.client_ip,
        honour_gpc: config.honour_gpc,
    });
    let mut servers = JoinSet::new();
    let grace = config.shutdown_timeout;
    let router = app::intake_router(intake, stop_serving.clone());
    servers.spawn(server::serve(listener, router, stop_serving.clone(), grace));
    let router = viewer::router(reader, viewer_address);
    servers.spawn(server::serve(viewer_listener, router, stop_serving.clone(), grace));
    info!(event = "listening", intake = %intake_address, viewer = %viewer_address);
    Ok(Running {
        intake: intake_address,
        viewer: viewer_address,
        journals,
        stop_serving,
        stop_delivering,
        servers,
        deliveries,
        grace,
    })
}

impl Running {
    /// Stops in the order of the path: connections, deliveries, journal. What is not delivered by then is
    /// in the journal and delivered after the next start.
    pub async fn stop(mut self) {
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
        info!(event = "stopped");
    }
}

/// The sink for Datadog and the task that renews its token, or a line that says why there is none.
fn datadog_sink(
    config: &Config,
    telemetry: &Telemetry,
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> Result<Option<Arc<dyn Sink>>, DatadogSetupError> {
    let Some(datadog) = &config.datadog else {
        let reason =
            "no client token is configured (DD_CLIENT_TOKEN, DD_CLIENT_TOKEN_FILE, client_token_aws_secret)";
        warn!(event = "sink_off", sink = "datadog", reason);
        return Ok(None);
    };
    let tokens = TokenSource::new(&datadog.client_token, telemetry.clone());
    let sink = DatadogSink::new(datadog, tokens.clone())?;
    tasks.spawn(tokens.run(stop.clone()));
    info!(event = "sink_on", sink = "datadog", host = datadog.intake.host_str());
    Ok(Some(Arc::new(sink)))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}
