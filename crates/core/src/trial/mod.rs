//! A policy tried before it is trusted: a candidate decides again what was decided, and what
//! would have come of it is counted. Pure: the stored views come in, counts come out.
//!
//! A conversation is judged up to its **first flip**. What followed a decision followed from
//! it: had another been made, the customer would have said something else. So everything
//! after the first decision that differs never happened under the candidate, and is left out.
//!
//! Compared are the candidate and the **live policy of now**, both on what was read then. A
//! decision of long ago was made under an older policy; where the live one would no longer
//! make it, what followed says nothing of either, and the conversation ends there too.
//!
//! What is not known is said: a handover that would not have happened may have come later
//! anyway ([`Change::Fewer`] is at most), and one that comes where there was none is one more
//! only where no later one is on record ([`Change::Earlier`] otherwise).

mod flip;
mod suggest;
mod tally;

pub use flip::{Change, Course, Decided, Flip, Judged, beside, judge};
pub use suggest::{Move, Suggestion, Verdict, VerdictCase, suggest};
pub use tally::{ActionCount, Blind, Example, LeadCount, Moves, Rate, Report, Rerouted, Tally};
