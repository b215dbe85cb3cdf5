//! Stacks as browsers printed them.

use super::*;
use rum_protocol::Cause;

fn normal(name: &str, message: &str, stack: &str) -> String {
    let mut error = ErrorEvent {
        message: message.into(),
        error_type: Some(name.into()),
        stack: Some(stack.into()),
        ..ErrorEvent::default()
    };
    normalise_error(&mut error);
    let once = error.stack.clone().unwrap();
    normalise_error(&mut error);
    assert_eq!(error.stack.unwrap(), once, "what is in form stays so");
    once
}

#[test]
fn the_three_browsers_say_the_same_in_the_end() {
    let expected = "TypeError: no claim\n  at load @ https://a.example/x.js:10:7\n  at <anonymous> @ https://a.example/x.js:20:1";
    let chromium =
        "TypeError: no claim\n    at load (https://a.example/x.js:10:7)\n    at https://a.example/x.js:20:1";
    let firefox = "load@https://a.example/x.js:10:7\n@https://a.example/x.js:20:1\n";
    let safari = "load@https://a.example/x.js:10:7\nhttps://a.example/x.js:20:1";
    for stack in [chromium, firefox, safari] {
        assert_eq!(normal("TypeError", "no claim", stack), expected);
    }
}

#[test]
fn each_browsers_other_frames_are_read() {
    for (line, function, place) in [
        // Chromium
        ("    at new Claim (https://a.example/x.js:1:2)", "new Claim", "https://a.example/x.js:1:2"),
        ("    at async load (https://a.example/x.js:1:2)", "async load", "https://a.example/x.js:1:2"),
        ("    at async https://a.example/x.js:1:2", "<anonymous>", "https://a.example/x.js:1:2"),
        (
            "    at Object.f [as save] (https://a.example/x.js:1:2)",
            "Object.f [as save]",
            "https://a.example/x.js:1:2",
        ),
        ("    at f (https://a.example/a (1).js:1:2)", "f", "https://a.example/a (1).js:1:2"),
        ("    at Array.map (<anonymous>)", "Array.map", "<anonymous>"),
        ("    at <anonymous>", "<anonymous>", "<anonymous>"),
        (
            "    at eval (eval at load (https://a.example/x.js:1:2), <anonymous>:3:4)",
            "eval",
            "https://a.example/x.js:1:2",
        ),
        (
            "    at eval (eval at f (eval at load (https://a.example/x.js:1:2)), <anonymous>:3:4)",
            "eval",
            "https://a.example/x.js:1:2",
        ),
        (
            "    at sum (wasm://wasm/8e1f3b2a:wasm-function[3]:0x1a2b)",
            "sum",
            "wasm://wasm/8e1f3b2a:wasm-function[3]:0x1a2b",
        ),
        // Firefox
        ("save/<@https://a.example/x.js:1:2", "save/<", "https://a.example/x.js:1:2"),
        ("async*load@https://a.example/pkg@1.2/x.js:1:2", "async*load", "https://a.example/pkg@1.2/x.js:1:2"),
        ("f@https://a.example/x.js line 3 > eval:1:2", "f", "https://a.example/x.js line 3"),
        (
            "f@https://a.example/x.js line 3 > eval line 1 > Function:1:2",
            "f",
            "https://a.example/x.js line 3",
        ),
        (
            "sum@https://a.example/x.wasm:wasm-function[3]:0x1a",
            "sum",
            "https://a.example/x.wasm:wasm-function[3]:0x1a",
        ),
        // Safari
        ("global code@https://a.example/x.js:1:2", "global code", "https://a.example/x.js:1:2"),
        ("https://a.example/pkg@1.2/x.js:1:2", "<anonymous>", "https://a.example/pkg@1.2/x.js:1:2"),
        ("map@[native code]", "map", "[native code]"),
        ("<?>.wasm-function[3]@[wasm code]", "<?>.wasm-function[3]", "[wasm code]"),
    ] {
        assert_eq!(Frame::parse(line), Some(Frame { function, place }), "{line}");
    }
}

#[test]
fn what_is_no_frame_is_none() {
    for line in
        ["", "TypeError: no claim", "ann@example.org has no claim", "claim 7: 10", "From previous event:"]
    {
        assert_eq!(Frame::parse(line), None, "{line}");
    }
}

#[test]
fn lines_of_a_message_are_no_frames() {
    let message = "cannot render:\n    at Claim (https://a.example/not-a-frame.js:1:1)\nsee above";
    let stack = format!("Error: {message}\n    at f (https://a.example/x.js:1:2)");
    assert_eq!(
        normal("Error", message, &stack),
        format!("Error: {message}\n  at f @ https://a.example/x.js:1:2")
    );
}

#[test]
fn a_stack_without_frames_stays_as_it_is() {
    for stack in ["", "TypeError: no claim", "something of the page's own"] {
        assert_eq!(normal("TypeError", "no claim", stack), stack);
    }
}

#[test]
fn causes_and_the_place_of_handling_are_put_in_form_too() {
    let printed = || Some("f@https://a.example/x.js:1:2".to_owned());
    let mut error = ErrorEvent {
        handling_stack: Some("Error\n    at save (https://a.example/x.js:3:4)".into()),
        causes: Some(vec![Cause { message: "inner".into(), error_type: None, stack: printed() }]),
        ..ErrorEvent::default()
    };
    normalise_error(&mut error);
    assert_eq!(error.handling_stack.unwrap(), "Error\n  at save @ https://a.example/x.js:3:4");
    assert_eq!(
        error.causes.unwrap()[0].stack.as_deref(),
        Some("Error: inner\n  at f @ https://a.example/x.js:1:2")
    );
}

fn of(message: &str, stack: &str) -> String {
    let stack = Some(stack.to_owned());
    fingerprint(&ErrorEvent {
        message: message.into(),
        error_type: Some("TypeError".into()),
        stack,
        ..ErrorEvent::default()
    })
}

#[test]
fn one_fault_has_one_fingerprint_over_visits_releases_and_browsers() {
    let first = of("claim 10442 of 'Jane Roe' can't load", "load@https://a.example/app-3f9a.js:10:7");
    assert_eq!(first.len(), 16);
    for (message, stack) in [
        ("claim 7 of 'Ann' can't load", "load@https://a.example/app-3f9a.js:10:7"),
        ("claim 10442 of 'Jane Roe' can't load", "load@https://a.example/app-77b0.js:11:9"),
        (
            "claim 3fa85f64 of \"x\" can't load",
            "TypeError: claim\n    at load (https://a.example/app-3f9a.js:1:1)",
        ),
    ] {
        assert_eq!(of(message, stack), first, "{message}, {stack}");
    }
}

#[test]
fn other_faults_have_other_fingerprints() {
    let stack = "load@https://a.example/app.js:10:7";
    let first = of("no claim", stack);
    for (message, stack) in [
        ("no pharmacy", stack),
        ("no claim", "save@https://a.example/app.js:10:7"),
        ("no claim", "load@https://a.example/other.js:10:7"),
        ("no claim", ""),
    ] {
        assert_ne!(of(message, stack), first, "{message}, {stack}");
    }
}
