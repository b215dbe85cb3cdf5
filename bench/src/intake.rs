//! Datadog's intake, as far as a proxy can tell: it reads a body to its end, answers 202 with a request id, and
//! keeps the connection. One thread; what it costs is the same for every server in front of it.

use crate::head;
use anyhow::Result;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};

const LISTENER: Token = Token(0);
/// What one read takes: a whole replay segment.
const READ_BYTES: usize = 64 * 1024;
/// Longest head; nothing sends more.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Connections looked at per turn.
const EVENTS: usize = 256;

/// The size and form of Datadog's own answer.
const TAKEN: &str = "{\"request_id\":\"5e55105e-0000-4000-8000-000000000001\"}";

struct Peer {
    stream: TcpStream,
    /// The start of a message whose head is not complete.
    head: Vec<u8>,
    /// Bytes of the current body that have yet to come; `None` between messages.
    remaining: Option<Remaining>,
}

struct Remaining {
    body_bytes: usize,
    closes: bool,
    is_question: bool,
}

#[derive(Default)]
struct Taken {
    bodies: u64,
    bytes: u64,
}

/// Serves until killed.
pub(crate) fn run() -> Result<()> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("listening {}", listener.local_addr()?);
    serve(listener)
}

pub(crate) fn serve(mut listener: TcpListener) -> Result<()> {
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut peers: HashMap<Token, Peer> = HashMap::new();
    let mut next = LISTENER.0 + 1;
    let mut taken = Taken::default();
    let mut events = Events::with_capacity(EVENTS);
    let mut chunk = vec![0; READ_BYTES];
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, poll.registry(), &mut peers, &mut next)?;
            } else if let Some(peer) = peers.get_mut(&event.token())
                && !peer.advance(&mut taken, &mut chunk)
            {
                peers.remove(&event.token());
            }
        }
    }
}

fn accept(
    listener: &TcpListener,
    registry: &Registry,
    peers: &mut HashMap<Token, Peer>,
    next: &mut usize,
) -> Result<()> {
    loop {
        let (mut stream, _) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            // The peer was gone before it was accepted.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error.into()),
        };
        stream.set_nodelay(true)?;
        registry.register(&mut stream, Token(*next), Interest::READABLE)?;
        peers.insert(Token(*next), Peer { stream, head: Vec::new(), remaining: None });
        *next += 1;
    }
}

impl Peer {
    /// Reads what is there and answers; whether the connection stays.
    fn advance(&mut self, taken: &mut Taken, chunk: &mut [u8]) -> bool {
        loop {
            let count = match self.stream.read(chunk) {
                Ok(0) => return false,
                Ok(count) => count,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            if !self.take(taken, &chunk[..count]) {
                return false;
            }
            if count < chunk.len() {
                return true;
            }
        }
    }

    fn take(&mut self, taken: &mut Taken, mut read: &[u8]) -> bool {
        while !read.is_empty() {
            let Some(remaining) = &mut self.remaining else {
                self.head.extend_from_slice(read);
                let Some(head) = head::parse(&self.head) else { return self.head.len() < MAX_HEAD_BYTES };
                // What came behind the head is at the end of what was read.
                read = &read[read.len() - (self.head.len() - head.bytes)..];
                let is_question = self.head.starts_with(b"GET ");
                self.head.clear();
                self.remaining =
                    Some(Remaining { body_bytes: head.body_bytes, closes: head.closes, is_question });
                if head.body_bytes == 0 && !self.answer(taken) {
                    return false;
                }
                continue;
            };
            let count = read.len().min(remaining.body_bytes);
            remaining.body_bytes -= count;
            taken.bytes += count as u64;
            read = &read[count..];
            if remaining.body_bytes == 0 && !self.answer(taken) {
                return false;
            }
        }
        true
    }

    fn answer(&mut self, taken: &mut Taken) -> bool {
        let Some(request) = self.remaining.take() else { return false };
        let body = if request.is_question {
            format!("{} {}", taken.bodies, taken.bytes)
        } else {
            taken.bodies += 1;
            TAKEN.to_owned()
        };
        let (status, connection) =
            if request.is_question { ("200 OK", "close") } else { ("202 Accepted", "keep-alive") };
        let connection = if request.closes { "close" } else { connection };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
            body.len()
        );
        // An empty socket buffer takes this whole; whoever does not read has no answer.
        let written = self.stream.write(&[head.as_bytes(), body.as_bytes()].concat());
        written.is_ok_and(|count| count == head.len() + body.len()) && connection == "keep-alive"
    }
}
