//! `collector deadletter`: looks at the dead letters of a data folder and asks to have some put back. It works on
//! the file alone, whether a collector runs on the folder or not.

use super::{DeadLetterError, INTAKE, file, now_ms, open};
use crate::journal::{Entry, Header};
use crate::sink::datadog;
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tracing::info;

/// Longest reason in the table (characters); `show` has all of it.
const MAX_REASON_CHARS: usize = 60;

/// Why a command cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The dead letters cannot be read or written.
    #[error(transparent)]
    DeadLetters(#[from] DeadLetterError),
    /// SQLite said no.
    #[error("the dead letters cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// Nobody reads what is printed.
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
    /// Not the data folder of a collector.
    #[error("there are no dead letters in {}", .0.display())]
    NoFile(PathBuf),
    /// Nothing has this id.
    #[error("there is no dead letter {0}")]
    Unknown(i64),
    /// It never was in the journal.
    #[error("dead letter {0} is a sample of what the intake refused; there is nothing to put back")]
    IsSample(i64),
}

/// Which dead letters to put back.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// This one.
    One(i64),
    /// All, of one sink or of every sink.
    All(Option<&'a str>),
}

/// A row as it is shown.
struct Shown {
    id: i64,
    at: String,
    sink: String,
    lane: String,
    sequence: i64,
    first_event: i64,
    app: String,
    track: String,
    reason: String,
    detail: String,
    header: String,
    body: Vec<u8>,
    is_requested: bool,
}

/// Prints the newest dead letters as a table.
pub fn list(
    data_dir: &Path,
    sink: Option<&str>,
    limit: u32,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let connection = open_beside(data_dir)?;
    let mut statement =
        connection.prepare(&format!("{SELECT} WHERE ?1 IS NULL OR sink = ?1 ORDER BY id DESC LIMIT ?2"))?;
    let shown = statement.query_map(params![sink, limit], shown)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let total: i64 = connection.query_row(
        "SELECT count(*) FROM dead_letter WHERE ?1 IS NULL OR sink = ?1",
        [sink],
        |row| row.get(0),
    )?;
    let mut rows =
        vec![["ID", "SET ASIDE", "SINK", "TRACK", "APP", "BYTES", "STATE", "REASON"].map(str::to_owned)];
    rows.extend(shown.iter().map(|letter| {
        let state = if letter.is_requested { "to be delivered" } else { "" };
        let reason: String = printable(&letter.reason).chars().take(MAX_REASON_CHARS).collect();
        let id = letter.id.to_string();
        let bytes = letter.body.len().to_string();
        [
            id,
            letter.at.clone(),
            letter.sink.clone(),
            letter.track.clone(),
            printable(&letter.app),
            bytes,
            state.into(),
            reason,
        ]
    }));
    print_table(&rows, out)?;
    writeln!(out, "{} of {total}", shown.len())?;
    Ok(())
}

/// Prints all there is about one: facts, header, the sink's words, the events.
pub fn show(data_dir: &Path, id: i64, out: &mut dyn Write) -> Result<(), CommandError> {
    let connection = open_beside(data_dir)?;
    let letter = find(&connection, id)?;
    writeln!(out, "dead letter {id}, set aside {}", letter.at)?;
    writeln!(out, "sink        {}", letter.sink)?;
    if letter.sink != INTAKE {
        writeln!(
            out,
            "entry       {} of lane {}, from event {}",
            letter.sequence, letter.lane, letter.first_event
        )?;
    }
    writeln!(out, "app, track  {}, {}", printable(&letter.app), letter.track)?;
    writeln!(out, "reason      {}", printable(&letter.reason))?;
    if !letter.detail.is_empty() {
        writeln!(out, "detail      {}", printable(&letter.detail))?;
    }
    if letter.is_requested {
        writeln!(out, "state       to be delivered")?;
    }
    writeln!(out, "header      {}", printable(&letter.header))?;
    let Ok(header) = serde_json::from_str::<Header>(&letter.header) else {
        return Ok(out.write_all(printable(&String::from_utf8_lossy(&letter.body)).as_bytes())?);
    };
    let entry = Entry { header, body: Bytes::from(letter.body) };
    match datadog::events(&entry) {
        Ok(Some(events)) => {
            for line in String::from_utf8_lossy(&events).lines() {
                writeln!(out, "{}", printable(line))?;
            }
        }
        Ok(None) => writeln!(out, "a multipart body of {} bytes", entry.body.len())?,
        Err(_) => writeln!(out, "a body that cannot be read, {} bytes", entry.body.len())?,
    }
    Ok(())
}

/// Asks to have dead letters put back; returns how many. A running collector does it within seconds, a stopped
/// one at its next start.
pub fn replay(data_dir: &Path, selection: Selection<'_>, out: &mut dyn Write) -> Result<usize, CommandError> {
    let connection = open_beside(data_dir)?;
    let requested = match selection {
        Selection::One(id) => {
            let letter = find(&connection, id)?;
            if letter.sink == INTAKE {
                return Err(CommandError::IsSample(id));
            }
            let sql = "UPDATE dead_letter SET requested_ms = ? WHERE id = ? RETURNING id, sink";
            ids(&connection, sql, params![now_ms().cast_signed(), id])?
        }
        Selection::All(sink) => {
            let sql = "UPDATE dead_letter SET requested_ms = ?1
                       WHERE sink <> 'intake' AND (?2 IS NULL OR sink = ?2) AND requested_ms IS NULL
                       RETURNING id, sink";
            ids(&connection, sql, params![now_ms().cast_signed(), sink])?
        }
    };
    // Who did it: the log keeps what the file forgets once it is delivered.
    let user = std::env::var("USER").unwrap_or_default();
    for (id, sink) in &requested {
        info!(target: "audit", event = "dead_letter_replayed", id, sink, user);
    }
    writeln!(out, "{} to be delivered again", requested.len())?;
    Ok(requested.len())
}

fn ids(
    connection: &Connection,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<(i64, String)>> {
    connection.prepare(sql)?.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn open_beside(data_dir: &Path) -> Result<Connection, CommandError> {
    let path = file(data_dir);
    if !path.exists() {
        return Err(CommandError::NoFile(data_dir.to_owned()));
    }
    Ok(open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

const SELECT: &str =
    "SELECT *, strftime('%Y-%m-%d %H:%M:%SZ', at_ms / 1000, 'unixepoch') AS at FROM dead_letter";

fn find(connection: &Connection, id: i64) -> Result<Shown, CommandError> {
    let found = connection.query_row(&format!("{SELECT} WHERE id = ?"), [id], shown).optional()?;
    found.ok_or(CommandError::Unknown(id))
}

fn shown(row: &Row<'_>) -> rusqlite::Result<Shown> {
    Ok(Shown {
        id: row.get("id")?,
        at: row.get("at")?,
        sink: row.get("sink")?,
        lane: row.get("lane")?,
        sequence: row.get("sequence")?,
        first_event: row.get("first_event")?,
        app: row.get("app")?,
        track: row.get("track")?,
        reason: row.get("reason")?,
        detail: row.get("detail")?,
        header: row.get("header")?,
        body: row.get("body")?,
        is_requested: row.get::<_, Option<i64>>("requested_ms")?.is_some(),
    })
}

/// Columns as wide as their widest cell; the last one is not padded.
fn print_table(rows: &[[String; 8]], out: &mut dyn Write) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..8).map(width).collect();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths).take(7) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{}", row[7])?;
    }
    Ok(())
}

/// Text from the network without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}
