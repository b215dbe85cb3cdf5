//! The collector's own traces, as an OTLP endpoint reads them. Only with the feature `otlp`.

use crate::batches::{batch, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Process, client, configuration};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID: &str = "00f067aa0ba902b7";

/// What a test looks at of a span.
#[derive(Clone, Debug)]
struct Span {
    trace_id: String,
    id: String,
    parent_id: String,
    nanoseconds: u64,
}

/// Fields of a protobuf message: number and, of those with a length or 64 fixed bits, the bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let length = match tag & 7 {
            0 => {
                varint(&mut bytes);
                0
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            5 => 4,
            kind => panic!("wire type {kind}"),
        };
        let (field, rest) = bytes.split_at(length);
        fields.push((tag >> 3, field));
        bytes = rest;
    }
    fields
}

fn all(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    fields(bytes).into_iter().filter(|(field, _)| *field == number).map(|(_, bytes)| bytes).collect()
}

/// `ExportTraceServiceRequest` > `resource_spans` > `scope_spans` > `spans`, by the numbers of the OTLP schema.
fn spans(body: &[u8]) -> Vec<(String, Span)> {
    let of =
        |bytes: &[u8], number| all(bytes, number).first().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let time = |bytes: Vec<u8>| u64::from_le_bytes(bytes.try_into().unwrap());
    let scopes = all(body, 1).into_iter().flat_map(|resource| all(resource, 2));
    scopes
        .flat_map(|scope| all(scope, 2))
        .map(|span| {
            let name = String::from_utf8(of(span, 5)).unwrap();
            let nanoseconds = time(of(span, 8)) - time(of(span, 7));
            let (trace_id, id, parent_id) = (hex(of(span, 1)), hex(of(span, 2)), hex(of(span, 4)));
            (name, Span { trace_id, id, parent_id, nanoseconds })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_request_and_its_delivery_are_spans_of_an_otlp_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = listener.local_addr().unwrap();
    let (sender, mut exports) = mpsc::channel::<Bytes>(64);
    let take = move |headers: HeaderMap, body: Bytes| async move {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        sender.send(body).await.unwrap();
        StatusCode::OK
    };
    let router = Router::new().route("/otlp/v1/traces", post(take));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut fake = FakeIntake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let more = format!(
        "[telemetry]\notlp_endpoint = \"http://{endpoint}/otlp\"\notlp_sample_ratio = 1.0\n\
         [intake]\ntrusted_proxies = [\"127.0.0.0/8\"]"
    );
    std::fs::write(&file, configuration(&folder.path().join("data"), &fake.url(), &more)).unwrap();
    let process = Process::start(&file);
    let url = format!("http://{}/v1?k={PUBLIC_KEY}", process.intake);
    let request = client()
        .post(url)
        .header("origin", ORIGIN)
        .header("traceparent", format!("00-{TRACE_ID}-{PARENT_ID}-01"))
        .body(encoded(&batch(1)));
    assert_eq!(request.send().await.unwrap().status(), 202);
    fake.next().await;
    // What waits for its batch is sent at the end.
    let (status, _) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert!(status.success());
    let mut seen = BTreeMap::new();
    while let Ok(body) = exports.try_recv() {
        seen.extend(spans(&body));
    }
    let names: Vec<_> = seen.keys().map(String::as_str).collect();
    assert_eq!(names, ["decode", "delivery", "intake", "journal"]);
    let intake = &seen["intake"];
    assert_eq!((intake.trace_id.as_str(), intake.parent_id.as_str()), (TRACE_ID, PARENT_ID));
    for part in ["decode", "journal"] {
        assert_eq!((&seen[part].trace_id, &seen[part].parent_id), (&intake.trace_id, &intake.id), "{part}");
        assert!(seen[part].nanoseconds <= intake.nanoseconds, "{part}: {seen:?}");
    }
    assert_ne!(seen["delivery"].trace_id, TRACE_ID);
    assert_eq!(seen["delivery"].parent_id, "");
    server.abort();
}
