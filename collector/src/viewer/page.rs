//! The pages of the viewer port, in the binary: the list of views, and the replays with their player.
//!
//! The script of the replays is bundled from `viewer/src` by `viewer/build.mjs` and committed, so that the collector can be
//! built where there is no Node.js; `viewer/test/built.test.ts` holds it to its sources.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Nothing but what this port itself serves; no inline script or style, no framing, no forms.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For the page with the player. Its frame inherits the policy, and a recording brings styles, images and fonts of
/// its own; all of them inline, for nothing is fetched.
const REPLAY_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async || file(HTML, include_str!("page.html"))))
        .route("/page.js", get(async || file(SCRIPT, include_str!("page.js"))))
        .route("/page.css", get(async || file(STYLE, include_str!("page.css"))))
        .route("/replays", get(async || replays()))
        .route("/replay.js", get(async || file(SCRIPT, include_str!("../../../viewer/built/replay.js"))))
        .route("/replay.css", get(async || file(STYLE, include_str!("../../../viewer/src/page/replay.css"))))
}

fn replays() -> Response {
    let page = file(HTML, include_str!("../../../viewer/src/page/replay.html"));
    ([(header::CONTENT_SECURITY_POLICY, REPLAY_SECURITY_POLICY)], page).into_response()
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
