//! Who did what: read by page, and only ever added to.

use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, AuditId};
use segue_store::{AuditFilter, Error, NewAuditEntry, Store};

use crate::ground::{NOW, Place, dice, place, postgres, sqlite};

on_both! {
    the_audit_log_is_read_by_page_and_by_what_is_asked_for
}

/// Lines of an audit log, one a millisecond, signing in and changing the policy in turn.
async fn keep_a_log(store: &Store, place: &Place, lines: i64) -> AgentId {
    let (workspace_id, agent_id) = (place.workspace_id.clone(), AgentId::new(NOW, dice()));
    let id = agent_id.clone();
    let done: Result<(), Error> = store
        .write(move |tx| {
            for n in 0..lines {
                let (by, action) = match n % 2 {
                    0 => {
                        let (id, name) = (id.clone(), "Maya".into());
                        (By::Agent { id, name }, Action::SignedIn)
                    }
                    _ => (By::Operator, Action::PolicyChanged),
                };
                tx.add_audit(&NewAuditEntry {
                    id: AuditId::new(NOW.plus(n), dice()),
                    workspace_id: workspace_id.clone(),
                    at: NOW.plus(n),
                    by,
                    action,
                    subject: Some(format!("line {n}")),
                    detail: [("n", n.to_string())].into(),
                })?;
            }
            Ok(())
        })
        .await;
    done.unwrap();
    agent_id
}

async fn the_audit_log_is_read_by_page_and_by_what_is_asked_for(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let maya = keep_a_log(&store, &here, 7).await;
    keep_a_log(&store, &elsewhere, 3).await;
    let id = here.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| {
            let all = AuditFilter::default;
            let first = tx.audit(&id, &all(), None, 4)?;
            let rest = tx.audit(&id, &all(), Some(&first[3].id), 4)?;
            let mut only = |only: AuditFilter| tx.audit(&id, &only, None, 9);
            let hers = only(AuditFilter {
                actor_id: Some(maya.to_string()),
                ..all()
            })?;
            let changes = only(AuditFilter {
                action: Some(Action::PolicyChanged),
                ..all()
            })?;
            let by_operator = only(AuditFilter {
                actor_kind: Some("operator".into()),
                since: Some(NOW.plus(3)),
                ..all()
            })?;
            let about_four = only(AuditFilter {
                subject: Some("line 4".into()),
                ..all()
            })?;
            let between = only(AuditFilter {
                since: Some(NOW.plus(2)),
                until: Some(NOW.plus(4)),
                ..all()
            })?;
            Ok([first, rest, hers, changes, by_operator, about_four, between])
        })
        .await;
    let pages = read.unwrap().map(|page| {
        let number = |entry: &segue_store::AuditEntry| entry.detail["n"].clone();
        page.iter().map(number).collect::<Vec<_>>().join(" ")
    });
    let expected = ["6 5 4 3", "2 1 0", "6 4 2 0", "5 3 1", "5 3", "4", "3 2"];
    assert_eq!(pages, expected);
}

const TAMPERING: [&str; 2] = ["update audit set actor_name = 'Eve'", "delete from audit"];

#[tokio::test]
async fn the_embedded_audit_log_is_only_ever_added_to() {
    let fresh = sqlite();
    let place = place(&fresh.store).await;
    keep_a_log(&fresh.store, &place, 1).await;
    let file = fresh.folder.as_ref().unwrap().0.join("segue.db");
    let raw = rusqlite::Connection::open(file).unwrap();
    for sql in TAMPERING {
        let refused = raw.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("only ever added to"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn the_audit_log_on_postgres_is_only_ever_added_to() {
    let fresh = postgres();
    let place = place(&fresh.store).await;
    keep_a_log(&fresh.store, &place, 1).await;
    let url = fresh.url.clone().unwrap();
    let tried = tokio::task::spawn_blocking(move || {
        let mut raw = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        for sql in TAMPERING.iter().chain(&["truncate audit"]) {
            let refused = raw.batch_execute(sql).unwrap_err();
            let refused = refused.as_db_error().unwrap().message().to_string();
            assert!(refused.contains("only ever added to"), "{sql}: {refused}");
        }
    });
    tried.await.unwrap();
}
