//! The `collector` command: arguments, configuration, logging, signals. Everything else is in the library.

use clap::{Args, Parser, Subcommand, ValueEnum};
use collector::audit::{self, AuditLog};
use collector::check::{self, CheckOptions};
use collector::config::{self, Config, ConfigError, Flags, RawConfig};
use collector::dead_letter::command::{self as dead_letter, Selection};
use collector::logging::{LogFilter, Logging};
use collector::scrub::explain::Input;
use collector::scrub::{self, EventShape};
use collector::telemetry::Telemetry;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;
use url::Url;

/// Bodies are taken on one thread and dropped on another, in sizes that vary: glibc's allocator spends a tenth of
/// the CPU time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Takes real user monitoring data from browsers, journals it, and delivers it to Datadog and to an
/// embedded store.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run until SIGTERM or SIGINT; SIGHUP reads the configuration again.
    Serve(Options),
    /// Scrub events of NDJSON, or a segment of replay, from standard input and print them as the rules in force
    /// would journal them.
    Scrub {
        /// What is read.
        #[arg(long, value_enum, default_value_t)]
        track: ScrubTrack,
        /// Print instead, by line, which rule changes which value.
        #[arg(long)]
        explain: bool,
        /// Configuration file; `collector.toml` here if there is one [env: `COLLECTOR_CONFIG`].
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Prove a set-up end to end and say what would mend it: configuration, data folder, the way to Datadog, the
    /// client token, and each app and origin through the running collector.
    ///
    /// Sends test events, which Datadog and the store really keep, as events of the service "collector-check".
    Check(CheckArguments),
    /// Look at what was refused for good, and have it delivered again. Works beside a running collector.
    Deadletter {
        /// Configuration file; `collector.toml` here if there is one [env: `COLLECTOR_CONFIG`].
        #[arg(long, value_name = "FILE", global = true)]
        config: Option<PathBuf>,
        /// Folder of the journal and the store.
        #[arg(long, value_name = "DIR", global = true)]
        data_dir: Option<String>,
        #[command(subcommand)]
        command: DeadLetterCommand,
    },
    /// Look at the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ScrubTrack {
    /// Events of RUM, one per line.
    #[default]
    Rum,
    /// Events of Logs, one per line.
    Logs,
    /// The JSON of one segment of replay.
    Replay,
}

impl From<ScrubTrack> for Input {
    fn from(track: ScrubTrack) -> Self {
        match track {
            ScrubTrack::Rum => Self::Events(EventShape::Rum),
            ScrubTrack::Logs => Self::Events(EventShape::Logs),
            ScrubTrack::Replay => Self::Segment,
        }
    }
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the configuration in force, secrets redacted.
    Print(Options),
}

#[derive(Subcommand)]
enum DeadLetterCommand {
    /// Print the newest ones as a table.
    List {
        /// Only those of this sink (`datadog`, `store`), or `intake` for samples of what was refused there.
        #[arg(long)]
        sink: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Print all about one: header, reason, the sink's words, events.
    Show {
        /// As `list` prints it.
        id: i64,
    },
    /// Have one or all delivered again, to the sink that refused them: within seconds by a running collector,
    /// else at its next start.
    Replay {
        /// As `list` prints it.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<i64>,
        /// All there are.
        #[arg(long)]
        all: bool,
        /// With `--all`: only those of this sink.
        #[arg(long, requires = "all")]
        sink: Option<String>,
    },
}

#[derive(Args)]
struct CheckArguments {
    /// Configuration file; `collector.toml` here if there is one [env: `COLLECTOR_CONFIG`].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only this app; all by default.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Only this origin, such as `https://shop.example`; all that the apps list by default.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// Where browsers reach the collector; the configured address by default.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Send no test events; the client token is then not proven.
    #[arg(long)]
    no_send: bool,
}

#[derive(Args)]
struct Options {
    /// Configuration file; `collector.toml` here if there is one [env: `COLLECTOR_CONFIG`].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the intake; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the viewer; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    viewer_listen: Option<String>,
    /// Folder of the journal and the store.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

impl From<Options> for Flags {
    fn from(options: Options) -> Self {
        let Options { config, listen, viewer_listen, data_dir } = options;
        Self { config, listen, viewer_listen, data_dir }
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(options) => serve(&options.into()).map(|()| true),
        Command::Scrub { track, explain, config } => {
            scrub(&Flags { config, ..Flags::default() }, track, explain).map(|()| true)
        }
        Command::Check(arguments) => check(arguments),
        Command::Deadletter { config, data_dir, command } => {
            dead_letter(&Flags { config, data_dir, ..Flags::default() }, command).map(|()| true)
        }
        Command::Config { command: ConfigCommand::Print(options) } => print(&options.into()).map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            // Plain text, not a log line: a person started this and reads it, and logging may not be up.
            writeln!(std::io::stderr(), "collector: {message}").ok();
            ExitCode::FAILURE
        }
    }
}

fn print(flags: &Flags) -> Result<(), String> {
    let raw = read(flags)?;
    let text = config::print(&raw).map_err(|error| error.to_string())?;
    // A wrong configuration is printed, so that it can be looked at, and then named as wrong.
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Config::try_from(raw).map(drop).map_err(|error| error.to_string())
}

fn scrub(flags: &Flags, track: ScrubTrack, explain: bool) -> Result<(), String> {
    let raw = read(flags)?;
    let scrubber = config::scrubber(&raw).map_err(|error| error.to_string())?;
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let done = if explain {
        scrub::explain::explain(&scrubber, track.into(), &mut input, &mut output)
    } else {
        scrub::explain::rewrite(&scrubber, track.into(), &mut input, &mut output)
    };
    done.map_err(|error| error.to_string())
}

fn dead_letter(flags: &Flags, command: DeadLetterCommand) -> Result<(), String> {
    let raw = read(flags)?;
    let data_dir = Path::new(&raw.data_dir);
    let audit_file = raw.audit.file.as_ref().map(PathBuf::from);
    // Before anything is shown: what cannot be noted is not looked at.
    let note = |event: &str, field: &str, value: serde_json::Value| match &audit_file {
        Some(file) => audit::append(file, event, serde_json::Map::from_iter([(field.to_owned(), value)]))
            .map_err(|error| format!("cannot write the audit log {}: {error}", file.display())),
        None => Ok(()),
    };
    let mut out = std::io::stdout().lock();
    let done = match command {
        DeadLetterCommand::List { sink, limit } => {
            note("dead_letters_listed", "limit", limit.into())?;
            dead_letter::list(data_dir, sink.as_deref(), limit, &mut out)
        }
        DeadLetterCommand::Show { id } => {
            note("dead_letter_shown", "id", id.into())?;
            dead_letter::show(data_dir, id, &mut out)
        }
        DeadLetterCommand::Replay { id, sink, .. } => {
            // Who put what back is logged, as the collector logs.
            let audit = audit_log(audit_file.as_ref(), &new_telemetry()?, AuditLog::waiting)?;
            Logging::start(LogFilter::parse(&raw.log)?, audit.clone())?;
            let selection = id.map_or(Selection::All(sink.as_deref()), Selection::One);
            let replayed = dead_letter::replay(data_dir, selection, &mut out).map(drop);
            if let Some(audit) = audit {
                audit.flush();
            }
            replayed
        }
    };
    done.map_err(|error| error.to_string())
}

/// Whether every step succeeded. What failed is on standard output.
fn check(arguments: CheckArguments) -> Result<bool, String> {
    let CheckArguments { config, app, origin, url, no_send } = arguments;
    let raw = read_layers(&Flags { config, ..Flags::default() });
    let options = CheckOptions { app, origin, url, no_send };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    Ok(runtime.block_on(check::run(raw, &options, &mut std::io::stdout())))
}

fn serve(flags: &Flags) -> Result<(), String> {
    let config = read(flags).and_then(|raw| Config::try_from(raw).map_err(|error| error.to_string()))?;
    let telemetry = new_telemetry()?;
    let audit = audit_log(config.audit_file.as_ref(), &telemetry, |log| log)?;
    let logging = Logging::start(LogFilter::parse(&config.log)?, audit.clone())?;
    let result = run(flags, &config, telemetry, &logging, audit.as_deref());
    if let Some(audit) = audit {
        audit.flush();
    }
    result
}

fn new_telemetry() -> Result<Telemetry, String> {
    Telemetry::new().map_err(|error| error.to_string())
}

fn audit_log(
    file: Option<&PathBuf>,
    telemetry: &Telemetry,
    kind: fn(AuditLog) -> AuditLog,
) -> Result<Option<Arc<AuditLog>>, String> {
    let open = |path: &PathBuf| AuditLog::open(path.clone(), telemetry.clone()).map(kind).map(Arc::new);
    let log = file.map(open).transpose();
    log.map_err(|error| format!("cannot start the audit log: {error}"))
}

fn run(
    flags: &Flags,
    config: &Config,
    telemetry: Telemetry,
    logging: &Logging,
    audit: Option<&AuditLog>,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(async {
        // Before the start, so that a signal during it is not missed.
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let mut hangup = signal(SignalKind::hangup()).map_err(|error| error.to_string())?;
        #[cfg(feature = "otlp")]
        let _export = Exporting::start(config)?;
        let running = collector::start_counted(config, telemetry).await.map_err(|error| error.to_string())?;
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => {
                    // First, so that the line about it is in the new file.
                    audit.inspect(|audit| audit.reopen());
                    running.reloader.reload(read_layers(flags), logging).await;
                }
            }
        }
        tokio::select! {
            () = running.stop() => Ok(()),
            // A second signal means now. The journal is built for that.
            _ = terminate.recv() => { error!(event = "stopped_at_once"); Ok(()) }
            _ = interrupt.recv() => { error!(event = "stopped_at_once"); Ok(()) }
        }
    })
}

fn read(flags: &Flags) -> Result<RawConfig, String> {
    read_layers(flags).map_err(|error| error.to_string())
}

fn read_layers(flags: &Flags) -> Result<RawConfig, ConfigError> {
    config::read(flags, &|name| std::env::var(name).ok())
}

/// Sends the last spans when it is dropped, in whatever way the collector ends.
#[cfg(feature = "otlp")]
struct Exporting(Option<collector::trace_export::TraceExport>);

#[cfg(feature = "otlp")]
impl Exporting {
    fn start(config: &Config) -> Result<Self, String> {
        let start = collector::trace_export::TraceExport::start;
        config.otlp.as_ref().map(start).transpose().map(Self).map_err(|error| error.to_string())
    }
}

#[cfg(feature = "otlp")]
impl Drop for Exporting {
    fn drop(&mut self) {
        if let Some(export) = &self.0 {
            // The runtime goes on with the requests that this waits for.
            tokio::task::block_in_place(|| export.close());
        }
    }
}
