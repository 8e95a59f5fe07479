//! Sockets of one visitor or agent: so many at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::App;
use super::problem::Problem;

/// The seats that are taken. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Seats(Arc<Mutex<HashMap<Box<str>, u32>>>);

/// One seat, free again when it is dropped.
pub(super) struct Seat(Option<Box<(Seats, Box<str>)>>);

impl Seats {
    /// Takes a seat for `key`, unless it has `most` already.
    pub(super) fn take(&self, key: &str, most: u32) -> Option<Seat> {
        if most == u32::MAX {
            return Some(Seat(None));
        }
        let mut taken = self.0.lock().expect("nobody panics with the lock held");
        let count = taken.entry(key.into()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat(Some(Box::new((self.clone(), key.into())))))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(seat) = self.0.take() else { return };
        let (seats, key) = *seat;
        let mut taken = seats.0.lock().expect("nobody panics with the lock held");
        if let Some(count) = taken.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&key);
            }
        }
    }
}

impl App {
    /// Somebody opens a socket.
    pub(super) fn take_connect(&self, address: &str) -> Result<(), Problem> {
        let (key, now) = (format!("connect {address}"), self.desk.clock.now());
        self.limits.take(&key, self.rates.connects, now)
    }
}
