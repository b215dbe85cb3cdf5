//! Vitals as a reader of the fields reads them; `tests/e2e` compares them with `web-vitals` in real pages.

use super::*;
use crate::privacy::UrlRules;
use alloc::vec::Vec;
use rum_protocol::{FirstInputDelay, LcpAttribution, WebVitals};

impl VitalTracker {
    /// What a reader of the fields reads.
    fn vitals(&self) -> WebVitals {
        minicbor::decode(&self.fields().into_map()).unwrap()
    }
}

fn load() -> VitalTracker {
    VitalTracker::for_load(0.0, PageTime::INFINITY)
}

#[test]
fn nothing_measured_is_absent() {
    assert_eq!(load().vitals(), WebVitals::default());
}

#[test]
fn a_stable_page_has_a_cls_of_zero_once_painted() {
    let mut vitals = load();
    vitals.first_contentful_paint(120.0);
    assert_eq!(vitals.vitals().cls, Some(0.0));
}

#[test]
fn paints_after_the_page_was_hidden_do_not_count() {
    let mut vitals = VitalTracker::for_load(0.0, 100.0);
    vitals.first_contentful_paint(100.0);
    vitals.largest_contentful_paint(150.0, "", &[], &UrlRules::default());
    vitals.layout_shift(10.0, 0.0, 0.2, &[]);
    assert_eq!(vitals.vitals(), WebVitals::default());
}

#[test]
fn the_last_lcp_candidate_before_input_wins() {
    let mut vitals = load();
    vitals.largest_contentful_paint(100.0, "", &[], &UrlRules::default());
    vitals.input(300.0);
    vitals.largest_contentful_paint(200.5, "", &[], &UrlRules::default());
    vitals.largest_contentful_paint(300.0, "", &[], &UrlRules::default());
    assert_eq!(vitals.vitals().lcp_us, Some(200_500));
}

#[test]
fn prerendered_pages_measure_from_activation() {
    let mut vitals = VitalTracker::for_load(500.0, PageTime::INFINITY);
    vitals.loaded(Some(80.0));
    vitals.first_contentful_paint(520.0);
    vitals.largest_contentful_paint(400.0, "", &[], &UrlRules::default());
    let measured = vitals.vitals();
    assert_eq!((measured.ttfb_us, measured.fcp_us, measured.lcp_us), (Some(0), Some(20_000), Some(0)));
}

#[test]
fn cls_is_the_worst_window() {
    let mut vitals = load();
    vitals.first_contentful_paint(1.0);
    for at in [0.0, 900.0, 1_800.0] {
        vitals.layout_shift(at, 0.0, 0.1, &[]);
    }
    vitals.layout_shift(2_800.0, 0.0, 0.25, &[]); // a gap of a whole second: a new window
    let cls = vitals.vitals().cls.unwrap();
    assert!((cls - 0.3).abs() < 1e-6, "{cls}");
    for step in 0..10 {
        vitals.layout_shift(10_000.0 + f64::from(step) * 600.0, 0.0, 0.1, &[]); // 5.4 s: cut at 5 s
    }
    let cls = vitals.vitals().cls.unwrap();
    assert!((cls - 0.9).abs() < 1e-6, "{cls}");
}

#[test]
fn inp_takes_the_longest_event_of_an_interaction() {
    let mut vitals = load();
    vitals.interaction_count(1);
    for duration_ms in [16.0, 320.0, 24.0] {
        vitals.event_timing(7, duration_ms, 0.0, &[]);
    }
    assert_eq!(vitals.vitals().inp_us, Some(320_000));
}

#[test]
fn one_interaction_in_fifty_is_an_outlier() {
    let mut vitals = load();
    for id in 1..=12 {
        vitals.event_timing(id, f64::from(id) * 100.0, 0.0, &[]);
    }
    vitals.interaction_count(49);
    assert_eq!(vitals.vitals().inp_us, Some(1_200_000));
    vitals.interaction_count(100);
    assert_eq!(vitals.vitals().inp_us, Some(1_000_000));
    vitals.interaction_count(10_000);
    assert_eq!(vitals.vitals().inp_us, Some(300_000));
}

#[test]
fn a_later_view_counts_its_own_interactions_only() {
    let mut vitals = load().for_next_view(LoadingType::RouteChange, 5);
    assert_eq!(vitals.vitals().inp_us, None);
    vitals.interaction_count(6);
    assert_eq!(vitals.vitals().inp_us, Some(8_000));
}

#[test]
fn a_restored_page_has_its_own_paint_and_no_waiting_for_the_server() {
    let mut vitals = load().for_next_view(LoadingType::BackForwardCache, 0);
    vitals.first_contentful_paint(9.0);
    vitals.restored_paint(31.5);
    let measured = vitals.vitals();
    assert_eq!((measured.fcp_us, measured.lcp_us, measured.ttfb_us), (Some(31_500), Some(31_500), Some(0)));
}

/// Facts with one text, as an adapter writes them.
fn facts(key: u32, text: &str) -> Vec<u8> {
    let mut facts = Fields::default();
    facts.text(key, text);
    facts.bytes().to_vec()
}

#[test]
fn lcp_is_due_to_the_paint_that_counts() {
    let mut vitals = load();
    let selector = |name: &str| facts(lcp_attribution::SELECTOR, name);
    vitals.largest_contentful_paint(200.0, "", &selector("#title"), &UrlRules::default());
    vitals.largest_contentful_paint(
        300.0,
        "https://shop.example/hero.png?w=480",
        &selector("#hero"),
        &UrlRules::default(),
    );
    vitals.input(400.0);
    vitals.largest_contentful_paint(
        500.0,
        "https://shop.example/late.png",
        &selector("#late"),
        &UrlRules::default(),
    );
    assert_eq!(
        vitals.vitals().lcp_attribution,
        Some(LcpAttribution {
            selector: Some("#hero".into()),
            resource_url: Some("https://shop.example/hero.png".into()),
            ..LcpAttribution::default()
        })
    );
}

#[test]
fn cls_is_due_to_the_largest_shift_of_the_worst_window() {
    let mut vitals = load();
    vitals.first_contentful_paint(1.0);
    for (at, value, name) in [(100.0, 0.1, "a"), (200.0, 0.3, "b"), (300.0, 0.05, "c"), (2_000.0, 0.35, "d")]
    {
        vitals.layout_shift(at, at - 50.0, value, &facts(cls_attribution::SELECTOR, name));
    }
    let due = vitals.vitals().cls_attribution.unwrap();
    assert_eq!((due.selector.as_deref(), due.after_us), (Some("b"), Some(150_000)));
    // Of equal ones the last, once their window is the worst.
    vitals.layout_shift(2_100.0, 2_050.0, 0.35, &facts(cls_attribution::SELECTOR, "e"));
    let due = vitals.vitals().cls_attribution.unwrap();
    assert_eq!((due.selector.as_deref(), due.after_us), (Some("e"), Some(2_050_000)));
}

#[test]
fn a_page_without_shifts_has_a_cls_and_nothing_it_is_due_to() {
    let mut vitals = load();
    vitals.first_contentful_paint(1.0);
    assert_eq!((vitals.vitals().cls, vitals.vitals().cls_attribution), (Some(0.0), None));
    vitals.layout_shift(5.0, 5.0, 0.1, &[]);
    assert!(vitals.vitals().cls_attribution.is_some());
    let mut unpainted = load();
    unpainted.layout_shift(5.0, 5.0, 0.1, &[]);
    assert_eq!(unpainted.vitals(), WebVitals::default());
}

#[test]
fn inp_is_due_to_the_longest_event_of_its_interaction_and_of_equal_ones_to_the_first() {
    let mut vitals = load();
    for (id, duration_ms, name) in
        [(7, 48.0, "down"), (7, 64.0, "up"), (7, 64.0, "click"), (8, 64.0, "keydown"), (7, 16.0, "late")]
    {
        vitals.event_timing(id, duration_ms, 900.0, &facts(inp_attribution::EVENT_TYPE, name));
    }
    let due = vitals.vitals().inp_attribution.unwrap();
    assert_eq!((due.event_type.as_deref(), due.after_us), (Some("up"), Some(900_000)));
    // As many interactions as make the longest an outlier.
    vitals.interaction_count(50);
    assert_eq!(vitals.vitals().inp_attribution.unwrap().event_type.as_deref(), Some("keydown"));
}

#[test]
fn an_interaction_that_was_only_counted_is_due_to_nothing() {
    let mut vitals = load().for_next_view(LoadingType::BackForwardCache, 5);
    vitals.interaction_count(6);
    assert_eq!((vitals.vitals().inp_us, vitals.vitals().inp_attribution), (Some(8_000), None));
}

#[test]
fn the_first_input_has_a_delay_unless_the_page_was_hidden_before() {
    let mut delay = Fields::default();
    delay.micros(first_input_delay::DURATION_US, 12.0);
    let expected = FirstInputDelay { duration_us: 12_000, after_us: 650_000, selector: None };
    for (first_hidden, expected) in [(PageTime::INFINITY, Some(expected)), (600.0, None)] {
        let mut vitals = VitalTracker::for_load(50.0, first_hidden);
        vitals.first_input(700.0, 650.0, delay.bytes());
        assert_eq!(vitals.vitals().fid, expected);
    }
}

#[test]
fn a_soft_navigation_counts_from_the_interaction() {
    let mut vitals = load().for_next_view(LoadingType::RouteChange, 1);
    vitals.soft_navigation(1_188.0, 9, 1_065.0, 1_170.0);
    // A later change of the query only is no view and changes nothing.
    vitals.soft_navigation(9_000.0, 12, 8_900.0, 1_170.0);
    assert!(vitals.is_painted_by(9) && !vitals.is_painted_by(12) && !vitals.is_painted_by(0));
    vitals.largest_contentful_paint(1_380.0, "", &[], &UrlRules::default());
    let measured = vitals.vitals();
    assert_eq!((measured.fcp_us, measured.lcp_us, measured.ttfb_us), (Some(123_000), Some(315_000), Some(0)));
}

#[test]
fn only_a_route_change_between_interaction_and_paint_is_a_soft_navigation() {
    for (loading_type, interaction_start, paint) in [
        (LoadingType::InitialLoad, 900.0, 1_100.0),
        (LoadingType::SessionRenewal, 900.0, 1_100.0),
        (LoadingType::RouteChange, 1_010.0, 1_100.0),
        (LoadingType::RouteChange, 900.0, 990.0),
    ] {
        let mut vitals = load().for_next_view(loading_type, 1);
        vitals.soft_navigation(paint, 9, interaction_start, 1_000.0);
        assert_eq!(vitals.vitals().fcp_us, None, "{loading_type:?}");
    }
}

#[test]
fn what_the_browser_cannot_observe_is_absent_on_every_view() {
    let mut vitals = load();
    vitals.cannot_observe(true, true);
    vitals.first_contentful_paint(120.0);
    assert_eq!((vitals.vitals().fcp_us, vitals.vitals().cls), (Some(120_000), None));
    let mut restored = vitals.for_next_view(LoadingType::BackForwardCache, 0);
    restored.restored_paint(30.0);
    let measured = restored.vitals();
    assert_eq!((measured.fcp_us, measured.lcp_us, measured.cls), (Some(30_000), None, None));
}
