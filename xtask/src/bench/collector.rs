//! `cargo xtask bench collector`: the real collector and nginx in turn, with the same bodies, in front of the same
//! stub of Datadog's intake. Both share the machine's cores with the load and the stub.

use super::sample::{Sample, Samples, Spread};
use super::servers::{self, Bounds, Server, Sinks};
use super::table::Table;
use super::{budget, machine, metrics, nginx, proc};
use crate::layout::Layout;
use crate::progress::{self, Step};
use crate::{build, interrupt, process};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Connections of the load: enough requests under way that a group commit is worth its sync, few enough that an
/// answer's time is the server's and not the queue's.
const CONNECTIONS: usize = 64;

/// Longest wait for sinks after a load. Past this the row has no figure, and says so.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
const DRAIN_POLL: Duration = Duration::from_millis(20);

/// Names of the workloads in tables.
pub(super) const SMALL: &str = "2 KB batch";
pub(super) const WIDE: &str = "16 KB RUM";
const REPLAY: &str = "60 KB replay";

/// Each with its name for `bench load`.
const WORKLOADS: [(&str, &str); 3] = [(SMALL, "small"), (WIDE, "rum-16k"), (REPLAY, "replay")];

/// What stands between the load and the stub, in the order of a round.
const SUBJECTS: [(&str, Option<Sinks>); 4] = [
    ("nginx", None),
    ("collector, accept", Some(Sinks::None)),
    ("collector, accept + deliver", Some(Sinks::Datadog)),
    ("collector, accept + store", Some(Sinks::Store)),
];

/// How long and how often.
struct Plan {
    rounds: usize,
    seconds: f64,
    /// Most bodies where a sink has to take them all afterwards.
    drained_requests: u64,
    warm_up: Bounds,
}

const FULL: Plan = Plan {
    rounds: 3,
    seconds: 4.0,
    drained_requests: 6_000,
    warm_up: Bounds { seconds: 0.5, requests: 2_000, first: 0 },
};
const QUICK: Plan = Plan {
    rounds: 1,
    seconds: 1.0,
    drained_requests: 2_000,
    warm_up: Bounds { seconds: 0.2, requests: 500, first: 0 },
};

/// Bodies after the warm-up have other numbers, so that none is repeated.
const FIRST_MEASURED: u64 = 1 << 32;

/// All runs of one server with one workload.
pub(super) struct Row {
    pub(super) workload: &'static str,
    pub(super) subject: &'static str,
    pub(super) samples: Samples,
}

struct Bench<'a> {
    layout: &'a Layout,
    plan: &'a Plan,
    folder: PathBuf,
    intake: Server,
    /// Where counts that must be equal are not.
    mismatches: Vec<String>,
}

pub(super) fn run(layout: &Layout, quick: bool, markdown: bool) -> Result<ExitCode> {
    progress::run(vec![
        Step::new("nginx, to compare with", || nginx::ensure(layout)),
        build::collector_step(layout),
        Step::new("load and intake stub (cargo, release)", || {
            let mut cargo = process::command_in(layout.root(), "cargo");
            cargo.args(["build", "--release", "--locked", "--package", "bench"]);
            process::run_logged(layout, "bench", &mut cargo)?;
            Ok("built".into())
        }),
    ])?;
    interrupt::watch()?;
    let folder = layout.target().join("bench");
    clear(&folder)?;
    let machine = machine::describe(&folder)?;
    let plan = if quick { &QUICK } else { &FULL };
    let intake = servers::start_intake(layout, &folder)?;
    let mut bench = Bench { layout, plan, folder, intake, mismatches: Vec::new() };
    let started = Instant::now();
    let rows = bench.rows()?;
    let Bench { intake, mismatches, folder, .. } = bench;
    intake.stop()?;
    clear(&folder)?;
    let about = format!(
        "Commit {}, {}, {}. {} connections in a closed loop, {} of {} s per row, in turn. The load and the intake stub \
         share the cores with the server. Figures are medians (lowest-highest) of the rounds.",
        machine::commit(layout.root()),
        machine,
        nginx::version(&nginx::find()?),
        CONNECTIONS,
        if plan.rounds == 1 { "one round".to_owned() } else { format!("{} rounds", plan.rounds) },
        plan.seconds,
    );
    print!("{}", report(&about, &rows, markdown));
    eprintln!("measured for {}", progress::human_duration(started.elapsed()));
    for mismatch in &mismatches {
        eprintln!("FAIL {mismatch}");
    }
    Ok(if mismatches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Bench<'_> {
    /// Every server takes its turn in every round, so that what changes on the machine meanwhile hits all.
    fn rows(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (workload, argument) in WORKLOADS {
            let first = rows.len();
            rows.extend(SUBJECTS.map(|(subject, _)| Row { workload, subject, samples: Samples::default() }));
            for round in 1..=self.plan.rounds {
                for (row, (subject, sinks)) in rows[first..].iter_mut().zip(SUBJECTS) {
                    interrupt::check()?;
                    let sample = self
                        .measure(argument, subject, sinks)
                        .with_context(|| format!("{workload}, {subject}"))?;
                    eprintln!("{workload}, round {round}, {subject}: {}", sample.in_short());
                    row.samples.0.push(sample);
                }
            }
        }
        Ok(rows)
    }

    fn measure(&mut self, workload: &str, subject: &str, sinks: Option<Sinks>) -> Result<Sample> {
        let folder = self.folder.join("server");
        clear(&folder)?;
        let server = match sinks {
            None => servers::start_nginx(&folder, self.intake.address)?,
            Some(sinks) => servers::start_collector(self.layout, &folder, sinks, self.intake.address)?,
        };
        let taken_before = servers::taken(&self.intake)?;
        let warm_up = servers::load(self.layout, server.address, workload, CONNECTIONS, self.plan.warm_up)?;
        let mut accepted = warm_up.accepted();
        if accepted == 0 {
            // Not served, and what a refusal costs is not the question.
            server.stop()?;
            return Ok(Sample { load: warm_up, cpu_us: 0, peak_bytes: 0, seconds_to_drained: None });
        }
        let sink = sinks.and_then(Sinks::label);
        drain(&server, sink, accepted)?;
        let cpu_before = proc::cpu_us(server.process())?;
        let bounds = Bounds {
            seconds: self.plan.seconds,
            requests: if sink.is_some() { self.plan.drained_requests } else { u64::MAX },
            first: FIRST_MEASURED,
        };
        let started = Instant::now();
        let load = servers::load(self.layout, server.address, workload, CONNECTIONS, bounds)?;
        accepted += load.accepted();
        let drained = drain(&server, sink, accepted)?;
        let sample = Sample {
            load,
            cpu_us: proc::cpu_us(server.process())? - cpu_before,
            peak_bytes: proc::peak_bytes(server.process())?,
            seconds_to_drained: (sink.is_some() && drained).then(|| started.elapsed().as_secs_f64()),
        };
        let taken = servers::taken(&self.intake)? - taken_before;
        self.compare(&server, &format!("{workload}, {subject}"), sinks, accepted, drained, taken)?;
        server.stop()?;
        Ok(sample)
    }

    /// Every 202 is one body accepted in the metrics and, where it is passed on, one at the stub.
    fn compare(
        &mut self,
        server: &Server,
        what: &str,
        sinks: Option<Sinks>,
        accepted: u64,
        drained: bool,
        taken: u64,
    ) -> Result<()> {
        let mut expect = |name: &str, count: u64, expected: u64| {
            if count != expected {
                self.mismatches.push(format!(
                    "{what}: {accepted} bodies were answered 202, {name} {count}, not {expected}"
                ));
            }
        };
        if sinks.is_some() {
            let text = metrics::get(server.address, "/metrics")?;
            let labels = [("sink", "none"), ("outcome", "accepted")];
            expect("the metrics count", metrics::sum(&text, "collector_outcomes_total", &labels), accepted);
        }
        if !drained {
            self.mismatches.push(format!("{what}: not delivered within {} s", DRAIN_LIMIT.as_secs()));
            return Ok(());
        }
        match sinks {
            None | Some(Sinks::Datadog) => expect("the intake took", taken, accepted),
            Some(_) => expect("the intake took", taken, 0),
        }
        Ok(())
    }
}

/// Waits until a sink has acknowledged everything; whether it did in time.
fn drain(server: &Server, sink: Option<&str>, accepted: u64) -> Result<bool> {
    let Some(sink) = sink else { return Ok(true) };
    let deadline = Instant::now() + DRAIN_LIMIT;
    loop {
        interrupt::check()?;
        let text = metrics::get(server.address, "/metrics")?;
        let delivered =
            metrics::sum(&text, "collector_outcomes_total", &[("sink", sink), ("outcome", "delivered")]);
        if metrics::sum(&text, "collector_delivery_backlog", &[("sink", sink)]) == 0 && delivered >= accepted
        {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Ok(false);
        }
        thread::sleep(DRAIN_POLL);
    }
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn report(about: &str, rows: &[Row], markdown: bool) -> String {
    let header = [
        "body",
        "server",
        "accepted/s",
        "delivered/s",
        "CPU µs/body",
        "p50 ms",
        "p99 ms",
        "RSS MB",
        "CPU : nginx",
        "rate : nginx",
        "errors",
    ];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(|row| cells(row, rows)));
    let table = Table(table);
    let bullet = if markdown { "- " } else { "budget  " };
    let verdicts: Vec<String> =
        budget::verdicts(rows).iter().map(|verdict| format!("{bullet}{verdict}\n")).collect();
    let table = if markdown { table.markdown() } else { table.plain() };
    format!("{about}\n\n{table}\n{}", verdicts.concat())
}

fn cells(row: &Row, rows: &[Row]) -> Vec<String> {
    let Row { workload, subject, samples } = row;
    let mut cells = vec![(*workload).to_owned(), (*subject).to_owned()];
    if samples.accepted_per_s().is_none() {
        cells.push("not served".into());
        cells.extend(vec![String::new(); 7]);
        cells.push(samples.errors());
        return cells;
    }
    let figures = [
        samples.accepted_per_s(),
        samples.drained_per_s(),
        samples.cpu_us(),
        samples.p50_ms(),
        samples.p99_ms(),
        samples.peak_mb(),
    ];
    cells.extend(figures.map(|figure| figure.map_or_else(|| "-".to_owned(), Spread::text)));
    let ratios = [budget::cpu_ratio(rows, workload, subject), budget::rate_ratio(rows, workload, subject)];
    cells.extend(ratios.map(|ratio| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))));
    cells.push(samples.errors());
    cells
}
