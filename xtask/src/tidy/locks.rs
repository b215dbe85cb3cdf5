//! Lock files that work behind any mirror.

use super::SourceFile;

pub(super) fn hosts(files: &[SourceFile]) -> Vec<String> {
    let locks = files.iter().filter(|file| file.path.ends_with("package-lock.json"));
    let tied = locks.filter(|file| file.text.contains("\"resolved\": \"http"));
    tied.map(|file| {
        format!(
            "{} names a download host; write it with `npm install --omit-lockfile-registry-resolved`",
            file.path
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_host_in_a_lock_file_fails() {
        let tied = "\"resolved\": \"https://mirror.example/a.tgz\",\n";
        assert_eq!(hosts(&[file("tests/package-lock.json", tied)]).len(), 1);
        assert!(hosts(&[file("tests/package-lock.json", "\"integrity\": \"sha512-a\"")]).is_empty());
    }
}
