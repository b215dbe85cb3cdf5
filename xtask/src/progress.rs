//! One visible line per step: `[3/10] wasm-bindgen 0.2.130 ... cargo install (1 min 12 s)`.
//!
//! Lines go to stderr, so that a command's own output (`size --json`) stays clean.

use anyhow::{Context, Result};
use std::io::Write;
use std::time::{Duration, Instant};

type Work<'a> = Box<dyn FnOnce() -> Result<String> + 'a>;

/// Something to do, with the name a reader sees. The work answers how it was done ("present", "built").
pub(crate) struct Step<'a> {
    name: String,
    work: Work<'a>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(name: impl Into<String>, work: impl FnOnce() -> Result<String> + 'a) -> Self {
        Self { name: name.into(), work: Box::new(work) }
    }
}

/// On the running step's line: what a long wait is for.
pub(crate) fn waiting_for(what: &str) {
    print(&format!("{what} ... "));
}

/// Runs the steps in order and stops at the first failure.
pub(crate) fn run(steps: Vec<Step<'_>>) -> Result<()> {
    let total = steps.len();
    for (index, step) in steps.into_iter().enumerate() {
        print(&format!("[{}/{total}] {} ... ", index + 1, step.name));
        let start = Instant::now();
        match (step.work)() {
            Ok(how) => print(&format!("{how} ({})\n", human_duration(start.elapsed()))),
            Err(error) => {
                print(&format!("failed ({})\n", human_duration(start.elapsed())));
                return Err(error).with_context(|| format!("the step \"{}\" failed", step.name));
            }
        }
    }
    Ok(())
}

fn print(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // A closed stderr must not stop a build; there is nobody left to tell.
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

pub(crate) fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(human_duration(Duration::from_millis(140)), "0.1 s");
        assert_eq!(human_duration(Duration::from_secs(72)), "1 min 12 s");
    }

    #[test]
    fn a_failing_step_stops_the_rest_and_is_named() {
        let mut later_ran = false;
        let steps = vec![
            Step::new("first", || anyhow::bail!("no disk left")),
            Step::new("second", || {
                later_ran = true;
                Ok("done".into())
            }),
        ];
        let error = format!("{:#}", run(steps).unwrap_err());
        assert_eq!(error, "the step \"first\" failed: no disk left");
        assert!(!later_ran);
    }
}
