//! `collector check` as an operator runs it: the real binary, its lines and its exit code.

use crate::batches::APPLICATION_ID;
use crate::certificates::{Authority, Validity};
use crate::fake_intake::{Answer, FakeIntake, TOKEN};
use crate::harness::{ORIGIN, PUBLIC_KEY, Stack, configuration};
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A set-up on disk.
struct SetUp {
    folder: TempDir,
    roots: Option<String>,
}

impl SetUp {
    /// A configuration whose intake is at `intake_url` and whose own address is `listen`.
    fn new(intake_url: &str, listen: Option<SocketAddr>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text = configuration(folder.path(), intake_url, "");
        if let Some(listen) = listen {
            text = text.replacen("127.0.0.1:0", &listen.to_string(), 1);
        }
        std::fs::write(folder.path().join("collector.toml"), text).unwrap();
        Self { folder, roots: None }
    }

    /// Runs the command and gives its lines, what differs between machines taken out.
    async fn check(&self, arguments: &[&str]) -> (bool, Vec<String>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
        command.arg("check").arg("--config").arg(self.folder.path().join("collector.toml"));
        command.args(arguments).env_clear();
        if let Some(roots) = &self.roots {
            let file = self.folder.path().join("roots.pem");
            std::fs::write(&file, roots).unwrap();
            command.env("SSL_CERT_FILE", file);
        }
        let Output { status, stdout, stderr } =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = String::from_utf8(stdout).unwrap();
        assert_eq!(String::from_utf8(stderr).unwrap(), "");
        for secret in [TOKEN, PUBLIC_KEY] {
            assert!(!text.contains(secret), "{secret} was shown: {text}");
        }
        let folder = self.folder.path().display().to_string();
        (status.success(), text.lines().map(|line| without_reason(&line.replace(&folder, "DIR"))).collect())
    }
}

/// The operating system's words, always in the last brackets before the mend, differ between systems.
fn without_reason(line: &str) -> String {
    let reason = line.find(" (").zip(line.find("); ")).filter(|(start, end)| start < end);
    match reason {
        Some((start, end)) if line.starts_with("FAIL  datadog") => {
            format!("{}{}", &line[..start], &line[end + 1..])
        }
        _ => line.to_owned(),
    }
}

/// A TLS server that greets with `certificate` and says nothing else.
async fn tls_server(certificate: &str, key: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(crate::certificates::server_config(certificate, key)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { acceptor.accept(stream).await.map(drop) });
        }
    });
    address
}

const CONFIGURATION: &str = "ok    configuration: valid; apps shop; sinks datadog, store";
const FOLDER: &str = "ok    data folder: DIR takes files and syncs them";
const TOLD: &str =
    r#"recorders of app shop are told {"version":1,"replay":true,"lock":false,"level":"mask"}"#;
const NO_TLS: &str = "skip  datadog TLS: intake_url is http to this machine";

#[tokio::test(flavor = "multi_thread")]
async fn a_good_set_up_is_proven_to_the_end() {
    let mut fake = FakeIntake::start().await;
    let port = fake.address.port();
    let stack = Stack::start(&fake.url()).await;
    let listen = stack.intake();
    let (good, lines) = SetUp::new(&fake.url(), Some(listen)).check(&[]).await;
    assert_eq!(
        lines,
        [
            CONFIGURATION,
            FOLDER,
            "ok    datadog name: 127.0.0.1 resolves",
            &format!("ok    datadog connection: 127.0.0.1 port {port} answers"),
            NO_TLS,
            "ok    datadog client token: accepted; 127.0.0.1 took a test event (service collector-check, 202)",
            &format!("ok    collector: http://{listen} is live and ready"),
            &format!("ok    origin {ORIGIN}: the preflight for app shop allows POST"),
            &format!("ok    origin {ORIGIN}: a test batch of app shop is taken (202)"),
            &format!("ok    origin {ORIGIN}: {TOLD}"),
        ]
    );
    assert!(good);
    // Both reached Datadog: the one sent by the check and the one sent through the collector.
    for _ in 0..2 {
        let event = fake.next().await.events.remove(0);
        assert_eq!((&event["service"], &event["source"]), (&"collector-check".into(), &"browser".into()));
        assert_eq!(event["application"]["id"], APPLICATION_ID);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_send_stores_nothing_anywhere() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let url = format!("http://{}/any-word", stack.intake());
    let (good, lines) = SetUp::new(&fake.url(), None).check(&["--no-send", "--url", &url]).await;
    assert_eq!(
        lines[5..],
        [
            "skip  datadog client token: --no-send: only a test event would prove it".to_owned(),
            format!("ok    collector: {url} is live and ready"),
            format!("ok    origin {ORIGIN}: the preflight for app shop allows POST"),
            format!("skip  origin {ORIGIN}: --no-send: no test batch"),
            format!("ok    origin {ORIGIN}: {TOLD}"),
        ]
    );
    assert!(good && fake.is_quiet());
    assert!(stack.views().await.is_empty());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_resolve_is_named() {
    let (good, lines) = SetUp::new("https://intake.invalid", None).check(&[]).await;
    assert_eq!(
        lines,
        [
            CONFIGURATION,
            FOLDER,
            "FAIL  datadog name: intake.invalid does not resolve; \
             check sink.datadog.site or intake_url, and this machine's DNS",
            "skip  collector: listen has port 0, so its port is not known: name the collector by --url",
        ]
    );
    assert!(!good);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_is_named() {
    // Taken and given back: nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let port = closed.port();
    let (good, lines) = SetUp::new(&format!("https://{closed}"), Some(closed)).check(&[]).await;
    assert_eq!(
        lines[2..],
        [
            "ok    datadog name: 127.0.0.1 resolves".to_owned(),
            format!(
                "FAIL  datadog connection: 127.0.0.1 port {port} does not answer; \
                 open TCP {port} outwards to it, or set HTTPS_PROXY to the proxy that may"
            ),
            format!(
                "skip  collector: nothing listens at http://{closed}: \
                 start it and check again, or name it by --url"
            ),
        ]
    );
    assert!(!good);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_to_the_test_event_has_its_own_mend() {
    let cases = [
        (
            403,
            "the client token is refused: 127.0.0.1 answered 403 Forbidden; \
             take a client token (not an API key) of the organisation and site in sink.datadog.site",
        ),
        (
            302,
            "127.0.0.1 answered 302 Found, a redirect, which is never followed; \
             correct sink.datadog.intake_url: it is not Datadog's intake, or a proxy asks for a login",
        ),
        (
            400,
            "127.0.0.1 answered 400 Bad Request to a valid event; \
             a proxy in between may change requests; else report it with this line",
        ),
        (
            503,
            "127.0.0.1 answered 503 Service Unavailable; \
             try again later; until then the journal keeps what browsers send",
        ),
    ];
    let fake = FakeIntake::start().await;
    let set_up = SetUp::new(&fake.url(), None);
    for (status, expected) in cases {
        fake.answer(&[Answer { status, header: None }]);
        let (good, lines) = set_up.check(&[]).await;
        assert_eq!(lines[5], format!("FAIL  datadog client token: {expected}"));
        assert!(!good);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_certificate_is_told_from_the_others() {
    let authority = Authority::new();
    let (good, key) = authority.certificate("127.0.0.1", Validity::Now);
    let (other, other_key) = authority.certificate("intake.example", Validity::Now);
    let (expired, expired_key) = authority.certificate("127.0.0.1", Validity::Past);
    let (alone, alone_key) = Authority::self_signed("127.0.0.1");
    let unknown = "the certificate of 127.0.0.1 is self-signed or its root is not trusted here; \
                   install ca-certificates, or the root of a proxy that opens TLS (SSL_CERT_FILE names a file)";
    let clock = "compare this machine's clock; if it is right, the certificate must be renewed";
    let cases = [
        (&alone, &alone_key, true, format!("FAIL  datadog TLS: {unknown}")),
        (&good, &key, false, format!("FAIL  datadog TLS: {unknown}")),
        (
            &other,
            &other_key,
            true,
            "FAIL  datadog TLS: the certificate is for intake.example, not for 127.0.0.1; \
             something else answers there: correct the URL, or what stands in between"
                .to_owned(),
        ),
        (
            &expired,
            &expired_key,
            true,
            format!("FAIL  datadog TLS: the certificate of 127.0.0.1 has expired; {clock}"),
        ),
        (&good, &key, true, "ok    datadog TLS: TLS 1.3, the certificate of 127.0.0.1 is trusted".to_owned()),
    ];
    for (certificate, key, trusted, expected) in cases {
        let address = tls_server(certificate, key).await;
        let mut set_up = SetUp::new(&format!("https://{address}"), None);
        set_up.roots = Some(if trusted { authority.pem() } else { Authority::new().pem() });
        let (good, lines) = set_up.check(&["--no-send"]).await;
        assert_eq!(lines[4], expected);
        assert_eq!(good, expected.starts_with("ok"));
        // And the same words when the collector itself is behind such a certificate.
        let url = format!("https://{address}");
        let (_, lines) = set_up.check(&["--no-send", "--url", &url]).await;
        if let Some(fault) = expected.strip_prefix("FAIL  datadog TLS: ") {
            assert_eq!(lines.last(), Some(&format!("FAIL  collector: {fault}")));
        }
    }
    // HTTP where TLS is expected.
    let fake = FakeIntake::start().await;
    let (_, lines) = SetUp::new(&format!("https://{}", fake.address), None).check(&[]).await;
    assert_eq!(
        lines[4],
        "FAIL  datadog TLS: 127.0.0.1 does not answer in TLS; correct scheme or port of the URL"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_is_refused_names_the_option_to_change() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let set_up = SetUp::new(&fake.url(), Some(stack.intake()));
    let other = "https://other.example";
    let (good, lines) = set_up.check(&["--origin", other]).await;
    assert_eq!(
        lines[6],
        format!(
            "FAIL  origin {other}: app shop does not list it; \
             add \"{other}\" to allowed_origins of [[app]] shop"
        )
    );
    assert!(!good);
    let (_, lines) = set_up.check(&["--origin", "https://other.example/"]).await;
    assert_eq!(
        lines[6],
        format!(
            "FAIL  origin {other}/: app shop does not list it; no browser sends it so, try --origin {other}"
        )
    );
    // The file was changed, and the collector that runs does not know yet.
    let file = set_up.folder.path().join("collector.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(ORIGIN, other)).unwrap();
    let (good, lines) = set_up.check(&[]).await;
    assert_eq!(
        lines[8],
        format!(
            "FAIL  origin {other}: a test batch is answered 403 Forbidden: the app does not list this origin; \
             the running collector has another configuration: \
             add \"{other}\" to allowed_origins of [[app]] shop there and reload it"
        )
    );
    assert!(!good);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_option_or_name_ends_the_check_with_what_was_expected() {
    let fake = FakeIntake::start().await;
    let set_up = SetUp::new(&fake.url(), None);
    let (good, lines) = set_up.check(&["--app", "shoe"]).await;
    assert_eq!(lines, [CONFIGURATION, "FAIL  app: no [[app]] is named shoe; the configuration has shop"]);
    assert!(!good);
    std::fs::write(set_up.folder.path().join("collector.toml"), "lissten = \"127.0.0.1:0\"\n").unwrap();
    let (good, lines) = set_up.check(&[]).await;
    assert!(
        lines[0].starts_with("FAIL  configuration: option `lissten`: unknown field `lissten`"),
        "{lines:?}"
    );
    assert!(lines[0].ends_with("; collector.example.toml shows every option with its default"), "{lines:?}");
    assert!(!good && lines.len() == 1);
}
