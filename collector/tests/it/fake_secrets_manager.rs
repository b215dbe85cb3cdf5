//! A strict fake of AWS Secrets Manager: it checks the protocol and verifies the signature of every request by the
//! published algorithm (Signature Version 4), written down here a second time and not taken from the SDK.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const ACCESS_KEY: &str = "AKIDEXAMPLE0123456789";
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const SESSION_TOKEN: &str = "session-token-of-the-role-0123456789";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const SECRET_ID: &str = "datadog/rum";

/// What to answer instead of the secret: a status and AWS's name of the error.
pub(crate) type Failure = (u16, &'static str);

#[derive(Clone, Default)]
struct Scene {
    /// `None`: nobody has made it yet.
    secret: Arc<Mutex<Option<String>>>,
    failures: Arc<Mutex<VecDeque<Failure>>>,
    faults: Arc<Mutex<Vec<String>>>,
    received: Arc<AtomicUsize>,
}

pub(crate) struct FakeSecretsManager {
    pub(crate) address: SocketAddr,
    scene: Scene,
    server: JoinHandle<()>,
}

impl FakeSecretsManager {
    pub(crate) async fn start(secret: Option<&str>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let scene = Scene::default();
        *scene.secret.lock().unwrap() = secret.map(str::to_owned);
        let router = Router::new().fallback(answer).with_state(scene.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, scene, server }
    }

    pub(crate) fn rotate(&self, secret: &str) {
        *self.scene.secret.lock().unwrap() = Some(secret.into());
    }

    /// Answers the next requests like this.
    pub(crate) fn fail(&self, failures: &[Failure]) {
        self.scene.failures.lock().unwrap().extend(failures);
    }

    pub(crate) fn received(&self) -> usize {
        self.scene.received.load(Ordering::SeqCst)
    }
}

impl Drop for FakeSecretsManager {
    fn drop(&mut self) {
        self.server.abort();
        let faults = self.scene.faults.lock().unwrap();
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "the collector misbehaved at Secrets Manager: {faults:#?}");
        }
    }
}

async fn answer(
    State(scene): State<Scene>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    scene.received.fetch_add(1, Ordering::SeqCst);
    scene.faults.lock().unwrap().extend(faults(&method, &uri, &headers, &body));
    let secret = scene.secret.lock().unwrap().clone();
    let failure = scene.failures.lock().unwrap().pop_front();
    let (status, answer) = match (failure, secret) {
        (Some((status, name)), _) => (status, failed(name)),
        (None, None) => (400, failed("ResourceNotFoundException")),
        (None, Some(secret)) => {
            let arn = format!("arn:aws:secretsmanager:{REGION}:123456789012:secret:{SECRET_ID}-AbCdEf");
            let answer = json!({
                "ARN": arn,
                "Name": SECRET_ID,
                "VersionId": "11111111-1111-4111-8111-111111111111",
                "VersionStages": ["AWSCURRENT"],
                "CreatedDate": 1_800_000_000.5,
                "SecretString": secret,
            });
            (200, answer)
        }
    };
    let content_type = (header::CONTENT_TYPE, "application/x-amz-json-1.1");
    (StatusCode::from_u16(status).unwrap(), [content_type], answer.to_string()).into_response()
}

fn failed(name: &str) -> Value {
    json!({ "__type": name, "message": "as the test wishes" })
}

fn faults(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    expect(method == Method::POST && uri.path() == "/" && uri.query().is_none(), format!("{method} {uri}"));
    for (name, value) in [
        ("x-amz-target", "secretsmanager.GetSecretValue"),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-security-token", SESSION_TOKEN),
    ] {
        expect(text(name) == value, format!("{name}: {}", text(name)));
    }
    let asked: Option<Value> = serde_json::from_slice(body).ok();
    expect(asked == Some(json!({ "SecretId": SECRET_ID })), format!("body {asked:?}"));
    if let Err(fault) = verify(method, uri, headers, body) {
        expect(false, fault);
    }
    faults
}

/// Signature Version 4 of a request without query.
fn verify(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = text("authorization");
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("no signature")?;
    let field = |name: &str| {
        let mut fields = fields.split(", ").filter_map(|field| field.split_once('='));
        fields.find(|(candidate, _)| *candidate == name).map(|(_, value)| value).ok_or(format!("no {name}"))
    };
    let time = text("x-amz-date");
    let date = time.get(..8).ok_or("no x-amz-date")?;
    let scope = format!("{date}/{REGION}/secretsmanager/aws4_request");
    let credential = field("Credential")?;
    if credential != format!("{ACCESS_KEY}/{scope}") {
        return Err(format!("credential {credential}"));
    }
    let signed = field("SignedHeaders")?;
    for name in ["host", "x-amz-date", "x-amz-target", "x-amz-security-token"] {
        if !signed.split(';').any(|candidate| candidate == name) {
            return Err(format!("{name} is not signed"));
        }
    }
    let mut canonical = format!("{method}\n{}\n\n", uri.path());
    for name in signed.split(';') {
        writeln!(canonical, "{name}:{}", text(name).trim()).unwrap();
    }
    write!(canonical, "\n{signed}\n{}", hex(digest::digest(&digest::SHA256, body).as_ref())).unwrap();
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashed}");
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in [date, REGION, "secretsmanager", "aws4_request", &to_sign] {
        let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        key = hmac::sign(&hmac_key, part.as_bytes()).as_ref().to_vec();
    }
    if field("Signature")? == hex(&key) { Ok(()) } else { Err("the signature is wrong".into()) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
