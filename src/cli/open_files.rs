//! How many connections this process can afford: each is an open file, and the database needs some.

/// What the database, the log and the listeners need.
const KEPT_FREE: usize = 128;

/// `wished` connections, or as many as the system's limit of open files lets through.
pub(super) fn affordable(wished: usize) -> usize {
    let Some(limit) = soft_limit() else { return wished };
    let affordable = limit.saturating_sub(KEPT_FREE).max(16);
    if affordable < wished {
        tracing::info!(
            wished,
            affordable,
            "fewer connections than server.max_connections: the limit of open files is {limit} \
             (ulimit -n, or LimitNOFILE of systemd)"
        );
    }
    wished.min(affordable)
}

/// The soft limit of open files, where the system tells it (Linux).
pub(super) fn soft_limit() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
