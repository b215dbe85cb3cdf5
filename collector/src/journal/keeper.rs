//! The thread that gives entries up: those older than `journal.max_age_s`, and replay that has to give way
//! to events. It reads whole files to count what is lost, which must not hold the writer up.

use super::file::{self, JournalFile};
use super::shared::{Shared, now_ms};
use super::writer::Command;
use super::{Header, JournalError, Sequence};
use crate::outcome::Outcome;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::{error, warn};

/// How often it looks for files that are too old.
const TICK: Duration = Duration::from_secs(1);

/// What the keeper is asked to do.
pub(super) enum Chore {
    /// Give up the oldest files until there is room again.
    MakeRoom { reply: oneshot::Sender<()> },
    /// Finish.
    Close { reply: oneshot::Sender<()> },
}

/// State of the keeper thread.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    writer: SyncSender<Command>,
    /// The oldest file and when its newest entry was received, so that it is looked up once.
    oldest: Option<(Sequence, u64)>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, writer: SyncSender<Command>) -> Self {
        Self { shared, writer, oldest: None }
    }

    /// Works until told to close or until nobody can ask any more.
    pub(super) fn run(mut self, inbox: &Receiver<Chore>) {
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(Chore::MakeRoom { reply }) => {
                    self.make_room();
                    reply.send(()).ok();
                }
                Ok(Chore::Close { reply }) => {
                    drop(self);
                    reply.send(()).ok();
                    return;
                }
                Err(RecvTimeoutError::Timeout) => self.expire(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn make_room(&self) {
        while !self.shared.room.is_eased() {
            let given_up = match self.shared.oldest_closed_file() {
                Some(_) => self.give_up_oldest(Outcome::Evicted),
                // Only the file being written is left: a new one takes its place.
                None if self.roll() => continue,
                None => return,
            };
            if let Err(error) = given_up {
                error!(event = "journal_not_evicted", %error);
                return;
            }
        }
    }

    /// Has the file being written closed; `false` if it is empty or cannot be.
    fn roll(&self) -> bool {
        let (reply, rolled) = oneshot::channel();
        self.writer.send(Command::Roll { reply }).is_ok() && rolled.blocking_recv().unwrap_or(false)
    }

    /// Gives up closed files all of whose entries are too old. Readers pass by younger files' old entries.
    fn expire(&mut self) {
        let max_age_ms = self.shared.config().max_age.as_millis() as u64;
        while let Some((first, _)) = self.shared.oldest_closed_file() {
            let newest_ms = match self.oldest {
                Some((known, newest_ms)) if known == first => newest_ms,
                _ => {
                    let path = file::path(&self.shared.folder, first);
                    // A file that cannot be read is the readers' to find damaged.
                    let newest = JournalFile::open_for_reading(&path).and_then(|file| file.newest_header());
                    newest.ok().flatten().map_or(u64::MAX, |header| header.received_ms)
                }
            };
            self.oldest = Some((first, newest_ms));
            if newest_ms.saturating_add(max_age_ms) > now_ms() {
                return;
            }
            if let Err(error) = self.give_up_oldest(Outcome::Expired) {
                error!(event = "journal_not_expired", %error);
                return;
            }
        }
    }

    /// Deletes the oldest closed file. What a reader has handed out already is delivered from memory and
    /// counted there; everything behind it is counted here, for each sink.
    fn give_up_oldest(&self, outcome: Outcome) -> Result<(), JournalError> {
        let Some((first, last)) = self.shared.oldest_closed_file() else { return Ok(()) };
        // No reader moves until this is done: an entry is either handed out or given up.
        let mut positions = self.shared.lock_positions();
        // The cursors come first: a crash from here on leaves a file nobody needs, and the next start deletes it.
        self.shared.pass(last)?;
        let lowest = positions.iter().map(|(_, position)| **position).min().unwrap_or(last);
        let mut lost = 0_u64;
        let mut count = |sequence, header: Option<&Header>| {
            for (sink, _) in positions.iter().filter(|(_, position)| **position < sequence) {
                self.shared.telemetry().count_delivery(header, sink, outcome);
                lost += 1;
            }
        };
        let path = file::path(&self.shared.folder, first);
        if lowest < last
            && let Err(error) = JournalFile::open_for_reading(&path)
                .and_then(|file| file.visit_headers_after(lowest, &mut count))
        {
            // What cannot be read cannot be counted by app.
            error!(event = "journal_file_damaged", path = %path.display(), %error);
        }
        for (_, position) in &mut positions {
            **position = (**position).max(last);
        }
        drop(positions);
        let lane = self.shared.lane.label();
        warn!(event = "journal_file_given_up", lane, reason = outcome.label(), first, last, lost);
        self.shared.remove_acknowledged();
        Ok(())
    }
}
