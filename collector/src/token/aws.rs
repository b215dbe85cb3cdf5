//! The client token in AWS Secrets Manager, by AWS's own SDK (`docs/adr/0003-aws-secrets.md`).
//!
//! Credentials come from the standard chain: environment, profile, web identity (EKS), container (ECS, EKS pod
//! identity), instance. Nothing of AWS is asked at the start, so a region without an answer delays nothing.

use super::{TokenError, parse};
use crate::config::{AwsSecret, Secret};
use crate::delivery::jitter;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use std::collections::HashMap;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest time for a fetch with its retries and credentials. Deliveries without a token wait for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest time for one of its requests.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Requests per fetch: throttling and passing faults are answered by the SDK with its own pauses.
const MAX_ATTEMPTS: u32 = 3;

/// Least time between two fetches. A revoked token refuses every request, and neither AWS's limits nor its bill should
/// feel that.
pub(super) const LEAST_PAUSE: Duration = Duration::from_secs(5);

/// First wait after a failed fetch; doubles up to the time a token is used.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Longest reason that is logged (characters): it quotes what AWS answered.
const MAX_REASON_CHARS: usize = 400;

/// Fetches one secret.
pub(super) struct SecretsManager {
    secret: AwsSecret,
    /// Made at the first fetch: finding the region may ask the instance.
    client: Option<Client>,
}

impl SecretsManager {
    pub(super) fn new(secret: AwsSecret) -> Self {
        Self { secret, client: None }
    }

    pub(super) async fn fetch(&mut self) -> Result<Secret, TokenError> {
        let fetched = tokio::time::timeout(FETCH_TIMEOUT, self.ask()).await;
        let text = fetched.map_err(|_| TokenError::Aws("no answer in time".into()))??;
        match &self.secret.json_key {
            Some(key) => parse(&member(&text, key)?),
            None => parse(&text),
        }
    }

    /// Half to all of the time, so that collectors which started together do not ask together.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let ttl = self.secret.ttl;
        let pause = match failures.checked_sub(1) {
            None => ttl,
            Some(doublings) => FIRST_RETRY.saturating_mul(2_u32.saturating_pow(doublings)).min(ttl),
        };
        jitter(pause)
    }

    async fn ask(&mut self) -> Result<Zeroizing<String>, TokenError> {
        if self.client.is_none() {
            self.client = Some(client(&self.secret).await);
        }
        let Some(client) = &self.client else { return Err(TokenError::Aws("no client".into())) };
        let answer = client.get_secret_value().secret_id(&self.secret.id).send().await;
        let answer = answer.map_err(|error| TokenError::Aws(reason(&error)))?;
        answer.secret_string.map(Zeroizing::new).ok_or(TokenError::NotText)
    }
}

async fn client(secret: &AwsSecret) -> Client {
    let loopback = secret.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(FETCH_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client(loopback))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS));
    if let Some(region) = &secret.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let shared = loader.load().await;
    let mut config = aws_sdk_secretsmanager::config::Builder::from(&shared);
    // Here and not above, where it would hold for STS as well.
    config.set_endpoint_url(secret.endpoint.as_ref().map(ToString::to_string));
    Client::from_conf(config.build())
}

/// The SDK's default would be aws-lc and no proxy; the sink's client uses ring and obeys `HTTPS_PROXY`.
fn http_client(loopback: bool) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        // As at the intake: what is on this machine is not reached through a proxy on another.
        let proxy = if loopback { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        let mut builder = aws_smithy_http_client::Connector::builder()
            .connector_settings(settings.clone())
            .proxy_config(proxy);
        builder.set_sleep_impl(components.sleep_impl());
        SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build())
    })
}

/// The text under a key. serde's own messages are dropped: they may quote a value.
fn member(text: &str, key: &str) -> Result<Zeroizing<String>, TokenError> {
    let object: HashMap<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|_| TokenError::NotAnObject(key.into()))?;
    let value = object.into_iter().find(|(name, _)| name == key).map(|(_, value)| value);
    match value {
        Some(serde_json::Value::String(text)) => Ok(Zeroizing::new(text)),
        _ => Err(TokenError::NoSuchKey(key.into())),
    }
}

/// What went wrong, without what an answer with a secret in it said: of answers only the error code and message.
fn reason(error: &SdkError<GetSecretValueError>) -> String {
    let reason = match error {
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message());
            format!("{}: {}", code.unwrap_or("an error without a code"), message.unwrap_or("no message"))
        }
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::ResponseError(_) => "an answer that cannot be understood".into(),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map_or_else(|| "the request was not sent".into(), |error| with_causes(error)),
        _ => with_causes(error),
    };
    reason.chars().take(MAX_REASON_CHARS).collect()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Every error that can come of an answer with this token in it.
#[cfg(test)]
pub(super) fn errors_about(token: &str) -> Vec<TokenError> {
    let object = format!(r#"{{"other": "{token}", "number": 1, "object": {{"key": "{token}"}}}}"#);
    let texts = [token.to_owned(), format!("[\"{token}\"]"), format!("\"{token}\""), object];
    let keys = ["key", "number", "object"];
    let errors = texts.iter().flat_map(|text| keys.map(|key| member(text, key).err()));
    errors.chain([parse(&format!("{token} {token}")).err()]).map(|error| error.unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_text_and_in_json() {
        let text = r#"{"site": "datadoghq.com", "client_token": "pub-one"}"#;
        assert_eq!(member(text, "client_token").unwrap().as_str(), "pub-one");
        assert!(matches!(member(text, "token"), Err(TokenError::NoSuchKey(_))));
        assert!(matches!(member("pub-one", "token"), Err(TokenError::NotAnObject(_))));
        assert_eq!(errors_about("pub-one").len(), 13);
    }

    #[test]
    fn failures_make_pauses_longer_but_never_longer_than_a_token_is_used() {
        let ttl = Duration::from_mins(10);
        let secret = AwsSecret { id: "s".into(), json_key: None, region: None, endpoint: None, ttl };
        let secrets_manager = SecretsManager::new(secret);
        for (failures, longest) in [(0, ttl), (1, FIRST_RETRY), (2, FIRST_RETRY * 2), (50, ttl)] {
            let pause = secrets_manager.pause(failures);
            assert!(longest / 2 <= pause && pause <= longest, "{failures}: {pause:?}");
        }
    }
}
