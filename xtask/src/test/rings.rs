//! What each ring runs. Checks without tests of their own (format, lints, types) count as one each.

use super::count::Count;
use super::fuzz;
use crate::interrupt;
use crate::layout::Layout;
use crate::progress::{self, human_duration};
use crate::running::{in_own_group, kill_group};
use crate::tools::{Browser, ENGINES, Tools};
use crate::{build, demo, process, size, tidy};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::io::IsTerminal;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The runner's own 20 s are too short where a browser starts on a busy machine.
const WASM_TEST_TIMEOUT_S: &str = "120";
/// One line per test, as a reader wants it; where it is piped, Node.js would print TAP.
const NODE_TEST_OPTIONS: (&str, &str) = ("NODE_OPTIONS", "--test-reporter=spec");
/// The longest runner (end to end, with a minute's outage in it) takes 5 min on 2 busy cores; a hung one must
/// not hang CI.
const RUNNER_LIMIT: Duration = Duration::from_mins(15);
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Headless, as root in a container, and without calls to the vendor's services.
const CHROMIUM_FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
];

/// The collector with its features that are off, all at once: each adds a way, none changes another. Of its tests,
/// those are run that differ.
const WITH_FEATURES: [&str; 4] = ["--package", "collector", "--features", "aws,otlp"];
const TESTS_OF_FEATURES: [&str; 3] = ["--", "token", "otlp"];

type Run = fn(&Layout, &Tools) -> Result<Count>;

/// What has to be there before a ring can run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    Compiler,
    Tools,
    Build,
}

pub(super) struct Ring {
    pub(super) name: &'static str,
    pub(super) headline: &'static str,
    pub(super) needs: Needs,
    pub(super) run: Run,
}

const fn ring(name: &'static str, headline: &'static str, needs: Needs, run: Run) -> Ring {
    Ring { name, headline, needs, run }
}

/// The ring whose failure makes the rings that need a build pointless.
pub(super) const BUILD: &str = "build";

/// The ring that needs more browsers than Chromium.
pub(super) const BROWSERS: &str = "browsers";

pub(super) const ALL: [Ring; 11] = [
    ring("lint", "format, clippy on the host and for wasm32", Needs::Compiler, lint),
    ring("tidy", "the design's rules", Needs::Compiler, tidy_rules),
    ring("rust", "Rust unit and integration tests", Needs::Compiler, rust),
    ring("fuzz", "every decoder of the collector, for a few seconds", Needs::Compiler, fuzz::run),
    ring("wasm", "the SDK core in a real browser", Needs::Tools, wasm),
    ring("loader", "loader and viewer tests", Needs::Tools, loader),
    ring(BUILD, "release build, sizes", Needs::Tools, release_build),
    ring("types", "TypeScript type checks", Needs::Build, types),
    ring("e2e", "end to end in Chromium", Needs::Build, end_to_end),
    ring(BROWSERS, "end to end in Chromium, Firefox and WebKit", Needs::Build, browsers),
    ring("smoke", "the demo, as a newcomer sees it", Needs::Build, smoke),
];

fn lint(layout: &Layout, _: &Tools) -> Result<Count> {
    let cargo = || process::command_in(layout.root(), "cargo");
    let strict = ["--", "-D", "warnings"];
    let mut count = check(cargo().args(["fmt", "--all", "--check"]))?;
    let mut host = cargo();
    host.args(["clippy", "--locked", "--quiet", "--workspace", "--all-targets"]).args(strict);
    count.add(check(&mut host)?);
    let mut features = cargo();
    features.args(["clippy", "--locked", "--quiet"]).args(WITH_FEATURES).arg("--all-targets").args(strict);
    count.add(check(&mut features)?);
    let mut wasm = cargo();
    wasm.args([
        "clippy",
        "--locked",
        "--quiet",
        "--lib",
        "--package",
        "rum-wasm",
        "--package",
        "rum-replay",
        "--package",
        "rum-protocol",
    ])
    .args(["--target", WASM_TARGET])
    .args(strict)
    // All of them go into the page, so the page's bans hold for all.
    .env("CLIPPY_CONF_DIR", layout.root().join("rum-wasm"));
    count.add(check(&mut wasm)?);
    Ok(count)
}

fn tidy_rules(layout: &Layout, _: &Tools) -> Result<Count> {
    let mut count = Count::default();
    for outcome in tidy::check_all(layout)? {
        count.add(Count::one(outcome.print()));
    }
    Ok(count)
}

fn rust(layout: &Layout, _: &Tools) -> Result<Count> {
    let cargo = || process::command_in(layout.root(), "cargo");
    let mut count = stream(cargo().args(["test", "--workspace", "--locked", "--no-fail-fast"]))?;
    let mut features = cargo();
    features.args(["test", "--locked", "--no-fail-fast"]).args(WITH_FEATURES).args(TESTS_OF_FEATURES);
    count.add(stream(&mut features)?);
    Ok(count)
}

fn wasm(layout: &Layout, tools: &Tools) -> Result<Count> {
    let browser = Browser::find()?;
    let capabilities = layout.root().join("target/webdriver.json");
    fs::create_dir_all(layout.root().join("target"))?;
    let options = json!({ "goog:chromeOptions": { "binary": browser.chromium, "args": CHROMIUM_FLAGS } });
    fs::write(&capabilities, options.to_string())?;
    let mut cargo = process::command_in(layout.root(), "cargo");
    cargo
        .args(["test", "--locked", "--package", "rum-wasm", "--lib", "--target", WASM_TARGET])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.wasm_test_runner())
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities)
        .env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_TIMEOUT_S)
        .env("CHROMEDRIVER", &browser.chromedriver);
    stream(&mut cargo)
}

fn loader(layout: &Layout, _: &Tools) -> Result<Count> {
    let mut count = Count::default();
    for part in ["js-loader", "viewer"] {
        let mut npm = process::command_in(&layout.root().join(part), "npm");
        count.add(stream(npm.args(["--silent", "test"]).envs([NODE_TEST_OPTIONS]))?);
    }
    Ok(count)
}

fn release_build(layout: &Layout, tools: &Tools) -> Result<Count> {
    progress::run(build::steps(layout, tools))?;
    let mut count = Count::one(true);
    count.add(Count::one(size::check(layout)?));
    Ok(count)
}

fn types(layout: &Layout, _: &Tools) -> Result<Count> {
    let mut count = Count::default();
    for part in ["js-loader", "viewer", "demo-app", "tests"] {
        let mut npm = process::command_in(&layout.root().join(part), "npm");
        count.add(check(npm.args(["--silent", "run", "typecheck"]))?);
    }
    Ok(count)
}

fn end_to_end(layout: &Layout, _: &Tools) -> Result<Count> {
    let mut npm = process::command_in(&layout.root().join("tests"), "npm");
    npm.args(["--silent", "test"]).envs([NODE_TEST_OPTIONS]);
    npm.env("RUM_COLLECTOR", build::collector_binary(layout)).env("RUM_CHROMIUM", Browser::find()?.chromium);
    stream(&mut npm)
}

/// One runner for each browser, so that each has a count of its own.
fn browsers(layout: &Layout, _: &Tools) -> Result<Count> {
    let mut count = Count::default();
    for engine in &ENGINES {
        let mut npm = process::command_in(&layout.root().join("tests"), "npm");
        npm.args(["--silent", "run", "browsers"]).envs([NODE_TEST_OPTIONS]);
        npm.env("RUM_COLLECTOR", build::collector_binary(layout)).env("RUM_BROWSERS", engine.name);
        // Where one is missing, each of its tests is left out with the reason.
        npm.envs(engine.environment().unwrap_or_default());
        let of_engine = stream(&mut npm)?;
        let Count { passed, failed, left_out } = of_engine;
        println!("===== {}: {passed} passed, {failed} failed, {left_out} left out\n", engine.name);
        count.add(of_engine);
        interrupt::check()?;
    }
    Ok(count)
}

fn smoke(layout: &Layout, _: &Tools) -> Result<Count> {
    Ok(Count::one(demo::smoke_run(layout)? == ExitCode::SUCCESS))
}

/// One check: passed when the command succeeds.
fn check(command: &mut Command) -> Result<Count> {
    let count = stream(command)?;
    println!("{} {}", if count.failed == 0 { "ok  " } else { "FAIL" }, process::describe(command));
    Ok(Count::one(count.failed == 0))
}

pub(super) fn stream(command: &mut Command) -> Result<Count> {
    stream_within(RUNNER_LIMIT, command)
}

/// Runs a test runner, passes its output on line by line, and counts. It ends when the runner does, when it
/// takes too long, or on Ctrl-C.
fn stream_within(limit: Duration, command: &mut Command) -> Result<Count> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let mut child = in_own_group(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", command.get_program().to_string_lossy()))?;
    let mut count = Count::default();
    let deadline = Instant::now() + limit;
    let lines = process::lines_of(&mut child);
    loop {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok(line) => {
                println!("{line}");
                count.read(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() > deadline || interrupt::requested() {
            println!(
                "stopping `{}`: interrupted, or longer than {}",
                process::describe(command),
                human_duration(limit)
            );
            kill_group(&mut child);
            break;
        }
    }
    Ok(count.with_exit(child.wait()?.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_is_counted_by_its_output_and_its_exit() {
        let script = "echo '# pass 3'; echo '# fail 0' >&2; exit 1";
        let count = stream(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(count, Count { passed: 3, failed: 1, left_out: 0 });
    }

    #[test]
    fn a_hung_runner_is_ended_with_what_it_started_and_fails() {
        let start = Instant::now();
        let mut command = Command::new("sh");
        let count =
            stream_within(Duration::from_millis(100), command.args(["-c", "sleep 60 & wait"])).unwrap();
        assert_eq!(count, Count { passed: 0, failed: 1, left_out: 0 });
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
