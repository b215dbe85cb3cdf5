use super::command::{CommandError, Selection, list, replay, show};
use super::*;
use crate::intake::decode::deflate;
use crate::journal::{Compression, Content};
use crate::outcome::Outcome;
use crate::track::Track;
use std::io::Write;
use tempfile::TempDir;

fn burial(sequence: Sequence, first_event: u32, body: &str) -> Burial {
    let header = Header {
        received_ms: 1,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "shop".into(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::Zlib,
        content: Content::Datadog {
            parameters: vec![],
            deflated: false,
            content_type: None,
            subdomain: None,
        },
        client_address: None,
        user_agent: None,
    };
    Burial {
        sink: "datadog",
        lane: Lane::Events,
        sequence,
        first_event,
        reason: "the Datadog intake answered 400".into(),
        detail: "bad \u{1b}[31mdate".into(),
        entry: Entry { header, body: deflate(body.as_bytes()).unwrap().into() },
    }
}

fn sample(outcome: Outcome) -> IntakeSample {
    IntakeSample {
        app_name: "shop".into(),
        door: "datadog",
        track: Some(Track::Rum),
        outcome,
        reason: "line 3 is not a RUM event".into(),
        size_bytes: Some(4_711),
    }
}

fn opened() -> (TempDir, Arc<DeadLetters>) {
    let folder = tempfile::tempdir().unwrap();
    let letters = DeadLetters::open(folder.path(), Telemetry::new().unwrap()).unwrap();
    (folder, Arc::new(letters))
}

async fn bury(letters: &Arc<DeadLetters>, burials: Vec<Burial>, replaced: Option<i64>) {
    letters.bury(Arc::new(burials), replaced).await.unwrap();
}

fn printed(folder: &TempDir, what: impl FnOnce(&Path, &mut dyn Write) -> Result<(), CommandError>) -> String {
    let mut out = Vec::new();
    what(folder.path(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn a_letter_is_listed_shown_put_back_and_gone_once_it_is_delivered() {
    let (folder, letters) = opened();
    bury(&letters, vec![burial(7, 0, "{\"type\":\"action\",\"n\":\"\u{e9}\"}"), burial(7, 4, "{}")], None)
        .await;
    let table = printed(&folder, |folder, out| list(folder, Some("datadog"), 10, out));
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.contains("the Datadog intake answered 400") && table.contains("2 of 2"), "{table}");
    let text = printed(&folder, |folder, out| show(folder, 1, out));
    assert!(text.contains("{\"type\":\"action\",\"n\":\"\u{e9}\"}"), "{text}");
    assert!(text.contains("bad \u{fffd}[31mdate"), "nothing a terminal would obey: {text}");
    assert!(letters.requested("datadog", Lane::Events).await.is_empty());
    let answer = printed(&folder, |folder, out| replay(folder, Selection::One(1), out).map(drop));
    assert_eq!(answer, "1 to be delivered again\n");
    let requested = letters.requested("datadog", Lane::Events).await;
    assert_eq!(requested.iter().map(|letter| (letter.id, letter.sequence)).collect::<Vec<_>>(), [(1, 7)]);
    assert!(letters.requested("store", Lane::Events).await.is_empty(), "for its own sink only");
    assert!(letters.requested("datadog", Lane::Replay).await.is_empty(), "in its own lane only");
    bury(&letters, vec![], Some(1)).await;
    assert!(letters.requested("datadog", Lane::Events).await.is_empty());
    assert!(matches!(show(folder.path(), 1, &mut Vec::new()), Err(CommandError::Unknown(1))));
}

#[tokio::test]
async fn what_is_refused_again_is_one_letter_under_the_same_id() {
    let (folder, letters) = opened();
    bury(&letters, vec![burial(7, 8, "{}")], None).await;
    // As after a crash between the letter and the cursor.
    bury(&letters, vec![burial(7, 8, "{}")], None).await;
    replay(folder.path(), Selection::All(None), &mut Vec::new()).unwrap();
    assert_eq!(letters.requested("datadog", Lane::Events).await.len(), 1);
    bury(&letters, vec![Burial { reason: "answered 413".into(), ..burial(7, 8, "{}") }], Some(1)).await;
    assert!(letters.requested("datadog", Lane::Events).await.is_empty(), "it waits for a person again");
    let text = printed(&folder, |folder, out| show(folder, 1, out));
    assert!(text.contains("answered 413"), "{text}");
    // Taken but for one part, which lies elsewhere.
    bury(&letters, vec![burial(7, 9, "{}")], Some(1)).await;
    let table = printed(&folder, |folder, out| list(folder, None, 10, out));
    assert!(table.contains("1 of 1"), "{table}");
    assert!(matches!(show(folder.path(), 1, &mut Vec::new()), Err(CommandError::Unknown(1))));
}

#[tokio::test]
async fn letters_are_bounded_in_number_bytes_and_age() {
    let (folder, letters) = opened();
    for first in (0..MAX_LETTERS + 100).step_by(100) {
        bury(&letters, (first..first + 100).map(|number| burial(number.into(), 0, "{}")).collect(), None)
            .await;
    }
    let table = printed(&folder, |folder, out| list(folder, None, 1, out));
    assert!(table.contains(&format!("1 of {MAX_LETTERS}")), "{table}");
    assert!(matches!(show(folder.path(), 100, &mut Vec::new()), Err(CommandError::Unknown(100))));
    let mut large = burial(0, 0, "");
    large.entry.body = Bytes::from(vec![0; 30 * 1024 * 1024]);
    let large: Vec<_> = (1..=3).map(|number| Burial { first_event: number, ..large.clone() }).collect();
    bury(&letters, large, None).await;
    let table = printed(&folder, |folder, out| list(folder, None, 10, out));
    assert!(table.contains("2 of 2"), "{table}");
    letters.lock().execute("UPDATE dead_letter SET at_ms = 1000", []).unwrap();
    bury(&letters, vec![burial(9, 9, "{}")], None).await;
    let table = printed(&folder, |folder, out| list(folder, None, 10, out));
    assert!(table.contains("1 of 1"), "{table}");
    let metrics = letters.telemetry.render();
    let expected = [
        r#"collector_dead_letters{sink="datadog"} 1"#.to_owned(),
        r#"collector_dead_letters_dropped_total{reason="age"} 2"#.to_owned(),
        format!("collector_dead_letters_dropped_total{{reason=\"room\"}} {}", 100 + MAX_LETTERS + 1),
    ];
    for line in expected {
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn a_flood_of_refused_bodies_leaves_one_sample_of_a_kind_and_no_body() {
    let (folder, letters) = opened();
    bury(&letters, vec![burial(1, 0, "{}")], None).await;
    for _ in 0..500 {
        letters.sample_intake(sample(Outcome::Malformed));
        letters.sample_intake(sample(Outcome::BodyTooLarge));
    }
    let count =
        || letters.lock().query_row("SELECT count(*) FROM dead_letter", [], |row| row.get::<_, i64>(0));
    while count().unwrap() < 3 {
        tokio::task::yield_now().await;
    }
    let table = printed(&folder, |folder, out| list(folder, Some("intake"), 10, out));
    assert!(table.contains("malformed: line 3") && table.contains("body_too_large"), "{table}");
    assert!(table.contains("2 of 2"), "{table}");
    let text = printed(&folder, |folder, out| show(folder, 2, out));
    assert!(text.contains("\"size_bytes\":4711") && text.contains("\"status\":4"), "{text}");
    let refused = replay(folder.path(), Selection::One(2), &mut Vec::new());
    assert!(matches!(refused, Err(CommandError::IsSample(2))));
    assert_eq!(replay(folder.path(), Selection::All(None), &mut Vec::new()).unwrap(), 1);
}

#[tokio::test]
async fn damaged_letters_are_set_aside_and_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), vec![0x55; 8_192]).unwrap();
    let letters = Arc::new(DeadLetters::open(folder.path(), Telemetry::new().unwrap()).unwrap());
    assert!(folder.path().join(format!("{FILE}.damaged")).exists());
    bury(&letters, vec![burial(1, 0, "{}")], None).await;
}

#[test]
fn a_folder_without_dead_letters_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = list(folder.path(), None, 10, &mut Vec::new()).unwrap_err();
    assert!(matches!(&error, CommandError::NoFile(path) if path == folder.path()), "{error}");
}
