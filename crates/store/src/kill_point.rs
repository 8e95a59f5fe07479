//! Points at which a test kills the process, to see what is left, or puts it to sleep, to
//! see what others do meanwhile. They exist only with the feature `failpoints`; without it
//! a call is nothing at all.

/// Names the point at which to die: `NAME`, or `NAME:3` for the third time it is passed.
#[cfg(feature = "failpoints")]
const KILL: &str = "SEGUE_KILL_AT";
/// The same for the point at which to stand still until somebody sends SIGCONT.
#[cfg(feature = "failpoints")]
const PAUSE: &str = "SEGUE_PAUSE_AT";

/// Ends the process at once, as `kill -9` would, if this is where a test wants it to die;
/// stops it, as `kill -STOP` would, if it is to sleep here.
#[cfg(feature = "failpoints")]
pub fn kill_point(name: &'static str) {
    use std::sync::LazyLock;

    static KILLED_AT: LazyLock<Option<Order>> = LazyLock::new(|| Order::read(KILL));
    static PAUSED_AT: LazyLock<Option<Order>> = LazyLock::new(|| Order::read(PAUSE));
    if KILLED_AT.as_ref().is_some_and(|order| order.is_now(name)) {
        std::process::abort();
    }
    if PAUSED_AT.as_ref().is_some_and(|order| order.is_now(name)) {
        let id = std::process::id().to_string();
        let stopped = std::process::Command::new("kill")
            .args(["-STOP", &id])
            .status();
        assert!(
            stopped.is_ok_and(|status| status.success()),
            "the process could not be stopped"
        );
    }
}

#[cfg(feature = "failpoints")]
struct Order {
    name: String,
    left: std::sync::atomic::AtomicU32,
}

#[cfg(feature = "failpoints")]
impl Order {
    fn read(variable: &str) -> Option<Self> {
        let order = std::env::var(variable).ok()?;
        let (name, times) = order.split_once(':').unwrap_or((&order, "1"));
        let times: u32 = times.parse().expect("the order is NAME or NAME:N");
        Some(Self {
            name: name.to_string(),
            left: times.into(),
        })
    }

    fn is_now(&self, name: &str) -> bool {
        use std::sync::atomic::Ordering;
        self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

/// Nothing: this build has no points to die at.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn kill_point(_name: &'static str) {}
