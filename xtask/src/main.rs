//! The workspace's own commands. This file reads the arguments; each command lives in the file of its name.

mod build;
mod layout;
mod process;
mod progress;
mod size;
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
    }
}
