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
    /// Another centre altogether, to see that no method was fitted to the first: fewer
    /// agents, two skills, a lull at noon, long cases without end, days on which everything
    /// is slow, customers of two kinds of patience.
    Uneven,
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
    /// How many wait four times as long as the others.
    pub patient: f64,
    /// How many go first.
    pub urgent: f64,
    /// When shifts begin, in hours.
    pub shifts: Vec<f64>,
    /// When many come: the hour, how many hours about it, and how many.
    pub peaks: Vec<(f64, f64, f64)>,
    /// How the longest cases end.
    pub tail: Tail,
    /// By how much whole days differ in how long everything takes: the deviation of the
    /// logarithm.
    pub slow_days: f64,
    /// How often agents who can choose take what they prefer, whoever waits longer.
    pub prefers: f64,
    /// How many of the short breaks nobody is told of.
    pub silent: f64,
    /// Whether half of the agents leave at once at noon of the last day.
    pub shock: bool,
}

/// How the longest cases end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tail {
    /// Log-normal, 15 % of all.
    LogNormal,
    /// By a power of so much, 10 % of all.
    Power(f64),
}

impl Scenario {
    /// The figures.
    pub fn settings(self) -> Settings {
        let (load, capacity) = match self {
            Scenario::Overload => (1.30, (1, 1)),
            Scenario::Moderate | Scenario::Shock => (1.0, (1, 1)),
            Scenario::Chat => (1.75, (2, 3)),
            Scenario::Uneven => return uneven(),
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
            patient: 0.0,
            urgent: 0.08,
            shifts: vec![7.0, 9.5, 13.0],
            peaks: vec![(10.7, 1.7, 0.62), (15.6, 2.2, 0.66)],
            tail: Tail::LogNormal,
            slow_days: 0.0,
            prefers: 0.12,
            silent: 0.25,
            shock: self == Scenario::Shock,
        }
    }
}

fn uneven() -> Settings {
    Settings {
        skills: vec![("orders", 74.0, 210.0), ("returns", 30.0, 400.0)],
        kinds: vec![(vec![0], 5), (vec![1], 3), (vec![1, 0], 6)],
        capacity: (1, 1),
        crowding: 0.55,
        patience_s: 540.0,
        patient: 0.3,
        urgent: 0.2,
        shifts: vec![7.0, 11.0, 12.5],
        peaks: vec![(9.0, 1.0, 0.7), (13.0, 0.7, -0.2), (18.0, 1.5, 0.75)],
        tail: Tail::Power(1.7),
        slow_days: 0.2,
        prefers: 0.0,
        silent: 0.5,
        shock: false,
    }
}
