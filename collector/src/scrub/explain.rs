//! `collector scrub --explain`: what each rule would do to these events, without a collector running.
//!
//! It is run by people on data they have already; what it prints is what would be journalled.

use super::{EventShape, Report, ScrubError, Scrubbed, Scrubber};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

/// Longest line that is read (bytes): what the Datadog door takes inflated.
const MAX_LINE_BYTES: u64 = crate::intake::decode::DATADOG_INFLATED_LIMIT_BYTES as u64;

/// Longest text that is shown of a scrubbed value (characters).
const MAX_SHOWN_CHARS: usize = 120;

/// What is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// Events, one per line.
    Events(EventShape),
    /// One segment of replay, which may have line breaks between its tokens.
    Segment,
}

/// Why it stopped, or what was wrong with the events.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Some lines were no events.
    #[error("{0} of the lines would be refused")]
    Lines(usize),
}

/// Explains events, one per line, or a segment from `input`.
pub fn explain(
    scrubber: &Scrubber,
    kind: Input,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), ExplainError> {
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    let (mut number, mut wrong) = (0, 0);
    while let Some(line) = next_piece(kind, input)? {
        number += 1;
        let mut report = scrubber.explaining_report();
        if let Err(ScrubError { fault, .. }) = scrub(scrubber, kind, &line, &mut report) {
            wrong += 1;
            writeln!(output, "line {number}: {fault}")?;
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
    kind: Input,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), ExplainError> {
    let mut wrong = 0;
    while let Some(line) = next_piece(kind, input)? {
        match scrub(scrubber, kind, &line, &mut scrubber.report()) {
            Ok(Scrubbed { body, .. }) => output.write_all(body.as_deref().unwrap_or(&line))?,
            // Not repeated: what cannot be scrubbed is refused at the door as well.
            Err(_) => wrong += 1,
        }
    }
    if wrong > 0 { Err(ExplainError::Lines(wrong)) } else { Ok(()) }
}

fn scrub(
    scrubber: &Scrubber,
    kind: Input,
    piece: &[u8],
    report: &mut Report,
) -> Result<Scrubbed, ScrubError> {
    match kind {
        Input::Events(_) if piece.trim_ascii().is_empty() => {
            Ok(Scrubbed { body: None, events: 0, session_id: None })
        }
        Input::Events(shape) => scrubber.scrub_events(shape, None, piece, report),
        Input::Segment => scrubber.scrub_segment(None, piece, report),
    }
}

/// The next line with its line break, or the whole segment.
fn next_piece(kind: Input, input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut piece = Vec::new();
    let mut input = input.take(MAX_LINE_BYTES + 1);
    let read = match kind {
        Input::Events(_) => input.read_until(b'\n', &mut piece)?,
        Input::Segment => input.read_to_end(&mut piece)?,
    };
    if read as u64 > MAX_LINE_BYTES {
        return Err(io::Error::other(format!("a line is longer than {MAX_LINE_BYTES} bytes")));
    }
    Ok((read > 0).then_some(piece))
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
                          {\"type\":\"view\"}\nno event\n{\"type\":\"view\",\"context\":{\"pin\":4711}}";

    const RUM: Input = Input::Events(EventShape::Rum);

    #[test]
    fn each_change_is_told_by_line_path_and_rule() {
        let mut output = Vec::new();
        let error = explain(&scrubber(), RUM, &mut EVENTS.as_bytes(), &mut output).unwrap_err();
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
        assert!(rewrite(&scrubber(), RUM, &mut EVENTS.as_bytes(), &mut output).is_err());
        let expected = "{\"type\":\"error\",\"error\":{\"message\":\"[email] and [ssn]\"}}\n{\"type\":\"view\"}\n\
                        {\"type\":\"view\",\"context\":{\"pin\":\"[redacted]\"}}";
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }
}
