//! Passed, failed and left out, read from what the test runners print.

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    /// Tests that gave a reason for not running here.
    pub(super) left_out: u64,
}

impl Count {
    pub(super) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed), left_out: 0 }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
    }

    /// A ring that ran nothing has proven nothing.
    pub(super) fn or_failed_if_empty(self, ring: &str) -> Self {
        if self.passed + self.failed == 0 {
            println!("the ring {ring} ran no test at all");
            return Self::one(false);
        }
        self
    }

    /// A runner that failed without naming a failed test did not get as far as its tests.
    pub(super) fn with_exit(mut self, succeeded: bool) -> Self {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        self
    }

    /// Adds what one line of a runner's output says: cargo test and wasm-bindgen-test
    /// (`test result: ok. 2 passed; 0 failed; …`), node:test (`# pass 2`, `ℹ fail 0`).
    pub(super) fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some((_, numbers)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        {
            for part in numbers.split("; ") {
                match part.split_once(' ') {
                    Some((number, "passed")) => self.passed += number.parse::<u64>().unwrap_or(0),
                    Some((number, "failed")) => self.failed += number.parse::<u64>().unwrap_or(0),
                    Some((number, "ignored")) => self.left_out += number.parse::<u64>().unwrap_or(0),
                    _ => {}
                }
            }
        }
        let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) else { return };
        match rest.split_once(' ') {
            Some(("pass", number)) => self.passed += number.parse::<u64>().unwrap_or(0),
            Some(("fail" | "cancelled", number)) => self.failed += number.parse::<u64>().unwrap_or(0),
            Some(("skipped", number)) => self.left_out += number.parse::<u64>().unwrap_or(0),
            _ => {}
        }
    }
}

/// The line without ANSI colour sequences (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Count {
        let mut count = Count::default();
        for line in lines {
            count.read(line);
        }
        count
    }

    #[test]
    fn cargo_results_add_up_over_binaries() {
        let lines = [
            "test result: ok. 11 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.15s",
            "test result: \u{1b}[31mFAILED\u{1b}[0m. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "running 5 tests",
        ];
        assert_eq!(count(&lines), Count { passed: 14, failed: 2, left_out: 1 });
    }

    #[test]
    fn node_results_are_read_in_both_reporters_words() {
        assert_eq!(
            count(&["# tests 12", "# pass 7", "# fail 1", "# cancelled 1", "# skipped 3"]),
            Count { passed: 7, failed: 2, left_out: 3 }
        );
        assert_eq!(
            count(&["\u{1b}[34mℹ pass 4\u{1b}[39m", "ℹ fail 0"]),
            Count { passed: 4, failed: 0, left_out: 0 }
        );
    }

    #[test]
    fn a_test_name_that_mentions_results_is_not_one() {
        assert_eq!(count(&["ok 1 - # pass 3 things", "test says_test_result ... ok"]), Count::default());
    }

    #[test]
    fn a_runner_that_dies_early_counts_as_one_failure() {
        assert_eq!(Count::default().with_exit(false), Count { passed: 0, failed: 1, left_out: 0 });
        assert_eq!(
            Count { passed: 3, failed: 2, left_out: 0 }.with_exit(false),
            Count { passed: 3, failed: 2, left_out: 0 }
        );
        assert_eq!(
            Count { passed: 3, failed: 0, left_out: 0 }.with_exit(true),
            Count { passed: 3, failed: 0, left_out: 0 }
        );
    }

    #[test]
    fn an_empty_ring_fails() {
        assert_eq!(Count::default().or_failed_if_empty("probe"), Count { passed: 0, failed: 1, left_out: 0 });
    }
}
