//! The journal alone: 64 clients that append as fast as they are answered. Prints appends a second, CPU time
//! (of the process, kernel included) per append and waiting times, for bodies of several sizes, with and
//! without a sink that reads everything back.
//!
//! `cargo bench -p collector --bench journal`; a folder on the disk to be measured as argument.

#![allow(clippy::unwrap_used, missing_docs)] // A bench that unwraps says where and why it failed.
#![allow(clippy::print_stdout)] // Its output is for people.

use bytes::Bytes;
use collector::config::{JournalConfig, WhenFull};
use collector::journal::{Compression, Content, Digest, Entry, Header, Journal, Room, SqliteJournal};
use collector::telemetry::Telemetry;
use collector::track::{Lane, Track};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Requests in flight at once.
const CLIENTS: usize = 64;
/// Long enough for a few checkpoints and a new file.
const RUN: Duration = Duration::from_secs(3);

/// Length of a tick in `/proc/self/stat`, which Linux fixes for user space.
const TICKS_PER_S: f64 = 100.0;

fn config() -> JournalConfig {
    JournalConfig {
        max_file_bytes: 256 * 1024 * 1024,
        max_file_age: Duration::from_mins(10),
        max_total_bytes: 64 * 1024 * 1024 * 1024,
        when_full: WhenFull::Refuse,
        max_age: Duration::from_hours(1_000_000),
        dedupe_window: Duration::from_mins(10),
    }
}

fn entry(number: u64, bytes: usize) -> Entry {
    let header = Header {
        received_ms: 1_700_000_000_000 + number,
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        app_name: "pharmacy-claims".into(),
        track: Track::Rum,
        session_id: Some("7c1f7f9e-1111-4562-b3fc-2c963f66afa6".into()),
        digest: Some(Digest(u128::from(number))),
        compression: Compression::Zlib,
        content: Content::Batch,
        client_address: Some([203, 0, 113, 7].into()),
        user_agent: Some("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0".into()),
    };
    Entry { header, body: Bytes::from(vec![number as u8; bytes]) }
}

fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS_PER_S
}

async fn run(parent: &Path, clients: usize, bytes: usize, read: bool) {
    let folder = tempfile::tempdir_in(parent).unwrap();
    let journal = SqliteJournal::open(
        folder.path(),
        Lane::Events,
        &["sink"],
        Room::new(config(), Telemetry::new().unwrap()),
    );
    let journal: Arc<dyn Journal> = Arc::new(journal.unwrap());
    let numbers = Arc::new(AtomicU64::new(0));
    let reading = read.then(|| {
        let reader = journal.reader("sink").unwrap();
        tokio::spawn(async move {
            while let Ok(items) = reader.next().await {
                reader.acknowledge(items.last().unwrap().last()).await.unwrap();
            }
        })
    });
    let (started, cpu) = (Instant::now(), cpu_s());
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (journal, numbers) = (journal.clone(), numbers.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while started.elapsed() < RUN {
                    let entry = entry(numbers.fetch_add(1, Ordering::Relaxed), bytes);
                    let sent = Instant::now();
                    journal.append(entry).await.unwrap();
                    waits.push(sent.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    let (elapsed, cpu) = (started.elapsed().as_secs_f64(), cpu_s() - cpu);
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{clients:>3} clients {bytes:>6} B{} {:>8.0} appends/s {:>7.1} us CPU each   p50 {:>6.2} ms   p99 {:>6.2} ms",
        if read { " read back" } else { "          " },
        waits.len() as f64 / elapsed,
        cpu / waits.len() as f64 * 1e6,
        at(0.5),
        at(0.99),
    );
    if let Some(reading) = reading {
        reading.abort();
    }
    journal.close().await;
}

#[tokio::main]
async fn main() {
    let parent = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    for (clients, bytes, read) in [
        (CLIENTS, 1_000, false),
        (CLIENTS, 3_000, false),
        (CLIENTS, 3_000, true),
        (CLIENTS, 60_000, false),
        (1, 3_000, false),
    ] {
        run(&parent, clients, bytes, read).await;
    }
}
