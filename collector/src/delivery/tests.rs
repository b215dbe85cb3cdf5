//! Delivery against a scripted sink and a scripted journal, on a clock that runs by itself.

use super::scripted::{Deed, HOUR, Scene, entries, entry, hold, never, retry, side_by_side};
use super::window::MAX_ENTRIES;
use crate::dead_letter::command::{self, Selection};
use crate::journal::{Item, Sequence};
use crate::sink::{Pace, RefusedPart, Taken};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn attempts(sequences: &[Sequence]) -> Vec<Deed> {
    sequences.iter().map(|sequence| Deed::Attempt(vec![*sequence])).collect()
}

fn of_session(sequence: Sequence, session: &str) -> Item {
    Item::Entry(sequence, entry(Some(session)))
}

/// One batch of items, there from the beginning.
fn at_once(items: Vec<Item>) -> Vec<(Duration, Vec<Item>)> {
    vec![(Duration::ZERO, items)]
}

fn letters(folder: &TempDir) -> String {
    let mut out = Vec::new();
    command::list(folder.path(), None, 10, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_draws_errors_is_retried_with_growing_pauses_while_others_pass() {
    // One more every tenth of a second: between any two failures of the first, the sink takes others.
    let items =
        (1..=1_500).map(|number| (SECOND / 10 * (number as u32 - 1), entries(number..=number))).collect();
    let scene =
        Scene { answers: vec![(1, vec![retry(None); 9])], items, pace: side_by_side(4), ..Scene::default() };
    let (diary, metrics) = scene.play(HOUR).await;
    let waits = diary.waits(1);
    assert_eq!(waits.len(), 9);
    for (index, wait) in waits.iter().enumerate() {
        let full = Duration::from_millis(500 << index.min(6)).min(Duration::from_secs(30));
        // A timer may fire up to a millisecond late.
        assert!(*wait >= full / 2 && *wait <= full + Duration::from_millis(2), "wait {index}: {wait:?}");
    }
    assert_eq!(diary.acknowledged().last(), Some(&1_500));
    assert_eq!(diary.count(|deed| matches!(deed, Deed::Attempt(_))), 1_509, "the others went once");
    assert!(metrics.contains(r#"outcome="delivered",sink="scripted",track="rum"} 1500"#), "{metrics}");
    assert!(metrics.contains(r#"collector_delivery_failures_total{reaction="retry",sink="scripted"} 9"#));
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_draws_errors_for_ever_is_set_aside_while_others_pass_and_only_then() {
    // One more every second: as long as they last, the sink takes others between any two failures.
    let items = |last| (1..=last).map(|n| (SECOND * (n as u32 - 1), entries(n..=n))).collect::<Vec<_>>();
    let answers = || vec![(1, vec![retry(None); 100_000])];
    let pace = side_by_side(4);
    let scene = Scene { answers: answers(), items: items(3_000), pace, ..Scene::default() };
    let (diary, metrics) = scene.play(HOUR).await;
    assert_eq!(diary.acknowledged().last(), Some(&3_000));
    // The first few failures came before the sink had taken anything.
    assert!((13..=16).contains(&diary.attempts(1).len()), "{}", diary.attempts(1).len());
    assert!(metrics.contains(r#"outcome="refused_by_sink",sink="scripted",track="rum"} 1"#), "{metrics}");
    // Nor does it last for ever where so many pass that the window is full of them soon.
    let scene = Scene { answers: answers(), items: at_once(entries(1..=3_000)), pace, ..Scene::default() };
    let (diary, _) = scene.play(HOUR).await;
    assert_eq!(diary.acknowledged().last(), Some(&3_000));
    assert!((13..=16).contains(&diary.attempts(1).len()), "{}", diary.attempts(1).len());
    // An hour of the same from a sink that takes nothing proves nothing against the entry.
    let scene = Scene { answers: answers(), items: items(1), pace, ..Scene::default() };
    let (diary, _) = scene.play(HOUR).await;
    assert!(diary.attempts(1).len() > 100 && diary.acknowledged().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_away_is_asked_by_one_request_and_back_at_once_when_it_is() {
    let away_for = Duration::from_mins(10);
    let scene = Scene {
        items: at_once(entries(1..=500)),
        away: Some((away_for, retry(None))),
        pace: Pace { first_requests: 8, max_requests: 64, max_group_entries: 1 },
        ..Scene::default()
    };
    let start = Instant::now();
    let play = scene.begin();
    play.until("all are delivered", |diary| diary.settled().len() == 500).await;
    let took = start.elapsed();
    assert!(took < away_for + Duration::from_secs(5), "noticed after {took:?}");
    let failed = play.diary.count(|deed| matches!(deed, Deed::Answer(_, false)));
    // Every 2 to 4 s, after the first few.
    assert!((150..=330).contains(&failed), "{failed} attempts in ten minutes");
    play.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_draws_errors_cannot_stand_for_the_sink() {
    // The first is alone at first, so its failures look like an outage; the second shows that it is none.
    let items = vec![(Duration::ZERO, entries(1..=1)), (Duration::from_mins(5), entries(2..=2))];
    let answers = vec![(1, vec![retry(None); 10_000])];
    let start = Instant::now();
    let play = Scene { answers, items, pace: side_by_side(4), ..Scene::default() }.begin();
    play.until("the second is delivered", |diary| diary.settled() == [2]).await;
    assert!(start.elapsed() < Duration::from_mins(5) + Duration::from_secs(5), "{:?}", start.elapsed());
    play.stop().await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_up_to_five_minutes() {
    let answers = vec![(1, vec![retry(Some(7)), retry(Some(100_000)), retry(Some(90)), retry(Some(20))])];
    let (diary, _) = Scene { answers, ..Scene::default() }.play(HOUR).await;
    let waits: Vec<_> = diary.waits(1).iter().map(Duration::as_secs).collect();
    // The last two are those of a probe.
    assert_eq!(waits, [7, 300, 90, 20]);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_hold_the_sink_and_raise_the_alarm() {
    let scene = || Scene {
        items: at_once(entries(1..=50)),
        away: Some((Duration::from_secs(100), hold())),
        pace: side_by_side(8),
        ..Scene::default()
    };
    let (diary, metrics) = scene().play(Duration::from_secs(70)).await;
    // Eight were in flight when the first answer came; then one every half minute.
    assert_eq!(diary.count(|deed| matches!(deed, Deed::Attempt(_))), 10);
    assert_eq!(diary.acknowledged(), [0; 0]);
    assert!(metrics.contains(r#"collector_delivery_held{lane="events",sink="scripted"} 1"#), "{metrics}");
    let (diary, metrics) = scene().play(HOUR).await;
    assert_eq!(diary.acknowledged().last(), Some(&50));
    assert!(metrics.contains(r#"collector_delivery_held{lane="events",sink="scripted"} 0"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn an_entry_the_sink_will_never_take_is_set_aside_and_the_next_one_goes_on() {
    let play =
        Scene { answers: vec![(1, vec![never()])], items: at_once(entries(1..=2)), ..Scene::default() }
            .begin();
    play.until("both are settled", |diary| diary.acknowledged().last() == Some(&2)).await;
    let metrics = play.telemetry.render();
    assert!(metrics.contains(r#"outcome="refused_by_sink",sink="scripted",track="rum"} 1"#), "{metrics}");
    let folder = play.stop().await;
    assert!(letters(&folder).contains("answered 400"));
}

#[tokio::test(start_paused = true)]
async fn events_a_sink_will_never_take_are_counted_and_set_aside_without_their_entry() {
    let part = RefusedPart {
        entry: entry(None),
        first_event: 4,
        events: 3,
        reason: "answered 413".into(),
        detail: String::new(),
    };
    let play = Scene { answers: vec![(1, vec![Ok(Taken::But(vec![part]))])], ..Scene::default() }.begin();
    play.until("it is settled", |diary| diary.acknowledged() == [1]).await;
    let metrics = play.telemetry.render();
    assert!(metrics.contains(r#"outcome="delivered",sink="scripted",track="rum"} 1"#), "{metrics}");
    assert!(
        metrics.contains(r#"collector_lost_events_total{app="shop",reason="refused_by_sink"} 3"#),
        "{metrics}"
    );
    let folder = play.stop().await;
    assert!(letters(&folder).contains("answered 413"));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_put_back_is_delivered_without_moving_the_cursor() {
    let play = Scene { answers: vec![(1, vec![never()])], ..Scene::default() }.begin();
    play.until("it is set aside", |diary| diary.acknowledged() == [1]).await;
    assert_eq!(command::replay(play.folder.path(), Selection::One(1), &mut Vec::new()).unwrap(), 1);
    let start = Instant::now();
    play.until("it is delivered", |diary| diary.settled() == [1, 1]).await;
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    play.until("it is counted", |_| {
        let counted = r#"collector_dead_letters_replayed_total{outcome="delivered",sink="scripted"} 1"#;
        play.telemetry.render().contains(counted)
    })
    .await;
    let (acknowledged, metrics) = (play.diary.acknowledged(), play.telemetry.render());
    let folder = play.stop().await;
    assert_eq!(acknowledged, [1]);
    assert!(
        !metrics.contains(r#"outcome="delivered",sink="scripted",track"#),
        "one outcome per entry: {metrics}"
    );
    assert!(letters(&folder).contains("0 of 0"));
    // Put back while nobody runs: delivered by the next start.
    let play = Scene { answers: vec![(1, vec![never()])], ..Scene::default() }.begin_in(folder);
    play.until("it is set aside again", |diary| diary.acknowledged() == [1]).await;
    let folder = play.stop().await;
    command::replay(folder.path(), Selection::All(Some("scripted")), &mut Vec::new()).unwrap();
    let play = Scene { items: Vec::new(), ..Scene::default() }.begin_in(folder);
    play.until("it is delivered", |diary| diary.settled() == [1]).await;
    play.stop().await;
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_keep_the_order_of_the_journal() {
    let scene = Scene {
        items: at_once(entries(1..=3)),
        times: vec![(1, SECOND), (3, SECOND * 2)],
        pace: side_by_side(3),
        ..Scene::default()
    };
    let (diary, _) = scene.play(HOUR).await;
    assert_eq!(diary.settled(), [2, 1, 3]);
    assert_eq!(diary.acknowledged(), [2, 3], "one move for what is settled together");
}

#[tokio::test(start_paused = true)]
async fn entries_of_one_session_go_one_after_the_other_and_hold_no_other_up() {
    let items = vec![
        of_session(1, "a"),
        of_session(2, "a"),
        of_session(3, "b"),
        of_session(4, "b"),
        of_session(5, "a"),
        Item::Entry(6, entry(None)),
    ];
    let scene = Scene {
        answers: vec![(1, vec![retry(Some(60)); 2])],
        items: at_once(items),
        pace: side_by_side(8),
        ..Scene::default()
    };
    let (diary, _) = scene.play(HOUR).await;
    assert_eq!(diary.settled(), [3, 6, 4, 1, 2, 5]);
    assert_eq!(diary.acknowledged().last(), Some(&6));
    let attempted = diary.deeds().into_iter().filter(|deed| matches!(deed, Deed::Attempt(_)));
    assert_eq!(attempted.collect::<Vec<_>>(), attempts(&[1, 3, 6, 4, 1, 1, 2, 5]));
}

#[tokio::test(start_paused = true)]
async fn a_stuck_session_holds_others_up_only_when_the_window_is_full() {
    let most = MAX_ENTRIES as Sequence;
    // Reads of 64, as the journal gives them.
    let items = (0..40).map(|read| (Duration::ZERO, entries(read * 64 + 2..=read * 64 + 65)));
    let items = [(Duration::ZERO, vec![of_session(1, "stuck")])].into_iter().chain(items).collect();
    let answers = vec![(1, vec![retry(Some(240)); 2])];
    let play = Scene { answers, items, pace: side_by_side(4), ..Scene::default() }.begin();
    play.until("it stands", |diary| diary.attempts(1).len() == 2).await;
    let passed = play.diary.settled().len() as Sequence;
    assert!((most - 1..most + 64).contains(&passed), "{passed} passed it");
    assert_eq!(play.diary.acknowledged(), [0; 0]);
    play.until("it goes on", |diary| diary.acknowledged().last() == Some(&2_561)).await;
    play.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_entry_does_not_keep_the_next_ones_from_being_read() {
    let items = (0..10).map(|read| (SECOND * read as u32, entries(read * 10 + 1..=read * 10 + 10))).collect();
    let scene = Scene { items, times: vec![(1, SECOND * 300)], pace: side_by_side(4), ..Scene::default() };
    let play = scene.begin();
    play.until("99 are delivered", |diary| diary.settled().len() == 99).await;
    assert_eq!(play.diary.acknowledged(), [0; 0]);
    play.until("and the slow one", |diary| diary.acknowledged() == [100]).await;
    play.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_takes_groups_gets_what_has_gathered_in_the_order_of_each_session() {
    let items = (1..=25).map(|sequence| of_session(sequence, "one")).collect();
    let pace = Pace { first_requests: 1, max_requests: 1, max_group_entries: 10 };
    let answers = vec![(14, vec![retry(None)])];
    let (diary, _) = Scene { answers, items: at_once(items), pace, ..Scene::default() }.play(HOUR).await;
    assert_eq!(diary.settled(), (1..=25).collect::<Vec<_>>());
    let groups = diary.deeds().into_iter().filter(|deed| matches!(deed, Deed::Attempt(_)));
    let expected = [1..=10, 11..=20, 11..=20, 21..=25].map(|group| Deed::Attempt(group.collect()));
    assert_eq!(groups.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn damaged_entries_are_counted_and_passed() {
    let items = at_once(vec![Item::Damaged { first: 1, last: 3 }, Item::Entry(4, entry(None))]);
    let (diary, metrics) = Scene { items, ..Scene::default() }.play(HOUR).await;
    assert_eq!((diary.settled(), diary.acknowledged().last()), (vec![4], Some(&4)));
    assert!(metrics.contains(r#"outcome="damaged",sink="scripted",track="unknown"} 3"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn entries_that_are_too_old_are_counted_and_passed() {
    let items = at_once(vec![Item::Expired(1, entry(None).header), Item::Entry(2, entry(None))]);
    let (diary, metrics) = Scene { items, ..Scene::default() }.play(HOUR).await;
    assert_eq!((diary.settled(), diary.acknowledged().last()), (vec![2], Some(&2)));
    assert!(metrics.contains(r#"outcome="expired",sink="scripted",track="rum"} 1"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn stopping_during_a_pause_leaves_the_entry_to_the_next_start() {
    let scene = Scene { answers: vec![(1, vec![retry(Some(100)); 9])], ..Scene::default() };
    let (diary, _) = scene.play(Duration::from_secs(10)).await;
    assert_eq!(diary.deeds(), [Deed::Attempt(vec![1]), Deed::Answer(1, false)]);
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_is_in_flight_and_notes_it() {
    let scene = Scene { items: at_once(entries(1..=9)), times: vec![(1, SECOND * 20)], ..Scene::default() };
    let play = scene.begin();
    play.until("it is in flight", |diary| diary.attempts(1).len() == 1).await;
    let diary = play.diary.clone();
    play.stop().await;
    assert_eq!(diary.deeds(), [Deed::Attempt(vec![1]), Deed::Answer(1, true), Deed::Acknowledge(1)]);
}
