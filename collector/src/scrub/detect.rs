//! Finding what a rule is about: one alternation of all patterns proposes, a check in plain code decides.
//!
//! A pattern is wide and cheap; what makes a rule conservative (check digits, what stands before and after,
//! a word that names the number) is in its check, where it can be read. Boundaries are ASCII: the patterns
//! must not depend on Unicode tables to tell where a number ends.

use super::number;
use super::rule::BuiltIn;
use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, PatternID};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::str::FromStr;

/// Largest compiled automaton of custom patterns (bytes): a repetition of repetitions would take gigabytes.
const MAX_AUTOMATON_BYTES: usize = 4 * 1024 * 1024;

/// Endings that make `name@2x.png` a file and not an address.
const FILE_ENDINGS: [&str; 24] = [
    "avif", "bmp", "cjs", "css", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json", "jsx", "map",
    "mjs", "mp4", "png", "svg", "ts", "tsx", "wasm", "webp", "woff", "woff2",
];

/// Words a program writes where a secret would stand.
const NO_SECRETS: [&str; 7] = ["null", "undefined", "true", "false", "none", "string", "number"];

/// Shortest value taken for a secret without a digit in it, when it follows a colon (characters).
/// "Invalid token: punctuation" is no leak.
const MIN_WORDY_SECRET_CHARS: usize = 20;

/// What a pattern found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found {
    /// Id of the rule.
    pub(super) rule: usize,
    /// Everything that was found, the naming word included.
    pub(super) whole: Range<usize>,
    /// The part of it that tells something.
    pub(super) value: Range<usize>,
}

/// Decides on what a pattern proposed: the part that is to go, or nothing.
pub(super) type Check = fn(&str, Range<usize>) -> Option<Range<usize>>;

/// The patterns, in the order in which they are tried at one place.
pub(super) const PATTERNS: [(BuiltIn, &str, Check); 15] = [
    (
        BuiltIn::Email,
        r#"[^\x00-\x20"'<>()\[\]{}@,;:=/\\?&|*`]+(?:@|%40)(?:[A-Za-z0-9\x{80}-\x{10FFFF}-]+\.)+[A-Za-z]{2,24}"#,
        email,
    ),
    (BuiltIn::Jwt, r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}", |_, found| Some(found)),
    (BuiltIn::Authorization, r"(?i-u:bearer|basic)(?: {1,4}|%20|\+)[A-Za-z0-9._~+/=-]{8,}", authorization),
    (
        BuiltIn::Secret,
        r#"(?i-u:api[_-]?key|access[_-]?key|token|secret|password|passwd|passphrase|pwd|jsessionid|phpsessid)["'\\]{0,3} {0,3}[:=] {0,3}["'\\]{0,3}[^\x00-\x20"'&,;<>\[\]{}()\\*]{4,}"#,
        named_secret,
    ),
    (
        BuiltIn::Secret,
        r"A[KS]IA[0-9A-Z]{16}|[sr]k_(?:live|test)_[0-9A-Za-z]{10,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}|glpat-[A-Za-z0-9_-]{20,}",
        known_secret,
    ),
    (
        BuiltIn::Secret,
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?",
        |_, found| Some(found),
    ),
    (
        BuiltIn::Mrn,
        r"(?i-u:mrn|medical record(?: number| no\.?)?)[ :#=]{0,4}[A-Za-z]{0,3}-?[0-9]{4,12}",
        named_number,
    ),
    (BuiltIn::Npi, r"(?i-u:npi)[ :#=]{0,4}[0-9]{10}", named_npi),
    (
        BuiltIn::Prescription,
        r"(?i-u:rx|prescription)(?i-u: ?(?:number|no\.?|num|id))?[ :#=]{0,4}[A-Za-z]{0,2}-?[0-9]{5,12}",
        named_number,
    ),
    (
        BuiltIn::Ssn,
        r"(?i-u:ssn|social security(?: number| no\.?)?)[ :#=]{0,4}[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}",
        named_number,
    ),
    (BuiltIn::Iban, r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}", iban),
    (BuiltIn::Card, r"[0-9](?:[ -]?[0-9]){12,18}", card),
    (BuiltIn::Ssn, r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}", ssn),
    (
        BuiltIn::Phone,
        r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}|\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,6}",
        phone,
    ),
    (BuiltIn::Ip, r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{1,4}(?:::?[0-9A-Fa-f]{1,4}){2,7}", address),
];

/// A set of patterns that are looked for together.
#[derive(Debug)]
pub(super) struct Detector {
    /// `None` where no pattern is in use.
    regex: Option<Regex>,
    /// By pattern: the rule it belongs to, and its check.
    owners: Vec<(usize, Check)>,
}

impl Detector {
    /// The patterns of the built-in rules that are in use.
    pub(super) fn built_in(in_use: impl Fn(BuiltIn) -> bool) -> Result<Self, Box<BuildError>> {
        let used = PATTERNS.iter().filter(|(rule, ..)| in_use(*rule));
        let (texts, owners): (Vec<_>, _) =
            used.map(|(rule, text, check)| (*text, (*rule as usize, *check))).unzip();
        Self::new(&texts, owners)
    }

    /// Patterns of the operator's, each with the id of its rule.
    pub(super) fn custom(patterns: &[(usize, &str)]) -> Result<Self, Box<BuildError>> {
        let texts: Vec<_> = patterns.iter().map(|(_, text)| *text).collect();
        let check: Check = |_, found| (!found.is_empty()).then_some(found);
        Self::new(&texts, patterns.iter().map(|(rule, _)| (*rule, check)).collect())
    }

    fn new(texts: &[&str], owners: Vec<(usize, Check)>) -> Result<Self, Box<BuildError>> {
        if texts.is_empty() {
            return Ok(Self { regex: None, owners });
        }
        let regex = Regex::builder()
            .configure(Regex::config().nfa_size_limit(Some(MAX_AUTOMATON_BYTES)))
            .syntax(syntax::Config::new())
            .build_many(texts)?;
        Ok(Self { regex: Some(regex), owners })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// Whether a pattern fits an empty text, and so every place of any text.
    pub(super) fn fits_nothing(&self) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(""))
    }

    /// The first thing at or after `from` that a rule for which `applies` finds.
    pub(super) fn find(&self, text: &str, from: usize, applies: &impl Fn(usize) -> bool) -> Option<Found> {
        let regex = self.regex.as_ref()?;
        let mut at = from;
        while at <= text.len() {
            let proposed = regex.find(Input::new(text).range(at..))?;
            let first = self.judge(text, proposed.pattern(), proposed.range(), applies);
            let start = proposed.start();
            if first.is_some() {
                return first;
            }
            // The alternation stops at the first pattern that fits here; a later one may still be right.
            let later = (proposed.pattern().as_usize() + 1..self.owners.len()).find_map(|pattern| {
                let pattern = PatternID::must(pattern);
                let input = Input::new(text).range(start..).anchored(Anchored::Pattern(pattern));
                self.judge(text, pattern, regex.find(input)?.range(), applies)
            });
            if later.is_some() {
                return later;
            }
            at = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
        None
    }

    fn judge(
        &self,
        text: &str,
        pattern: PatternID,
        whole: Range<usize>,
        applies: &impl Fn(usize) -> bool,
    ) -> Option<Found> {
        let (rule, check) = *self.owners.get(pattern.as_usize())?;
        if !applies(rule) {
            return None;
        }
        let value = check(text, whole.clone())?;
        // A check may shorten what a greedy pattern took.
        Some(Found { rule, whole: whole.start..value.end, value })
    }
}

/// What stands before and after: the neighbours decide whether digits are a number of their own.
fn before(text: &str, at: usize) -> u8 {
    text.as_bytes()[..at].last().copied().unwrap_or(b' ')
}

fn after(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or(b' ')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the digits at `found` are part of nothing longer: no word, no decimal, no dashed id.
fn stands_alone(text: &str, found: &Range<usize>) -> bool {
    let (previous, next) = (before(text, found.start), after(text, found.end));
    let goes_on = matches!(next, b'-' | b'.') && is_word(after(text, found.end + 1));
    !is_word(previous) && !matches!(previous, b'-' | b'.' | b'+') && !is_word(next) && !goes_on
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

fn email(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let ending = text[found.clone()].rsplit('.').next()?;
    let is_file = FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known));
    (!is_file && !is_word(after(text, found.end))).then_some(found)
}

/// The token after `Bearer` or `Basic`, unless it is the next word of a sentence.
fn authorization(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let scheme = &text[found.start..found.start + 5];
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    let separator = found.start + if is_basic { 5 } else { 6 };
    let length = if text[separator..].starts_with("%20") {
        3
    } else {
        text[separator..found.end].bytes().take_while(|byte| matches!(byte, b' ' | b'+')).count()
    };
    let value = separator + length..found.end;
    let token = &text[value.clone()];
    let has_digit = token.bytes().any(|byte| byte.is_ascii_digit());
    let mixes_case = token.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let looks_made = has_digit || mixes_case || token.ends_with('=') || token.len() >= MIN_WORDY_SECRET_CHARS;
    (!is_word(before(text, found.start)) && looks_made).then_some(value)
}

/// The value after `password=` and its like.
fn named_secret(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = &text[found.clone()];
    let sign = part.find([':', '='])?;
    let quotes_and_blanks = |character: char| matches!(character, ' ' | '"' | '\'' | '\\');
    let value = part[sign + 1..].trim_start_matches(quotes_and_blanks);
    let value = found.end - value.len()..found.end;
    let secret = &text[value.clone()];
    let names_a_word = NO_SECRETS.iter().any(|word| secret.eq_ignore_ascii_case(word));
    // `a=b` is how programs write; after a colon, prose may follow.
    let is_quoted = part[sign + 1..].contains(['"', '\'']);
    let is_prose = part.as_bytes()[sign] == b':'
        && !is_quoted
        && secret.len() < MIN_WORDY_SECRET_CHARS
        && !secret.bytes().any(|byte| byte.is_ascii_digit());
    // The comparison of `token == other` and the arrow of `token => {` are code.
    let is_code = secret.starts_with(['=', '>']);
    (!names_a_word && !is_prose && !is_code).then_some(value)
}

fn known_secret(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let has_digit = text[found.clone()].bytes().any(|byte| byte.is_ascii_digit());
    (has_digit && !is_word(before(text, found.start)) && before(text, found.start) != b'-').then_some(found)
}

/// The number after a word such as `MRN`.
fn named_number(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = &text[found.clone()];
    let first_digit = part.find(|character: char| character.is_ascii_digit())?;
    // Letters of the number itself, as in `MRN: AB-1234`; those of the naming word end with a separator.
    let prefix = part[..first_digit].rfind([' ', ':', '#', '=']).map_or(first_digit, |last| last + 1);
    let value = found.start + prefix..found.end;
    (!is_word(before(text, found.start)) && !is_word(after(text, found.end))).then_some(value)
}

fn named_npi(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let value = named_number(text, found)?;
    number::npi(text[value.clone()].as_bytes()).then_some(value)
}

fn iban(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = &text[found.clone()];
    let length = number::iban_length(&part[..2])?;
    let (last, _) = part.bytes().enumerate().filter(|(_, byte)| *byte != b' ').nth(length - 1)?;
    let value = found.start..found.start + last + 1;
    let compact: Vec<u8> = text[value.clone()].bytes().filter(|byte| *byte != b' ').collect();
    (number::iban(&compact) && stands_alone(text, &value)).then_some(value)
}

/// The longest card number that begins here: the pattern may have taken the digits of what follows.
fn card(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = text[found.clone()].as_bytes();
    let ends = (13..=part.len()).rev();
    let mut candidates = ends.map(|end| found.start..found.start + end);
    candidates.find(|value| {
        text.as_bytes()[value.end - 1].is_ascii_digit()
            && stands_alone(text, value)
            && number::card(&digits(&text[value.clone()]))
    })
}

/// Areas, groups and serials that the Social Security Administration never gave out are none.
fn ssn(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = text[found.clone()].as_bytes();
    let possible = &part[..3] != b"000" && &part[..3] != b"666" && part[0] != b'9';
    let possible = possible && &part[4..6] != b"00" && &part[7..] != b"0000";
    (possible && part[3] == part[6] && stands_alone(text, &found)).then_some(found)
}

/// E.164 allows 15 digits; below eight an international number is more likely something else.
fn phone(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let count = text[found.clone()].bytes().filter(u8::is_ascii_digit).count();
    ((8..=15).contains(&count) && stands_alone(text, &found)).then_some(found)
}

/// An address in free text. The host of a URL names a server, `Chrome/126.0.0.0` a version, and loopback
/// and unspecified addresses nobody.
fn address(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let part = &text[found.clone()];
    let is_v6 = part.contains(':');
    let personal = if is_v6 {
        Ipv6Addr::from_str(part).is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
    } else {
        Ipv4Addr::from_str(part).is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
    };
    let is_host_or_version = match before(text, found.start) {
        b'/' | b'@' => true,
        b':' => is_v6,
        b'[' => text[..found.start].ends_with("//["),
        _ => false,
    };
    let lead = text.as_bytes()[..found.start].trim_ascii_end();
    let is_named_version = [&b"version"[..], b"Version", b" v"].iter().any(|word| lead.ends_with(word));
    let alone = stands_alone(text, &found) && !(is_v6 && after(text, found.end) == b':');
    (personal && alone && !is_host_or_version && !is_named_version).then_some(found)
}
