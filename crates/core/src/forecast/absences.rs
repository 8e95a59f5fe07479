//! How long agents stay away, by when in their day they went: a break ends soon, the end of
//! a day does not. Many who go at once are another matter than one who takes a break, and
//! nobody knows at first when they return.

use super::spans::{Curve, Scale, Spans};

/// How an agent went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leave {
    /// How long after the beginning of their day, in seconds.
    pub after_s: f64,
    /// Whether many went at once.
    pub together: bool,
}

/// Assumed of who goes alone, and of many who go at once: the mean time away.
const ALONE_MEAN_S: f64 = 3600.0;
const TOGETHER_MEAN_S: f64 = 8.0 * 3600.0;
const MEMORY: f64 = 600.0;
const LEAN: f64 = 2.0;
/// An agent away for longer than this begins a new day when they return.
pub(super) const NEW_DAY_S: f64 = 3.0 * 3600.0;
/// Parts of an agent's day, half an hour each; the last is all that comes after.
const PARTS: usize = 28;

#[derive(Clone, Debug)]
struct Kind {
    all: Spans,
    parts: Vec<Spans>,
    assumed: Curve,
    curves: Vec<Curve>,
}

impl Kind {
    fn new(mean_s: f64) -> Self {
        let assumed = Curve::constant(Scale::Absence, mean_s);
        Self {
            all: Spans::new(Scale::Absence, MEMORY),
            parts: vec![Spans::new(Scale::Absence, MEMORY); PARTS],
            curves: vec![assumed.clone(); PARTS],
            assumed,
        }
    }
}

/// What was seen of absences.
#[derive(Clone, Debug)]
pub(super) struct Absences {
    alone: Kind,
    together: Kind,
}

impl Default for Absences {
    fn default() -> Self {
        Self {
            alone: Kind::new(ALONE_MEAN_S),
            together: Kind::new(TOGETHER_MEAN_S),
        }
    }
}

fn part(leave: Leave) -> usize {
    // A day of eight hours ends about eight hours after it began: whole hours lie in the
    // middle of a part.
    (((leave.after_s + 900.0) / 1800.0).max(0.0) as usize).min(PARTS - 1)
}

impl Absences {
    pub fn ended(&mut self, leave: Leave, span_s: f64) {
        let kind = if leave.together {
            &mut self.together
        } else {
            &mut self.alone
        };
        kind.all.ended(span_s);
        kind.parts[part(leave)].ended(span_s);
    }

    pub fn curve(&self, leave: Leave) -> &Curve {
        let kind = if leave.together {
            &self.together
        } else {
            &self.alone
        };
        &kind.curves[part(leave)]
    }

    /// `absent` are those who are away now, with for how long.
    pub fn refresh(&mut self, absent: &[(Leave, f64)]) {
        for (together, kind) in [(false, &mut self.alone), (true, &mut self.together)] {
            let of = |wanted: Option<usize>| -> Vec<f64> {
                let is_of = |(leave, _): &&(Leave, f64)| {
                    leave.together == together && wanted.is_none_or(|wanted| part(*leave) == wanted)
                };
                absent
                    .iter()
                    .filter(is_of)
                    .map(|(_, for_s)| *for_s)
                    .collect()
            };
            let all = kind.all.curve(&kind.assumed, LEAN, &of(None));
            for (number, curve) in kind.curves.iter_mut().enumerate() {
                *curve = kind.parts[number].curve(&all, LEAN, &of(Some(number)));
            }
        }
    }
}
