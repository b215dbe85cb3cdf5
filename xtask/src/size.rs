//! `cargo xtask size`: what a page loads, in bytes, against the committed snapshot and the budgets.

use crate::layout::Layout;
use crate::{build, process};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// All that loads before the first paint; web-vitals alone is as large.
const LOADER_BUDGET_BROTLI_BYTES: u64 = 3_072;
/// Loader and core together, everything but replay (docs/adr/0005): less than three fifths of the peer that captures
/// the same.
const LOADER_AND_CORE_BUDGET_BROTLI_BYTES: u64 = 30_720;
/// Replay, loaded only by sessions that are recorded: what the page loads (`replay`: tap, privacy, observers), the worker and
/// its wasm. What runs the worker's part on the page's own thread (`replay-main`) is loaded in its stead, so it is
/// measured as a part by itself and not counted twice.
const REPLAY_BUDGET_BROTLI_BYTES: u64 = 24_576;
/// Growth a compiler's patch release or a renamed variable may cause; more has to be looked at and committed.
const SNAPSHOT_TOLERANCE_BROTLI_BYTES: u64 = 64;

const SNAPSHOT_HEADER: &str = "\
# What a page loads, in bytes. Written by `cargo xtask size --update`; `cargo xtask size` fails when a part has
# grown past this by more than 64 bytes of brotli. Compression levels are the ones a CDN uses at rest.
# part         raw  gzip-9  brotli-11
";

/// Node's zlib holds the reference encoders, runs anyway in every build, and costs this crate no compile time.
const COMPRESS_SCRIPT: &str = "\
const { readFileSync } = require('node:fs');
const zlib = require('node:zlib');
const brotli = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
for (const path of process.argv.slice(1)) {
  const bytes = readFileSync(path);
  const gzip = zlib.gzipSync(bytes, { level: 9 }).length;
  console.log(bytes.length, gzip, zlib.brotliCompressSync(bytes, brotli).length);
}";

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// A part of the SDK by its name in the snapshot and in `--json`: the loader, the core, then each lazy chunk.
struct Part {
    name: String,
    size: Bytes,
}

pub(crate) fn run(layout: &Layout, json: bool, update: bool) -> Result<ExitCode> {
    // Sizes of an old build would mislead; when nothing changed this takes seconds.
    build::sdk(layout)?;
    let parts = measure(&layout.sdk())?;
    if json {
        println!("{}", as_json(&parts));
    } else {
        print!("{}", as_table(&parts));
    }
    if update {
        fs::write(layout.size_snapshot(), snapshot_text(&parts))?;
        eprintln!("wrote {}", layout.size_snapshot().display());
    }
    Ok(if report(layout, &parts)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same judgement on what is built already; prints the table and answers whether the sizes are accepted.
pub(crate) fn check(layout: &Layout) -> Result<bool> {
    let parts = measure(&layout.sdk())?;
    print!("{}", as_table(&parts));
    report(layout, &parts)
}

fn report(layout: &Layout, parts: &[Part]) -> Result<bool> {
    let snapshot = fs::read_to_string(layout.size_snapshot())
        .context("rum-wasm/size.snap is missing; write it with `cargo xtask size --update`")?;
    let complaints = complaints(parts, &parse_snapshot(&snapshot)?);
    for complaint in &complaints {
        eprintln!("size: {complaint}");
    }
    Ok(complaints.is_empty())
}

fn measure(sdk: &Path) -> Result<Vec<Part>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(sdk).with_context(|| format!("cannot read {}", sdk.display()))? {
        files.push(entry?.path());
    }
    files.sort();
    let mut parts: Vec<Part> =
        ["loader", "core"].map(|name| Part { name: name.into(), size: Bytes::default() }).into();
    for (path, bytes) in files.iter().zip(compress(&files)?) {
        let name = counted_as(part_name(path));
        match parts.iter_mut().find(|part| part.name == name) {
            Some(part) => part.size = sum(&[part.size, bytes]),
            None => parts.push(Part { name, size: bytes }),
        }
    }
    check_for_leftovers(&files)?;
    Ok(parts)
}

/// `rum.js` is the loader; every other file is named by its part and its content: `core-<hash>.wasm`.
fn part_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.rsplit_once('-') {
        Some((part, _)) => part.into(),
        None if stem == "rum" => "loader".into(),
        None => stem.into(),
    }
}

/// The worker and the page's part of replay are of no use without each other.
fn counted_as(part: String) -> String {
    if part == "replay-worker" { "replay".into() } else { part }
}

/// Two files of one part and one type would mean that an old build lies beside the new one.
fn check_for_leftovers(files: &[PathBuf]) -> Result<()> {
    let shape = |path: &PathBuf| (part_name(path), path.extension().map(ToOwned::to_owned));
    for (index, path) in files.iter().enumerate() {
        if files.iter().skip(index + 1).any(|other| shape(other) == shape(path)) {
            bail!("{} has an older or newer file beside it; delete the folder and build", path.display());
        }
    }
    Ok(())
}

fn compress(files: &[PathBuf]) -> Result<Vec<Bytes>> {
    let text = process::output_of(Command::new("node").args(["-e", COMPRESS_SCRIPT]).args(files))?;
    text.lines().map(parse_size).collect()
}

fn parse_size(line: &str) -> Result<Bytes> {
    let mut numbers = line.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let size = (|| Some(Bytes { raw: next()?, gzip: next()?, brotli: next()? }))();
    size.with_context(|| format!("`{line}` is not three sizes in bytes"))
}

fn sum(sizes: &[Bytes]) -> Bytes {
    sizes.iter().fold(Bytes::default(), |total, size| Bytes {
        raw: total.raw + size.raw,
        gzip: total.gzip + size.gzip,
        brotli: total.brotli + size.brotli,
    })
}

fn loader_and_core(parts: &[Part]) -> Bytes {
    sum(&parts
        .iter()
        .filter(|part| ["loader", "core"].contains(&part.name.as_str()))
        .map(|part| part.size)
        .collect::<Vec<_>>())
}

fn as_json(parts: &[Part]) -> Value {
    let mut object = Map::new();
    for Part { name, size } in parts {
        let value = json!({ "raw": size.raw, "gzip": size.gzip, "brotli": size.brotli });
        object.insert(name.clone(), value);
    }
    Value::Object(object)
}

fn rows(parts: &[Part]) -> String {
    let total = Part { name: "loader+core".into(), size: loader_and_core(parts) };
    let mut text = String::new();
    for Part { name, size } in parts.iter().chain([&total]) {
        let Bytes { raw, gzip, brotli } = size;
        let _ = writeln!(text, "{name:<11} {raw:>6}  {gzip:>6}  {brotli:>9}");
    }
    text
}

fn as_table(parts: &[Part]) -> String {
    format!(
        "part           raw  gzip-9  brotli-11   (budgets: loader {LOADER_BUDGET_BROTLI_BYTES}, \
         loader+core {LOADER_AND_CORE_BUDGET_BROTLI_BYTES}, replay {REPLAY_BUDGET_BROTLI_BYTES})\n{}",
        rows(parts)
    )
}

fn snapshot_text(parts: &[Part]) -> String {
    format!("{SNAPSHOT_HEADER}{}", rows(parts))
}

fn parse_snapshot(text: &str) -> Result<Vec<(String, Bytes)>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, numbers) =
                line.split_once(' ').context("rum-wasm/size.snap has a line without sizes")?;
            Ok((name.to_owned(), parse_size(numbers)?))
        })
        .collect()
}

fn complaints(parts: &[Part], snapshot: &[(String, Bytes)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Part { name, size } in parts {
        let Some((_, before)) = snapshot.iter().find(|(known, _)| known == name) else {
            complaints.push(format!("{name} is not in rum-wasm/size.snap; run `cargo xtask size --update`"));
            continue;
        };
        if size.brotli > before.brotli + SNAPSHOT_TOLERANCE_BROTLI_BYTES {
            complaints.push(format!(
                "{name} grew from {} to {} bytes (brotli); find out why, or accept it with `cargo xtask size --update`",
                before.brotli, size.brotli
            ));
        }
    }
    let brotli_of =
        |name: &str| parts.iter().find(|part| part.name == name).map_or(0, |part| part.size.brotli);
    let both = loader_and_core(parts).brotli;
    for (what, bytes, budget) in [
        ("the loader", brotli_of("loader"), LOADER_BUDGET_BROTLI_BYTES),
        ("loader and core", both, LOADER_AND_CORE_BUDGET_BROTLI_BYTES),
        ("replay", brotli_of("replay"), REPLAY_BUDGET_BROTLI_BYTES),
    ] {
        if bytes > budget {
            complaints.push(format!("{what}: {bytes} bytes (brotli), over the budget of {budget}"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(loader_brotli: u64, core_brotli: u64) -> Vec<Part> {
        let size = |brotli| Bytes { raw: 9, gzip: 8, brotli };
        vec![
            Part { name: "loader".into(), size: size(loader_brotli) },
            Part { name: "core".into(), size: size(core_brotli) },
        ]
    }

    #[test]
    fn a_snapshot_reads_back_as_written() {
        let snapshot = parse_snapshot(&snapshot_text(&parts(2_000, 10_000))).unwrap();
        assert_eq!(snapshot.len(), 3);
        assert_eq!(snapshot[1], ("core".into(), parts(0, 10_000)[1].size));
        assert_eq!(snapshot[2].1.brotli, 12_000);
    }

    #[test]
    fn files_belong_to_the_part_they_are_named_after() {
        for (file, part) in [
            ("rum.js", "loader"),
            ("core-0a1b.js", "core"),
            ("core-2c3d.wasm", "core"),
            ("before-send-4e5f.js", "before-send"),
            ("replay-6a7b.js", "replay"),
            ("replay-worker-8c9d.js", "replay"),
            ("replay-0e1f.wasm", "replay"),
            ("replay-main-2a3b.js", "replay-main"),
        ] {
            assert_eq!(counted_as(part_name(Path::new(file))), part);
        }
        let worker_and_page = ["replay-1.js", "replay-worker-2.js"].map(PathBuf::from);
        assert!(check_for_leftovers(&worker_and_page).is_ok());
        let files = ["core-1.js", "core-2.js"].map(PathBuf::from);
        assert!(check_for_leftovers(&files).is_err());
        assert!(check_for_leftovers(&[files[0].clone(), "core-2.wasm".into()]).is_ok());
    }

    #[test]
    fn growth_within_the_tolerance_is_quiet_and_past_it_is_not() {
        let snapshot = parse_snapshot(&snapshot_text(&parts(2_000, 10_000))).unwrap();
        assert!(complaints(&parts(2_064, 10_000), &snapshot).is_empty());
        let complaints = complaints(&parts(2_065, 10_000), &snapshot);
        assert!(complaints.len() == 1 && complaints[0].starts_with("loader grew"), "{complaints:?}");
    }

    #[test]
    fn budgets_hold_even_for_a_snapshot_that_exceeds_them() {
        let over = parts(3_073, 27_648);
        let snapshot = parse_snapshot(&snapshot_text(&over)).unwrap();
        assert_eq!(complaints(&over, &snapshot).len(), 2);
        let replay =
            |brotli| vec![Part { name: "replay".into(), size: Bytes { brotli, ..Bytes::default() } }];
        let snapshot = parse_snapshot(&snapshot_text(&replay(24_577))).unwrap();
        assert_eq!(complaints(&replay(24_577), &snapshot).len(), 1);
        assert!(complaints(&replay(24_576), &snapshot).is_empty());
    }

    #[test]
    fn an_unknown_part_asks_for_an_update() {
        assert_eq!(complaints(&parts(1, 1), &[]).len(), 2);
    }

    #[test]
    fn json_has_the_agreed_shape() {
        let text = as_json(&parts(2, 3)).to_string();
        assert_eq!(text, r#"{"core":{"brotli":3,"gzip":8,"raw":9},"loader":{"brotli":2,"gzip":8,"raw":9}}"#);
    }

    #[test]
    fn compression_is_measured_with_the_real_encoders() {
        let file = std::env::temp_dir().join(format!("xtask-size-{}", std::process::id()));
        fs::write(&file, "a".repeat(10_000)).unwrap();
        let sizes = compress(std::slice::from_ref(&file)).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(sizes[0].raw, 10_000);
        assert!(sizes[0].brotli < sizes[0].gzip && sizes[0].gzip < 100, "{sizes:?}");
    }
}
