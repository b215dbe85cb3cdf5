//! What the kernel knows of a server and the processes it started: CPU time and peak memory (proc(5)).

use anyhow::{Context, Result};
use std::fs;

/// The unit of CPU times in `/proc`. `USER_HZ` is 100 on every architecture Linux still runs servers on, and the
/// kernel promises not to change it.
const TICK_US: u64 = 10_000;

/// What `/proc/PID/stat` says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    process: u32,
    parent: u32,
    /// In user mode and in the kernel.
    ticks: u64,
}

/// CPU time (us) of a process and its living descendants so far.
pub(super) fn cpu_us(root: u32) -> Result<u64> {
    Ok(tree(root)?.iter().map(|stat| stat.ticks * TICK_US).sum())
}

/// The sum of the peak resident sizes (bytes). Pages that processes share count once in each.
pub(super) fn peak_bytes(root: u32) -> Result<u64> {
    let mut sum = 0;
    for stat in tree(root)? {
        let status = fs::read_to_string(format!("/proc/{}/status", stat.process)).unwrap_or_default();
        sum += peak_kb(&status).unwrap_or(0) * 1024;
    }
    Ok(sum)
}

fn tree(root: u32) -> Result<Vec<Stat>> {
    let mut others = Vec::new();
    for entry in fs::read_dir("/proc").context("this measures with /proc, which only Linux has")? {
        let path = entry?.path().join("stat");
        // A process that ended meanwhile has no file, and what is no process never had one.
        if let Some(stat) = fs::read_to_string(path).ok().as_deref().and_then(parse_stat) {
            others.push(stat);
        }
    }
    let tree = descend(root, others);
    anyhow::ensure!(!tree.is_empty(), "process {root} has ended");
    Ok(tree)
}

fn descend(root: u32, mut others: Vec<Stat>) -> Vec<Stat> {
    let mut tree: Vec<Stat> = others.extract_if(.., |stat| stat.process == root).collect();
    let mut next = 0;
    while let Some(parent) = tree.get(next).map(|stat| stat.process) {
        tree.extend(others.extract_if(.., |stat| stat.parent == parent));
        next += 1;
    }
    tree
}

fn parse_stat(text: &str) -> Option<Stat> {
    // The name is in brackets and may hold both brackets and spaces.
    let (process, rest) = text.split_once(" (")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        process: process.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        ticks: ticks(11)? + ticks(12)?,
    })
}

fn peak_kb(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_process_is_called() {
        let line = "4242 (a) b (c) S 7 4242 4242 0 -1 4194560 1 2 3 4 150 25 8 9 20 0 3 0 100 200 300";
        assert_eq!(parse_stat(line), Some(Stat { process: 4242, parent: 7, ticks: 175 }));
        assert_eq!(parse_stat("4242 (cut"), None);
    }

    #[test]
    fn a_tree_is_the_root_with_all_below_it() {
        let stat = |process, parent| Stat { process, parent, ticks: 1 };
        let others = vec![stat(1, 0), stat(5, 3), stat(3, 2), stat(2, 1), stat(4, 2), stat(9, 1)];
        let mut found: Vec<u32> = descend(2, others).iter().map(|stat| stat.process).collect();
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4, 5]);
    }

    #[test]
    fn the_peak_is_the_high_water_mark() {
        assert_eq!(peak_kb("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t   6128 kB\nVmRSS:\t 1 kB\n"), Some(6_128));
        assert_eq!(peak_kb("Name:\tkthreadd\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_a_size() {
        assert!(peak_bytes(std::process::id()).unwrap() > 100_000);
        cpu_us(std::process::id()).unwrap();
    }
}
