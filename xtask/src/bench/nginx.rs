//! nginx as the plain proxy of Datadog's guide "Proxy your browser RUM data": it passes the body on unchanged,
//! adds `X-Forwarded-For` and takes cookies out. Everything else is nginx's default, but that it listens on
//! loopback only, keeps its files in our folder, and logs no requests.
//!
//! A real one must also make the path of `ddforward`; here the stub takes any path, so nginx is spared that.

use crate::layout::Layout;
use crate::process;
use crate::tools::apt;
use anyhow::{Context, Result, anyhow};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

const KNOWN: [&str; 3] = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];
const ADVICE: &str =
    "Install nginx (Debian: `apt-get install nginx-light`), or set RUM_NGINX to the path of yours";

/// The machine's nginx.
pub(super) fn find() -> Result<PathBuf> {
    if let Some(chosen) = std::env::var_os("RUM_NGINX").map(PathBuf::from) {
        anyhow::ensure!(chosen.is_file(), "RUM_NGINX names {}, which is not there", chosen.display());
        return Ok(chosen);
    }
    KNOWN
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
        .or_else(|| process::find_on_path("nginx"))
        .ok_or_else(|| anyhow!("no nginx was found. {ADVICE}"))
}

/// Installs it where CI says that the machine is CI's own; a person is asked to.
pub(super) fn ensure(layout: &Layout) -> Result<String> {
    let Err(missing) = find() else { return Ok("present".into()) };
    if std::env::var_os("CI").is_none() || !apt::is_available() {
        return Err(missing);
    }
    apt::install(layout, &["nginx-light"]).context(ADVICE)?;
    find()?;
    Ok("apt-get install".into())
}

/// Such as `nginx/1.22.1`.
pub(super) fn version(program: &Path) -> String {
    // It says so on stderr.
    let output = Command::new(program).arg("-v").output();
    let text =
        output.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned()).unwrap_or_default();
    text.rsplit(' ').next().unwrap_or("nginx").to_owned()
}

/// The whole configuration.
pub(super) fn config(folder: &Path, listen: SocketAddr, upstream: SocketAddr, user: Option<&str>) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("  {name}_temp_path {folder}/{name};\n"))
        .concat();
    // Only root may choose; its workers would become `nobody`, who cannot enter everybody's checkout.
    let user = user.map_or_else(String::new, |user| format!("user {user};\n"));
    format!(
        "{user}daemon off;\n\
         worker_processes auto;\n\
         pid {folder}/nginx.pid;\n\
         error_log {folder}/error.log;\n\
         events {{}}\n\
         http {{\n\
         \x20 access_log off;\n\
         {temporary}\
         \x20 server {{\n\
         \x20   listen {listen};\n\
         \x20   location / {{\n\
         \x20     proxy_pass http://{upstream};\n\
         \x20     proxy_set_header X-Forwarded-For $remote_addr;\n\
         \x20     proxy_set_header Cookie \"\";\n\
         \x20   }}\n\
         \x20 }}\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_listens_and_forwards_on_loopback_and_writes_in_its_folder() {
        let text = config(
            Path::new("/b/nginx"),
            ([127, 0, 0, 1], 81).into(),
            ([127, 0, 0, 1], 82).into(),
            Some("root"),
        );
        for line in [
            "user root;",
            "pid /b/nginx/nginx.pid;",
            "listen 127.0.0.1:81;",
            "proxy_pass http://127.0.0.1:82;",
            "client_body_temp_path /b/nginx/client_body;",
        ] {
            assert!(text.lines().any(|found| found.trim() == line), "{line} in {text}");
        }
        assert!(
            !config(Path::new("/b"), ([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into(), None)
                .contains("user")
        );
    }
}
