//! The `collector` command: arguments, configuration, logging, signals. Everything else is in the library.

use clap::{Args, Parser, Subcommand, ValueEnum};
use collector::config::{self, Config, ConfigError, Flags};
use collector::dead_letter::command::{self as dead_letter, Selection};
use collector::scrub::explain::Input;
use collector::scrub::{self, EventShape};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;

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
    /// Run until SIGTERM or SIGINT.
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
        Command::Serve(options) => serve(&options.into()),
        Command::Scrub { track, explain, config } => {
            scrub(&Flags { config, ..Flags::default() }, track, explain)
        }
        Command::Deadletter { config, data_dir, command } => {
            dead_letter(&Flags { config, data_dir, ..Flags::default() }, command)
        }
        Command::Config { command: ConfigCommand::Print(options) } => print(&options.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
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
    let mut out = std::io::stdout().lock();
    let done = match command {
        DeadLetterCommand::List { sink, limit } => {
            dead_letter::list(data_dir, sink.as_deref(), limit, &mut out)
        }
        DeadLetterCommand::Show { id } => dead_letter::show(data_dir, id, &mut out),
        DeadLetterCommand::Replay { id, sink, .. } => {
            // Who put what back is logged, as the collector logs.
            collector::telemetry::start_logging(&raw.log)?;
            let selection = id.map_or(Selection::All(sink.as_deref()), Selection::One);
            dead_letter::replay(data_dir, selection, &mut out).map(drop)
        }
    };
    done.map_err(|error| error.to_string())
}

fn serve(flags: &Flags) -> Result<(), String> {
    let config = read(flags).and_then(|raw| Config::try_from(raw).map_err(|error| error.to_string()))?;
    collector::telemetry::start_logging(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(async {
        // Before the start, so that a signal during it is not missed.
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let running = collector::start(&config).await.map_err(|error| error.to_string())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::select! {
            () = running.stop() => Ok(()),
            // A second signal means now. The journal is built for that.
            _ = terminate.recv() => { error!(event = "stopped_at_once"); Ok(()) }
            _ = interrupt.recv() => { error!(event = "stopped_at_once"); Ok(()) }
        }
    })
}

fn read(flags: &Flags) -> Result<config::RawConfig, String> {
    config::read(flags, &|name| std::env::var(name).ok()).map_err(|error: ConfigError| error.to_string())
}
