//! Points at which a test kills the process, to see what is left. They exist only with the
//! feature `failpoints`; without it a call is nothing at all.

/// Names the point at which to die: `NAME`, or `NAME:3` for the third time it is passed.
#[cfg(feature = "failpoints")]
const ORDER: &str = "SEGUE_KILL_AT";

/// Ends the process at once, as `kill -9` would, if this is where a test wants it to die.
#[cfg(feature = "failpoints")]
pub fn kill_point(name: &'static str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static AT: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let order = std::env::var(ORDER).ok()?;
        let (name, times) = order.split_once(':').unwrap_or((&order, "1"));
        let times = times.parse().expect("SEGUE_KILL_AT is NAME or NAME:N");
        Some((name.to_string(), AtomicU32::new(times)))
    });
    if let Some((at, left)) = &*AT
        && at == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Nothing: this build has no points to die at.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn kill_point(_name: &'static str) {}
