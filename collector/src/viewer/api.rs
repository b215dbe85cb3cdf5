//! What the viewer asks for, each as `GET /api/NAME?limit=N[&application_id=ID]`: `views`, the newest with what
//! they measured and what happened in them; `errors`, by group; `frustrations`, by target.

use super::Rows;
use crate::sink::store::StoreReader;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tracing::error;
use url::form_urlencoded;

/// Rows given when none are asked for by number, and the most that are.
const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;

pub(super) type Store = State<Option<Arc<StoreReader>>>;

pub(super) async fn views(store: Store, query: RawQuery) -> Response {
    answer("views", store, query, StoreReader::views).await
}

pub(super) async fn errors(store: Store, query: RawQuery) -> Response {
    answer("errors", store, query, StoreReader::error_groups).await
}

pub(super) async fn frustrations(store: Store, query: RawQuery) -> Response {
    answer("frustrations", store, query, StoreReader::frustrating_targets).await
}

/// One object with the rows under their name.
pub(super) async fn answer<T: Serialize + Send + 'static>(
    name: &'static str,
    store: Store,
    RawQuery(query): RawQuery,
    ask: fn(&StoreReader, u32, Option<&str>) -> rusqlite::Result<Vec<T>>,
) -> Response {
    let query = query.unwrap_or_default();
    let limit = match parameter(&query, "limit").map(|limit| limit.parse::<u32>()) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) => limit.clamp(1, MAX_LIMIT),
        Some(Err(_)) => return (StatusCode::BAD_REQUEST, "limit is not a number\n").into_response(),
    };
    let application_id = application_id(&query);
    match ask_store(store, move |store| ask(store, limit, application_id.as_deref())).await {
        Ok(rows) => json(rows.len(), &BTreeMap::from([(name, rows)])),
        Err(refusal) => refusal,
    }
}

/// What the store answers, asked on a thread that may wait; else what to answer in its place.
// The response is moved once.
#[allow(clippy::result_large_err)]
pub(super) async fn ask_store<T: Send + 'static>(
    State(store): Store,
    ask: impl FnOnce(&StoreReader) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Response> {
    let Some(store) = store else {
        let off = "the store is switched off (sink.store.enabled)\n";
        return Err((StatusCode::NOT_FOUND, off).into_response());
    };
    match spawn_blocking(move || ask(&store)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(unavailable(&error)),
        Err(error) => Err(unavailable(&error)),
    }
}

/// An answer that holds so many rows.
pub(super) fn json(rows: usize, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(json) => {
            (Extension(Rows(rows)), [(header::CONTENT_TYPE, "application/json")], json).into_response()
        }
        Err(error) => unavailable(&error),
    }
}

/// The application that is asked about.
pub(super) fn application_id(query: &str) -> Option<String> {
    parameter(query, "application_id").map(|id| id.to_ascii_lowercase())
}

fn parameter(query: &str, wanted: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn unavailable(error: &dyn std::error::Error) -> Response {
    error!(event = "viewer_query_failed", %error);
    (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read at the moment\n").into_response()
}
