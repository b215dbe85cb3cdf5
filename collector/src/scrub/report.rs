//! What scrubbing did: a count per rule, and on demand each change.

use super::field::Path;
use super::rule::Action;

/// One value that was changed by one rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// Where it stands, such as `error.causes[0].message`.
    pub path: String,
    /// Id of the rule; [`super::Scrubber::rule`] has its name.
    pub rule: usize,
    /// What was done.
    pub action: Action,
    /// Length of what was found (characters).
    pub before_chars: usize,
    /// The whole value afterwards.
    pub after: String,
}

/// Something a rule found in a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) rule: usize,
    pub(super) action: Action,
    pub(super) before_chars: usize,
}

/// What scrubbing one body did.
#[derive(Clone, Debug)]
pub struct Report {
    counts: Vec<u64>,
    changes: Option<Vec<Change>>,
}

impl Report {
    /// Counts only: what was found is not kept anywhere.
    pub(super) fn counting(rules: usize) -> Self {
        Self { counts: vec![0; rules], changes: None }
    }

    /// Keeps each change as well.
    pub(super) fn explaining(rules: usize) -> Self {
        Self { changes: Some(Vec::new()), ..Self::counting(rules) }
    }

    /// Whether each change is kept.
    pub(super) fn explains(&self) -> bool {
        self.changes.is_some()
    }

    /// Rules that found something, with how often.
    pub fn counts(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    /// Every change, if they were asked for.
    pub fn changes(&self) -> &[Change] {
        self.changes.as_deref().unwrap_or_default()
    }

    pub(super) fn record(&mut self, path: &Path<'_>, hits: &[Hit], after: &str) {
        for &Hit { rule, action, before_chars } in hits {
            self.counts[rule] += 1;
            if let Some(changes) = &mut self.changes {
                let (path, after) = (path.to_string(), after.to_owned());
                changes.push(Change { path, rule, action, before_chars, after });
            }
        }
    }
}
