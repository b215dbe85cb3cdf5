//! Batches of our own SDK in the store.

use super::tests::{APP, Store, entry, parcel};
use super::*;

/// The golden batch with everything in it, as the journal would give it.
fn everything() -> Entry {
    let mut entry = entry(5_000, APP, &[]);
    let cbor = include_bytes!("../../../../tests/fixtures/wire/v1-everything.cbor");
    entry.header.content = Content::Batch;
    entry.body = crate::intake::decode::deflate(cbor).unwrap().into();
    entry
}

#[tokio::test]
async fn every_kind_of_our_batches_is_stored_once_however_often_it_comes() {
    let store = Store::new();
    for sequence in [7, 7, 8] {
        let delivered = store.sink.deliver(&mut [parcel(sequence, everything())]).await;
        assert_eq!(delivered, [Ok(Taken::Whole)]);
    }
    let views = store.views();
    let view = views.iter().find(|view| view.url.ends_with("/claims")).unwrap();
    assert_eq!((view.action_count, view.error_count, view.resource_count), (1, 2, 3));
    assert_eq!((view.long_task_count, view.frustration_count), (4, 5));
    assert_eq!((view.loading_time_ms, view.is_active), (Some(2_345.6), false));
    let action = &view.actions[0];
    assert_eq!(action.selector.as_deref(), Some("button#refill"));
    assert_eq!(action.frustrations, ["rage_click", "dead_click", "error_click"]);
    assert_eq!(
        (view.errors[0].fingerprint.as_deref(), view.errors[0].repeats),
        (Some("refill-undefined"), 12)
    );
    let vitals: Vec<_> =
        view.custom_vitals.iter().map(|vital| (vital.kind.as_str(), vital.duration_ms)).collect();
    assert_eq!(vitals, [("duration", Some(720.0)), ("operation_step", None)]);
    assert_eq!(view.custom_vitals[1].failure_reason.as_deref(), Some("abandoned"));
}

fn our_entry(kind: rum_protocol::EventKind) -> Entry {
    let mut batch: rum_protocol::Batch =
        minicbor::decode(include_bytes!("../../../../tests/fixtures/wire/v1-minimal.cbor")).unwrap();
    batch.events = vec![rum_protocol::Event::new(1_795_000_000_000, 0, kind)];
    let mut entry = everything();
    entry.body = crate::intake::decode::deflate(&minicbor::to_vec(&batch).unwrap()).unwrap().into();
    entry
}

#[tokio::test]
async fn an_update_of_our_view_changes_what_it_names_in_every_order_of_arrival() {
    use rum_protocol::{EventKind, ViewEvent, WebVitals};
    let vitals = |lcp_us, cls| Some(WebVitals { lcp_us, cls, ..WebVitals::default() });
    let state = |document_version| ViewEvent { document_version, ..ViewEvent::default() };
    let whole = ViewEvent {
        is_active: Some(true),
        time_spent_us: Some(1_000),
        error_count: Some(0),
        resource_count: Some(2),
        vitals: vitals(Some(900_000), None),
        ..state(1)
    };
    let update = ViewEvent { resource_count: Some(5), vitals: vitals(None, Some(0.25)), ..state(2) };
    let last = ViewEvent { is_active: Some(false), loading_time_us: Some(3_000), ..state(3) };
    let kinds = [EventKind::View(whole), EventKind::ViewUpdate(update), EventKind::ViewUpdate(last)];
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let store = Store::new();
        for (sequence, index) in (1..).zip(order) {
            let delivered =
                store.sink.deliver(&mut [parcel(sequence, our_entry(kinds[index].clone()))]).await;
            assert_eq!(delivered, [Ok(Taken::Whole)]);
        }
        let view = store.views().remove(0);
        assert_eq!(
            (view.is_active, view.resource_count, view.time_spent_ms),
            (false, 5, Some(1.0)),
            "{order:?}"
        );
        assert_eq!(
            (view.vitals.lcp_ms, view.vitals.cls, view.loading_time_ms),
            (Some(900.0), Some(0.25), Some(3.0))
        );
        ends.push(view);
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn errors_that_the_page_left_out_count_in_their_group() {
    let store = Store::new();
    store.sink.deliver(&mut [parcel(1, everything())]).await;
    let groups = store.reader.error_groups(10, None).unwrap();
    assert_eq!((groups[0].fingerprint.as_deref(), groups[0].count), (Some("refill-undefined"), 13));
}
