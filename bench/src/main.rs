//! The two programs beside a measured server: `bench load`, which posts bodies, and `bench intake`, which takes
//! them where Datadog would. `cargo xtask bench collector` starts both; alone they are good for a profile:
//!
//! ```text
//! bench load --address 127.0.0.1:8080 --workload rum-16k --seconds 10
//! ```

mod connection;
mod head;
mod intake;
mod latency;
mod load;
mod workload;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::time::Duration;
use workload::WorkloadName;

#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Post bodies, each different, and print what came of it as one JSON object
    Load {
        /// The server
        #[arg(long)]
        address: SocketAddr,
        /// What to post
        #[arg(long, value_enum)]
        workload: WorkloadName,
        /// Connections; each has one request under way at any time
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// Time after which nothing new is posted
        #[arg(long, default_value_t = 4.0)]
        seconds: f64,
        /// Number of requests after which nothing new is posted
        #[arg(long, default_value_t = u64::MAX)]
        requests: u64,
        /// Number of the first body; bodies of other numbers differ
        #[arg(long, default_value_t = 0)]
        first: u64,
    },
    /// Take bodies as Datadog's intake does, on a free port; `GET /` tells how many there were
    Intake,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Load { address, workload, connections, seconds, requests, first } => {
            let plan =
                load::Plan { address, connections, time: Duration::from_secs_f64(seconds), requests, first };
            println!("{}", load::run(&plan, &workload.build(address)?)?);
            Ok(())
        }
        Command::Intake => intake::run(),
    }
}
