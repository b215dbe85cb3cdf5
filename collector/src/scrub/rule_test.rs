//! Each rule by what it must find and what it must leave.

use super::place::Place;
use super::*;

pub(super) fn config() -> ScrubConfig {
    ScrubConfig {
        actions: Vec::new(),
        allowed_parameters: vec!["page".into()],
        secret_keys: Vec::new(),
        hash_key: None,
        custom: Vec::new(),
        fields: Vec::new(),
    }
}

pub(super) fn scrubber() -> Scrubber {
    Scrubber::new(&config()).unwrap()
}

fn scrubbed(scrubber: &Scrubber, text: &str) -> String {
    let mut report = scrubber.report();
    let path = Path::of(&["error", "message"]);
    let scrubbed = scrubber.scrub_string(&path, Place::Text, text, &mut report);
    scrubbed.unwrap_or_else(|| text.to_owned())
}

fn check(found: &[(&str, &str)], left: &[&str]) {
    let scrubber = scrubber();
    for (text, expected) in found {
        assert_eq!(scrubbed(&scrubber, text), *expected);
    }
    for text in left {
        assert_eq!(scrubbed(&scrubber, text), *text);
    }
}

#[test]
fn email_addresses_and_no_file_names_or_packages() {
    check(
        &[
            ("mail to jane.roe+x@mail.example.com now", "mail to [email] now"),
            ("<jörg@münchen.example>", "<[email]>"),
            ("/users/jane%40example.com/edit", "/users/[email]/edit"),
            ("{\"email\":\"a@b.co\"}", "{\"email\":\"[email]\"}"),
        ],
        &[
            "logo@2x.png",
            "react-dom@18.2.0",
            "@angular/core",
            "f@https://a.example/x.js:1:2",
            "a @ b.com",
            "render@app.bundle.js:1:2",
        ],
    );
}

#[test]
fn telephone_numbers_written_as_such() {
    check(
        &[
            ("call (555) 234-5678.", "call [phone]."),
            ("call 555-234-5678", "call [phone]"),
            ("tel:+1-555-234-5678", "tel:[phone]"),
            ("+49 30 12345678", "[phone]"),
            ("+442071838750", "[phone]"),
        ],
        &[
            "order 5552345678",
            "at 2026-11-22T10:48:00+0100",
            "index-555-234-56789.js",
            "v1.555.234.5678",
            "1800000000000",
            "abc-555-234-5678",
            "155-234-5678-90",
        ],
    );
}

#[test]
fn social_security_numbers() {
    check(
        &[
            ("ssn 123-45-6789", "ssn [ssn]"),
            ("(123 45 6789)", "([ssn])"),
            ("SSN: 123456789", "SSN: [ssn]"),
            ("Social Security number 123456789.", "Social Security number [ssn]."),
        ],
        &[
            "000-12-3456",
            "666-12-3456",
            "912-34-5678",
            "123-00-4567",
            "123-45-0000",
            "123-45-67890",
            "123456789",
            "1-123-45-6789",
        ],
    );
}

#[test]
fn payment_cards_with_their_check_digit() {
    check(
        &[
            ("card 4111 1111 1111 1111 declined", "card [card] declined"),
            ("4111-1111-1111-1111", "[card]"),
            ("378282246310005", "[card]"),
            ("pan=5555555555554444,", "pan=[card],"),
            ("4111 1111 1111 1111 123", "[card] 123"),
        ],
        &[
            "4111 1111 1111 1112",
            "1800000000000",
            "id 41111111111111112222",
            "x4111111111111111",
            "41111111-1111-4111-8111-411111111111",
        ],
    );
}

#[test]
fn bank_accounts_with_their_checksum() {
    check(
        &[
            ("IBAN DE89 3704 0044 0532 0130 00 PAID", "IBAN [iban] PAID"),
            ("GB82WEST12345698765432", "[iban]"),
            ("MT97MALT0ABCD1EFGH2JKLM3NPQR4ST", "[iban]"),
        ],
        &["DE88370400440532013000", "ZZ89370400440532013000", "XDE89370400440532013000"],
    );
}

#[test]
fn addresses_in_text_and_no_hosts_or_versions() {
    check(
        &[
            ("refused by 203.0.113.7:443", "refused by [ip]:443"),
            ("client 10.1.2.3", "client [ip]"),
            ("from 2001:db8::8a2e:370:7334.", "from [ip]."),
            ("from 2001:db8:1:a:b:c:d:e!", "from [ip]!"),
        ],
        &[
            "http://10.1.2.3:8080/x",
            "Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36",
            "version 1.2.3.4",
            "1.2.3.4.5",
            "127.0.0.1",
            "at 10:20:30",
            "std::fmt::a::b",
            "300.1.1.1",
            "http://[2001:db8::1]/x",
        ],
    );
}

#[test]
fn tokens_and_keys_and_no_prose_about_them() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
    check(
        &[
            (&format!("got {jwt}"), "got [jwt]"),
            (&format!("Authorization: Bearer {jwt}"), "Authorization: Bearer [token]"),
            ("basic dXNlcjpwYXNzd29yZA==", "basic [token]"),
            ("password=hunter2!", "password=[secret]"),
            ("{\"clientSecret\":\"abcdef\"}", "{\"clientSecret\":\"[secret]\"}"),
            ("api_key: 9f8e7d6c", "api_key: [secret]"),
            ("key AKIAIOSFODNN7EXAMPLE", "key [secret]"),
            (";jsessionid=AB12CD34", ";jsessionid=[secret]"),
        ],
        &[
            "bearer authentication failed",
            "basic understanding",
            "Unexpected token: punctuation",
            "token => {",
            "token == other",
            "password=null",
            "password: must not be empty",
            "the secret of life",
        ],
    );
}

#[test]
fn numbers_of_health_care_by_their_names() {
    check(
        &[
            ("MRN 12345 not found", "MRN [mrn] not found"),
            ("mrn: AB-123456", "mrn: [mrn]"),
            ("Medical record number 7788991", "Medical record number [mrn]"),
            ("NPI 1234567893", "NPI [npi]"),
            ("Rx# 1234567 refill", "Rx# [rx] refill"),
            ("prescription 1234567", "prescription [rx]"),
        ],
        &["NPI 1234567890", "RxJS 7", "rx 12", "prescription 2 of 3", "claim 10482", "xmrn 12345"],
    );
}

#[test]
fn an_action_of_a_rule_is_obeyed() {
    let with = |action| {
        let actions = vec![(BuiltIn::Email, action)];
        let hash_key = Some(crate::config::Secret::new("a key of sixteen"));
        scrubbed(&Scrubber::new(&ScrubConfig { actions, hash_key, ..config() }).unwrap(), "to a@b.example!")
    };
    assert_eq!(with(Action::Replace), "to [email]!");
    assert_eq!(with(Action::Mask), "to *@*.*******!");
    assert_eq!(with(Action::Remove), "to !");
    assert_eq!(with(Action::Allow), "to a@b.example!");
    assert!(with(Action::Hash).starts_with("to [hash:"));
}

#[test]
fn a_custom_rule_looks_where_it_is_told_to() {
    let rule = CustomRule {
        name: "claim".into(),
        pattern: r"CLM-\d{6}".into(),
        action: Action::Replace,
        word: "[claim]".into(),
        fields: vec![Selector::parse("error.*").unwrap()],
    };
    let scrubber = Scrubber::new(&ScrubConfig { custom: vec![rule], ..config() }).unwrap();
    assert_eq!(scrubbed(&scrubber, "no CLM-123456"), "no [claim]");
    let elsewhere = Path::of(&["view", "name"]);
    let text = "no CLM-123456";
    assert!(scrubber.scrub_text(&elsewhere, Place::Text, text, &mut scrubber.report()).is_none());
}

#[test]
fn a_custom_rule_that_cannot_work_is_refused() {
    let with = |pattern: &str, word: &str| {
        let custom = vec![CustomRule {
            name: "mine".into(),
            pattern: pattern.into(),
            action: Action::Replace,
            word: word.into(),
            fields: Vec::new(),
        }];
        Scrubber::new(&ScrubConfig { custom, ..config() }).unwrap_err()
    };
    assert!(matches!(with("(", "x"), ScrubSetupError::Pattern { index: 0, .. }));
    assert!(matches!(with("a*", "x"), ScrubSetupError::Pattern { .. }));
    assert!(matches!(with("(?:a{1000}){1000}", "x"), ScrubSetupError::Pattern { .. }));
    assert!(matches!(with(r"\d+", "no 7"), ScrubSetupError::Unstable { .. }));
    assert!(matches!(with("abc", "a@b.example"), ScrubSetupError::Unstable { .. }));
}

#[test]
fn a_value_that_does_not_settle_is_replaced_as_a_whole() {
    let rule = |name: &str, pattern: &str, word: &str| CustomRule {
        name: name.into(),
        pattern: pattern.into(),
        action: Action::Replace,
        word: word.into(),
        fields: Vec::new(),
    };
    // Each word alone is at peace; between two of them the next "ab" appears, for ever.
    let custom = vec![rule("grows", "xy", "xxyy")];
    let error = Scrubber::new(&ScrubConfig { custom, ..config() }).unwrap_err();
    assert!(matches!(error, ScrubSetupError::Unstable { .. }));
    let custom = vec![rule("shrinks", "xy", "")];
    let scrubber = Scrubber::new(&ScrubConfig { custom, ..config() }).unwrap();
    assert_eq!(scrubbed(&scrubber, "-xxyy-"), "--");
    assert_eq!(scrubbed(&scrubber, &format!("{}{}", "x".repeat(50), "y".repeat(50))), "[scrubbed]");
    assert_eq!(scrubbed(&scrubber, "[scrubbed]"), "[scrubbed]");
}
