//! What visitors typed and pages leaked is neither on the disk nor at the intake.

use crate::batches::{batch, datadog_action, datadog_query, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{PUBLIC_KEY, Stack, eventually};
use collector::journal::Entry;
use reqwest::Method;
use rum_protocol::{ErrorEvent, ErrorSource, EventKind, Id};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What must not be found anywhere afterwards.
const SECRETS: [&str; 12] = [
    "jane.roe@example.com",
    "4111 1111 1111 1111",
    "123-45-6789",
    "555-234-5678",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
    "hunter2-hunter2",
    "7788991",
    "member-of-the-url",
    "token-of-the-hash",
    "DE89370400440532013000",
    "19700101",
    "203.0.113.77",
];

fn leak() -> String {
    format!(
        "claim of {} card {} ssn {} call {} with {} MRN {} iban {} from {}",
        SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3], SECRETS[4], SECRETS[6], SECRETS[9], SECRETS[11]
    )
}

fn leaking_url() -> String {
    format!("http://127.0.0.1:5173/claims?member={}&page=2#token={}", SECRETS[7], SECRETS[8])
}

fn context() -> Value {
    json!({"password": SECRETS[5], "patient": {"dob": 19_700_101, "notes": [leak(), 42, "fine"]}, "total": 4.50})
}

fn assert_clean(text: &[u8], place: &str) {
    for secret in SECRETS {
        let found = text.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} is in {place}");
    }
}

/// Every file, and every body in the journal as the sinks read it.
fn assert_clean_folder(folder: &Path) -> usize {
    let mut bodies = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            bodies += assert_clean_folder(&path);
            continue;
        }
        let name = path.display().to_string();
        assert_clean(&std::fs::read(&path).unwrap(), &name);
        if folder.ends_with("journal") && name.ends_with("1.sqlite") {
            let journal = rusqlite::Connection::open(&path).unwrap();
            let mut rows = journal.prepare("SELECT header, body FROM entry").unwrap();
            let stored = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            for (header, body) in stored.map(Result::<(Vec<u8>, Vec<u8>), _>::unwrap) {
                let entry = Entry { header: minicbor::decode(&header).unwrap(), body: body.into() };
                assert_clean(&collector::sink::plain_body(&entry).unwrap(), "a journalled body");
                bodies += 1;
            }
        }
    }
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaking_batch_of_our_sdk_is_scrubbed_before_the_journal() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let mut batch = batch(1);
    batch.views[0].url = leaking_url();
    batch.views[0].name = Some(leak());
    batch.events.push(rum_protocol::Event::new(
        1_800_000_000_000,
        0,
        EventKind::Error(ErrorEvent {
            id: Id::from_random([7; 16]),
            message: leak(),
            error_type: Some("TypeError".into()),
            stack: Some(format!("TypeError: {}\n  at f ({}:10:5)", leak(), leaking_url())),
            source: Some(ErrorSource::Source),
            handling: None,
            context_json: Some(context().to_string()),
            ..ErrorEvent::default()
        }),
    ));
    assert_eq!(stack.post_batch(encoded(&batch)).send().await.unwrap().status(), 202);
    let received = fake.next().await;
    assert_clean(&received.body, "the intake");
    let error = received.events.iter().find(|event| event["type"] == "error").unwrap();
    assert_eq!(error["context"]["total"].to_string(), "4.5");
    assert_eq!(error["context"]["patient"]["notes"][1], 42);
    assert_eq!(
        error["view"]["url"],
        "http://127.0.0.1:5173/claims?member=[redacted]&page=2#token=[redacted]"
    );
    assert!(error["error"]["stack"].as_str().unwrap().ends_with("#token=[redacted]:10:5"), "{error}");
    eventually("the view is in the store", || async { stack.views().await.len() == 1 }).await;
    let metrics = stack.metrics().await;
    assert!(
        metrics.contains(r#"collector_scrubbed_total{app="shop",door="batch",rule="email"} 4"#),
        "{metrics}"
    );
    assert_eq!(assert_clean_folder(stack.stop().await.path()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaking_events_of_the_official_sdk_are_scrubbed_and_nothing_else_is_changed() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let mut leaking = datadog_action(1);
    leaking["view"]["url"] = leaking_url().into();
    leaking["action"]["target"]["name"] = leak().into();
    leaking["context"] = context();
    leaking["usr"] = json!({"id": "u-1", "email": SECRETS[0]});
    let plain = format!("{leaking}\n{{ \"type\" : \"view\", \"n\": 1.50e1, \"x\": \"\\u00e9\" }}");
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain.as_bytes()).unwrap();
    let deflated = encoder.finish().unwrap();
    for (more, body) in [("", plain.clone().into_bytes()), ("&dd-evp-encoding=deflate", deflated)] {
        let path = format!("/dd?{}", datadog_query(PUBLIC_KEY, more));
        assert_eq!(stack.request(Method::POST, &path).body(body).send().await.unwrap().status(), 202);
        let received = fake.next().await;
        let body = if more.is_empty() {
            received.body.to_vec()
        } else {
            collector::intake::decode::inflate(&received.body, 1024 * 1024).unwrap()
        };
        assert_clean(&body, "the intake");
        let lines: Vec<_> = body.split(|&byte| byte == b'\n').collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], plain.split_once('\n').unwrap().1.as_bytes(), "an untouched line");
        // Whatever no rule speaks of is as it was sent.
        let mut expected = leaking.clone();
        expected["view"]["url"] = received.events[0]["view"]["url"].clone();
        expected["action"]["target"]["name"] = received.events[0]["action"]["target"]["name"].clone();
        expected["usr"]["email"] = "[email]".into();
        expected["context"]["password"] = "[redacted]".into();
        expected["context"]["patient"]["dob"] = "[redacted]".into();
        expected["context"]["patient"]["notes"][0] =
            received.events[0]["context"]["patient"]["notes"][0].clone();
        assert_eq!(received.events[0], expected);
    }
    let metrics = stack.metrics().await;
    for (rule, count) in [("email", 6), ("card", 4), ("secret_keys", 4), ("url_parameters", 4)] {
        let line =
            format!("collector_scrubbed_total{{app=\"shop\",door=\"datadog\",rule=\"{rule}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    assert_eq!(assert_clean_folder(stack.stop().await.path()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_cannot_be_looked_into_are_refused() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let path = format!("/dd?{}", datadog_query(PUBLIC_KEY, ""));
    let deep = format!("{{\"type\":\"view\",\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let answer = stack.request(Method::POST, &path).body(deep).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let reason = answer.text().await.unwrap();
    assert_eq!(reason, "line 1 cannot be taken: it is nested deeper than 64 levels\n");
    assert_eq!(stack.outcomes("shop", "datadog", "none", "malformed").await, 1);
    stack.stop().await;
}

#[test]
fn the_command_explains_what_the_configured_rules_do() {
    let event = "{\"type\":\"error\",\"error\":{\"message\":\"a@b.example 123-45-6789\"}}\n";
    let log = "{\"message\":\"a@b.example 123-45-6789\",\"password\":\"x\"}\n";
    let segment = "{\"records\":[{\"type\":12,\n\"data\":[[4,[7,\"a@b.example 123-45-6789\"]]]}]}\n";
    let ssn = "ssn | mask | 11 characters | a@b.example ***-**-****\n";
    for (track, input, expected) in [
        (None, event, format!("line 1: error.message | {ssn}1 lines\n       1 ssn\n")),
        (
            Some("logs"),
            log,
            format!(
                "line 1: message | {ssn}line 1: password | secret_keys | replace | 1 characters | [redacted]\n\
                 1 lines\n       1 secret_keys\n       1 ssn\n"
            ),
        ),
        (Some("replay"), segment, format!("line 1: records[0].data[0][1][1] | {ssn}1 lines\n       1 ssn\n")),
    ] {
        assert_eq!(explained(track, input), expected);
    }
}

/// What `collector scrub --explain` prints when mail addresses may stay and security numbers are masked.
fn explained(track: Option<&str>, input: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    std::fs::write(&file, "[scrub.rules]\nemail = \"allow\"\nssn = \"mask\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
    command.args(["scrub", "--explain", "--config"]).arg(&file);
    command.args(track.map(|track| format!("--track={track}")));
    let mut child = command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}
