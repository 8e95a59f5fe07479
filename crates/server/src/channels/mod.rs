//! Ways to the customer beside the widget: mail, both ways.

mod email;
mod imap;
pub mod incoming;
mod intake;
mod letter;
pub mod thread;

pub use email::{Mail, MailFault, MailFaultKind, MailFile, Mailer};
pub use imap::{ImapFault, ImapFaultKind, Line, Slip, try_mailbox};
pub use intake::{set_aside_unread, take_in};
