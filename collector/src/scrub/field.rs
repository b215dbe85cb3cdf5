//! Where a value stands, and what that alone says about it.
//!
//! A path is written as in Datadog's documentation, `error.message`; elements of a list have the path of
//! the list. Both doors use it: a batch of ours is walked under the names its fields have at Datadog.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Sections of an event in which the application writes what it likes.
const FREE_SECTIONS: [&str; 4] = ["context", "usr", "account", "feature_flags"];

/// Names of objects anywhere whose keys are chosen by the application or by HTTP.
const FREE_OBJECTS: [&str; 2] = ["headers", "variables"];

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

    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_ref()),
            Step::Index(_) => None,
        })
    }

    /// What the schema of RUM events says of a value here.
    pub(super) fn place(&self) -> Place {
        let mut keys = self.keys();
        match (keys.next(), keys.next(), keys.next()) {
            (
                Some("date" | "type" | "service" | "source" | "version" | "ddtags" | "build_version"),
                None,
                _,
            )
            | (Some("application" | "session" | "tab" | "device" | "os" | "connectivity" | "display"), ..)
            | (Some("view" | "action" | "error" | "resource" | "long_task" | "vital"), Some("id"), None) => {
                Place::Structural
            }
            (Some("_dd"), inner, _) if inner != Some("action") => Place::Structural,
            (Some("view"), Some("url" | "referrer"), None)
            | (Some("resource"), Some("url"), None)
            | (Some("error"), Some("resource"), Some("url")) => Place::Url,
            (Some("resource"), Some("graphql"), Some("variables")) => Place::Json,
            _ => Place::Text,
        }
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

/// How a value is to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// An id, an enumeration, a version: what Datadog joins events by. Never touched.
    Structural,
    /// A URL and nothing else.
    Url,
    /// The text of one JSON value.
    Json,
    /// Free text, in which URLs may stand.
    Text,
}

/// How much the application has to say about the keys around a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Inside {
    /// Keys of Datadog's schema.
    Schema,
    /// Keys of the application's choice.
    Free,
    /// Below a key that names a secret.
    Secret,
}

impl Inside {
    /// For what stands under `key` at this path.
    pub(super) fn under(self, key: &str, depth: usize, secret_keys: Option<&SecretKeys>) -> Self {
        match self {
            Self::Secret => Self::Secret,
            Self::Free if secret_keys.is_some_and(|keys| keys.name_a_secret(key)) => Self::Secret,
            Self::Free => Self::Free,
            Self::Schema if depth == 0 && FREE_SECTIONS.contains(&key) => Self::Free,
            Self::Schema if FREE_OBJECTS.contains(&key) => Self::Free,
            Self::Schema => Self::Schema,
        }
    }
}

/// The keys whose values are secrets whatever they look like.
#[derive(Clone, Debug)]
pub(super) struct SecretKeys(HashSet<String>);

impl SecretKeys {
    /// The default words and those of the operator.
    pub(super) fn new(more: &[String]) -> Self {
        Self(SECRET_WORDS.iter().copied().map(words).chain(more.iter().map(|key| words(key))).collect())
    }

    /// `userPassword`, `user_password` and `password` do; `secretary`, `password_hint_shown` do not.
    fn name_a_secret(&self, key: &str) -> bool {
        let words = words(key);
        let mut rest = words.as_str();
        loop {
            if self.0.contains(rest) {
                return true;
            }
            let Some((_, shorter)) = rest.split_once(' ') else { return false };
            rest = shorter;
        }
    }
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
        let keys: Vec<&str> = path.keys().collect();
        matches(&self.0, &keys)
    }
}

fn matches(selector: &[String], keys: &[&str]) -> bool {
    let Some((first, rest)) = selector.split_first() else { return keys.is_empty() };
    match first.as_str() {
        "**" => (0..=keys.len()).any(|skipped| matches(rest, &keys[skipped..])),
        "*" => keys.split_first().is_some_and(|(_, keys)| matches(rest, keys)),
        key => keys.split_first().is_some_and(|(found, keys)| *found == key && matches(rest, keys)),
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

    #[test]
    fn ids_and_what_datadog_joins_by_are_structural() {
        for path in [&["date"][..], &["view", "id"], &["session", "id"], &["_dd", "trace_id"], &["ddtags"]] {
            assert_eq!(Path::of(path).place(), Place::Structural, "{path:?}");
        }
        assert_eq!(Path::of(&["view", "url"]).place(), Place::Url);
        let lcp_selector = ["view", "performance", "lcp", "target_selector"];
        for path in [
            &["usr", "id"][..],
            &lcp_selector,
            &["_dd", "action", "target", "selector"],
            &["context", "date"],
        ] {
            assert_eq!(Path::of(path).place(), Place::Text, "{path:?}");
        }
    }
}
