//! The sentence model while it is opened, used, and at rest: it holds a third of an idle
//! server's memory, and is open again before anybody notices.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use segue_encoder::{AdaptError, Encoder, OpenError};

/// What the encoder is tuned with for the heads; written by `make train`.
const ADAPTER: &[u8] = include_bytes!("../data/adapter.bin");
/// What its plain vectors are tuned with for search; written by `make train`.
const SEARCH: &[u8] = include_bytes!("../data/search.bin");

/// How texts are read at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharpness {
    /// By their words alone.
    Lexical,
    /// Not at all for a moment: the sentence model is being opened, and texts wait for it.
    Opening,
    /// With sentence vectors too, once a text has come: the model is at rest.
    Resting,
    /// With sentence vectors too.
    Vectors,
}

/// Why a reader has no sentence vectors.
#[derive(Debug, thiserror::Error)]
pub enum OpenReaderError {
    /// The sentence model could not be opened.
    #[error(transparent)]
    Model(#[from] OpenError),
    /// It is another one than the weights were trained on.
    #[error("{0}; fetch the right one with `segue model install`")]
    Adapter(#[from] AdaptError),
}

/// Opens the sentence model in a file or folder, tuned for the heads; see `Encoder::open`.
pub fn open_encoder(path: &Path) -> Result<Arc<Encoder>, OpenReaderError> {
    Ok(Arc::new(Encoder::open(path)?.adapt(ADAPTER)?.tune(SEARCH)?))
}

/// Opens the model anew each time; `None` if that fails.
type Open = Box<dyn Fn() -> Option<Arc<Encoder>> + Send + Sync>;

/// The sentence model of the readers that share it.
pub(crate) struct Sentences {
    state: Mutex<State>,
    opened: Condvar,
    open: Option<Open>,
    used: AtomicU64,
}

enum State {
    Resting,
    Opening,
    /// `None` if there is none.
    Open(Option<Arc<Encoder>>),
}

impl Sentences {
    /// This model for ever, or none.
    pub fn always(encoder: Option<Arc<Encoder>>) -> Self {
        Self::new(State::Open(encoder), None)
    }

    /// A model at rest.
    pub fn at_rest(open: impl Fn() -> Option<Arc<Encoder>> + Send + Sync + 'static) -> Self {
        Self::new(State::Resting, Some(Box::new(open)))
    }

    fn new(state: State, open: Option<Open>) -> Self {
        Self {
            state: Mutex::new(state),
            opened: Condvar::new(),
            open,
            used: AtomicU64::new(0),
        }
    }

    /// The model, unless there is none. Opens one that is at rest, and waits for one that
    /// somebody else opens.
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        self.used.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        loop {
            match (&*state, &self.open) {
                (State::Open(encoder), _) => return encoder.clone(),
                (State::Opening, _) => {
                    let opened = self.opened.wait(state);
                    state = opened.expect("nobody panics with the lock held");
                }
                (State::Resting, None) => return None,
                (State::Resting, Some(open)) => {
                    *state = State::Opening;
                    drop(state);
                    let mut opening = Opening {
                        of: self,
                        result: None,
                    };
                    opening.result = open();
                    return opening.result.clone();
                }
            }
        }
    }

    /// How texts are read at present; never waits.
    pub fn sharpness(&self) -> Sharpness {
        match &*self.lock() {
            State::Resting => Sharpness::Resting,
            State::Opening => Sharpness::Opening,
            State::Open(None) => Sharpness::Lexical,
            State::Open(Some(_)) => Sharpness::Vectors,
        }
    }

    /// Lets go of an open model that can be opened anew. Whoever has it keeps it meanwhile.
    pub fn rest(&self) {
        let mut state = self.lock();
        if self.open.is_some() && matches!(*state, State::Open(Some(_))) {
            *state = State::Resting;
        }
    }

    /// How often the model was asked for.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.state.lock();
        state.expect("nobody panics with the lock held")
    }
}

/// Says what came of the opening, also if that was a panic: whoever waits does not wait for
/// nobody.
struct Opening<'a> {
    of: &'a Sentences,
    result: Option<Arc<Encoder>>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        *self.of.lock() = State::Open(self.result.clone());
        self.of.opened.notify_all();
    }
}
