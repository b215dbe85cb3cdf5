//! The oracle: it knows what was acknowledged and what the intake was made to say, and demands at the end that
//! every acknowledged event arrived as it was sent, or lies in the dead letters with the intake's reason.
//!
//! The real binary takes batches through both doors while its intake answers at random (202, slowly, 403, 429,
//! 500, nothing, a broken connection before or after taking) and while it is killed with `kill -9` at random.
//! What the intake says of content is fixed: some events are bad (400), some too large (413), and no request
//! may hold more than a few.
//!
//! An event may arrive twice only if the collector was killed between, or if the answer to the first was lost.
//!
//! `COLLECTOR_ORACLE_S` sets how long it goes on (s), `COLLECTOR_ORACLE_SEED` repeats a run.

use crate::batches::{action_id, batch, datadog_action, datadog_query, encoded};
use crate::fake_intake::{Answer, FakeIntake, Manner};
use crate::harness::{PUBLIC_KEY, Process, browser_request, client, configuration, eventually_within};
use collector::journal::{Entry, Header};
use futures_util::future::join_all;
use reqwest::{Client, Method};
use rum_protocol::{EventKind, Id};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long the trouble lasts unless told otherwise (s).
const DEFAULT_S: u64 = 15;

/// Longest time to drain afterwards.
const DRAIN: Duration = Duration::from_mins(2);

/// Clients that post at the same time.
const CLIENTS: u64 = 6;

/// Most events the intake takes in one request.
const MAX_EVENTS: usize = 5;

/// Every so manieth action is bad, or too large; among the first ones only, since no more than a thousand dead
/// letters are kept.
const BAD: u64 = 23;
const LARGE: u64 = 37;
const LAST_REFUSED: u64 = 40_000;

/// Events of both doors are told apart by their numbers.
const DATADOG_DOOR: u64 = 1 << 40;

fn is_bad(number: u64) -> bool {
    is_early(number) && number.is_multiple_of(BAD)
}

fn is_large(number: u64) -> bool {
    is_early(number) && number.is_multiple_of(LARGE) && !is_bad(number)
}

fn is_early(number: u64) -> bool {
    number % DATADOG_DOOR <= LAST_REFUSED
}

/// What happened, from all sides.
#[derive(Default)]
struct Record {
    /// By action id: the number that made it.
    numbers: BTreeMap<String, u64>,
    /// Actions whose body was answered 202.
    acknowledged: BTreeSet<String>,
    /// Arrivals of each action: in which life of the collector, and whether the answer was lost.
    arrived: BTreeMap<String, Vec<(usize, bool)>>,
    /// Arrived otherwise than it was sent.
    changed: Vec<String>,
    life: usize,
    is_calm: bool,
    random: fastrand::Rng,
}

impl Record {
    /// What the intake does with a request.
    fn judge(&mut self, events: &[Value]) -> Manner {
        let ids: Vec<_> = events.iter().filter_map(|event| event["action"]["id"].as_str()).collect();
        let numbers: Vec<_> = ids.iter().filter_map(|id| self.numbers.get(*id).copied()).collect();
        let trouble = if self.is_calm { 0 } else { self.random.u32(0..100) };
        let refuse = |status| Manner::Refuse(Answer { status, header: None });
        let manner = match trouble {
            76..80 => return refuse(500),
            80..84 => return Manner::Refuse(Answer { status: 429, header: Some(("retry-after", "0")) }),
            84 => return refuse(403),
            85..89 => return Manner::Break,
            89..91 => return Manner::Hang(Duration::from_millis(self.random.u64(100..1_500))),
            91..95 => Manner::TakeAndBreak,
            95..100 => Manner::TakeSlowly(Duration::from_millis(self.random.u64(10..300))),
            _ => Manner::Take,
        };
        if events.len() > MAX_EVENTS || numbers.iter().any(|number| is_large(*number)) {
            return refuse(413);
        }
        if numbers.iter().any(|number| is_bad(*number)) {
            return refuse(400);
        }
        let is_lost = matches!(manner, Manner::TakeAndBreak);
        for event in events.iter().filter(|event| event["type"] == "action") {
            self.arrive(event, is_lost);
        }
        manner
    }

    fn arrive(&mut self, event: &Value, is_lost: bool) {
        let id = event["action"]["id"].as_str().unwrap_or_default().to_owned();
        let number = self.numbers.get(&id).copied().unwrap_or_default();
        let is_as_sent = if number >= DATADOG_DOOR {
            *event == action(number)
        } else {
            event["action"]["target"]["name"] == name(number) && event["date"] == 1_800_000_000_000_u64
        };
        if !is_as_sent {
            self.changed.push(format!("{number}: {event}"));
        }
        self.arrived.entry(id).or_default().push((self.life, is_lost));
    }
}

fn name(number: u64) -> String {
    format!("button {number}")
}

fn action(number: u64) -> Value {
    let mut action = datadog_action(number);
    action["action"]["target"]["name"] = name(number).into();
    action["context"] = serde_json::json!({"spacing": "é \u{2028}", "number": number});
    action
}

/// One client: it posts until told to stop, to whichever collector lives.
async fn post_on(
    client: Client,
    intake: Arc<Mutex<Option<SocketAddr>>>,
    record: Arc<Mutex<Record>>,
    which: u64,
) {
    let mut random = fastrand::Rng::with_seed(which);
    for round in 0_u64.. {
        let Some(address) = *intake.lock().unwrap() else { return };
        let first = (round * CLIENTS + which) * 16 + 1;
        let (path, body, ids) = if random.bool() {
            let mut batch = batch(first);
            batch.context.session_id = Some(Id::from_random([random.u8(1..20); 16]));
            if let EventKind::Action(action) = &mut batch.events[1].kind {
                action.name = name(first);
            }
            record.lock().unwrap().numbers.insert(action_id(first), first);
            (format!("/v1?k={PUBLIC_KEY}"), encoded(&batch), vec![action_id(first)])
        } else {
            let numbers = first + DATADOG_DOOR..first + DATADOG_DOOR + random.u64(1..12);
            let lines: Vec<_> = numbers.clone().map(|number| action(number).to_string()).collect();
            let ids: Vec<_> = numbers.clone().map(action_id).collect();
            record.lock().unwrap().numbers.extend(ids.iter().cloned().zip(numbers));
            (format!("/x/dd?{}", datadog_query(PUBLIC_KEY, "")), lines.join("\n").into_bytes(), ids)
        };
        let answer = browser_request(&client, Method::POST, address, &path).body(body).send().await;
        if answer.is_ok_and(|answer| answer.status() == 202) {
            record.lock().unwrap().acknowledged.extend(ids);
        } else {
            tokio::task::yield_now().await;
        }
        // Not faster than a test machine delivers in the time.
        tokio::time::sleep(Duration::from_millis(random.u64(2..30))).await;
    }
}

/// Ids of the actions in the dead letters, with the reason.
fn dead_letters(data_dir: &Path) -> BTreeMap<String, String> {
    let connection = rusqlite::Connection::open(data_dir.join("dead_letters.sqlite")).unwrap();
    let mut statement = connection.prepare("SELECT reason, header, body FROM dead_letter").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next().unwrap() {
        let header: Header = serde_json::from_str(&row.get::<_, String>(1).unwrap()).unwrap();
        let entry = Entry { header, body: row.get::<_, Vec<u8>>(2).unwrap().into() };
        let body = collector::sink::datadog::events(&entry).unwrap().unwrap();
        for line in body.split(|byte| *byte == b'\n') {
            let event: Value = serde_json::from_slice(line).unwrap();
            if let Some(id) = event["action"]["id"].as_str() {
                found.insert(id.to_owned(), row.get(0).unwrap());
            }
        }
    }
    found
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_event_arrives_or_lies_in_the_dead_letters() {
    let seed = setting("COLLECTOR_ORACLE_SEED", fastrand::u64(..));
    let trouble_for = Duration::from_secs(setting("COLLECTOR_ORACLE_S", DEFAULT_S));
    println!("oracle: seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let record = Arc::new(Mutex::new(Record { random: random.fork(), ..Record::default() }));
    let fake = FakeIntake::start().await;
    fake.judge({
        let record = record.clone();
        move |events| record.lock().unwrap().judge(events)
    });
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, file) = (folder.path().join("data"), folder.path().join("collector.toml"));
    // Small files, so that kills also meet rotation.
    let more = "[journal]\nmax_file_bytes = 65536";
    std::fs::write(&file, configuration(&data_dir, &fake.url(), more)).unwrap();

    let started = Instant::now();
    let mut process = Process::start(&file);
    let intake = Arc::new(Mutex::new(Some(process.intake)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|which| tokio::spawn(post_on(client(), intake.clone(), record.clone(), which)))
        .collect();
    while started.elapsed() < trouble_for {
        tokio::time::sleep(Duration::from_millis(random.u64(50..3_000))).await;
        process.kill();
        record.lock().unwrap().life += 1;
        process = Process::start(&file);
        *intake.lock().unwrap() = Some(process.intake);
    }
    *intake.lock().unwrap() = None;
    join_all(clients).await;
    // A last kill: what a refused token holds up is asked for at once by the next one.
    process.kill();
    record.lock().unwrap().life += 1;
    record.lock().unwrap().is_calm = true;
    let process = Process::start(&file);
    let metrics = format!("http://{}/metrics", process.intake);
    let reader = client();
    eventually_within(DRAIN, "everything is delivered", || async {
        let text = reader.get(&metrics).send().await.unwrap().text().await.unwrap();
        ["datadog", "store"].iter().all(|sink| {
            text.contains(&format!("collector_delivery_backlog{{lane=\"events\",sink=\"{sink}\"}} 0"))
        })
    })
    .await;
    let (status, _) = tokio::task::spawn_blocking(move || process.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    check(&record.lock().unwrap(), &dead_letters(&data_dir), seed);
}

fn check(record: &Record, letters: &BTreeMap<String, String>, seed: u64) {
    let is_refused = |id: &str| {
        let number = record.numbers[id];
        is_bad(number) || is_large(number)
    };
    let lost: Vec<_> = record
        .acknowledged
        .iter()
        .filter(|id| !record.arrived.contains_key(*id) && !letters.contains_key(*id))
        .collect();
    let repeated: usize = record.arrived.values().map(|arrivals| arrivals.len() - 1).sum();
    // Between two arrivals there was a kill, or the first answer never came.
    let without_cause: BTreeSet<_> = record
        .arrived
        .iter()
        .filter(|(_, arrivals)| arrivals.windows(2).any(|pair| pair[0].0 == pair[1].0 && !pair[0].1))
        .map(|(id, _)| record.numbers[id])
        .collect();
    println!(
        "oracle: {} lives, {} events acknowledged, {} arrived, {} dead letters, {} lost, {repeated} repeated",
        record.life + 1,
        record.acknowledged.len(),
        record.arrived.len(),
        letters.len(),
        lost.len(),
    );
    assert!(record.acknowledged.len() > 100, "seed {seed}: it tried nothing");
    assert!(lost.is_empty(), "seed {seed}: lost {lost:?}");
    assert!(record.changed.is_empty(), "seed {seed}: changed {:#?}", record.changed);
    assert!(without_cause.is_empty(), "seed {seed}: twice without cause: {without_cause:?}");
    for (id, reason) in letters {
        let number = record.numbers[id];
        assert!(is_refused(id), "seed {seed}: {number} was set aside: {reason}");
        // A body all of which is refused lies there under its first reason.
        assert!(reason.contains("413") || reason.contains("400"), "seed {seed}: {number}: {reason}");
    }
    let refused = record.acknowledged.iter().filter(|id| is_refused(id));
    for id in refused {
        assert!(letters.contains_key(id), "seed {seed}: {} is not set aside", record.numbers[id]);
    }
}
