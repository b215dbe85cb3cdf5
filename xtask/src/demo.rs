//! `cargo xtask demo`: the collector and the demo shop side by side, until Ctrl-C; with `--smoke`, until
//! Chromium has gone through the shop and what arrived has been checked.

use crate::interrupt;
use crate::layout::Layout;
use crate::progress;
use crate::running::{Running, end_group, in_own_group};
use crate::tools::{Browser, Tools};
use crate::{build, process};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The demo shop's registered application; `demo-app/server/rum-settings.ts` has it as its default.
const DEMO_APPLICATION_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
/// Where a newcomer finds everything; a busy port is replaced by a free one.
const INTAKE_PORT: u16 = 8080;
const VIEWER_PORT: u16 = 8081;
const SHOP_PORT: u16 = 5173;
/// Somebody's settings would win over the generated file and start another collector than the one described.
const COLLECTOR_VARIABLES: &str = "COLLECTOR_";
/// Both servers start within a second; a loaded machine gets a multiple of that.
const START_LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// A server that accepts a connection answers at once or not at all.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// The two servers and where they answer.
struct Stack {
    collector: Running,
    shop: Running,
    shop_url: String,
    intake_url: String,
    viewer_url: String,
}

pub(crate) fn run(layout: &Layout, smoke: bool) -> Result<ExitCode> {
    let tools = Tools::of(layout)?;
    let mut steps = build::steps(layout, &tools);
    if smoke {
        steps.push(tools.node_packages_step("tests"));
        steps.push(tools.browser_step());
    }
    progress::run(steps)?;
    interrupt::watch()?;
    if smoke { smoke_run(layout) } else { interactive(layout) }
}

/// One smoke run against what is already built.
pub(crate) fn smoke_run(layout: &Layout) -> Result<ExitCode> {
    let folder = layout.root().join("target/smoke");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    // Made-up visits must never reach a real account.
    let mut stack = Stack::start(layout, &folder, [0, 0, 0], &[COLLECTOR_VARIABLES, "DD_"])?;
    let mut npm = process::command_in(&layout.root().join("tests"), "npm");
    npm.args(["run", "--silent", "smoke", "--", "--demo", &stack.shop_url, "--viewer", &stack.viewer_url]);
    npm.env("RUM_CHROMIUM", Browser::find()?.chromium);
    let mut walk = in_own_group(&mut npm).stdin(Stdio::null()).spawn().context("cannot start npm")?;
    let status = loop {
        if let Some(status) = walk.try_wait()? {
            break status;
        }
        if interrupt::requested() {
            end_group(&mut walk);
        }
        thread::sleep(POLL_INTERVAL);
    };
    stack.check_and_stop()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn interactive(layout: &Layout) -> Result<ExitCode> {
    let folder = layout.root().join("target/demo");
    let ports = [INTAKE_PORT, VIEWER_PORT, SHOP_PORT];
    let mut stack = Stack::start(layout, &folder, ports, &[COLLECTOR_VARIABLES])?;
    println!("{}", stack.invitation());
    while !interrupt::requested() {
        stack.collector.check()?;
        stack.shop.check()?;
        thread::sleep(POLL_INTERVAL);
    }
    println!("\nStopping; the data stays in target/demo/data.");
    stack.check_and_stop()?;
    Ok(ExitCode::SUCCESS)
}

impl Stack {
    /// Ports: intake, viewer, shop; 0 is any free one. The collector does not see variables that start with a
    /// `forgotten` prefix.
    fn start(layout: &Layout, folder: &Path, ports: [u16; 3], forgotten: &[&str]) -> Result<Self> {
        let [intake, viewer, shop] = ports;
        fs::create_dir_all(folder)?;
        // The collector has to know the shop's origin before it starts, so the shop's port is chosen first.
        let shop = free_port(shop)?;
        let shop_url = format!("http://127.0.0.1:{shop}");
        let config = folder.join("collector.toml");
        fs::write(&config, collector_config(folder, &shop_url, port_or_any(intake), port_or_any(viewer)))?;
        let mut command = Command::new(build::collector_binary(layout));
        command.current_dir(layout.root()).arg("serve").arg("--config").arg(&config);
        forget(&mut command, forgotten);
        let mut collector = Running::start("collector", &folder.join("collector.log"), &mut command)?;
        let (intake_url, viewer_url) = collector.wait_for_line(START_LIMIT, addresses)?;

        let mut vite = process::command_in(&layout.root().join("demo-app"), "node");
        vite.args(["node_modules/vite/bin/vite.js", "preview", "--host", "127.0.0.1", "--strictPort"]);
        vite.args(["--port", &shop.to_string()]);
        vite.env("VITE_RUM_ENDPOINT", &intake_url).env("VITE_RUM_APPLICATION_ID", DEMO_APPLICATION_ID);
        let shop = Running::start("demo shop", &folder.join("shop.log"), &mut vite)?;
        let mut stack = Self { collector, shop, shop_url, intake_url, viewer_url };
        stack.wait_until_both_answer()?;
        Ok(stack)
    }

    fn wait_until_both_answer(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        for url in [self.viewer_url.clone(), self.shop_url.clone()] {
            while !answers(&url) {
                self.collector.check()?;
                self.shop.check()?;
                if Instant::now() > deadline {
                    bail!("{url} does not answer after {} s; see the logs in target", START_LIMIT.as_secs());
                }
                thread::sleep(POLL_INTERVAL);
            }
        }
        Ok(())
    }

    /// A server that died on the way is a failure even if nobody noticed.
    fn check_and_stop(&mut self) -> Result<()> {
        self.shop.stop()?;
        self.collector.stop()
    }

    fn invitation(&self) -> String {
        let datadog = match std::env::var("DD_CLIENT_TOKEN") {
            Ok(_) => "on: DD_CLIENT_TOKEN is set, so everything also goes to your Datadog account",
            Err(_) => "off; set DD_CLIENT_TOKEN (and DD_SITE) to forward everything to your account",
        };
        format!(
            "\n  demo shop   {}\n  your data   {}\n  intake      {}\n  Datadog     {datadog}\n\n\
             Open the first two side by side, then in the shop:\n\
             \x20 open a claim and go back            two views with their web vitals\n\
             \x20 Recalculate co-pay                  a slow click: look at its INP\n\
             \x20 Download statement                  an exception\n\
             \x20 Send to prescriber                  a rejected promise\n\
             \x20 Check eligibility                   a request that fails\n\
             \x20 Order a refill, fill in the form    actions, and not a word of what you typed\n\n\
             Ctrl-C stops both.",
            self.shop_url, self.viewer_url, self.intake_url
        )
    }
}

fn collector_config(folder: &Path, shop_url: &str, intake: u16, viewer: u16) -> String {
    // JSON's string escapes are TOML's too.
    let data_dir = json!(folder.join("data"));
    format!(
        "# Written by `cargo xtask demo`.\n\
         listen = \"127.0.0.1:{intake}\"\n\
         viewer_listen = \"127.0.0.1:{viewer}\"\n\
         data_dir = {data_dir}\n\n\
         [[app]]\n\
         id = \"{DEMO_APPLICATION_ID}\"\n\
         name = \"pharmacy-claims\"\n\
         allowed_origins = [\"{shop_url}\"]\n"
    )
}

/// Somebody's settings are not for a program that is told everything.
pub(crate) fn forget(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in std::env::vars_os() {
        if prefixes.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}

/// The collector says where it listens in one JSON line.
pub(crate) fn addresses(line: &str) -> Option<(String, String)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let url = |field: &str| Some(format!("http://{}", line[field].as_str()?));
    (line["event"] == "listening").then(|| Some((url("intake")?, url("viewer")?)))?
}

/// The wanted port, or a free one (and a word about it) when another program has it.
fn free_port(wanted: u16) -> Result<u16> {
    if let Ok(listener) = TcpListener::bind(("127.0.0.1", wanted)) {
        return Ok(listener.local_addr()?.port());
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free on 127.0.0.1")?;
    let free = listener.local_addr()?.port();
    println!("port {wanted} is taken by another program; using {free} instead");
    Ok(free)
}

/// Like [`free_port`], for a server that can choose by itself and say what it chose.
fn port_or_any(wanted: u16) -> u16 {
    if wanted == 0 || TcpListener::bind(("127.0.0.1", wanted)).is_ok() {
        return wanted;
    }
    println!("port {wanted} is taken by another program; using a free one instead");
    0
}

fn answers(url: &str) -> bool {
    let Some(address) = url.strip_prefix("http://").and_then(|a| a.parse::<SocketAddr>().ok()) else {
        return false;
    };
    let Ok(mut stream) = TcpStream::connect_timeout(&address, ANSWER_LIMIT) else { return false };
    let request = format!("GET / HTTP/1.0\r\nHost: {address}\r\nAccept: text/html\r\n\r\n");
    let mut first = [0; 12];
    stream.set_read_timeout(Some(ANSWER_LIMIT)).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first.ends_with(b" 200")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collector_line_with_its_addresses_is_understood() {
        let line = r#"{"level":"INFO","event":"listening","intake":"127.0.0.1:81","viewer":"127.0.0.1:82"}"#;
        assert_eq!(addresses(line), Some(("http://127.0.0.1:81".into(), "http://127.0.0.1:82".into())));
        assert_eq!(addresses(r#"{"event":"stopping","intake":"127.0.0.1:81"}"#), None);
        assert_eq!(addresses("not JSON"), None);
    }

    #[test]
    fn a_busy_port_is_replaced() {
        let busy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = busy.local_addr().unwrap().port();
        assert_ne!(free_port(port).unwrap(), port);
        assert_eq!(port_or_any(port), 0);
    }

    #[test]
    fn a_server_that_refuses_is_not_ready() {
        let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        let answer = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 512]);
            stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap();
        });
        assert!(!answers(&url));
        answer.join().unwrap();
    }
}
