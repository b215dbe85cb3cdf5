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

type Store = State<Option<Arc<StoreReader>>>;

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
async fn answer<T: Serialize + Send + 'static>(
    name: &'static str,
    State(store): Store,
    RawQuery(query): RawQuery,
    ask: fn(&StoreReader, u32, Option<&str>) -> rusqlite::Result<Vec<T>>,
) -> Response {
    let Some(store) = store else {
        return (StatusCode::NOT_FOUND, "the store is switched off (sink.store.enabled)\n").into_response();
    };
    let query = query.unwrap_or_default();
    let parameter = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let limit = match parameter("limit").map(|limit| limit.parse::<u32>()) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) => limit.clamp(1, MAX_LIMIT),
        Some(Err(_)) => return (StatusCode::BAD_REQUEST, "limit is not a number\n").into_response(),
    };
    let application_id = parameter("application_id").map(|id| id.to_ascii_lowercase());
    match spawn_blocking(move || ask(&store, limit, application_id.as_deref())).await {
        Ok(Ok(rows)) => {
            let count = Extension(Rows(rows.len()));
            match serde_json::to_vec(&BTreeMap::from([(name, rows)])) {
                Ok(json) => (count, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
                Err(error) => unavailable(&error),
            }
        }
        Ok(Err(error)) => unavailable(&error),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &dyn std::error::Error) -> Response {
    error!(event = "viewer_query_failed", %error);
    (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read at the moment\n").into_response()
}
