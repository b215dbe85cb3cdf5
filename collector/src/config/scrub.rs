//! `[scrub]` and `[privacy]`: what is taken out of bodies, and how much of a visitor's address is kept.

use super::{ConfigError, Secret, option};
use crate::scrub::{Action, BuiltIn, CustomRule, ScrubConfig, ScrubSetupError, Scrubber, Selector};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Shortest key of hashes (bytes): half of what SHA-256 takes up, far beyond guessing.
const MIN_HASH_KEY_BYTES: usize = 16;

/// Most rules of the operator's, and most characters of their names: each is a metric label.
const MAX_CUSTOM_RULES: usize = 64;
const MAX_RULE_NAME_CHARS: usize = 32;

/// `[privacy]`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawPrivacy {
    /// How much of a visitor's address is journalled and passed on.
    pub client_ip: ClientIp,
    /// Whether a browser's Global Privacy Control keeps its data out.
    pub honour_gpc: bool,
}

/// How much of a visitor's address is kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientIp {
    /// All of it.
    Full,
    /// The network: /24 of IPv4, /48 of IPv6. The default, because country and city are found by it as well
    /// and a person is not.
    #[default]
    Truncated,
    /// Nothing; Datadog then places every visitor where the collector is.
    None,
}

impl ClientIp {
    /// What is kept of an address.
    pub fn kept(self, address: IpAddr) -> Option<IpAddr> {
        /// The last 80 of 128 bits go.
        const V6_HOST_BITS: u32 = 80;
        match (self, address) {
            (Self::None, _) => None,
            (Self::Full, address) => Some(address),
            (Self::Truncated, IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                Some(Ipv4Addr::new(a, b, c, 0).into())
            }
            (Self::Truncated, IpAddr::V6(address)) => {
                Some(Ipv6Addr::from_bits(address.to_bits() >> V6_HOST_BITS << V6_HOST_BITS).into())
            }
        }
    }
}

/// `[scrub]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawScrub {
    /// Names of URL parameters whose values may stay.
    pub allowed_parameters: Vec<String>,
    /// More keys, as words, whose values are secrets.
    pub secret_keys: Vec<String>,
    /// Key of the action `hash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<Secret>,
    /// File that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_key_file: Option<String>,
    /// What each built-in rule does.
    pub rules: RawRules,
    /// Rules of the operator's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<RawCustomRule>,
    /// Fields with an action of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub field: Vec<RawField>,
}

impl Default for RawScrub {
    fn default() -> Self {
        // What tells about a visit and not about the visitor.
        let allowed = ["lang", "locale", "page", "sort", "utm_campaign", "utm_medium", "utm_source"];
        Self {
            allowed_parameters: allowed.map(str::to_owned).into(),
            secret_keys: Vec::new(),
            hash_key: None,
            hash_key_file: None,
            rules: RawRules::default(),
            custom: Vec::new(),
            field: Vec::new(),
        }
    }
}

/// `[scrub.rules]`: one action per rule, `allow` to switch it off.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // `BuiltIn` says what each is.
pub struct RawRules {
    pub email: Action,
    pub phone: Action,
    pub ssn: Action,
    pub card: Action,
    pub iban: Action,
    pub ip: Action,
    pub jwt: Action,
    pub authorization: Action,
    pub secret: Action,
    pub mrn: Action,
    pub npi: Action,
    pub prescription: Action,
    pub url_parameters: Action,
    pub secret_keys: Action,
}

impl RawRules {
    fn actions(self) -> Vec<(BuiltIn, Action)> {
        vec![
            (BuiltIn::Email, self.email),
            (BuiltIn::Phone, self.phone),
            (BuiltIn::Ssn, self.ssn),
            (BuiltIn::Card, self.card),
            (BuiltIn::Iban, self.iban),
            (BuiltIn::Ip, self.ip),
            (BuiltIn::Jwt, self.jwt),
            (BuiltIn::Authorization, self.authorization),
            (BuiltIn::Secret, self.secret),
            (BuiltIn::Mrn, self.mrn),
            (BuiltIn::Npi, self.npi),
            (BuiltIn::Prescription, self.prescription),
            (BuiltIn::UrlParameters, self.url_parameters),
            (BuiltIn::SecretKeys, self.secret_keys),
        ]
    }
}

/// `[[scrub.custom]]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawCustomRule {
    /// Label in metrics.
    pub name: String,
    /// Regular expression.
    pub pattern: String,
    /// What is done with what it finds.
    #[serde(default)]
    pub action: Action,
    /// What `replace` puts in; the name in brackets where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// Where it looks; everywhere if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// `[[scrub.field]]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawField {
    /// Which fields.
    pub path: String,
    /// What is done with their whole value.
    pub action: Action,
}

/// Checks the options and compiles the rules.
pub(super) fn scrubber(raw: &RawScrub) -> Result<Scrubber, ConfigError> {
    let hash_key = hash_key(raw)?;
    let config = ScrubConfig {
        actions: raw.rules.actions(),
        allowed_parameters: raw.allowed_parameters.clone(),
        secret_keys: raw.secret_keys.clone(),
        custom: custom_rules(&raw.custom)?,
        fields: fields(&raw.field)?,
        hash_key,
    };
    let hashes =
        config.actions.iter().map(|(rule, action)| (format!("scrub.rules.{}", rule.name()), *action));
    let custom = config.custom.iter().enumerate();
    let custom = custom.map(|(index, rule)| (format!("scrub.custom[{index}].action"), rule.action));
    let fields = config.fields.iter().enumerate();
    let fields = fields.map(|(index, (_, action))| (format!("scrub.field[{index}].action"), *action));
    let mut hashes = hashes.chain(custom).chain(fields).filter(|(_, action)| *action == Action::Hash);
    if let (Some((path, _)), None) = (hashes.next(), &config.hash_key) {
        return Err(option(path, "`hash` needs scrub.hash_key or scrub.hash_key_file"));
    }
    drop(hashes);
    Scrubber::new(&config).map_err(|error| match error {
        ScrubSetupError::Pattern { index, .. } => {
            option(format!("scrub.custom[{index}].pattern"), error.to_string())
        }
        ScrubSetupError::Unstable { index, .. } => {
            option(format!("scrub.custom[{index}].replacement"), error.to_string())
        }
        ScrubSetupError::BuiltIn(_) => option("scrub.rules", error.to_string()),
    })
}

fn hash_key(raw: &RawScrub) -> Result<Option<Secret>, ConfigError> {
    let key = match (&raw.hash_key, &raw.hash_key_file) {
        (Some(_), Some(_)) => return Err(option("scrub", "give hash_key or hash_key_file, not both")),
        (Some(key), None) => key.clone(),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| option("scrub.hash_key_file", format!("cannot read {file}: {error}")))?;
            Secret::new(text.trim())
        }
        (None, None) => return Ok(None),
    };
    if key.expose().len() < MIN_HASH_KEY_BYTES {
        return Err(option("scrub.hash_key", format!("expected at least {MIN_HASH_KEY_BYTES} characters")));
    }
    Ok(Some(key))
}

fn custom_rules(raw: &[RawCustomRule]) -> Result<Vec<CustomRule>, ConfigError> {
    if raw.len() > MAX_CUSTOM_RULES {
        return Err(option("scrub.custom", format!("expected at most {MAX_CUSTOM_RULES} rules")));
    }
    let mut names: HashSet<&str> = BuiltIn::ALL.iter().map(|rule| rule.name()).collect();
    let mut rules = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        let path = |key: &str| format!("scrub.custom[{index}].{key}");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if raw.name.is_empty() || raw.name.len() > MAX_RULE_NAME_CHARS || !raw.name.bytes().all(plain) {
            let expected = format!("expected 1 to {MAX_RULE_NAME_CHARS} letters, digits, `-` or `_`");
            return Err(option(path("name"), expected));
        }
        if !names.insert(&raw.name) {
            return Err(option(path("name"), format!("another rule is called `{}`", raw.name)));
        }
        rules.push(CustomRule {
            name: raw.name.clone(),
            pattern: raw.pattern.clone(),
            action: raw.action,
            word: raw.replacement.clone().unwrap_or_else(|| format!("[{}]", raw.name)),
            fields: selectors(&path("fields"), &raw.fields)?,
        });
    }
    Ok(rules)
}

fn selectors(path: &str, texts: &[String]) -> Result<Vec<Selector>, ConfigError> {
    texts.iter().map(|text| selector(path, text)).collect()
}

fn selector(path: &str, text: &str) -> Result<Selector, ConfigError> {
    Selector::parse(text).map_err(|expected| option(path, format!("`{text}`: {expected}")))
}

fn fields(raw: &[RawField]) -> Result<Vec<(Selector, Action)>, ConfigError> {
    let field = |(index, raw): (usize, &RawField)| {
        Ok((selector(&format!("scrub.field[{index}].path"), &raw.path)?, raw.action))
    };
    raw.iter().enumerate().map(field).collect()
}
