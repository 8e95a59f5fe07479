//! Figures with their uncertainty: shares with a Wilson interval, F1, the area under the
//! ROC curve. Never a naked percentage.

use std::fmt;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    pub hits: usize,
    pub of: usize,
}

impl Share {
    pub fn count(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    pub fn value(self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }

    /// 95 %, by Wilson (1927).
    pub fn interval(self) -> (f64, f64) {
        let (n, p, z) = (self.of.max(1) as f64, self.value(), 1.96_f64);
        let middle = p + z * z / (2.0 * n);
        let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        ((middle - reach).max(0.0) / scale, (middle + reach) / scale)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval();
        let value = self.value();
        write!(f, "{value:.3} ({low:.2}–{high:.2}, n {})", self.of)
    }
}

/// Yes and no against right and wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confusion {
    pub hits: usize,
    pub wrong: usize,
    pub missed: usize,
    pub quiet: usize,
}

impl Confusion {
    pub fn count(&mut self, said: bool, right: bool) {
        match (said, right) {
            (true, true) => self.hits += 1,
            (true, false) => self.wrong += 1,
            (false, true) => self.missed += 1,
            (false, false) => self.quiet += 1,
        }
    }

    pub fn precision(self) -> Share {
        Share {
            hits: self.hits,
            of: self.hits + self.wrong,
        }
    }

    pub fn recall(self) -> Share {
        Share {
            hits: self.hits,
            of: self.hits + self.missed,
        }
    }

    pub fn f1(self) -> f64 {
        2.0 * self.hits as f64 / (2 * self.hits + self.wrong + self.missed).max(1) as f64
    }

    /// The mean of both sides' shares.
    pub fn balanced(self) -> f64 {
        let of_no = self.quiet as f64 / (self.quiet + self.wrong).max(1) as f64;
        (self.recall().value() + of_no) / 2.0
    }

    /// The share of what should be quiet that is not.
    pub fn alarms(self) -> Share {
        Share {
            hits: self.wrong,
            of: self.wrong + self.quiet,
        }
    }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "F1 {:.3} (precision {:.2}, recall {:.2}, {}+ {}−)",
            self.f1(),
            self.precision().value(),
            self.recall().value(),
            self.hits + self.missed,
            self.wrong + self.quiet
        )
    }
}

/// The chance that a right one scores higher than a wrong one; ties count half.
pub fn auroc(rows: &mut [(f64, bool)]) -> f64 {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let good = rows.iter().filter(|row| row.1).count() as f64;
    let bad = rows.len() as f64 - good;
    let (mut below, mut area) = (0.0, 0.0);
    for run in rows.chunk_by(|a, b| a.0 == b.0) {
        let bads = run.iter().filter(|row| !row.1).count() as f64;
        area += (run.len() as f64 - bads) * (below + bads / 2.0);
        below += bads;
    }
    area / (good * bad).max(1.0)
}
