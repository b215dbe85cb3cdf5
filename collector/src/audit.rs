//! The audit log: who changed what the collector does, and who looked at what it holds. One JSON object per
//! line, appended, in a file that only the collector's user can read:
//!
//! ```text
//! {"at":"2026-11-25T18:46:43.733605Z","event":"viewer_read","peer":"127.0.0.1","path":"/api/views","query":"limit=5","rows":5,"status":200}
//! ```
//! Whatever is logged with the target `audit` becomes a line, so a new audited event is one log call:
//! `info!(target: AUDIT, event = "…", …)`. Fields name options and digests, never secrets.
//!
//! Lines are written and synced by a thread of their own, all that wait in one sync, within milliseconds; a
//! crash of the machine can cost those. The alternative, to let the request wait for its line, would let a
//! slow disk stop the viewer, and was not taken. A file that cannot be written stops nothing either: it is
//! logged, counted (`collector_audit_lost_total`) and tried again with the next line.

use crate::telemetry::Telemetry;
use serde_json::{Map, Value};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, error};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;

/// The target of log calls that are audited.
pub const AUDIT: &str = "audit";

/// Lines that may wait for the disk. A person makes a few a second; this bridges a disk that hangs.
const MAX_WAITING_LINES: usize = 1_024;

/// Longest wait for the last lines when the collector stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where audited events go.
pub struct AuditLog {
    sender: SyncSender<Message>,
    telemetry: Telemetry,
    /// Whether a log call waits for room; else the line is lost.
    waits: bool,
}

enum Message {
    Line(String),
    Reopen,
    /// Answered when all before it is on the disk.
    Close(SyncSender<()>),
}

impl AuditLog {
    /// Begins to append to `path`. That it can be written is not asked here: see the module.
    ///
    /// # Errors
    /// If the system has no thread to give.
    pub fn open(path: PathBuf, telemetry: Telemetry) -> io::Result<Self> {
        let (sender, messages) = sync_channel(MAX_WAITING_LINES);
        let writer = AuditWriter { path, file: None, failing: false, telemetry: telemetry.clone() };
        thread::Builder::new().name("audit".into()).spawn(move || writer.run(&messages))?;
        Ok(Self { sender, telemetry, waits: false })
    }

    /// For a command, which has nothing better to do than to wait until each line has room.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// The next line goes to the file that then has the name: the old one was moved away.
    pub fn reopen(&self) {
        self.sender.send(Message::Reopen).ok();
    }

    /// Waits until all lines so far are on the disk, but not forever.
    pub fn flush(&self) {
        let (sender, done) = sync_channel(1);
        if self.sender.send(Message::Close(sender)).is_ok() {
            done.recv_timeout(CLOSE_TIMEOUT).ok();
        }
    }
}

/// Makes lines of what is logged with the target [`AUDIT`].
pub struct AuditLayer(pub Arc<AuditLog>);

impl<S: Subscriber> Layer<S> for AuditLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let message = Message::Line(line(fields.0));
        let taken = if self.0.waits {
            self.0.sender.send(message).is_ok()
        } else {
            self.0.sender.try_send(message).is_ok()
        };
        if !taken {
            // Not logged: this is the middle of a log call.
            self.0.telemetry.count_audit_lost(1);
        }
    }
}

/// Appends one line and syncs it, for commands that are not the running collector. They cannot do what is to be
/// audited if this fails.
pub fn append(path: &Path, event: &str, mut fields: Map<String, Value>) -> io::Result<()> {
    fields.insert("event".into(), event.into());
    // Of whom the kernel says that it runs the command; a `sudo` user is what sudo says.
    fields.insert("uid".into(), std::fs::metadata("/proc/self")?.uid().into());
    if let Ok(user) = std::env::var("SUDO_USER") {
        fields.insert("sudo_user".into(), user.into());
    }
    let mut file = open(path)?;
    file.write_all(line(fields).as_bytes())?;
    file.sync_data()
}

struct AuditWriter {
    path: PathBuf,
    file: Option<File>,
    /// One log line per trouble, not per line lost.
    failing: bool,
    telemetry: Telemetry,
}

impl AuditWriter {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(first) = messages.recv() {
            let mut waiting = vec![first];
            waiting.extend(messages.try_iter().take(MAX_WAITING_LINES));
            let (mut text, mut lines, mut closing) = (String::new(), 0, None);
            for message in waiting {
                match message {
                    Message::Line(line) => {
                        text.push_str(&line);
                        lines += 1;
                    }
                    Message::Reopen => {
                        self.write(&std::mem::take(&mut text), std::mem::take(&mut lines));
                        self.file = None;
                    }
                    Message::Close(done) => closing = Some(done),
                }
            }
            self.write(&text, lines);
            if let Some(done) = closing {
                done.send(()).ok();
            }
        }
    }

    fn write(&mut self, text: &str, lines: u64) {
        if lines == 0 {
            return;
        }
        match self.try_write(text) {
            Ok(()) => self.failing = false,
            Err(error) => {
                // Opened anew for the next line: the disk may be another by then.
                self.file = None;
                self.telemetry.count_audit_lost(lines);
                if !std::mem::replace(&mut self.failing, true) {
                    let path = self.path.display();
                    error!(event = "audit_not_written", %path, %error, effect = "lines are lost and counted");
                }
            }
        }
    }

    fn try_write(&mut self, text: &str) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => open(&self.path)?,
        };
        let file = self.file.insert(file);
        // In one piece: a command may append to the same file.
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn line(mut fields: Map<String, Value>) -> String {
    let mut at = String::new();
    // Fails only where a `String` cannot grow.
    SystemTime.format_time(&mut Writer::new(&mut at)).ok();
    fields.insert("at".into(), at.into());
    format!("{}\n", Value::Object(fields))
}

/// The fields of a log call.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }
}
