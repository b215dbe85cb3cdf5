//! Files and functions that fit in a head.

use super::SourceFile;

const MAX_FILE_LINES: usize = 400;
/// Tests repeat themselves for a reason: each reads alone.
const MAX_TEST_FILE_LINES: usize = 800;
/// One screen, turned upright.
const MAX_FUNCTION_LINES: usize = 70;
/// In one of a file's first lines, with the reason behind it, it lifts the limit.
const EXEMPTION: &str = "Long on purpose:";
const EXEMPTION_LINES: usize = 10;

pub(super) fn files(files: &[SourceFile]) -> Vec<String> {
    let too_long = files.iter().filter(|file| file.is_code()).filter_map(|file| {
        let limit = if file.is_test() { MAX_TEST_FILE_LINES } else { MAX_FILE_LINES };
        let lines = file.text.lines().count();
        let exempt = file.text.lines().take(EXEMPTION_LINES).any(|line| line.contains(EXEMPTION));
        (lines > limit && !exempt).then(|| {
            format!(
                "{}: {lines} lines, the limit is {limit}; split it, or say why (`{EXEMPTION} …`) at its top",
                file.path
            )
        })
    });
    too_long.collect()
}

/// rustfmt puts a function's closing brace in the column of its first line, so columns are all that is needed.
pub(super) fn functions(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.has_extension(&["rs"])) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(name) = function_name(line) else { continue };
            let indent = &line[..line.len() - line.trim_start().len()];
            let closing = format!("{indent}}}");
            let body = lines[start..].iter().position(|line| *line == closing);
            // A declaration (in a trait, or a foreign one) ends before any brace of its own.
            let declared_only = lines[start..].iter().find(|line| line.ends_with(['{', ';', '}']));
            if declared_only.is_none_or(|line| !line.ends_with('{')) {
                continue;
            }
            let length = body.map_or(0, |last| last + 1);
            if length > MAX_FUNCTION_LINES {
                complaints.push(format!(
                    "{}:{}: `{name}` has {length} lines, the limit is {MAX_FUNCTION_LINES}",
                    file.path,
                    start + 1
                ));
            }
        }
    }
    complaints
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split(' ').skip_while(|word| {
        word.starts_with("pub") || matches!(*word, "async" | "const" | "unsafe" | "extern" | "\"C\"")
    });
    if words.next() != Some("fn") {
        return None;
    }
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_long_file_fails_unless_it_says_why() {
        let long = "x\n".repeat(MAX_FILE_LINES + 1);
        assert_eq!(files(&[file("collector/src/a.rs", &long)]).len(), 1);
        assert!(files(&[file("collector/tests/it/a.rs", &long)]).is_empty());
        assert!(
            files(&[file("collector/src/a.rs", &format!("//! Long on purpose: a table.\n{long}"))])
                .is_empty()
        );
        assert!(files(&[file("docs/a.md", &long)]).is_empty());
    }

    #[test]
    fn a_long_function_fails_by_name_and_line() {
        let body = "        step();\n".repeat(MAX_FUNCTION_LINES - 1);
        let code = format!("impl A {{\n    pub(crate) async fn walk<T>(t: T) {{\n{body}    }}\n}}\n");
        let complaints = functions(&[file("a.rs", &code)]);
        assert_eq!(complaints, ["a.rs:2: `walk` has 71 lines, the limit is 70"]);
    }

    #[test]
    fn a_declaration_is_not_measured_to_the_next_brace() {
        let filler = "    const A: u8 = 1;\n".repeat(MAX_FUNCTION_LINES);
        let code = format!("trait A {{\n    fn declared(&self);\n{filler}    fn short() {{\n    }}\n}}\n");
        assert!(functions(&[file("a.rs", &code)]).is_empty());
    }
}
