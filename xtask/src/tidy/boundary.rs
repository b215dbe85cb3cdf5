//! Who may know what: the web, the exports to JavaScript, the generated glue.

use super::SourceFile;

/// Its tests run in a browser and talk to it.
const EXPORTS_TEST: &str = "rum-wasm/src/bindings_test.rs";
const WEB_CRATES: [&str; 3] = ["web_sys", "js_sys", "wasm_bindgen"];
/// The folders the rule is about: this one only talks of these crates.
const SHIPPED_CRATES: [&str; 4] = ["rum-wasm/", "rum-replay/", "rum-protocol/", "collector/"];

/// The one file of each crate for the page that knows JavaScript; everything else there is plain Rust.
const EXPORTS: [&str; 2] = ["rum-wasm/src/bindings.rs", "rum-replay/src/bindings.rs"];
/// Who may import the glue, and what wasm-pack calls its output, in a module path, and the loader's alias of it.
const GLUE: [(&str, [&str; 3]); 2] = [
    ("js-loader/src/boundary.ts", ["wasm-pkg", "rum_wasm", "#glue"]),
    ("js-loader/src/replay/module.ts", ["replay-pkg", "rum_replay", "#replay-glue"]),
];

pub(super) fn web_apis(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in shipped_rust(files).filter(|file| !is_exports(file) && file.path != EXPORTS_TEST) {
        for (number, line) in file.code_lines() {
            if let Some(name) = WEB_CRATES.iter().find(|name| contains_word(line, name)) {
                complaints.push(format!("{}:{number}: `{name}` belongs in bindings.rs", file.path));
            }
        }
    }
    complaints
}

/// An attribute on a foreign block is an import; on anything else it exports.
pub(super) fn exports(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in shipped_rust(files).filter(|file| !is_exports(file)) {
        let mut attribute = None;
        let mut in_attribute = false;
        let mut in_foreign_block = false;
        for (number, line) in file.code_lines() {
            let trimmed = line.trim_start();
            let opens_foreign_block =
                trimmed.starts_with("extern \"C\" {") || trimmed.starts_with("unsafe extern \"C\" {");
            if in_attribute {
                in_attribute = !trimmed.ends_with(")]");
            } else if in_foreign_block {
                in_foreign_block = trimmed != "}";
            } else if opens_foreign_block {
                in_foreign_block = true;
                attribute = None;
            } else if trimmed.starts_with("#[wasm_bindgen]") || trimmed.starts_with("#[wasm_bindgen(") {
                attribute = Some(number);
                in_attribute = !trimmed.ends_with(']');
            } else if !trimmed.starts_with("#[")
                && !trimmed.is_empty()
                && let Some(number) = attribute.take()
            {
                complaints
                    .push(format!("{}:{number}: an export to JavaScript outside bindings.rs", file.path));
            }
        }
    }
    complaints
}

pub(super) fn glue_imports(files: &[SourceFile]) -> Vec<String> {
    let loader =
        files.iter().filter(|file| file.path.starts_with("js-loader/src/") && file.has_extension(&["ts"]));
    let mut complaints = Vec::new();
    for file in loader {
        for (number, line) in file.code_lines() {
            let imports = line.contains("import") || line.contains(" from ");
            for (importer, modules) in GLUE {
                let is_glue = modules.iter().any(|module| line.contains(module));
                if imports && is_glue && file.path != importer {
                    complaints.push(format!("{}:{number}: only {importer} imports the glue", file.path));
                }
            }
        }
    }
    complaints
}

fn is_exports(file: &SourceFile) -> bool {
    EXPORTS.contains(&file.path.as_str())
}

fn shipped_rust(files: &[SourceFile]) -> impl Iterator<Item = &SourceFile> {
    files.iter().filter(|file| {
        file.has_extension(&["rs"]) && SHIPPED_CRATES.iter().any(|folder| file.path.starts_with(folder))
    })
}

fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_web_api_in_the_engine_fails_and_in_the_bindings_does_not() {
        let code = "use web_sys::Window;\n";
        assert_eq!(web_apis(&[file("rum-wasm/src/engine.rs", code)]).len(), 1);
        assert_eq!(web_apis(&[file("collector/src/main.rs", code)]).len(), 1);
        assert_eq!(web_apis(&[file("rum-replay/src/engine.rs", code)]).len(), 1);
        assert!(web_apis(&EXPORTS.map(|path| file(path, code))).is_empty());
        assert!(web_apis(&[file("rum-wasm/src/engine.rs", "// unlike web_sys, this is plain\n")]).is_empty());
        assert!(web_apis(&[file("rum-wasm/src/engine.rs", "let my_web_sys_count = 1;\n")]).is_empty());
    }

    #[test]
    fn a_second_exporting_file_fails() {
        let export = "#[wasm_bindgen]\n#[derive(Debug)]\npub struct Sdk;\n";
        let complaints = exports(&[file("rum-wasm/src/sdk.rs", export), file(EXPORTS[0], export)]);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].starts_with("rum-wasm/src/sdk.rs:1:"), "{complaints:?}");
    }

    #[test]
    fn a_browser_test_is_not_an_export() {
        assert!(exports(&[file(EXPORTS_TEST, "#[wasm_bindgen_test]\nfn boots() {}\n")]).is_empty());
    }

    #[test]
    fn an_import_is_not_an_export() {
        let import = "#[wasm_bindgen]\nextern \"C\" {\n    #[wasm_bindgen(js_name = now)]\n    fn now() -> f64;\n}\nfn after() {}\n";
        assert!(exports(&[file("rum-wasm/src/clock.rs", import)]).is_empty());
        let over_lines = import.replacen("#[wasm_bindgen]", "#[wasm_bindgen(inline_js = \"\n  0;\n\")]", 1);
        assert!(exports(&[file("rum-wasm/src/clock.rs", &over_lines)]).is_empty());
    }

    #[test]
    fn a_second_importer_of_the_glue_fails() {
        let import = "import init from '../../target/wasm-pkg/rum_wasm.js'\n";
        assert_eq!(glue_imports(&[file("js-loader/src/load.ts", import)]).len(), 1);
        let replay = "import { call } from '#replay-glue'\n";
        assert_eq!(glue_imports(&[file(GLUE[0].0, replay)]).len(), 1);
        assert!(glue_imports(&[file(GLUE[0].0, import), file(GLUE[1].0, replay)]).is_empty());
        assert!(glue_imports(&[file("js-loader/src/load.ts", "// not from wasm-pkg\n")]).is_empty());
    }
}
