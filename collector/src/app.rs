//! The intake port: the doors, and what operators ask of the process.

use crate::intake::{self, Intake};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What the probes look at.
#[derive(Clone)]
struct Probes {
    intake: Arc<Intake>,
    /// Cancelled when the collector is about to stop.
    draining: CancellationToken,
}

/// The router of the intake port. Tests serve the same one.
pub fn intake_router(intake: Arc<Intake>, draining: CancellationToken) -> Router {
    let probes = Probes { intake: intake.clone(), draining };
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(probes)
        .merge(intake::router(intake))
}

/// Whether the process should be left running. It only ever says yes: a full disk or an absent Datadog are
/// not mended by a restart.
async fn livez() -> &'static str {
    "ok\n"
}

/// Whether to send requests here.
async fn readyz(State(probes): State<Probes>) -> Response {
    let refusal = if probes.draining.is_cancelled() {
        "stopping\n"
    } else if probes.intake.journal.trouble().is_some() {
        // The reason is in the log: this port faces the internet.
        "the journal cannot be written\n"
    } else {
        return "ok\n".into_response();
    };
    (StatusCode::SERVICE_UNAVAILABLE, refusal).into_response()
}

async fn metrics(State(probes): State<Probes>) -> Response {
    let text = probes.intake.telemetry.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
