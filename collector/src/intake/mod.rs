//! The HTTP door. What it promises: 202 means the body is on disk; every other answer carries its reason in
//! one line, its CORS headers and its count; and nothing expensive is done for a request that a cheaper
//! question refuses. The questions, in order: path, method, key and origin, consent, rate and quota, declared
//! length, length and time, inflated length, shape. What passes them is scrubbed before it is journalled. One
//! door takes nothing: it tells pages what they may record.
//!
//! To add a door: a variant of `Door` with its path, its way to the key in `admit`, and its `decode`.

pub mod admission;
mod batch;
mod cors;
mod datadog;
pub mod decode;
mod door;
mod finished;
pub mod limit;
pub mod multipart;
mod policy;
pub mod reading;
mod replay;
mod segment;
mod taken;
pub mod target;
mod visitor;

use crate::config::Consent;
use crate::dead_letter::{DeadLetters, IntakeSample};
use crate::journal::{Appended, Compression, Content, Digest, Entry, Header, Journals};
use crate::outcome::Outcome;
use crate::scrub::Report;
use crate::server::PeerAddress;
use crate::settings::{Current, Settings};
use crate::telemetry::{EventLoss, Telemetry, UNKNOWN};
use crate::trace::{self, Trace};
use crate::track::Track;
use admission::{KnownApp, Refusal, Refused};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use door::Door;
use finished::Finished;
use futures_util::FutureExt;
use limit::Usage;
use reading::{ReadingRoom, declared_length, discard};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
pub use taken::TakenSegments;
use target::Target;

/// Largest body that any door takes on the wire (bytes).
pub const LARGEST_BODY_BYTES: usize = replay::LIMIT_BYTES;

/// Name of the part that describes a body of parts.
const EVENT_PART: &str = "event";

/// What the doors need.
pub struct Intake {
    /// By what requests are judged at the moment.
    pub settings: Current<Settings>,
    /// What the apps have sent today.
    pub usage: Arc<Usage>,
    /// The memory for bodies that are being read.
    pub reading_room: ReadingRoom,
    /// How much of each segment was taken lately.
    pub taken_segments: TakenSegments,
    /// Where accepted bodies go.
    pub journal: Arc<Journals>,
    /// Where samples of what is refused go.
    pub dead_letters: Arc<DeadLetters>,
    /// Where outcomes are counted.
    pub telemetry: Telemetry,
}

/// A request whose body is worth reading.
struct Admitted {
    door: Door,
    app: Arc<KnownApp>,
    track: Track,
    /// Where the official SDK would have sent it, if it is the official one.
    target: Option<Target>,
}

/// A body that passed every question of its door.
struct Decoded {
    content: Content,
    session_id: Option<String>,
    digest: Option<Digest>,
    /// How `body` is compressed.
    compression: Compression,
    body: Bytes,
    /// What the SDK says it had to give up.
    lost_in_page: Option<(EventLoss, u64)>,
    /// Events of a kind this collector does not know.
    lost_unknown_kind: u64,
    /// What the scrub rules did to it.
    scrubbed: Report,
    /// Of a segment, what is taken of it once this body is on the disk.
    taken: Option<(taken::Key, taken::Taken)>,
}

/// What a request that is not refused is told.
struct Answered {
    app: Arc<KnownApp>,
    track: Track,
    outcome: Outcome,
    response: Response,
}

/// The routes of the intake. One handler takes every path, so that a wrong one gets its reason, its headers
/// and its count like any other refusal.
pub fn router(intake: Arc<Intake>) -> Router {
    Router::new().fallback(any(answer)).with_state(intake)
}

/// Answers, whatever becomes of the connection. A page that is left is gone before its answer, and with it
/// this future: the body would be journalled and its outcome never counted.
async fn answer(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    // Once: a request is judged by one configuration from beginning to end.
    let settings = intake.settings.get();
    let peer = request.extensions().get::<PeerAddress>().copied();
    let trace = Trace::of_request(peer, request.headers(), &settings.intake.trusted_proxies);
    let status = |response: &Response| Some(response.status().as_u16());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let decided = trace.run(trace::INTAKE, status, decide(intake, settings, request));
    let answered = Finished::new(AssertUnwindSafe(decided).catch_unwind()).await;
    // Only a panic leaves no answer.
    let mut response = answered.unwrap_or_else(|_| Outcome::Overloaded.status().into_response());
    cors::add_headers(origin, &mut response);
    response
}

async fn decide(intake: Arc<Intake>, settings: Arc<Settings>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let Some(door) = Door::of_path(parts.uri.path()) else {
        let refusal = Refusal::new(Outcome::UnknownPath, "there is nothing at this path");
        intake.telemetry.count_intake(UNKNOWN, UNKNOWN, None, refusal.outcome);
        return refuse(&refusal, &parts.headers, body).await;
    };
    if parts.method == Method::OPTIONS {
        return cors::preflight(door);
    }
    let answered = if parts.method != door.method() {
        let refusal =
            Refusal::new(Outcome::MethodNotAllowed, format!("only {} is taken here", door.method()));
        Err(Refused { app: None, track: None, refusal })
    } else if door == Door::Policy {
        policy::answer(&settings, &parts)
    } else {
        take(&intake, &settings, door, &parts, &mut body).await
    };
    match answered {
        Ok(Answered { app, track, outcome, response }) => {
            intake.telemetry.count_intake(&app.name, door.label(), Some(track), outcome);
            response
        }
        Err(Refused { app, track, refusal }) => {
            let app = app.as_ref().map_or(UNKNOWN, |app| &app.name);
            let outcome = refusal.outcome;
            intake.telemetry.count_intake(app, door.label(), track, outcome);
            tracing::debug!(event = "refused", app, door = door.label(), outcome = outcome.label());
            sample(&intake, app, door, track, &refusal, &parts.headers);
            let mut response = refuse(&refusal, &parts.headers, body).await;
            if outcome == Outcome::MethodNotAllowed {
                let allowed = HeaderValue::from_str(&format!("{}, OPTIONS", door.method()));
                response.headers_mut().extend(allowed.ok().map(|allowed| (header::ALLOW, allowed)));
            }
            response
        }
    }
}

/// Takes a body, from the first question to the journal.
async fn take(
    intake: &Intake,
    settings: &Settings,
    door: Door,
    parts: &Parts,
    body: &mut Body,
) -> Result<Answered, Refused> {
    let admitted = admit(intake, settings, door, parts)?;
    let (app, track) = (admitted.app.clone(), admitted.track);
    match receive(intake, settings, admitted, parts, body).await {
        Ok(outcome) => Ok(Answered { app, track, outcome, response: outcome.status().into_response() }),
        Err(refusal) => Err(Refused { app: Some(app), track: Some(track), refusal }),
    }
}

/// Keeps the facts of a body that is lost by this refusal, now and then: whoever looks into the dead letters
/// sees who sends what wrongly.
fn sample(
    intake: &Intake,
    app: &str,
    door: Door,
    track: Option<Track>,
    refusal: &Refusal,
    headers: &HeaderMap,
) {
    let status = refusal.outcome.status();
    // The others come again.
    let is_lost = status.is_client_error() && refusal.retry_after.is_none();
    if !is_lost || status == StatusCode::REQUEST_TIMEOUT {
        return;
    }
    intake.dead_letters.sample_intake(IntakeSample {
        app_name: app.to_owned(),
        door: door.label(),
        track,
        outcome: refusal.outcome,
        reason: refusal.reason.to_string(),
        size_bytes: declared_length(headers).map(|bytes| bytes as u64),
    });
}

/// What can be asked before the body: key, origin, consent, rate.
fn admit(intake: &Intake, settings: &Settings, door: Door, parts: &Parts) -> Result<Admitted, Refused> {
    let early = |refusal| Refused { app: None, track: None, refusal };
    let query = parts.uri.query().unwrap_or_default();
    let target = match door {
        Door::Batch | Door::Segment | Door::Policy => None,
        Door::DatadogForward => Some(target::of_forward(&settings.intake, query).map_err(early)?),
        Door::DatadogPath(track) => Some(target::of_path(&settings.intake, track, query).map_err(early)?),
    };
    let track = match (&target, door) {
        (Some(target), _) => target.track,
        (None, Door::Segment) => Track::Replay,
        (None, _) => Track::Rum,
    };
    let key = match &target {
        Some(target) => target.key.clone(),
        None => target::key(query),
    };
    let app = known_app(settings, key.as_deref(), track, parts)?;
    let refused = |refusal| Refused { app: Some(app.clone()), track: Some(track), refusal };
    if track == Track::Replay && !app.replay.enabled {
        return Err(refused(Refusal::new(
            Outcome::ReplayDisabled,
            "replay is not taken here (replay.enabled)",
        )));
    }
    if app.consent == Consent::Required && !visitor::agreed(query) {
        let reason = "the request does not say that the visitor agreed (c=1)";
        return Err(refused(Refusal::new(Outcome::ConsentMissing, reason)));
    }
    if settings.honour_gpc && visitor::objects(&parts.headers) {
        let reason = "the browser says that its user objects (Sec-GPC)";
        return Err(refused(Refusal::new(Outcome::OptedOut, reason)));
    }
    app.limits.take_request(track).map_err(refused)?;
    intake.usage.check(&app, &app.limits, track, 0).map_err(refused)?;
    Ok(Admitted { door, app, track, target })
}

/// Whose request it is, if that app takes requests of where it comes from.
fn known_app(
    settings: &Settings,
    key: Option<&str>,
    track: Track,
    parts: &Parts,
) -> Result<Arc<KnownApp>, Refused> {
    let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    settings.registry.admit(key, origin).map_err(|refused| Refused { track: Some(track), ..refused })
}

/// Reads, checks and journals an admitted body.
async fn receive(
    intake: &Intake,
    settings: &Settings,
    admitted: Admitted,
    parts: &Parts,
    body: &mut Body,
) -> Result<Outcome, Refusal> {
    let Admitted { door, app, track, target } = admitted;
    let app = app.as_ref();
    let limit_bytes = match &target {
        Some(target) => datadog::limit_bytes(target.track),
        None if door == Door::Segment => segment::LIMIT_BYTES,
        None => batch::LIMIT_BYTES,
    };
    let read = intake.reading_room.read(track.lane(), &parts.headers, body, limit_bytes).await?;
    let wire_bytes = read.bytes.len() as u64;
    intake.usage.check(app, &app.limits, track, wire_bytes)?;
    let bytes = read.bytes.clone();
    let decoding = async {
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        match target {
            None if door == Door::Segment => {
                segment::decode(app, &settings.scrubber, &intake.taken_segments, bytes)
            }
            None => batch::decode(app, &settings.scrubber, bytes),
            Some(target) => datadog::decode(app, &settings.scrubber, target, content_type, bytes).await,
        }
    };
    let decoded = trace::part("decode", decoding).await?;
    drop(read);
    let entry =
        Entry { header: journal_header(settings, app, track, &decoded, parts), body: decoded.body.clone() };
    let appended = trace::part("journal", intake.journal.append(entry)).await?;
    if let Some((key, taken)) = decoded.taken {
        intake.taken_segments.note(key, taken);
    }
    if appended == Appended::Repeated {
        return Ok(Outcome::Repeated);
    }
    // Only now: a body that is not taken comes again and reports the same losses.
    intake.usage.add(app, &app.limits, track, wire_bytes);
    if let Some((loss, count)) = decoded.lost_in_page {
        intake.telemetry.count_lost_events(&app.name, loss, count);
    }
    intake.telemetry.count_lost_events(&app.name, EventLoss::UnknownKind, decoded.lost_unknown_kind);
    for (rule, count) in decoded.scrubbed.counts() {
        let (door, rule) = (decoded.content.door(), &settings.scrubber.rule(rule).name);
        intake.telemetry.count_scrubbed(&app.name, door, rule, count);
    }
    Ok(Outcome::Accepted)
}

fn journal_header(
    settings: &Settings,
    app: &KnownApp,
    track: Track,
    decoded: &Decoded,
    parts: &Parts,
) -> Header {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let peer = parts.extensions.get::<PeerAddress>();
    let address = peer.map(|peer| visitor::address(peer.0, &parts.headers, &settings.intake.trusted_proxies));
    Header {
        received_ms: now.as_millis() as u64,
        application_id: app.id.clone(),
        app_name: app.name.clone(),
        track,
        session_id: decoded.session_id.clone(),
        digest: decoded.digest,
        compression: decoded.compression,
        content: decoded.content.clone(),
        client_address: address.and_then(|address| settings.client_ip.kept(address)),
        user_agent: visitor::user_agent(&parts.headers),
    }
}

async fn refuse(refusal: &Refusal, headers: &HeaderMap, body: Body) -> Response {
    discard(headers, body).await;
    let status = refusal.outcome.status();
    let mut response = (status, format!("{}\n", refusal.reason)).into_response();
    let headers = response.headers_mut();
    if let Some(after) = refusal.retry_after {
        // Whole seconds, rounded up: coming back too early would be refused again.
        headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs_f64().ceil().max(1.0) as u64));
    }
    response
}
