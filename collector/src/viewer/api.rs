//! `GET /api/views?limit=N[&application_id=ID]`: the newest views with their vitals, actions and errors.

use super::Rows;
use crate::sink::store::{StoreReader, ViewRow};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tracing::error;
use url::form_urlencoded;

/// Views given when none are asked for by number, and the most that are.
const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;

#[derive(Serialize)]
struct Views {
    views: Vec<ViewRow>,
}

pub(super) async fn views(
    State(store): State<Option<Arc<StoreReader>>>,
    RawQuery(query): RawQuery,
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
    match spawn_blocking(move || store.views(limit, application_id.as_deref())).await {
        Ok(Ok(views)) => {
            let rows = Extension(Rows(views.len()));
            match serde_json::to_vec(&Views { views }) {
                Ok(json) => (rows, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
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
