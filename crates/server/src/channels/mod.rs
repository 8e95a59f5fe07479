//! Ways to the customer beside the widget.

mod email;
mod letter;

pub use email::{Mail, MailFault, MailFaultKind, MailFile, Mailer};
