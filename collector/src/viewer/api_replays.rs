//! What the player asks for.
//!
//! ```text
//! GET /api/replays?limit=N[&application_id=ID]    {"replays":[…]}: recorded sessions, the newest first
//! GET /api/replays/SESSION[?application_id=ID]    {"views":[…],"segments":[…],"markers":[…]}, in order of time
//! GET /api/replay-segments/ID[?application_id=ID] a segment: Datadog's JSON and our own records
//! ```
//! Segments are stored deflated and sent so (`Content-Encoding: deflate`): browsers inflate them.

use super::Rows;
use super::api::{Store, answer, application_id, ask_store, json};
use crate::sink::store::StoreReader;
use axum::Extension;
use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(super) async fn replays(store: Store, query: RawQuery) -> Response {
    answer("replays", store, query, StoreReader::recordings).await
}

pub(super) async fn replay(store: Store, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let application_id = application_id(&query.unwrap_or_default());
    match ask_store(store, move |store| store.recording(&id, application_id.as_deref())).await {
        Ok(Some(recording)) => json(recording.segments.len(), &recording),
        Ok(None) => (StatusCode::NOT_FOUND, "no such session is recorded\n").into_response(),
        Err(refusal) => refusal,
    }
}

pub(super) async fn segment(store: Store, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let application_id = application_id(&query.unwrap_or_default());
    match ask_store(store, move |store| store.replay_segment(&id, application_id.as_deref())).await {
        Ok(Some(deflated)) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "deflate")];
            (Extension(Rows(1)), headers, deflated).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such segment\n").into_response(),
        Err(refusal) => refusal,
    }
}
