//! Names that say something, and open ends that say where they are followed up.

use super::SourceFile;

/// A file so named collects whatever nobody found a place for, or lives beside its successor.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "legacy", "v2"];
/// Data named by the world outside (protocol versions, other people's pages).
const NAMED_BY_OTHERS: &str = "tests/fixtures/";

/// Written in two halves, so that this file does not find itself.
const OPEN_ENDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK")];

pub(super) fn files(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with(NAMED_BY_OTHERS)) {
        let words = file.path.split(['/', '-', '_', '.']);
        for word in words.filter(|word| EMPTY_NAMES.contains(&word.to_lowercase().as_str())) {
            complaints.push(format!("{}: `{word}` does not say what flows through it", file.path));
        }
    }
    complaints
}

pub(super) fn open_ends(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_code() || file.has_extension(&["toml", "md", "sh", "yml"]))
    {
        for (index, line) in file.text.lines().enumerate() {
            let unowned = OPEN_ENDS.iter().any(|mark| {
                line.match_indices(mark).any(|(at, _)| {
                    let part_of_word = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                    !part_of_word && !names_an_issue(&line[at + mark.len()..])
                })
            });
            if unowned {
                complaints.push(format!(
                    "{}:{}: an open end without its issue, as in (#12)",
                    file.path,
                    index + 1
                ));
            }
        }
    }
    complaints
}

fn names_an_issue(after: &str) -> bool {
    let Some(number) = after.strip_prefix("(#").and_then(|rest| rest.split_once(')')) else { return false };
    !number.0.is_empty() && number.0.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_name_that_says_nothing_fails() {
        for path in [
            "js-loader/src/utils.ts",
            "collector/src/http_helpers.rs",
            "collector/src/common/mod.rs",
            "a/ingest_v2.rs",
        ] {
            assert_eq!(files(&[file(path, "")]).len(), 1, "{path}");
        }
        assert!(
            files(&[file("collector/src/commonplace.rs", ""), file("tests/fixtures/wire/v2/a.cbor", "")])
                .is_empty()
        );
    }

    #[test]
    fn an_open_end_needs_its_issue() {
        let mark = OPEN_ENDS[0];
        assert_eq!(open_ends(&[file("a.rs", &format!("// {mark}: later\n"))]).len(), 1);
        assert_eq!(open_ends(&[file("a.md", &format!("{mark}(#)\n"))]).len(), 1);
        assert!(open_ends(&[file("a.rs", &format!("// {mark}(#12): later\n"))]).is_empty());
        assert!(open_ends(&[file("a.rs", &format!("MAS{mark}\n"))]).is_empty());
    }
}
