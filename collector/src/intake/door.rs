//! The ways in, by path.

use crate::track::Track;
use axum::http::Method;

/// Longest prefix segment an operator may put before a door (characters).
const MAX_PREFIX_CHARS: usize = 64;

/// A way in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Door {
    /// `/v1`: batches of our SDK.
    Batch,
    /// `/v1/s`: segments of our SDK's session replay.
    Segment,
    /// `/v1/p`: what a page may record, asked before it does.
    Policy,
    /// `/dd?ddforward=…`: the official SDK with `proxy` as a string.
    DatadogForward,
    /// `/dd/api/v2/<track>?…`: the official SDK with `proxy` as a function that keeps path and parameters.
    DatadogPath(Track),
}

impl Door {
    /// Each door stands at the root or below one segment of the operator's choice, so that no filter list can
    /// name it.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if let Some(door) = Self::of_segments(path) {
            return Some(door);
        }
        let (prefix, path) = path.split_once('/')?;
        let safe = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        let is_prefix = !prefix.is_empty() && prefix.len() <= MAX_PREFIX_CHARS && prefix.chars().all(safe);
        if is_prefix { Self::of_segments(path) } else { None }
    }

    fn of_segments(path: &str) -> Option<Self> {
        match path {
            "v1" => Some(Self::Batch),
            "v1/s" => Some(Self::Segment),
            "v1/p" => Some(Self::Policy),
            "dd" => Some(Self::DatadogForward),
            _ => Track::of_path(path.strip_prefix("dd")?).map(Self::DatadogPath),
        }
    }

    /// The method it takes.
    pub(super) fn method(self) -> Method {
        match self {
            Self::Policy => Method::GET,
            Self::Batch | Self::Segment | Self::DatadogForward | Self::DatadogPath(_) => Method::POST,
        }
    }

    /// The metric label.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Segment => "segment",
            Self::Policy => "policy",
            Self::DatadogForward | Self::DatadogPath(_) => "datadog",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_stands_at_the_root_or_below_one_plain_segment() {
        for path in ["/v1", "/shop/v1", "/a-b_C9/v1", "/dd/v1"] {
            assert_eq!(Door::of_path(path), Some(Door::Batch), "{path}");
        }
        for (path, door) in [
            ("/v1/s", Door::Segment),
            ("/shop/v1/s", Door::Segment),
            ("/v1/p", Door::Policy),
            ("/v1/v1/p", Door::Policy),
        ] {
            assert_eq!(Door::of_path(path), Some(door), "{path}");
        }
        for path in ["/dd", "/shop/dd", "/dd/dd"] {
            assert_eq!(Door::of_path(path), Some(Door::DatadogForward), "{path}");
        }
        for path in ["/dd/api/v2/replay", "/shop/dd/api/v2/replay"] {
            assert_eq!(Door::of_path(path), Some(Door::DatadogPath(Track::Replay)), "{path}");
        }
        let long = format!("/{}/v1", "a".repeat(65));
        for path in [
            "/",
            "",
            "/v2",
            "/v1/",
            "/a/b/v1",
            "//v1",
            "/../v1",
            "/a.b/v1",
            "/%2e/v1",
            "/v1/x",
            "/v1/s/",
            "/s",
            "/dd/s",
            "/dd/",
            &long,
            "/dd/api/v2",
            "/dd/api/v2/rum/",
            "/dd/api/v2/other",
            "/dd//api/v2/rum",
            "/dd/api/v2/../v2/rum",
            "/ddapi/v2/rum",
            "/a/b/dd/api/v2/rum",
            "/api/v2/rum",
        ] {
            assert_eq!(Door::of_path(path), None, "{path}");
        }
    }
}
