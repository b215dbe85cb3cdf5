//! Documents that describe the tree as it is.

use super::SourceFile;
use std::collections::HashSet;

/// Endings by which a word in backticks is taken for a file of ours.
const FILE_ENDINGS: [&str; 12] =
    [".rs", ".ts", ".tsx", ".mjs", ".toml", ".json", ".md", ".snap", ".html", ".css", ".png", ".svg"];
/// A bare name with one of these is a source file; a bare `package.json` could be anybody's.
const SOURCE_ENDINGS: [&str; 4] = [".rs", ".ts", ".tsx", ".mjs"];
/// Made by a build, so not in the tree.
const GENERATED: [&str; 4] = ["dist/", "target/", ".tools/", "node_modules/"];

pub(super) fn links(files: &[SourceFile]) -> Vec<String> {
    let paths: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.has_extension(&["md"])) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, line) in file.text.lines().enumerate() {
            let dead_links = link_targets(line).filter(|target| !link_exists(&paths, folder, target));
            let dead_paths = mentioned_files(line).filter(|path| !mention_exists(&paths, folder, path));
            for dead in dead_links.chain(dead_paths) {
                complaints.push(format!("{}:{}: `{dead}` does not exist", file.path, index + 1));
            }
        }
    }
    complaints
}

/// What stands in `](…)`, if it points into the project.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|target| {
        !target.contains("://")
            && !target.starts_with('#')
            && !target.starts_with("mailto:")
            && !target.is_empty()
    })
}

fn link_exists(paths: &HashSet<&str>, folder: &str, target: &str) -> bool {
    let target = target.split(['#', ' ']).next().unwrap_or_default();
    exists(paths, &resolve(folder, target))
}

/// The words in backticks that name one file. Patterns (`core-<hash>.js`, `*.rs`, `{a,b}.rs`) name none.
fn mentioned_files(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|word| {
        let plain = !word.contains(['<', '>', '*', '{', '}', ' ', '$', '…', '(']) && !word.contains("://");
        let endings: &[&str] = if word.contains('/') { &FILE_ENDINGS } else { &SOURCE_ENDINGS };
        let elsewhere = word.starts_with(['/', '~']) || GENERATED.iter().any(|folder| word.contains(folder));
        plain
            && !elsewhere
            && endings.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
    })
}

/// A mention may be written from the root, from the document's folder, or shortened to its last parts.
fn mention_exists(paths: &HashSet<&str>, folder: &str, mention: &str) -> bool {
    let ending = format!("/{mention}");
    paths.contains(mention)
        || paths.contains(resolve(folder, mention).as_str())
        || paths.iter().any(|path| path.ends_with(&ending))
}

/// A file, or a folder with a file in it.
fn exists(paths: &HashSet<&str>, path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    path.is_empty() || paths.contains(path) || paths.iter().any(|known| known.starts_with(&folder))
}

/// `target` seen from `folder`, with `.` and `..` taken out.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn complaints(document: &str) -> Vec<String> {
        links(&[
            file("docs/adr/0001.md", document),
            file("collector/src/intake/mod.rs", ""),
            file("README.md", ""),
        ])
    }

    #[test]
    fn a_dead_link_fails_and_a_living_one_does_not() {
        assert_eq!(complaints("see [the intake](../../collector/src/intake.rs)").len(), 1);
        assert!(
            complaints("see [the intake](../../collector/src/intake/) and [it](../../README.md#start)")
                .is_empty()
        );
        assert!(complaints("see [the web](https://example.com/a.rs) and [above](#start)").is_empty());
    }

    #[test]
    fn a_file_named_in_backticks_must_exist() {
        assert_eq!(complaints("first `collector/src/decode.rs`, then `gone.rs`").len(), 2);
        assert!(complaints("`intake/mod.rs`, `collector/src/intake/mod.rs`, `mod.rs`").is_empty());
        assert!(
            complaints("`dist/sdk/rum.js`, `core-<hash>.js`, `package.json`, `a b.rs`, `/v1`").is_empty()
        );
    }
}
