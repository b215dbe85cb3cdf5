//! The tools a build needs and where each comes from. What is missing is fetched on first use into `.tools/`,
//! one folder per tool and version, so nothing on the machine is changed and nothing is installed twice:
//!
//! | tool | version from | first try | else |
//! |---|---|---|---|
//! | wasm32 target | `rust-toolchain.toml` | rustup | |
//! | wasm-bindgen, its test runner | `Cargo.lock` (the crate and the tool must match exactly) | release tarball, checksum verified | `cargo install` |
//! | wasm-pack | below | release tarball | `cargo install` |
//! | cargo-fuzz (tests only) | below | | `cargo install` |
//! | wasm-opt | below | npm `binaryen` | |
//! | node packages | each `package-lock.json` | `npm ci` | |
//! | Chromium, chromedriver (tests only) | the system's | `RUM_CHROMIUM`, `RUM_CHROMEDRIVER`, known places | `apt-get install` |
//! | Firefox (tests only) | the system's | `RUM_FIREFOX`, known places | `apt-get install`, or left out |
//! | WebKitGTK's driver, MiniBrowser, Xvfb (tests only) | the system's | `RUM_WEBKIT_DRIVER`, `RUM_MINI_BROWSER`, `RUM_XVFB`, known places | `apt-get install`, or left out |

pub(crate) mod apt;
mod browser;
mod cargo_install;
mod node;
mod prebuilt;
mod rust_target;

pub(crate) use browser::{Browser, ENGINES};

use crate::layout::Layout;
use crate::process;
use crate::progress::{self, Step};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const WASM_PACK_VERSION: &str = "0.15.1";
const CARGO_FUZZ_VERSION: &str = "0.13.2";
const BINARYEN_VERSION: &str = "132.0.0";
/// Older majors lack the test runner and file APIs the scripts use.
const OLDEST_NODE_MAJOR: u32 = 20;

/// A command-line tool that is published both as a release tarball and as a crate.
pub(crate) struct RustTool {
    /// Crate name, and the name in the tool folder.
    krate: &'static str,
    version: String,
    /// The programs we use; the first answers `--version`.
    programs: &'static [&'static str],
    /// Where its project publishes it, if it does.
    tarball: Option<prebuilt::Tarball>,
}

impl RustTool {
    fn name(&self) -> String {
        format!("{} {}", self.krate, self.version)
    }

    fn folder(&self, layout: &Layout) -> PathBuf {
        layout.tools().join(format!("{}-{}", self.krate, self.version))
    }

    /// Where the tool is put together before it appears under its name; leftovers of an interrupted try go.
    fn empty_staging(&self, layout: &Layout) -> Result<PathBuf> {
        let staging = layout.tools().join(format!("{}-{}.partial", self.krate, self.version));
        if staging.exists() {
            fs::remove_dir_all(&staging).with_context(|| format!("cannot clear {}", staging.display()))?;
        }
        fs::create_dir_all(&staging).with_context(|| format!("cannot create {}", staging.display()))?;
        Ok(staging)
    }

    fn is_installed(&self, layout: &Layout) -> bool {
        self.programs.iter().all(|program| self.folder(layout).join("bin").join(program).is_file())
    }
}

/// The tools of one checkout, with the versions it pins.
pub(crate) struct Tools {
    layout: Layout,
    wasm_bindgen: RustTool,
    wasm_pack: RustTool,
    cargo_fuzz: RustTool,
}

impl Tools {
    pub(crate) fn of(layout: &Layout) -> Result<Self> {
        process::require("node", "install Node.js 20 or newer from https://nodejs.org")?;
        process::require("npm", "it comes with Node.js; install that from https://nodejs.org")?;
        node::require_major(OLDEST_NODE_MAJOR)?;
        let version = locked_version(layout, "wasm-bindgen")?;
        Ok(Self {
            layout: layout.clone(),
            wasm_bindgen: RustTool {
                krate: "wasm-bindgen-cli",
                tarball: Some(prebuilt::Tarball::wasm_bindgen(&version)),
                version,
                programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            },
            wasm_pack: RustTool {
                krate: "wasm-pack",
                tarball: Some(prebuilt::Tarball::wasm_pack(WASM_PACK_VERSION)),
                version: WASM_PACK_VERSION.into(),
                programs: &["wasm-pack"],
            },
            cargo_fuzz: RustTool {
                krate: "cargo-fuzz",
                // It takes as long to compile as to fetch.
                tarball: None,
                version: CARGO_FUZZ_VERSION.into(),
                programs: &["cargo-fuzz"],
            },
        })
    }

    /// What the SDK's build needs.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = vec![
            self.target_step(),
            self.rust_tool_step(&self.wasm_bindgen),
            self.rust_tool_step(&self.wasm_pack),
        ];
        steps.push(Step::new(format!("wasm-opt (npm binaryen {BINARYEN_VERSION})"), || {
            node::ensure_tool(&self.layout, "binaryen", BINARYEN_VERSION, "wasm-opt")
        }));
        steps
    }

    /// The one thing the compiler itself lacks.
    pub(crate) fn target_step(&self) -> Step<'_> {
        Step::new("wasm32 target", || rust_target::ensure(&self.layout))
    }

    /// The npm packages of one part of the project, exactly as its lock file says.
    pub(crate) fn node_packages_step(&self, part: &'static str) -> Step<'_> {
        Step::new(format!("npm packages of {part}"), move || node::ensure_packages(&self.layout, part))
    }

    /// The machine's browser, for the tests and the smoke run.
    pub(crate) fn browser_step(&self) -> Step<'_> {
        Step::new("Chromium and chromedriver", || browser::ensure(&self.layout))
    }

    /// The other browsers, for the ring that runs in all of them.
    pub(crate) fn other_browsers_step(&self) -> Step<'_> {
        Step::new("Firefox and WebKit", || browser::ensure_others(&self.layout))
    }

    /// What builds and runs the fuzz targets.
    pub(crate) fn fuzzer_step(&self) -> Step<'_> {
        self.rust_tool_step(&self.cargo_fuzz)
    }

    /// The program `cargo fuzz` stands for.
    pub(crate) fn cargo_fuzz(&self) -> PathBuf {
        self.cargo_fuzz.folder(&self.layout).join("bin/cargo-fuzz")
    }

    /// Runs a crate's wasm tests in that browser; comes with wasm-bindgen.
    pub(crate) fn wasm_test_runner(&self) -> PathBuf {
        self.wasm_bindgen.folder(&self.layout).join("bin/wasm-bindgen-test-runner")
    }

    /// `PATH` with the project's tools first.
    pub(crate) fn path(&self) -> Result<OsString> {
        process::path_with(&[
            self.wasm_bindgen.folder(&self.layout).join("bin"),
            self.wasm_pack.folder(&self.layout).join("bin"),
            node::tool_folder(&self.layout, "binaryen", BINARYEN_VERSION).join("node_modules/.bin"),
        ])
    }

    fn rust_tool_step<'a>(&'a self, tool: &'a RustTool) -> Step<'a> {
        Step::new(tool.name(), move || {
            if tool.is_installed(&self.layout) {
                return Ok("present".into());
            }
            if let Some(how) = prebuilt::fetch(&self.layout, tool)? {
                return Ok(how);
            }
            progress::waiting_for("no prebuilt binary within reach, compiling it: 1 to 2 min");
            cargo_install::install(&self.layout, tool)?;
            let all_there =
                [&self.wasm_bindgen, &self.wasm_pack].iter().all(|t| t.is_installed(&self.layout));
            if all_there {
                cargo_install::remove_scratch(&self.layout)?;
            }
            Ok("cargo install".into())
        })
    }
}

/// A tool's folder appears whole or not at all, so an interrupted install is simply done again.
fn put_in_place(staging: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(staging, folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// The version `Cargo.lock` holds a crate at.
fn locked_version(layout: &Layout, krate: &str) -> Result<String> {
    let path = layout.root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in_lock(&lock, krate).with_context(|| {
        format!("Cargo.lock has no crate `{krate}`; rum-wasm must depend on it so that the tool can match it")
    })
}

fn version_in_lock(lock: &str, krate: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{krate}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }
}
