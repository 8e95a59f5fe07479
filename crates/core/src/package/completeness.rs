//! How complete a package is, and what it lacks: what an agent would otherwise find out
//! only after asking.

use serde::{Deserialize, Serialize};

use super::{LookUpState, Package, Provenance};
use crate::asking::Detail;

/// How complete a package is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Completeness {
    /// 0 (nothing is known) to 1 (nothing is missing).
    pub score: f64,
    /// What is missing, the most telling first.
    pub missing: Vec<Missing>,
}

/// Something that a package lacks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nobody knows what it is about.
    Issue,
    /// The number of an order, an invoice, a contract.
    Reference,
    /// What the error says.
    ErrorText,
    /// The device or program it happens on.
    Device,
    /// Since when.
    Since,
    /// No address to answer to.
    Email,
    /// No name.
    Name,
    /// Nobody but the customer says who they are.
    Identity,
    /// Nothing is known of their account.
    Account,
    /// Neither recent activity nor an earlier conversation.
    Activity,
    /// Nothing to try first.
    NextStep,
    /// The look-up has not answered.
    LookUp,
}

impl From<Detail> for Missing {
    fn from(detail: Detail) -> Self {
        match detail {
            Detail::Issue => Missing::Issue,
            Detail::Reference => Missing::Reference,
            Detail::ErrorText => Missing::ErrorText,
            Detail::Device => Missing::Device,
            Detail::Since => Missing::Since,
        }
    }
}

/// What counts how much; the sum is 1.
const WEIGHTS: [(Missing, f64); 7] = [
    (Missing::Issue, 0.30),
    (Missing::Email, 0.15),
    (Missing::Name, 0.10),
    (Missing::Identity, 0.10),
    (Missing::Account, 0.15),
    (Missing::Activity, 0.05),
    (Missing::NextStep, 0.15),
];
/// What each detail counts that helps with a matter of this kind.
const DETAIL: f64 = 0.1;

/// Weighs what is there. `open` are the details that help with a matter of this kind and
/// that nobody has told.
pub(super) fn weigh(package: &Package, open: &[Detail]) -> Completeness {
    let customer = &package.customer;
    let vouched = |field: &str| {
        let at = format!("/customer/{field}");
        let told = package.provenance.get(&at);
        !matches!(told, None | Some(Provenance::Customer { .. })) && !package.is_doubtful(&at)
    };
    let lacks = |missing: Missing| match missing {
        Missing::Issue => package.assessment.issue.is_empty(),
        Missing::Email => customer.email.is_none(),
        Missing::Name => customer.name.is_none(),
        Missing::Identity => !vouched("email") && !vouched("name") && !vouched("plan"),
        Missing::Account => {
            customer.plan.is_empty()
                && customer.signed_up_at.is_none()
                && customer.attributes.is_empty()
        }
        Missing::Activity => customer.events.is_empty() && customer.earlier.is_empty(),
        Missing::NextStep => package.next_steps.is_empty(),
        _ => false,
    };
    let weighed = WEIGHTS.into_iter().filter(|(missing, _)| lacks(*missing));
    let (mut missing, lost): (Vec<Missing>, Vec<f64>) = weighed.unzip();
    let details = open.iter().filter(|detail| **detail != Detail::Issue);
    missing.extend(details.clone().map(|detail| Missing::from(*detail)));
    let look_up = package.look_up.as_ref();
    let is_over = |state| matches!(state, LookUpState::Found | LookUpState::Removed);
    if look_up.is_some_and(|look_up| !is_over(look_up.state)) {
        missing.push(Missing::LookUp);
    }
    missing.sort_unstable();
    let all = 1.0 + DETAIL * details.count() as f64;
    let there = 1.0 - lost.iter().sum::<f64>();
    Completeness {
        // In hundredths: more would look as if it were measured.
        score: (there / all * 100.0).round() / 100.0,
        missing,
    }
}

impl Package {
    /// The details that are still open.
    pub(super) fn open_details(&self) -> Vec<Detail> {
        let is_open = |detail: &Detail| {
            let missing = Missing::from(*detail);
            self.completeness.missing.contains(&missing)
        };
        Detail::ALL.into_iter().filter(is_open).collect()
    }
}
