//! `collector check`: proves a set-up end to end and says of each fault what would mend it.
//!
//! ```text
//! configuration ──> data folder ──> Datadog: name, connection, TLS, client token ──> a running collector:
//!                                                                      probes; per app and origin: CORS, 202
//! ```
//! One line per step on standard output, `ok`, `FAIL` or `skip`. What a step proves it proves with the parts
//! that `serve` uses: the same reader of the configuration, the same Datadog sink, the same trusted roots. No
//! line holds a token; the public key, which every page shows, is not printed either.

mod certificate;
mod datadog;
mod door;
mod event;
mod folder;

use crate::config::{App, Config, ConfigError, Origins, RawConfig};
use std::io::Write;
use url::Url;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Only this app; all where absent.
    pub app: Option<String>,
    /// Only this origin, whether the configuration lists it or not; all listed ones where absent.
    pub origin: Option<String>,
    /// Where browsers reach the collector; the configured address where absent.
    pub url: Option<Url>,
    /// Store nothing anywhere: no test event is sent.
    pub no_send: bool,
}

/// Prints a line per step and remembers whether one failed.
struct Report<'a> {
    out: &'a mut dyn Write,
    failed: bool,
}

impl Report<'_> {
    fn ok(&mut self, what: &str, found: &str) {
        self.line("ok  ", what, found);
    }

    fn skip(&mut self, what: &str, why: &str) {
        self.line("skip", what, why);
    }

    fn fail(&mut self, what: &str, fault: &Fault) {
        self.failed = true;
        self.line("FAIL", what, &format!("{}; {}", fault.found, fault.mend));
    }

    fn line(&mut self, verdict: &str, what: &str, text: &str) {
        // Whoever closed the pipe does not read the rest; the exit code is still theirs.
        writeln!(self.out, "{verdict}  {what}: {text}").and_then(|()| self.out.flush()).ok();
    }
}

/// What is wrong and what to do about it.
#[derive(Debug)]
struct Fault {
    found: String,
    mend: String,
}

impl Fault {
    fn new(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { found: found.into(), mend: mend.into() }
    }
}

/// Runs every step that makes sense after the ones before it; true if none failed.
pub async fn run(raw: Result<RawConfig, ConfigError>, options: &CheckOptions, out: &mut dyn Write) -> bool {
    let mut report = Report { out, failed: false };
    let config = match raw.and_then(Config::try_from) {
        Ok(config) => config,
        Err(error) => {
            let mend = "collector.example.toml shows every option with its default";
            report.fail("configuration", &Fault::new(error.to_string(), mend));
            return false;
        }
    };
    report.ok("configuration", &summary(&config));
    match subjects(&config, options) {
        Err(fault) => report.fail("app", &fault),
        Ok(subjects) => {
            folder::check(&mut report, &config.data_dir);
            if let Some(file) = &config.audit_file {
                folder::check_audit(&mut report, file);
            }
            certificate::check(&mut report, config.tls.as_ref());
            let app = subjects.first().map_or(&config.apps[0], |(app, _)| app);
            datadog::check(&mut report, &config, app, options.no_send).await;
            let subjects = listed(&mut report, subjects);
            door::check(&mut report, &config, &subjects, options).await;
        }
    }
    !report.failed
}

fn summary(config: &Config) -> String {
    let mut sinks = Vec::new();
    sinks.extend(config.datadog.as_ref().map(|_| "datadog"));
    sinks.extend(config.store.map(|_| "store"));
    let apps: Vec<_> = config.apps.iter().map(|app| app.name.as_str()).collect();
    format!("valid; apps {}; sinks {}", apps.join(", "), sinks.join(", "))
}

/// The apps to look at, each with the origins to try.
fn subjects<'a>(config: &'a Config, options: &CheckOptions) -> Result<Vec<(&'a App, Vec<String>)>, Fault> {
    let wanted = |app: &&App| options.app.as_ref().is_none_or(|name| *name == app.name);
    let subjects: Vec<_> = config
        .apps
        .iter()
        .filter(wanted)
        .map(|app| {
            let origins = match (&options.origin, &app.origins) {
                (Some(origin), _) => vec![origin.clone()],
                // Any will do, so one that nobody can own.
                (None, Origins::Any) => vec![event::ORIGIN.to_owned()],
                (None, Origins::Listed(origins)) => {
                    let mut origins: Vec<_> = origins.iter().cloned().collect();
                    origins.sort_unstable();
                    origins
                }
            };
            (app, origins)
        })
        .collect();
    if subjects.is_empty() {
        let names: Vec<_> = config.apps.iter().map(|app| app.name.as_str()).collect();
        let found = format!("no [[app]] is named {}", options.app.as_deref().unwrap_or_default());
        return Err(Fault::new(found, format!("the configuration has {}", names.join(", "))));
    }
    Ok(subjects)
}

/// Leaves out, with a reason, the origins which the configuration at hand refuses: asking the collector would
/// only say the same again.
fn listed<'a>(
    report: &mut Report<'_>,
    mut subjects: Vec<(&'a App, Vec<String>)>,
) -> Vec<(&'a App, Vec<String>)> {
    for (app, origins) in &mut subjects {
        origins.retain(|origin| {
            let allowed = app.origins.allows(Some(origin));
            if !allowed {
                let what = format!("origin {origin}");
                report.fail(&what, &origin_fault(&app.name, origin));
            }
            allowed
        });
    }
    subjects
}

fn origin_fault(app: &str, origin: &str) -> Fault {
    let found = format!("app {app} does not list it");
    let exact = Url::parse(origin).ok().map(|url| url.origin().ascii_serialization());
    match exact.filter(|exact| exact != origin && exact != "null") {
        Some(exact) => Fault::new(found, format!("no browser sends it so, try --origin {exact}")),
        None => Fault::new(found, format!("add \"{origin}\" to allowed_origins of [[app]] {app}")),
    }
}

/// An error with its causes: "error sending request" alone helps nobody.
fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
