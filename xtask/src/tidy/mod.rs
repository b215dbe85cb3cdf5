//! `cargo xtask tidy`: the design's rules that no compiler or linter checks. Each rule is a function from the
//! project's files to complaints, with a test that shows it can fail; to add one, add it to [`RULES`].

mod boundary;
mod documents;
mod fields;
mod length;
mod locks;
mod names;

use crate::layout::Layout;
use crate::process;
use anyhow::Result;
use std::fs;
use std::process::ExitCode;

/// A text file of the project, with its path from the root (`/` between folders).
pub(crate) struct SourceFile {
    path: String,
    text: String,
}

type Rule = fn(&[SourceFile]) -> Vec<String>;

const RULES: [(&str, Rule); 10] = [
    ("files are short", length::files),
    ("functions are short", length::functions),
    ("the core is plain Rust outside its bindings", boundary::web_apis),
    ("one file exports to JavaScript", boundary::exports),
    ("one file imports the generated glue", boundary::glue_imports),
    ("the numbers of fields are current", fields::are_current),
    ("files are named for what flows through them", names::files),
    ("open ends name their issue", names::open_ends),
    ("documents point at files that exist", documents::links),
    ("lock files name no download host", locks::hosts),
];

/// What one rule found.
pub(crate) struct Outcome {
    rule: &'static str,
    complaints: Vec<String>,
}

impl Outcome {
    /// Prints the rule with its complaints and answers whether it holds.
    pub(crate) fn print(&self) -> bool {
        let holds = self.complaints.is_empty();
        println!("{} {}", if holds { "ok  " } else { "FAIL" }, self.rule);
        for complaint in &self.complaints {
            println!("       {complaint}");
        }
        holds
    }
}

pub(crate) fn run(layout: &Layout) -> Result<ExitCode> {
    let held: Vec<bool> = check_all(layout)?.iter().map(Outcome::print).collect();
    Ok(if held.iter().all(|held| *held) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn check_all(layout: &Layout) -> Result<Vec<Outcome>> {
    let files = project_files(layout)?;
    Ok(RULES.iter().map(|(rule, check)| Outcome { rule, complaints: check(&files) }).collect())
}

/// Every file git knows or would add. A binary file has its path, and no text.
fn project_files(layout: &Layout) -> Result<Vec<SourceFile>> {
    let mut git = process::command_in(layout.root(), "git");
    let listing =
        process::output_of(git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]))?;
    let mut files = Vec::new();
    for path in listing.split('\0').filter(|path| !path.is_empty()) {
        // A file that was deleted and not yet committed is still listed.
        if let Ok(bytes) = fs::read(layout.root().join(path)) {
            files.push(SourceFile {
                path: path.to_owned(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            });
        }
    }
    Ok(files)
}

impl SourceFile {
    fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    fn is_code(&self) -> bool {
        self.has_extension(&["rs", "ts", "tsx", "js", "mjs", "css", "html"])
    }

    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.split('/').any(|folder| folder == "tests" || folder == "test")
            || name.contains(".test.")
            || name.contains("_test.")
            || name == "tests.rs"
    }

    /// Lines with their numbers, comments of whole lines left out.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

#[cfg(test)]
fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}
