use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use zeroize::Zeroizing;

const REDACTED: &str = "[redacted]";

/// A text that is never shown: not by `Debug`, not when the configuration is printed, not in a log line. Its
/// memory is wiped when it is dropped; copies that others made (a request's URL, a parsed file) are not.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text read from a file or the environment.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every caller is a place where a secret leaves the program: keep them few.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own message for a wrong type repeats the value ("invalid type: integer `123456`"); a
        // token written without quotes must not end up in a log that way.
        match toml::Value::deserialize(deserializer) {
            Ok(toml::Value::String(text)) => Ok(Self::new(text)),
            _ => Err(de::Error::custom("expected a string in quotes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing() {
        #[derive(Debug, Serialize, Deserialize)]
        struct Holder {
            token: Secret,
        }
        let holder = Holder { token: Secret::new("pub123") };
        assert!(!format!("{holder:?}").contains("pub123"));
        assert_eq!(toml::to_string(&holder).unwrap(), "token = \"[redacted]\"\n");
        let error = toml::from_str::<Holder>("token = 123456").unwrap_err();
        assert!(!error.message().contains("123456"), "{error}");
    }
}
