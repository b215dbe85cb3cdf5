//! The files written from `rum-protocol` say what it says.

use super::SourceFile;
use crate::fields;

pub(super) fn are_current(files: &[SourceFile]) -> Vec<String> {
    let text_of = |path: &str| {
        files.iter().find(|file| file.path == path).map(|file| file.text.clone()).unwrap_or_default()
    };
    let sources = fields::SOURCES.map(text_of);
    [(fields::RUST, fields::rust(&sources)), (fields::TYPESCRIPT, fields::typescript(&sources))]
        .into_iter()
        .filter(|(path, text)| text_of(path) != *text)
        .map(|(path, _)| format!("{path}: not what rum-protocol says; run `cargo xtask fields`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn an_old_file_is_told() {
        let source = file(fields::SOURCES[0], "pub struct Batch {\n    #[n(0)]\n    pub id: u32,\n}\n");
        assert_eq!(are_current(&[source]).len(), 2);
    }
}
