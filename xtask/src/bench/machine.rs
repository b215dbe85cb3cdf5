//! The machine a figure holds for.

use crate::process;
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// File systems that keep nothing over a power loss: durable figures measured on them would be false.
const NOT_DURABLE: [&str; 3] = ["tmpfs", "ramfs", "devtmpfs"];

/// One line about cores, kernel, disk and how busy the machine is.
pub(super) fn describe(data: &Path) -> Result<String> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let (device, file_system) =
        mount_of(&mounts, &data.to_string_lossy()).unwrap_or_else(|| ("?".into(), "?".into()));
    if NOT_DURABLE.contains(&file_system.as_str()) {
        bail!(
            "{} is on {file_system}, where a sync costs nothing; set CARGO_TARGET_DIR to a folder on a disk",
            data.display()
        );
    }
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpu = first_value("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".into());
    let memory = first_value("/proc/meminfo", "MemTotal").unwrap_or_default();
    let memory_gb = memory.trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0 / 1024.0;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    Ok(format!(
        "{cores} cores ({cpu}), {memory_gb:.0} GB, Linux {}, data on {file_system} ({device}), load average at the \
         start {load}",
        kernel.trim()
    ))
}

/// The commit that is measured, with a word if the tree differs from it.
pub(super) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| process::output_of(Command::new("git").current_dir(root).args(arguments));
    let Ok(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".into() };
    let changed = git(&["status", "--porcelain"]).is_ok_and(|status| !status.trim().is_empty());
    format!("{}{}", commit.trim(), if changed { " with changes" } else { "" })
}

fn first_value(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Device and type of the file system a path is on: the longest mount point above it.
fn mount_of(mounts: &str, path: &str) -> Option<(String, String)> {
    let mut best: Option<(usize, &str, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let below = point.trim_end_matches('/');
        let holds = path.strip_prefix(below).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if holds && best.is_none_or(|(length, ..)| below.len() >= length) {
            best = Some((below.len(), device, kind));
        }
    }
    best.map(|(_, device, kind)| (device.to_owned(), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_on_the_nearest_mount_above_it() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/disk xfs rw 0 0\n";
        let kind = |path| mount_of(mounts, path).unwrap().1;
        assert_eq!(kind("/home/a"), "ext4");
        assert_eq!(kind("/tmp/a"), "tmpfs");
        assert_eq!(kind("/tmp/disk/a"), "xfs");
        assert_eq!(kind("/tmp/disks"), "tmpfs");
    }
}
