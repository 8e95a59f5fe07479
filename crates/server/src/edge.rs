//! The edge of the world: the only place that reads the clock, rolls the dice and says whose
//! turn it is on the processor.
//! Everything further in takes a [`Moment`].

mod patient;
mod steady;

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use segue_core::ids::{Id, Kind};
use segue_core::time::Timestamp;
use sha2::{Digest, Sha256};
use steady::Steady;

pub use patient::{NotDone, patiently};

/// Where instants come from.
#[derive(Clone, Default)]
pub enum Clock {
    /// The system's, which this process never sees going back.
    #[default]
    System,
    /// One that a test sets.
    Set(Arc<SetClock>),
}

/// A clock that stands until it is moved.
pub struct SetClock {
    wall_ms: AtomicI64,
    /// What a simulation adds to it.
    seeded: Option<Seeded>,
}

/// A whole edge that repeats: a host's clock that can be set wrong, and chance that is the
/// same for the same seed.
struct Seeded {
    run_ms: AtomicI64,
    steady: Mutex<Steady>,
    seed: u64,
    rolled: AtomicU64,
}

/// The system's clock as this process has shown it so far.
static STEADY: Mutex<Steady> = Mutex::new(Steady::new());

impl Clock {
    /// A clock that stands at `now` until it is moved.
    pub fn standing_at(now: Timestamp) -> Self {
        Clock::Set(Arc::new(SetClock {
            wall_ms: AtomicI64::new(now.as_millis()),
            seeded: None,
        }))
    }

    /// The edge of a simulation: every id follows from `seed`, and the clock is read as a
    /// process reads the system's.
    pub fn seeded(now: Timestamp, seed: u64) -> Self {
        Clock::Set(Arc::new(SetClock {
            wall_ms: AtomicI64::new(now.as_millis()),
            seeded: Some(Seeded {
                run_ms: AtomicI64::new(0),
                steady: Mutex::new(Steady::new()),
                seed,
                rolled: AtomicU64::new(0),
            }),
        }))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let millis = match self {
            Clock::System => steady(&STEADY, |steady| steady.show(wall_ms(), run_ms())),
            Clock::Set(set) => set.show(),
        };
        Timestamp::from_millis(millis)
    }

    /// Shows nothing before an instant that is on record: the system's clock may have been
    /// set back while this process did not run. `false` if it is too far behind that, so
    /// that somebody should look at it.
    pub fn not_before(&self, at: Timestamp) -> bool {
        let at_ms = at.as_millis();
        match self {
            Clock::System => steady(&STEADY, |steady| steady.not_before(at_ms, wall_ms())),
            Clock::Set(set) => set.seeded.as_ref().is_none_or(|seeded| {
                let wall_ms = set.wall_ms.load(Ordering::Relaxed);
                steady(&seeded.steady, |steady| steady.not_before(at_ms, wall_ms))
            }),
        }
    }

    /// Lets time pass on a test's clock. The system's does not listen.
    pub fn advance(&self, span_ms: i64) {
        if let Clock::Set(set) = self {
            set.wall_ms.fetch_add(span_ms, Ordering::Relaxed);
            if let Some(seeded) = &set.seeded {
                seeded.run_ms.fetch_add(span_ms, Ordering::Relaxed);
            }
        }
    }

    /// Sets a test's clock on or back, as somebody sets a host's.
    pub fn set_by(&self, span_ms: i64) {
        if let Clock::Set(set) = self {
            set.wall_ms.fetch_add(span_ms, Ordering::Relaxed);
        }
    }

    /// The clock of a simulation, read by a process that has just begun.
    pub fn read_anew(&self) {
        if let Clock::Set(set) = self
            && let Some(seeded) = &set.seeded
        {
            steady(&seeded.steady, |steady| *steady = Steady::new());
        }
    }

    /// An instant with its own chance, for one verb.
    pub fn moment(&self) -> Moment {
        Moment {
            now: self.now(),
            seed: self.chance(),
            drawn: Cell::new(0),
            counted: RefCell::default(),
        }
    }

    fn chance(&self) -> [u8; 32] {
        match self {
            Clock::Set(set) => set.seeded.as_ref().map_or_else(random_bytes, Seeded::roll),
            Clock::System => random_bytes(),
        }
    }
}

impl SetClock {
    fn show(&self) -> i64 {
        let wall_ms = self.wall_ms.load(Ordering::Relaxed);
        self.seeded.as_ref().map_or(wall_ms, |seeded| {
            let run_ms = seeded.run_ms.load(Ordering::Relaxed);
            steady(&seeded.steady, |steady| steady.show(wall_ms, run_ms))
        })
    }
}

impl Seeded {
    fn roll(&self) -> [u8; 32] {
        let rolled = self.rolled.fetch_add(1, Ordering::Relaxed);
        Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(rolled.to_le_bytes())
            .finalize()
            .into()
    }
}

fn steady<T>(of: &Mutex<Steady>, look: impl FnOnce(&mut Steady) -> T) -> T {
    look(&mut of.lock().expect("nobody panics with the lock held"))
}

/// What the system's clock says.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as i64
}

/// How long this process has run, whatever the system's clock says.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
fn run_ms() -> i64 {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    STARTED.elapsed().as_millis() as i64
}

/// When a verb happens, and the chance it may use. A verb that runs again draws the
/// same ids again if it starts from a [`Moment::again`].
#[derive(Clone, Debug)]
pub struct Moment {
    /// The present.
    pub now: Timestamp,
    seed: [u8; 32],
    drawn: Cell<u64>,
    counted: RefCell<Vec<Count>>,
}

/// Something that is counted, or measured in seconds, once its verb is on disk.
#[derive(Clone, Debug)]
pub enum Count {
    /// One more, with a label.
    One(&'static str, (&'static str, &'static str)),
    /// So many seconds.
    Seconds(&'static str, f64),
}

impl Moment {
    /// The same moment with nothing drawn from it.
    pub fn again(&self) -> Self {
        Self {
            now: self.now,
            seed: self.seed,
            drawn: Cell::new(0),
            counted: RefCell::default(),
        }
    }

    /// Has something counted if what happens in this moment is kept.
    pub fn count(&self, what: Count) {
        self.counted.borrow_mut().push(what);
    }

    /// What is to be counted.
    pub fn counted(&self) -> Vec<Count> {
        self.counted.take()
    }

    /// A new id.
    pub fn id<K: Kind>(&self) -> Id<K> {
        let number = self.drawn.get();
        self.drawn.set(number + 1);
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(number.to_le_bytes())
            .finalize();
        let mut bits = [0; 16];
        bits.copy_from_slice(&digest[..16]);
        Id::new(self.now, u128::from_le_bytes(bits))
    }
}

/// Measures spans by a clock that nobody can set.
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the edge")]
        Self(std::time::Instant::now())
    }

    /// How long ago it was started.
    pub fn span(&self) -> Duration {
        self.0.elapsed()
    }

    /// Microseconds since it was started.
    pub fn micros(&self) -> u128 {
        self.0.elapsed().as_micros()
    }
}

/// Bytes that nobody can guess.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    getrandom::fill(&mut bytes).expect("the system has a source of randomness");
    bytes
}

/// A name for one request, to find its lines in the log by.
pub fn request_id() -> String {
    hex(&random_bytes::<8>())
}

/// A secret of 160 bits to be shown once: `prefix_` and 40 hexadecimal digits.
pub fn secret(prefix: &str) -> String {
    format!("{prefix}_{}", hex(&random_bytes::<20>()))
}

/// A secret of 256 bits, as HMAC-SHA256 wants its key.
pub fn long_secret(prefix: &str) -> String {
    format!("{prefix}_{}", hex(&random_bytes::<32>()))
}

/// What is kept of a secret. Secrets have 160 bits of chance, so a plain hash is
/// enough; passwords have not and get argon2id.
pub fn hash_of(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = |byte: &u8| {
        [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ]
    };
    bytes.iter().flat_map(digits).collect()
}
