//! `segue forecast` and `segue simulate`: waits foretold from what happens, and how good
//! that is beside what the field does.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use crate::forecast::forecast;
use crate::simulate::{Scenario, Tale, report};

#[derive(Args)]
pub(super) struct Forecast {
    /// What the paths follow from; the same seed gives the same forecasts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Forecast {
    pub(super) fn run(&self) -> Outcome {
        // Standard output writes each line as it ends, so that who waits for it has it.
        if forecast(self.seed, io::stdin().lock(), io::stdout().lock())? {
            Ok(())
        } else {
            Err("some lines could not be read; each has a line with `error`".into())
        }
    }
}

#[derive(Args)]
pub(super) struct Simulate {
    /// What everything follows from; several after commas.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seed: Vec<u64>,
    /// The load and the habits.
    #[arg(long, value_enum, default_value = "overload")]
    scenario: Scenario,
    /// How many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Where to write what happened, as `segue forecast` reads it; of one seed.
    #[arg(long)]
    events: Option<PathBuf>,
}

impl Simulate {
    pub(super) fn run(&self) -> Outcome {
        if self.events.is_some() && self.seed.len() != 1 {
            return Err("events are written of one seed; name one with --seed".into());
        }
        let mut events = match &self.events {
            Some(path) => {
                let file = File::create(path)
                    .map_err(|error| format!("could not write {}: {error}", path.display()))?;
                Some(BufWriter::new(file))
            }
            None => None,
        };
        for seed in &self.seed {
            let tale = Tale {
                scenario: self.scenario,
                seed: *seed,
                days: self.days,
            };
            report(&tale, events.as_mut(), io::stdout().lock())?;
        }
        if let Some(events) = &mut events {
            events.flush()?;
        }
        Ok(())
    }
}
