//! The closed list of what can become of a request body: why it was taken, refused, delivered or lost.
//! Every body gets exactly one outcome at the intake and, once accepted, exactly one per sink.

use axum::http::StatusCode;

/// What became of a request body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Synced to the journal and acknowledged.
    Accepted,
    /// The same body was accepted before; acknowledged again, kept once.
    Repeated,
    /// A question of a page, answered.
    Answered,
    /// No door at this path.
    UnknownPath,
    /// A door, but not with this method.
    MethodNotAllowed,
    /// The public key is that of no app.
    UnknownKey,
    /// The app does not list this origin.
    OriginNotAllowed,
    /// A path or host of Datadog's intake that is not served here.
    ForwardPathNotServed,
    /// The app takes data of visitors who agreed only, and the body does not say so.
    ConsentMissing,
    /// The browser says that its user does not want to be tracked, and the configuration honours it.
    OptedOut,
    /// The app takes no replay.
    ReplayDisabled,
    /// A recording that shows more than the app's policy allows, or knows of no policy.
    AgainstPolicy,
    /// More requests of this app and track than it may send at once.
    RateLimited,
    /// More bytes of this app and track than it may send in a day.
    QuotaExhausted,
    /// More bytes than the door takes, declared or streamed.
    BodyTooLarge,
    /// More bytes than the door takes once inflated.
    InflatedTooLarge,
    /// The body did not arrive in time.
    BodyTimedOut,
    /// The connection broke before the body was complete.
    BodyInterrupted,
    /// Not what the door expects: framing, encoding, shape or parameters.
    Malformed,
    /// Written by an SDK newer than this collector understands.
    ProtocolTooNew,
    /// The body names another application than the key.
    ApplicationMismatch,
    /// The journal cannot be written at the moment.
    JournalUnavailable,
    /// The journal has reached its size limit.
    JournalFull,
    /// More is waiting for the journal than memory should hold.
    Overloaded,
    /// A sink acknowledged it.
    Delivered,
    /// A sink will never take it; its body went to the dead letters.
    RefusedBySink,
    /// The journal could not read it back.
    Damaged,
    /// Given up unread to make room for events, as `journal.when_full` says.
    Evicted,
    /// Older than `journal.max_age_s` before the sink took it.
    Expired,
}

impl Outcome {
    /// The value of the metric label `outcome`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Answered => "answered",
            Self::UnknownPath => "unknown_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnknownKey => "unknown_key",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::ForwardPathNotServed => "forward_path_not_served",
            Self::ConsentMissing => "consent_missing",
            Self::OptedOut => "opted_out",
            Self::ReplayDisabled => "replay_disabled",
            Self::AgainstPolicy => "against_policy",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::BodyTooLarge => "body_too_large",
            Self::InflatedTooLarge => "inflated_too_large",
            Self::BodyTimedOut => "body_timed_out",
            Self::BodyInterrupted => "body_interrupted",
            Self::Malformed => "malformed",
            Self::ProtocolTooNew => "protocol_too_new",
            Self::ApplicationMismatch => "application_mismatch",
            Self::JournalUnavailable => "journal_unavailable",
            Self::JournalFull => "journal_full",
            Self::Overloaded => "overloaded",
            Self::Delivered => "delivered",
            Self::RefusedBySink => "refused_by_sink",
            Self::Damaged => "damaged",
            Self::Evicted => "evicted",
            Self::Expired => "expired",
        }
    }

    /// What the browser is told. Datadog's SDK retries 408, 429 and 5xx and gives everything else up, so a
    /// 4xx here is a decision to lose the body. Our recorder does as well, and stops after three
    /// 4xx in a row, since the next would be no other.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Accepted | Self::Repeated | Self::Delivered => StatusCode::ACCEPTED,
            Self::Answered => StatusCode::OK,
            Self::UnknownPath | Self::ForwardPathNotServed => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownKey
            | Self::OriginNotAllowed
            | Self::ConsentMissing
            | Self::OptedOut
            | Self::ReplayDisabled
            | Self::AgainstPolicy
            | Self::ApplicationMismatch => StatusCode::FORBIDDEN,
            Self::RateLimited | Self::QuotaExhausted => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTooLarge | Self::InflatedTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::BodyInterrupted | Self::Malformed | Self::RefusedBySink => StatusCode::BAD_REQUEST,
            Self::ProtocolTooNew => StatusCode::UPGRADE_REQUIRED,
            Self::JournalUnavailable
            | Self::JournalFull
            | Self::Overloaded
            | Self::Damaged
            | Self::Evicted
            | Self::Expired => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
