//! Dividing, against an intake that refuses by size or by content.

use super::part::{Events, next_part};
use super::rum::test::{batch, view};
use crate::intake::decode::deflate;
use crate::journal::{Compression, Content, Entry, Header};
use crate::sink::{Parcel, Progress, Refusal, Taken};
use crate::track::Track;
use rum_protocol::WebVitals;
use std::sync::Arc;

fn parcel(content: Content, plain: &[u8]) -> Parcel {
    let header = Header {
        received_ms: 1,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::Zlib,
        content,
        client_address: None,
        user_agent: None,
    };
    let entry = Entry { header, body: deflate(plain).unwrap().into() };
    Parcel { sequence: 1, entry: Arc::new(entry), progress: Progress::default() }
}

fn numbers(count: usize) -> Parcel {
    let lines: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    let content =
        Content::Datadog { parameters: vec![], deflated: false, content_type: None, subdomain: None };
    parcel(content, lines.join("\n").as_bytes())
}

fn lines(entry: &Entry) -> Vec<String> {
    let body = crate::sink::plain_body(entry).unwrap();
    String::from_utf8(body.to_vec()).unwrap().lines().map(str::to_owned).collect()
}

/// Sends the parts until nothing is owed; `takes` says which the intake takes. Returns what it took.
fn deliver(parcel: &mut Parcel, takes: impl Fn(&[String]) -> bool) -> (Vec<String>, Result<Taken, Refusal>) {
    let events = Events::of(&parcel.entry).unwrap().expect("more than one event");
    parcel.progress.divide(events.len());
    let mut taken = Vec::new();
    while let Some(part) = next_part(parcel, &events).unwrap() {
        let lines = lines(&part);
        if takes(&lines) {
            taken.extend(lines);
            parcel.progress.taken();
        } else {
            parcel.progress.refused("answered 413".into(), "too large".into(), true);
        }
    }
    (taken, parcel.progress.finish(&parcel.entry, &events))
}

#[test]
fn a_body_too_large_is_taken_in_parts_each_event_once_and_in_order() {
    for count in [2, 3, 7, 64, 1_000] {
        let (taken, end) = deliver(&mut numbers(count), |lines| lines.len() <= 3);
        assert_eq!(taken, lines(&numbers(count).entry));
        assert_eq!(end, Ok(Taken::Whole));
    }
}

#[test]
fn only_the_events_that_are_refused_alone_are_set_aside() {
    let bad = ["5", "6", "40"];
    let (taken, end) =
        deliver(&mut numbers(64), |lines| !lines.iter().any(|line| bad.contains(&line.as_str())));
    assert_eq!(taken.len(), 61);
    let Ok(Taken::But(parts)) = end else { panic!("{end:?}") };
    let set_aside: Vec<_> = parts.iter().map(|part| (part.first_event, lines(&part.entry))).collect();
    assert_eq!(set_aside, [(5, vec!["5".to_owned(), "6".into()]), (40, vec!["40".into()])]);
    assert_eq!(parts.iter().map(|part| part.events).sum::<u64>(), 3);
}

#[test]
fn a_body_all_of_which_is_refused_is_one_dead_letter() {
    let (taken, end) = deliver(&mut numbers(16), |_| false);
    assert_eq!(taken, [""; 0]);
    assert_eq!(end, Err(Refusal::Never { reason: "answered 413".into(), detail: "too large".into() }));
}

#[test]
fn a_body_of_nothing_but_bad_events_does_not_cost_a_request_for_each() {
    let events = Events::of(&numbers(20_000).entry).unwrap().unwrap();
    let mut parcel = numbers(20_000);
    parcel.progress.divide(events.len());
    let mut requests = 0;
    while next_part(&parcel, &events).unwrap().is_some() {
        parcel.progress.refused("answered 400".into(), String::new(), true);
        requests += 1;
    }
    assert!(requests < 1_024, "{requests} requests");
}

#[test]
fn an_attempt_that_broke_off_goes_on_where_it_was() {
    let mut parcel = numbers(8);
    let events = Events::of(&parcel.entry).unwrap().unwrap();
    parcel.progress.divide(events.len());
    parcel.progress.taken();
    // The intake went away; the next attempt reads the entry anew.
    let events = Events::of(&parcel.entry).unwrap().unwrap();
    let part = next_part(&parcel, &events).unwrap().unwrap();
    assert_eq!(lines(&part), ["4", "5", "6", "7"]);
}

#[test]
fn a_batch_of_ours_is_divided_by_its_events_and_a_segment_not_at_all() {
    let ours = batch(vec![view(WebVitals::default()); 3]);
    let ours = parcel(Content::Batch, &minicbor::to_vec(&ours).unwrap());
    let events = Events::of(&ours.entry).unwrap().unwrap();
    let part = events.part(&ours.entry, 1..3).unwrap();
    assert_eq!(crate::sink::read_batch(&part).unwrap().events.len(), 2);
    let content_type = Some("multipart/form-data; boundary=x".to_owned());
    let segment = Content::Datadog { parameters: vec![], deflated: false, content_type, subdomain: None };
    assert!(Events::of(&parcel(segment, b"--x\n\n--x--\n").entry).unwrap().is_none());
    assert!(Events::of(&numbers(1).entry).unwrap().is_none());
}
