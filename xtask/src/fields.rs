//! `cargo xtask fields`: the numbers of `rum-protocol`'s fields, as constants for those who write or read them
//! one by one: the SDK core, where a derived encoder would cost 100 bytes a field (docs/adr/0004), and the
//! adapters in the page. The structs are the only declaration; `cargo xtask tidy` says when these files are old.

use crate::layout::Layout;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;

/// Where the structs are.
pub(crate) const SOURCES: [&str; 9] = [
    "rum-protocol/src/batch.rs",
    "rum-protocol/src/event/mod.rs",
    "rum-protocol/src/event/view.rs",
    "rum-protocol/src/event/vitals.rs",
    "rum-protocol/src/event/action.rs",
    "rum-protocol/src/event/error.rs",
    "rum-protocol/src/event/resource.rs",
    "rum-protocol/src/event/long_task.rs",
    "rum-protocol/src/event/vital.rs",
];
pub(crate) const RUST: &str = "rum-protocol/src/keys.rs";
pub(crate) const TYPESCRIPT: &str = "js-loader/src/fields.ts";
const COMMAND: &str = "cargo xtask fields";

/// A struct or enum with its numbered names, in Rust's spelling.
struct Numbered {
    is_struct: bool,
    name: String,
    entries: Vec<(String, u32)>,
}

pub(crate) fn run(layout: &Layout) -> Result<()> {
    let mut texts = Vec::new();
    for source in SOURCES {
        texts.push(fs::read_to_string(layout.root().join(source)).with_context(|| source.to_owned())?);
    }
    for (path, text) in [(RUST, rust(&texts)), (TYPESCRIPT, typescript(&texts))] {
        fs::write(layout.root().join(path), text)?;
    }
    Ok(())
}

/// What [`RUST`] must say.
pub(crate) fn rust(sources: &[String]) -> String {
    let mut text = format!(
        "//! Numbers of the fields, for writers that write them one by one. Written by `{COMMAND}`.\n\n\
         #![allow(missing_docs, reason = \"the structs say what each field means\")]\n"
    );
    for numbered in read(sources).iter().filter(|numbered| numbered.is_struct) {
        let _ = write!(text, "\npub mod {} {{\n", snake(&numbered.name));
        for (name, number) in &numbered.entries {
            let _ = writeln!(text, "    pub const {}: u32 = {number};", name.to_uppercase());
        }
        text.push_str("}\n");
    }
    text
}

/// What [`TYPESCRIPT`] must say.
pub(crate) fn typescript(sources: &[String]) -> String {
    let mut text = format!(
        "/** Numbers of the fields `rum-protocol` declares, and of its enums. Written by `{COMMAND}`. */\n"
    );
    for numbered in read(sources) {
        let _ = write!(text, "\nexport const enum {} {{\n", numbered.name);
        for (name, number) in &numbered.entries {
            let name = if numbered.is_struct { camel(name) } else { name.clone() };
            let _ = writeln!(text, "  {name} = {number},");
        }
        text.push_str("}\n");
    }
    text
}

/// `#[n(3)]` or `#[cbor(n(3), ...)]` numbers the next name; `pub const NAME: u32 = 3;` numbers itself.
fn read(sources: &[String]) -> Vec<Numbered> {
    let mut all: Vec<Numbered> = Vec::new();
    let mut number = None;
    for line in sources.iter().flat_map(|source| source.lines()).map(str::trim_start) {
        let mut words = line.split([' ', ':', '(', ',', '<']).filter(|word| !word.is_empty());
        let (first, second, third) = (words.next(), words.next(), words.next());
        if let (Some("pub"), Some(kind @ ("struct" | "enum")), Some(name)) = (first, second, third) {
            all.push(Numbered { is_struct: kind == "struct", name: name.to_owned(), entries: Vec::new() });
        } else if line.starts_with("#[") {
            let digits = line.split_once("n(").map(|(_, rest)| rest);
            number = digits.and_then(|rest| rest.split(')').next()?.parse().ok()).or(number);
        } else if let (Some(taken), Some(first)) = (number, first)
            && let Some(last) = all.last_mut()
            && !line.starts_with("//")
        {
            let name = if first == "pub" { second.unwrap_or_default() } else { first };
            last.entries.push((name.to_owned(), taken));
            number = None;
        } else if let Some((name, value)) =
            line.strip_prefix("pub const ").and_then(|rest| rest.strip_suffix(';')?.split_once(": u32 = "))
            && let (Some(last), Ok(value)) = (all.last_mut(), value.parse())
        {
            last.entries.push((pascal(name), value));
        }
    }
    all.retain(|numbered| !numbered.entries.is_empty());
    all
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

fn camel(name: &str) -> String {
    let mut text = pascal(name);
    text.replace_range(..1, &name[..1]);
    text
}

/// Of `snake_case` or `UPPER_CASE`.
fn pascal(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..].to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_and_enums_become_constants() {
        let source = "/// A.\npub struct SlowClick {\n    /// Id.\n    #[n(0)]\n    pub id: Id,\n    \
                      #[cbor(n(12), with = \"x\")]\n    pub click_type: Option<T>,\n}\n\
                      #[cbor(index_only)]\npub enum Way {\n    /// Up.\n    #[n(1)]\n    Up,\n}\n\
                      pub enum Kind {\n    View(X),\n}\nimpl Kind {\n    pub const VIEW_ALL: u32 = 3;\n}\n";
        let sources = [source.to_owned()];
        let rust = rust(&sources);
        assert!(rust.contains(
            "pub mod slow_click {\n    pub const ID: u32 = 0;\n    pub const CLICK_TYPE: u32 = 12;\n}"
        ));
        let typescript = typescript(&sources);
        assert!(typescript.contains("enum SlowClick {\n  id = 0,\n  clickType = 12,\n}"), "{typescript}");
        assert!(typescript.contains("enum Way {\n  Up = 1,\n}"));
        assert!(typescript.contains("enum Kind {\n  ViewAll = 3,\n}"), "{typescript}");
    }
}
