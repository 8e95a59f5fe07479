//! Takes turns: of everything that is under way, one thing at a time goes on, and only as
//! far as the next thing that it asks of the database. So the order in which steps of
//! different deeds meet is chosen by the plan, not by threads, and repeats.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// The one thread on which the desk does beside what takes long. While somebody has their
/// turn it stands still, so that what they give to it is never ready at once.
pub struct Beside(tokio::runtime::Runtime);

impl Beside {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build();
        Self(runtime.unwrap())
    }

    /// Where things beside can be begun from.
    pub fn inside(&self) -> tokio::runtime::EnterGuard<'_> {
        self.0.enter()
    }
}

/// Keeps the thread beside from working for as long as it lives.
fn stand_still() -> std::sync::mpsc::Sender<()> {
    let (go_on, wait) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || {
        let _ = wait.recv();
    });
    go_on
}

/// Longer than the database ever takes; whoever waits so long waits for ever.
const STUCK: Duration = Duration::from_secs(60);

/// Something under way.
pub struct Task<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    bell: Arc<DoorBell>,
}

#[derive(Default)]
struct DoorBell {
    rang: Mutex<bool>,
    heard: Condvar,
}

impl Wake for DoorBell {
    fn wake(self: Arc<Self>) {
        *self.rang.lock().unwrap() = true;
        self.heard.notify_all();
    }
}

impl<'a, T> Task<'a, T> {
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self {
            future: Box::pin(future),
            bell: Arc::default(),
        }
    }

    /// One turn. `None`: it has asked for something and that is there now, not looked at
    /// yet. Whoever drops it then has not heard what became of it.
    pub fn turn(&mut self) -> Option<T> {
        *self.bell.rang.lock().unwrap() = false;
        let waker = Waker::from(self.bell.clone());
        let still = stand_still();
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        drop(still);
        match polled {
            Poll::Ready(done) => Some(done),
            Poll::Pending => {
                let rang = self.bell.rang.lock().unwrap();
                let wait = self
                    .bell
                    .heard
                    .wait_timeout_while(rang, STUCK, |rang| !*rang);
                let timeout = wait.unwrap().1;
                assert!(
                    !timeout.timed_out(),
                    "it waits for something that never comes"
                );
                None
            }
        }
    }

    /// All turns to its end.
    pub fn run(mut self) -> T {
        loop {
            if let Some(done) = self.turn() {
                return done;
            }
        }
    }
}

/// Runs something to its end while everything else stands still.
pub fn now<'a, T>(future: impl Future<Output = T> + 'a) -> T {
    Task::new(future).run()
}
