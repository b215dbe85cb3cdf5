//! The fuzz ring: every target of `fuzz/targets` for a few seconds, from its seeds and from what earlier runs
//! found interesting (`fuzz/corpus`, not committed). Long enough to catch what a change broke; to look for
//! more, run one by hand as `fuzz/Cargo.toml` says.

use super::count::Count;
use super::rings::stream;
use crate::layout::Layout;
use crate::process;
use crate::progress;
use crate::tools::Tools;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// Time for each target. Inputs are small, so this is tens of thousands of them.
const TIME_PER_TARGET_S: u32 = 8;
/// Longest input made up (bytes); the seeds may be longer. Coverage comes from structure, not from length.
const MAX_INPUT_BYTES: u32 = 16 * 1024;
/// Half the minutes of a build by `cargo fuzz` as it is. Our code is `forbid(unsafe_code)`: a sanitizer of memory has
/// nothing to find in it.
const QUICK_BUILD: [&str; 4] = ["--sanitizer", "none", "--codegen-units", "16"];
/// A decoder that takes this long (s) for such an input hangs.
const INPUT_TIMEOUT_S: u32 = 10;
/// Memory (MB) at which an input is called a bomb: several times what the doors' caps allow.
const MEMORY_LIMIT_MB: u32 = 1_024;

pub(super) fn run(layout: &Layout, tools: &Tools) -> Result<Count> {
    progress::run(vec![tools.fuzzer_step()])?;
    let folder = layout.root().join("fuzz");
    let mut count = Count::default();
    for target in targets(&folder)? {
        let corpus = folder.join("corpus").join(&target);
        fs::create_dir_all(&corpus)?;
        let mut fuzz = process::command_in(layout.root(), tools.cargo_fuzz());
        fuzz.args(["fuzz", "run", "--fuzz-dir", "fuzz"]).args(QUICK_BUILD).arg(&target);
        fuzz.arg(corpus).arg(folder.join("seeds").join(&target)).arg("--");
        fuzz.arg(format!("-max_total_time={TIME_PER_TARGET_S}"));
        fuzz.arg(format!("-max_len={MAX_INPUT_BYTES}"));
        // The same inputs in every run of one build: what fails in CI fails on the desk.
        fuzz.arg("-seed=1");
        fuzz.arg(format!("-timeout={INPUT_TIMEOUT_S}"));
        fuzz.arg(format!("-rss_limit_mb={MEMORY_LIMIT_MB}"));
        // Only the two lines that tell how it began and how it ended.
        fuzz.arg("-verbosity=0").arg("-print_final_stats=1");
        // The instrumentation is an unstable option of the compiler; the pinned compiler has it all the same.
        fuzz.env("RUSTC_BOOTSTRAP", "1");
        let outcome = stream(&mut fuzz)?;
        println!("{} fuzz {}", if outcome.failed == 0 { "ok  " } else { "FAIL" }, target.display());
        count.add(Count::one(outcome.failed == 0));
    }
    Ok(count)
}

/// The targets by name: the files of their folder.
fn targets(folder: &Path) -> Result<Vec<OsString>> {
    let targets = folder.join("targets");
    let files = fs::read_dir(&targets).with_context(|| format!("cannot read {}", targets.display()))?;
    let mut names = Vec::new();
    for file in files {
        names.extend(file?.path().file_stem().map(ToOwned::to_owned));
    }
    names.sort();
    Ok(names)
}
