//! `collector scrub --explain`: what each rule would do to these events, without a collector running.
//!
//! It is run by people on data they have already; what it prints is what would be journalled.

use super::{JsonError, Scrubber};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

/// Longest line that is read (bytes): what the Datadog door takes inflated.
const MAX_LINE_BYTES: u64 = crate::intake::decode::DATADOG_INFLATED_LIMIT_BYTES as u64;

/// Longest text that is shown of a scrubbed value (characters).
const MAX_SHOWN_CHARS: usize = 120;

/// Why it stopped, or what was wrong with the events.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Some lines were no events.
    #[error("{0} of the lines are no JSON and would be refused")]
    Lines(usize),
}

/// Explains events, one per line, from `input`.
pub fn explain(
    scrubber: &Scrubber,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), ExplainError> {
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    let (mut number, mut wrong) = (0, 0);
    while let Some(line) = next_line(input)? {
        number += 1;
        let mut report = scrubber.explaining_report();
        if let Err(error) = check_and_scrub(scrubber, &line, &mut report) {
            wrong += 1;
            writeln!(output, "line {number}: {error}")?;
            continue;
        }
        for change in report.changes() {
            let rule = scrubber.rule(change.rule);
            writeln!(
                output,
                "line {number}: {} | {} | {} | {} characters | {}",
                change.path,
                rule.name,
                change.action.name(),
                change.before_chars,
                shown(&change.after)
            )?;
        }
        for (rule, count) in report.counts() {
            *totals.entry(scrubber.rule(rule).name.clone()).or_default() += count;
        }
    }
    writeln!(output, "{number} lines")?;
    for (rule, count) in totals {
        writeln!(output, "{count:>8} {rule}")?;
    }
    if wrong > 0 { Err(ExplainError::Lines(wrong)) } else { Ok(()) }
}

/// Writes the events as they would be journalled.
pub fn rewrite(
    scrubber: &Scrubber,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), ExplainError> {
    let mut wrong = 0;
    while let Some(line) = next_line(input)? {
        match check_and_scrub(scrubber, &line, &mut scrubber.report()) {
            Ok(scrubbed) => output.write_all(scrubbed.as_deref().unwrap_or(&line))?,
            // Not repeated: what cannot be scrubbed is refused at the door as well.
            Err(_) => wrong += 1,
        }
    }
    if wrong > 0 { Err(ExplainError::Lines(wrong)) } else { Ok(()) }
}

fn check_and_scrub(
    scrubber: &Scrubber,
    line: &[u8],
    report: &mut super::Report,
) -> Result<Option<Vec<u8>>, JsonError> {
    let is_blank = line.trim_ascii().is_empty();
    if !is_blank && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err() {
        return Err(JsonError::NotJson);
    }
    scrubber.scrub_events(line, report).map_err(|(_, error)| error)
}

/// The next line with its line break.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = input.take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line)?;
    if read as u64 > MAX_LINE_BYTES {
        return Err(io::Error::other(format!("a line is longer than {MAX_LINE_BYTES} bytes")));
    }
    Ok((read > 0).then_some(line))
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN_CHARS).collect::<String>().escape_debug().to_string();
    if text.chars().count() > MAX_SHOWN_CHARS {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::rule_test::scrubber;
    use super::*;

    const EVENTS: &str = "{\"type\":\"error\",\"error\":{\"message\":\"a@b.example and 123-45-6789\"}}\n\
                          {\"type\":\"view\"}\nno event\n{\"context\":{\"pin\":4711}}";

    #[test]
    fn each_change_is_told_by_line_path_and_rule() {
        let mut output = Vec::new();
        let error = explain(&scrubber(), &mut EVENTS.as_bytes(), &mut output).unwrap_err();
        assert!(matches!(error, ExplainError::Lines(1)), "{error}");
        let expected = "line 1: error.message | email | replace | 11 characters | [email] and [ssn]\n\
                        line 1: error.message | ssn | replace | 11 characters | [email] and [ssn]\n\
                        line 3: it is not JSON\n\
                        line 4: context.pin | secret_keys | replace | 4 characters | [redacted]\n\
                        4 lines\n       1 email\n       1 secret_keys\n       1 ssn\n";
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }

    #[test]
    fn events_are_rewritten_and_what_is_none_is_left_out() {
        let mut output = Vec::new();
        assert!(rewrite(&scrubber(), &mut EVENTS.as_bytes(), &mut output).is_err());
        let expected = "{\"type\":\"error\",\"error\":{\"message\":\"[email] and [ssn]\"}}\n{\"type\":\"view\"}\n\
                        {\"context\":{\"pin\":\"[redacted]\"}}";
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }
}
