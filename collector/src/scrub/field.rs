//! Where a value stands, and what that alone says about it.
//!
//! A path is written as in Datadog's documentation, `error.message`; elements of a list have the path of
//! the list. Both doors use it: a batch of ours is walked under the names its fields have at Datadog.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Words that, alone or at the end of a compound (`userPassword`, `x-api-key`), name a secret.
const SECRET_WORDS: &[&str] = &[
    "access key",
    "access token",
    "account number",
    "accesstoken",
    "api key",
    "apikey",
    "auth",
    "authorization",
    "birth date",
    "birthdate",
    "birthday",
    "card number",
    "cardnumber",
    "client secret",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "credit card",
    "creditcard",
    "cvc",
    "cvv",
    "date of birth",
    "dateofbirth",
    "dob",
    "iban",
    "jwt",
    "medical record number",
    "mrn",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "private key",
    "privatekey",
    "pwd",
    "rx number",
    "secret",
    "secrets",
    "security code",
    "session token",
    "social security",
    "social security number",
    "ssn",
    "token",
    "tokens",
];

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

impl PartialEq<str> for Step<'_> {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Step::Key(key) if key == other)
    }
}

/// The way from the top of an event to a value.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Path<'a>(Vec<Step<'a>>);

impl<'a> Path<'a> {
    pub(super) fn of(keys: &[&'a str]) -> Self {
        Self(keys.iter().map(|key| Step::Key(Cow::Borrowed(*key))).collect())
    }

    pub(super) fn push(&mut self, step: Step<'a>) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if number == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The keys whose values are secrets whatever they look like.
#[derive(Clone, Debug)]
pub(super) struct SecretKeys {
    words: HashSet<String>,
    /// How the words end: nearly every key is told harmless by its last two letters. `None` where a word is
    /// too short or not ASCII.
    endings: Option<HashSet<[u8; 2]>>,
}

impl SecretKeys {
    /// The default words and those of the operator.
    pub(super) fn new(more: &[String]) -> Self {
        let words: HashSet<String> =
            SECRET_WORDS.iter().copied().map(words).chain(more.iter().map(|key| words(key))).collect();
        let endings = words.iter().map(|words| ending(words)).collect();
        Self { words, endings }
    }

    /// `userPassword`, `user_password` and `password` do; `secretary`, `password_hint_shown` do not.
    pub(super) fn name_a_secret(&self, key: &str) -> bool {
        if let (Some(endings), Some(ending)) = (&self.endings, ending(key))
            && !endings.contains(&ending)
        {
            return false;
        }
        let words = words(key);
        let mut rest = words.as_str();
        loop {
            if self.words.contains(rest) {
                return true;
            }
            let Some((_, shorter)) = rest.split_once(' ') else { return false };
            rest = shorter;
        }
    }
}

/// The last two letters or digits of a key, if they stand together at its end.
fn ending(key: &str) -> Option<[u8; 2]> {
    let last = key.as_bytes().last_chunk::<2>()?;
    last.iter().all(u8::is_ascii_alphanumeric).then(|| last.map(|byte| byte.to_ascii_lowercase()))
}

/// A key as words: lower case, parted by one blank.
fn words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let mut previous = ' ';
    for character in key.chars() {
        let begins =
            character.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
        let is_separator = !character.is_alphanumeric();
        if (begins || is_separator) && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if !is_separator {
            words.push(character.to_ascii_lowercase());
        }
        previous = character;
    }
    words.truncate(words.trim_end().len());
    words
}

/// Which paths an operator means: keys parted by dots, `*` for any one key, `**` for any number of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selector(Vec<String>);

impl Selector {
    /// Reads a selector; says what was expected where it is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let keys: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_key =
            |key: &String| !key.is_empty() && (matches!(key.as_str(), "*" | "**") || !key.contains('*'));
        if keys.iter().all(is_key) {
            Ok(Self(keys))
        } else {
            Err("expected keys parted by dots, with `*` for any one key and `**` for any number of them")
        }
    }

    pub(super) fn matches(&self, path: &Path<'_>) -> bool {
        matches(&self.0, &path.0)
    }
}

fn matches(selector: &[String], steps: &[Step<'_>]) -> bool {
    // An element of a list has the path of the list.
    if let Some((Step::Index(_), steps)) = steps.split_first() {
        return matches(selector, steps);
    }
    let Some((first, rest)) = selector.split_first() else { return steps.is_empty() };
    let mut below = steps.split_first();
    match first.as_str() {
        "**" => (0..=steps.len()).any(|skipped| matches(rest, &steps[skipped..])),
        "*" => below.is_some_and(|(_, steps)| matches(rest, steps)),
        key => below.take_if(|(step, _)| **step == *key).is_some_and(|(_, steps)| matches(rest, steps)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_picks_keys_one_or_many() {
        let matches =
            |selector: &str, path: &[&str]| Selector::parse(selector).unwrap().matches(&Path::of(path));
        assert!(matches("error.message", &["error", "message"]));
        assert!(!matches("error.message", &["error", "message", "more"]));
        assert!(matches("context.*.id", &["context", "cart", "id"]));
        assert!(matches("context.**", &["context", "a", "b"]));
        assert!(matches("context.**", &["context"]));
        assert!(matches("**.name", &["usr", "name"]));
        assert!(!matches("**.name", &["usr", "nickname"]));
        for wrong in ["", "a..b", ".a", "a.*b", "a.***"] {
            assert!(Selector::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn elements_of_a_list_have_its_path() {
        let mut path = Path::of(&["error", "causes"]);
        path.push(Step::Index(2));
        path.push(Step::Key("message".into()));
        assert_eq!(path.to_string(), "error.causes[2].message");
        assert!(Selector::parse("error.causes.message").unwrap().matches(&path));
    }

    #[test]
    fn keys_name_secrets_in_every_spelling_and_nothing_else_does() {
        let keys = SecretKeys::new(&["patient name".into()]);
        for key in [
            "password",
            "userPassword",
            "user_password",
            "USER-PASSWORD",
            "x-api-key",
            "apiKey",
            "dob",
            "patientDOB",
            "ssn",
            "Authorization",
            "dateOfBirth",
            "refresh_token",
            "patientName",
            "pin",
        ] {
            assert!(keys.name_a_secret(key), "{key}");
        }
        for key in
            ["secretary", "opinion", "tokenCount", "passwordless_enabled", "author", "name", "spin", ""]
        {
            assert!(!keys.name_a_secret(key), "{key}");
        }
    }
}
