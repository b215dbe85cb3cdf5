//! One journal file: its name, its table, and how rows are written and checked.

use super::{Entry, Header, Item, Sequence};
use crate::database_file;
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a lock inside SQLite (reader and writer meet during a checkpoint).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page size (bytes). Twice SQLite's default: a batch of 3 KB fills half a page instead of most of one, and
/// large bodies take half the system calls (60 KB: an eighth less CPU time). Twice that again gains little
/// and writes more for a lone small body.
pub(super) const PAGE_BYTES: u32 = 8 * 1024;

/// Sequences probed in vain before a file of unknown length is taken to end. Larger than any stretch of
/// entries that fits one damaged page.
pub(super) const PROBE_GAP: u64 = 1_024;

const EXTENSION: &str = "sqlite";

/// An open journal file.
pub(super) struct JournalFile {
    connection: Connection,
}

/// A row as found, before or after its checksum held.
#[allow(clippy::large_enum_variant)] // Nearly all are intact.
pub(super) enum Stored {
    Intact(Sequence, Entry),
    /// Its number may be what is damaged.
    Damaged,
}

impl Stored {
    pub(super) fn into_item(self) -> Option<Item> {
        match self {
            Self::Intact(sequence, entry) => Some(Item::Entry(sequence, entry)),
            Self::Damaged => None,
        }
    }
}

impl JournalFile {
    /// Opens the file for appending; creates it if there is none.
    pub(super) fn open_for_append(path: &Path) -> rusqlite::Result<Self> {
        let created = !path.exists();
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // NORMAL would sync at checkpoints only: the last seconds of acknowledged data would be lost with
        // the power.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS entry (
                 sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL
             );
             CREATE TABLE IF NOT EXISTS digests (only INTEGER PRIMARY KEY, list BLOB NOT NULL, checksum INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS probe (only INTEGER PRIMARY KEY, count INTEGER NOT NULL);",
        )?;
        if created {
            // The rows are synced with each commit; the file's name is synced with its folder.
            sync_folder(path).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        }
        Ok(Self { connection })
    }

    /// Opens the file for reading, beside its writer if it has one.
    pub(super) fn open_for_reading(path: &Path) -> rusqlite::Result<Self> {
        // Not SQLITE_OPEN_READ_ONLY: after a crash the reader may be the one who recovers the WAL.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        // Its table may be what is lost: with the write-ahead log of a file that was never moved into.
        if !connection.table_exists(None, "entry")? {
            return Err(database_file::damage("the table of entries is missing"));
        }
        Ok(Self { connection })
    }

    /// Writes a group in one synced transaction, numbering it from `first`.
    pub(super) fn append<'a>(
        &mut self,
        first: Sequence,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (sequence, entry) in (first..).zip(entries) {
            insert(&transaction, sequence, entry)?;
        }
        transaction.commit()
    }

    /// Writes what is to be remembered of earlier files.
    pub(super) fn write_digests(&mut self, list: &[u8]) -> rusqlite::Result<()> {
        let checksum = crc32fast::hash(list);
        self.connection.execute("REPLACE INTO digests VALUES (1, ?, ?)", params![list, checksum]).map(drop)
    }

    /// What is to be remembered of earlier files; `None` if it is not there or damaged.
    pub(super) fn digests(&self) -> rusqlite::Result<Option<Vec<u8>>> {
        let sql = "SELECT list, checksum FROM digests";
        let row: Option<(Vec<u8>, u32)> =
            self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(row.filter(|(list, checksum)| crc32fast::hash(list) == *checksum).map(|(list, _)| list))
    }

    /// Writes and syncs something of no meaning, to learn whether the disk takes it.
    pub(super) fn probe(&mut self) -> rusqlite::Result<()> {
        let sql = "INSERT INTO probe VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET count = count + 1";
        self.connection.execute(sql, []).map(drop)
    }

    /// Moves the WAL into the file and closes it.
    pub(super) fn close(self) -> rusqlite::Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.connection.close().map_err(|(_, error)| error)
    }

    /// The newest sequence in the file; 0 if it is empty. A number that does not fit its row is damage: what
    /// came behind it would take it for true.
    pub(super) fn last(&self) -> rusqlite::Result<Sequence> {
        let sql = "SELECT sequence, header, body, checksum FROM entry ORDER BY sequence DESC LIMIT 1";
        match self.connection.query_row(sql, [], check).optional()? {
            None => Ok(0),
            Some(Stored::Intact(sequence, _)) => Ok(sequence),
            Some(Stored::Damaged) => Err(database_file::damage("the last entry is damaged")),
        }
    }

    /// The header of the newest entry.
    pub(super) fn newest_header(&self) -> rusqlite::Result<Option<Header>> {
        let mut newest = None;
        let mut take = |header: &Header| {
            newest = Some(header.clone());
            ControlFlow::Break(())
        };
        self.visit_headers_from_end(&mut take).map(|_| newest)
    }

    /// Shows the headers from the last to the first until told to stop. Bodies are not read, so neither are
    /// checksums compared.
    pub(super) fn visit_headers_from_end(
        &self,
        visit: &mut impl FnMut(&Header) -> ControlFlow<()>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let mut statement = self.connection.prepare("SELECT header FROM entry ORDER BY sequence DESC")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(header) = header(row, 0)
                && visit(&header).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Shows number and header of every entry after `after`; `None` for a header that cannot be understood.
    pub(super) fn visit_headers_after(
        &self,
        after: Sequence,
        visit: &mut impl FnMut(Sequence, Option<&Header>),
    ) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare("SELECT sequence, header FROM entry WHERE sequence > ? ORDER BY sequence")?;
        let mut rows = statement.query([after.cast_signed()])?;
        while let Some(row) = rows.next()? {
            visit(row.get::<_, i64>(0)?.cast_unsigned(), header(row, 1).as_ref());
        }
        Ok(())
    }

    /// The newest sequence that can still be found in a file whose end is damaged; 0 if there is none.
    pub(super) fn last_by_probing(&self, first: Sequence) -> Sequence {
        let mut last = 0;
        let mut sequence = first;
        while sequence <= last.max(first) + PROBE_GAP {
            if matches!(self.read_one(sequence), Ok(Some(_))) {
                last = sequence;
            }
            sequence += 1;
        }
        last
    }

    /// Up to `max_entries` rows after `after`, stopping early once `max_bytes` are read of those after `counted`.
    pub(super) fn read_after(
        &self,
        after: Sequence,
        counted: Sequence,
        max_entries: u32,
        max_bytes: usize,
    ) -> rusqlite::Result<Vec<Stored>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, header, body, checksum FROM entry WHERE sequence > ? ORDER BY sequence LIMIT ?",
        )?;
        let mut rows = statement.query(params![after.cast_signed(), max_entries])?;
        let mut found = Vec::new();
        let mut bytes = 0;
        while bytes < max_bytes {
            let Some(row) = rows.next()? else { break };
            let stored = check(row)?;
            if let Stored::Intact(sequence, entry) = &stored
                && *sequence > counted
            {
                bytes += entry.size_bytes();
            }
            found.push(stored);
        }
        Ok(found)
    }

    /// One row by its number, which touches as few pages as possible.
    pub(super) fn read_one(&self, sequence: Sequence) -> rusqlite::Result<Option<Stored>> {
        self.connection
            .prepare_cached("SELECT sequence, header, body, checksum FROM entry WHERE sequence = ?")?
            .query_row([sequence.cast_signed()], check)
            .optional()
    }
}

/// The path of the file that begins with `first`.
pub(super) fn path(folder: &Path, first: Sequence) -> PathBuf {
    folder.join(format!("{first:020}.{EXTENSION}"))
}

/// The journal files of a folder by their first sequence, oldest first.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Sequence>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION)
            && let Some(first) = path.file_stem().and_then(|stem| stem.to_str()).and_then(|s| s.parse().ok())
        {
            files.push(first);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn insert(transaction: &Transaction<'_>, sequence: Sequence, entry: &Entry) -> rusqlite::Result<()> {
    let header = minicbor::to_vec(&entry.header)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction
        .prepare_cached("INSERT INTO entry (sequence, header, body, checksum) VALUES (?, ?, ?, ?)")?
        .execute(params![
            sequence.cast_signed(),
            header,
            entry.body.as_ref(),
            checksum(sequence, &header, &entry.body)
        ])
        .map(drop)
}

/// Reads a row and compares its checksum. A column of the wrong type is damage too.
fn check(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let sequence = row.get::<_, i64>(0)?.cast_unsigned();
    let (Ok(header), Ok(body), Ok(expected)) =
        (row.get::<_, Vec<u8>>(1), row.get::<_, Vec<u8>>(2), row.get::<_, u32>(3))
    else {
        return Ok(Stored::Damaged);
    };
    if checksum(sequence, &header, &body) != expected {
        return Ok(Stored::Damaged);
    }
    Ok(match minicbor::decode::<Header>(&header) {
        Ok(header) => Stored::Intact(sequence, Entry { header, body: Bytes::from(body) }),
        Err(_) => Stored::Damaged,
    })
}

/// The header in a column, unless it cannot be understood.
fn header(row: &Row<'_>, column: usize) -> Option<Header> {
    let bytes = row.get_ref(column).ok()?.as_blob().ok()?;
    minicbor::decode(bytes).ok()
}

fn checksum(sequence: Sequence, header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&sequence.to_le_bytes());
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
