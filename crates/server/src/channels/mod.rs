//! Ways to the customer beside the widget, which is mail, both ways; and to other programs.

mod email;
mod imap;
pub mod incoming;
mod intake;
mod letter;
pub mod thread;
pub mod webhook;

pub use email::{Mail, MailFault, MailFaultKind, MailFile, Mailer};
pub use imap::{ImapFault, ImapFaultKind, Line, Slip, try_mailbox};
pub use intake::{set_aside_unread, take_in};
