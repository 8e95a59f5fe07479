//! How long customers wait before they leave, by what they need and by what they were told:
//! who hears of a long wait leaves at once or stays longer, and soon after the time that was
//! named patience ends (Armony, Shimkin and Whitt, "The impact of delay announcements in
//! many-server queues with abandonment", 2009).

use std::collections::HashMap;

use super::learned::{Family, LEAN_ON_ALL, MEMORY, Skill};
use super::promise::spoken_minutes;
use super::spans::{Curve, Scale, Spans};

/// Assumed before anybody has left: a mean patience of 20 minutes.
const MEAN_S: f64 = 1200.0;
/// Waits that are told are taken together up to so many minutes each.
const BANDS_MINUTES: [u32; 7] = [3, 5, 10, 15, 20, 30, 45];

/// What was seen of patience.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    skills: Family,
    /// By what was told, over all skills.
    bands: Family,
    /// By both, each leaning on what was told.
    both: HashMap<(Skill, Skill), (Spans, Curve)>,
}

fn band(told_s: f64) -> Skill {
    let minutes = spoken_minutes((told_s * 1000.0) as i64);
    BANDS_MINUTES.partition_point(|most| *most < minutes) as Skill
}

impl Patience {
    pub fn new() -> Self {
        let assumed = Curve::constant(Scale::Geometric, MEAN_S);
        Self {
            skills: Family::new(assumed.clone()),
            bands: Family::new(assumed),
            both: HashMap::new(),
        }
    }

    /// Somebody left, or was served and would have waited longer.
    pub fn saw(&mut self, skill: Skill, told_s: Option<f64>, waited_s: f64, left: bool) {
        self.skills.saw(skill, waited_s, left);
        let Some(band) = told_s.map(band) else {
            return;
        };
        self.bands.saw(band, waited_s, left);
        let bands = &self.bands;
        let (spans, _) = self.both.entry((skill, band)).or_insert_with(|| {
            let curve = bands.curve(band).clone();
            (Spans::new(Scale::Geometric, MEMORY), curve)
        });
        if left {
            spans.ended(waited_s)
        } else {
            spans.cut(waited_s)
        }
    }

    /// `waiting` are those who wait now: of which skill, what they were told, for how long.
    pub fn refresh(&mut self, waiting: &[(Skill, Option<f64>, f64)]) {
        let of_skills: Vec<_> = waiting
            .iter()
            .map(|(skill, _, for_s)| (*skill, *for_s))
            .collect();
        self.skills.refresh(&of_skills);
        let told = waiting
            .iter()
            .filter_map(|(skill, told_s, for_s)| told_s.map(|told| (*skill, band(told), *for_s)));
        let told: Vec<_> = told.collect();
        let of_bands: Vec<_> = told
            .iter()
            .map(|(_, band, for_s)| (*band, *for_s))
            .collect();
        if !self.bands.refresh(&of_bands) {
            return;
        }
        for ((skill, band), (spans, curve)) in &mut self.both {
            let own = told
                .iter()
                .filter(|(of, at, _)| of == skill && at == band)
                .map(|(.., for_s)| *for_s);
            let own: Vec<f64> = own.collect();
            *curve = spans.curve(self.bands.curve(*band), LEAN_ON_ALL, &own);
        }
    }

    /// The patience of who needs a skill, and was told a wait if that is known.
    pub fn curve(&self, skill: Skill, told_s: Option<f64>) -> &Curve {
        let Some(band) = told_s.map(band) else {
            return self.skills.curve(skill);
        };
        let both = self.both.get(&(skill, band));
        both.map_or_else(|| self.bands.curve(band), |(_, curve)| curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_told_of_a_long_wait_is_known_to_wait_longer() {
        let mut patience = Patience::new();
        for n in 0..400 {
            let share = f64::from(n % 20) / 20.0;
            patience.saw(0, Some(300.0), 200.0 + 200.0 * share, true);
            patience.saw(0, Some(1800.0), 1500.0 + 600.0 * share, true);
        }
        patience.refresh(&[(0, Some(300.0), 10.0), (0, None, 10.0)]);
        let half = |told_s| patience.curve(0, told_s).at(0.5);
        assert!((250.0..350.0).contains(&half(Some(290.0))));
        assert!((1600.0..2000.0).contains(&half(Some(1800.0))));
        // Of another skill all is known from those who were told the same.
        assert!(patience.curve(7, Some(1800.0)).at(0.5) > 1400.0);
        // Where it is not known what they were told, all count.
        let all = half(None);
        assert!((300.0..1600.0).contains(&all), "{all}");
    }
}
