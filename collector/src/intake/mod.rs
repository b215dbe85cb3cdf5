//! The HTTP door. What it promises: 202 means the body is on disk; every other answer carries its reason in
//! one line, its CORS headers and its count; and nothing expensive is done for a request that a cheaper
//! question refuses. The questions, in order: path, method, key and origin, declared length, length,
//! inflated length, shape. What passes them is scrubbed before it is journalled.
//!
//! To add a door: a module with `LIMIT_BYTES`, a way to the key and a `decode`, a variant of `Door`, and
//! its arm in `receive`.

pub mod admission;
mod batch;
mod cors;
mod datadog;
pub mod decode;

use crate::config::{App, ClientIp};
use crate::journal::{Compression, Content, Entry, Header, Journal};
use crate::outcome::Outcome;
use crate::scrub::{Report, Scrubber};
use crate::server::PeerAddress;
use crate::telemetry::{EventLoss, Telemetry, UNKNOWN};
use crate::track::Track;
use admission::{Refusal, Refused, Registry, discard, read_body};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds after which a refused but healthy client should try again.
const RETRY_AFTER_S: &str = "5";

/// Longest prefix segment an operator may put before a door (characters).
const MAX_PREFIX_CHARS: usize = 64;

/// Longest user agent kept (bytes). Longer ones are made up.
const MAX_USER_AGENT_BYTES: usize = 512;

/// What the doors need.
pub struct Intake {
    /// Who may send.
    pub registry: Registry,
    /// Where accepted bodies go.
    pub journal: Arc<dyn Journal>,
    /// Where outcomes are counted.
    pub telemetry: Telemetry,
    /// What is taken out of a body before it goes anywhere.
    pub scrubber: Arc<Scrubber>,
    /// How much of a visitor's address is kept.
    pub client_ip: ClientIp,
}

/// A body that passed every question of its door.
struct Decoded {
    content: Content,
    track: Track,
    /// A zlib stream.
    body: Bytes,
    /// Events the SDK says it had to give up.
    lost_in_page: u64,
    /// Events of a kind this collector does not know.
    lost_unknown_kind: u64,
    /// What the scrub rules did to it.
    scrubbed: Report,
}

/// The ways in.
#[derive(Clone, Copy)]
enum Door {
    Batch,
    Datadog,
}

impl Door {
    /// `/v1`, `/dd`, either below one segment of the operator's choice, so that no filter list can name it.
    fn of_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let (prefix, door) = path.split_once('/').unwrap_or(("", path));
        let safe = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        if prefix.len() > MAX_PREFIX_CHARS || !prefix.chars().all(safe) || path.starts_with('/') {
            return None;
        }
        match door {
            "v1" => Some(Self::Batch),
            "dd" => Some(Self::Datadog),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Datadog => "datadog",
        }
    }
}

/// The routes of the intake. One handler takes every path, so that a wrong one gets its reason, its headers
/// and its count like any other refusal.
pub fn router(intake: Arc<Intake>) -> Router {
    Router::new().fallback(any(answer)).layer(middleware::from_fn(cors::add_headers)).with_state(intake)
}

/// Answers in a task of its own. A page that is left is gone before its answer, and with it this future: the
/// body would be journalled and its outcome never counted.
async fn answer(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    let answered = tokio::spawn(decide(intake, request)).await;
    // Only a panic or the end of the runtime leaves no answer.
    answered.unwrap_or_else(|_| Outcome::Overloaded.status().into_response())
}

async fn decide(intake: Arc<Intake>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let Some(door) = Door::of_path(parts.uri.path()) else {
        let refusal = Refusal::new(Outcome::UnknownPath, "there is nothing at this path");
        intake.telemetry.count_intake(UNKNOWN, UNKNOWN, None, refusal.outcome);
        return refuse(&refusal, &parts.headers, body).await;
    };
    if parts.method == Method::OPTIONS {
        return cors::preflight();
    }
    let (app, result) = match admit(&intake, door, &parts) {
        Ok((app, forward)) => {
            let result = receive(&intake, &app, forward, &parts, &mut body).await;
            (Some(app), result)
        }
        Err((app, refusal)) => (app, Err(refusal)),
    };
    let label = app.as_ref().map_or(UNKNOWN, |app| &app.name);
    match result {
        Ok(()) => {
            intake.telemetry.count_intake(label, door.label(), None, Outcome::Accepted);
            Outcome::Accepted.status().into_response()
        }
        Err(refusal) => {
            intake.telemetry.count_intake(label, door.label(), None, refusal.outcome);
            tracing::debug!(
                event = "refused",
                app = label,
                door = door.label(),
                outcome = refusal.outcome.label()
            );
            refuse(&refusal, &parts.headers, body).await
        }
    }
}

/// What can be asked before the body: method, key, origin. With the app comes the Datadog target, if that
/// is the door.
fn admit(
    intake: &Intake,
    door: Door,
    parts: &Parts,
) -> Result<(Arc<App>, Option<datadog::Forward>), Refused> {
    if parts.method != Method::POST {
        return Err((None, Refusal::new(Outcome::MethodNotAllowed, "only POST is taken here")));
    }
    let query = parts.uri.query().unwrap_or_default();
    let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    match door {
        Door::Batch => Ok((intake.registry.admit(batch::key(query).as_deref(), origin)?, None)),
        Door::Datadog => {
            let forward = datadog::forward(query).map_err(|refusal| (None, refusal))?;
            Ok((intake.registry.admit(forward.key.as_deref(), origin)?, Some(forward)))
        }
    }
}

/// Reads, checks and journals an admitted body.
async fn receive(
    intake: &Intake,
    app: &App,
    forward: Option<datadog::Forward>,
    parts: &Parts,
    body: &mut Body,
) -> Result<(), Refusal> {
    let decoded = match forward {
        None => {
            let body = read_body(&parts.headers, body, batch::LIMIT_BYTES).await?;
            batch::decode(app, &intake.scrubber, body)?
        }
        Some(forward) => {
            let body = read_body(&parts.headers, body, datadog::LIMIT_BYTES).await?;
            datadog::decode(app, &intake.scrubber, forward, body)?
        }
    };
    let Decoded { content, track, body, lost_in_page, lost_unknown_kind, scrubbed } = decoded;
    let door = content.door();
    let header = journal_header(intake, app, track, content, parts);
    intake.journal.append(Entry { header, body }).await?;
    // Only now: a body that is not taken comes again and reports the same losses.
    intake.telemetry.count_lost_events(&app.name, EventLoss::InPage, lost_in_page);
    intake.telemetry.count_lost_events(&app.name, EventLoss::UnknownKind, lost_unknown_kind);
    for (rule, count) in scrubbed.counts() {
        intake.telemetry.count_scrubbed(&app.name, door, &intake.scrubber.rule(rule).name, count);
    }
    Ok(())
}

fn journal_header(intake: &Intake, app: &App, track: Track, content: Content, parts: &Parts) -> Header {
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let peer = parts.extensions.get::<PeerAddress>();
    Header {
        received_ms: now.as_millis() as u64,
        application_id: app.id.clone(),
        app_name: app.name.clone(),
        track,
        session_id: None,
        digest: None,
        compression: Compression::Zlib,
        content,
        client_address: peer.and_then(|peer| intake.client_ip.kept(peer.0)),
        // A header that `to_str` accepts is ASCII, so any byte is a place to cut.
        user_agent: user_agent.map(|agent| agent[..agent.len().min(MAX_USER_AGENT_BYTES)].to_owned()),
    }
}

async fn refuse(refusal: &Refusal, headers: &HeaderMap, body: Body) -> Response {
    discard(headers, body).await;
    let status = refusal.outcome.status();
    let mut response = (status, format!("{}\n", refusal.reason)).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn a_door_stands_at_the_root_or_below_one_plain_segment() {
        for path in ["/v1", "/shop/v1", "/a-b_C9/v1"] {
            assert!(matches!(Door::of_path(path), Some(Door::Batch)), "{path}");
        }
        assert!(matches!(Door::of_path("/shop/dd"), Some(Door::Datadog)));
        let long = format!("/{}/v1", "a".repeat(65));
        for path in
            ["/", "", "/v2", "/v1/", "/a/b/v1", "//v1", "/../v1", "/a.b/v1", "/%2e/v1", "/v1/x", &long]
        {
            assert!(Door::of_path(path).is_none(), "{path}");
        }
    }
}
