//! The load: a closed loop of so many connections, one thread, one system call to write and one to read per
//! request. What it counts is exact: nothing is posted after the end, and every answer that is owed is waited for.

use crate::connection::{Connection, Progress};
use crate::latency::Latencies;
use crate::workload::Workload;
use anyhow::{Context, Result, bail};
use mio::{Events, Poll, Registry, Token};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Longest wait for the last answers. A server that takes longer has lost them.
const LAST_ANSWERS: Duration = Duration::from_secs(15);

/// How long one wait for sockets is, so that the end of the time is seen on a silent server too.
const POLL_TIME: Duration = Duration::from_millis(50);

/// Most connections broken in a row, without one answer between them: nobody is there.
const MAX_BROKEN_IN_A_ROW: usize = 1_000;

/// What to do.
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) time: Duration,
    pub(crate) requests: u64,
    pub(crate) first: u64,
}

struct Load<'a> {
    plan: &'a Plan,
    workload: &'a Workload,
    started: Instant,
    posted: u64,
    statuses: BTreeMap<u16, u64>,
    broken: u64,
    broken_in_a_row: usize,
    latencies: Latencies,
}

/// Runs to the end of the plan and tells what came of it.
pub(crate) fn run(plan: &Plan, workload: &Workload) -> Result<Value> {
    let mut poll = Poll::new()?;
    let mut connections = (0..plan.connections)
        .map(|index| {
            Connection::open(plan.address, poll.registry(), Token(index), workload.request().to_vec())
        })
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("cannot connect to {}", plan.address))?;
    let mut load = Load {
        plan,
        workload,
        started: Instant::now(),
        posted: 0,
        statuses: BTreeMap::new(),
        broken: 0,
        broken_in_a_row: 0,
        latencies: Latencies::default(),
    };
    for connection in &mut connections {
        load.post(connection, poll.registry())?;
    }
    let mut events = Events::with_capacity(plan.connections.max(1));
    let mut ended = load.started;
    while connections.iter().any(|connection| connection.busy) {
        poll.poll(&mut events, Some(POLL_TIME))?;
        for event in &events {
            let Some(connection) = connections.get_mut(event.token().0) else { continue };
            load.advance(connection, poll.registry())?;
            ended = Instant::now();
        }
        if load.started.elapsed() > plan.time + LAST_ANSWERS {
            break;
        }
    }
    let unanswered = connections.iter().filter(|connection| connection.busy).count();
    Ok(load.report(ended, unanswered))
}

impl Load<'_> {
    fn post(&mut self, connection: &mut Connection, registry: &Registry) -> Result<()> {
        if self.posted >= self.plan.requests || self.started.elapsed() >= self.plan.time {
            return Ok(());
        }
        self.workload.patch(&mut connection.request, self.plan.first + self.posted);
        self.posted += 1;
        connection.start(registry)?;
        Ok(())
    }

    fn advance(&mut self, connection: &mut Connection, registry: &Registry) -> Result<()> {
        match connection.advance()? {
            Progress::Pending => return Ok(()),
            Progress::Answered(status) => {
                *self.statuses.entry(status).or_default() += 1;
                self.latencies.add(connection.started.elapsed());
                self.broken_in_a_row = 0;
            }
            Progress::Broken => {
                self.broken += 1;
                self.broken_in_a_row += 1;
                if self.broken_in_a_row > MAX_BROKEN_IN_A_ROW {
                    bail!("{} closes every connection without an answer", self.plan.address);
                }
                connection.reopen(registry)?;
            }
        }
        self.post(connection, registry)
    }

    fn report(self, ended: Instant, unanswered: usize) -> Value {
        let statuses: serde_json::Map<String, Value> =
            self.statuses.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
        let [p50, p99] = self.latencies.percentiles([0.5, 0.99]);
        json!({
            "posted": self.posted,
            "seconds": ended.duration_since(self.started).as_secs_f64(),
            "statuses": statuses,
            "broken": self.broken,
            "unanswered": unanswered,
            "p50_us": p50,
            "p99_us": p99,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake;
    use crate::workload::WorkloadName;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    fn plan(address: SocketAddr, requests: u64) -> Plan {
        Plan { address, connections: 8, time: Duration::from_mins(1), requests, first: 0 }
    }

    fn ask(intake: SocketAddr) -> String {
        let mut stream = TcpStream::connect(intake).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.rsplit("\r\n").next().unwrap().to_owned()
    }

    #[test]
    fn as_many_bodies_arrive_as_are_answered() {
        for name in [WorkloadName::Small, WorkloadName::Rum16k, WorkloadName::Replay] {
            let listener = mio::net::TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
            let address = listener.local_addr().unwrap();
            thread::spawn(move || intake::serve(listener));
            let workload = name.build(address).unwrap();
            let report = run(&plan(address, 500), &workload).unwrap();
            assert_eq!(report["statuses"], json!({ "202": 500 }), "{report}");
            let body = workload.request().len() - crate::head::parse(workload.request()).unwrap().bytes;
            assert_eq!(ask(address), format!("500 {}", 500 * body));
        }
    }

    #[test]
    fn a_server_that_closes_after_each_answer_or_without_one_is_met_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let mut read = Vec::new();
                let mut chunk = [0; 4096];
                while crate::head::parse(&read).is_none_or(|head| read.len() < head.bytes + head.body_bytes) {
                    let count = stream.read(&mut chunk).unwrap_or(0);
                    read.extend_from_slice(&chunk[..count]);
                    if count == 0 {
                        break;
                    }
                }
                if index % 2 == 0 && !read.is_empty() {
                    stream.write_all(b"HTTP/1.1 503 No\r\nConnection: close\r\n\r\n").unwrap();
                }
            }
        });
        let report = run(&plan(address, 100), &WorkloadName::Small.build(address).unwrap()).unwrap();
        let refused = report["statuses"]["503"].as_u64().unwrap();
        assert_eq!(refused + report["broken"].as_u64().unwrap(), 100, "{report}");
        assert!(refused > 0 && report["broken"].as_u64() > Some(0), "{report}");
    }
}
