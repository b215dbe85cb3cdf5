//! The quick way: a release tarball from the tool's own project, where the network has one.
//!
//! Nothing within reach, nothing for this platform, or a binary that does not run here all mean "not this
//! way" and the caller compiles the tool instead. A checksum that does not match is different: that is an error.

use super::{RustTool, cargo_install};
use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Overrides the host, for a mirror inside a company (and for the test of this file).
const MIRROR_VARIABLE: &str = "RUM_TOOLS_MIRROR";
const DEFAULT_HOST: &str = "https://github.com";
/// `RUM_TOOLS_PREBUILT=0` compiles every tool from the registry, for those who run no foreign binaries.
const SWITCH_VARIABLE: &str = "RUM_TOOLS_PREBUILT";
/// A closed network must not cost a newcomer more than this per tool.
const CONNECT_TIMEOUT_S: &str = "5";
/// The tarballs are 5 to 10 MB; slower than this, compiling is quicker.
const DOWNLOAD_TIMEOUT_S: &str = "90";

/// Where a tool's project puts its releases.
pub(crate) struct Tarball {
    /// Below the host: `owner/repository/releases/download/tag`.
    folder: String,
    /// Without the platform and `.tar.gz`.
    stem: String,
    /// Whether the release has a `.sha256sum` file beside each tarball.
    has_checksum: bool,
}

impl Tarball {
    pub(super) fn wasm_bindgen(version: &str) -> Self {
        Self {
            folder: format!("wasm-bindgen/wasm-bindgen/releases/download/{version}"),
            stem: format!("wasm-bindgen-{version}"),
            has_checksum: true,
        }
    }

    pub(super) fn wasm_pack(version: &str) -> Self {
        Self {
            folder: format!("wasm-bindgen/wasm-pack/releases/download/v{version}"),
            stem: format!("wasm-pack-v{version}"),
            has_checksum: false,
        }
    }
}

/// Fetches the tool into its folder and says how, or `None` when it has to be compiled.
pub(super) fn fetch(layout: &Layout, tool: &RustTool) -> Result<Option<String>> {
    let Some(platform) = platform() else { return Ok(None) };
    let switched_off = env::var(SWITCH_VARIABLE).is_ok_and(|value| value == "0");
    if switched_off || process::find_on_path("curl").is_none() || process::find_on_path("tar").is_none() {
        return Ok(None);
    }
    let host = env::var(MIRROR_VARIABLE).unwrap_or_else(|_| DEFAULT_HOST.into());
    let file = format!("{}-{platform}.tar.gz", tool.tarball.stem);
    let url = format!("{}/{}/{file}", host.trim_end_matches('/'), tool.tarball.folder);

    let staging = layout.tools().join(format!("{}-{}.partial", tool.krate, tool.version));
    fs::create_dir_all(staging.join("bin"))?;
    let archive = staging.join(&file);
    let Some(note) = download_checked(&url, &archive, tool.tarball.has_checksum)? else {
        fs::remove_dir_all(&staging)?;
        return Ok(None);
    };
    if !unpack(&archive, &staging.join("bin")) || !runs_here(tool, &staging) {
        fs::remove_dir_all(&staging)?;
        return Ok(None);
    }
    fs::remove_file(&archive)?;
    cargo_install::put_in_place(&staging, &tool.folder(layout))?;
    Ok(Some(note))
}

fn download_checked(url: &str, archive: &Path, has_checksum: bool) -> Result<Option<String>> {
    if !download(url, archive) {
        return Ok(None);
    }
    if !has_checksum {
        return Ok(Some("prebuilt binary".into()));
    }
    let checksum_file = archive.with_extension("sha256sum");
    if !download(&format!("{url}.sha256sum"), &checksum_file) {
        return Ok(None);
    }
    verify(archive, &fs::read_to_string(&checksum_file)?).with_context(|| {
        format!("refusing {url}; set {SWITCH_VARIABLE}=0 to compile the tool from the registry instead")
    })?;
    fs::remove_file(&checksum_file)?;
    Ok(Some("prebuilt binary, checksum verified".into()))
}

fn download(url: &str, to: &Path) -> bool {
    let status = Command::new("curl")
        .args(["--fail", "--location", "--silent", "--connect-timeout", CONNECT_TIMEOUT_S])
        .args(["--max-time", DOWNLOAD_TIMEOUT_S, "--output"])
        .arg(to)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// `published` is the release's checksum file: the digest, then (perhaps) the file's name.
fn verify(archive: &Path, published: &str) -> Result<()> {
    let expected = published.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let mut actual = String::new();
    for byte in Sha256::digest(fs::read(archive)?) {
        write!(actual, "{byte:02x}")?;
    }
    if actual != expected {
        bail!("the download's sha256 is {actual}, the release says {expected}");
    }
    Ok(())
}

/// The tarballs hold one folder with the programs in it.
fn unpack(archive: &Path, into: &Path) -> bool {
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .args(["--strip-components", "1", "-C"])
        .arg(into)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn runs_here(tool: &RustTool, staging: &Path) -> bool {
    let bin = staging.join("bin");
    let version = process::output_of(Command::new(bin.join(tool.programs[0])).arg("--version"));
    version.is_ok_and(|text| text.split_whitespace().any(|word| word == tool.version))
        && tool.programs.iter().all(|program| bin.join(program).is_file())
}

/// This machine in the release files' words; `None` where the projects publish no tarball we unpack.
fn platform() -> Option<&'static str> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Some("x86_64-unknown-linux-musl"),
        ("linux", "aarch64") => Some("aarch64-unknown-linux-musl"),
        ("macos", "x86_64") => Some("x86_64-apple-darwin"),
        ("macos", "aarch64") => Some("aarch64-apple-darwin"),
        _ => None,
    }
}
