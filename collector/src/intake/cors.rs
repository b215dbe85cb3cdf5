//! CORS headers, on every answer of the doors. Without them a browser hides the status from the SDK, and
//! Datadog's SDK counts what it cannot see as delivered.

use super::door::Door;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// How long (s) a browser may remember a preflight: the longest Chromium honours is two hours.
const PREFLIGHT_MAX_AGE_S: &str = "7200";

/// Adds the headers to whatever the door answers. The origin is echoed even when it is refused, so that the
/// page's console shows the reason; credentials are never allowed.
pub(super) fn add_headers(origin: Option<HeaderValue>, response: &mut Response) {
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The answer to `OPTIONS`. Our SDK's requests need no preflight; a page's own service worker or a changed
/// content type may cause one.
pub(super) fn preflight(door: Door) -> Response {
    let method = door.method();
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, method.as_str()),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE_S),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
