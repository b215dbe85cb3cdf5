//! What each sink has acknowledged.

use super::Sequence;
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::path::Path;

/// The cursors of all sinks that ever were configured.
pub(super) struct Cursors {
    connection: Connection,
    by_sink: HashMap<String, Sequence>,
}

impl Cursors {
    /// Opens or creates `cursors.sqlite`.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // NORMAL, unlike the entries: a cursor that power loss sets back repeats deliveries, it loses none,
        // and no file is needed again whose entries were acknowledged.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS cursor (sink TEXT PRIMARY KEY, sequence INTEGER NOT NULL)",
        )?;
        let by_sink = connection
            .prepare("SELECT sink, sequence FROM cursor")?
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { connection, by_sink })
    }

    /// The last entry a sink acknowledged; 0 if none.
    pub(super) fn of(&self, sink: &str) -> Sequence {
        self.by_sink.get(sink).copied().unwrap_or(0)
    }

    /// The highest cursor of any sink that ever was configured.
    pub(super) fn highest(&self) -> Sequence {
        self.by_sink.values().copied().max().unwrap_or(0)
    }

    /// Moves a sink's cursor, never back: what it passed may be given up already.
    pub(super) fn advance(&mut self, sink: &str, sequence: Sequence) -> rusqlite::Result<()> {
        if sequence <= self.of(sink) {
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "INSERT INTO cursor VALUES (?, ?)
                 ON CONFLICT (sink) DO UPDATE SET sequence = excluded.sequence",
            )?
            .execute(params![sink, sequence.cast_signed()])?;
        self.by_sink.insert(sink.to_owned(), sequence);
        Ok(())
    }
}
