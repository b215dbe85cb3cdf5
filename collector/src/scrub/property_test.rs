//! What holds for every body, not only for those somebody thought of.

use super::detect::PATTERNS;
use super::place::Place;
use super::rule_test::{config, scrubber};
use super::signs::Signs;
use super::url::Around;
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Things rules find, near-misses, and the characters that stand around them.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "jane@roe.example",
        "logo@2x.png",
        "4111 1111 1111 1111",
        "4111111111111112",
        "123-45-6789",
        "555-234-5678",
        "+442071838750",
        "DE89370400440532013000",
        "10.1.2.3",
        "2001:db8::1:2",
        "eyJhbGciOi.eyJzdWIi.c2ln",
        "Bearer abc12345",
        "password=",
        "hunter2",
        "MRN ",
        "12345",
        "Rx#",
        "NPI 1234567893",
        "?member=",
        "#token=",
        "https://",
        "u:p@",
        "http://127.0.0.1:5173/",
        "[email]",
        "[redacted]",
        "[scrubbed]",
        ":10:5",
        "%40",
        "\\u",
        "\"",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "Chrome/156.0.0.0",
    ];
    let separator =
        prop::sample::select(vec!["", " ", "-", ".", "/", "&", "=", ":", "(", ")", "@", "\n", "é"]);
    prop_oneof![
        4 => prop::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        2 => separator.prop_map(str::to_owned),
        1 => "[0-9 .-]{1,20}",
        1 => "\\PC{0,8}",
    ]
}

pub(super) fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

/// Text in which no rule can find anything.
fn harmless() -> impl Strategy<Value = String> {
    "[a-zé\"\\\\\n\u{1F600} ]{0,40}"
}

/// Text that a pattern fits, as its own expression spells it; its check may still refuse it.
fn fitting() -> impl Strategy<Value = String> {
    let spelled = PATTERNS.map(|(_, pattern, _)| prop::string::string_regex(pattern).unwrap().boxed());
    (0..spelled.len()).prop_flat_map(move |pattern| spelled[pattern].clone())
}

fn event(text: &str, more: &str) -> Value {
    json!({
        "type": "error",
        "date": 1_800_000_000_000_u64,
        "application": {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"},
        "view": {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "url": format!("http://10.1.2.3/x?{more}")},
        "error": {"message": text, "stack": more, "causes": [{"message": text}]},
        "context": {"note": text, "password": more, "nested": [more, 4_111_111_111_111_111_u64, {"ssn": 1}]},
        "_dd": {"trace_id": "4111111111111111"},
    })
}

/// Compiling the patterns costs a thousand times what a case does.
pub(super) static DEFAULT: LazyLock<Scrubber> = LazyLock::new(scrubber);

const ACTIONS: [Action; 4] = [Action::Replace, Action::Mask, Action::Hash, Action::Remove];

/// By action: a scrubber whose rules all do it.
static BY_ACTION: LazyLock<Vec<Scrubber>> = LazyLock::new(|| {
    let all_do = |action| {
        let actions = BuiltIn::ALL.into_iter().filter(|rule| *rule != BuiltIn::Unsettled);
        let actions = actions.map(|rule| (rule, action)).collect();
        let hash_key = Some(crate::config::Secret::new("a key of sixteen"));
        Scrubber::new(&ScrubConfig { actions, hash_key, ..config() }).unwrap()
    };
    ACTIONS.map(all_do).into()
});

fn scrub(scrubber: &Scrubber, body: &[u8]) -> Option<Vec<u8>> {
    scrubber.scrub_events(EventShape::Rum, None, body, &mut scrubber.report()).unwrap().body
}

fn log(text: &str, more: &str) -> Value {
    json!({
        "date": 1_800_000_000_000_u64, "status": "error", "session_id": "4111111111111111", "message": text,
        "view": {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "url": format!("http://10.1.2.3/x?{more}")},
        "http": {"url": more, "status_code": 500}, "error": {"stack": more, "message": text}, "note": {"deep": [more]},
        "usr": {"id": more}, "password": text,
    })
}

fn segment(text: &str, more: &str) -> Value {
    json!({"records": [
        {"type": 4, "timestamp": 4_111_111_111_111_111_u64, "data": {"href": format!("http://10.1.2.3/x?{more}")}},
        {"type": 2, "format": 1, "data": [[11, [3, text], [4, more, text], [5, more], [7, more], [8, "4111111111111111"]],
            [1, [null, "a@b.example", ["a@b.example", text]], [1, "#text", more]], [4, [4_111_111_111_111_111_u64, text]]]},
        {"type": 3, "data": {"source": 5, "id": 1, "text": text}},
    ], "view": {"id": "4111111111111111"}})
}

/// The strings at these places of a body (JSON pointers), each with how it is to be read.
fn strings<'a>(value: &'a Value, places: &[(&str, Place)]) -> Vec<(&'a str, Place)> {
    places
        .iter()
        .map(|(pointer, place)| (value.pointer(pointer).unwrap().as_str().unwrap(), *place))
        .collect()
}

/// Scrubbers that must agree: this one reads paths, so it keeps no memory of values.
static FORGETFUL: LazyLock<Scrubber> = LazyLock::new(|| {
    let fields = vec![(Selector::parse("no.such.field").unwrap(), Action::Allow)];
    Scrubber::new(&ScrubConfig { fields, ..config() }).unwrap()
});

/// The body and the counts of its rules.
type Outcome = (Option<Vec<u8>>, Vec<(usize, u64)>);

/// A body with something of everything that comes again, and its outcome with and without a memory.
fn with_and_without_memory(lines: &[(usize, usize, usize)], texts: &[String]) -> [Outcome; 2] {
    let text = |index: usize| &texts[index % texts.len()];
    let body: Vec<String> = lines
        .iter()
        .map(|&(a, b, c)| {
            json!({
                "type": "x", "view": {"url": text(a), "name": text(b)}, "session": {"id": text(b)}, "usr": {"id": text(c)},
                "context": {"a": text(a), "deep": {"b": [text(b)], "pin": text(c)}, "n": a}, "error": {"message": text(c)},
            })
            .to_string()
        })
        .collect();
    [&*DEFAULT, &*FORGETFUL].map(|scrubber| {
        let mut report = scrubber.report();
        let scrubbed =
            scrubber.scrub_events(EventShape::Rum, None, body.join("\n").as_bytes(), &mut report).unwrap();
        (scrubbed.body, report.counts().collect())
    })
}

proptest! {
    #[test]
    fn the_memory_of_a_body_changes_nothing(
        lines in prop::collection::vec((0..4_usize, 0..4_usize, 0..4_usize), 1..8), texts in prop::collection::vec(text(), 1..4)
    ) {
        let [with, without] = with_and_without_memory(&lines, &texts);
        prop_assert_eq!(with, without);
    }

    #[test]
    fn logs_settle_and_nothing_a_rule_finds_is_left(text in text(), more in text()) {
        let before = log(&text, &more);
        let scrub = |body: &[u8]| {
            DEFAULT.scrub_events(EventShape::Logs, None, body, &mut DEFAULT.report()).unwrap().body
        };
        let json = before.to_string();
        let once = scrub(json.as_bytes()).unwrap_or(json.into_bytes());
        prop_assert_eq!(scrub(&once), None);
        let after: Value = serde_json::from_slice(&once).unwrap();
        for key in ["date", "status", "session_id"] {
            prop_assert_eq!(&after[key], &before[key]);
        }
        prop_assert_eq!(&after["view"]["id"], &before["view"]["id"]);
        prop_assert_eq!(&after["password"], if text.is_empty() { "" } else { "[redacted]" });
        let texts = ["/message", "/error/stack", "/error/message", "/note/deep/0", "/usr/id"].map(|at| (at, Place::Text));
        let urls = [("/view/url", Place::Url), ("/http/url", Place::Url)];
        for (string, place) in strings(&after, &[&texts[..], &urls].concat()) {
            prop_assert!(DEFAULT.settle(&Path::default(), place, string).is_none(), "{string}");
        }
    }

    #[test]
    fn segments_settle_and_nothing_a_rule_finds_is_left(text in text(), more in text()) {
        let before = segment(&text, &more);
        let scrub =
            |body: &[u8]| DEFAULT.scrub_segment(None, body, &mut DEFAULT.report()).unwrap().body;
        let json = before.to_string();
        let once = scrub(json.as_bytes()).unwrap_or(json.into_bytes());
        prop_assert_eq!(scrub(&once), None);
        let mut after: Value = serde_json::from_slice(&once).unwrap();
        let data = "/records/1/data";
        let texts = ["0/1/1", "0/2/1", "0/2/2", "0/3/1", "1/1/2/1", "1/2/2", "2/1/1"];
        let pointers: Vec<String> = texts.iter().map(|at| format!("{data}/{at}")).collect();
        let mut places: Vec<(&str, Place)> = pointers.iter().map(|at| (at.as_str(), Place::Text)).collect();
        places.extend([("/records/2/data/text", Place::Text), ("/records/0/data/href", Place::Url)]);
        places.push(("/records/1/data/0/4/1", Place::Url));
        for (string, place) in strings(&after, &places) {
            prop_assert!(DEFAULT.settle(&Path::default(), place, string).is_none(), "{string}");
        }
        // Put back what may change, and nothing else has.
        for (pointer, _) in places {
            *after.pointer_mut(pointer).unwrap() = before.pointer(pointer).unwrap().clone();
        }
        prop_assert_eq!(after, before);
    }

    #[test]
    fn scrubbing_twice_is_scrubbing_once(text in text(), more in text()) {
        let body = format!("{}\n{}\n", event(&text, &more), event(&more, &text));
        if let Some(once) = scrub(&DEFAULT, body.as_bytes()) {
            let twice = scrub(&DEFAULT, &once);
            prop_assert_eq!(twice.map(|twice| String::from_utf8(twice).unwrap()), None);
        }
    }

    #[test]
    fn no_rule_finds_anything_where_there_is_no_sign_of_it(
        before in text(), fitting in prop::collection::vec(prop_oneof![fitting(), piece()], 1..3), after in text()
    ) {
        // The fitting part alone as well: what stands around it may be a sign of its own.
        for text in [fitting.concat(), format!(" {} ", fitting[0]), format!("{before}{}{after}", fitting[0])] {
            let signs = Signs::of(text.as_bytes());
            let found = DEFAULT.built_in.find(&text, 0, &|_| true);
            prop_assert!(signs.pattern || found.is_none(), "{text:?} {found:?}");
            for (around, is_url) in [(Around::Text, false), (Around::Nothing, true)] {
                let scrubbed = DEFAULT.parameters().scrub(&text, around, &mut |_| {});
                prop_assert!(signs.parameters(is_url) || scrubbed.is_none(), "{text:?} {scrubbed:?}");
            }
        }
    }

    #[test]
    fn every_action_settles(text in text(), action in 0..ACTIONS.len()) {
        let scrubber = &BY_ACTION[action];
        if let Some(once) = scrub(scrubber, event(&text, "").to_string().as_bytes()) {
            prop_assert_eq!(scrub(scrubber, &once), None);
        }
    }

    #[test]
    fn lines_without_a_match_stay_byte_for_byte(text in harmless(), secret in text()) {
        // Spaces, an exponent and an escape that no serializer would write again.
        let plain = format!("{{ \"type\":\"x\" ,\"n\":1.50e+3, \"t\": {}, \"e\": \"\\u0041\\/\" }}", json!(text));
        prop_assert_eq!(scrub(&DEFAULT, plain.as_bytes()), None);
        let changed = event(&secret, "a@b.example").to_string();
        let body = format!("{plain}\n\n{changed}\r\n{plain}");
        let scrubbed = String::from_utf8(scrub(&DEFAULT, body.as_bytes()).unwrap()).unwrap();
        let lines: Vec<_> = scrubbed.split('\n').collect();
        prop_assert_eq!(lines.len(), 4);
        prop_assert_eq!((lines[0], lines[1], lines[3]), (plain.as_str(), "", plain.as_str()));
        let event: Value = serde_json::from_str(lines[2]).unwrap();
        prop_assert_eq!(&event["date"], &json!(1_800_000_000_000_u64));
        prop_assert_eq!(&event["view"]["id"], "3fa85f64-5717-4562-b3fc-2c963f66afa6");
        prop_assert_eq!(&event["_dd"]["trace_id"], "4111111111111111");
        prop_assert_eq!(&event["context"]["nested"][1], &json!(4_111_111_111_111_111_u64));
        prop_assert_eq!(&event["context"]["password"], "[redacted]");
    }
}

#[test]
fn surrogates_without_a_partner_are_read_and_kept_where_nothing_is_found() {
    let scrubber = scrubber();
    let line = r#"{"type":"x","a":"\ud83d alone: 12345","b":"\ud83d\ude00 a@b.example","c":"\udc00 a@b.example \" \\"}"#;
    let scrubbed = String::from_utf8(scrub(&scrubber, line.as_bytes()).unwrap()).unwrap();
    assert!(scrubbed.starts_with(r#"{"type":"x","a":"\ud83d alone: 12345","#), "{scrubbed}");
    let value: Value = serde_json::from_str(
        scrubbed.split_once("12345\",").unwrap().1.replacen("\"b\"", "{\"b\"", 1).as_str(),
    )
    .unwrap();
    assert_eq!((&value["b"], &value["c"]), (&json!("😀 [email]"), &json!("\u{fffd} [email] \" \\")));
}

#[test]
fn a_field_of_the_operators_comes_before_the_rules_and_after_the_schema() {
    let field = |path: &str, action| (Selector::parse(path).unwrap(), action);
    let fields = vec![
        field("usr.email", Action::Allow),
        field("context.account.**", Action::Remove),
        field("**.id", Action::Mask),
    ];
    let scrubber = Scrubber::new(&ScrubConfig { fields, ..config() }).unwrap();
    let line = r#"{"type":"x","view":{"id":"v-12345"},"usr":{"id":"u-1","email":"a@b.example"},"context":{"account":{"n":17,"s":"x"}}}"#;
    let scrubbed = String::from_utf8(scrub(&scrubber, line.as_bytes()).unwrap()).unwrap();
    let expected = r#"{"type":"x","view":{"id":"v-12345"},"usr":{"id":"*-*","email":"a@b.example"},"context":{"account":{"n":"","s":""}}}"#;
    assert_eq!(scrubbed, expected);
}
