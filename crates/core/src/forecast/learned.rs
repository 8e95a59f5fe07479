//! What a contact centre has shown of itself: how long conversations take, how patient
//! customers are, how quickly agents take what is proposed, how they come and go, and how
//! often somebody arrives who goes first. Learned online and per skill, each leaning on all
//! skills together, and those on honest assumptions.

use std::collections::HashMap;

use super::absences::{Absences, Leave};
use super::patience::Patience;
use super::spans::{Curve, Scale, Spans};

/// A kind of conversation with its own queue: a skill, team or language, numbered from 0.
pub type Skill = u16;

/// Assumed before anything is seen: half of all conversations take 6 minutes or less.
const HANDLING_MEDIAN_S: f64 = 360.0;
const HANDLING_SPREAD: f64 = 0.9;
/// Assumed of the first message after an agent has taken a conversation.
const REPLY_MEDIAN_S: f64 = 40.0;
const REPLY_SPREAD: f64 = 0.8;
/// Assumed of agents: they stay for six hours.
const STAY_MEAN_S: f64 = 6.0 * 3600.0;

/// Pseudo observations by which all skills together lean on what is assumed, and by which
/// a skill leans on all together.
const LEAN_ON_ASSUMED: f64 = 3.0;
pub(super) const LEAN_ON_ALL: f64 = 12.0;
/// After how many seen the weight of one is down to 1/e.
pub(super) const MEMORY: f64 = 1500.0;
/// The same for agents' comings and goings, of which there are few.
const PRESENCE_MEMORY: f64 = 600.0;

/// One kind of span, over all skills and for each.
#[derive(Clone, Debug)]
pub(super) struct Family {
    assumed: Curve,
    all: Spans,
    each: Vec<Spans>,
    all_curve: Curve,
    curves: Vec<Curve>,
    /// Seen since the curves were drawn.
    fresh: f64,
}

impl Family {
    pub fn new(assumed: Curve) -> Self {
        Self {
            all: Spans::new(Scale::Geometric, 2.0 * MEMORY),
            each: Vec::new(),
            all_curve: assumed.clone(),
            curves: Vec::new(),
            assumed,
            fresh: 1.0,
        }
    }

    pub fn saw(&mut self, skill: Skill, span_s: f64, to_its_end: bool) {
        self.grow(skill);
        for spans in [&mut self.all, &mut self.each[usize::from(skill)]] {
            if to_its_end {
                spans.ended(span_s)
            } else {
                spans.cut(span_s)
            }
        }
        self.fresh += 1.0;
    }

    fn grow(&mut self, skill: Skill) {
        while self.each.len() <= usize::from(skill) {
            self.each.push(Spans::new(Scale::Geometric, MEMORY));
            self.curves.push(self.all_curve.clone());
        }
    }

    /// Draws the curves anew where enough was seen since. `going_on` matters while little
    /// was seen: then the short ones end first, and alone they would flatter. Says whether
    /// it did.
    pub fn refresh(&mut self, going_on: &[(Skill, f64)]) -> bool {
        let n = self.all.n();
        if self.fresh < (n / 50.0).max(1.0) && (n > 200.0 || self.fresh == 0.0) {
            return false;
        }
        self.fresh = 0.0;
        let spans: Vec<f64> = going_on.iter().map(|(_, span_s)| *span_s).collect();
        self.all_curve = self.all.curve(&self.assumed, LEAN_ON_ASSUMED, &spans);
        for (skill, spans) in self.each.iter().enumerate() {
            let own = going_on.iter().filter(|(of, _)| usize::from(*of) == skill);
            let own: Vec<f64> = own.map(|(_, span_s)| *span_s).collect();
            self.curves[skill] = spans.curve(&self.all_curve, LEAN_ON_ALL, &own);
        }
        true
    }

    pub fn curve(&self, skill: Skill) -> &Curve {
        self.curves
            .get(usize::from(skill))
            .unwrap_or(&self.all_curve)
    }
}

/// All that was learned. Times of day are seconds after some midnight.
#[derive(Clone, Debug)]
pub struct Learned {
    handling: Family,
    patience: Patience,
    pickup: Spans,
    stay: Spans,
    reply: Spans,
    reply_fresh: bool,
    pub(super) reply_curve: Curve,
    away: Absences,
    pub(super) pickup_curve: Curve,
    pub(super) stay_curve: Curve,
    presence_fresh: bool,
    crowding: Crowding,
    paces: HashMap<usize, (f64, f64)>,
    pub(super) urgent: Vec<Stream>,
    /// How often agents could choose between who waits longest and what they prefer, and
    /// how often they chose the second.
    chose: (f64, f64),
    /// Of agents who had just done something and of those who had rested: how often they
    /// were to begin, and how often they did at once.
    prompt: [(f64, f64); 2],
}

/// Arrivals of one skill and priority.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub skill: Skill,
    pub priority: i64,
    /// Fading count of arrivals, and the fading time over which they were counted.
    count: f64,
    over_s: f64,
    last_s: f64,
    /// Arrivals in each hour of the day, over all days.
    by_hour: [f64; 24],
}

/// Skills and priorities beyond this many are not followed.
const MOST_STREAMS: usize = 256;
/// How long arrivals are remembered for the rate of now.
const RATE_MEMORY_S: f64 = 2.0 * 3600.0;

impl Stream {
    fn fade(&mut self, now_s: f64) {
        let passed_s = (now_s - self.last_s).max(0.0);
        let kept = (-passed_s / RATE_MEMORY_S).exp();
        self.count *= kept;
        self.over_s = self.over_s * kept + RATE_MEMORY_S * (1.0 - kept);
        self.last_s = self.last_s.max(now_s);
    }

    /// Arrivals a second about `now_s`: those of the last hours, leaning by one hour on
    /// the same hour of earlier days.
    pub fn rate(&self, now_s: f64, days: f64) -> f64 {
        let mut faded = self.clone();
        faded.fade(now_s);
        let usual = if days >= 1.0 {
            self.by_hour[hour(now_s)] / days / 3600.0
        } else {
            0.0
        };
        let lean_s = if days >= 1.0 { 3600.0 } else { 600.0 };
        (faded.count + usual * lean_s) / (faded.over_s + lean_s)
    }
}

fn hour(at_s: f64) -> usize {
    (at_s.rem_euclid(86_400.0) / 3600.0) as usize % 24
}

/// How much several conversations at once slow each other: handling time grows with the
/// number held, to the power `slope`; learned by regression over the logarithms.
#[derive(Clone, Debug)]
struct Crowding {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Crowding {
    /// Assumed before much is seen, with the weight of so much variance.
    const ASSUMED: f64 = 0.3;
    const LEAN: f64 = 4.0;

    fn saw(&mut self, held: f64, span_s: f64) {
        let (x, y) = (held.max(1.0).ln(), span_s.max(1.0).ln());
        for sum in [
            &mut self.n,
            &mut self.x,
            &mut self.y,
            &mut self.xx,
            &mut self.xy,
        ] {
            *sum *= 1.0 - 1.0 / (2.0 * MEMORY);
        }
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }

    fn slope(&self) -> f64 {
        if self.n < 1.0 {
            return Self::ASSUMED;
        }
        let spread = self.xx - self.x * self.x / self.n;
        let together = self.xy - self.x * self.y / self.n;
        ((together + Self::LEAN * Self::ASSUMED) / (spread + Self::LEAN)).clamp(0.0, 1.0)
    }
}

impl Default for Learned {
    fn default() -> Self {
        let pickup = Curve::at_once_or(0.97, 600.0);
        let stay = Curve::constant(Scale::Even, STAY_MEAN_S);
        Self {
            handling: Family::new(Curve::log_normal(HANDLING_MEDIAN_S, HANDLING_SPREAD)),
            patience: Patience::new(),
            pickup: Spans::new(Scale::Geometric, MEMORY),
            stay: Spans::new(Scale::Even, PRESENCE_MEMORY),
            reply: Spans::new(Scale::Geometric, MEMORY),
            reply_fresh: false,
            reply_curve: Curve::log_normal(REPLY_MEDIAN_S, REPLY_SPREAD),
            away: Absences::default(),
            pickup_curve: pickup,
            stay_curve: stay,
            presence_fresh: false,
            crowding: Crowding {
                n: 0.0,
                x: 0.0,
                y: 0.0,
                xx: 0.0,
                xy: 0.0,
            },
            paces: HashMap::new(),
            urgent: Vec::new(),
            chose: (0.0, 0.0),
            prompt: [(0.0, 0.0); 2],
        }
    }
}

impl Learned {
    /// A conversation took `span_s` while its agent held `held` on average, itself included;
    /// `agent` is any number that stays the same.
    pub fn handled(&mut self, skill: Skill, agent: usize, span_s: f64, held: f64) {
        if !span_s.is_finite() || span_s < 0.0 || !held.is_finite() {
            return;
        }
        self.crowding.saw(held, span_s);
        let worked_s = span_s / self.slowed(held);
        let usual_s = self.handling.curve(skill).at(0.5).max(1.0);
        let (sum, n) = self.paces.entry(agent).or_insert((0.0, 0.0));
        *sum = *sum * 0.99 + (worked_s.max(1.0) / usual_s).ln().clamp(-2.0, 2.0);
        *n = *n * 0.99 + 1.0;
        self.handling.saw(skill, worked_s, true);
    }

    /// A customer left after `waited_s`, who had been told of a wait of `told_s`.
    pub fn left(&mut self, skill: Skill, told_s: Option<f64>, waited_s: f64) {
        self.patience.saw(skill, told_s, waited_s, true);
    }

    /// A customer was served after `waited_s`, and would have waited longer.
    pub fn served(&mut self, skill: Skill, told_s: Option<f64>, waited_s: f64) {
        self.patience.saw(skill, told_s, waited_s, false);
    }

    /// An agent with a free place and somebody to serve took `span_s` to begin; `rested` if
    /// they had done nothing for a while.
    pub fn picked_up(&mut self, span_s: f64, rested: bool) {
        let (times, prompt) = &mut self.prompt[usize::from(rested)];
        *times = *times * 0.998 + 1.0;
        *prompt = *prompt * 0.998 + f64::from(u8::from(span_s < 1.0));
        self.pickup.ended(span_s);
    }

    /// An agent took what stands first in the list of their skills although somebody else
    /// had waited longer, or did not.
    pub fn chose(&mut self, preferred: bool) {
        let (times, preferred_so_far) = &mut self.chose;
        *times = *times * 0.998 + 1.0;
        *preferred_so_far = *preferred_so_far * 0.998 + f64::from(u8::from(preferred));
    }

    /// The share of such choices; none is assumed.
    pub(super) fn prefers(&self) -> f64 {
        let share = self.chose.1 / (self.chose.0 + 10.0);
        if share < 0.03 { 0.0 } else { share }
    }

    /// An agent with a free place and somebody to serve had not begun after `span_s`.
    pub fn not_picked_up(&mut self, span_s: f64) {
        self.pickup.cut(span_s);
    }

    /// The first message came `span_s` after an agent had taken a conversation.
    pub fn replied(&mut self, span_s: f64) {
        self.reply.ended(span_s);
        self.reply_fresh = true;
    }

    /// An agent who had been there since `from_s` after the beginning of their day left
    /// `span_s` after it. Who takes breaks leaves several times in a day.
    pub fn went(&mut self, from_s: f64, span_s: f64) {
        self.stay.ended_from(from_s, span_s);
        self.presence_fresh = true;
    }

    /// An agent came back after `span_s`.
    pub fn came_back(&mut self, leave: Leave, span_s: f64) {
        self.away.ended(leave, span_s);
        self.presence_fresh = true;
    }

    /// Somebody arrived.
    pub fn arrived(&mut self, skill: Skill, priority: i64, now_s: f64) {
        let of = |stream: &Stream| stream.skill == skill && stream.priority == priority;
        let index = self.urgent.iter().position(of).unwrap_or(self.urgent.len());
        if index == MOST_STREAMS {
            return;
        }
        if index == self.urgent.len() {
            self.urgent.push(Stream {
                skill,
                priority,
                count: 0.0,
                over_s: 0.0,
                last_s: now_s,
                by_hour: [0.0; 24],
            });
        }
        let stream = &mut self.urgent[index];
        stream.fade(now_s);
        stream.count += 1.0;
        stream.by_hour[hour(now_s)] += 1.0;
    }

    /// By how much each conversation is slowed when `held` go on at once.
    pub fn slowed(&self, held: f64) -> f64 {
        held.max(1.0).powf(self.crowding.slope())
    }

    /// An agent's handling time over the usual one.
    pub fn pace(&self, agent: usize) -> f64 {
        let Some((sum, n)) = self.paces.get(&agent) else {
            return 1.0;
        };
        // The logarithm of a pace varies much less than that of one conversation.
        (sum / (n + 25.0)).exp()
    }

    pub(super) fn away(&self, leave: Leave) -> &Curve {
        self.away.curve(leave)
    }

    /// How many handling times are known.
    pub fn handled_n(&self) -> f64 {
        self.handling.all.n()
    }

    /// The usual handling time of a skill, in seconds, one conversation at a time.
    pub fn handling_s(&self, skill: Skill) -> f64 {
        self.handling.curve(skill).mean()
    }

    /// The share of customers of a skill who would wait longer than this.
    pub fn patient(&self, skill: Skill, waited_s: f64) -> f64 {
        1.0 - self.patience.curve(skill, None).below(waited_s)
    }

    /// Whether agents with a free place begin at once: those who have rested, or all.
    pub fn picks_up_at_once(&self, rested: bool) -> bool {
        let (times, prompt) = self.prompt[usize::from(rested)];
        prompt >= 0.96 * times - 1.0
    }

    pub(super) fn handling(&self, skill: Skill) -> &Curve {
        self.handling.curve(skill)
    }

    pub(super) fn patience(&self, skill: Skill, told_s: Option<f64>) -> &Curve {
        self.patience.curve(skill, told_s)
    }

    /// Brings the curves up to date with what goes on now: conversations that are held, with
    /// the work done so far, customers that wait, with what they were told and how long, agents who are there, with
    /// from when to when in their day, and agents who are away.
    pub fn refresh(
        &mut self,
        held: &[(Skill, f64)],
        waiting: &[(Skill, Option<f64>, f64)],
        present: &[(f64, f64)],
        absent: &[(Leave, f64)],
    ) {
        self.handling.refresh(held);
        self.patience.refresh(waiting);
        if self.pickup.n() > 0.0 {
            self.pickup_curve = self.pickup.curve(&Curve::at_once_or(0.97, 600.0), 2.0, &[]);
        }
        if self.reply_fresh {
            self.reply_fresh = false;
            let assumed = Curve::log_normal(REPLY_MEDIAN_S, REPLY_SPREAD);
            self.reply_curve = self.reply.curve(&assumed, LEAN_ON_ASSUMED, &[]);
        }
        if self.presence_fresh {
            self.presence_fresh = false;
            let stay = Curve::constant(Scale::Even, STAY_MEAN_S);
            self.stay_curve = self.stay.curve_from(&stay, 4.0, present.iter().copied());
            self.away.refresh(absent);
        }
    }
}
