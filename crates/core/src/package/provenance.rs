//! Where each part of a package comes from, so that an agent knows what to trust: the
//! customer's own words, what was inferred from them, or what a system of record says.

use serde::{Deserialize, Serialize};

use super::Package;
use crate::ids::MessageId;
use crate::time::Timestamp;

/// Where a part of the package comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Provenance {
    /// The customer said so.
    Customer {
        /// In which message; `None` where they gave it in a form or by a button.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        message_id: Option<MessageId>,
    },
    /// The host site said so, by its signature.
    Site {
        /// When.
        at: Timestamp,
    },
    /// Another program said so, by the API.
    Program {
        /// When.
        at: Timestamp,
    },
    /// A look-up found it in the operator's own system.
    LookUp {
        /// What that system is called.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// A rule of the policy inferred it.
    Rule {
        /// The trigger that it is of.
        name: String,
    },
    /// A model inferred it.
    Model {
        /// `reader` and `retrieval` are Segue's own; any other is the language model.
        name: String,
    },
    /// Segue's own record of what happened.
    Record,
}

/// Who told something of a customer, beside the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Teller {
    /// The host site, by its signature.
    Site,
    /// A program, by the API.
    Program,
}

impl Teller {
    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Teller::Site => "site",
            Teller::Program => "program",
        }
    }

    /// The teller of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Teller::Site, Teller::Program]
            .into_iter()
            .find(|teller| teller.name() == name)
    }

    /// What it says is from there.
    pub const fn told(self, at: Timestamp) -> Provenance {
        match self {
            Teller::Site => Provenance::Site { at },
            Teller::Program => Provenance::Program { at },
        }
    }
}

impl Provenance {
    /// What Segue's own reading of the texts inferred.
    pub fn reader() -> Self {
        Provenance::Model {
            name: "reader".into(),
        }
    }

    /// What Segue's own search found.
    pub fn retrieval() -> Self {
        Provenance::Model {
            name: "retrieval".into(),
        }
    }

    /// In a message of the customer.
    pub fn message(message_id: Option<MessageId>) -> Self {
        Provenance::Customer { message_id }
    }
}

/// A JSON pointer to one thing below another (RFC 6901).
pub fn pointer(above: &str, name: &str) -> String {
    format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl Package {
    /// Where a part comes from: what is said of it, or of the nearest thing that holds it.
    pub fn provenance_of(&self, pointer: &str) -> Option<&Provenance> {
        let mut at = pointer;
        loop {
            if let Some(found) = self.provenance.get(at) {
                return Some(found);
            }
            at = &at[..at.rfind('/')?];
        }
    }
}
