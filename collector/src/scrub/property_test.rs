//! What holds for every body, not only for those somebody thought of.

use super::rule_test::{config, scrubber};
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

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

/// Text in which no rule can find anything.
fn harmless() -> impl Strategy<Value = String> {
    "[a-zé\"\\\\\n\u{1F600} ]{0,40}"
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
static DEFAULT: LazyLock<Scrubber> = LazyLock::new(scrubber);

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
    scrubber.scrub_events(body, &mut scrubber.report()).unwrap()
}

proptest! {
    #[test]
    fn scrubbing_twice_is_scrubbing_once(text in text(), more in text()) {
        let body = format!("{}\n{}\n", event(&text, &more), event(&more, &text));
        if let Some(once) = scrub(&DEFAULT, body.as_bytes()) {
            let twice = scrub(&DEFAULT, &once);
            prop_assert_eq!(twice.map(|twice| String::from_utf8(twice).unwrap()), None);
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

    #[test]
    fn no_body_makes_it_fail(body in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:\\\\u0-9a-f\n]{0,60}") {
        DEFAULT.scrub_events(&body, &mut DEFAULT.report()).ok();
        DEFAULT.scrub_events(text.as_bytes(), &mut DEFAULT.report()).ok();
    }
}

#[test]
fn surrogates_without_a_partner_are_read_and_kept_where_nothing_is_found() {
    let scrubber = scrubber();
    let line = r#"{"a":"\ud83d alone: 12345","b":"\ud83d\ude00 a@b.example","c":"\udc00 a@b.example \" \\"}"#;
    let scrubbed = String::from_utf8(scrub(&scrubber, line.as_bytes()).unwrap()).unwrap();
    assert!(scrubbed.starts_with(r#"{"a":"\ud83d alone: 12345","#), "{scrubbed}");
    let value: Value = serde_json::from_str(
        scrubbed.split_once("12345\",").unwrap().1.replacen("\"b\"", "{\"b\"", 1).as_str(),
    )
    .unwrap();
    assert_eq!((&value["b"], &value["c"]), (&json!("😀 [email]"), &json!("\u{fffd} [email] \" \\")));
}

#[test]
fn what_cannot_be_walked_is_refused_with_its_line() {
    let scrubber = scrubber();
    let refusal = |body: &[u8]| scrubber.scrub_events(body, &mut scrubber.report()).unwrap_err();
    let deep = format!("{{}}\n{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(refusal(deep.as_bytes()), (1, JsonError::TooDeep));
    assert_eq!(refusal(b"{\"a\":\"\xff\"}"), (0, JsonError::NotUtf8));
    for wrong in ["{", "{\"a\"", "{\"a\":}", "[1,]", "\"a", "\"\\", "nul", "{} {}", "{\"a\":1,}"] {
        assert_eq!(refusal(wrong.as_bytes()), (0, JsonError::NotJson), "{wrong}");
    }
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
    let line = r#"{"view":{"id":"v-12345"},"usr":{"id":"u-1","email":"a@b.example"},"context":{"account":{"n":17,"s":"x"}}}"#;
    let scrubbed = String::from_utf8(scrub(&scrubber, line.as_bytes()).unwrap()).unwrap();
    let expected = r#"{"view":{"id":"v-12345"},"usr":{"id":"*-*","email":"a@b.example"},"context":{"account":{"n":"","s":""}}}"#;
    assert_eq!(scrubbed, expected);
}

/// What scrubbing costs. Not a test of anything: `cargo test --release -p collector -- --ignored --nocapture cost`.
#[test]
#[ignore = "a measurement"]
fn cost_of_a_batch_of_the_official_sdk() {
    const BATCHES: u32 = 2_000;
    let scrubber = scrubber();
    let stack =
        "TypeError: claim is undefined\n  at load (https://shop.example/assets/index-9f8e7d6c.js:10:25)\n"
            .repeat(6);
    let lines: Vec<String> = (0..13)
        .map(|number: u32| {
            let event = json!({
                "type": "resource", "date": 1_800_000_000_000_u64 + u64::from(number), "service": "claims",
                "application": {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"},
                "session": {"id": "8fa85f64-5717-4562-b3fc-2c963f66afa6", "type": "user"},
                "view": {"id": "9fa85f64-5717-4562-b3fc-2c963f66afa6", "url": "https://shop.example/claims/10482", "referrer": ""},
                "resource": {"id": "1fa85f64-5717-4562-b3fc-2c963f66afa6", "type": "fetch", "duration": 1_234_567,
                    "url": "https://shop.example/api/claims/10482", "method": "GET", "status_code": 200, "protocol": "h2"},
                "error": {"message": "claim 10482 has no statement", "stack": if number.is_multiple_of(4) { &stack } else { "" }},
                "action": {"target": {"name": "Save claim"}},
                "context": {"cart": {"items": 2, "currency": "EUR"}, "flags": ["a", "b"]},
                "_dd": {"format_version": 2, "drift": 0, "configuration": {"session_sample_rate": 100},
                    "action": {"target": {"selector": "BODY>MAIN>DIV:nth-of-type(2)>BUTTON.save"}}},
                "ddtags": "sdk_version:7.16.2,env:prod,service:claims,version:1.2.3",
            });
            event.to_string()
        })
        .collect();
    let harmless = lines.join("\n");
    let planted = harmless.replacen("10482 has", "10482 of jane@roe.example?member=7 has", 5);
    for (name, body) in [("nothing to find", harmless), ("ten things to find", planted)] {
        let started = std::time::Instant::now();
        for _ in 0..BATCHES {
            std::hint::black_box(scrub(&scrubber, std::hint::black_box(body.as_bytes())));
        }
        let us = started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCHES);
        println!("{name}: {} bytes, {us:.1} us a batch, {:.0} MB/s", body.len(), body.len() as f64 / us);
    }
}
