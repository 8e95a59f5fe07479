//! The process dies on the way of a mail that comes in, at each point between fetching it
//! and having taken it. In the end each mail is one message in one conversation.

use std::path::Path;
use std::time::Duration;

use segue_core::event::{Fact, Role};
use segue_core::ids::WorkspaceId;
use segue_server::channels::try_mailbox;
use segue_server::desk::{Actor, Desk, MailboxChange};
use segue_server::edge::{Clock, secret};
use segue_store::{MailSecurity, MailboxServer, Store, View};

use crate::dovecot::Dovecot;
use crate::ground::{runtime, shop};
use crate::kill_points::POINTS_OF_MAIL;
use crate::left_behind;
use crate::post::Post;
use crate::process::{Manner, Process};

/// Mails that lie there when the process dies for the first time.
const MAILS: usize = 3;

/// Attack case 72, for mails: killed between fetching and committing, none is lost and none
/// comes twice.
#[test]
fn whatever_point_it_dies_at_each_mail_is_taken_once() {
    let ground = shop();
    let dovecot = Dovecot::start(&std::env::temp_dir().join(secret("segue-dovecot")));
    for (n, point) in POINTS_OF_MAIL.iter().enumerate() {
        let (folder, user) = (ground.copy(), format!("help{n}"));
        runtime().block_on(set_mailbox(&folder.0, dovecot.port, &user));
        for mail in 0..MAILS {
            let text = format!(
                "From: ida{mail}@customer.example\r\nMessage-ID: <{mail}@customer.example>\r\nSubject: Delivery\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHow long does delivery {mail} take?\r\n--x\r\nContent-Type: text/plain; name=log.txt\r\nContent-Disposition: attachment\r\n\r\nlog {mail}\r\n--x--\r\n"
            );
            dovecot.deliver(&user, text.as_bytes());
        }
        let post = Post::open(|_| None);
        let kill_at = format!("{point}:{}", 1 + n % 2);
        let manner = Manner {
            post: Some(post.url()),
            kill_at: Some(&kill_at),
            ..Manner::default()
        };
        let mut process = Process::start(&folder.0, &manner).unwrap();
        let end = process.end(Duration::from_secs(20));
        assert!(
            end.is_some(),
            "{kill_at}: nobody ever died there; {}",
            dovecot.log()
        );
        left_behind::check(&folder.0).unwrap();
        let mut taken = vec![];
        for _ in 0..4 {
            let next = Manner {
                post: Some(post.url()),
                ..Manner::default()
            };
            let mut process = Process::start(&folder.0, &next).unwrap();
            // The dead one's lease must fall silent first.
            process.end(Duration::from_secs(6));
            process.kill();
            taken = runtime().block_on(said(&folder.0));
            if taken.len() >= MAILS {
                break;
            }
        }
        taken.sort();
        let expected: Vec<_> = (0..MAILS)
            .map(|mail| {
                (
                    format!("Delivery\n\nHow long does delivery {mail} take?"),
                    1,
                )
            })
            .collect();
        assert_eq!(taken, expected, "{kill_at}: each once, with its file");
    }
}

async fn set_mailbox(folder: &Path, port: u16, user: &str) {
    let store = Store::open_sqlite(folder).unwrap();
    let desk = Desk::new(store.clone(), Clock::System, true);
    let found = store.read(|tx| {
        let workspace_id: WorkspaceId = tx.first_workspace()?.unwrap().id;
        let agent = tx.agents(&workspace_id)?.remove(0);
        Ok::<_, segue_store::Error>((tx.inboxes(&workspace_id)?.remove(0).id, agent))
    });
    let (inbox_id, agent) = found.await.unwrap();
    let actor = Actor {
        id: agent.id,
        workspace_id: agent.workspace_id.clone(),
        name: agent.name,
    };
    let server = MailboxServer {
        host: "127.0.0.1".into(),
        port,
        security: MailSecurity::None,
        user: user.into(),
        password: "secret".into(),
        folder: "INBOX".into(),
    };
    let beginning = try_mailbox(&server).await.unwrap();
    let change = MailboxChange {
        address: "help@shop.example".into(),
        replies: "help+*@shop.example".into(),
        server: Some(server),
    };
    let set = desk
        .set_mailbox(actor, inbox_id.clone(), change)
        .await
        .unwrap();
    let works = desk.mailbox_works(agent.workspace_id, inbox_id, set.changed_at, beginning);
    works.await.unwrap();
}

/// What customers said in the whole folder, each with how many files.
async fn said(folder: &Path) -> Vec<(String, usize)> {
    let store = Store::open_sqlite(folder).unwrap();
    let read = store.read(|tx| {
        let workspace_id = tx.first_workspace()?.unwrap().id;
        let mut said = Vec::new();
        for listed in tx.list_conversations(&workspace_id, &View::All, None, 100)? {
            for event in tx.events(&workspace_id, &listed.conversation.id, 0, 100)? {
                if let (Fact::MessageAdded(message), Some(body)) = (event.fact, event.body)
                    && message.role == Role::Customer
                {
                    said.push((body.text.unwrap_or_default(), body.files.len()));
                }
            }
        }
        Ok::<_, segue_store::Error>(said)
    });
    read.await.unwrap()
}
