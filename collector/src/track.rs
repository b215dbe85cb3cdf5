//! What kinds of data Datadog's intake keeps apart: each has a path of its own there, and here its own
//! limits, labels and lane.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// One kind of data, as the official SDK names it (`TrackType` in `@datadog/browser-core`).
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cbor(index_only)]
pub enum Track {
    /// RUM events. Our own SDK's batches are of this track, too.
    #[default]
    #[n(0)]
    Rum,
    /// Segments of session replay.
    #[n(1)]
    Replay,
    /// Browser logs.
    #[n(2)]
    Logs,
    /// Profiles.
    #[n(3)]
    Profile,
    /// Exposures of feature flags.
    #[n(4)]
    Exposures,
    /// Evaluations of feature flags.
    #[n(5)]
    FlagEvaluation,
    /// Snapshots of Datadog's live debugger.
    #[n(6)]
    Debugger,
}

/// Which journal a body waits in. Replay has its own, so that many large bodies never hold small events up.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Lane {
    /// Everything but replay.
    Events,
    /// Replay segments.
    Replay,
}

impl Lane {
    /// Both lanes.
    pub const ALL: [Self; 2] = [Self::Events, Self::Replay];

    /// Its name in metrics and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Replay => "replay",
        }
    }
}

impl Track {
    /// Every track there is.
    pub const ALL: [Self; 7] = [
        Self::Rum,
        Self::Replay,
        Self::Logs,
        Self::Profile,
        Self::Exposures,
        Self::FlagEvaluation,
        Self::Debugger,
    ];

    /// Name in the configuration, in metrics and at the end of its path.
    pub fn label(self) -> &'static str {
        match self {
            Self::Rum => "rum",
            Self::Replay => "replay",
            Self::Logs => "logs",
            Self::Profile => "profile",
            Self::Exposures => "exposures",
            Self::FlagEvaluation => "flagevaluation",
            Self::Debugger => "debugger",
        }
    }

    /// Path on Datadog's intake.
    pub fn path(self) -> &'static str {
        match self {
            Self::Rum => "/api/v2/rum",
            Self::Replay => "/api/v2/replay",
            Self::Logs => "/api/v2/logs",
            Self::Profile => "/api/v2/profile",
            Self::Exposures => "/api/v2/exposures",
            Self::FlagEvaluation => "/api/v2/flagevaluation",
            Self::Debugger => "/api/v2/debugger",
        }
    }

    /// The track of a path on Datadog's intake.
    pub fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.path() == path)
    }

    /// The journal its bodies wait in.
    pub fn lane(self) -> Lane {
        match self {
            Self::Replay => Lane::Replay,
            Self::Rum
            | Self::Logs
            | Self::Profile
            | Self::Exposures
            | Self::FlagEvaluation
            | Self::Debugger => Lane::Events,
        }
    }
}

impl Serialize for Track {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}

// As a text and not as an enumeration: only then can an error in `[limits.rum]` name the table.
impl<'de> Deserialize<'de> for Track {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Label;
        impl de::Visitor<'_> for Label {
            type Value = Track;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let labels: Vec<_> = Track::ALL.iter().map(|track| format!("`{}`", track.label())).collect();
                write!(formatter, "one of {}", labels.join(", "))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Track, E> {
                let found = Track::ALL.into_iter().find(|track| track.label() == text);
                found.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Label)
    }
}

#[cfg(test)]
mod tests {
    use super::Track;

    #[test]
    fn a_track_is_called_the_same_everywhere() {
        for track in Track::ALL {
            assert_eq!(track.path(), format!("/api/v2/{}", track.label()));
            assert_eq!(serde_json::to_value(track).unwrap(), track.label());
            assert_eq!(serde_json::from_value::<Track>(track.label().into()).unwrap(), track);
            assert_eq!(Track::of_path(track.path()), Some(track));
        }
        assert_eq!(Track::of_path("/api/v2/rum/"), None);
    }
}
