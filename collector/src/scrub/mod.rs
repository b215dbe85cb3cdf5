//! Scrubbing: personal data and secrets are taken out of a body before it is journalled, so that neither the
//! disk nor a sink ever sees them.
//!
//! # The promise
//! - Only string values are looked at, by their path, never raw JSON: read raw, every `date` is a card number.
//!   Keys, numbers and what Datadog joins events by (ids, types, dates, tags) stay as they are. The one
//!   exception: below a key such as `password` in an application's own data, numbers go as well.
//! - What no rule changes stays byte for byte; a body in which no rule changes anything is not touched at all.
//! - Scrubbing twice is scrubbing once: a value is scrubbed until nothing changes, and what a rule leaves
//!   behind is recognized. A value that does not settle is replaced as a whole.
//! - What was found is counted by rule and kept nowhere.
//!
//! # The path of a value
//! 1. [`body`] takes a body of the official SDK, [`walk`] goes through it once, on top of the tokens of
//!    [`json`]; [`batch`] goes through the fields of our own, [`recording`] through the texts of our segments.
//! 2. [`place`] tells by the keys above a value what may happen to it: nothing, all of it because a key names a
//!    secret, or the rules for URLs, style sheets or text; [`field`] what the operator said about it.
//! 3. [`memo`] knows the strings that came before in the same body.
//! 4. [`text`] asks [`signs`] whether a pattern could fit at all, then [`url`] for parameters and [`detect`] for
//!    everything else.
//! 5. [`rule`] does what the configuration says with what was found; [`report`] counts it.
//!
//! To add a rule: a variant of [`rule::BuiltIn`], its pattern and check in [`detect`], its sign in [`signs`], its
//! option in `config/scrub.rs`, near-misses in its test.

mod batch;
mod body;
mod detect;
pub mod explain;
mod field;
mod json;
mod memo;
mod number;
mod place;
mod recording;
mod report;
mod rule;
mod signs;
mod text;
mod url;
mod walk;

#[cfg(test)]
mod batch_test;
#[cfg(test)]
mod body_test;
#[cfg(test)]
mod property_test;
#[cfg(test)]
mod recording_test;
#[cfg(test)]
mod rule_test;

pub use body::{EventShape, ScrubError, Scrubbed};
pub use field::Selector;
pub use json::Fault;
pub use report::{Change, Report};
pub use rule::{Action, BuiltIn, Rule};

use detect::Detector;
use field::{Path, SecretKeys};
use ring::hmac;
use std::collections::HashSet;

/// The checked options of scrubbing.
#[derive(Clone, Debug)]
pub struct ScrubConfig {
    /// What each built-in rule does.
    pub actions: Vec<(BuiltIn, Action)>,
    /// Names of parameters whose values may stay.
    pub allowed_parameters: Vec<String>,
    /// More keys that name secrets.
    pub secret_keys: Vec<String>,
    /// Key of [`Action::Hash`].
    pub hash_key: Option<crate::config::Secret>,
    /// Rules of the operator's.
    pub custom: Vec<CustomRule>,
    /// Fields with an action of their own; the first that matches decides.
    pub fields: Vec<(Selector, Action)>,
}

/// A rule of the operator's.
#[derive(Clone, Debug)]
pub struct CustomRule {
    /// The metric label.
    pub name: String,
    /// A regular expression.
    pub pattern: String,
    /// What is done with what it finds.
    pub action: Action,
    /// What [`Action::Replace`] puts in.
    pub word: String,
    /// Where it looks; everywhere if empty.
    pub fields: Vec<Selector>,
}

/// Why the rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScrubSetupError {
    /// A regular expression of the operator's is wrong or too large.
    #[error("the pattern cannot be used: {reason}")]
    Pattern {
        /// Position in the list of custom rules.
        index: usize,
        /// What the parser says.
        reason: String,
    },
    /// What a rule puts in would be found again.
    #[error("`{word}` would be scrubbed again by the rules; scrubbing twice must equal scrubbing once")]
    Unstable {
        /// Position in the list of custom rules.
        index: usize,
        /// What it puts in.
        word: String,
    },
    /// A fault of ours: the built-in patterns do not compile.
    #[error("the built-in patterns cannot be used: {0}")]
    BuiltIn(String),
}

/// All rules, ready. Made once, shared by all requests.
#[derive(Debug)]
pub struct Scrubber {
    /// By id: the built-in ones, then the operator's.
    rules: Vec<Rule>,
    built_in: Detector,
    custom: Detector,
    /// By position in the list of custom rules.
    custom_fields: Vec<Vec<Selector>>,
    allowed_parameters: HashSet<String>,
    /// `None` where the rule is off.
    secret_keys: Option<SecretKeys>,
    fields: Vec<(Selector, Action)>,
    key: Option<hmac::Key>,
}

impl Scrubber {
    /// Compiles the patterns and proves that what they leave behind is left alone.
    pub fn new(config: &ScrubConfig) -> Result<Self, ScrubSetupError> {
        let action_of = |rule: BuiltIn| {
            let configured = config.actions.iter().find(|(candidate, _)| *candidate == rule);
            configured.map_or(Action::Replace, |(_, action)| *action)
        };
        let mut rules: Vec<Rule> = BuiltIn::ALL.map(|rule| rule.rule(action_of(rule))).into();
        let mut patterns = Vec::new();
        for (index, custom) in config.custom.iter().enumerate() {
            let pattern = |reason: String| ScrubSetupError::Pattern { index, reason };
            // Alone first, so that the message speaks of this pattern.
            let alone = Detector::custom(&[(0, &custom.pattern)]).map_err(|error| pattern(reason(&error)))?;
            if alone.fits_nothing() {
                return Err(pattern("it fits an empty text, so it would be found everywhere".into()));
            }
            if custom.action != Action::Allow {
                patterns.push((rules.len(), custom.pattern.as_str()));
            }
            rules.push(Rule { name: custom.name.clone(), action: custom.action, word: custom.word.clone() });
        }
        let built_in = Detector::built_in(|rule| action_of(rule) != Action::Allow)
            .map_err(|error| ScrubSetupError::BuiltIn(reason(&error)))?;
        let custom = Detector::custom(&patterns)
            .map_err(|error| ScrubSetupError::Pattern { index: 0, reason: reason(&error) })?;
        let scrubber = Self {
            rules,
            built_in,
            custom,
            custom_fields: config.custom.iter().map(|custom| custom.fields.clone()).collect(),
            allowed_parameters: config.allowed_parameters.iter().cloned().collect(),
            secret_keys: (action_of(BuiltIn::SecretKeys) != Action::Allow)
                .then(|| SecretKeys::new(&config.secret_keys)),
            fields: config.fields.clone(),
            key: config
                .hash_key
                .as_ref()
                .map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes())),
        };
        scrubber.check_words(config)?;
        Ok(scrubber)
    }

    /// The rule with this id.
    pub fn rule(&self, id: usize) -> &Rule {
        &self.rules[id]
    }

    /// An empty report for one body.
    pub fn report(&self) -> Report {
        Report::counting(self.rules.len())
    }

    /// A report that keeps each change, for people.
    pub fn explaining_report(&self) -> Report {
        Report::explaining(self.rules.len())
    }

    /// The operator's words and hashes must survive a second look.
    fn check_words(&self, config: &ScrubConfig) -> Result<(), ScrubSetupError> {
        for (index, custom) in config.custom.iter().enumerate() {
            let rule = &self.rules[BuiltIn::ALL.len() + index];
            let left = match custom.action {
                Action::Replace | Action::Hash => rule.applied("x", self.key.as_ref()),
                Action::Mask | Action::Remove | Action::Allow => continue,
            };
            let everywhere = self.replace(&self.custom, &|_| true, &left, &mut Vec::new());
            let again = self.replace(&self.built_in, &|_| true, &left, &mut Vec::new());
            if everywhere.or(again).is_some() {
                return Err(ScrubSetupError::Unstable { index, word: left });
            }
        }
        Ok(())
    }

    /// What the operator said about the field at this path.
    fn field_action(&self, path: &Path<'_>) -> Option<Action> {
        self.fields.iter().find(|(selector, _)| selector.matches(path)).map(|(_, action)| *action)
    }

    /// Whether what becomes of a string depends on its path.
    fn reads_paths(&self) -> bool {
        !self.fields.is_empty() || self.custom_fields.iter().any(|fields| !fields.is_empty())
    }

    fn custom_applies(&self, rule: usize, path: &Path<'_>) -> bool {
        let fields = &self.custom_fields[rule - BuiltIn::ALL.len()];
        fields.is_empty() || fields.iter().any(|selector| selector.matches(path))
    }
}

fn reason(error: &regex_automata::meta::BuildError) -> String {
    let cause = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
    // The parser draws a picture of the pattern; its last line says what is wrong.
    cause.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
