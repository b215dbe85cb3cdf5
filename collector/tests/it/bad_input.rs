//! How the doors refuse what is wrong.

use crate::batches::{APPLICATION_ID, batch, datadog_action, datadog_query, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Stack};
use reqwest::{Method, RequestBuilder, Response};
use rum_protocol::{MAX_BATCH_EVENTS, PROTOCOL_VERSION};
use std::io::Write;

/// One bad request and what must come of it.
struct Bad {
    name: &'static str,
    request: RequestBuilder,
    status: u16,
    reason: &'static str,
    /// App, door and outcome of the counter that must rise by one.
    counted: (&'static str, &'static str, &'static str),
}

pub(crate) fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// A body whose length is not announced.
fn chunked(body: &[u8]) -> reqwest::Body {
    let chunks: Vec<_> =
        body.chunks(16 * 1024).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
    reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
}

fn bad_batches(stack: &Stack) -> Vec<Bad> {
    let refused = ("shop", "batch");
    let post = |body: Vec<u8>| stack.post_batch(body);
    let changed = |change: &dyn Fn(&mut rum_protocol::Batch)| {
        let mut batch = batch(1);
        change(&mut batch);
        encoded(&batch)
    };
    let case = |name, request, status, reason, outcome| Bad {
        name,
        request,
        status,
        reason,
        counted: (refused.0, refused.1, outcome),
    };
    let mut cut = encoded(&batch(1));
    cut.truncate(cut.len() / 2);
    let too_many = changed(&|batch| {
        let event = batch.events[0].clone();
        batch.events = vec![event; MAX_BATCH_EVENTS + 1];
    });
    vec![
        case("empty", post(vec![]), 400, "the body is not a batch: it is empty", "malformed"),
        case("cut CBOR", post(cut), 400, "the body is not a batch", "malformed"),
        case("JSON", post(b"{\"json\":true}".to_vec()), 400, "begins neither", "malformed"),
        case("broken zlib", post(b"\x78\x9cbroken".to_vec()), 400, "one whole zlib stream", "malformed"),
        case("too many events", post(too_many), 400, "more than 200 events", "malformed"),
        case(
            "no session",
            post(changed(&|batch| batch.context.session_id = None)),
            400,
            "no session",
            "malformed",
        ),
        case(
            "view out of range",
            post(changed(&|batch| batch.events[0].view = 7)),
            400,
            "refers to a view",
            "malformed",
        ),
        case(
            "newer protocol",
            post(changed(&|batch| batch.protocol_version = PROTOCOL_VERSION + 1)),
            426,
            "is newer than",
            "protocol_too_new",
        ),
        case(
            "other application",
            post(changed(&|batch| {
                batch.context.application_id = "00000000-0000-4000-8000-000000000000".into();
            })),
            403,
            "another application",
            "application_mismatch",
        ),
    ]
}

/// Too large declared, too large streamed, too large inflated.
fn large_batches(stack: &Stack) -> Vec<Bad> {
    let case = |name, body: reqwest::Body, reason, outcome| Bad {
        name,
        request: stack.request(Method::POST, &format!("/v1?k={PUBLIC_KEY}")).body(body),
        status: 413,
        reason,
        counted: ("shop", "batch", outcome),
    };
    let bomb = zlib(&vec![0; 8 * 1024 * 1024]);
    vec![
        case("declared too large", vec![0xa0; 65 * 1024].into(), "larger than", "body_too_large"),
        case("streamed too large", chunked(&[0xa0; 300 * 1024]), "larger than", "body_too_large"),
        case("zip bomb", bomb.into(), "inflates to more", "inflated_too_large"),
    ]
}

fn bad_datadog_bodies(stack: &Stack) -> Vec<Bad> {
    let post = |more: &str, body: Vec<u8>| {
        stack.request(Method::POST, &format!("/dd?{}", datadog_query(PUBLIC_KEY, more))).body(body)
    };
    let case = |name, request, status, reason, outcome| Bad {
        name,
        request,
        status,
        reason,
        counted: ("shop", "datadog", outcome),
    };
    let mut foreign = datadog_action(1);
    foreign["application"]["id"] = "00000000-0000-4000-8000-000000000000".into();
    let deflate = "&dd-evp-encoding=deflate";
    vec![
        case(
            "malformed JSON",
            post("", b"{\"type\":\"view\"".to_vec()),
            400,
            "line 1 cannot be taken: it is not JSON",
            "malformed",
        ),
        case("no type", post("", b"{\"type\":\"view\"}\n{}".to_vec()), 400, "line 2", "malformed"),
        case(
            "plain called deflate",
            post(deflate, b"{\"type\":\"view\"}".to_vec()),
            400,
            "zlib",
            "malformed",
        ),
        case(
            "foreign application",
            post("", foreign.to_string().into_bytes()),
            403,
            "another application",
            "application_mismatch",
        ),
        case("too large", post("", vec![b' '; 1024 * 1024 + 1]), 413, "larger than", "body_too_large"),
        case(
            "zip bomb",
            post(deflate, zlib(&vec![b' '; 8 * 1024 * 1024])),
            413,
            "inflates to more",
            "inflated_too_large",
        ),
    ]
}

fn bad_addresses(stack: &Stack) -> Vec<Bad> {
    let case = |name, request, status, reason, counted| Bad { name, request, status, reason, counted };
    let body = || encoded(&batch(1));
    let query = datadog_query(PUBLIC_KEY, "");
    vec![
        case(
            "wrong path",
            stack.request(Method::POST, "/v3?k=x").body(body()),
            404,
            "nothing at this path",
            ("unknown", "unknown", "unknown_path"),
        ),
        case(
            "wrong method",
            stack.request(Method::PUT, &format!("/v1?k={PUBLIC_KEY}")).body(body()),
            405,
            "only POST",
            ("unknown", "batch", "method_not_allowed"),
        ),
        case(
            "wrong key",
            stack.request(Method::POST, "/v1?k=nobody").body(body()),
            403,
            "no app has this key",
            ("unknown", "batch", "unknown_key"),
        ),
        case(
            "the id is no key where there is a token",
            stack.request(Method::POST, &format!("/v1?k={APPLICATION_ID}")).body(body()),
            403,
            "no app has this key",
            ("unknown", "batch", "unknown_key"),
        ),
        case(
            "no key",
            stack.request(Method::POST, "/v1").body(body()),
            403,
            "no app has this key",
            ("unknown", "batch", "unknown_key"),
        ),
        case(
            "wrong Datadog key",
            stack.request(Method::POST, &format!("/dd?{}", datadog_query("nobody", ""))).body("{}"),
            403,
            "no app has this key",
            ("unknown", "datadog", "unknown_key"),
        ),
        case(
            "no ddforward",
            stack.request(Method::POST, "/dd").body("{}"),
            400,
            "no ddforward",
            ("unknown", "datadog", "malformed"),
        ),
        case(
            "another track",
            stack.request(Method::POST, &format!("/dd?{}", query.replace("%2Frum", "%2Fspans"))).body("{}"),
            404,
            "not served",
            ("unknown", "datadog", "forward_path_not_served"),
        ),
        case(
            "another subdomain",
            stack.request(Method::POST, &format!("/dd?{query}&ddforwardSubdomain=quota")).body("{}"),
            404,
            "ddforwardSubdomain",
            ("unknown", "datadog", "forward_path_not_served"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_status_reason_cors_and_count_and_serving_goes_on() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let cases = bad_batches(&stack)
        .into_iter()
        .chain(large_batches(&stack))
        .chain(bad_datadog_bodies(&stack))
        .chain(bad_addresses(&stack));
    for Bad { name, request, status, reason, counted: (app, door, outcome) } in cases {
        let before = stack.outcomes(app, door, "none", outcome).await;
        let answer = request.send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(answer.status(), status, "{name}");
        check_cors(&answer, name);
        let text = answer.text().await.unwrap();
        assert!(text.contains(reason) && text.lines().count() == 1, "{name}: {text:?}");
        assert_eq!(stack.outcomes(app, door, "none", outcome).await, before + 1, "{name}");
    }
    assert!(fake.is_quiet(), "nothing refused is forwarded");
    assert_eq!(stack.post_batch(encoded(&batch(1))).send().await.unwrap().status(), 202);
    assert_eq!(fake.next().await.events.len(), 2);
    stack.stop().await;
}

pub(crate) fn check_cors(answer: &Response, name: &str) {
    let header = |header: &str| answer.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("access-control-allow-origin").as_deref(), Some(ORIGIN), "{name}");
    assert_eq!(header("vary").as_deref(), Some("Origin"), "{name}");
    assert_eq!(header("access-control-expose-headers").as_deref(), Some("Retry-After"), "{name}");
    assert_eq!(header("access-control-allow-credentials"), None, "{name}");
}
