//! Whether the data folder takes files and syncs them, and the audit file lines.

use super::{Fault, Report};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const WHAT: &str = "data folder";

pub(super) fn check(report: &mut Report<'_>, folder: &Path) {
    // `serve` would make the folder; made here it might belong to another user.
    let existing = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    match write_and_sync(existing) {
        Ok(()) if existing == folder => {
            report.ok(WHAT, &format!("{} takes files and syncs them", folder.display()));
        }
        Ok(()) => {
            let found = format!("{} will be made at the start, its place is writable", folder.display());
            report.ok(WHAT, &found);
        }
        Err(error) => {
            let found = format!("{} cannot be written and synced ({error})", existing.display());
            let mend = "give it to the user that runs the collector, or change data_dir";
            report.fail(WHAT, &Fault::new(found, mend));
        }
    }
}

/// Not made here, for the same reason as the data folder.
pub(super) fn check_audit(report: &mut Report<'_>, file: &Path) {
    let written = if file.exists() {
        OpenOptions::new().append(true).open(file).and_then(|file| file.sync_all())
    } else {
        write_and_sync(file.parent().unwrap_or(Path::new(".")))
    };
    match written {
        Ok(()) => report.ok("audit log", &format!("{} takes lines", file.display())),
        Err(error) => {
            let found = format!("{} cannot be written ({error})", file.display());
            let mend = "let the user that runs the collector write it, or change audit.file";
            report.fail("audit log", &Fault::new(found, mend));
        }
    }
}

/// What the journal asks of the disk: a new file, its bytes synced, its name synced.
fn write_and_sync(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let path = folder.join(format!(".collector-check-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let written = file.write_all(b"check\n").and_then(|()| file.sync_all());
    std::fs::remove_file(&path)?;
    written.and_then(|()| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(folder: &Path) -> String {
        let mut out = Vec::new();
        check(&mut Report { out: &mut out, failed: false }, folder);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_folder_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(line(path), format!("ok    data folder: {} takes files and syncs them\n", path.display()));
        let missing = path.join("a/b");
        let made = format!("{} will be made at the start, its place is writable", missing.display());
        assert_eq!(line(&missing), format!("ok    data folder: {made}\n"));
        assert_eq!(std::fs::read_dir(path).unwrap().count(), 0);
    }

    #[test]
    fn an_audit_file_is_tried_where_it_is_or_will_be() {
        let audited = |file: &Path| {
            let mut out = Vec::new();
            check_audit(&mut Report { out: &mut out, failed: false }, file);
            String::from_utf8(out).unwrap()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.ndjson");
        let good = format!("ok    audit log: {} takes lines\n", file.display());
        assert_eq!(audited(&file), good);
        assert!(!file.exists());
        std::fs::write(&file, "{}\n").unwrap();
        assert_eq!(audited(&file), good);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
        let nowhere = audited(&folder.path().join("missing/audit.ndjson"));
        assert!(
            nowhere.starts_with("FAIL  audit log: ") && nowhere.contains("change audit.file"),
            "{nowhere}"
        );
    }

    #[test]
    fn a_folder_that_takes_no_file_is_named() {
        // Nobody, not even root, makes files there.
        let text = line(Path::new("/proc"));
        assert!(text.starts_with("FAIL  data folder: /proc cannot be written and synced ("), "{text}");
        assert!(
            text.ends_with("; give it to the user that runs the collector, or change data_dir\n"),
            "{text}"
        );
    }
}
