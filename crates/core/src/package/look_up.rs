//! What a look-up finds fills the package, after the handoff and as often as it is asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::completeness::weigh;
use super::provenance::pointer;
use super::{Package, Provenance};
use crate::look_up::OWN_FIELDS;
use crate::time::Timestamp;

/// A look-up of the customer, as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackageLookUp {
    /// What the system is called that is asked.
    pub name: String,
    /// How far it has come.
    pub state: LookUpState,
    /// When it came there; of an answer that was kept, when it was given.
    pub at: Timestamp,
    /// Whether somebody else than the customer says that the address or id that was asked
    /// by is theirs. Where not, the answer may be about somebody else.
    pub is_vouched: bool,
    /// Why nothing came, as a word for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// How far a look-up has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookUpState {
    /// It is under way.
    Pending,
    /// It answered.
    Found,
    /// It answered that it does not know them.
    Unknown,
    /// Nothing about them is known that it could be asked by.
    NotAsked,
    /// It did not answer, or not as was agreed.
    Failed,
    /// It was taken out of the inbox's settings before it answered.
    Removed,
}

impl Package {
    /// Whether a part may be about somebody else: a look-up found it by an address that only
    /// the customer says is theirs.
    pub fn is_doubtful(&self, pointer: &str) -> bool {
        let told = self.provenance.get(pointer);
        let is_vouched = self.look_up.as_ref().is_some_and(|it| it.is_vouched);
        matches!(told, Some(Provenance::LookUp { .. })) && !is_vouched
    }

    /// Nobody looks up any more what this package waits for; `false` if it waits for nothing.
    pub fn end_look_up(&mut self, at: Timestamp) -> bool {
        let waits = |it: &&PackageLookUp| it.state == LookUpState::Pending;
        let Some(look_up) = self.look_up.as_ref().filter(waits).cloned() else {
            return false;
        };
        let ended = PackageLookUp {
            state: LookUpState::Removed,
            at,
            ..look_up
        };
        self.fill(ended, &BTreeMap::new());
        true
    }

    /// Takes what a look-up says. What it said before counts no more once it has answered, and
    /// stands while it is asked again or does not answer; what site and programs say stays.
    pub fn fill(&mut self, mut look_up: PackageLookUp, fields: &BTreeMap<String, String>) {
        match look_up.state {
            LookUpState::Pending | LookUpState::Failed | LookUpState::Removed => {
                let before = self.look_up.as_ref();
                // What was found by an address that nobody vouches for stays as doubtful.
                look_up.is_vouched &= before.is_none_or(|before| before.is_vouched);
            }
            LookUpState::Found | LookUpState::Unknown | LookUpState::NotAsked => {
                self.forget_look_up();
                self.take_fields(&look_up, fields);
            }
        }
        let open = self.open_details();
        self.look_up = Some(look_up);
        self.revision += 1;
        self.completeness = weigh(self, &open);
    }

    fn forget_look_up(&mut self) {
        let from_look_up = |told: &Provenance| matches!(told, Provenance::LookUp { .. });
        let customer = &mut self.customer;
        let provenance = &mut self.provenance;
        customer.attributes.retain(|name, _| {
            let at = pointer("/customer/attributes", name);
            !provenance.get(&at).is_some_and(from_look_up)
        });
        for field in OWN_FIELDS {
            if provenance
                .get(&pointer("/customer", field))
                .is_some_and(from_look_up)
            {
                match field {
                    "name" => customer.name = None,
                    "email" => customer.email = None,
                    "plan" => customer.plan.clear(),
                    "vip" => customer.vip = false,
                    _ => customer.signed_up_at = None,
                }
            }
        }
        provenance.retain(|_, told| !from_look_up(told));
    }

    fn take_fields(&mut self, look_up: &PackageLookUp, fields: &BTreeMap<String, String>) {
        let customer = &mut self.customer;
        let provenance = &mut self.provenance;
        for (field, value) in fields {
            let taken = match field.as_str() {
                "name" => fill_empty(&mut customer.name, value),
                "email" => fill_empty(&mut customer.email, value),
                "plan" if customer.plan.is_empty() => {
                    customer.plan = value.clone();
                    true
                }
                "vip" if !customer.vip && is_true(value) => {
                    customer.vip = true;
                    true
                }
                "signed_up_at" if customer.signed_up_at.is_none() => {
                    customer.signed_up_at = instant(value);
                    customer.signed_up_at.is_some()
                }
                "plan" | "vip" | "signed_up_at" => false,
                name if customer.attributes.contains_key(name) => false,
                name => {
                    customer.attributes.insert(name.into(), value.clone());
                    true
                }
            };
            let at = match OWN_FIELDS.contains(&field.as_str()) {
                true => pointer("/customer", field),
                false => pointer("/customer/attributes", field),
            };
            if taken {
                let told = Provenance::LookUp {
                    name: look_up.name.clone(),
                    at: look_up.at,
                };
                provenance.insert(at, told);
            }
        }
    }
}

fn fill_empty(known: &mut Option<String>, value: &str) -> bool {
    let is_empty = known.is_none();
    if is_empty {
        *known = Some(value.into());
    }
    is_empty
}

fn is_true(value: &str) -> bool {
    ["true", "yes", "1"].contains(&value.to_ascii_lowercase().as_str())
}

/// RFC 3339, a date, or seconds since 1970.
fn instant(value: &str) -> Option<Timestamp> {
    let seconds = || {
        let seconds: i64 = value.parse().ok()?;
        Some(Timestamp::from_millis(seconds.checked_mul(1_000)?))
    };
    Timestamp::parse(value)
        .or_else(|| Timestamp::parse(&format!("{value}T00:00:00Z")))
        .or_else(seconds)
}
