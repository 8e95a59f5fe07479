//! `segue simulate`: a contact centre played from a seed, to measure forecasts against the
//! truth (W8 of docs/benchmarks.md).

mod methods;
mod report;
mod scenario;
mod score;
mod world;

use segue_core::forecast::{Forecast, Forecaster, Happening, spoken_minutes};

use methods::Methods;
pub use report::report;
pub use scenario::Scenario;
use scenario::Settings;
use score::{Case, cells, score};
use world::World;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Tale {
    /// The load and the habits.
    pub scenario: Scenario,
    /// What everything follows from.
    pub seed: u64,
    /// How long.
    pub days: u32,
}

impl Tale {
    /// When half of the agents leave in [`Scenario::Shock`]: at noon of the last day.
    fn shock_s(&self) -> f64 {
        (f64::from(self.days) - 0.5) * 86_400.0
    }
}

/// What a method said over a run.
#[derive(Clone, Debug)]
struct Record {
    /// Its name.
    name: &'static str,
    /// Its forecasts for those who never lose patience, with what came.
    cases: Vec<Case>,
}

/// What a run gave.
#[derive(Clone, Debug, Default)]
struct Run {
    /// Ours first, then the field's.
    methods: Vec<Record>,
    /// How many came.
    arrived: usize,
    /// How many had to wait.
    waited: usize,
    /// How many had waited when half of the agents left, if they did.
    before_shock: usize,
    /// How many left.
    left: usize,
}

/// Plays a tale; `tell` gets every event with its time.
fn play(tale: &Tale, tell: impl FnMut(f64, &Happening, Option<&Forecast>)) -> Run {
    play_with(tale.scenario.settings(), tale, tell)
}

fn play_with(
    settings: Settings,
    tale: &Tale,
    mut tell: impl FnMut(f64, &Happening, Option<&Forecast>),
) -> Run {
    let mut world = World::new(settings, tale.seed, tale.days);
    let mut forecaster = Forecaster::new(tale.seed);
    let mut methods = Methods::default();
    let mut said: Vec<(usize, Vec<methods::Told>)> = Vec::new();
    let mut run = Run::default();
    while let Some((now_s, happening)) = world.next() {
        methods.hear(now_s, &happening);
        let forecast = forecaster.hear(now_s, happening.clone());
        tell(now_s, &happening, forecast.as_ref());
        match &happening {
            Happening::Arrive { id, .. } => {
                run.arrived += 1;
                if now_s < tale.shock_s() {
                    run.before_shock = said.len();
                }
                if let Some(forecast) = forecast {
                    run.waited += 1;
                    let customer: usize = id[1..].parse().unwrap_or_default();
                    let minutes = spoken_minutes((forecast.p90_s * 1000.0) as i64);
                    world.told_wait(customer, now_s, f64::from(minutes) * 60.0);
                    let mut all = vec![
                        ("Segue", forecast.p50_s, forecast.p90_s),
                        (
                            "Segue, without its correction",
                            forecast.p50_s,
                            forecast.rolled_p90_s,
                        ),
                    ];
                    all.extend(methods.say(id, now_s));
                    said.push((customer, all));
                }
            }
            Happening::Abandon { .. } => run.left += 1,
            _ => {}
        }
    }
    for (waiter, (customer, all)) in said.into_iter().enumerate() {
        let customer = &world.customers[customer];
        let (Some(started_s), true) = (
            customer.started_s.filter(|at_s| *at_s > customer.arrived_s),
            customer.is_probe,
        ) else {
            continue;
        };
        for (index, (name, p50_s, p90_s)) in all.into_iter().enumerate() {
            if run.methods.len() <= index {
                run.methods.push(Record {
                    name,
                    cases: Vec::new(),
                });
            }
            run.methods[index].cases.push(Case {
                waiter,
                skill: customer.skill,
                hour: customer.arrived_s.rem_euclid(86_400.0) / 3600.0,
                day: (customer.arrived_s / 86_400.0) as u32,
                wait_s: started_s - customer.arrived_s,
                said: [p50_s, p90_s],
            });
        }
    }
    run
}
