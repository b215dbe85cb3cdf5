//! SQLite databases as files: what stands beside them, how they are set aside, and when they are beyond
//! repair. Shared by the journal and the store.

use rusqlite::{ErrorCode, ffi};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files SQLite keeps beside a database in WAL mode.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Whether an error means that the file itself is beyond repair, rather than the disk busy or full.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Size of the file and of what SQLite keeps beside it.
pub(crate) fn size_bytes(path: &Path) -> u64 {
    let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    size(path) + COMPANIONS.iter().map(|suffix| size(&companion(path, suffix))).sum::<u64>()
}

/// An error that [`is_damage`], for what SQLite itself does not notice.
pub(crate) fn damage(what: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(what.to_owned()))
}

/// Unlinks the file and what SQLite keeps beside it. The file goes first: a crash in between leaves companions
/// of nothing, never a file without its write-ahead log, which would look whole and lack entries.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    for suffix in COMPANIONS {
        match fs::remove_file(companion(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Unlinks companions whose file is gone.
pub(crate) fn remove_orphans(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        let file = COMPANIONS.iter().find_map(|suffix| name.strip_suffix(suffix));
        if file.is_some_and(|file| !Path::new(file).exists()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Renames a file nothing can be read from, so that it neither hinders nor disappears.
pub(crate) fn quarantine(path: &Path) -> io::Result<()> {
    fs::rename(path, companion(path, ".damaged"))?;
    for suffix in COMPANIONS {
        let beside = companion(path, suffix);
        if beside.exists() {
            fs::rename(&beside, companion(path, &format!(".damaged{suffix}")))?;
        }
    }
    Ok(())
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
