//! What each sink has acknowledged, and what it will never take. One small database for both, so that
//! setting an entry aside and moving the cursor past it are one transaction.

use super::{Entry, Sequence};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::path::Path;

/// Most dead letters kept (rows); the oldest go first. Enough to see what a sink objects to: a sink that
/// refuses everything must not fill the disk.
const MAX_DEAD_LETTERS: u32 = 1_000;

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
            "CREATE TABLE IF NOT EXISTS cursor (sink TEXT PRIMARY KEY, sequence INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS dead_letter (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, sequence INTEGER NOT NULL,
                 reason TEXT NOT NULL, header TEXT NOT NULL, body BLOB NOT NULL
             );",
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
        write_cursor(&self.connection, sink, sequence)?;
        self.by_sink.insert(sink.to_owned(), sequence);
        Ok(())
    }

    /// Sets an entry aside and moves the cursor past it.
    pub(super) fn bury(
        &mut self,
        sink: &str,
        sequence: Sequence,
        entry: &Entry,
        reason: &str,
    ) -> rusqlite::Result<()> {
        let header = serde_json::to_string(&entry.header)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let position = sequence.max(self.of(sink));
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO dead_letter (sink, sequence, reason, header, body) VALUES (?, ?, ?, ?, ?)",
            params![sink, sequence.cast_signed(), reason, header, entry.body.as_ref()],
        )?;
        transaction.execute(
            "DELETE FROM dead_letter WHERE id <= (SELECT max(id) FROM dead_letter) - ?",
            [MAX_DEAD_LETTERS],
        )?;
        write_cursor(&transaction, sink, position)?;
        transaction.commit()?;
        self.by_sink.insert(sink.to_owned(), position);
        Ok(())
    }
}

fn write_cursor(connection: &Connection, sink: &str, sequence: Sequence) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO cursor VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET sequence = excluded.sequence",
        )?
        .execute(params![sink, sequence.cast_signed()])
        .map(drop)
}
