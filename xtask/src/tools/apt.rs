//! Debian's packages, for the few programs that are the machine's and not the project's.

use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result};
use std::process::Command;

/// Whether this machine has apt and this user may use it without being asked for a password.
pub(crate) fn is_available() -> bool {
    process::find_on_path("apt-get").is_some() && administrator().is_some()
}

/// Installs packages of the machine's own release.
pub(crate) fn install(layout: &Layout, packages: &[&str]) -> Result<()> {
    let administrator = administrator().context("apt-get needs root, and this user is not root")?;
    for (arguments, packages) in [(&["update"][..], &[][..]), (&["install", "--yes"][..], packages)] {
        let words: Vec<&str> =
            administrator.iter().chain(&["apt-get"]).chain(arguments).chain(packages).copied().collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        process::run_logged(layout, &format!("apt-{}", arguments[0]), &mut command)?;
    }
    Ok(())
}

/// The words before a command that needs root, if this user may run one.
fn administrator() -> Option<&'static [&'static str]> {
    if process::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    let may_sudo = process::output_of(Command::new("sudo").args(["-n", "true"])).is_ok();
    may_sudo.then_some(&["sudo", "-n"])
}
