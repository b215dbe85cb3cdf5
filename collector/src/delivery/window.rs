//! What one delivery holds of the journal: in which order its entries may go out, and up to where everything
//! is settled.
//!
//! Entries of one session go one after the other, all others side by side. The window is bounded, so a session
//! that is retried holds others up only once as much as the window takes is settled behind it; that much, and
//! not more, a crash may repeat.

use crate::dead_letter::Letter;
use crate::journal::{Entry, Sequence};
use crate::sink::{Parcel, Progress};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use tokio::time::Instant;

/// Most entries between the cursor and the last one read. At 5,000 entries a second it is a fifth of a second
/// of a retry; held as they are, they are some MiB.
pub(super) const MAX_ENTRIES: usize = 1_024;

/// Most bytes of entries that are not settled. One read of the journal may come on top.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Order of arrival.
pub(super) type Ticket = u64;

/// Where a parcel comes from, which is who is told what became of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// From the journal: the cursor moves.
    Journal,
    /// From the dead letters: which one, and where its events begin in the entry of the journal.
    Letter { id: i64, first_event: u32 },
}

/// What the window knows of a parcel.
#[derive(Debug)]
pub(super) struct Slip {
    pub(super) ticket: Ticket,
    pub(super) origin: Origin,
    /// Failed attempts so far.
    pub(super) attempts: u32,
    /// Of those, the ones before which the sink took others: the entry's own fault, it seems.
    pub(super) failures_alone: u32,
    /// Parcels settled when it failed last.
    settled_before: u64,
    session: Option<Arc<str>>,
    size_bytes: usize,
    pause: Option<Pause>,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    until: Instant,
    /// Whether the sink asked for it; then an end of its outage does not end the pause.
    asked: bool,
}

/// The entries read and not yet past the cursor.
#[derive(Default)]
pub(super) struct Window {
    next_ticket: Ticket,
    /// Not in flight.
    waiting: BTreeMap<Ticket, (Slip, Parcel)>,
    /// Of those, what may go now: the head of its session and not in a pause.
    ready: BTreeSet<Ticket>,
    paused: BTreeSet<(Instant, Ticket)>,
    /// Unsettled tickets of each session, oldest first.
    sessions: HashMap<Arc<str>, VecDeque<Ticket>>,
    /// Of the journal: ticket, the position after it, whether it is settled.
    journal: VecDeque<(Ticket, Sequence, bool)>,
    letters: BTreeSet<i64>,
    bytes: usize,
    /// Parcels settled so far.
    settled: u64,
}

impl Window {
    /// Whether more should be read.
    pub(super) fn has_room(&self) -> bool {
        self.journal.len() < MAX_ENTRIES && self.bytes < MAX_BYTES
    }

    /// Takes in the next entry of the journal.
    pub(super) fn admit(&mut self, sequence: Sequence, entry: Entry) {
        let ticket = self.insert(Origin::Journal, sequence, entry);
        self.journal.push_back((ticket, sequence, false));
    }

    /// Takes in an entry that was refused before; not twice.
    pub(super) fn admit_letter(&mut self, letter: Letter) {
        let Letter { id, sequence, first_event, entry } = letter;
        if self.letters.insert(id) {
            self.insert(Origin::Letter { id, first_event }, sequence, entry);
        }
    }

    /// Nothing is owed of the journal up to `last`.
    pub(super) fn pass(&mut self, last: Sequence) {
        self.journal.push_back((self.next_ticket, last, true));
        self.next_ticket += 1;
    }

    fn insert(&mut self, origin: Origin, sequence: Sequence, entry: Entry) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let session: Option<Arc<str>> = entry.header.session_id.as_deref().map(Arc::from);
        let size_bytes = entry.size_bytes();
        self.bytes += size_bytes;
        if let Some(session) = &session {
            self.sessions.entry(session.clone()).or_default().push_back(ticket);
        }
        let slip = Slip {
            ticket,
            origin,
            attempts: 0,
            failures_alone: 0,
            settled_before: self.settled,
            session,
            size_bytes,
            pause: None,
        };
        let parcel = Parcel { sequence, entry: Arc::new(entry), progress: Progress::default() };
        self.wait(slip, parcel);
        ticket
    }

    /// Puts a parcel where it waits for its turn, its time, or both.
    fn wait(&mut self, slip: Slip, parcel: Parcel) {
        let ticket = slip.ticket;
        let is_head = slip.session.as_ref().is_none_or(|session| self.is_head(session, ticket));
        match slip.pause {
            Some(pause) if is_head => drop(self.paused.insert((pause.until, ticket))),
            None if is_head => drop(self.ready.insert(ticket)),
            _ => {}
        }
        self.waiting.insert(ticket, (slip, parcel));
    }

    fn is_head(&self, session: &Arc<str>, ticket: Ticket) -> bool {
        self.sessions.get(session).is_some_and(|tickets| tickets.front() == Some(&ticket))
    }

    /// Ends the pauses whose time has come.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some(&(until, ticket)) = self.paused.first()
            && until <= now
        {
            self.paused.pop_first();
            self.end_pause(ticket);
        }
    }

    /// Ends the pauses that only assumed that the sink is away.
    pub(super) fn wake_all(&mut self) {
        for (slip, _) in self.waiting.values_mut() {
            if let Some(pause) = slip.pause.take_if(|pause| !pause.asked)
                && self.paused.remove(&(pause.until, slip.ticket))
            {
                self.ready.insert(slip.ticket);
            }
        }
    }

    fn end_pause(&mut self, ticket: Ticket) {
        if let Some((slip, _)) = self.waiting.get_mut(&ticket) {
            slip.pause = None;
            self.ready.insert(ticket);
        }
    }

    /// When the next pause ends.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.paused.first().map(|(until, _)| *until)
    }

    /// Hands out up to `max` parcels for one request, the oldest that may go. Those of one session may follow
    /// each other in it.
    pub(super) fn take(&mut self, max: usize, now: Instant) -> Vec<(Slip, Parcel)> {
        let mut group = Vec::new();
        let mut followers = Vec::new();
        while group.len() < max
            && let Some(ticket) = self.ready.pop_first()
            && let Some(mut parcel) = self.waiting.remove(&ticket)
        {
            parcel.0.pause = None;
            if max > 1
                && let Some(follower) = self.follower(&parcel.0, now)
            {
                self.ready.insert(follower);
                followers.push(follower);
            }
            group.push(parcel);
        }
        for follower in followers {
            // What did not fit waits for its predecessor.
            self.ready.remove(&follower);
        }
        group
    }

    /// The next parcel of the same session, if only its predecessor holds it up.
    fn follower(&self, slip: &Slip, now: Instant) -> Option<Ticket> {
        let tickets = self.sessions.get(slip.session.as_ref()?)?;
        let next = tickets.partition_point(|ticket| *ticket <= slip.ticket);
        let follower = *tickets.get(next)?;
        let (slip, _) = self.waiting.get(&follower)?;
        slip.pause.is_none_or(|pause| pause.until <= now).then_some(follower)
    }

    /// Hands out the parcel to ask a failing sink with: the one tried least, so that an entry that draws the
    /// failures cannot stand for the sink.
    pub(super) fn take_probe(&mut self) -> Option<(Slip, Parcel)> {
        let may_go = |(slip, _): &&(Slip, Parcel)| {
            self.ready.contains(&slip.ticket)
                || slip
                    .pause
                    .is_some_and(|pause| !pause.asked && self.paused.contains(&(pause.until, slip.ticket)))
        };
        let candidates = self.waiting.values().filter(may_go);
        let ticket = candidates.min_by_key(|(slip, _)| (slip.attempts, slip.ticket))?.0.ticket;
        let (mut slip, parcel) = self.waiting.remove(&ticket)?;
        self.ready.remove(&ticket);
        if let Some(pause) = slip.pause.take() {
            self.paused.remove(&(pause.until, ticket));
        }
        Some((slip, parcel))
    }

    /// Takes a parcel back that was not taken.
    pub(super) fn put_back(&mut self, mut slip: Slip, parcel: Parcel, until: Instant, asked: bool) {
        slip.attempts += 1;
        if slip.settled_before != self.settled || self.is_held_up() {
            slip.failures_alone += 1;
            slip.settled_before = self.settled;
        }
        slip.pause = Some(Pause { until, asked });
        self.wait(slip, parcel);
    }

    /// Whether there is no room because of a few: most of what it holds was taken while they were not.
    fn is_held_up(&self) -> bool {
        let settled = self.journal.iter().filter(|(_, _, settled)| *settled).count();
        !self.has_room() && settled > self.journal.len() / 2
    }

    /// Notes that nothing of a parcel is owed any more.
    pub(super) fn settle(&mut self, slip: &Slip) {
        self.bytes -= slip.size_bytes;
        self.settled += 1;
        match slip.origin {
            Origin::Letter { id, .. } => drop(self.letters.remove(&id)),
            Origin::Journal => {
                let index = self.journal.partition_point(|(ticket, ..)| *ticket < slip.ticket);
                if let Some((_, _, settled)) = self.journal.get_mut(index) {
                    *settled = true;
                }
            }
        }
        if let Some(session) = &slip.session {
            self.leave(session, slip.ticket);
        }
    }

    /// Makes room in a session for its next parcel.
    fn leave(&mut self, session: &Arc<str>, ticket: Ticket) {
        let Some(tickets) = self.sessions.get_mut(session) else { return };
        if tickets.front() == Some(&ticket) {
            tickets.pop_front();
        } else {
            tickets.retain(|other| *other != ticket);
        }
        let Some(&head) = tickets.front() else {
            self.sessions.remove(session);
            return;
        };
        if let Some((slip, _)) = self.waiting.get(&head) {
            match slip.pause {
                Some(pause) => drop(self.paused.insert((pause.until, head))),
                None => drop(self.ready.insert(head)),
            }
        }
    }

    /// How far the cursor may move, if it may.
    pub(super) fn acknowledgeable(&mut self) -> Option<Sequence> {
        let mut last = None;
        while let Some(&(_, sequence, true)) = self.journal.front() {
            self.journal.pop_front();
            last = Some(sequence);
        }
        last
    }
}
