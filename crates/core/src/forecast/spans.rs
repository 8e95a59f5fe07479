//! How long things last, learned one by one: handling times, patience, absences. Some are
//! seen to their end and some are cut off (a customer who is served shows only that their
//! patience was longer than the wait), so what is kept is the hazard in each bin, the
//! estimator of Kaplan and Meier ("Nonparametric estimation from incomplete observations",
//! 1958). Where little was seen, each bin leans on another curve by a number of pseudo
//! observations, so that there is an answer from the first minute. Spans are in seconds.

use super::chance::Chance;

/// Steps of the inverse distribution that draws are taken from.
const STEPS: usize = 256;
/// How much wider each geometric bin is than the one before: the last ends after 57 hours.
const RATIO: f64 = 1.08;

/// How bins divide the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// One second, then each 8 % wider.
    Geometric,
    /// All alike, ten minutes.
    Even,
    /// As in the first up to some two hours, then ten minutes: breaks are told apart, and
    /// so are the hours at which a night ends.
    Absence,
}

const EVEN_STEP_S: f64 = 600.0;
/// From which bin the scale for absences goes on evenly.
const EVEN_FROM: usize = 116;

impl Scale {
    /// Bins of a histogram; the last takes all that is longer.
    fn bins(self) -> usize {
        match self {
            Scale::Geometric | Scale::Even => 160,
            Scale::Absence => 440,
        }
    }

    fn bin(self, span_s: f64) -> usize {
        let geometric = |span_s: f64| match span_s {
            ..1.0 => 0.0,
            _ => 1.0 + span_s.ln() / RATIO.ln(),
        };
        let bin = match self {
            Scale::Geometric => geometric(span_s),
            Scale::Even => span_s.max(0.0) / EVEN_STEP_S,
            Scale::Absence => {
                let even_from_s = Scale::Geometric.edge(EVEN_FROM);
                if span_s < even_from_s {
                    geometric(span_s).min(EVEN_FROM as f64 - 1.0)
                } else {
                    EVEN_FROM as f64 + (span_s - even_from_s) / EVEN_STEP_S
                }
            }
        };
        (bin as usize).min(self.bins() - 1)
    }

    fn edge(self, bin: usize) -> f64 {
        let geometric = |bin: usize| match bin {
            0 => 0.0,
            _ => RATIO.powi(bin as i32 - 1),
        };
        match self {
            Scale::Geometric => geometric(bin),
            Scale::Even => bin as f64 * EVEN_STEP_S,
            Scale::Absence if bin <= EVEN_FROM => geometric(bin),
            Scale::Absence => geometric(EVEN_FROM) + (bin - EVEN_FROM) as f64 * EVEN_STEP_S,
        }
    }
}

/// What was seen of one kind of span; the older counts less.
#[derive(Clone, Debug)]
pub struct Spans {
    scale: Scale,
    ended: Vec<f64>,
    cut: Vec<f64>,
    /// Where spans came into view that had lasted for a while.
    entered: Vec<f64>,
    /// What the next span weighs. It grows, which is the same as the past's fading.
    weight: f64,
    /// How many spans are remembered, roughly.
    memory: f64,
}

impl Spans {
    /// Nothing seen yet. `memory` is after how many spans the weight of one is down to 1/e.
    pub fn new(scale: Scale, memory: f64) -> Self {
        Self {
            scale,
            ended: vec![0.0; scale.bins()],
            cut: vec![0.0; scale.bins()],
            entered: vec![0.0; scale.bins()],
            weight: 1.0,
            memory,
        }
    }

    /// A span that was seen to its end.
    pub fn ended(&mut self, span_s: f64) {
        self.count(span_s, true);
    }

    /// A span that was seen from `from_s` to its end: it tells of what comes after that.
    pub fn ended_from(&mut self, from_s: f64, span_s: f64) {
        if (0.0..=span_s).contains(&from_s) && span_s.is_finite() {
            self.count(span_s, true);
            if from_s > 0.0 {
                self.entered[self.scale.bin(from_s)] += self.weight;
            }
        }
    }

    /// A span that was longer than this; how much, nobody knows.
    pub fn cut(&mut self, span_s: f64) {
        self.count(span_s, false);
    }

    fn count(&mut self, span_s: f64, to_its_end: bool) {
        if !span_s.is_finite() || span_s < 0.0 {
            return;
        }
        self.weight *= 1.0 + 1.0 / self.memory;
        if self.weight > 1e9 {
            let all = self.ended.iter_mut().chain(&mut self.cut);
            let all = all.chain(&mut self.entered);
            all.for_each(|count| *count /= self.weight);
            self.weight = 1.0;
        }
        let counts = if to_its_end {
            &mut self.ended
        } else {
            &mut self.cut
        };
        counts[self.scale.bin(span_s)] += self.weight;
    }

    /// How many ends the picture rests on, the faded ones counted in part.
    pub fn n(&self) -> f64 {
        self.ended.iter().sum::<f64>() / self.weight
    }

    /// The curve of what was seen, leaning on `base` by `lean` pseudo observations in each
    /// bin. `going_on` are spans that have not ended yet.
    pub fn curve(&self, base: &Curve, lean: f64, going_on: &[f64]) -> Curve {
        let spans = going_on.iter().map(|span_s| (0.0, *span_s));
        self.curve_from(base, lean, spans)
    }

    /// The same where spans that go on came into view when they had lasted for a while.
    pub fn curve_from(
        &self,
        base: &Curve,
        lean: f64,
        going_on: impl Iterator<Item = (f64, f64)>,
    ) -> Curve {
        let seen = |counts: &[f64]| -> Vec<f64> {
            counts.iter().map(|count| count / self.weight).collect()
        };
        let (mut cut, mut entered) = (seen(&self.cut), seen(&self.entered));
        for (from_s, span_s) in going_on {
            cut[self.scale.bin(span_s)] += 1.0;
            if from_s > 0.0 {
                entered[self.scale.bin(from_s)] += 1.0;
            }
        }
        let mut hazard = vec![0.0; self.scale.bins()];
        let mut at_risk = 0.0;
        for bin in (0..hazard.len()).rev() {
            let ended = self.ended[bin] / self.weight;
            // Who is cut off within the bin, or enters in it, was at risk for half of it.
            let exposed = at_risk + ended + cut[bin] / 2.0 - entered[bin] / 2.0;
            let exposed = exposed.max(ended);
            hazard[bin] = (ended + lean * base.hazard(bin)) / (exposed + lean);
            at_risk += ended + cut[bin] - entered[bin];
        }
        Curve::new(self.scale, |bin| hazard[bin])
    }
}

/// A distribution of spans that is quick to draw from.
#[derive(Clone, Debug)]
pub struct Curve {
    scale: Scale,
    /// The share that lasts at least until each bin's lower edge.
    survival: Vec<f64>,
    /// The span that the share `step / STEPS` does not reach.
    quantile: Vec<f32>,
}

impl Curve {
    /// From the chance to end within each bin.
    fn new(scale: Scale, hazard: impl Fn(usize) -> f64) -> Self {
        let bins = scale.bins();
        let mut survival = Vec::with_capacity(bins + 1);
        survival.push(1.0);
        for bin in 0..bins {
            let left = survival[bin] * (1.0 - hazard(bin).clamp(0.0, 1.0));
            survival.push(left);
        }
        let mut curve = Self {
            scale,
            survival,
            quantile: vec![0.0; STEPS + 1],
        };
        let mut bin = 0;
        for step in 0..=STEPS {
            // The last step stands for its middle: a distribution has no longest span.
            let share = (step as f64).min(STEPS as f64 - 0.5) / STEPS as f64;
            while bin < bins - 1 && 1.0 - curve.survival[bin + 1] < share {
                bin += 1;
            }
            curve.quantile[step] = curve.within(bin, share) as f32;
        }
        curve
    }

    fn within(&self, bin: usize, share: f64) -> f64 {
        let (low, high) = (1.0 - self.survival[bin], 1.0 - self.survival[bin + 1]);
        let part = if high > low {
            ((share - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (from, to) = (self.scale.edge(bin), self.scale.edge(bin + 1));
        from + part * (to - from)
    }

    /// An end that is equally likely at any moment.
    pub fn constant(scale: Scale, mean_s: f64) -> Self {
        Self::new(scale, |bin| {
            1.0 - (-(scale.edge(bin + 1) - scale.edge(bin)) / mean_s).exp()
        })
    }

    /// The log-normal distribution, which handling times follow (Brown et al., "Statistical
    /// analysis of a telephone call center", 2005); `spread` is the deviation of the logarithm.
    pub fn log_normal(median_s: f64, spread: f64) -> Self {
        let scale = Scale::Geometric;
        let lasts = |span_s: f64| {
            if span_s <= 0.0 {
                1.0
            } else {
                1.0 - normal_below((span_s / median_s).ln() / spread)
            }
        };
        Self::new(scale, |bin| {
            let (from, to) = (lasts(scale.edge(bin)), lasts(scale.edge(bin + 1)));
            if from > 1e-12 { 1.0 - to / from } else { 1.0 }
        })
    }

    /// Mostly at once, else after some time.
    pub fn at_once_or(share_at_once: f64, mean_s: f64) -> Self {
        let later = Self::constant(Scale::Geometric, mean_s);
        Self::new(Scale::Geometric, |bin| {
            if bin == 0 {
                share_at_once
            } else {
                later.hazard(bin)
            }
        })
    }

    fn hazard(&self, bin: usize) -> f64 {
        let (from, to) = (self.survival[bin], self.survival[bin + 1]);
        if from > 1e-12 { 1.0 - to / from } else { 0.5 }
    }

    /// The share that does not last longer than this.
    pub fn below(&self, span_s: f64) -> f64 {
        let bin = self.scale.bin(span_s);
        let (from, to) = (self.scale.edge(bin), self.scale.edge(bin + 1));
        let part = ((span_s - from) / (to - from)).clamp(0.0, 1.0);
        1.0 - self.survival[bin] + part * (self.survival[bin] - self.survival[bin + 1])
    }

    /// The span that a share does not reach.
    pub fn at(&self, share: f64) -> f64 {
        let place = (share * STEPS as f64).clamp(0.0, STEPS as f64 - 1e-9);
        let step = place as usize;
        let part = (place - step as f64) as f32;
        let (from, to) = (self.quantile[step], self.quantile[step + 1]);
        f64::from(from + part * (to - from))
    }

    /// The mean, as far as the bins reach.
    pub fn mean(&self) -> f64 {
        let steps = &self.quantile;
        steps
            .windows(2)
            .map(|pair| f64::from(pair[0] + pair[1]) / 2.0)
            .sum::<f64>()
            / STEPS as f64
    }

    /// One span.
    pub fn draw(&self, chance: &mut Chance) -> f64 {
        self.at(chance.unit())
    }

    /// What is left of a span that has lasted `so_far_s`, to the bin: where most have ended
    /// before, the steps that [`Self::draw_rest`] draws from are too wide.
    pub fn draw_rest_finely(&self, so_far_s: f64, chance: &mut Chance) -> f64 {
        let lasts = 1.0 - self.below(so_far_s);
        if lasts < 1e-9 {
            return chance.exponential() * (0.5 * so_far_s).max(1.0);
        }
        let share = lasts * (1.0 - chance.unit());
        let bin = self.survival.partition_point(|lasts| *lasts >= share);
        let span_s = self.within(bin.clamp(1, self.scale.bins()) - 1, 1.0 - share);
        (span_s - so_far_s).max(0.0)
    }

    /// What is left of a span that has lasted `so_far_s`; `below` is [`Curve::below`] of it.
    pub fn draw_rest(&self, so_far_s: f64, below: f64, chance: &mut Chance) -> f64 {
        if below > 0.99 {
            // Beyond what was seen, the longer it has lasted the longer it will.
            return chance.exponential() * (0.5 * so_far_s).max(1.0);
        }
        (self.at(below + (1.0 - below) * chance.unit()) - so_far_s).max(0.0)
    }
}

/// The standard normal distribution function, to 7 digits (Abramowitz and Stegun, 26.2.17).
pub fn normal_below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = t
        * (0.319_381_53
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() * series;
    if x < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_served_before_losing_patience_counts_as_patient() {
        // Patience is exponential with mean 600 s, and everybody is served after 300 s.
        let mut chance = Chance::new(1, 1);
        let mut seen = Spans::new(Scale::Geometric, 1e9);
        for _ in 0..4000 {
            let patience = 600.0 * chance.exponential();
            if patience < 300.0 {
                seen.ended(patience)
            } else {
                seen.cut(300.0)
            }
        }
        let curve = seen.curve(&Curve::constant(Scale::Geometric, 5000.0), 4.0, &[]);
        let truth = 1.0 - (-200.0_f64 / 600.0).exp();
        assert!(
            (curve.below(200.0) - truth).abs() < 0.02,
            "{}",
            curve.below(200.0)
        );
    }

    #[test]
    fn draws_follow_the_curve_and_what_has_passed_is_taken_into_account() {
        let curve = Curve::log_normal(300.0, 0.8);
        let mut chance = Chance::new(3, 0);
        let draws: Vec<f64> = (0..20_000).map(|_| curve.draw(&mut chance)).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let truth = 300.0 * (0.8_f64 * 0.8 / 2.0).exp();
        assert!((mean / truth - 1.0).abs() < 0.04, "{mean} {truth}");
        assert!((curve.mean() / truth - 1.0).abs() < 0.04);
        let memoryless = Curve::constant(Scale::Geometric, 300.0);
        let below = memoryless.below(500.0);
        let rest: f64 = (0..20_000)
            .map(|_| memoryless.draw_rest(500.0, below, &mut chance))
            .sum();
        assert!((rest / 20_000.0 / 300.0 - 1.0).abs() < 0.05, "{rest}");
    }

    #[test]
    fn with_nothing_seen_the_base_is_the_answer_and_much_seen_outweighs_it() {
        let base = Curve::constant(Scale::Geometric, 300.0);
        let mut seen = Spans::new(Scale::Geometric, 500.0);
        let same = seen.curve(&base, 8.0, &[]);
        assert!((same.at(0.5) - base.at(0.5)).abs() < 1.0);
        (0..2000).for_each(|_| seen.ended(60.0));
        let learned = seen.curve(&base, 8.0, &[]);
        assert!(
            (55.0..66.0).contains(&learned.at(0.5)),
            "{}",
            learned.at(0.5)
        );
        assert!((seen.n() - 491.0).abs() < 12.0, "{}", seen.n());
    }

    #[test]
    fn who_leaves_several_times_is_at_risk_only_while_there() {
        // Breaks come once in an hour whatever the time, over days of eight hours; each is
        // a new span of the same day.
        let mut chance = Chance::new(2, 2);
        let mut seen = Spans::new(Scale::Even, 1e9);
        for _ in 0..600 {
            let mut from_s = 0.0;
            while from_s < 28_800.0 {
                let to_s = from_s + 3600.0 * chance.exponential();
                seen.ended_from(from_s, to_s);
                from_s = to_s + 900.0;
            }
        }
        let curve = seen.curve(&Curve::constant(Scale::Even, 9000.0), 4.0, &[]);
        for at_s in [0.0, 9_000.0, 20_000.0] {
            let draws = (0..4000).map(|_| curve.draw_rest_finely(at_s, &mut chance).min(3600.0));
            // Of an exponential span that is looked at for its mean.
            let truth = 3600.0 * (1.0 - (-1.0_f64).exp());
            let mean = draws.sum::<f64>() / 4000.0;
            assert!(
                (mean / truth - 1.0).abs() < 0.08,
                "at {at_s}: {mean} {truth}"
            );
        }
    }

    #[test]
    fn nights_are_told_apart_to_ten_minutes_and_breaks_to_less() {
        let mut seen = Spans::new(Scale::Absence, 1e9);
        for n in 0..2000 {
            seen.ended(57_600.0 + f64::from(n % 7) * 60.0);
            seen.ended(600.0 + f64::from(n % 7));
        }
        let curve = seen.curve(&Curve::constant(Scale::Absence, 9000.0), 2.0, &[]);
        let mut chance = Chance::new(5, 5);
        for _ in 0..200 {
            let rest_s = curve.draw_rest_finely(54_000.0, &mut chance);
            assert!((2_900.0..4_900.0).contains(&rest_s), "{rest_s}");
        }
        assert!((curve.below(700.0) - curve.below(540.0) - 0.5).abs() < 0.03);
    }

    #[test]
    fn garbage_is_left_out() {
        let mut seen = Spans::new(Scale::Even, 10.0);
        seen.ended(f64::NAN);
        seen.ended(-1.0);
        seen.cut(f64::INFINITY);
        assert_eq!(seen.n(), 0.0);
        seen.ended(1e12);
        assert!(seen.n() > 0.0);
    }
}
