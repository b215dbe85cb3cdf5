//! Where things are. Every path another part of the project relies on is named here once.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The folders of one checkout.
#[derive(Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn of_this_workspace() -> Result<Self> {
        // Cargo sets the variable when it runs us; the compiled-in value serves a binary started by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask must lie in the workspace root; run it as `cargo xtask` from the checkout")?;
        Ok(Self::at(root))
    }

    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The project's own tools, one sub-folder per tool and version.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// What cargo builds goes here; `CARGO_TARGET_DIR` is honoured.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// What wasm-pack writes and `js-loader/build.mjs` reads.
    pub(crate) fn wasm_package(&self) -> PathBuf {
        self.root.join("target/wasm-pkg")
    }

    /// The same of the replay engine.
    pub(crate) fn replay_package(&self) -> PathBuf {
        self.root.join("target/replay-pkg")
    }

    /// Output of the commands a step runs, kept for the curious and for failures.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("target/xtask-logs")
    }

    pub(crate) fn sdk(&self) -> PathBuf {
        self.root.join("dist/sdk")
    }

    pub(crate) fn size_snapshot(&self) -> PathBuf {
        self.root.join("rum-wasm/size.snap")
    }
}
