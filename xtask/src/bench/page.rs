//! `cargo xtask bench sdk` and `bench replay`: the browser's side is measured where the browser is driven, in `tests/bench`.

use crate::layout::Layout;
use crate::tools::{Browser, Tools};
use crate::{build, process, progress};
use anyhow::Result;
use std::process::ExitCode;

/// Runs a script of `tests/package.json`.
pub(super) fn run(layout: &Layout, script: &str, quick: bool, markdown: bool) -> Result<ExitCode> {
    build::sdk(layout)?;
    let tools = Tools::of(layout)?;
    progress::run(vec![tools.node_packages_step("tests"), tools.browser_step()])?;
    let mut npm = process::command_in(&layout.root().join("tests"), "npm");
    npm.args(["--silent", "run", script, "--"]).env("RUM_CHROMIUM", Browser::find()?.chromium);
    npm.args(
        [("--quick", quick), ("--markdown", markdown)].iter().filter(|(_, on)| *on).map(|(flag, _)| flag),
    );
    let succeeded = npm.status()?.success();
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
