//! Where the real client token comes from: one of three options, or none, which switches the sink off.

use super::{ConfigError, Secret, option, raw};
use crate::token;
use std::path::PathBuf;
#[cfg(feature = "aws")]
use std::time::Duration;
#[cfg(feature = "aws")]
use url::Url;

/// The source of the client token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClientToken {
    /// It stands in the configuration or the environment.
    Fixed(Secret),
    /// A file that may be replaced while the collector runs.
    File {
        /// Where it is.
        path: PathBuf,
        /// What it held when the configuration was checked.
        token: Secret,
    },
    /// A secret in AWS Secrets Manager.
    #[cfg(feature = "aws")]
    Aws(AwsSecret),
}

/// A secret in AWS Secrets Manager.
#[cfg(feature = "aws")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AwsSecret {
    /// Name or ARN.
    pub id: String,
    /// Key of the token where the secret is a JSON object.
    pub json_key: Option<String>,
    /// Region, where the AWS environment is not to decide.
    pub region: Option<String>,
    /// Overrides the endpoint.
    pub endpoint: Option<Url>,
    /// Longest time a fetched token is used before it is fetched again.
    pub ttl: Duration,
}

pub(super) fn client_token(raw: &raw::RawDatadog) -> Result<Option<ClientToken>, ConfigError> {
    match (&raw.client_token, &raw.client_token_file, &raw.client_token_aws_secret) {
        (None, None, None) => Ok(None),
        (Some(token), None, None) => {
            // Not trimmed as a file is: a blank in the configuration is a mistake there.
            let wrong =
                || option("sink.datadog.client_token", "expected printable characters without blanks");
            let checked = token::parse(token.expose()).map_err(|_| wrong())?;
            if checked == *token { Ok(Some(ClientToken::Fixed(checked))) } else { Err(wrong()) }
        }
        (None, Some(file), None) => {
            let path = PathBuf::from(file);
            let token = token::file::read(&path).map_err(|error| {
                let reason = match error {
                    token::TokenError::Read { .. } => error.to_string(),
                    _ => format!("{file}: {error}"),
                };
                option("sink.datadog.client_token_file", reason)
            })?;
            Ok(Some(ClientToken::File { path, token }))
        }
        (None, None, Some(secret)) => aws(secret, raw).map(Some),
        _ => {
            let reason =
                "give one of client_token, client_token_file and client_token_aws_secret, not several";
            Err(option("sink.datadog", reason))
        }
    }
}

#[cfg(not(feature = "aws"))]
fn aws(_: &str, _: &raw::RawDatadog) -> Result<ClientToken, ConfigError> {
    let reason = "this collector was built without AWS; build it with `--features aws`";
    Err(option("sink.datadog.client_token_aws_secret", reason))
}

#[cfg(feature = "aws")]
fn aws(secret: &str, raw: &raw::RawDatadog) -> Result<ClientToken, ConfigError> {
    // Neither names nor ARNs of secrets may have a `#`.
    let (id, json_key) = match secret.split_once('#') {
        Some((id, key)) => (id, Some(key)),
        None => (secret, None),
    };
    let is_name = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name || json_key.is_some_and(str::is_empty) {
        let reason = "expected a name or ARN, and after a `#` the key where the secret is a JSON object";
        return Err(option("sink.datadog.client_token_aws_secret", reason));
    }
    let endpoint = match &raw.client_token_aws_endpoint_url {
        Some(text) => Some(super::safe_url("sink.datadog.client_token_aws_endpoint_url", text)?),
        None => None,
    };
    if raw.client_token_aws_ttl_s == 0 {
        return Err(option("sink.datadog.client_token_aws_ttl_s", "expected at least 1"));
    }
    Ok(ClientToken::Aws(AwsSecret {
        id: id.to_owned(),
        json_key: json_key.map(str::to_owned),
        region: raw.client_token_aws_region.clone().or_else(|| region_of(id)),
        endpoint,
        ttl: Duration::from_secs(raw.client_token_aws_ttl_s),
    }))
}

/// `arn:aws:secretsmanager:<region>:…`: a secret can only be read in its own region.
#[cfg(feature = "aws")]
fn region_of(id: &str) -> Option<String> {
    let mut parts = id.split(':');
    let is_arn = parts.next() == Some("arn");
    parts.nth(2).filter(|region| is_arn && !region.is_empty()).map(str::to_owned)
}
