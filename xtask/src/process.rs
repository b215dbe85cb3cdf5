//! Running other programs: on the path, with the output in a log, with an error that says what to do.

use crate::layout::Layout;
use anyhow::{Context, Result, anyhow, bail};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// How much of a failed command's output is shown: one screen; the log file has the rest.
const SHOWN_LOG_LINES: usize = 40;

/// Runs a command with its output in `<logs>/<name>.log`; on failure the end of that log is the error.
pub(crate) fn run_logged(layout: &Layout, name: &str, command: &mut Command) -> Result<()> {
    fs::create_dir_all(layout.logs())?;
    let log_path = layout.logs().join(format!("{name}.log"));
    let log = File::create(&log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .with_context(|| cannot_start(command))?;
    if status.success() {
        return Ok(());
    }
    let output = fs::read_to_string(&log_path).unwrap_or_default();
    let lines: Vec<&str> = output.lines().collect();
    let tail = lines[lines.len().saturating_sub(SHOWN_LOG_LINES)..].join("\n");
    bail!("`{}` ended with {status}\n{tail}\n(all of it: {})", describe(command), log_path.display())
}

/// Runs a command and returns what it printed to stdout.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!(
            "`{}` ended with {}\n{}",
            describe(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The program of that name on `PATH`, if any.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|candidate| candidate.is_file())
}

/// A program the project cannot install by itself.
pub(crate) fn require(program: &str, advice: &str) -> Result<()> {
    find_on_path(program).map(drop).ok_or_else(|| anyhow!("`{program}` is not on PATH: {advice}"))
}

/// `PATH` with these folders in front.
pub(crate) fn path_with(folders: &[PathBuf]) -> Result<std::ffi::OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&inherited));
    env::join_paths(all).context("a tool folder's path contains the path separator; move the checkout")
}

pub(crate) fn command_in(folder: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Both outputs of a program started with pipes, line by line as they come; ends when the program has closed
/// them. A line that is not UTF-8 is shown as well as can be.
pub(crate) fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>);
    let stderr = child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>);
    for stream in [stdout, stderr].into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            for bytes in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned();
                // Without a reader the program still needs its pipe emptied.
                let _ = sender.send(line);
            }
        });
    }
    lines
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`; is it installed and on PATH?", command.get_program().to_string_lossy())
}

/// A command as one would type it, with the folder it runs in.
pub(crate) fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    match command.get_current_dir().and_then(Path::file_name) {
        Some(folder) => format!("{line} (in {})", folder.to_string_lossy()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_shows_the_end_of_its_output() {
        let folder = env::temp_dir().join(format!("xtask-process-{}", std::process::id()));
        let layout = Layout::at(&folder);
        let error = run_logged(&layout, "probe", Command::new("sh").args(["-c", "echo out of ink; exit 3"]))
            .unwrap_err()
            .to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("out of ink") && error.contains("exit status: 3"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_with_advice() {
        let error = require("no-such-program-here", "install it").unwrap_err().to_string();
        assert_eq!(error, "`no-such-program-here` is not on PATH: install it");
    }
}
