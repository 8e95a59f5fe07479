//! The measures of the practice (P34 to P38) as functions over events. `docs/measures.md`
//! says in words what each counts and what not; `tests` holds it against histories
//! written by hand.
//!
//! A conversation's events are read once into a [`Case`], without a word of anybody's. A
//! case adds whole numbers to the counts of its days ([`Case::counts`]). Counts are kept by
//! day, inbox, plan, language, topic and main reason, and [`Figures`] are made of any sum of
//! them. No figure is without its `n` and its interval.

mod behind;
mod case;
mod cells;
mod change;
mod figure;
mod parts;
mod product;
mod reading;
mod report;
mod span;
mod tally;
#[cfg(test)]
mod tests;

pub use behind::Behind;
pub use case::{
    Again, Case, End, HandoffCase, RatingCase, RepetitionCase, ServedBy, Sign, Unanswered,
    find_returns,
};
pub use cells::{CellKey, DURABLE_MS, STUCK_MS};
pub use change::{RateChange, change};
pub use figure::{Compared, Mean, Share};
pub use parts::{Part, Side, by_day, by_topic, parts, sum};
pub use product::{ProductMatter, Settled, product};
pub use reading::Known;
pub use report::{
    Csat, CsatByKind, Figures, Matched, Named, Promises, RepetitionFigures, ResolutionFigures,
    Responses,
};
pub use span::{Spans, Stretch};
pub use tally::{Count, Tally};

/// The version of the definitions. Counts of an older one are made anew; those of a newer one
/// are left alone. It grows with whatever changes what is counted from the same events: a
/// count's meaning, a [`Case`], how [`crate::time::Hours`] are written, a trigger.
pub const VERSION: u32 = 3;

/// Target for the first human response (P36).
pub const FIRST_RESPONSE_TARGET_MS: i64 = 5 * crate::time::MINUTE_MS;
