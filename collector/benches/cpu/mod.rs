//! What Linux counts.

/// CPU time of this thread (us): the first field of `schedstat` (Linux, Documentation/scheduler/sched-stats).
pub(crate) fn cpu_us() -> f64 {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts");
    let ns = counts.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.expect("it counts in whole nanoseconds") / 1e3
}
