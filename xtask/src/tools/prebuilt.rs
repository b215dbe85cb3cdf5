//! The quick way: a release tarball from the tool's own project, where the network has one.
//!
//! Nothing within reach, nothing for this platform, or a binary that does not run here all mean "not this
//! way" and the caller compiles the tool instead. A checksum that does not match is different: that is an error.

use super::RustTool;
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
    let switched_off = env::var(SWITCH_VARIABLE).is_ok_and(|value| value == "0");
    if switched_off || process::find_on_path("curl").is_none() || process::find_on_path("tar").is_none() {
        return Ok(None);
    }
    let host = env::var(MIRROR_VARIABLE).unwrap_or_else(|_| DEFAULT_HOST.into());
    fetch_from(&host, layout, tool)
}

fn fetch_from(host: &str, layout: &Layout, tool: &RustTool) -> Result<Option<String>> {
    let (Some(platform), Some(tarball)) = (platform(), &tool.tarball) else { return Ok(None) };
    let file = format!("{}-{platform}.tar.gz", tarball.stem);
    let url = format!("{}/{}/{file}", host.trim_end_matches('/'), tarball.folder);

    let staging = tool.empty_staging(layout)?;
    fs::create_dir_all(staging.join("bin"))?;
    let archive = staging.join(&file);
    let Some(note) = download_checked(&url, &archive, tarball.has_checksum)? else {
        fs::remove_dir_all(&staging)?;
        return Ok(None);
    };
    if !unpack(&archive, &staging.join("bin")) || !runs_here(tool, &staging) {
        fs::remove_dir_all(&staging)?;
        return Ok(None);
    }
    fs::remove_file(&archive)?;
    super::put_in_place(&staging, &tool.folder(layout))?;
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
    let actual = sha256_hex(&fs::read(archive)?);
    if actual != expected {
        bail!("the download's sha256 is {actual}, the release says {expected}");
    }
    Ok(())
}

fn sha256_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Write as _};
    use std::net::TcpListener;
    use std::path::PathBuf;
    use std::thread;

    /// A release host that serves these files by their last path segment, and 404 for the rest.
    fn serve(files: HashMap<String, Vec<u8>>) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = String::new();
                BufReader::new(&stream).read_line(&mut request).unwrap();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let name = path.rsplit('/').next().unwrap_or_default();
                let (status, body) =
                    files.get(name).map_or(("404 Not Found", &[][..]), |body| ("200 OK", body));
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // A client that hangs up early only ends its own request.
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            }
        });
        host
    }

    struct Release {
        folder: PathBuf,
        layout: Layout,
        tool: RustTool,
        files: HashMap<String, Vec<u8>>,
    }

    /// A tool whose one program answers `--version` with `says`, packed as its project would.
    fn release(test: &str, says: &str) -> Release {
        let folder = env::temp_dir().join(format!("xtask-prebuilt-{test}-{}", std::process::id()));
        let inner = folder.join("packed/probe-1.2.3");
        fs::create_dir_all(&inner).unwrap();
        let program = inner.join("probe");
        fs::write(&program, format!("#!/bin/sh\necho {says}\n")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
        let archive = folder.join("probe.tar.gz");
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&archive).arg("-C").arg(folder.join("packed")).arg("probe-1.2.3");
        assert!(tar.status().unwrap().success());
        let bytes = fs::read(&archive).unwrap();
        let name = format!("probe-1.2.3-{}.tar.gz", platform().unwrap());
        let sum = format!("{}  {name}\n", sha256_hex(&bytes)).into_bytes();
        let files = HashMap::from([(format!("{name}.sha256sum"), sum), (name, bytes)]);
        let tarball = Tarball {
            folder: "o/r/releases/download/1.2.3".into(),
            stem: "probe-1.2.3".into(),
            has_checksum: true,
        };
        let tool = RustTool {
            krate: "probe",
            version: "1.2.3".into(),
            programs: &["probe"],
            tarball: Some(tarball),
        };
        Release { layout: Layout::at(&folder), folder, tool, files }
    }

    impl Drop for Release {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn digests_are_written_as_release_files_write_them() {
        let published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), published);
    }

    #[test]
    fn a_release_is_verified_unpacked_and_put_in_place() {
        let release = release("good", "probe 1.2.3");
        let how = fetch_from(&serve(release.files.clone()), &release.layout, &release.tool).unwrap();
        assert_eq!(how.as_deref(), Some("prebuilt binary, checksum verified"));
        assert!(release.tool.is_installed(&release.layout));
    }

    #[test]
    fn a_wrong_checksum_is_an_error_and_installs_nothing() {
        let mut release = release("tampered", "probe 1.2.3");
        let archive = release.files.iter_mut().find(|(name, _)| name.ends_with(".tar.gz")).unwrap().1;
        archive.push(0);
        let error = fetch_from(&serve(release.files.clone()), &release.layout, &release.tool).unwrap_err();
        assert!(format!("{error:#}").contains("the release says"), "{error:#}");
        assert!(!release.tool.is_installed(&release.layout));
    }

    #[test]
    fn what_cannot_be_used_leaves_the_tool_to_be_compiled() {
        let other_version = release("other", "probe 1.2.2");
        let host = serve(other_version.files.clone());
        assert_eq!(fetch_from(&host, &other_version.layout, &other_version.tool).unwrap(), None);

        let mut without_checksum = release("unsigned", "probe 1.2.3");
        without_checksum.files.retain(|name, _| name.ends_with(".tar.gz"));
        let host = serve(without_checksum.files.clone());
        assert_eq!(fetch_from(&host, &without_checksum.layout, &without_checksum.tool).unwrap(), None);

        let absent = release("absent", "probe 1.2.3");
        assert_eq!(fetch_from(&serve(HashMap::new()), &absent.layout, &absent.tool).unwrap(), None);
        assert_eq!(fetch_from("http://127.0.0.1:1", &absent.layout, &absent.tool).unwrap(), None);
        assert!(!absent.tool.is_installed(&absent.layout));
    }
}
