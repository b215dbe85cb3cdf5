//! The way that always works: compile a tool from the cargo registry into the tool folder.

use super::RustTool;
use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// These tools run for a second at a time, so they are compiled for a short wait, not for speed: half the
/// minutes of cargo's default release profile.
const QUICK_PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
];

/// Settings meant for the project's code that must not reach a tool's.
const NOT_INHERITED: [&str; 5] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WRAPPER"];

pub(super) fn install(layout: &Layout, tool: &RustTool) -> Result<()> {
    let log = format!("cargo-install-{}", tool.krate);
    let staging = tool.empty_staging(layout)?;
    // The tool's own lock file first; a registry mirror may lack a version it names, and then the newest
    // compatible dependencies serve as well.
    let locked = process::run_logged(layout, &log, command(layout, tool, &staging).arg("--locked"));
    if locked.is_err() {
        process::run_logged(layout, &log, &mut command(layout, tool, &staging)).with_context(|| {
            format!("{} could not be compiled; is the cargo registry within reach?", tool.name())
        })?;
    }
    super::put_in_place(&staging, &tool.folder(layout))
}

/// The shared target folder, kept only until the last tool is there: the tools share dependencies.
pub(super) fn remove_scratch(layout: &Layout) -> Result<()> {
    let scratch = scratch(layout);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    Ok(())
}

fn scratch(layout: &Layout) -> PathBuf {
    layout.tools().join("target")
}

fn command(layout: &Layout, tool: &RustTool, staging: &Path) -> Command {
    let mut command = process::command_in(&layout.tools(), "cargo");
    command.args(["install", tool.krate, "--version"]).arg(format!("={}", tool.version));
    command.arg("--root").arg(staging).arg("--no-track");
    command.envs(QUICK_PROFILE).env("CARGO_TARGET_DIR", scratch(layout));
    for variable in NOT_INHERITED {
        command.env_remove(variable);
    }
    command
}
