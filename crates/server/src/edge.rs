//! The edge of the world: the only place that reads the clock and rolls the dice.
//! Everything further in takes a [`Moment`].

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use segue_core::ids::{Id, Kind};
use segue_core::time::Timestamp;
use sha2::{Digest, Sha256};

/// Where instants come from.
#[derive(Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// One that a test sets.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until it is moved.
    pub fn standing_at(now: Timestamp) -> Self {
        Clock::Set(Arc::new(AtomicI64::new(now.as_millis())))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the edge")]
            Clock::System => {
                let since = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                Timestamp::from_millis(since.as_millis() as i64)
            }
            Clock::Set(millis) => Timestamp::from_millis(millis.load(Ordering::Relaxed)),
        }
    }

    /// Moves a test's clock on. The system's does not listen.
    pub fn advance(&self, span_ms: i64) {
        if let Clock::Set(millis) = self {
            millis.fetch_add(span_ms, Ordering::Relaxed);
        }
    }

    /// An instant with its own chance, for one verb.
    pub fn moment(&self) -> Moment {
        Moment {
            now: self.now(),
            seed: random_bytes(),
            drawn: Cell::new(0),
        }
    }
}

/// When a verb happens, and the chance it may use. A verb that runs again draws the
/// same ids again if it starts from a [`Moment::again`].
#[derive(Clone, Debug)]
pub struct Moment {
    /// The present.
    pub now: Timestamp,
    seed: [u8; 32],
    drawn: Cell<u64>,
}

impl Moment {
    /// The same moment with nothing drawn from it.
    pub fn again(&self) -> Self {
        Self {
            now: self.now,
            seed: self.seed,
            drawn: Cell::new(0),
        }
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

/// What is kept of a secret. Secrets have 160 bits of chance, so a plain hash is
/// enough; passwords have not and get argon2id.
pub fn hash_of(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
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
