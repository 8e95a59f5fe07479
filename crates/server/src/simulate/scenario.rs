//! What kind of contact centre is played.

use clap::ValueEnum;

/// The load and the habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Too few agents: about three customers of ten leave.
    Overload,
    /// Busy: about one or two of ten leave.
    Moderate,
    /// Chats, two or three at once, that slow each other.
    Chat,
    /// Moderate, and half of the agents leave at once on the last day.
    Shock,
}

/// What a scenario comes to in figures. Times are seconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Skills with arrivals an hour at the height of the day and the median handling time.
    pub skills: Vec<(&'static str, f64, f64)>,
    /// Kinds of agents: skills, the first preferred, with how many there are.
    pub kinds: Vec<(Vec<usize>, usize)>,
    /// Chats at once, from..=to.
    pub capacity: (usize, usize),
    /// Handling time grows with the number held to this power.
    pub crowding: f64,
    /// Mean patience.
    pub patience_s: f64,
    /// How often agents who can choose take what they prefer, whoever waits longer.
    pub prefers: f64,
    /// How many of the short breaks nobody is told of.
    pub silent: f64,
    /// Whether half of the agents leave at once at noon of the last day.
    pub shock: bool,
}

impl Scenario {
    /// The figures.
    pub fn settings(self) -> Settings {
        let (load, capacity) = match self {
            Scenario::Overload => (1.30, (1, 1)),
            Scenario::Moderate | Scenario::Shock => (1.0, (1, 1)),
            Scenario::Chat => (1.75, (2, 3)),
        };
        Settings {
            skills: vec![
                ("billing", 62.0 * load, 280.0),
                ("technical", 40.0 * load, 480.0),
                ("sales", 26.0 * load, 330.0),
            ],
            kinds: vec![
                (vec![0], 7),
                (vec![1], 7),
                (vec![2], 3),
                (vec![0, 1], 6),
                (vec![1, 2], 4),
                (vec![2, 0, 1], 4),
            ],
            capacity,
            crowding: 0.55,
            patience_s: 1080.0,
            prefers: 0.12,
            silent: 0.25,
            shock: self == Scenario::Shock,
        }
    }
}
