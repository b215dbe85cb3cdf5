//! What comes from the npm registry: wasm-opt, and the packages of the TypeScript parts.

use super::put_in_place;
use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Install scripts run foreign code at install time and nothing here needs one; the other two are noise.
const NPM_FLAGS: [&str; 3] = ["--ignore-scripts", "--no-audit", "--no-fund"];

pub(super) fn require_major(oldest: u32) -> Result<()> {
    let version = process::output_of(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|m| m.parse::<u32>().ok());
    match major {
        Some(major) if major >= oldest => Ok(()),
        _ => bail!("Node.js {oldest} or newer is needed, this is {}; see https://nodejs.org", version.trim()),
    }
}

pub(super) fn tool_folder(layout: &Layout, package: &str, version: &str) -> PathBuf {
    layout.tools().join(format!("{package}-{version}"))
}

/// An npm package that is used as a program.
pub(super) fn ensure_tool(layout: &Layout, package: &str, version: &str, program: &str) -> Result<String> {
    let folder = tool_folder(layout, package, version);
    if folder.join("node_modules/.bin").join(program).exists() {
        return Ok("present".into());
    }
    let staging = layout.tools().join(format!("{package}-{version}.partial"));
    fs::create_dir_all(&staging)?;
    // npm would otherwise climb to the nearest package.json above.
    fs::write(staging.join("package.json"), "{\"private\":true}\n")?;
    let mut npm = process::command_in(&staging, "npm");
    npm.arg("install").args(NPM_FLAGS).args(["--save-exact", &format!("{package}@{version}")]);
    process::run_logged(layout, &format!("npm-{package}"), &mut npm)?;
    put_in_place(&staging, &folder)?;
    Ok("npm install".into())
}

/// The packages of one part, reinstalled only when its lock file changed since.
pub(super) fn ensure_packages(layout: &Layout, part: &str) -> Result<String> {
    let folder = layout.root().join(part);
    let lock_path = folder.join("package-lock.json");
    let lock = fs::read(&lock_path).with_context(|| {
        format!("{part}/package-lock.json is missing; run `npm install` in {part} and commit it")
    })?;
    // A copy of the lock file the installed packages came from.
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok("present".into());
    }
    let mut npm = process::command_in(&folder, "npm");
    npm.arg("ci").args(NPM_FLAGS);
    process::run_logged(layout, &format!("npm-ci-{part}"), &mut npm)
        .with_context(|| format!("npm could not install the packages of {part}"))?;
    fs::create_dir_all(folder.join("node_modules"))?;
    fs::write(&stamp, lock)?;
    Ok("npm ci".into())
}
