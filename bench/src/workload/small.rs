//! A batch of our SDK: a view and its clicks, as they leave a page of the demo shop.

use super::{APPLICATION_ID, MARK_BYTES, PER_BODY, PER_SESSION};
use anyhow::Result;
use rum_protocol::{
    ActionEvent, ActionType, Batch, Context, ErrorEvent, ErrorHandling, ErrorSource, Event, EventKind,
    FlushReason, Id, LoadingType, NameSource, PROTOCOL_VERSION, Point, Size, ViewContext, ViewEvent,
    WebVitals,
};

/// Buttons of the page; each is clicked once.
const BUTTONS: [(&str, &str); 9] = [
    ("Recalculate co-pay", "main > section.claim > footer > button#recalculate"),
    ("Download statement", "main > section.claim > footer > button#download-statement"),
    ("Send to prescriber", "main > section.claim > footer > button#send-to-prescriber"),
    ("Check eligibility", "main > aside.member > form#eligibility > button[type=submit]"),
    ("Order a refill", "main > section.prescriptions > ul > li:nth-of-type(3) > button.refill"),
    ("Show history", "main > section.prescriptions > ul > li:nth-of-type(3) > a.history"),
    ("Close", "div.dialog > header > button[aria-label=Close]"),
    ("Next page", "main > nav.pages > a[rel=next]"),
    ("Sort by date", "main > section.claims > table > thead > tr > th:nth-of-type(2) > button"),
];

pub(super) fn body(now_ms: u64) -> Result<(String, &'static str, Vec<u8>)> {
    let batch = Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(PER_BODY.byte, 1),
        closed_at_ms: now_ms,
        sdk_version: "0.1.0".into(),
        flush_reason: Some(FlushReason::Time),
        context: context(),
        views: vec![ViewContext {
            id: id(PER_BODY.byte, 2),
            url: "https://claims.example/claims/pending".into(),
            referrer: Some("https://claims.example/".into()),
            ..ViewContext::default()
        }],
        events: events(now_ms),
        lost_events: None,
        shared: None,
    };
    let body =
        minicbor::to_vec(&batch).map_err(|error| anyhow::anyhow!("cannot encode the batch: {error}"))?;
    Ok((format!("/v1?k={APPLICATION_ID}"), "text/plain;charset=UTF-8", body))
}

fn context() -> Context {
    Context {
        application_id: APPLICATION_ID.into(),
        session_id: Some(id(PER_SESSION.byte, 1)),
        service: Some("pharmacy-claims".into()),
        env: Some("prod".into()),
        version: Some("1.2.3".into()),
        session_sample_rate: Some(100.0),
        viewport: Some(Size { width: 1280, height: 800 }),
        locale: Some("en-US".into()),
        time_zone: Some("America/New_York".into()),
        ..Context::default()
    }
}

fn events(now_ms: u64) -> Vec<Event> {
    let mut events: Vec<Event> =
        (0_u8..).zip(BUTTONS).map(|(index, button)| click(now_ms, index, button)).collect();
    events.push(Event::new(
        now_ms - 1_500,
        0,
        EventKind::Error(ErrorEvent {
            id: id(PER_BODY.byte, 3),
            message: "Cannot read properties of undefined (reading 'statement')".into(),
            error_type: Some("TypeError".into()),
            stack: Some(
                "TypeError: Cannot read properties of undefined (reading 'statement')\n  \
                 at download (https://claims.example/assets/claim-4f2c81.js:1:18234)\n  \
                 at HTMLButtonElement.onClick (https://claims.example/assets/claim-4f2c81.js:1:20977)"
                    .into(),
            ),
            source: Some(ErrorSource::Source),
            handling: Some(ErrorHandling::Unhandled),
            ..ErrorEvent::default()
        }),
    ));
    events.push(Event::new(now_ms - 20_000, 0, EventKind::View(view())));
    events
}

fn click(now_ms: u64, index: u8, (name, selector): (&str, &str)) -> Event {
    Event::new(
        now_ms - 10_000 + u64::from(index) * 900,
        0,
        EventKind::Action(ActionEvent {
            id: id(PER_BODY.byte, 0x10 + index),
            action_type: Some(ActionType::Click),
            name: name.into(),
            name_source: Some(NameSource::CustomAttribute),
            selector: Some(selector.into()),
            position: Some(Point { x: 14 + i32::from(index), y: 9 }),
            target_size: Some(Size { width: 148, height: 36 }),
            context_json: index
                .is_multiple_of(4)
                .then(|| "{\"claim\":{\"state\":\"pending\",\"lines\":4}}".into()),
            ..ActionEvent::default()
        }),
    )
}

fn view() -> ViewEvent {
    ViewEvent {
        document_version: 4,
        is_active: Some(true),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(20_000_000),
        action_count: Some(9),
        error_count: Some(1),
        vitals: Some(WebVitals {
            lcp_us: Some(1_234_500),
            fcp_us: Some(456_700),
            ttfb_us: Some(89_100),
            cls: Some(0.0625),
            inp_us: Some(104_000),
            ..WebVitals::default()
        }),
        ..ViewEvent::default()
    }
}

/// An id with its mark and its number at the end.
fn id(mark: u8, number: u8) -> Id {
    let mut bytes = [0x5e; 16];
    bytes[15 - MARK_BYTES..15].fill(mark);
    bytes[15] = number;
    Id::from_random(bytes)
}
