//! Checking and scrubbing in one pass: what is taken, what is refused, and what is noted on the way.

use super::rule_test::{config, scrubber};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

const APPLICATION: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const OTHER: &str = "00000000-0000-4000-8000-000000000000";

/// Compiling the patterns costs a thousand times what a case does.
static DEFAULT: LazyLock<Scrubber> = LazyLock::new(scrubber);

fn events(shape: EventShape, body: &str) -> Result<Scrubbed, (usize, Fault)> {
    let scrubbed = DEFAULT.scrub_events(shape, Some(APPLICATION), body.as_bytes(), &mut DEFAULT.report());
    scrubbed.map_err(|ScrubError { line, fault }| (line, fault))
}

fn segment(value: &Value) -> (Value, Vec<(usize, u64)>) {
    let json = value.to_string();
    let mut report = DEFAULT.report();
    let scrubbed = DEFAULT.scrub_segment(Some(APPLICATION), json.as_bytes(), &mut report).unwrap();
    let body = scrubbed.body.unwrap_or_else(|| json.into_bytes());
    (serde_json::from_slice(&body).unwrap(), report.counts().collect())
}

#[test]
fn events_are_counted_and_their_session_is_told() {
    let body = format!(
        "{{\"type\":\"view\",\"application\":{{\"id\":\"{APPLICATION}\"}},\"session\":{{\"id\":\"s-1\"}}}}\r\n\n \
         {{\"type\":\"later\",\"application\":null,\"session\":{{\"id\":\"s-2\"}}}}\n"
    );
    let expected = Scrubbed { body: None, events: 2, session_id: Some("s-1".into()) };
    assert_eq!(events(EventShape::Rum, &body), Ok(expected));
    let upper = body.to_uppercase().replace("TYPE", "type").replace("APPLICATION", "application");
    let upper = upper.replace("\"ID\"", "\"id\"").replace("NULL", "null");
    assert!(events(EventShape::Rum, &upper).is_ok());
    for (log, session_id) in [
        (r#"{"message":"x","session_id":"s-3"}"#, Some("s-3".to_owned())),
        (r#"{"message":"x","session":{"id":"\u0073-4"}}"#, Some("s-4".to_owned())),
        (r#"{"message":"x"}"#, None),
    ] {
        assert_eq!(events(EventShape::Logs, log), Ok(Scrubbed { body: None, events: 1, session_id }));
    }
    let long = format!("{{\"session_id\":\"{}\"}}", "s".repeat(65));
    assert_eq!(events(EventShape::Logs, &long).unwrap().session_id, None);
}

#[test]
fn what_is_no_event_is_refused_with_its_line() {
    let deep =
        |levels: usize| format!("{{\"type\":\"x\",\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let wide = |values: usize| format!("{{\"type\":\"x\",\"a\":[{}1]}}", "1,".repeat(values));
    for (body, line, fault) in [
        ("", 1, Fault::Empty),
        ("\n \r\n", 1, Fault::Empty),
        ("[\"view\"]", 1, Fault::NotAnObject),
        ("{\"type\":\"x\"}\n7", 2, Fault::NotAnObject),
        ("{\"type\":\"x\"}\n\n{\"type\":1}", 3, Fault::NoType),
        ("{\"type\":\"x\"}\n{\"date\":1}", 2, Fault::NoType),
        ("{\"a\":{\"type\":\"x\"}}", 1, Fault::NoType),
        ("{\"type\":\"x\"", 1, Fault::NotJson),
        ("{\"type\":\"x\"} {}", 1, Fault::NotJson),
        ("{\"type\":\"x\",\n\"a\":1}", 1, Fault::NotJson),
        ("no", 1, Fault::NotJson),
        ("{\"type\":\"x\",\"application\":7}", 1, Fault::UnreadableApplication),
        ("{\"type\":\"x\",\"application\":{\"id\":7}}", 1, Fault::UnreadableApplication),
        (&deep(64), 1, Fault::TooDeep { levels: 64 }),
        (&wide(4_096), 1, Fault::TooManyValues),
        (&"{\"type\":\"x\"}\n".repeat(5_001), 5_001, Fault::TooManyEvents),
    ] {
        assert_eq!(events(EventShape::Rum, body), Err((line, fault)), "{body:.80}");
    }
    for body in [&deep(63), &wide(4_000), &"{\"type\":\"x\"}\n".repeat(5_000)] {
        assert!(events(EventShape::Rum, body).is_ok(), "{body:.80}");
    }
    let not_utf8 =
        DEFAULT.scrub_events(EventShape::Logs, None, b"{}\n{\"a\":\"\xff\"}", &mut DEFAULT.report());
    assert_eq!(not_utf8, Err(ScrubError { line: 2, fault: Fault::NotUtf8 }));
}

#[test]
fn another_application_is_refused_wherever_and_however_often_it_is_named() {
    for body in [
        format!("{{\"type\":\"x\",\"application\":{{\"id\":\"{OTHER}\"}}}}"),
        format!("{{\"type\":\"x\",\"application\":{{\"id\":\"{APPLICATION}\",\"id\":\"{OTHER}\"}}}}"),
        format!("{{\"type\":\"x\"}}\n{{\"type\":\"x\",\"\\u0061pplication\":{{\"i\\u0064\":\"{OTHER}\"}}}}"),
    ] {
        assert!(matches!(events(EventShape::Rum, &body), Err((_, Fault::OtherApplication))), "{body}");
    }
    let log = format!("{{\"application_id\":\"{OTHER}\"}}");
    assert_eq!(events(EventShape::Logs, &log), Err((1, Fault::OtherApplication)));
    let json = format!("{{\"records\":[],\"application\":{{\"id\":\"{OTHER}\"}}}}");
    let refused = DEFAULT.scrub_segment(Some(APPLICATION), json.as_bytes(), &mut DEFAULT.report());
    assert_eq!(refused.unwrap_err().fault, Fault::OtherApplication);
}

#[test]
fn a_string_that_comes_again_is_changed_and_counted_again() {
    let event = r#"{"type":"x","view":{"url":"https://a.example/?q=1"},"error":{"message":"https://a.example/?q=1 a@b.example"}}"#;
    let body = format!("{event}\n{event}");
    let mut report = DEFAULT.report();
    let scrubbed = DEFAULT.scrub_events(EventShape::Rum, None, body.as_bytes(), &mut report).unwrap();
    let expected = r#"{"type":"x","view":{"url":"https://a.example/?q=[redacted]"},"error":{"message":"https://a.example/?q=[redacted] [email]"}}"#;
    assert_eq!(String::from_utf8(scrubbed.body.unwrap()).unwrap(), format!("{expected}\n{expected}"));
    let counts: Vec<_> = report.counts().collect();
    assert_eq!(counts, [(BuiltIn::Email as usize, 2), (BuiltIn::UrlParameters as usize, 4)]);
}

#[test]
fn variables_of_graphql_are_read_as_json() {
    let event = json!({"type": "resource", "resource": {"graphql": {"variables": "{\"dob\":\"1970-01-01\",\"n\":1}"}}});
    let scrubbed = events(EventShape::Rum, &event.to_string()).unwrap().body.unwrap();
    let event: Value = serde_json::from_slice(&scrubbed).unwrap();
    assert_eq!(event["resource"]["graphql"]["variables"], "{\"dob\":\"[redacted]\",\"n\":1}");
}

#[test]
fn logs_are_scrubbed_and_keep_what_datadog_joins_by() {
    let log = json!({
        "date": 1_800_000_000_000_u64, "status": "error", "origin": "logger", "service": "claims",
        "message": "no claim for jane@roe.example", "session_id": APPLICATION, "application_id": APPLICATION,
        "ddtags": "env:prod", "view": {"id": APPLICATION, "url": "https://a.example/?m=1", "referrer": ""},
        "http": {"method": "GET", "status_code": 500, "url": "https://a.example/api?m=1"},
        "error": {"kind": "E", "stack": "E: 123-45-6789\n at f @ https://a.example/x.js?m=1:10:5"},
        "usr": {"id": "u-1", "email": "jane@roe.example"}, "logger": {"name": "claims"},
        "cart": {"pin": 4711}, "password": "hunter2",
    });
    let scrubbed = events(EventShape::Logs, &log.to_string()).unwrap();
    assert_eq!(scrubbed.session_id.as_deref(), Some(APPLICATION));
    let mut expected = log;
    expected["message"] = "no claim for [email]".into();
    expected["view"]["url"] = "https://a.example/?m=[redacted]".into();
    expected["http"]["url"] = "https://a.example/api?m=[redacted]".into();
    expected["error"]["stack"] = "E: [ssn]\n at f @ https://a.example/x.js?m=[redacted]:10:5".into();
    expected["usr"]["email"] = "[email]".into();
    expected["cart"]["pin"] = "[redacted]".into();
    expected["password"] = "[redacted]".into();
    assert_eq!(serde_json::from_slice::<Value>(&scrubbed.body.unwrap()).unwrap(), expected);
}

/// A picture whose base64 has an e-mail address' neighbour, a card number and an access key in it by chance.
const PICTURE: &str = "data:image/png;base64,iVBOR/4111111111111111/AKIAIOSFODNN7EXAMPLE+15552345678==";

#[test]
fn changes_of_replay_are_scrubbed_by_the_role_of_their_strings() {
    let secret = "a@b.example";
    let data = json!([
        [11, [1, secret, "DIV"], [2, secret], [3, secret, PICTURE], [4, secret], [5, secret], [8, secret],
            [6, format!("#a[b=c]{{background:url(/x.png?m=1) url('{PICTURE}')}} /* {secret} */")],
            [7, "https://a.example/?m=1", PICTURE], [0, secret], [99, secret]],
        [0, secret, "plain"],
        [1, [null, "#document"], [1, secret, [secret, secret], [2, secret]], [0, "#text", secret],
            [0, {"role": 1, "string": secret}, [{"role": 2, "string": secret}, {"role": 3, "string": secret}]]],
        [3, [7, [secret, secret], [secret]]],
        [4, [7, secret], [8, 12]],
        [7, [[secret, "a{b:url(?m=1)}"], [secret], true]],
        [12, [7, secret]],
        [15, [7, secret]],
        [99, secret],
        [5, [7, 4_111_111_111_111_111_u64, 1]],
    ]);
    let value = |data: Value| {
        json!({
            "records": [{"type": 12, "timestamp": 1_800_000_000_000_u64, "data": data},
                {"type": 4, "data": {"href": "https://a.example/?m=1", "width": 1}}],
            "application": {"id": APPLICATION}, "session": {"id": "s-1"}, "view": {"id": secret}, "source": "browser",
        })
    };
    let gone = "[email]";
    let expected = json!([
        [11, [1, secret, "DIV"], [2, secret], [3, gone, PICTURE], [4, gone], [5, gone], [8, secret],
            [6, format!("#a[b=c]{{background:url(/x.png?m=[redacted]) url('{PICTURE}')}} /* {secret} */")],
            [7, "https://a.example/?m=[redacted]", PICTURE], [0, gone], [99, gone]],
        [0, gone, "plain"],
        [1, [null, "#document"], [1, secret, [secret, gone], [2, gone]], [0, "#text", gone],
            [0, {"role": 1, "string": secret}, [{"role": 2, "string": secret}, {"role": 3, "string": gone}]]],
        [3, [7, [secret, gone], [secret]]],
        [4, [7, gone], [8, 12]],
        [7, [[secret, "a{b:url(?m=[redacted])}"], [secret], true]],
        [12, [7, gone]],
        [15, [7, secret]],
        [99, gone],
        [5, [7, 4_111_111_111_111_111_u64, 1]],
    ]);
    let mut whole = value(expected);
    whole["records"][1]["data"]["href"] = "https://a.example/?m=[redacted]".into();
    let (scrubbed, _) = segment(&value(data));
    assert_eq!(scrubbed, whole);
    assert_eq!(segment(&scrubbed), (whole, Vec::new()));
}

#[test]
fn replay_of_the_format_before_changes_is_scrubbed_too() {
    let secret = "a@b.example";
    let node = |text: &str, url: &str, css: &str| {
        json!({"type": 2, "id": 1, "tagName": secret, "attributes": {"href": url, "title": text, "_cssText": css, "src": PICTURE},
            "childNodes": [{"type": 3, "id": 2, "textContent": text}]})
    };
    let value = |text: &str, url: &str, css: &str| {
        json!({"records": [
            {"type": 2, "format": 0, "data": {"node": {"type": 0, "id": 0, "childNodes": [node(text, url, css)],
                "adoptedStyleSheets": [{"cssRules": [css]}]}, "initialOffset": {"top": 0, "left": 0}}},
            {"type": 3, "data": {"source": 0, "adds": [{"parentId": 1, "nextId": null, "node": node(text, url, css)}], "removes": [],
                "attributes": [{"id": 1, "attributes": {"value": text, "href": url}}], "texts": [{"id": 2, "value": text}]}},
            {"type": 3, "data": {"source": 5, "id": 3, "text": text}},
            {"type": 3, "data": {"source": 8, "id": 3, "adds": [{"rule": css, "index": 0}]}},
        ]})
    };
    let (scrubbed, _) = segment(&value(secret, "/?m=1", "a{b:url(\"/?m=1\")}"));
    assert_eq!(scrubbed, value("[email]", "/?m=[redacted]", "a{b:url(\"/?m=[redacted]\")}"));
}

#[test]
fn a_segment_is_one_object_however_it_is_spaced() {
    let json = "{\n \"session\": {\"id\": \"s-1\"},\n \"records\": []\n}\n";
    let scrubbed = DEFAULT.scrub_segment(Some(APPLICATION), json.as_bytes(), &mut DEFAULT.report()).unwrap();
    assert_eq!(scrubbed, Scrubbed { body: None, events: 1, session_id: Some("s-1".into()) });
    for wrong in ["", "[]", "{} {}", "{\"records\":[}"] {
        assert!(DEFAULT.scrub_segment(None, wrong.as_bytes(), &mut DEFAULT.report()).is_err(), "{wrong}");
    }
}

/// JSON of every kind, spelled in every way.
fn spelling() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"type\"",
        "\"x\"",
        "1",
        "-0",
        "01",
        "1.",
        "1.5e+3",
        "-",
        "1E9",
        "true",
        "null",
        "nul",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"\\\\\"",
        "\"\u{e9}\"",
        " ",
        "\t",
        "\r",
        "\"",
        "\\",
        "\u{1}",
        "{\"a\":1}",
        "[1,2]",
        "{\"type\":\"x\"}",
        "\"a\tb\"",
        "\"12345678901234567890\"",
    ]);
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn is_json_object(line: &str) -> bool {
    line.trim_start_matches([' ', '\t', '\r']).starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok()
}

/// An event with one byte put in, taken out or changed.
fn damaged() -> impl Strategy<Value = String> {
    let event = r#"{"type":"x", "a":[1.5e-3,-0,true,null,"\u00e9\n"],"b":{"c":{}},"d":"é"}"#;
    (any::<prop::sample::Index>(), 0..3, prop::sample::select(b"\"\\{}[],:01.e-u \t\x01a".to_vec())).prop_map(
        move |(at, how, byte)| {
            let mut bytes = event.as_bytes().to_vec();
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
            String::from_utf8_lossy(&bytes).into_owned()
        },
    )
}

proptest! {
    #[test]
    fn the_walk_takes_what_serde_takes_and_nothing_else(
        line in prop_oneof![
            spelling(),
            spelling().prop_map(|value| format!("{{\"a\":{value}}}")),
            damaged(),
        ]
    ) {
        let walked = DEFAULT.scrub_events(EventShape::Logs, None, line.as_bytes(), &mut DEFAULT.report());
        prop_assert_eq!(walked.is_ok(), is_json_object(&line), "{} {:?}", line, walked);
        let segment = DEFAULT.scrub_segment(None, line.as_bytes(), &mut DEFAULT.report());
        prop_assert_eq!(segment.is_ok(), is_json_object(&line), "{} {:?}", line, segment);
    }

    #[test]
    fn no_bytes_are_taken_that_serde_refuses(
        body in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\01".to_vec())], 0..200)
    ) {
        for shape in [EventShape::Rum, EventShape::Logs] {
            if DEFAULT.scrub_events(shape, None, &body, &mut DEFAULT.report()).is_ok() {
                let text = std::str::from_utf8(&body).unwrap();
                let mut lines = text.split('\n').filter(|line| !line.trim_ascii().is_empty());
                prop_assert!(lines.all(is_json_object), "{text}");
            }
        }
        if DEFAULT.scrub_segment(None, &body, &mut DEFAULT.report()).is_ok() {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok());
        }
    }
}

#[test]
fn a_selector_of_the_operators_is_obeyed_in_logs_and_replay() {
    let fields = vec![
        (Selector::parse("message").unwrap(), Action::Remove),
        (Selector::parse("records.data.href").unwrap(), Action::Allow),
    ];
    let scrubber = Scrubber::new(&ScrubConfig { fields, ..config() }).unwrap();
    let log = br#"{"message":"x","note":"a@b.example"}"#;
    let scrubbed = scrubber.scrub_events(EventShape::Logs, None, log, &mut scrubber.report()).unwrap().body;
    assert_eq!(scrubbed.unwrap(), br#"{"message":"","note":"[email]"}"#);
    let segment = br#"{"records":[{"type":4,"data":{"href":"/?a=1"}}]}"#;
    assert_eq!(scrubber.scrub_segment(None, segment, &mut scrubber.report()).unwrap().body, None);
}
