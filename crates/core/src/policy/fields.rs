//! The table of all settings: their names in TOML, what each means in an operator's
//! words, and where its value stands. Reading, writing and checking all follow it.

use std::collections::BTreeMap;

use super::Policy;
use crate::signal::Trigger;

/// One setting.
pub(super) struct Field {
    /// Its path in TOML.
    pub key: &'static str,
    /// What it means, one line of a comment each.
    pub about: &'static [&'static str],
    /// What it holds and where.
    pub kind: Kind,
}

/// What a setting holds.
pub(super) enum Kind {
    /// Between 0 and 1.
    Share(fn(&mut Policy) -> &mut f64),
    /// A whole number.
    Count(fn(&mut Policy) -> &mut u32),
    /// A span of time, in milliseconds; the flag says whether it may be nothing.
    Span(fn(&mut Policy) -> &mut i64, bool),
    /// Yes or no.
    Switch(fn(&mut Policy) -> &mut bool),
    /// Names.
    Names(fn(&mut Policy) -> &mut Vec<String>),
    /// Triggers.
    Triggers(fn(&mut Policy) -> &mut Vec<Trigger>),
    /// An amount for each currency.
    Amounts(fn(&mut Policy) -> &mut BTreeMap<String, i64>),
    /// Names for each trigger.
    NamesFor(fn(&mut Policy) -> &mut BTreeMap<Trigger, Vec<String>>),
    /// A factor for each trigger.
    WeightFor(fn(&mut Policy) -> &mut BTreeMap<Trigger, f64>),
    /// A team or a skill for each trigger.
    NameFor(fn(&mut Policy) -> &mut BTreeMap<Trigger, String>),
    /// A priority for each trigger.
    PriorityFor(fn(&mut Policy) -> &mut BTreeMap<Trigger, u8>),
}

impl Kind {
    /// Whether it is a section of its own.
    pub(super) const fn is_table(&self) -> bool {
        matches!(
            self,
            Kind::Amounts(_)
                | Kind::NamesFor(_)
                | Kind::WeightFor(_)
                | Kind::NameFor(_)
                | Kind::PriorityFor(_)
        )
    }
}

/// Every setting, in the order in which it is printed.
pub(super) const FIELDS: [Field; 32] = [
    Field {
        key: "threshold",
        about: &[
            "How strongly a reason must be seen before the customer is handed over,",
            "0 (at the least hint) to 1 (only when it is certain).",
        ],
        kind: Kind::Share(|p| &mut p.threshold),
    },
    Field {
        key: "mood_weight",
        about: &[
            "How far the worst mood lowers that threshold. A furious customer with a",
            "half-seen reason goes to a person; fury alone never does. Less than threshold.",
        ],
        kind: Kind::Share(|p| &mut p.mood_weight),
    },
    Field {
        key: "upset_at",
        about: &[
            "From this mood on (0 calm to 1) a question that no article answers well is",
            "handed over; a calmer customer is only offered a person.",
        ],
        kind: Kind::Share(|p| &mut p.upset_at),
    },
    Field {
        key: "no_article_below",
        about: &[
            "Below this match (0 to 1) the best article does not answer the question: the",
            "assistant says so and offers a person.",
        ],
        kind: Kind::Share(|p| &mut p.no_article_below),
    },
    Field {
        key: "partial_below",
        about: &[
            "Below this match it answers only in part: the assistant answers and offers a person.",
        ],
        kind: Kind::Share(|p| &mut p.partial_below),
    },
    Field {
        key: "offer_after",
        about: &[
            "After this many answers without success the assistant offers a person by itself.",
        ],
        kind: Kind::Count(|p| &mut p.offer_after),
    },
    Field {
        key: "escalate_after",
        about: &["After this many answers that the customer calls useless it hands over."],
        kind: Kind::Count(|p| &mut p.escalate_after),
    },
    Field {
        key: "repeat_contacts",
        about: &["So many earlier contacts about the same issue hand over at once …"],
        kind: Kind::Count(|p| &mut p.repeat_contacts),
    },
    Field {
        key: "repeat_window",
        about: &["… counting back this far."],
        kind: Kind::Span(|p| &mut p.repeat_window_ms, true),
    },
    Field {
        key: "onboarding",
        about: &[
            "A customer is new, and goes straight to a person, for this long after signing up.",
        ],
        kind: Kind::Span(|p| &mut p.onboarding_ms, true),
    },
    Field {
        key: "vip_plans",
        about: &["Customers on these plans are VIPs, beside those marked as VIP themselves."],
        kind: Kind::Names(|p| &mut p.vip_plans),
    },
    Field {
        key: "vip_to_dedicated_agent",
        about: &["VIPs go to the agent who looks after them, where there is one."],
        kind: Kind::Switch(|p| &mut p.vip_to_dedicated_agent),
    },
    Field {
        key: "off",
        about: &[
            "Reasons that do not count, for example [\"customer.onboarding\"]. The customer's own",
            "wish for a person always counts.",
        ],
        kind: Kind::Triggers(|p| &mut p.off),
    },
    Field {
        key: "refund_threshold",
        about: &[
            "A refund above this goes to a person. Whole units of each currency, and one for",
            "all others; nothing is converted. A currency of its own: EUR = 90",
        ],
        kind: Kind::Amounts(|p| &mut p.refund_threshold),
    },
    Field {
        key: "only_plans",
        about: &[
            "Reasons that count only on some plans:",
            "\"topic.custom_pricing\" = [\"business\", \"enterprise\"]",
        ],
        kind: Kind::NamesFor(|p| &mut p.only_plans),
    },
    Field {
        key: "only_inboxes",
        about: &[
            "Reasons that count only in some inboxes, by their names:",
            "\"complexity.bug_investigation\" = [\"App\"]",
        ],
        kind: Kind::NamesFor(|p| &mut p.only_inboxes),
    },
    Field {
        key: "weights",
        about: &[
            "How much a reason counts: 1 as it is, 0.5 half, 2 double, at most 3:",
            "\"topic.complaint\" = 0.8",
        ],
        kind: Kind::WeightFor(|p| &mut p.weights),
    },
    Field {
        key: "teams",
        about: &[
            "Which team a reason goes to:",
            "\"topic.billing_dispute\" = \"Billing\"",
        ],
        kind: Kind::NameFor(|p| &mut p.teams),
    },
    Field {
        key: "skills",
        about: &[
            "What an agent should know for a reason. Who has that skill is asked first, and",
            "for a time alone; where nobody has it, it is not asked for:",
            "\"topic.billing_dispute\" = \"refunds\"",
        ],
        kind: Kind::NameFor(|p| &mut p.skills),
    },
    Field {
        key: "priorities",
        about: &["How urgent a reason is: 0 waits its turn, higher goes first, at most 9."],
        kind: Kind::PriorityFor(|p| &mut p.priorities),
    },
    Field {
        key: "timings.answer_within",
        about: &["How long the assistant may take to answer; then a person is offered."],
        kind: Kind::Span(|p| &mut p.timings.answer_within_ms, false),
    },
    Field {
        key: "timings.remind_after",
        about: &["A customer who falls silent is reminded once after this …"],
        kind: Kind::Span(|p| &mut p.timings.remind_after_ms, false),
    },
    Field {
        key: "timings.close_after",
        about: &["… and the conversation closes after this; they can open it again."],
        kind: Kind::Span(|p| &mut p.timings.close_after_ms, false),
    },
    Field {
        key: "timings.invitation",
        about: &["How long an agent has to take a conversation before the next one is asked."],
        kind: Kind::Span(|p| &mut p.timings.invitation_ms, false),
    },
    Field {
        key: "timings.review_every",
        about: &["How often the wait of a customer in the queue is looked at again …"],
        kind: Kind::Span(|p| &mut p.timings.review_every_ms, false),
    },
    Field {
        key: "timings.reviews_told",
        about: &["… and how many of these looks tell the customer so."],
        kind: Kind::Count(|p| &mut p.timings.reviews_told),
    },
    Field {
        key: "timings.longest_wait",
        about: &["Nobody waits longer than this; the conversation then closes with a note."],
        kind: Kind::Span(|p| &mut p.timings.longest_wait_ms, false),
    },
    Field {
        key: "timings.reply_by_email",
        about: &["How soon an answer by e-mail is promised."],
        kind: Kind::Span(|p| &mut p.timings.reply_by_email_ms, false),
    },
    Field {
        key: "timings.agent_grace",
        about: &["How long an agent may be out of reach before their conversations go back."],
        kind: Kind::Span(|p| &mut p.timings.agent_grace_ms, false),
    },
    Field {
        key: "timings.customer_grace",
        about: &["How long a waiting customer's page may be gone before they count as away …"],
        kind: Kind::Span(|p| &mut p.timings.customer_grace_ms, false),
    },
    Field {
        key: "timings.keep_place",
        about: &[
            "… and how long they then keep their place. After that the answer comes by e-mail",
            "where the address is known; else the conversation closes with a note.",
        ],
        kind: Kind::Span(|p| &mut p.timings.keep_place_ms, false),
    },
    Field {
        key: "timings.reopen_within",
        about: &[
            "A customer who comes back so long after an agent has closed the conversation is",
            "still known to them: they have it again if they are there.",
        ],
        kind: Kind::Span(|p| &mut p.timings.reopen_within_ms, true),
    },
];

/// The setting of that name.
pub(super) fn named(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.key == key)
}

/// Every share with its value.
pub(super) fn shares(policy: &Policy) -> Vec<(&'static str, f64)> {
    let mut policy = policy.clone();
    let share = |field: &Field| match field.kind {
        Kind::Share(of) => Some((field.key, *of(&mut policy))),
        _ => None,
    };
    FIELDS.iter().filter_map(share).collect()
}

/// Every span with its value in milliseconds, and whether it may be nothing.
pub(super) fn spans(policy: &Policy) -> Vec<(&'static str, i64, bool)> {
    let mut policy = policy.clone();
    let span = |field: &Field| match field.kind {
        Kind::Span(of, may_be_nothing) => Some((field.key, *of(&mut policy), may_be_nothing)),
        _ => None,
    };
    FIELDS.iter().filter_map(span).collect()
}
