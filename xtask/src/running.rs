//! A program that runs beside us: its output goes to a log, we can wait for a line of it, and it never
//! outlives us (short of our own `kill -9`).

use crate::process;
use anyhow::{Context, Result, anyhow, bail};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The collector finishes what it accepted within 10 s; past this it is stuck.
const STOP_GRACE: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Enough of the output to explain an early end.
const KEPT_LINES: usize = 20;

pub(crate) struct Running {
    name: &'static str,
    child: Child,
    /// Until the line that was waited for has come; after that nobody would empty the channel.
    lines: Option<Receiver<String>>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
    log: PathBuf,
}

impl Running {
    pub(crate) fn start(name: &'static str, log: &Path, command: &mut Command) -> Result<Self> {
        let mut child = in_own_group(command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the {name}"))?;
        let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let last_lines = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&last_lines);
        let (sender, lines) = mpsc::channel();
        let output = process::lines_of(&mut child);
        thread::spawn(move || {
            for line in output {
                let _ = writeln!(file, "{line}");
                keep(&kept, &line);
                // Nobody may be waiting for lines any more; the log goes on.
                let _ = sender.send(line);
            }
        });
        Ok(Self { name, child, lines: Some(lines), last_lines, log: log.to_path_buf() })
    }

    /// The first answer `find` gives for a line of output.
    pub(crate) fn wait_for_line<T>(
        &mut self,
        limit: Duration,
        mut find: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        let lines = self.lines.take().context("only the start of a program's output can be waited for")?;
        let deadline = Instant::now() + limit;
        loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = find(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.trouble("did not say that it is ready in time"));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.trouble("ended before it was ready")),
            }
        }
    }

    /// The program's process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// An error if the program has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.trouble(&format!("ended with {status}"))),
        }
    }

    /// Asks the program to end, and ends it if it does not.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        end_group(&mut self.child);
        let deadline = Instant::now() + STOP_GRACE;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
        kill_group(&mut self.child);
        self.child.wait()?;
        bail!("the {} did not stop within {} s and was killed", self.name, STOP_GRACE.as_secs())
    }

    fn trouble(&self, what: &str) -> anyhow::Error {
        let tail = self.last_lines.lock().map(|lines| lines.iter().cloned().collect::<Vec<_>>().join("\n"));
        anyhow!(
            "the {} {what}; its last words:\n{}\n(all of it: {})",
            self.name,
            tail.unwrap_or_default(),
            self.log.display()
        )
    }
}

/// Makes the program the head of a process group, so that [`end_group`] reaches what it starts in turn.
pub(crate) fn in_own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

/// SIGTERM to a program started [`in_own_group`] and to what it started: they may finish what they accepted.
pub(crate) fn end_group(child: &mut Child) {
    #[cfg(unix)]
    signal_group(child, nix::sys::signal::Signal::SIGTERM);
    #[cfg(not(unix))]
    let _ = child.kill();
}

/// The same without a choice.
pub(crate) fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    signal_group(child, nix::sys::signal::Signal::SIGKILL);
    #[cfg(not(unix))]
    let _ = child.kill();
}

#[cfg(unix)]
fn signal_group(child: &Child, signal: nix::sys::signal::Signal) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // It may have ended since; then there is nothing to ask.
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(pid), signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("{error:#}");
        }
    }
}

fn keep(kept: &Mutex<VecDeque<String>>, line: &str) {
    if let Ok(mut kept) = kept.lock() {
        kept.push_back(line.to_owned());
        if kept.len() > KEPT_LINES {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Running {
        let log = std::env::temp_dir().join(format!("xtask-running-{}", std::process::id()));
        Running::start("probe", &log, Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn a_line_of_output_can_be_waited_for_and_the_program_ends_when_asked() {
        let mut running = shell("echo starting; echo port 81 >&2; exec sleep 60");
        let port = running
            .wait_for_line(Duration::from_secs(5), |line| line.strip_prefix("port ").map(str::to_owned));
        assert_eq!(port.unwrap(), "81");
        running.check().unwrap();
        running.stop().unwrap();
        assert!(running.check().unwrap_err().to_string().contains("ended with signal: 15"));
    }

    #[test]
    fn an_early_end_shows_the_last_words() {
        let error =
            shell("echo no such config; exit 2").wait_for_line(Duration::from_secs(5), |_| None::<()>);
        let text = error.unwrap_err().to_string();
        assert!(text.contains("ended before it was ready") && text.contains("no such config"), "{text}");
    }
}
