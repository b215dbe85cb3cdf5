//! The viewer port: one page and the API behind it. It has no login yet, so it listens on loopback unless
//! told otherwise, answers only to its own host names (a page elsewhere could otherwise rebind its name to
//! this address and read everything) and runs no script but its own.

mod api;
mod api_replays;
mod page;

use crate::audit::AUDIT;
use crate::server::PeerAddress;
use crate::sink::store::StoreReader;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tracing::info;

/// Most of a query that goes into the audit log (characters). The viewer's own are shorter.
const MAX_AUDITED_QUERY_CHARS: usize = 1_024;

/// The router of the viewer port. Without a store there is nothing to show, and the page says so.
pub fn router(store: Option<Arc<StoreReader>>, listen: SocketAddr) -> Router {
    Router::new()
        .merge(page::routes())
        .route("/api/views", get(api::views))
        .route("/api/errors", get(api::errors))
        .route("/api/frustrations", get(api::frustrations))
        .route("/api/replays", get(api_replays::replays))
        .route("/api/replays/{id}", get(api_replays::replay))
        .route("/api/replay-segments/{id}", get(api_replays::segment))
        .with_state(store)
        .layer(middleware::from_fn(audited))
        .layer(middleware::from_fn_with_state(listen.ip(), guard))
}

/// How many rows an answer of the API holds, an extension of it.
#[derive(Clone, Copy)]
struct Rows(usize);

/// Notes who read which data. Everything below `/api/` is data.
async fn audited(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let peer = request.extensions().get::<PeerAddress>().map(|peer| peer.0.to_string()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let query: String =
        request.uri().query().unwrap_or_default().chars().take(MAX_AUDITED_QUERY_CHARS).collect();
    let response = next.run(request).await;
    let rows = response.extensions().get::<Rows>().map_or(0, |rows| rows.0);
    let status = response.status().as_u16();
    info!(target: AUDIT, event = "viewer_read", peer, path, query, rows, status);
    response
}

async fn guard(State(listen): State<IpAddr>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let mut response = if host.is_some_and(|host| is_own_host(host, listen)) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this host name is not served here\n").into_response()
    };
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(page::CONTENT_SECURITY_POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a `Host` header names this machine's loopback or the configured address.
fn is_own_host(host: &str, listen: IpAddr) -> bool {
    let name = match host.rsplit_once(':') {
        // The colon of a port, not one inside a bracketed IPv6 address.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == listen)
}

#[cfg(test)]
mod tests {
    use super::is_own_host;

    #[test]
    fn only_loopback_and_the_configured_address_are_own_hosts() {
        let listen = "192.0.2.7".parse().unwrap();
        for host in [
            "localhost",
            "LOCALHOST:8081",
            "127.0.0.1:8081",
            "127.1.2.3",
            "[::1]:8081",
            "[::1]",
            "192.0.2.7:1",
        ] {
            assert!(is_own_host(host, listen), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8081",
            "192.0.2.8",
            "",
            ":8081",
        ] {
            assert!(!is_own_host(host, listen), "{host}");
        }
    }
}
