//! The workspace's own commands. This file reads the arguments; each command lives in the file of its name.

mod bench;
mod build;
mod demo;
mod fields;
mod interrupt;
mod layout;
mod process;
mod progress;
mod running;
mod size;
mod test;
mod tidy;
mod tools;

use anyhow::Result;
use clap::{Parser, Subcommand};
use layout::Layout;
use std::process::ExitCode;

/// Builds, measures, demonstrates and tests the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything for release: dist/sdk, dist/npm, dist/demo and target/release/collector
    Build,
    /// Print what a page loads, in bytes, and compare it with the snapshot and the budgets
    Size {
        /// Print one JSON object instead of a table
        #[arg(long)]
        json: bool,
        /// Write the measured sizes to rum-wasm/size.snap
        #[arg(long)]
        update: bool,
    },
    /// Build, then run the collector and the demo shop side by side until Ctrl-C
    Demo {
        /// Drive Chromium through the shop, check what arrived, and stop
        #[arg(long)]
        smoke: bool,
    },
    /// Run every test: lints, Rust, loader, wasm in a browser, end to end
    Test {
        /// Run one ring alone: lint, tidy, rust, fuzz, wasm, loader, build, types, e2e or smoke
        #[arg(long, value_name = "RING")]
        only: Option<String>,
    },
    /// Measure what things cost, beside what they are compared with
    Bench(bench::Arguments),
    /// Write the numbers of the protocol's fields for those who need them as constants
    Fields,
    /// Check the design's rules that no compiler checks
    Tidy,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    let layout = Layout::of_this_workspace()?;
    match command {
        Command::Build => build::everything(&layout),
        Command::Size { json, update } => size::run(&layout, *json, *update),
        Command::Demo { smoke } => demo::run(&layout, *smoke),
        Command::Test { only } => test::run(&layout, only.as_deref()),
        Command::Bench(arguments) => bench::run(&layout, arguments),
        Command::Fields => fields::run(&layout).map(|()| ExitCode::SUCCESS),
        Command::Tidy => tidy::run(&layout),
    }
}
