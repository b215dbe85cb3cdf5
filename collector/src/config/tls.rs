//! `[tls]`: the certificate of the intake port. The files are read by [`crate::tls`], at the start and again
//! whenever they change.

use super::{ConfigError, option};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[tls]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTls {
    /// PEM file with the certificate and what leads to its root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// PEM file with its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
}

/// Where certificate and key are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsConfig {
    /// PEM file with the certificate and what leads to its root.
    pub certificate_file: PathBuf,
    /// PEM file with its private key.
    pub key_file: PathBuf,
}

pub(super) fn tls(raw: &RawTls) -> Result<Option<TlsConfig>, ConfigError> {
    match (&raw.certificate_file, &raw.key_file) {
        (Some(certificate_file), Some(key_file)) => {
            Ok(Some(TlsConfig { certificate_file: certificate_file.into(), key_file: key_file.into() }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(option("tls.key_file", "expected beside tls.certificate_file")),
        (None, Some(_)) => Err(option("tls.certificate_file", "expected beside tls.key_file")),
    }
}
