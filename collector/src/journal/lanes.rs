//! The two journals of a collector: one for events and one for replay, so that many large bodies hold no small
//! one up, neither at the door nor on the disk nor in delivery. They share nothing but the disk's room.

use super::room::Room;
use super::{Appended, Entry, Journal, JournalError, JournalReader, SqliteJournal};
use crate::config::JournalConfig;
use crate::telemetry::Telemetry;
use crate::track::Lane;
use std::path::Path;
use std::sync::Arc;

/// Folders of the lanes' journals in the data folder.
const EVENTS_FOLDER: &str = "journal";
const REPLAY_FOLDER: &str = "replay-journal";

/// A journal per lane.
pub struct Journals {
    events: Arc<dyn Journal>,
    replay: Arc<dyn Journal>,
    room: Arc<Room>,
}

impl Journals {
    /// Opens the journals in the data folder for these sinks.
    pub fn open(
        data_dir: &Path,
        config: JournalConfig,
        sinks: &[&'static str],
        telemetry: Telemetry,
    ) -> Result<Self, JournalError> {
        let room = Room::new(config, telemetry);
        let open = |folder, lane| SqliteJournal::open(&data_dir.join(folder), lane, sinks, room.clone());
        let events = Arc::new(open(EVENTS_FOLDER, Lane::Events)?);
        let replay = Arc::new(open(REPLAY_FOLDER, Lane::Replay)?);
        Ok(Self { events, replay, room })
    }

    /// Adds an entry to the lane of its track; returns once it is synced.
    pub async fn append(&self, entry: Entry) -> Result<Appended, JournalError> {
        let lane = entry.header.track.lane();
        if lane == Lane::Events && self.room.must_drop_replay() {
            self.replay.make_room().await;
            self.room.set_exhausted(!self.room.admits(Lane::Events));
        }
        self.of(lane).append(entry).await
    }

    /// The reader of one sink in one lane, standing at its cursor. One at a time.
    pub fn reader(&self, sink: &'static str, lane: Lane) -> Result<Box<dyn JournalReader>, JournalError> {
        self.of(lane).reader(sink)
    }

    /// Why entries are not taken at the moment; `None` when they are. Trouble of one lane is trouble: they
    /// are on one disk.
    pub fn trouble(&self) -> Option<String> {
        Lane::ALL.into_iter().find_map(|lane| self.of(lane).trouble())
    }

    /// Writes what is waiting and releases the files. Later appends are refused.
    pub async fn close(&self) {
        self.events.close().await;
        self.replay.close().await;
    }

    fn of(&self, lane: Lane) -> &dyn Journal {
        match lane {
            Lane::Events => self.events.as_ref(),
            Lane::Replay => self.replay.as_ref(),
        }
    }
}
