//! The rules by name, and what one does with what it finds.

use ring::hmac;
use serde::{Deserialize, Serialize};

/// Characters of a hash that are kept: 128 bits, beyond any collision by chance.
const HASH_CHARS: usize = 32;

/// Around the letters of a hash.
const HASH_OPENS: &str = "[hash:";
const HASH_CLOSES: &str = "]";

/// What a rule does with what it finds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A fixed word such as `[email]` takes its place.
    #[default]
    Replace,
    /// Its characters become `*`; its length and blanks, dots, hyphens and `@` stay.
    Mask,
    /// A keyed hash takes its place: equal values stay equal, nobody without the key can test a guess.
    Hash,
    /// It is taken out.
    Remove,
    /// It stays: the rule is off.
    Allow,
}

impl Action {
    /// As written in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Mask => "mask",
            Self::Hash => "hash",
            Self::Remove => "remove",
            Self::Allow => "allow",
        }
    }
}

/// The rules that come with the collector, and the two that name what is not a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BuiltIn {
    /// Mail addresses.
    Email,
    /// Telephone numbers, written as such.
    Phone,
    /// US social security numbers.
    Ssn,
    /// Payment card numbers.
    Card,
    /// Bank account numbers.
    Iban,
    /// Addresses of machines in free text.
    Ip,
    /// JSON Web Tokens.
    Jwt,
    /// What follows `Bearer` or `Basic`.
    Authorization,
    /// API keys, and what follows `password=` and its like.
    Secret,
    /// Medical record numbers, named as such.
    Mrn,
    /// National Provider Identifiers, named as such.
    Npi,
    /// Prescription numbers, named as such.
    Prescription,
    /// Values of parameters in a URL's query or hash.
    UrlParameters,
    /// Values under keys such as `password` in an application's own data.
    SecretKeys,
    /// A field the operator listed.
    Field,
    /// A value the other rules do not leave in peace; see [`super::Scrubber`].
    Unsettled,
}

impl BuiltIn {
    /// In the order of their ids; custom rules follow.
    pub const ALL: [Self; 16] = [
        Self::Email,
        Self::Phone,
        Self::Ssn,
        Self::Card,
        Self::Iban,
        Self::Ip,
        Self::Jwt,
        Self::Authorization,
        Self::Secret,
        Self::Mrn,
        Self::Npi,
        Self::Prescription,
        Self::UrlParameters,
        Self::SecretKeys,
        Self::Field,
        Self::Unsettled,
    ];

    /// Name in the configuration and in metrics, and the word that takes the place of what it finds.
    fn name_and_word(self) -> (&'static str, &'static str) {
        match self {
            Self::Email => ("email", "[email]"),
            Self::Phone => ("phone", "[phone]"),
            Self::Ssn => ("ssn", "[ssn]"),
            Self::Card => ("card", "[card]"),
            Self::Iban => ("iban", "[iban]"),
            Self::Ip => ("ip", "[ip]"),
            Self::Jwt => ("jwt", "[jwt]"),
            Self::Authorization => ("authorization", "[token]"),
            Self::Secret => ("secret", "[secret]"),
            Self::Mrn => ("mrn", "[mrn]"),
            Self::Npi => ("npi", "[npi]"),
            Self::Prescription => ("prescription", "[rx]"),
            Self::UrlParameters => ("url_parameters", "[redacted]"),
            Self::SecretKeys => ("secret_keys", "[redacted]"),
            Self::Field => ("field", "[redacted]"),
            Self::Unsettled => ("unsettled", "[scrubbed]"),
        }
    }

    /// The metric label.
    pub fn name(self) -> &'static str {
        self.name_and_word().0
    }

    pub(super) fn rule(self, action: Action) -> Rule {
        let (name, word) = self.name_and_word();
        Rule { name: name.into(), action, word: word.into() }
    }
}

/// A rule ready to be applied.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The metric label.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// What [`Action::Replace`] puts in.
    pub word: String,
}

impl Rule {
    /// What takes the place of `found`.
    pub(super) fn applied(&self, found: &str, key: Option<&hmac::Key>) -> String {
        match (self.action, key) {
            (Action::Allow, _) => found.into(),
            (Action::Remove, _) => String::new(),
            (Action::Mask, _) => masked(found),
            (Action::Hash, Some(key)) => hashed(found, key),
            // A hash without a key could be undone by guessing; the configuration refuses it, and so do we.
            (Action::Replace, _) | (Action::Hash, None) => self.word.clone(),
        }
    }

    /// Whether `text` is what this rule leaves behind, so that it is not scrubbed again.
    pub(super) fn is_its_own_work(&self, text: &str) -> bool {
        text.is_empty() || text == self.word || is_hash(text)
    }
}

fn masked(found: &str) -> String {
    let stays = |character: char| matches!(character, ' ' | '.' | '-' | '@');
    found.chars().map(|character| if stays(character) { character } else { '*' }).collect()
}

/// Letters only: a hash with digits could pass for a card or a telephone number.
fn hashed(found: &str, key: &hmac::Key) -> String {
    let tag = hmac::sign(key, found.as_bytes());
    let nibbles = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).take(HASH_CHARS);
    let letters: String = nibbles.map(|nibble| char::from(b'a' + nibble)).collect();
    format!("{HASH_OPENS}{letters}{HASH_CLOSES}")
}

pub(super) fn is_hash(text: &str) -> bool {
    let letters = text.strip_prefix(HASH_OPENS).and_then(|text| text.strip_suffix(HASH_CLOSES));
    letters.is_some_and(|letters| {
        letters.len() == HASH_CHARS && letters.bytes().all(|letter| matches!(letter, b'a'..=b'p'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(action: Action, found: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a key of a test, long enough to be one");
        BuiltIn::Email.rule(action).applied(found, Some(&key))
    }

    #[test]
    fn each_action_does_what_it_says() {
        let found = "jane.roe@example.com";
        assert_eq!(applied(Action::Replace, found), "[email]");
        assert_eq!(applied(Action::Mask, found), "****.***@*******.***");
        assert_eq!(applied(Action::Remove, found), "");
        assert_eq!(applied(Action::Allow, found), found);
        assert_eq!(BuiltIn::Email.rule(Action::Hash).applied(found, None), "[email]");
    }

    #[test]
    fn equal_values_have_equal_hashes_under_one_key_only() {
        let hash = applied(Action::Hash, "jane");
        assert!(is_hash(&hash), "{hash}");
        assert_eq!(hash, applied(Action::Hash, "jane"));
        assert_ne!(hash, applied(Action::Hash, "jahn"));
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"another key");
        assert_ne!(hash, hashed("jane", &other));
    }

    #[test]
    fn the_ids_are_the_order_of_the_list() {
        for (id, rule) in BuiltIn::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, id);
        }
    }
}
