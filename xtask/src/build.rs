//! `cargo xtask build`: tools, then the SDK core, the replay engine, the loader, the viewer, the collector and the demo, in
//! that order.

use crate::layout::Layout;
use crate::process;
use crate::progress::{self, Step};
use crate::tools::Tools;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn everything(layout: &Layout) -> Result<ExitCode> {
    let tools = Tools::of(layout)?;
    progress::run(steps(layout, &tools))?;
    eprintln!("built dist/sdk, dist/npm, dist/viewer, dist/demo and {}", collector_binary(layout).display());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn steps<'a>(layout: &'a Layout, tools: &'a Tools) -> Vec<Step<'a>> {
    let mut steps = sdk_steps(layout, tools);
    steps.extend(viewer_steps(layout, tools));
    steps.push(collector_step(layout));
    steps.extend(demo_steps(layout, tools));
    steps
}

/// Only what a page loads.
pub(crate) fn sdk(layout: &Layout) -> Result<()> {
    let tools = Tools::of(layout)?;
    progress::run(sdk_steps(layout, &tools))
}

pub(crate) fn collector_binary(layout: &Layout) -> PathBuf {
    layout.target().join("release/collector")
}

fn sdk_steps<'a>(layout: &'a Layout, tools: &'a Tools) -> Vec<Step<'a>> {
    let mut steps = tools.steps();
    steps.push(tools.node_packages_step("js-loader"));
    steps.push(Step::new("SDK core (wasm-pack, wasm-bindgen, wasm-opt)", || {
        wasm_module(layout, tools, "rum-wasm", &layout.wasm_package())
    }));
    steps.push(Step::new("replay engine (wasm-pack, wasm-bindgen, wasm-opt)", || {
        wasm_module(layout, tools, "rum-replay", &layout.replay_package())
    }));
    steps.push(Step::new("loader and npm package (esbuild, terser)", || {
        let mut node = process::command_in(layout.root(), "node");
        process::run_logged(layout, "js-loader", node.arg("js-loader/build.mjs"))?;
        Ok("built".into())
    }));
    steps
}

/// Before the collector, which embeds what this writes.
fn viewer_steps<'a>(layout: &'a Layout, tools: &'a Tools) -> Vec<Step<'a>> {
    vec![
        tools.node_packages_step("viewer"),
        Step::new("viewer (esbuild)", || {
            let mut node = process::command_in(layout.root(), "node");
            process::run_logged(layout, "viewer", node.arg("viewer/build.mjs"))?;
            Ok("built".into())
        }),
    ]
}

pub(crate) fn collector_step(layout: &Layout) -> Step<'_> {
    Step::new("collector (cargo, release)", || {
        if !collector_binary(layout).exists() {
            progress::waiting_for("first build, SQLite included: 1 to 3 min");
        }
        let mut cargo = process::command_in(layout.root(), "cargo");
        cargo.args(["build", "--release", "--locked", "--package", "collector"]);
        process::run_logged(layout, "collector", &mut cargo)?;
        Ok("built".into())
    })
}

fn demo_steps<'a>(layout: &'a Layout, tools: &'a Tools) -> Vec<Step<'a>> {
    vec![
        tools.node_packages_step("demo-app"),
        Step::new("demo shop (vite)", || {
            let mut npm = process::command_in(&layout.root().join("demo-app"), "npm");
            process::run_logged(layout, "demo-app", npm.args(["run", "build"]))?;
            Ok("built".into())
        }),
    ]
}

/// `--mode no-install` and the path keep wasm-pack from fetching tools of its own choice; its wasm-opt
/// options are in the crate's manifest under `package.metadata.wasm-pack`.
fn wasm_module(layout: &Layout, tools: &Tools, name: &str, output: &Path) -> Result<String> {
    if output.exists() {
        // A renamed crate or snippet must not leave its old files beside the new ones.
        fs::remove_dir_all(output).with_context(|| format!("cannot clear {}", output.display()))?;
    }
    let mut wasm_pack = process::command_in(layout.root(), "wasm-pack");
    wasm_pack
        .args(["build", name, "--mode", "no-install", "--profile", "wasm", "--target", "web"])
        .args(["--no-typescript", "--no-pack", "--no-gitignore", "--out-dir"])
        .arg(output)
        .args(["--", "--locked"])
        .env("PATH", tools.path()?);
    process::run_logged(layout, &format!("wasm-pack-{name}"), &mut wasm_pack)?;
    Ok("built".into())
}
