//! Random scripts: whatever the sink answers, however long it takes, whenever the collector is stopped, the order
//! of each session holds, every entry is settled once and nothing is lost.

use super::scripted::{Answer, Deed, Diary, HOUR, Scene, entry, hold, never, retry};
use crate::journal::{Item, Sequence};
use crate::sink::Pace;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Clone, Debug)]
struct Planned {
    session: Option<u8>,
    answers: Vec<u8>,
    takes_ms: u64,
    after_ms: u64,
}

impl Planned {
    fn session(&self) -> Option<String> {
        self.session.map(|number| format!("session {number}"))
    }

    fn script(&self) -> Vec<Answer> {
        let answer = |kind: &u8| match kind {
            0 => retry(None),
            1 => retry(Some(3)),
            2 => hold(),
            _ => never(),
        };
        self.answers.iter().map(answer).collect()
    }

    fn ends_in_the_dead_letters(&self) -> bool {
        // Used up from the front, and the first "never" is the last answer.
        self.answers.iter().any(|kind| *kind > 2)
    }
}

fn planned() -> impl Strategy<Value = Planned> {
    (proptest::option::of(0..3_u8), vec(0..4_u8, 0..4), 0..400_u64, 0..50_u64)
        .prop_map(|(session, answers, takes_ms, after_ms)| Planned { session, answers, takes_ms, after_ms })
}

/// The part of the plan that a delivery starting behind `cursor` reads.
fn scene(plan: &[Planned], cursor: Sequence, read: usize, pace: Pace) -> Scene {
    let mut at = Duration::ZERO;
    let numbered = (1..).zip(plan).filter(|(sequence, _)| *sequence > cursor);
    let items: Vec<_> = numbered
        .clone()
        .map(|(sequence, planned)| {
            at += Duration::from_millis(planned.after_ms);
            (at, Item::Entry(sequence, entry(planned.session().as_deref())))
        })
        .collect();
    let reads = items
        .chunks(read)
        .map(|chunk| (chunk[chunk.len() - 1].0, chunk.iter().map(|(_, item)| item.clone()).collect()));
    Scene {
        answers: numbered.clone().map(|(sequence, planned)| (sequence, planned.script())).collect(),
        times: numbered
            .map(|(sequence, planned)| (sequence, Duration::from_millis(planned.takes_ms)))
            .collect(),
        items: reads.collect(),
        pace,
        away: None,
    }
}

/// A later entry of a session is begun only when every earlier one is settled, or in the same request.
fn check_order(diary: &Diary, plan: &[Planned], cursor: Sequence) {
    let mut sessions: HashMap<String, Vec<Sequence>> = HashMap::new();
    for (sequence, planned) in (1..).zip(plan).filter(|(sequence, _)| *sequence > cursor) {
        if let Some(session) = planned.session() {
            sessions.entry(session).or_default().push(sequence);
        }
    }
    let mut settled = BTreeSet::new();
    for deed in diary.deeds() {
        match deed {
            Deed::Attempt(group) => {
                for (index, sequence) in group.iter().enumerate() {
                    let Some(session) = plan[*sequence as usize - 1].session() else { continue };
                    let earlier = sessions[&session].iter().filter(|other| *other < sequence);
                    for other in earlier {
                        let goes_before = settled.contains(other) || group[..index].contains(other);
                        assert!(goes_before, "{sequence} overtook {other}: {:?}", diary.deeds());
                    }
                }
            }
            Deed::Answer(sequence, true) => {
                assert!(settled.insert(sequence), "{sequence} was settled twice");
            }
            Deed::Answer(_, false) | Deed::Acknowledge(_) => {}
        }
    }
    let moves = diary.acknowledged();
    assert!(moves.is_sorted(), "the cursor went back: {moves:?}");
    // The cursor never is ahead of what is settled.
    let mut settled = BTreeSet::new();
    for deed in diary.deeds() {
        match deed {
            Deed::Answer(sequence, true) => drop(settled.insert(sequence)),
            Deed::Acknowledge(to) => {
                assert!((cursor + 1..=to).all(|sequence| settled.contains(&sequence)), "{to} too early");
            }
            _ => {}
        }
    }
}

async fn check(plan: Vec<Planned>, read: usize, pace: Pace, stop_after: Option<Duration>) {
    let (mut cursor, mut folder) = (0, tempfile::tempdir().unwrap());
    let mut settled = BTreeSet::new();
    let last = plan.len() as Sequence;
    for stop_after in [stop_after, None] {
        let play = scene(&plan, cursor, read, pace).begin_in(folder);
        match stop_after {
            Some(time) => sleep(time).await,
            None if cursor == last => {}
            None => {
                play.until("all is acknowledged", |diary| diary.acknowledged().last() == Some(&last)).await;
            }
        }
        let diary = play.diary.clone();
        folder = play.stop().await;
        check_order(&diary, &plan, cursor);
        settled.extend(diary.settled());
        cursor = diary.acknowledged().last().copied().unwrap_or(cursor);
    }
    assert_eq!(settled.len() as Sequence, last, "every entry was settled");
    let letters = rusqlite::Connection::open(folder.path().join("dead_letters.sqlite")).unwrap();
    let buried: BTreeSet<i64> = letters
        .prepare("SELECT sequence FROM dead_letter")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let expected = (1..).zip(&plan).filter(|(_, planned)| planned.ends_in_the_dead_letters());
    assert_eq!(buried, expected.map(|(sequence, _)| sequence).collect::<BTreeSet<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn order_holds_and_every_entry_is_settled_once(
        plan in vec(planned(), 1..40),
        read in 1..16_usize,
        requests in 1..9_usize,
        group in prop_oneof![Just(1_usize), 2..8_usize],
        stop_after_ms in proptest::option::of(0..20_000_u64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let pace = Pace { first_requests: requests, max_requests: 16, max_group_entries: group };
        let stop_after = stop_after_ms.map(Duration::from_millis);
        runtime.unwrap().block_on(async {
            tokio::time::timeout(HOUR * 4, check(plan, read, pace, stop_after)).await.expect("it ends");
        });
    }
}
