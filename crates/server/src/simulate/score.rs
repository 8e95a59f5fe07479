//! How good forecasts were: pinball losses at 50 and 90 %, the share kept, and how much too
//! long the promise was.

use std::collections::BTreeMap;

/// One forecast and what came.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Which of all who had to wait, from 0.
    pub waiter: usize,
    /// Of which skill.
    pub skill: usize,
    /// The hour of the day of the arrival.
    pub hour: f64,
    /// The day, from 0.
    pub day: u32,
    /// The wait.
    pub wait_s: f64,
    /// Said for 50 and 90 %.
    pub said: [f64; 2],
}

/// The loss whose least mean is at the quantile.
pub fn pinball(level: f64, said_s: f64, wait_s: f64) -> f64 {
    let short_s = wait_s - said_s;
    if short_s > 0.0 {
        level * short_s
    } else {
        (level - 1.0) * short_s
    }
}

/// Over many cases; minutes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// How many cases.
    pub n: usize,
    /// Mean pinball loss at 50 %.
    pub pinball_50: f64,
    /// Mean pinball loss at 90 %.
    pub pinball_90: f64,
    /// The share of waits within what was said for 90 %.
    pub kept: f64,
    /// By how much what was said was too long, on average over all.
    pub slack: f64,
}

/// Scores cases.
pub fn score<'a>(cases: impl Iterator<Item = &'a Case>) -> Score {
    let mut sum = Score::default();
    for case in cases {
        sum.n += 1;
        sum.pinball_50 += pinball(0.5, case.said[0], case.wait_s) / 60.0;
        sum.pinball_90 += pinball(0.9, case.said[1], case.wait_s) / 60.0;
        sum.kept += f64::from(u8::from(case.wait_s <= case.said[1]));
        sum.slack += (case.said[1] - case.wait_s).max(0.0) / 60.0;
    }
    let n = sum.n.max(1) as f64;
    Score {
        n: sum.n,
        pinball_50: sum.pinball_50 / n,
        pinball_90: sum.pinball_90 / n,
        kept: sum.kept / n,
        slack: sum.slack / n,
    }
}

/// Parts of the day: morning, noon, afternoon, evening.
pub fn day_part(hour: f64) -> usize {
    match hour {
        ..10.0 => 0,
        10.0..13.0 => 1,
        13.0..17.0 => 2,
        _ => 3,
    }
}

/// Skill by day part.
pub fn cells(cases: &[Case]) -> Vec<((usize, usize), Score)> {
    let mut cells: BTreeMap<(usize, usize), Vec<&Case>> = BTreeMap::new();
    for case in cases {
        cells
            .entry((case.skill, day_part(case.hour)))
            .or_default()
            .push(case);
    }
    cells
        .into_iter()
        .map(|(cell, cases)| (cell, score(cases.into_iter())))
        .collect()
}
