//! What the doors take, from whom, and what they answer when they cannot.

use crate::bad_input::{check_cors, zlib};
use crate::batches::{batch, datadog_query, encoded};
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Stack, eventually};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_origins_may_send_and_any_origin_may_read_the_refusal() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let url = format!("http://{}/v1?k={PUBLIC_KEY}", stack.intake());
    let post = || stack.client.post(&url).body(encoded(&batch(1)));
    let refused = post().header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://evil.example");
    assert_eq!(refused.text().await.unwrap(), "the app does not list this origin\n");
    let without = post().send().await.unwrap();
    assert_eq!(
        (without.status().as_u16(), without.text().await.unwrap().as_str()),
        (403, "the request names no origin\n")
    );
    assert_eq!(stack.outcomes("shop", "batch", "none", "origin_not_allowed").await, 2);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_allows_any_origin_takes_requests_without_one() {
    let mut fake = FakeIntake::start().await;
    let other = "00000000-0000-4000-8000-000000000001";
    let app = format!("[[app]]\nid = \"{other}\"\nname = \"open\"\nallowed_origins = [\"*\"]");
    let stack = Stack::start_with(&fake.url(), &app).await;
    let mut batch = batch(1);
    batch.context.application_id = other.into();
    let url = format!("http://{}/v1?k={other}", stack.intake());
    let answer = stack.client.post(url).body(encoded(&batch)).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    assert_eq!(fake.next().await.events[0]["application"]["id"], other);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_on_every_door() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    for path in ["/v1", "/dd", "/some-prefix/v1", "/some-prefix/dd"] {
        let answer = stack.request(Method::OPTIONS, path).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{path}");
        check_cors(&answer, path);
        assert_eq!(answer.headers()["access-control-allow-methods"], "POST");
        assert_eq!(answer.headers()["access-control-allow-headers"], "Content-Type");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_and_compressed_batches_are_taken_at_the_root_and_below_a_prefix() {
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let bodies = [encoded(&batch(1)), zlib(&encoded(&batch(2)))];
    for (path, body) in ["/v1", "/a-b_c/v1"].into_iter().zip(bodies) {
        let answer =
            stack.request(Method::POST, &format!("{path}?k={PUBLIC_KEY}")).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{path}");
        check_cors(&answer, path);
    }
    assert_eq!(fake.action_ids(2).await.len(), 2);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_alive_and_ready() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    for path in ["/livez", "/readyz"] {
        let answer = stack.client.get(format!("http://{}{path}", stack.intake())).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
            (200, "ok\n"),
            "{path}"
        );
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_without_room_answers_503_with_a_time_to_come_back() {
    // Nobody answers there, so nothing is ever acknowledged.
    let more = "[journal]\nmax_file_bytes = 65536\nmax_total_bytes = 65536";
    let stack = Stack::start_with("http://127.0.0.1:1", more).await;
    let mut refused = None;
    for number in 0..400 {
        let answer = stack.post_batch(encoded(&batch(number))).send().await.unwrap();
        if answer.status() != 202 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the limit is reached");
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "5");
    check_cors(&refused, "full");
    assert_eq!(refused.text().await.unwrap(), "the collector has no room at the moment\n");
    assert_eq!(stack.outcomes("shop", "batch", "none", "journal_full").await, 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_answers_503_and_not_ready_until_it_recovers() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start_with(&fake.url(), "[journal]\nmax_file_bytes = 65536").await;
    // Fills the first journal file, so that the next entry needs a new one.
    let mut random = fastrand::Rng::with_seed(1);
    let noise: String = std::iter::repeat_with(|| random.alphanumeric()).take(400_000).collect();
    let large = format!("{{\"type\":\"later_kind\",\"noise\":\"{noise}\"}}");
    let path = format!("/dd?{}", datadog_query(PUBLIC_KEY, ""));
    assert_eq!(stack.request(Method::POST, &path).body(large).send().await.unwrap().status(), 202);
    let (journal, away) = (stack.folder.path().join("journal"), stack.folder.path().join("away"));
    std::fs::rename(&journal, &away).unwrap();
    let refused = stack.post_batch(encoded(&batch(1))).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    check_cors(&refused, "unavailable");
    assert_eq!(refused.text().await.unwrap(), "the collector cannot store data at the moment\n");
    assert_eq!(stack.outcomes("shop", "batch", "none", "journal_unavailable").await, 1);
    let ready = async || {
        let url = format!("http://{}/readyz", stack.intake());
        stack.client.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ready().await, 503);
    std::fs::rename(&away, &journal).unwrap();
    eventually("ready again", || async { ready().await == 200 }).await;
    assert_eq!(stack.post_batch(encoded(&batch(1))).send().await.unwrap().status(), 202);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_the_collector_stops() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let body = encoded(&batch(1));
    let mut stream = TcpStream::connect(stack.intake()).await.unwrap();
    let head = format!(
        "POST /v1?k={PUBLIC_KEY} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nExpect: 100-continue\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // "100 Continue" says that the collector is reading the body.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"));
    let intake = stack.intake();
    let stopping = tokio::spawn(stack.stop());
    // No new connection is taken once it stops.
    eventually("the port is closed", || async { TcpStream::connect(intake).await.is_err() }).await;
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let folder = stopping.await.unwrap();
    let journal = folder.path().join("journal/00000000000000000001.sqlite");
    let journal = rusqlite::Connection::open(journal).unwrap();
    let entries: u32 = journal.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(entries, 1, "acknowledged means journalled, delivered or not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_breaks_off_is_counted_and_harms_nobody() {
    let fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    let head = format!(
        "POST /v1?k={PUBLIC_KEY} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nContent-Length: 500\r\n\r\n"
    );
    let mut stream = TcpStream::connect(stack.intake()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"\xa1").await.unwrap();
    stream.shutdown().await.unwrap();
    // Reads until the collector has closed its side too.
    stream.read_to_end(&mut Vec::new()).await.ok();
    assert_eq!(stack.outcomes("shop", "batch", "none", "body_interrupted").await, 1);
    assert_eq!(stack.post_batch(encoded(&batch(1))).send().await.unwrap().status(), 202);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_gone_before_its_answer_is_counted_all_the_same() {
    const PAGES: u64 = 40;
    let mut fake = FakeIntake::start().await;
    let stack = Stack::start(&fake.url()).await;
    for number in 1..=PAGES {
        let body = encoded(&batch(number));
        let head = format!(
            "POST /v1?k={PUBLIC_KEY} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(stack.intake()).await.unwrap();
        stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        // Dropped unread, as a closed tab leaves it.
    }
    assert_eq!(fake.action_ids(PAGES as usize).await.len() as u64, PAGES);
    eventually("every body has its outcome", || async {
        stack.outcomes("shop", "batch", "none", "accepted").await == PAGES
    })
    .await;
    stack.stop().await;
}
