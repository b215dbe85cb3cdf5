//! The browser the tests drive. It is the one tool that is the machine's and not the project's: it is large,
//! and Debian's own Chromium and chromedriver always match.

use super::apt;
use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use std::env;
use std::path::PathBuf;

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
    if chosen_by_hand || !apt::is_available() {
        return Err(missing);
    }
    apt::install(layout, &["chromium", "chromium-driver"]).context(ADVICE)?;
    Browser::find()?;
    Ok("apt-get install".into())
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
