//! A strict fake of Datadog's intake: whatever the real one would not expect is a fault of the collector,
//! noted and raised when the fake is dropped.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

pub(crate) const TOKEN: &str = "pub-the-real-token-0123456789";

/// Requests a test may leave unread; none makes more.
const MAX_UNREAD: usize = 4_096;

/// Longest wait for a request that must come: twice the longest back-off.
const PATIENCE: Duration = Duration::from_mins(1);

/// Parameters the official SDK's requests have.
const PARAMETERS: [&str; 10] = [
    "ddsource",
    "dd-api-key",
    "dd-evp-origin-version",
    "dd-evp-origin",
    "dd-request-id",
    "dd-evp-encoding",
    "batch_time",
    "_dd.api",
    "_dd.retry_count",
    "_dd.retry_after",
];

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) parameters: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) events: Vec<Value>,
    /// What it was answered.
    pub(crate) status: u16,
}

/// An answer to give instead of 202.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) header: Option<(&'static str, &'static str)>,
}

/// How a request is met.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Taken, and said so.
    Take,
    /// Taken, and said so after a while.
    TakeSlowly(Duration),
    /// Taken, but the connection breaks before the answer: the collector cannot know.
    TakeAndBreak,
    /// Not taken.
    Refuse(Answer),
    /// The connection breaks.
    Break,
    /// Nothing for a while, then the connection breaks.
    Hang(Duration),
}

/// Decides about a request by its events.
type Judge = Box<dyn FnMut(&[Value]) -> Manner + Send>;

#[derive(Clone)]
struct Scene {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// Every token that was ever good; the last one is. Another one is a fault, a former one is refused.
    tokens: Arc<Mutex<Vec<String>>>,
    judge: Arc<Mutex<Option<Judge>>>,
    faults: Arc<Mutex<Vec<String>>>,
    requests: mpsc::Sender<Received>,
    received: Arc<AtomicUsize>,
}

pub(crate) struct FakeIntake {
    pub(crate) address: SocketAddr,
    scene: Scene,
    requests: mpsc::Receiver<Received>,
    server: JoinHandle<()>,
}

impl FakeIntake {
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts where the collector already looks for it.
    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::channel(MAX_UNREAD);
        let scene = Scene {
            answers: Arc::default(),
            tokens: Arc::new(Mutex::new(vec![TOKEN.into()])),
            judge: Arc::default(),
            faults: Arc::default(),
            requests: sender,
            received: Arc::default(),
        };
        let server = tokio::spawn(serve(listener, scene.clone()));
        Self { address, scene, requests, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next requests like this; later ones are taken.
    pub(crate) fn answer(&self, answers: &[Answer]) {
        self.scene.answers.lock().unwrap().extend(answers);
    }

    /// Takes this token from now on, and no other.
    pub(crate) fn rotate_token(&self, token: &str) {
        self.scene.tokens.lock().unwrap().push(token.into());
    }

    /// Lets every request be met as `judge` says.
    pub(crate) fn judge(&self, judge: impl FnMut(&[Value]) -> Manner + Send + 'static) {
        *self.scene.judge.lock().unwrap() = Some(Box::new(judge));
    }

    pub(crate) async fn next(&mut self) -> Received {
        timeout(PATIENCE, self.requests.recv()).await.expect("a request within the time").unwrap()
    }

    /// Ids of the actions in the next requests, until there are `count` different ones.
    pub(crate) async fn action_ids(&mut self, count: usize) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        while ids.len() < count {
            let request = self.next().await;
            let actions = request.events.iter().filter_map(|event| event["action"]["id"].as_str());
            ids.extend(actions.map(str::to_owned));
        }
        ids
    }

    /// Requests that came so far.
    pub(crate) fn received(&self) -> usize {
        self.scene.received.load(Ordering::SeqCst)
    }

    /// Whether nothing has come that was not asked for.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.requests.try_recv().is_err()
    }
}

impl Drop for FakeIntake {
    fn drop(&mut self) {
        self.server.abort();
        let faults = self.scene.faults.lock().unwrap();
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "the collector misbehaved at the intake: {faults:#?}");
        }
    }
}

/// Serves each connection by hand: one must be able to break.
async fn serve(listener: TcpListener, scene: Scene) {
    // Dropped with the server: a fake that is gone takes nothing over connections it had.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let scene = scene.clone();
        let service = service_fn(move |request: Request<Incoming>| receive(scene.clone(), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // An error is a broken connection, ours or the collector's.
        connections.spawn(async move { connection.await.ok() });
    }
}

/// An error breaks the connection.
async fn receive(scene: Scene, request: Request<Incoming>) -> Result<Response, std::io::Error> {
    let broken = || std::io::Error::other("broken on purpose");
    let (head, body) = request.into_parts();
    let (method, uri, headers) = (head.method, head.uri, head.headers);
    let body = body.collect().await.map_err(|_| broken())?.to_bytes();
    scene.received.fetch_add(1, Ordering::SeqCst);
    let parameters: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let deflated = parameters.contains_key("dd-evp-encoding");
    let plain = if deflated { inflate(&body) } else { Some(body.to_vec()) };
    let events: Option<Vec<Value>> = plain.and_then(|body| {
        body.split(|&byte| byte == b'\n').map(|line| serde_json::from_slice(line).ok()).collect()
    });
    let tokens = scene.tokens.lock().unwrap().clone();
    let token = parameters.get("dd-api-key").cloned().unwrap_or_default();
    let mut faults = faults(&method, &uri, &parameters, &headers);
    let is_rum = uri.path() == "/api/v2/rum";
    if !tokens.contains(&token) {
        faults.push(format!("token {token:?}"));
    }
    match &events {
        Some(events) if !is_rum || events.iter().all(|event| event["type"].is_string()) => {}
        // A test that sends parts looks into them itself.
        None if uri.path() == "/api/v2/replay" => {}
        _ => faults.push(format!("the body is not NDJSON of events: {body:?}")),
    }
    scene.faults.lock().unwrap().extend(faults);
    let scripted = || {
        let answer = scene.answers.lock().unwrap().pop_front();
        let is_good = tokens.last() == Some(&token);
        let refused = || (!is_good).then_some(Answer { status: 403, header: None });
        answer.or_else(refused).map_or(Manner::Take, Manner::Refuse)
    };
    let events = events.unwrap_or_default();
    let judged = scene.judge.lock().unwrap().as_mut().map(|judge| judge(&events));
    let manner = judged.unwrap_or_else(scripted);
    let status = if let Manner::Refuse(answer) = manner { answer.status } else { 202 };
    let path = uri.path().to_owned();
    scene.requests.try_send(Received { path, parameters, headers, body, events, status }).ok();
    match manner {
        Manner::Take => Ok(StatusCode::ACCEPTED.into_response()),
        Manner::TakeSlowly(time) => {
            sleep(time).await;
            Ok(StatusCode::ACCEPTED.into_response())
        }
        Manner::Refuse(Answer { status, header }) => {
            let status = StatusCode::from_u16(status).unwrap();
            Ok(header.map_or_else(|| status.into_response(), |header| (status, [header]).into_response()))
        }
        Manner::TakeAndBreak | Manner::Break => Err(broken()),
        Manner::Hang(time) => {
            sleep(time).await;
            Err(broken())
        }
    }
}

fn faults(
    method: &Method,
    uri: &Uri,
    parameters: &HashMap<String, String>,
    headers: &HeaderMap,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    let content_type_of_track = match uri.path() {
        "/api/v2/rum" | "/api/v2/logs" => "text/plain",
        "/api/v2/replay" => "multipart/form-data; boundary=",
        path => {
            expect(false, format!("path {path}"));
            ""
        }
    };
    expect(method == Method::POST, method.to_string());
    for name in parameters.keys() {
        expect(PARAMETERS.contains(&name.as_str()), format!("unknown parameter {name}"));
    }
    let parameter = |name: &str| parameters.get(name).map(String::as_str);
    expect(parameter("ddsource") == Some("browser"), format!("source {:?}", parameter("ddsource")));
    let of_rum: &[&str] = if uri.path() == "/api/v2/rum" { &["batch_time", "_dd.api"] } else { &[] };
    for name in ["dd-evp-origin-version", "dd-evp-origin", "dd-request-id"].iter().chain(of_rum) {
        expect(parameter(name).is_some_and(|value| !value.is_empty()), format!("no {name}"));
    }
    for name in [header::COOKIE, header::AUTHORIZATION, header::REFERER, header::ORIGIN] {
        expect(!headers.contains_key(&name), format!("header {name} was passed on"));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let fits = content_type.is_some_and(|value| value.starts_with(content_type_of_track));
    expect(fits, format!("content type {content_type:?} at {}", uri.path()));
    let address = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    // A network: the collector cuts addresses unless it is told otherwise.
    expect(address.is_some_and(|address| address.ends_with(".0")), format!("x-forwarded-for {address:?}"));
    faults
}

fn inflate(body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(body), &mut plain).ok()?;
    Some(plain)
}
