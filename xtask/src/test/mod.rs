//! `cargo xtask test`: every ring, from the cheapest to the whole system in a browser. A ring that fails does
//! not hide the next; the last line is always `N passed, N failed`.

mod count;
mod fuzz;
mod rings;

use crate::build;
use crate::interrupt;
use crate::layout::Layout;
use crate::progress::{self, human_duration};
use crate::tools::Tools;
use anyhow::{Result, bail};
use count::Count;
use rings::{Needs, Ring};
use std::process::ExitCode;
use std::time::{Duration, Instant};

struct Row {
    ring: &'static str,
    count: Count,
    duration: Duration,
}

pub(crate) fn run(layout: &Layout, only: Option<&str>) -> Result<ExitCode> {
    let rings: Vec<&Ring> = match only {
        None => rings::ALL.iter().collect(),
        Some(name) => rings::ALL.iter().filter(|ring| ring.name == name).collect(),
    };
    if rings.is_empty() {
        let names: Vec<_> = rings::ALL.iter().map(|ring| ring.name).collect();
        bail!("there is no such ring; choose one of: {}", names.join(", "));
    }
    let tools = Tools::of(layout)?;
    prepare(layout, &tools, &rings)?;
    interrupt::watch()?;

    let mut rows: Vec<Row> = Vec::new();
    for ring in rings {
        println!("\n===== {}: {} =====", ring.name, ring.headline);
        let start = Instant::now();
        let count = run_ring(layout, &tools, ring, &rows);
        interrupt::check()?;
        rows.push(Row { ring: ring.name, count, duration: start.elapsed() });
    }
    Ok(summary(&rows))
}

fn run_ring(layout: &Layout, tools: &Tools, ring: &Ring, before: &[Row]) -> Count {
    let build_failed = before.iter().any(|row| row.ring == rings::BUILD && row.count.failed > 0);
    if ring.needs == Needs::Build && build_failed {
        println!("not run: the build failed");
        return Count::one(false);
    }
    match (ring.run)(layout, tools) {
        Ok(count) => count.or_failed_if_empty(ring.name),
        Err(error) => {
            println!("{error:#}");
            Count::one(false)
        }
    }
}

/// Fetches what the chosen rings need; a ring run alone also gets an up-to-date build.
fn prepare(layout: &Layout, tools: &Tools, rings: &[&Ring]) -> Result<()> {
    let needs = rings.iter().map(|ring| ring.needs).max().unwrap_or(Needs::Compiler);
    let mut steps = match needs {
        Needs::Compiler => vec![tools.target_step()],
        Needs::Build if rings.iter().all(|ring| ring.name != rings::BUILD) => build::steps(layout, tools),
        Needs::Tools | Needs::Build => tools.steps(),
    };
    if needs > Needs::Compiler {
        steps.extend(["js-loader", "viewer", "demo-app", "tests"].map(|part| tools.node_packages_step(part)));
        steps.push(tools.browser_step());
    }
    if rings.iter().any(|ring| ring.name == rings::BROWSERS) {
        steps.push(tools.other_browsers_step());
    }
    progress::run(steps)
}

fn summary(rows: &[Row]) -> ExitCode {
    let mut total = Count::default();
    println!("\n{:<8} {:>6} {:>6} {:>8}  time", "ring", "passed", "failed", "left out");
    for Row { ring, count, duration } in rows {
        let Count { passed, failed, left_out } = count;
        println!("{ring:<8} {passed:>6} {failed:>6} {left_out:>8}  {}", human_duration(*duration));
        total.add(*count);
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
