//! What is asked of the operator's own systems (P25).

mod look_up;

pub use look_up::{Answer, LookUpFault, ask, check_header, is_guarded, look_up_limits};
