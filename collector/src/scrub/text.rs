//! One value: which rules look at it, and looking until nothing changes any more.

use super::field::{Inside, Path, Place};
use super::report::{Hit, Report};
use super::rule::{Action, BuiltIn};
use super::url::{Around, Parameters};
use super::{Scrubber, detect::Detector};

/// Most passes over one value. One finds nearly everything and the second that nothing is left; a third is
/// needed where a replacement changed what its neighbour looked like. Whatever is not settled by then is
/// replaced as a whole, so that scrubbing ends and scrubbing twice is scrubbing once.
const MAX_PASSES: usize = 6;

/// Fewest digits in which a rule could find a number.
const MIN_DIGITS: usize = 4;

/// Shortest text in which a rule could find a secret without any sign of [`Signs`].
const MIN_SECRET_BYTES: usize = 16;

/// What the bytes of a text allow to be in it: the gate before the patterns. Most values of an event are
/// short words and ids, and need no pattern to be told harmless.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    classes: u8,
    digits: usize,
}

const DIGIT: u8 = 1;
/// `@` and the `%` it may be written with.
const ADDRESS: u8 = 2;
/// What stands between a name and its value, or between words.
const MARK: u8 = 4;
/// What begins a query or a hash.
const PARAMETER: u8 = 8;

/// What ends a run of plain characters in a JSON string.
const SPECIAL: u8 = 128;

/// The class of each byte.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        classes[digit as usize] = DIGIT;
        digit += 1;
    }
    classes[b'@' as usize] = ADDRESS;
    classes[b'%' as usize] = ADDRESS;
    classes[b':' as usize] = MARK;
    classes[b'=' as usize] = MARK;
    classes[b' ' as usize] = MARK;
    classes[b'?' as usize] = PARAMETER;
    classes[b'#' as usize] = PARAMETER;
    classes[b'"' as usize] = SPECIAL;
    classes[b'\\' as usize] = SPECIAL;
    classes
};

impl Signs {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        for &byte in text {
            let class = CLASSES[usize::from(byte)];
            signs.classes |= class;
            signs.digits += usize::from(class & DIGIT);
        }
        signs
    }

    /// Reads on to the next quote or backslash; says how far that was.
    pub(super) fn read_until_special(&mut self, text: &[u8]) -> usize {
        let mut digits = 0;
        let mut classes = 0;
        let mut length = 0;
        for &byte in text {
            let class = CLASSES[usize::from(byte)];
            if class & SPECIAL != 0 {
                break;
            }
            classes |= class;
            digits += usize::from(class & DIGIT);
            length += 1;
        }
        self.classes |= classes;
        self.digits += digits;
        length
    }

    fn allow_patterns(self, length: usize) -> bool {
        self.classes & (ADDRESS | MARK) != 0 || self.digits >= MIN_DIGITS || length >= MIN_SECRET_BYTES
    }

    fn allow_parameters(self) -> bool {
        // `@` for credentials before a host.
        self.classes & (PARAMETER | ADDRESS) != 0
    }

    /// Whether any rule could find something in `text`, of which these are the signs.
    pub(super) fn allow_anything(self, text: &[u8]) -> bool {
        (self.allow_patterns(text.len()) || self.allow_parameters()) && !is_uuid(text)
    }
}

/// Ids are everywhere, and full of digits.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl Scrubber {
    /// The text a string becomes, if any rule changes it.
    pub(super) fn scrub_string(
        &self,
        path: &Path<'_>,
        inside: Inside,
        place: Place,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        match (self.field_action(path), inside) {
            (Some(Action::Allow), _) => None,
            (Some(action), _) => self.scrub_whole(path, BuiltIn::Field, action, text, report),
            (None, Inside::Secret) => {
                let action = self.rules[BuiltIn::SecretKeys as usize].action;
                self.scrub_whole(path, BuiltIn::SecretKeys, action, text, report)
            }
            (None, _) if place == Place::Json => self.scrub_json_text(path, text, report),
            (None, _) => self.scrub_text(path, place, text, report),
        }
    }

    /// The text that takes the place of a number, if its field or its key asks for it.
    pub(super) fn scrub_number(
        &self,
        path: &Path<'_>,
        inside: Inside,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let by_name = inside == Inside::Secret || self.field_action(path).is_some();
        if by_name { self.scrub_string(path, inside, Place::Text, text, report) } else { None }
    }

    /// The text a value becomes, if any rule changes it.
    pub(super) fn scrub_text(
        &self,
        path: &Path<'_>,
        place: Place,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let unsettled = BuiltIn::Unsettled as usize;
        if text == self.rules[unsettled].word {
            return None;
        }
        let mut hits = Vec::new();
        let mut scrubbed: Option<String> = None;
        let mut settled = false;
        for _ in 0..MAX_PASSES {
            let Some(next) = self.pass(path, place, scrubbed.as_deref().unwrap_or(text), &mut hits) else {
                settled = true;
                break;
            };
            scrubbed = Some(next);
        }
        if !settled {
            hits.push(self.hit(unsettled, text.chars().count()));
            scrubbed = Some(self.rules[unsettled].word.clone());
        }
        let scrubbed = scrubbed?;
        report.record(path, &hits, &scrubbed);
        Some(scrubbed)
    }

    /// The text a whole value becomes because of where it stands.
    pub(super) fn scrub_whole(
        &self,
        path: &Path<'_>,
        rule: BuiltIn,
        action: Action,
        text: &str,
        report: &mut Report,
    ) -> Option<String> {
        let applied = rule.rule(action);
        if applied.is_its_own_work(text) {
            return None;
        }
        let scrubbed = applied.applied(text, self.key.as_ref());
        if scrubbed == text {
            return None;
        }
        let before_chars = text.chars().count();
        report.record(path, &[Hit { rule: rule as usize, action, before_chars }], &scrubbed);
        Some(scrubbed)
    }

    fn pass(&self, path: &Path<'_>, place: Place, text: &str, hits: &mut Vec<Hit>) -> Option<String> {
        let signs = Signs::of(text.as_bytes());
        let mut scrubbed: Option<String> = None;
        let rule = BuiltIn::UrlParameters as usize;
        if signs.allow_parameters() && self.rules[rule].action != Action::Allow {
            let parameters = Parameters {
                rule: &self.rules[rule],
                allowed: &self.allowed_parameters,
                key: self.key.as_ref(),
            };
            let around = if place == Place::Url { Around::Nothing } else { Around::Text };
            scrubbed = parameters.scrub(text, around, &mut |length| hits.push(self.hit(rule, length)));
        }
        if signs.allow_patterns(text.len()) {
            let current = scrubbed.as_deref().unwrap_or(text);
            let next = self.replace(&self.built_in, &|_| true, current, hits);
            scrubbed = next.or(scrubbed);
        }
        if !self.custom.is_empty() {
            let current = scrubbed.as_deref().unwrap_or(text);
            let next = self.replace(&self.custom, &|rule| self.custom_applies(rule, path), current, hits);
            scrubbed = next.or(scrubbed);
        }
        scrubbed.filter(|scrubbed| scrubbed != text)
    }

    fn hit(&self, rule: usize, before_chars: usize) -> Hit {
        Hit { rule, action: self.rules[rule].action, before_chars }
    }

    pub(super) fn replace(
        &self,
        detector: &Detector,
        applies: &impl Fn(usize) -> bool,
        text: &str,
        hits: &mut Vec<Hit>,
    ) -> Option<String> {
        let mut scrubbed = String::new();
        let (mut copied, mut at) = (0, 0);
        let mut changed = false;
        while let Some(found) = detector.find(text, at, applies) {
            let rule = &self.rules[found.rule];
            // The word that names a number goes with it, else it would name whatever comes next.
            let range = if rule.action == Action::Remove { found.whole.clone() } else { found.value };
            let part = &text[range.clone()];
            at = found.whole.end;
            if rule.is_its_own_work(part) {
                continue;
            }
            let applied = rule.applied(part, self.key.as_ref());
            if applied == part {
                continue;
            }
            hits.push(self.hit(found.rule, part.chars().count()));
            scrubbed.push_str(&text[copied..range.start]);
            scrubbed.push_str(&applied);
            copied = range.end;
            changed = true;
        }
        scrubbed.push_str(&text[copied..]);
        changed.then_some(scrubbed)
    }
}
