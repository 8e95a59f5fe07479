//! What a forecaster is told, and what it answers.

/// Something that happened in a contact centre.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An agent is there, or says anew what they can do.
    AgentOn {
        /// Who.
        agent: String,
        /// What they serve; none means everything.
        skills: Vec<String>,
        /// Conversations at once.
        capacity: usize,
        /// When they will go, if that is known, in seconds.
        until_s: Option<f64>,
    },
    /// An agent takes nothing more.
    AgentOff {
        /// Who.
        agent: String,
    },
    /// A customer asks for a person.
    Arrive {
        /// The conversation.
        id: String,
        /// What it needs.
        skill: String,
        /// Higher goes first.
        priority: i64,
    },
    /// A customer leaves the queue.
    Abandon {
        /// The conversation.
        id: String,
    },
    /// An agent begins to serve.
    Start {
        /// The conversation.
        id: String,
        /// Who, if known.
        agent: Option<String>,
    },
    /// It is over.
    Finish {
        /// The conversation.
        id: String,
    },
}

/// The forecast of one wait, from now, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The place in the line of its skill, 1 for the next.
    pub position: usize,
    /// Half of such waits are shorter.
    pub p50_s: f64,
    /// Nine of ten are shorter.
    pub p90_s: f64,
    /// The same before the correction.
    pub rolled_p90_s: f64,
    /// How many handling times it rests on.
    pub n: u32,
    /// The seed of its paths.
    pub seed: u64,
}
