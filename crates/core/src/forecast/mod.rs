//! How long a customer will wait, and the promise made of it (P28, P30, P43). The live queue
//! is rolled forward along many random futures ([`rollout`]), drawn from what was learned
//! ([`learned`]), and what comes of it is corrected by what came of earlier forecasts
//! ([`correct`]), so that what is promised at 90 % is kept 90 % of the time. No clock and no
//! dice: the time and a seed are arguments, and the same ones give the same forecast. Spans
//! are seconds in here, and milliseconds in what is kept. `docs/forecast.md` tells how well
//! it does.

mod absences;
pub mod chance;
pub mod correct;
mod forecaster;
mod happening;
pub mod learned;
mod patience;
mod play;
mod promise;
pub mod rollout;
mod shortage;
pub mod spans;
mod state;
mod waits;

pub use absences::Leave;
pub use forecaster::Forecaster;
pub use happening::{Forecast, Happening};
pub use play::{Arrival, Played, Shift, play};
pub use promise::{
    Announcement, Basis, ENOUGH_WAITS, Longer, Promise, TELL_APART_MS, VERSION, announce, early_ms,
    spoken_minutes, was_kept,
};
pub use shortage::{Cause, LONG_WAIT_S, Question, Shortage, Usual, shortage};
