//! The door of the official Datadog SDK: `POST /dd?ddforward=<path and query on Datadog's intake>`, the
//! string form of its `proxy` option. The body reaches the intake byte by byte as the page sent it, but for
//! the values that a scrub rule changed.
//!
//! `ddforward` comes from the network and decides where we send to, so it never becomes part of a URL: the
//! path must equal one we know, the query is taken apart and rebuilt from known parameters, and the host
//! comes from the configuration alone.

use super::admission::Refusal;
use super::decode::DecodeError;
use super::{Decoded, batch, decode};
use crate::config::App;
use crate::journal::Content;
use crate::outcome::Outcome;
use crate::scrub::Scrubber;
use crate::track::Track;
use bytes::Bytes;
use std::borrow::Cow;
use url::form_urlencoded;

/// Largest body on the wire (bytes). The SDK closes a batch at 16 KiB and drops messages over 256 KiB, so
/// this leaves room for several of the largest.
pub(super) const LIMIT_BYTES: usize = 1024 * 1024;

/// Parameter that carries the key; it is checked and never passed on.
const KEY: &str = "dd-api-key";

/// Parameter that says how the body is encoded, in place of `Content-Encoding`.
const ENCODING: &str = "dd-evp-encoding";

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
pub(super) struct Forward {
    pub(super) key: Option<String>,
    pub(super) track: Track,
    parameters: Vec<(String, String)>,
    deflated: bool,
}

/// Reads `ddforward` out of the request's query.
pub(super) fn forward(query: &str) -> Result<Forward, Refusal> {
    let mut target = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "ddforward" if target.is_none() => target = Some(value.into_owned()),
            "ddforward" => return Err(malformed("ddforward is given twice")),
            // It would change the host. What needs it (profiling quota, remote configuration) is no intake.
            "ddforwardSubdomain" => return Err(malformed("ddforwardSubdomain is not served")),
            _ => {}
        }
    }
    let target = target.ok_or_else(|| malformed("the query has no ddforward"))?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let track = track_of(path)?;
    let mut forward = Forward { key: None, track, parameters: Vec::new(), deflated: false };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.len() > MAX_VALUE_BYTES || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("a parameter of ddforward is not plain text"));
        }
        if name == KEY && forward.key.replace(value.clone().into_owned()).is_some() {
            return Err(malformed("ddforward has two keys"));
        }
        if name == ENCODING && value != "deflate" {
            return Err(malformed("dd-evp-encoding is not deflate"));
        }
        forward.deflated |= name == ENCODING;
        if PARAMETERS.contains(&name.as_ref()) && !forward.parameters.iter().any(|(known, _)| *known == name)
        {
            forward.parameters.push((name.into_owned(), value.into_owned()));
        }
    }
    Ok(forward)
}

fn track_of(path: &str) -> Result<Track, Refusal> {
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'));
    if !plain {
        return Err(malformed("ddforward is not a plain path"));
    }
    Track::of_path(path)
        .filter(|track| *track == Track::Rum)
        .ok_or(Refusal::new(Outcome::ForwardPathNotServed, "this path of Datadog's intake is not served"))
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Outcome::Malformed, reason)
}

/// Checks a body, scrubs it and makes it what the journal takes: the body as it came, unless a rule changed
/// something in it.
pub(super) fn decode(
    app: &App,
    scrubber: &Scrubber,
    forward: Forward,
    body: Bytes,
) -> Result<Decoded, Refusal> {
    let Forward { track, parameters, deflated, .. } = forward;
    let plain = if deflated {
        Cow::Owned(decode::inflate(&body, decode::DATADOG_INFLATED_LIMIT_BYTES)?)
    } else {
        Cow::Borrowed(&body[..])
    };
    decode::check_datadog_events(&plain, &app.id)?;
    let mut report = scrubber.report();
    let scrubbed = scrubber
        .scrub_events(&plain, &mut report)
        .map_err(|(index, reason)| DecodeError::Unscrubbable { line: index + 1, reason })?;
    let stored = match scrubbed {
        Some(scrubbed) => batch::compress(&scrubbed)?,
        None if deflated => body,
        None => batch::compress(&plain)?,
    };
    let content = Content::Datadog { parameters, deflated, content_type: None };
    Ok(Decoded { content, track, body: stored, lost_in_page: 0, lost_unknown_kind: 0, scrubbed: report })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(target: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("ddforward", target).finish()
    }

    #[test]
    fn the_key_is_taken_out_and_known_parameters_are_kept() {
        let target = "/api/v2/rum?ddsource=browser&dd-api-key=pub1&dd-evp-origin-version=7.16.2\
                      &dd-evp-encoding=deflate&evil=1&_dd.api=fetch&ddsource=other";
        let forward = forward(&query(target)).unwrap();
        assert_eq!(forward.key.as_deref(), Some("pub1"));
        assert!(forward.deflated);
        let expected = [
            ("ddsource", "browser"),
            ("dd-evp-origin-version", "7.16.2"),
            ("dd-evp-encoding", "deflate"),
            ("_dd.api", "fetch"),
        ];
        assert_eq!(forward.parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
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
        for target in ["/api/v2/logs", "/api/v2/rum/", "/api/v2", "/", "/API/V2/RUM"] {
            assert_eq!(
                forward(&query(target)).unwrap_err().outcome,
                Outcome::ForwardPathNotServed,
                "{target}"
            );
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
        let subdomain = format!("{}&ddforwardSubdomain=quota", query("/api/v2/rum"));
        assert_eq!(forward(&subdomain).unwrap_err().outcome, Outcome::Malformed);
    }
}
