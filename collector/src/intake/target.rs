//! Where the official SDK would have sent a body: the path and query on Datadog's intake, taken apart.
//!
//! They come from the network and decide where we send to, so they never become part of a URL: the path must
//! equal that of a track we know, the query is rebuilt from known parameters, and the host comes from the
//! configuration alone.

use super::admission::Refusal;
use crate::config::IntakeConfig;
use crate::outcome::Outcome;
use crate::track::Track;
use std::borrow::Cow;
use url::form_urlencoded;

/// Parameter that carries the key; it is checked and never passed on.
const KEY: &str = "dd-api-key";

/// Parameter that says how the body is encoded, in place of `Content-Encoding`.
const ENCODING: &str = "dd-evp-encoding";

/// Parameter that changes the host, so only a configured value passes. It stands beside `ddforward`, or among the
/// other parameters where the page's function put it there.
const SUBDOMAIN: &str = "ddforwardSubdomain";

/// Parameters passed on, as the SDK's `endpointBuilder` makes them. Others are left out.
const PARAMETERS: [&str; 9] = [
    "ddsource",
    "dd-evp-origin-version",
    "dd-evp-origin",
    "dd-request-id",
    ENCODING,
    "batch_time",
    "_dd.api",
    "_dd.retry_count",
    "_dd.retry_after",
];

/// Longest value of a parameter (bytes); the longest genuine one is a UUID.
const MAX_VALUE_BYTES: usize = 128;

/// Where the official SDK would have sent a body.
#[derive(Debug)]
pub struct Target {
    /// The public key; it is checked and never passed on.
    pub key: Option<String>,
    /// The kind of data.
    pub track: Track,
    /// Host label before the intake's, an allowed one.
    pub subdomain: Option<String>,
    /// What the intake is told, in order.
    pub parameters: Vec<(String, String)>,
    /// Whether the body is a zlib stream.
    pub deflated: bool,
}

/// Reads `ddforward` out of the request's query: `proxy` as a string.
pub fn of_forward(config: &IntakeConfig, query: &str) -> Result<Target, Refusal> {
    let (mut target, mut subdomain) = (None, None);
    for (name, value) in parameters(query) {
        match name.as_ref() {
            "ddforward" if target.is_some() => return Err(malformed("ddforward is given twice")),
            "ddforward" => target = Some(value),
            SUBDOMAIN => subdomain = Some(allowed_subdomain(config, value)?),
            _ => {}
        }
    }
    let target = target.ok_or_else(|| malformed("the query has no ddforward"))?;
    let (path, forwarded) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Target { subdomain, ..read(config, track_of(path)?, forwarded)? })
}

/// Reads a request that kept the intake's path and query: `proxy` as a function.
pub fn of_path(config: &IntakeConfig, track: Track, query: &str) -> Result<Target, Refusal> {
    read(config, track, query)
}

fn read(config: &IntakeConfig, track: Track, query: &str) -> Result<Target, Refusal> {
    if !config.tracks.contains(&track) {
        return Err(not_served("this track is not taken here (intake.tracks)"));
    }
    let mut target = Target { key: None, track, subdomain: None, parameters: Vec::new(), deflated: false };
    for (name, value) in parameters(query) {
        if name == SUBDOMAIN {
            target.subdomain = Some(allowed_subdomain(config, value)?);
            continue;
        }
        if name == KEY && target.key.replace(value.clone().into_owned()).is_some() {
            return Err(malformed("the intake's query has two keys"));
        }
        if !PARAMETERS.contains(&name.as_ref()) && name != KEY {
            continue;
        }
        if value.len() > MAX_VALUE_BYTES || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("a parameter for the intake is not plain text"));
        }
        if name == ENCODING && value != "deflate" {
            return Err(malformed("dd-evp-encoding is not deflate"));
        }
        target.deflated |= name == ENCODING;
        if name != KEY && !target.parameters.iter().any(|(known, _)| *known == name) {
            target.parameters.push((name.into_owned(), value.into_owned()));
        }
    }
    Ok(target)
}

fn track_of(path: &str) -> Result<Track, Refusal> {
    let is_plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'));
    if !is_plain {
        return Err(malformed("ddforward is not a plain path"));
    }
    Track::of_path(path).ok_or_else(|| not_served("this path of Datadog's intake is not served"))
}

fn allowed_subdomain(config: &IntakeConfig, name: Cow<'_, str>) -> Result<String, Refusal> {
    if config.forward_subdomains.contains(name.as_ref()) {
        return Ok(name.into_owned());
    }
    Err(not_served("this ddforwardSubdomain is not served (intake.forward_subdomains)"))
}

/// The public key of a request of our SDK.
pub(super) fn key(query: &str) -> Option<String> {
    parameters(query).find(|(name, _)| name == "k").map(|(_, key)| key.into_owned())
}

/// The parameters of a query. A proxy URL that brings a query of its own gets a second `?` from the SDK.
pub(super) fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('?').flat_map(|part| form_urlencoded::parse(part.as_bytes()))
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Outcome::Malformed, reason)
}

fn not_served(reason: &'static str) -> Refusal {
    Refusal::new(Outcome::ForwardPathNotServed, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RawConfig;

    fn config() -> IntakeConfig {
        let toml = "[intake]\nforward_subdomains = [\"quota\"]";
        let raw: RawConfig = toml::from_str(toml).unwrap();
        crate::config::intake(&raw).unwrap()
    }

    fn forward(query: &str) -> Result<Target, Refusal> {
        of_forward(&config(), query)
    }

    fn query(target: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("ddforward", target).finish()
    }

    #[test]
    fn the_key_is_taken_out_and_known_parameters_are_kept_in_both_forms() {
        let parameters = "ddsource=browser&dd-api-key=pub1&dd-evp-origin-version=7.16.2\
                          &dd-evp-encoding=deflate&evil=1&_dd.api=fetch&ddsource=other";
        let targets = [
            forward(&query(&format!("/api/v2/rum?{parameters}"))),
            forward(&format!("c=1?{}", query(&format!("/api/v2/rum?{parameters}")))),
            of_path(&config(), Track::Rum, parameters),
        ];
        for target in targets {
            let target = target.unwrap();
            assert_eq!(target.key.as_deref(), Some("pub1"));
            assert!(target.deflated && target.subdomain.is_none());
            let expected = [
                ("ddsource", "browser"),
                ("dd-evp-origin-version", "7.16.2"),
                ("dd-evp-encoding", "deflate"),
                ("_dd.api", "fetch"),
            ];
            assert_eq!(target.parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }

    #[test]
    fn a_target_that_could_lead_elsewhere_is_refused() {
        for target in [
            "https://evil.example/api/v2/rum",
            "//evil.example/api/v2/rum",
            "api/v2/rum",
            "/api/v2/../v1/rum",
            "/api/v2/rum@evil.example",
            "/api\\v2\\rum",
            "/api/v2%2frum",
            "/api/v2/rum\r\nHost: evil",
            "/api/v2/rum\0",
            ".malicious.com/api/v2/rum",
            "",
        ] {
            assert_eq!(forward(&query(target)).unwrap_err().outcome, Outcome::Malformed, "{target:?}");
        }
        for target in ["/api/v2/debugger", "/api/v2/rum/", "/api/v2", "/", "/API/V2/RUM", "/api/v2/spans"] {
            let refusal = forward(&query(target)).unwrap_err();
            assert_eq!(refusal.outcome, Outcome::ForwardPathNotServed, "{target}");
        }
    }

    #[test]
    fn a_subdomain_must_be_a_configured_one() {
        let with = |name: &str| forward(&format!("{}&ddforwardSubdomain={name}", query("/api/v2/rum")));
        assert_eq!(with("quota").unwrap().subdomain.as_deref(), Some("quota"));
        for name in ["other", "", "quota.evil.example", "quota%2f", "QUOTA", "evil.example/?"] {
            assert_eq!(with(name).unwrap_err().outcome, Outcome::ForwardPathNotServed, "{name}");
        }
    }

    #[test]
    fn parameters_that_could_change_the_request_are_refused() {
        let target = |query: &str| format!("/api/v2/rum?{query}");
        for parameters in [
            "dd-api-key=a&dd-api-key=b",
            "dd-evp-encoding=gzip",
            "ddsource=a%0d%0ab",
            &format!("dd-request-id={}", "a".repeat(200)),
        ] {
            let error = forward(&query(&target(parameters))).unwrap_err();
            assert_eq!(error.outcome, Outcome::Malformed, "{parameters}");
        }
        let twice = format!("{}&{}", query("/api/v2/rum"), query("/api/v2/rum"));
        assert_eq!(forward(&twice).unwrap_err().outcome, Outcome::Malformed);
    }
}
