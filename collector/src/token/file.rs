//! A token in a file that is replaced while the collector runs: by a rename, by Kubernetes' swap of the symbolic
//! link `..data`, or in place.
//!
//! Polled, not watched: inotify sees neither the target of a symbolic link being swapped above it nor changes
//! on network file systems, and a look every two seconds costs one `stat`.

use super::{Look, MAX_TOKEN_BYTES, TokenError, parse};
use crate::config::Secret;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Time between two looks. Kubernetes itself takes up to a minute to bring a changed secret here.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Longest file that is read (bytes): a token with generous white space. The path may be a mistake.
const MAX_FILE_BYTES: u64 = 4 * MAX_TOKEN_BYTES as u64;

/// What tells one state of the file from another. With the time of the last change of the inode, because `cp -p` and
/// `chmod` leave the time of the content alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What was seen at the path, good or bad. Bad states are remembered too, so that each is reported once.
type Seen = Result<Stamp, io::ErrorKind>;

/// The file as last seen.
pub(super) struct TokenFile {
    path: PathBuf,
    seen: Option<Seen>,
    good: bool,
}

/// The outcome of one look.
enum Found {
    /// The state that was seen last.
    Same,
    /// It is being written; the next look decides.
    Unsettled,
    Another(Seen, Result<Secret, TokenError>),
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, seen: None, good: false }
    }

    /// Reads the file if it changed. After a refusal also if it does not look so: two writes within one tick of
    /// the file system's clock have the same times.
    pub(super) async fn look(&mut self, refused: bool) -> Result<Look, TokenError> {
        let path = self.path.clone();
        let known = self.seen.filter(|_| !(refused && self.good));
        // A network file system may block.
        let look = tokio::task::spawn_blocking(move || look(&path, known));
        let found = look.await.map_err(|error| self.unreadable(io::Error::other(error)))?;
        match found {
            Found::Same if self.good => Ok(Look::Unchanged),
            Found::Same | Found::Unsettled => Ok(Look::StillBad),
            Found::Another(seen, token) => {
                self.seen = Some(seen);
                self.good = token.is_ok();
                token.map(Look::Token)
            }
        }
    }

    fn unreadable(&self, source: io::Error) -> TokenError {
        TokenError::Read { path: self.path.clone(), source }
    }
}

/// The token in the file now: for the check of the configuration.
pub(crate) fn read(path: &Path) -> Result<Secret, TokenError> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    content(path, &file).and_then(|text| parse(&text))
}

fn look(path: &Path, known: Option<Seen>) -> Found {
    let seen = fs::metadata(path).map(|metadata| Stamp::from(&metadata)).map_err(|error| error.kind());
    if known == Some(seen) {
        return Found::Same;
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return Found::Another(seen, Err(unreadable(path, error))),
    };
    // From here on of the open file, whatever the path leads to by now.
    let stamp = || file.metadata().map(|metadata| Stamp::from(&metadata)).map_err(|error| error.kind());
    let before = stamp();
    let token = content(path, &file).and_then(|text| parse(&text));
    if stamp() != before {
        return Found::Unsettled;
    }
    Found::Another(before, token)
}

fn content(path: &Path, file: &File) -> Result<Zeroizing<String>, TokenError> {
    // Filled at once, so that no grown-out-of copy is left in memory.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES as usize + 1));
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text).map_err(|source| unreadable(path, source))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(TokenError::Malformed);
    }
    let text = std::str::from_utf8(&text).map_err(|_| TokenError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn unreadable(path: &Path, source: io::Error) -> TokenError {
    TokenError::Read { path: path.to_owned(), source }
}
