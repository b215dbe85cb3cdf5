//! The browsers the tests drive. They are the tools that are the machine's and not the project's: they are large,
//! and Debian's own Chromium and chromedriver always match.

use super::apt;
use crate::layout::Layout;
use crate::process;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::PathBuf;

/// A program of a browser: where it is if nobody says.
struct Program {
    variable: &'static str,
    name: &'static str,
    known: &'static [&'static str],
}

const CHROMIUM: Program = Program {
    variable: "RUM_CHROMIUM",
    name: "chromium",
    known: &[
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ],
};
const CHROMEDRIVER: Program = Program {
    variable: "RUM_CHROMEDRIVER",
    name: "chromedriver",
    known: &[
        "/usr/bin/chromedriver",
        "/usr/lib/chromium/chromedriver",
        "/usr/local/bin/chromedriver",
        "/opt/homebrew/bin/chromedriver",
    ],
};
const FIREFOX: Program = Program {
    variable: "RUM_FIREFOX",
    name: "firefox-esr",
    known: &["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"],
};
const WEBKIT_DRIVER: Program =
    Program { variable: "RUM_WEBKIT_DRIVER", name: "WebKitWebDriver", known: &["/usr/bin/WebKitWebDriver"] };
const MINI_BROWSER: Program = Program { variable: "RUM_MINI_BROWSER", name: "MiniBrowser", known: &[] };
const XVFB: Program = Program { variable: "RUM_XVFB", name: "Xvfb", known: &["/usr/bin/Xvfb"] };

/// Debian keeps `MiniBrowser` among the files of these libraries, in the folder of the machine's architecture.
const WEBKIT_LIBRARIES: [&str; 2] = ["webkit2gtk-4.1", "webkitgtk-6.0"];

/// A browser of the ring `browsers`, and what is said where it cannot be had.
pub(crate) struct Engine {
    /// As the tests call it.
    pub(crate) name: &'static str,
    programs: &'static [Program],
    packages: &'static [&'static str],
    advice: &'static str,
}

const CHROMIUM_ENGINE: Engine = Engine {
    name: "chromium",
    programs: &[CHROMIUM, CHROMEDRIVER],
    packages: &["chromium", "chromium-driver"],
    advice: "Install Chromium (or Chrome) and the chromedriver of the same version, or set RUM_CHROMIUM and \
             RUM_CHROMEDRIVER to the paths of yours",
};
const FIREFOX_ENGINE: Engine = Engine {
    name: "firefox",
    programs: &[FIREFOX],
    packages: &["firefox-esr"],
    advice: "Install Firefox 140 or newer, or set RUM_FIREFOX to the path of yours",
};
const WEBKIT_ENGINE: Engine = Engine {
    name: "webkit",
    programs: &[WEBKIT_DRIVER, MINI_BROWSER, XVFB],
    packages: &["webkit2gtk-driver", "xvfb"],
    advice: "WebKitGTK's driver is for Linux; there, set RUM_WEBKIT_DRIVER, RUM_MINI_BROWSER and RUM_XVFB",
};

/// In the order in which the ring runs them. Chromium must be there, the others where they can be had.
pub(crate) const ENGINES: [Engine; 3] = [CHROMIUM_ENGINE, FIREFOX_ENGINE, WEBKIT_ENGINE];

impl Engine {
    /// The environment that tells the tests where the programs are; fails if one is missing.
    pub(crate) fn environment(&self) -> Result<Vec<(&'static str, PathBuf)>> {
        let found = self.programs.iter().map(|program| Ok((program.variable, program.locate(self.advice)?)));
        found.collect()
    }

    /// Installs what is missing, if this machine has apt and nobody has chosen a program by hand.
    fn ensure(&self, layout: &Layout) -> Result<&'static str> {
        let Err(missing) = self.environment() else { return Ok("present") };
        let is_chosen = self.programs.iter().any(|program| env::var_os(program.variable).is_some());
        if is_chosen || !apt::is_available() {
            return Err(missing);
        }
        apt::install(layout, self.packages).context(self.advice)?;
        self.environment()?;
        Ok("apt-get install")
    }
}

pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Browser {
    pub(crate) fn find() -> Result<Self> {
        let advice = CHROMIUM_ENGINE.advice;
        Ok(Self { chromium: CHROMIUM.locate(advice)?, chromedriver: CHROMEDRIVER.locate(advice)? })
    }
}

/// Chromium, which most rings need.
pub(super) fn ensure(layout: &Layout) -> Result<String> {
    CHROMIUM_ENGINE.ensure(layout).map(String::from)
}

/// The other browsers. Where there is no apt they may be missing: their tests are left out then, and say so. A
/// path set by hand that leads nowhere is a mistake, and so is an apt that cannot install.
pub(super) fn ensure_others(layout: &Layout) -> Result<String> {
    let mut outcomes = Vec::new();
    for engine in &ENGINES[1..] {
        let is_chosen = engine.programs.iter().any(|program| env::var_os(program.variable).is_some());
        let outcome = match engine.ensure(layout) {
            Ok(how) => how.to_owned(),
            Err(missing) if is_chosen || apt::is_available() => return Err(missing),
            Err(missing) => format!("left out ({missing})"),
        };
        outcomes.push(format!("{} {outcome}", engine.name));
    }
    Ok(outcomes.join(", "))
}

impl Program {
    fn locate(&self, advice: &str) -> Result<PathBuf> {
        if let Some(chosen) = env::var_os(self.variable).map(PathBuf::from) {
            if chosen.is_file() {
                return Ok(chosen);
            }
            bail!("{} names {}, which is not there", self.variable, chosen.display());
        }
        let on_disk = self.known.iter().map(PathBuf::from).chain(among_libraries(self.name));
        on_disk
            .into_iter()
            .find(|path| path.is_file())
            .or_else(|| process::find_on_path(self.name))
            .with_context(|| format!("no {} was found. {advice}", self.name))
    }
}

fn among_libraries(program: &str) -> Vec<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.flat_map(|folder| WEBKIT_LIBRARIES.map(|library| folder.join(library).join(program))).collect()
}
