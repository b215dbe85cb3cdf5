//! `cargo xtask bench <sdk|replay|collector>`: what things cost, beside what they are compared with, in the same
//! run on the same machine.

mod budget;
mod collector;
mod machine;
mod metrics;
mod nginx;
mod page;
mod proc;
mod sample;
mod servers;
mod table;

use crate::layout::Layout;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::process::ExitCode;

#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// The SDK's main-thread cost in a page
    Sdk,
    /// What recording a page costs it
    Replay,
    /// The collector, beside nginx as a plain proxy
    Collector,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// What to measure
    subject: Subject,
    /// One short round instead of several: a look, not a measurement
    #[arg(long)]
    quick: bool,
    /// Print what goes into docs/benchmarks.md instead of a table for a terminal
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn run(layout: &Layout, arguments: &Arguments) -> Result<ExitCode> {
    match arguments.subject {
        Subject::Collector => collector::run(layout, arguments.quick, arguments.markdown),
        Subject::Sdk => page::run(layout, "bench-sdk", arguments.quick, arguments.markdown),
        Subject::Replay => page::run(layout, "bench-replay", arguments.quick, arguments.markdown),
    }
}
