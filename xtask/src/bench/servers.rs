//! The programs of a run: the stub of Datadog's intake, nginx, the collector, and the load.

use super::metrics;
use super::nginx;
use super::sample::LoadReport;
use crate::layout::Layout;
use crate::running::Running;
use crate::{build, demo, process};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// All start within a second; a loaded machine gets a multiple of that.
const START_LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The app of all bodies; `bench/src/workload/mod.rs` has the same.
const APPLICATION_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const ORIGIN: &str = "https://claims.example";

/// What the collector does with a body once it has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sinks {
    /// Datadog's intake is away and the store off: acceptance alone.
    None,
    /// Datadog's intake, as nginx has it.
    Datadog,
    /// The embedded store, Datadog's intake off.
    Store,
}

impl Sinks {
    /// The sink whose backlog has to become zero, by its label in the metrics.
    pub(super) fn label(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Datadog => Some("datadog"),
            Self::Store => Some("store"),
        }
    }
}

/// A server that takes bodies.
pub(super) struct Server {
    running: Running,
    pub(super) address: SocketAddr,
}

impl Server {
    pub(super) fn process(&self) -> u32 {
        self.running.process()
    }

    pub(super) fn stop(mut self) -> Result<()> {
        self.running.stop()
    }
}

/// The program that posts, and plays the intake.
pub(super) fn bench_binary(layout: &Layout) -> PathBuf {
    layout.target().join("release/bench")
}

pub(super) fn start_intake(layout: &Layout, folder: &Path) -> Result<Server> {
    let mut command = Command::new(bench_binary(layout));
    let mut running = Running::start("intake stub", &folder.join("intake.log"), command.arg("intake"))?;
    let address = running
        .wait_for_line(START_LIMIT, |line| line.strip_prefix("listening ")?.parse::<SocketAddr>().ok())?;
    Ok(Server { running, address })
}

/// Bodies the stub has taken so far.
pub(super) fn taken(intake: &Server) -> Result<u64> {
    let text = metrics::get(intake.address, "/")?;
    text.split(' ').next().and_then(|count| count.parse().ok()).context("the intake stub told no count")
}

pub(super) fn start_nginx(folder: &Path, upstream: SocketAddr) -> Result<Server> {
    fs::create_dir_all(folder)?;
    // nginx cannot be asked which port it took, so it is told one that was free a moment ago.
    let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let user = process::output_of(Command::new("id").arg("-un"))?;
    let user = Some(user.trim()).filter(|user| *user == "root");
    let config = folder.join("nginx.conf");
    fs::write(&config, nginx::config(folder, address, upstream, user))?;
    let mut command = Command::new(nginx::find()?);
    // `-e`: before it has read the configuration it would write to the system's log.
    command.arg("-e").arg(folder.join("error.log")).arg("-p").arg(folder).arg("-c").arg(&config);
    let mut running = Running::start("nginx", &folder.join("output.log"), &mut command)?;
    let deadline = Instant::now() + START_LIMIT;
    while TcpStream::connect(address).is_err() {
        running.check()?;
        if Instant::now() > deadline {
            bail!("nginx does not listen after {} s; see {}", START_LIMIT.as_secs(), folder.display());
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(Server { running, address })
}

/// The collector with every default but its folder, its ports, its sinks, and limits on what one app may send:
/// the load is one app at full speed, and what a 429 costs is not the question.
pub(super) fn start_collector(
    layout: &Layout,
    folder: &Path,
    sinks: Sinks,
    upstream: SocketAddr,
) -> Result<Server> {
    fs::create_dir_all(folder)?;
    let config = folder.join("collector.toml");
    fs::write(&config, collector_config(&folder.join("data"), sinks, upstream))?;
    let mut command = Command::new(build::collector_binary(layout));
    command.arg("serve").arg("--config").arg(&config);
    demo::forget(&mut command, &["COLLECTOR_", "DD_"]);
    let mut running = Running::start("collector", &folder.join("collector.log"), &mut command)?;
    let (intake, _) = running.wait_for_line(START_LIMIT, demo::addresses)?;
    let address = intake.trim_start_matches("http://").parse().context("the collector named no address")?;
    Ok(Server { running, address })
}

fn collector_config(data: &Path, sinks: Sinks, upstream: SocketAddr) -> String {
    // Without a token the sink would be off, and the journal would have nothing to keep: that is no deployment.
    // Port 1 refuses every connection.
    let intake = if sinks == Sinks::Datadog { upstream } else { ([127, 0, 0, 1], 1).into() };
    let datadog = format!("[sink.datadog]\nintake_url = \"http://{intake}\"\nclient_token = \"bench\"\n");
    format!(
        "listen = \"127.0.0.1:0\"\n\
         viewer_listen = \"127.0.0.1:0\"\n\
         data_dir = {data}\n\
         {datadog}\
         [sink.store]\n\
         enabled = {store}\n\
         [limits.rum]\n\
         requests_per_s = 0\n\
         [limits.replay]\n\
         requests_per_s = 0\n\
         [[app]]\n\
         id = \"{APPLICATION_ID}\"\n\
         name = \"bench\"\n\
         allowed_origins = [\"{ORIGIN}\"]\n",
        // JSON's string escapes are TOML's too.
        data = json!(data),
        store = sinks == Sinks::Store,
        datadog = if sinks == Sinks::Store { "" } else { &datadog },
    )
}

/// The bounds of one load.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) seconds: f64,
    pub(super) requests: u64,
    /// Number of the first body.
    pub(super) first: u64,
}

/// Posts until a bound is reached and every answer has come.
pub(super) fn load(
    layout: &Layout,
    address: SocketAddr,
    workload: &str,
    connections: usize,
    bounds: Bounds,
) -> Result<LoadReport> {
    let mut command = Command::new(bench_binary(layout));
    command.args(["load", "--address", &address.to_string(), "--workload", workload]);
    command.args(["--connections", &connections.to_string(), "--seconds", &bounds.seconds.to_string()]);
    command.args(["--requests", &bounds.requests.to_string(), "--first", &bounds.first.to_string()]);
    LoadReport::parse(&process::output_of(&mut command)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_has_the_sink_that_is_measured_and_no_other() {
        let config = |sinks| collector_config(Path::new("/b/data"), sinks, ([127, 0, 0, 1], 82).into());
        assert!(config(Sinks::Datadog).contains("intake_url = \"http://127.0.0.1:82\""));
        assert!(config(Sinks::None).contains("intake_url = \"http://127.0.0.1:1\""));
        assert!(config(Sinks::Store).contains("enabled = true") && !config(Sinks::Store).contains("datadog"));
        assert!(config(Sinks::None).contains("enabled = false"));
    }
}
