//! The compiler's own library for wasm32.

use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) fn ensure(layout: &Layout) -> Result<String> {
    let libraries =
        process::output_of(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok("present".into());
    }
    if process::find_on_path("rustup").is_none() {
        bail!(
            "this Rust has no {TARGET} library and there is no rustup to add it; install your \
             distribution's package for it, or Rust from https://rustup.rs"
        );
    }
    let mut command = process::command_in(layout.root(), "rustup");
    process::run_logged(layout, "rustup-target", command.args(["target", "add", TARGET]))
        .context("rustup could not fetch the wasm32 library")?;
    Ok("rustup target add".into())
}
