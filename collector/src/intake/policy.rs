//! `GET /v1/p?k=<public key>`: what the pages of an app may record. The recorder asks before it reads a page; without
//! an answer it masks everything.
//!
//! ```text
//! {"version":1,"replay":true,"lock":false,"level":"mask"}
//! version  number of the policy, which every segment names
//! replay   whether to record at all
//! lock     whether the page may show no more than `level`
//! level    privacy level, by Datadog's name
//! ```

use super::admission::{Refusal, Refused};
use super::{Answered, known_app, target, visitor};
use crate::config::Level;
use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::track::Track;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::Serialize;

#[derive(Serialize)]
struct Policy {
    version: u32,
    replay: bool,
    lock: bool,
    level: Level,
}

/// Answers, within the app's rate of replay. Consent is not asked for: nothing is told about anybody.
pub(super) fn answer(settings: &Settings, parts: &Parts) -> Result<Answered, Refused> {
    let track = Track::Replay;
    let key = target::key(parts.uri.query().unwrap_or_default());
    let app = known_app(settings, key.as_deref(), track, parts)?;
    let refused = |refusal| Refused { app: Some(app.clone()), track: Some(track), refusal };
    app.limits.take_request(track).map_err(refused)?;
    let objects = settings.honour_gpc && visitor::objects(&parts.headers);
    let policy = Policy {
        version: app.replay.version,
        replay: app.replay.enabled && !objects,
        lock: app.replay.lock,
        level: app.replay.level,
    };
    // Numbers, switches and words: writing them does not fail.
    let json = serde_json::to_string(&policy)
        .map_err(|_| refused(Refusal::new(Outcome::Overloaded, "the collector is busy")))?;
    let response = ([(header::CONTENT_TYPE, "application/json")], json).into_response();
    Ok(Answered { app, track, outcome: Outcome::Answered, response })
}
