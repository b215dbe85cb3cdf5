//! The browser the tests drive. It is the one tool that is the machine's and not the project's: it is large,
//! and Debian's own Chromium and chromedriver always match.

use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;

const KNOWN_CHROMIUMS: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const KNOWN_CHROMEDRIVERS: [&str; 4] = [
    "/usr/bin/chromedriver",
    "/usr/lib/chromium/chromedriver",
    "/usr/local/bin/chromedriver",
    "/opt/homebrew/bin/chromedriver",
];
const ADVICE: &str = "Install Chromium (or Chrome) and the chromedriver of the same version, or set RUM_CHROMIUM \
                      and RUM_CHROMEDRIVER to the paths of yours";

pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Browser {
    pub(crate) fn find() -> Result<Self> {
        Ok(Self {
            chromium: locate("RUM_CHROMIUM", "chromium", &KNOWN_CHROMIUMS)?,
            chromedriver: locate("RUM_CHROMEDRIVER", "chromedriver", &KNOWN_CHROMEDRIVERS)?,
        })
    }
}

pub(super) fn ensure(layout: &Layout) -> Result<String> {
    let Err(missing) = Browser::find() else { return Ok("present".into()) };
    let chosen_by_hand = ["RUM_CHROMIUM", "RUM_CHROMEDRIVER"].iter().any(|name| env::var_os(name).is_some());
    let Some(administrator) = administrator() else { return Err(missing) };
    if chosen_by_hand || process::find_on_path("apt-get").is_none() {
        return Err(missing);
    }
    for arguments in [&["update"][..], &["install", "--yes", "chromium", "chromium-driver"][..]] {
        let mut words: Vec<&str> = administrator.to_vec();
        words.push("apt-get");
        words.extend(arguments);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        process::run_logged(layout, &format!("apt-{}", arguments[0]), &mut command).context(ADVICE)?;
    }
    Browser::find()?;
    Ok("apt-get install".into())
}

/// The words before a command that needs root, if this user may run one without being asked for a password.
fn administrator() -> Option<&'static [&'static str]> {
    if process::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    let may_sudo = process::output_of(Command::new("sudo").args(["-n", "true"])).is_ok();
    may_sudo.then_some(&["sudo", "-n"])
}

fn locate(variable: &str, program: &str, known: &[&str]) -> Result<PathBuf> {
    if let Some(chosen) = env::var_os(variable).map(PathBuf::from) {
        if chosen.is_file() {
            return Ok(chosen);
        }
        bail!("{variable} names {}, which is not there", chosen.display());
    }
    let on_disk = known.iter().map(PathBuf::from).find(|path| path.is_file());
    on_disk
        .or_else(|| process::find_on_path(program))
        .with_context(|| format!("no {program} was found. {ADVICE}"))
}
