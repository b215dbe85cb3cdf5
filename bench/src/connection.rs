//! One keep-alive connection of the load: it writes a request, reads the answer, and is free for the next.

use crate::head;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

/// An answer is a head and a line; a larger one is read in turns.
const READ_BYTES: usize = 4 * 1024;

/// What became of a request.
pub(crate) enum Progress {
    /// Its answer, whole.
    Answered(u16),
    /// More has to be written or read.
    Pending,
    /// The peer closed before it answered.
    Broken,
}

pub(crate) struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    token: Token,
    /// The request of this connection, patched in place before each turn.
    pub(crate) request: Vec<u8>,
    written: usize,
    read: Vec<u8>,
    pub(crate) started: Instant,
    /// Whether an answer is owed.
    pub(crate) busy: bool,
    closes: bool,
}

impl Connection {
    pub(crate) fn open(
        address: SocketAddr,
        registry: &Registry,
        token: Token,
        request: Vec<u8>,
    ) -> io::Result<Self> {
        let stream = connect(address, registry, token)?;
        Ok(Self {
            stream,
            address,
            token,
            request,
            written: 0,
            read: Vec::with_capacity(READ_BYTES),
            started: Instant::now(),
            busy: false,
            closes: false,
        })
    }

    /// Begins a request; the caller has patched it.
    pub(crate) fn start(&mut self, registry: &Registry) -> io::Result<Progress> {
        if std::mem::take(&mut self.closes) {
            self.reopen(registry)?;
        }
        self.written = 0;
        self.read.clear();
        self.started = Instant::now();
        self.busy = true;
        self.write()
    }

    pub(crate) fn reopen(&mut self, registry: &Registry) -> io::Result<()> {
        self.stream = connect(self.address, registry, self.token)?;
        self.busy = false;
        Ok(())
    }

    /// Goes on after the socket became ready.
    pub(crate) fn advance(&mut self) -> io::Result<Progress> {
        if !self.busy {
            return Ok(Progress::Pending);
        }
        if self.written < self.request.len() {
            match self.write() {
                // A refusal may come, and the connection close, before the whole body is written.
                Err(error) if is_reset(&error) => {}
                other => return other,
            }
        }
        self.read()
    }

    fn write(&mut self) -> io::Result<Progress> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if is_later(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Progress::Pending)
    }

    fn read(&mut self) -> io::Result<Progress> {
        let mut chunk = [0; READ_BYTES];
        loop {
            let count = match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(Progress::Broken),
                Ok(count) => count,
                Err(error) if is_later(&error) => return Ok(Progress::Pending),
                Err(error) if is_reset(&error) => return Ok(Progress::Broken),
                Err(error) => return Err(error),
            };
            self.read.extend_from_slice(&chunk[..count]);
            if let Some(head) = head::parse(&self.read)
                && self.read.len() >= head.bytes + head.body_bytes
            {
                self.busy = false;
                // An answer before the end of the body leaves the rest of it unsent: start afresh.
                self.closes = head.closes || self.written < self.request.len();
                return Ok(head::status(&self.read).map_or(Progress::Broken, Progress::Answered));
            }
            // A short read has emptied the socket; asking again would only cost a system call.
            if count < READ_BYTES {
                return Ok(Progress::Pending);
            }
        }
    }
}

fn connect(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(stream)
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted)
}

fn is_reset(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}
