//! What is settled before a day begins, and told to nobody: who comes when, with what.

use super::super::scenario::Tail;
use super::{CLOSES_S, Customer, DAY_S, Due, HOUR_S, OPENS_S, PROBES, World};

impl World {
    /// Shifts of eight hours, some absent, a lunch, short breaks, and now and then
    /// somebody who says nothing and takes nothing.
    pub(super) fn plan_agents(&mut self, day: u32) {
        let midnight_s = f64::from(day) * DAY_S;
        for agent in 0..self.agents.len() {
            let absent = self.chance.unit() < 0.06;
            let begins_s = midnight_s
                + self.settings.shifts[agent % self.settings.shifts.len()] * HOUR_S
                + 240.0 * self.chance.normal().abs();
            let ends_s = begins_s + 8.0 * HOUR_S + 420.0 * self.chance.normal();
            let ends_s = ends_s.min(midnight_s + CLOSES_S);
            if absent {
                continue;
            }
            self.plan(begins_s, Due::On { agent });
            self.plan(
                ends_s,
                Due::Off {
                    agent,
                    back_in_s: f64::INFINITY,
                },
            );
            let lunch_s = begins_s + (3.5 + 0.9 * self.chance.unit()) * HOUR_S;
            let back_in_s = 1800.0 + 240.0 * self.chance.normal();
            self.plan(lunch_s, Due::Off { agent, back_in_s });
            let mut at_s = begins_s + 2.2 * HOUR_S * self.chance.exponential();
            while at_s < ends_s - 1500.0 {
                let for_s = 240.0 + 420.0 * self.chance.exponential();
                if self.chance.unit() >= self.settings.silent {
                    self.plan(
                        at_s,
                        Due::Off {
                            agent,
                            back_in_s: for_s,
                        },
                    );
                } else {
                    self.plan(at_s, Due::Dallies { agent, for_s });
                }
                at_s += for_s + 2.2 * HOUR_S * self.chance.exponential();
            }
        }
    }

    /// Arrivals with two heights in the day, a busyness that no-one knows in advance, and
    /// now and then many at once.
    pub(super) fn plan_arrivals(&mut self, day: u32) {
        let midnight_s = f64::from(day) * DAY_S;
        let slow = match self.settings.slow_days {
            0.0 => 1.0,
            deviation => (deviation * self.chance.normal()).exp(),
        };
        for skill in 0..self.settings.skills.len() {
            let most = self.settings.skills[skill].1 / HOUR_S;
            let busy = (0.14 * self.chance.normal()).exp();
            let mut drift = 0.0;
            let mut at_s = OPENS_S;
            while at_s < CLOSES_S - 1500.0 {
                drift = 0.8 * drift + 0.13 * self.chance.normal();
                let hour = at_s / HOUR_S;
                let height = |(middle, width, most): &(f64, f64, f64)| {
                    most * (-((hour - middle) / width).powi(2) / 2.0).exp()
                };
                let peaks = self.settings.peaks.iter();
                let shape = 0.30 + peaks.map(height).sum::<f64>();
                let rate = most * shape * busy * f64::exp(drift);
                let mut within_s = self.chance.exponential() / rate;
                while within_s < 900.0 {
                    self.plan_customer(midnight_s + at_s + within_s, skill, slow);
                    within_s += self.chance.exponential() / rate;
                }
                at_s += 900.0;
            }
        }
        for _ in 0..2 {
            if self.chance.unit() < 0.5 {
                let at_s =
                    midnight_s + OPENS_S + (CLOSES_S - OPENS_S - 2.0 * HOUR_S) * self.chance.unit();
                let skill = self.chance.below(self.settings.skills.len());
                for _ in 0..8 + self.chance.below(14) {
                    let within_s = 420.0 * self.chance.unit();
                    self.plan_customer(at_s + within_s, skill, slow);
                }
            }
        }
    }

    fn plan_customer(&mut self, at_s: f64, skill: usize, slow: f64) {
        let median_s = self.settings.skills[skill].2 * slow;
        let chance = &mut self.chance;
        // Most are plain; some turn out to be long.
        let work_s = match self.settings.tail {
            Tail::LogNormal if chance.unit() < 0.85 => median_s * (0.6 * chance.normal()).exp(),
            Tail::LogNormal => 2.4 * median_s * (0.5 * chance.normal()).exp(),
            Tail::Power(_) if chance.unit() < 0.9 => median_s * (0.5 * chance.normal()).exp(),
            Tail::Power(power) => {
                (2.0 * median_s * (chance.exponential() / power).exp()).min(2.0 * HOUR_S)
            }
        };
        // Some leave at once, the others with a rate that grows slowly.
        let mean_s = match self.settings.patient {
            0.0 => self.settings.patience_s,
            share if chance.unit() < share => 4.0 * self.settings.patience_s,
            _ => self.settings.patience_s,
        };
        let patience_s = if chance.unit() < 0.04 {
            25.0 * chance.exponential()
        } else {
            mean_s * 1.07 * chance.exponential().powf(0.85)
        };
        let customer = Customer {
            skill,
            arrived_s: at_s,
            is_probe: chance.unit() < PROBES,
            priority: i64::from(chance.unit() < self.settings.urgent),
            started_s: None,
            work_s,
            patience_s,
        };
        self.customers.push(customer);
        let customer = self.customers.len() - 1;
        self.plan(at_s, Due::Arrive { customer });
    }
}
