//! Ways to the customer beside the widget.

mod email;

pub use email::{Mail, MailFault, MailFaultKind, MailFile, Mailer};
