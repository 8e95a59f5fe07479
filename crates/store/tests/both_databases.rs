//! One suite, run on the embedded database and on PostgreSQL. `scripts/with-postgres`
//! provides the latter; without it the suite fails rather than skip.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use segue_core::audit::{Action, By};
use segue_core::conversation::Conversation;
use segue_core::decide::decide;
use segue_core::event::{Body, Message, Role};
use segue_core::file::{Attached, FileKind};
use segue_core::ids::*;
use segue_core::policy::{Policy, Timings};
use segue_core::queue::{Needs, Priority, Waiting};
use segue_core::time::{Hours, Timestamp};
use segue_store::{
    Article, CannedReply, Contact, Error, Findable, Inbox, Job, Lease, Lot, MailSecurity,
    MailSettings, NewAgent, NewAuditEntry, Person, PolicyVersion, Presence, Retention, Ring,
    Sender, Settings, ShadowDecision, SharedWith, Sought, Store, StoredFile, Team, Trial,
    TrialKind, TrialState, Tx, Workspace,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
static DICE: AtomicU64 = AtomicU64::new(1);

fn dice() -> u128 {
    u128::from(DICE.fetch_add(1, Ordering::Relaxed)) << 16 | u128::from(std::process::id()) << 80
}

/// A database of its own for one test.
struct Fresh {
    store: Store,
    url: Option<String>,
    _folder: Option<Folder>,
}

struct Folder(std::path::PathBuf);
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sqlite() -> Fresh {
    let folder =
        std::env::temp_dir().join(format!("segue-test-{}-{:x}", std::process::id(), dice()));
    let store = Store::open_sqlite(&folder).unwrap();
    Fresh {
        store,
        url: None,
        _folder: Some(Folder(folder)),
    }
}

fn postgres() -> Fresh {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = format!("segue_test_{}_{:x}", std::process::id(), dice());
    let (admin, make) = (server.clone(), format!("create database {name}"));
    let made = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
        client.batch_execute(&make).unwrap();
    });
    made.join().unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    Fresh {
        store: Store::open_postgres(&url).unwrap(),
        url: Some(url),
        _folder: None,
    }
}

/// Makes each case two tests, one for each database.
macro_rules! on_both {
    ($($case:ident)*) => {
        mod on_sqlite { $( #[test] fn $case() { super::run(super::sqlite(), super::$case); } )* }
        mod on_postgres { $( #[test] fn $case() { super::run(super::postgres(), super::$case); } )* }
    };
}

fn run<F: Future<Output = ()>>(fresh: Fresh, case: impl FnOnce(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(case(fresh.store.clone()));
}

on_both! {
    what_is_written_reads_back
    many_writers_leave_no_gap_in_seq
    a_refusal_leaves_nothing_behind
    who_refuses_leaves_the_others_of_the_group_alone
    a_failed_commit_fails_its_verbs_and_none_rings
    rings_come_after_the_commit
    a_message_sent_twice_is_found_by_its_id
    another_workspace_sees_nothing
    a_job_is_one_however_often_it_is_entered
    a_claimed_job_is_claimed_once_and_comes_back_when_its_claim_runs_out
    a_panicking_verb_harms_nobody_else
    a_query_sees_one_moment
    the_newest_decisions_come_back_oldest_first_and_make_the_same_again
    an_inbox_takes_another_policy
    who_waits_stands_in_the_queue_until_they_do_not
    teams_their_people_and_their_customers_read_back
    units_are_taken_only_while_they_are_free
    a_customer_is_gone_who_was_seen_once_and_not_since
    an_erased_contact_keeps_no_words
    what_is_over_ages_and_is_erased_once
    a_lease_is_held_by_one_and_fences_whoever_held_it_before
    the_audit_log_is_read_by_page_actor_and_action
    a_files_bytes_come_back_piece_by_piece
    a_deleted_article_is_gone_until_it_is_brought_back
    what_the_first_hour_keeps_reads_back
    conversations_are_found_by_their_words_until_those_are_erased
    replies_that_are_ready_read_back
    policies_keep_their_versions
    past_decisions_come_in_pieces_newest_conversations_first
    a_trial_goes_on_until_it_is_over_and_a_shadow_keeps_what_it_decides
}

struct Place {
    workspace_id: WorkspaceId,
    inbox_id: InboxId,
    contact_id: ContactId,
}

async fn place(store: &Store) -> Place {
    let place = Place {
        workspace_id: WorkspaceId::new(NOW, dice()),
        inbox_id: InboxId::new(NOW, dice()),
        contact_id: ContactId::new(NOW, dice()),
    };
    let (workspace_id, inbox_id, contact_id) = (
        place.workspace_id.clone(),
        place.inbox_id.clone(),
        place.contact_id.clone(),
    );
    let done: Result<(), Error> = store
        .write(move |tx| {
            let workspace = Workspace {
                id: workspace_id.clone(),
                name: "Shop".into(),
                settings: Settings::default(),
            };
            tx.add_workspace(&workspace, NOW)?;
            tx.add_inbox(&Inbox {
                id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                name: "Site".into(),
                site_key: format!("key-{}", inbox_id),
                policy: Policy::default(),
                hours: Hours::always(),
            })?;
            tx.add_contact(&Contact {
                id: contact_id.clone(),
                workspace_id: workspace_id.clone(),
                person: Person {
                    name: Some("Ada".into()),
                    ..Person::default()
                },
                plan: "team".into(),
                vip: true,
                signed_up_at: Some(NOW),
                created_at: NOW,
                external_id: None,
            })
        })
        .await;
    done.unwrap();
    place
}

async fn begin(store: &Store, place: &Place) -> ConversationId {
    let id = ConversationId::new(NOW, dice());
    let (conversation, first) = Conversation::start(
        id.clone(),
        place.workspace_id.clone(),
        place.inbox_id.clone(),
        place.contact_id.clone(),
        "en",
        NOW,
    );
    let done: Result<(), Error> = store
        .write(move |tx| {
            tx.add_conversation(&conversation, &Timings::default(), NOW)?;
            tx.add_event(&conversation.workspace_id, &conversation.id, &first)
        })
        .await;
    done.unwrap();
    id
}

/// A small `receive`: load, decide, record, ring.
fn hear(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    text: &str,
    client_message_id: &str,
) -> Result<u64, Error> {
    let mut conversation = tx
        .conversation_for_update(workspace_id, id)?
        .expect("the conversation was begun");
    let message = Message {
        message_id: MessageId::new(NOW, dice()),
        role: Role::Customer,
        agent: None,
        private: false,
        template: None,
        client_message_id: Some(client_message_id.into()),
        attempt_id: None,
        offers_person: false,
        channel: Default::default(),
    };
    let fact = conversation.hear(message);
    let event = conversation.record(NOW, fact, Body::text(text));
    tx.add_event(workspace_id, id, &event)?;
    tx.update_conversation(&conversation, &Timings::default(), NOW)?;
    tx.ring(id, conversation.seq);
    Ok(conversation.seq)
}

async fn what_is_written_reads_back(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let written: Result<u64, Error> = store
        .write(move |tx| {
            hear(
                tx,
                &workspace_id,
                &heard,
                "naïve ‘quotes’; 数据 \u{1F600}",
                "m1",
            )
        })
        .await;
    assert_eq!(written.unwrap(), 2);
    let read: Result<_, Error> = store
        .read(move |tx| {
            let contact = tx.contact(&place.workspace_id, &place.contact_id)?.unwrap();
            let conversation = tx.conversation(&place.workspace_id, &id)?.unwrap();
            let events = tx.events(&place.workspace_id, &id, 0, 100)?;
            Ok((contact, conversation, events))
        })
        .await;
    let (contact, conversation, events) = read.unwrap();
    assert_eq!(
        (contact.person.name.as_deref(), contact.vip),
        (Some("Ada"), true)
    );
    assert_eq!(
        events[1].body.as_ref().unwrap().text.as_deref(),
        Some("naïve ‘quotes’; 数据 \u{1F600}")
    );
    let replayed = Conversation::replay(
        conversation.id.clone(),
        conversation.workspace_id.clone(),
        &events,
    );
    assert_eq!(replayed, Some(conversation));
}

async fn many_writers_leave_no_gap_in_seq(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (store, workspace_id, id) = (store.clone(), place.workspace_id.clone(), id.clone());
        writers.spawn(async move {
            for n in 0..20 {
                let (workspace_id, id) = (workspace_id.clone(), id.clone());
                let done: Result<u64, Error> = store
                    .write(move |tx| hear(tx, &workspace_id, &id, "hi", &format!("{writer}-{n}")))
                    .await;
                done.unwrap();
            }
        });
    }
    writers.join_all().await;
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 1_000))
        .await;
    let seqs: Vec<u64> = events.unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=321).collect::<Vec<_>>());
}

async fn a_refusal_leaves_nothing_behind(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let refused: Result<(), Error> = store
        .write(move |tx| {
            hear(tx, &workspace_id, &heard, "never", "m1")?;
            Err(Error::Corrupt("refused".into()))
        })
        .await;
    assert!(matches!(refused, Err(Error::Corrupt(_))));
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 10))
        .await;
    assert_eq!(events.unwrap().len(), 1);
}

/// Verbs that take back what they wrote, among others in the same commit.
async fn who_refuses_leaves_the_others_of_the_group_alone(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (store, workspace_id, id) = (store.clone(), place.workspace_id.clone(), id.clone());
        writers.spawn(async move {
            for n in 0..12 {
                let (workspace_id, id) = (workspace_id.clone(), id.clone());
                let is_refused = (writer + n) % 3 == 0;
                let done: Result<u64, Error> = store
                    .write(move |tx| {
                        let seq = hear(tx, &workspace_id, &id, "hi", &format!("{writer}-{n}"))?;
                        if is_refused {
                            return Err(Error::Corrupt("refused".into()));
                        }
                        Ok(seq)
                    })
                    .await;
                assert_eq!(done.is_err(), is_refused, "{done:?}");
            }
        });
    }
    writers.join_all().await;
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 1_000))
        .await;
    let seqs: Vec<u64> = events.unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=129).collect::<Vec<_>>());
}

async fn a_failed_commit_fails_its_verbs_and_none_rings(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut bell = store.listen();
    store.fail_commits(1);
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let lost: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "lost", "m1"))
        .await;
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    assert!(
        bell.try_recv().is_err(),
        "something rang for a write that did not happen"
    );
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let kept: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "kept", "m1"))
        .await;
    assert_eq!(
        kept.unwrap(),
        2,
        "the next verb goes on as if nothing had been"
    );
}

async fn rings_come_after_the_commit(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut bell = store.listen();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
        .await;
    let ring = bell.recv().await.unwrap();
    assert_eq!(
        ring,
        Ring::Conversation {
            id: id.clone(),
            seq: 2
        }
    );
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 1, 10))
        .await;
    assert_eq!(events.unwrap().len(), 1, "what rang can be read");
}

async fn a_message_sent_twice_is_found_by_its_id(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
        .await;
    let again: Result<u64, Error> = {
        let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
        store
            .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
            .await
    };
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    let found: Result<_, Error> = store
        .read(move |tx| tx.event_sent_as(&place.workspace_id, &id, "m1"))
        .await;
    assert_eq!(found.unwrap().unwrap().seq, 2);
}

async fn another_workspace_sees_nothing(store: Store) {
    let (ours, theirs) = (place(&store).await, place(&store).await);
    let id = begin(&store, &ours).await;
    let seen: Result<_, Error> = store
        .read(move |tx| {
            let conversation = tx.conversation(&theirs.workspace_id, &id)?;
            let events = tx.events(&theirs.workspace_id, &id, 0, 10)?;
            let contact = tx.contact(&theirs.workspace_id, &ours.contact_id)?;
            Ok((conversation, events, contact.is_some()))
        })
        .await;
    assert_eq!(seen.unwrap(), (None, vec![], false));
}

fn job(place: &Place, key: &str) -> Job {
    Job {
        id: JobId::new(NOW, dice()),
        workspace_id: place.workspace_id.clone(),
        kind: "deliver".into(),
        key: key.into(),
        payload: "{}".into(),
        tries: 0,
    }
}

async fn a_job_is_one_however_often_it_is_entered(store: Store) {
    let place = place(&store).await;
    let jobs = [
        job(&place, "mail 1"),
        job(&place, "mail 1"),
        job(&place, "mail 2"),
    ];
    let counts: Result<_, Error> = store
        .write(move |tx| {
            for job in &jobs {
                tx.add_job(job, NOW)?;
            }
            tx.count_jobs()
        })
        .await;
    assert_eq!(counts.unwrap(), [("ready".to_string(), 2)]);
}

async fn a_claimed_job_is_claimed_once_and_comes_back_when_its_claim_runs_out(store: Store) {
    let place = place(&store).await;
    let entered = job(&place, "mail 1");
    let _: Result<(), Error> = store.write(move |tx| tx.add_job(&entered, NOW)).await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        claims.spawn(async move {
            let claim: Result<_, Error> = store
                .write(|tx| tx.claim_job(Lot::Any, NOW, NOW.plus(1_000)))
                .await;
            claim.unwrap()
        });
    }
    let won: Vec<Job> = claims.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let late: Result<_, Error> = store
        .write(|tx| tx.claim_job(Lot::Any, NOW.plus(1_000), NOW.plus(2_000)))
        .await;
    let late = late.unwrap().expect("the claim has run out");
    assert_eq!((late.id.clone(), late.tries), (won[0].id.clone(), 2));
    let after: Result<_, Error> = store
        .write(move |tx| {
            tx.retry_job(&late, NOW.plus(9_000), "no answer")?;
            let early = tx.claim_job(Lot::Any, NOW.plus(8_999), NOW.plus(10_000))?;
            let again = tx.claim_job(Lot::Any, NOW.plus(9_000), NOW.plus(10_000))?;
            let again = again.expect("it is ready again");
            // How a run ends whose claim has run out does not count while another goes on.
            tx.give_up_job(&late, "no such host")?;
            tx.retry_job(&late, NOW, "no such host")?;
            let during = tx.claim_job(Lot::Any, NOW.plus(9_500), NOW.plus(10_000))?;
            tx.give_up_job(&again, "no such host")?;
            let given_up = tx.claim_job(Lot::Any, NOW.plus(99_000), NOW.plus(100_000))?;
            Ok((early, again.tries, during, given_up))
        })
        .await;
    assert_eq!(after.unwrap(), (None, 3, None, None));
}

async fn a_panicking_verb_harms_nobody_else(store: Store) {
    let place = Arc::new(place(&store).await);
    let panicked: Result<(), Error> = store.write(|_| panic!("a bug")).await;
    assert!(panicked.is_err());
    let id = begin(&store, &place).await;
    let found: Result<_, Error> = store
        .read(move |tx| tx.conversation(&place.workspace_id, &id))
        .await;
    assert!(found.unwrap().is_some());
}

async fn the_newest_decisions_come_back_oldest_first_and_make_the_same_again(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, conversation_id) = (place.workspace_id.clone(), id.clone());
    let done: Result<(), Error> = store
        .write(move |tx| {
            for n in 0..4 {
                let view = segue_core::decide::View {
                    answerable: Some(0.1 + f64::from(n) / 7.0),
                    moods: vec![1.0 / 3.0],
                    ..Default::default()
                };
                let at = NOW.plus(i64::from(n));
                let decision = decide(&Policy::default(), &view, at);
                let decision_id = DecisionId::new(at, dice());
                tx.add_decision(
                    &decision_id,
                    &workspace_id,
                    &conversation_id,
                    &view,
                    &decision,
                    at,
                )?;
            }
            Ok(())
        })
        .await;
    done.unwrap();
    let workspace_id = place.workspace_id.clone();
    let stored = store
        .read(move |tx| tx.decisions(&workspace_id, &id, 3))
        .await
        .unwrap();
    let times: Vec<i64> = stored.iter().map(|one| one.at.since(NOW)).collect();
    assert_eq!(times, [1, 2, 3]);
    for one in stored {
        assert_eq!(decide(&Policy::default(), &one.view, one.at), one.decision);
    }
}

async fn an_inbox_takes_another_policy(store: Store) {
    let place = place(&store).await;
    let (workspace_id, inbox_id) = (place.workspace_id.clone(), place.inbox_id.clone());
    let policy = segue_core::policy::read(
        "threshold = 0.7\n[teams]\n\"customer.vip\" = \"Key\"\n[[rule]]\nname = \"a\"\nwhen = 'contact.vip'\ndo = \"offer\"",
    )
    .unwrap();
    let next = policy.clone();
    let done: Result<(), Error> = store
        .write(move |tx| tx.set_policy(&workspace_id, &inbox_id, &next))
        .await;
    done.unwrap();
    let found = store
        .read(move |tx| tx.inbox(&place.workspace_id, &place.inbox_id))
        .await
        .unwrap();
    assert_eq!(found.unwrap().policy, policy);
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

async fn the_audit_log_is_read_by_page_actor_and_action(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let maya = keep_a_log(&store, &here, 7).await;
    keep_a_log(&store, &elsewhere, 3).await;
    let id = here.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| {
            let first = tx.audit(&id, None, None, None, 4)?;
            let rest = tx.audit(&id, None, None, Some(&first[3].id), 4)?;
            let hers = tx.audit(&id, Some(maya.as_str()), None, None, 9)?;
            let changes = tx.audit(&id, None, Some(Action::PolicyChanged), None, 9)?;
            Ok([first, rest, hers, changes])
        })
        .await;
    let pages = read.unwrap().map(|page| {
        let number = |entry: &segue_store::AuditEntry| entry.detail["n"].clone();
        page.iter().map(number).collect::<Vec<_>>().join(" ")
    });
    assert_eq!(pages, ["6 5 4 3", "2 1 0", "6 4 2 0", "5 3 1"]);
}

const TAMPERING: [&str; 2] = ["update audit set actor_name = 'Eve'", "delete from audit"];

#[tokio::test]
async fn the_embedded_audit_log_is_only_ever_added_to() {
    let fresh = sqlite();
    let place = place(&fresh.store).await;
    keep_a_log(&fresh.store, &place, 1).await;
    let file = fresh._folder.as_ref().unwrap().0.join("segue.db");
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

async fn a_query_sees_one_moment(store: Store) {
    let place = Arc::new(place(&store).await);
    let id = begin(&store, &place).await;
    let (heads, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (told, go_on) = std::sync::mpsc::channel();
    let (reader, workspace_id, read) = (store.clone(), place.workspace_id.clone(), id.clone());
    let reading = tokio::spawn(async move {
        let seen: Result<_, Error> = reader
            .read(move |tx| {
                let before = tx.conversation(&workspace_id, &read)?.unwrap().seq;
                heads.send(()).unwrap();
                go_on.recv().unwrap();
                Ok((
                    before,
                    tx.events(&workspace_id, &read, 0, 100)?.len() as u64,
                ))
            })
            .await;
        seen.unwrap()
    });
    asked.recv().await.unwrap();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "in between", "m1"))
        .await;
    told.send(()).unwrap();
    let (seq, events) = reading.await.unwrap();
    assert_eq!(seq, events, "the state and its events are of one moment");
}

/// Attack case 85, the part of the database.
async fn a_lease_is_held_by_one_and_fences_whoever_held_it_before(store: Store) {
    let place = Arc::new(place(&store).await);
    let lease = |holder: &str, epoch, beat| Lease {
        holder: holder.into(),
        epoch,
        beat,
    };
    let take = |seen: Option<Lease>, taken: Lease| {
        let (store, place) = (store.clone(), place.clone());
        async move {
            let done: Result<bool, Error> = store
                .write(move |tx| tx.take_lease(&place.workspace_id, seen.as_ref(), &taken))
                .await;
            done.unwrap()
        }
    };
    let holds = |holder: &'static str, epoch| {
        let (store, place) = (store.clone(), place.clone());
        async move {
            let done: Result<bool, Error> = store
                .write(move |tx| tx.holds_lease(&place.workspace_id, holder, epoch))
                .await;
            done.unwrap()
        }
    };
    let (a, b) = tokio::join!(take(None, lease("a", 1, 10)), take(None, lease("b", 1, 10)));
    assert!(a ^ b, "one of two that come at once");
    let first = if a { "a" } else { "b" };
    assert!(holds(first, 1).await);
    // Its beat moved after the other looked, so it lives.
    let (id, held) = (place.workspace_id.clone(), lease(first, 1, 10));
    let beaten: Result<bool, Error> = store.write(move |tx| tx.beat_lease(&id, &held, 20)).await;
    assert!(beaten.unwrap());
    assert!(!take(Some(lease(first, 1, 10)), lease("c", 2, 30)).await);
    assert!(take(Some(lease(first, 1, 20)), lease("c", 2, 30)).await);
    assert!(holds("c", 2).await && !holds(first, 1).await);
    let (id, late) = (place.workspace_id.clone(), lease(first, 1, 20));
    let beaten: Result<bool, Error> = store.write(move |tx| tx.beat_lease(&id, &late, 40)).await;
    assert!(!beaten.unwrap(), "a beat does not bring an old epoch back");
}

/// Whoever takes a lease waits for what its holder is just doing under it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_being_used_is_not_taken_before_the_commit() {
    let fresh = postgres();
    let place = Arc::new(place(&fresh.store).await);
    let (first, second) = ("a", "b");
    let lease = |holder: &str, epoch| Lease {
        holder: holder.into(),
        epoch,
        beat: 1,
    };
    let (id, taken) = (place.workspace_id.clone(), lease(first, 1));
    let done: Result<bool, Error> = fresh
        .store
        .write(move |tx| tx.take_lease(&id, None, &taken))
        .await;
    assert!(done.unwrap());
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (told, go_on) = std::sync::mpsc::channel();
    let (id, noted, store) = (
        place.workspace_id.clone(),
        order.clone(),
        fresh.store.clone(),
    );
    let (entered, inside) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let acting = tokio::spawn(async move {
        let done: Result<(), Error> = store
            .write(move |tx| {
                assert!(tx.holds_lease(&id, first, 1)?);
                if let Some(entered) = entered.take() {
                    entered.send(()).unwrap();
                }
                go_on.recv().unwrap();
                noted.lock().unwrap().push("the holder acts");
                Ok(())
            })
            .await;
        done.unwrap();
    });
    inside.await.unwrap();
    let (id, noted, store) = (
        place.workspace_id.clone(),
        order.clone(),
        fresh.store.clone(),
    );
    let taking = tokio::spawn(async move {
        let (seen, taken) = (lease(first, 1), lease(second, 2));
        let done: Result<bool, Error> = store
            .write(move |tx| tx.take_lease(&id, Some(&seen), &taken))
            .await;
        noted.lock().unwrap().push("the other takes it");
        done.unwrap()
    });
    told.send(()).unwrap();
    acting.await.unwrap();
    assert!(taking.await.unwrap());
    assert_eq!(
        *order.lock().unwrap(),
        ["the holder acts", "the other takes it"]
    );
}

/// Attack case 78: the connection dies while the commit is under way, and nobody knows
/// what became of it.
#[tokio::test]
async fn a_commit_that_nobody_heard_of_is_settled_by_its_receipt() {
    let fresh = postgres();
    let (store, place) = (&fresh.store, place(&fresh.store).await);
    let runs = Arc::new(AtomicU64::new(0));
    store.lose_commits(2);
    let (counted, entered) = (runs.clone(), job(&place, "mail 1"));
    let mut bell = store.listen();
    let done: Result<u64, Error> = store
        .write(move |tx| {
            // Entered twice this verb would have a second job.
            let mut job = entered.clone();
            job.key = format!("mail {}", counted.fetch_add(1, Ordering::Relaxed));
            tx.add_job(&job, NOW)?;
            Ok(counted.load(Ordering::Relaxed))
        })
        .await;
    assert_eq!(done.unwrap(), 1, "its caller hears of the run that counted");
    let counts: Result<_, Error> = store.read(|tx| tx.count_jobs()).await;
    assert_eq!(counts.unwrap(), [("ready".to_string(), 1)]);
    while bell.recv().await.unwrap() != Ring::Jobs {}
}

/// Attack case 78, by the sender's own id.
#[tokio::test]
async fn a_message_whose_commit_nobody_heard_of_is_one_and_rings() {
    let fresh = postgres();
    let (store, place) = (&fresh.store, place(&fresh.store).await);
    let id = begin(store, &place).await;
    store.lose_commits(1);
    let mut bell = store.listen();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let done: Result<u64, Error> = store
        .write(move |tx| {
            tx.settles_itself();
            match tx.event_sent_as(&workspace_id, &heard, "m1")? {
                Some(event) => Ok(event.seq),
                None => hear(tx, &workspace_id, &heard, "hi", "m1"),
            }
        })
        .await;
    assert_eq!(done.unwrap(), 2);
    let ring = Ring::Conversation {
        id: id.clone(),
        seq: 2,
    };
    while bell.recv().await.unwrap() != ring {}
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 100))
        .await;
    assert_eq!(events.unwrap().len(), 2);
}

/// Every connection of a store is cut, as a restarted server does; the verbs that were
/// under way and those that come after it happen once.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_connections_are_cut_comes_back_by_itself() {
    let fresh = postgres();
    let (store, place) = (fresh.store.clone(), Arc::new(place(&fresh.store).await));
    let id = begin(&store, &place).await;
    let url = fresh.url.clone().unwrap();
    let cutting = tokio::task::spawn_blocking(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        for _ in 0..20 {
            client
                .execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid()",
                    &[],
                )
                .unwrap();
        }
    });
    for n in 0..200 {
        let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
        let (text, client_message_id) = (format!("line {n}"), format!("m{n}"));
        let done: Result<(), Error> = store
            .write(move |tx| {
                if tx
                    .event_sent_as(&workspace_id, &heard, &client_message_id)?
                    .is_none()
                {
                    hear(tx, &workspace_id, &heard, &text, &client_message_id)?;
                }
                Ok(())
            })
            .await;
        done.unwrap();
    }
    cutting.await.unwrap();
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 1, 1_000))
        .await;
    let said: Vec<String> = events
        .unwrap()
        .into_iter()
        .filter_map(|event| event.body?.text)
        .collect();
    let expected: Vec<String> = (0..200).map(|n| format!("line {n}")).collect();
    assert_eq!(said, expected);
}

/// Two nodes on one database: what one writes wakes the other.
#[tokio::test]
async fn a_write_on_one_node_rings_on_another() {
    let fresh = postgres();
    let url = fresh.url.clone().unwrap();
    let other = tokio::task::spawn_blocking(move || Store::open_postgres(&url).unwrap())
        .await
        .unwrap();
    let mut bell = other.listen();
    let place = place(&fresh.store).await;
    let id = begin(&fresh.store, &place).await;
    // The other node begins to listen a moment after it has opened, so it is rung until
    // it hears; what it never hears its poll finds.
    let heard = async {
        for n in 0..u32::MAX {
            let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
            let _: Result<u64, Error> = fresh
                .store
                .write(move |tx| hear(tx, &workspace_id, &heard, "hi", &format!("m{n}")))
                .await;
            let ring = tokio::time::timeout(std::time::Duration::from_millis(200), bell.recv());
            if let Ok(Ok(Ring::Conversation { id, .. })) = ring.await {
                return Some(id);
            }
        }
        None
    };
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), heard).await;
    assert_eq!(heard.unwrap(), Some(id));
}

#[tokio::test]
async fn postgres_opens_inside_a_runtime_too() {
    let fresh = postgres();
    let found: Result<_, Error> = fresh.store.read(|tx| tx.first_workspace()).await;
    assert!(found.unwrap().is_none());
}

async fn a_files_bytes_come_back_piece_by_piece(store: Store) {
    let (place, other) = (place(&store).await, place(&store).await);
    let id = begin(&store, &place).await;
    let file = StoredFile {
        attached: Attached {
            id: FileId::new(NOW, dice()),
            name: "crack.png".into(),
            kind: FileKind::Png,
            bytes: 5,
            width: Some(2),
            height: None,
        },
        conversation_id: id.clone(),
        sender: Sender::Customer,
        client_file_id: "upload-1".into(),
        is_ready: false,
        seq: None,
        private: false,
    };
    let (ours, theirs, file_id) = (
        place.workspace_id.clone(),
        other.workspace_id.clone(),
        file.attached.id.clone(),
    );
    let (kept, expected, contact_id) = (file.clone(), file.clone(), place.contact_id.clone());
    let written: Result<_, Error> = store
        .write(move |tx| {
            tx.add_file(&ours, &kept, NOW)?;
            let pieces = [&b"\0\xff\x01"[..], b"ab"];
            for (number, piece) in (0..).zip(pieces) {
                assert!(tx.add_piece(&ours, &file_id, number, piece)?);
                assert!(!tx.add_piece(&theirs, &file_id, number, piece)?);
            }
            assert_eq!(tx.file(&ours, &file_id)?, Some(expected.clone()));
            assert!(tx.finish_file(&ours, &file_id)?);
            assert!(!tx.add_piece(&ours, &file_id, 2, b"late")?, "it is whole");
            let bytes = tx.file_bytes(&ours, &kept.conversation_id, &contact_id)?;
            assert_eq!(bytes, (5, 5));
            assert_eq!(
                tx.files_of(&ours, &kept.conversation_id)?,
                vec![],
                "not sent"
            );
            let unsent = tx.unsent_files(NOW.plus(1), 10)?;
            assert!(unsent.contains(&(ours.clone(), file_id.clone())));
            tx.send_file(&ours, &file_id, (2, 0), false)?;
            let sent = tx.files_of(&ours, &kept.conversation_id)?;
            assert_eq!(sent.as_slice(), std::slice::from_ref(&kept.attached));
            let found = tx.file_sent_as(&ours, &kept.conversation_id, "upload-1")?;
            assert_eq!(found.and_then(|file| file.seq), Some(2));
            Ok(())
        })
        .await;
    written.unwrap();
    let (ours, theirs, file_id) = (place.workspace_id, other.workspace_id, file.attached.id);
    let removed: Result<_, Error> = store
        .write(move |tx| {
            let read = |tx: &mut Tx<'_>, number| tx.piece(&ours, &file_id, number);
            assert_eq!(read(tx, 0)?.unwrap(), b"\0\xff\x01");
            assert_eq!(read(tx, 1)?.unwrap(), b"ab");
            assert_eq!(read(tx, 2)?, None);
            assert_eq!(tx.piece(&theirs, &file_id, 0)?, None);
            assert_eq!(tx.file(&theirs, &file_id)?, None);
            tx.remove_file(&theirs, &file_id)?;
            assert!(tx.file(&ours, &file_id)?.is_some());
            tx.remove_file(&ours, &file_id)?;
            assert_eq!(tx.file(&ours, &file_id)?, None);
            assert_eq!(tx.piece(&ours, &file_id, 0)?, None);
            Ok(())
        })
        .await;
    removed.unwrap();
}

async fn a_customer_is_gone_who_was_seen_once_and_not_since(store: Store) {
    let place = place(&store).await;
    let (seen, unseen) = (begin(&store, &place).await, begin(&store, &place).await);
    let workspace_id = place.workspace_id.clone();
    let gone: Result<_, Error> = store
        .write(move |tx| {
            for id in [&seen, &unseen] {
                let mut conversation = tx.conversation_for_update(&workspace_id, id)?.unwrap();
                let handoff_id = segue_core::ids::HandoffId::new(NOW, dice());
                let fact = conversation
                    .hand_off(handoff_id, vec![], None, Needs::default())
                    .unwrap();
                conversation.record(NOW, fact, None);
                tx.update_conversation(&conversation, &Timings::default(), NOW)?;
            }
            let mut found = vec![];
            tx.see_customer(&workspace_id, &seen, NOW)?;
            for (seen_before, is_gone) in [(NOW, false), (NOW.plus(1), true)] {
                let gone = tx.customers_gone(&workspace_id, seen_before)?;
                found.push((gone.len(), is_gone));
            }
            tx.see_customer(&workspace_id, &seen, NOW.plus(5))?;
            found.push((tx.customers_gone(&workspace_id, NOW.plus(1))?.len(), false));
            Ok(found)
        })
        .await;
    assert_eq!(gone.unwrap(), [(0, false), (1, true), (0, false)]);
}

async fn an_erased_contact_keeps_no_words(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, contact_id) = (place.workspace_id.clone(), place.contact_id.clone());
    let left: Result<_, Error> = store
        .write(move |tx| {
            hear(tx, &workspace_id, &id, "a word", "m-1")?;
            tx.erase_words(&workspace_id, &id)?;
            tx.erase_person(&workspace_id, &contact_id, NOW)?;
            let contact = tx.contact(&workspace_id, &contact_id)?.unwrap();
            let bodies = tx.events(&workspace_id, &id, 0, 100)?;
            Ok((
                contact.person,
                bodies.iter().filter(|event| event.body.is_some()).count(),
                tx.is_erased(&workspace_id, &contact_id)?,
            ))
        })
        .await;
    assert_eq!(left.unwrap(), (Person::default(), 0, true));
}

async fn what_is_over_ages_and_is_erased_once(store: Store) {
    let place = place(&store).await;
    let (over, open) = (begin(&store, &place).await, begin(&store, &place).await);
    let (id, contact_id) = (place.workspace_id.clone(), place.contact_id.clone());
    let done = store.write(move |tx| {
        let mut conversation = tx.conversation_for_update(&id, &over)?.unwrap();
        let fact = conversation.erase();
        let event = conversation.record(NOW, fact, None);
        tx.add_event(&id, &over, &event)?;
        tx.update_conversation(&conversation, &Timings::default(), NOW)?;
        let mut kept = tx.retention(&id)?;
        assert_eq!(
            kept,
            Retention::default(),
            "nothing goes until somebody says so"
        );
        kept.days = Some(30);
        kept.due_at = Some(NOW);
        tx.set_retention(&id, &kept)?;
        kept.conversations = 7;
        tx.set_retention(&id, &kept)?;
        assert_eq!(tx.retention(&id)?, kept);
        assert_eq!(tx.retentions_due(NOW.plus(-1))?, []);
        assert_eq!(tx.retentions_due(NOW)?, std::slice::from_ref(&id));

        let later = NOW.plus(1);
        assert_eq!(tx.aged(&id, NOW, 9)?, [], "what is as old as that stays");
        assert_eq!(tx.count_aged(&id, later)?, 1, "what is open stays");
        let aged = tx.aged(&id, later, 9)?;
        assert_eq!((&aged[0].id, &aged[0].contact_id), (&over, &contact_id));
        assert!(tx.has_words(&id, &contact_id)?);
        tx.erase_words(&id, &over)?;
        assert!(!tx.is_aged(&id, &over)?, "erased with its customer");
        tx.mark_aged(&id, &over)?;
        assert!(tx.is_aged(&id, &over)? && !tx.is_aged(&id, &open)?);
        assert_eq!(
            (tx.count_aged(&id, later)?, tx.aged(&id, later, 9)?),
            (0, vec![])
        );
        assert!(tx.has_words(&id, &contact_id)?, "the open one's");
        tx.erase_words(&id, &open)?;
        assert!(!tx.has_words(&id, &contact_id)?);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

async fn a_deleted_article_is_gone_until_it_is_brought_back(store: Store) {
    let id = place(&store).await.workspace_id;
    let article = Article {
        id: ArticleId::new(NOW, dice()),
        workspace_id: id.clone(),
        source: "a.md".into(),
        title: "A".into(),
        tags: vec![],
        text: "text".into(),
        updated_at: NOW,
    };
    let done: Result<(), Error> = store
        .write(move |tx| {
            let (one, later) = (&article.id, NOW.plus(1_000));
            tx.put_article(&article)?;
            assert_eq!(tx.articles_version(&id)?, (1, NOW.as_millis()));
            let changed = Article {
                text: "other".into(),
                updated_at: later,
                ..article.clone()
            };
            assert!(!tx.edit_article(&changed, later)?, "seen too late");
            assert!(tx.edit_article(&changed, NOW)?);
            assert!(tx.delete_article(&id, one, later.plus(1))?);
            assert!(!tx.delete_article(&id, one, later)?, "once");
            assert_eq!(tx.articles(&id)?.len(), 0);
            assert!(tx.article(&id, one)?.is_none());
            assert_eq!(tx.articles_version(&id)?.0, 0);
            assert!(tx.restore_article(&id, one, later.plus(2))?);
            assert!(!tx.restore_article(&id, one, later)?, "once");
            assert_eq!(tx.article(&id, one)?.unwrap().text, "other");
            // Importing it again brings it back too.
            assert!(tx.delete_article(&id, one, later.plus(3))?);
            assert!(tx.put_article(&changed)?);
            assert_eq!(tx.articles(&id)?.len(), 1);
            assert!(tx.delete_article(&id, one, later.plus(4))?);
            tx.purge_articles(&id, later.plus(5))?;
            assert!(!tx.restore_article(&id, one, later)?, "gone for good");
            Ok(())
        })
        .await;
    done.unwrap();
}

async fn what_the_first_hour_keeps_reads_back(store: Store) {
    let place = place(&store).await;
    let done: Result<(), Error> = store
        .write(move |tx| {
            let (id, inbox, later) = (&place.workspace_id, &place.inbox_id, NOW.plus(1));
            assert_eq!(tx.mail_settings(id)?, None);
            let mut settings = MailSettings {
                host: "smtp.shop.example".into(),
                port: 587,
                security: MailSecurity::StartTls,
                user: Some("help".into()),
                password: Some("secret".into()),
                from: "help@shop.example".into(),
                changed_at: NOW,
                tested_at: None,
            };
            tx.set_mail_settings(id, &settings)?;
            assert!(!tx.mail_tested(id, later, later)?, "other settings");
            assert!(tx.mail_tested(id, NOW, later)?);
            settings.tested_at = Some(later);
            assert_eq!(tx.mail_settings(id)?.as_ref(), Some(&settings));
            settings.user = None;
            settings.password = None;
            tx.set_mail_settings(id, &settings)?;
            assert_eq!(tx.mail_settings(id)?, Some(settings));
            tx.forget_mail_settings(id)?;
            assert_eq!(tx.mail_settings(id)?, None);

            assert!(tx.pass_milestone(id, "live", NOW)?);
            assert!(!tx.pass_milestone(id, "live", later)?);
            assert_eq!(tx.milestones(id)?, [("live".to_string(), NOW)]);
            tx.lift_milestone(id, "live")?;
            assert_eq!(tx.milestones(id)?, []);

            assert!(tx.sight(id, inbox, "https://shop.example", NOW)?);
            assert!(!tx.sight(id, inbox, "https://shop.example", later)?);
            let seen = tx.sightings(id)?;
            assert_eq!((seen[0].first_at, seen[0].last_at), (NOW, later));
            for n in 0..60 {
                tx.sight(id, inbox, &format!("https://{n}.example"), NOW)?;
            }
            assert_eq!(tx.sightings(id)?.len(), 50);

            let hours = Hours {
                zone: "Europe/Berlin".into(),
                ..Hours::always()
            };
            assert!(tx.set_hours(id, inbox, &hours)?);
            assert_eq!(tx.inbox(id, inbox)?.unwrap().hours, hours);
            let stranger = WorkspaceId::new(NOW, dice());
            assert!(!tx.set_hours(&stranger, inbox, &hours)?);
            assert_eq!(tx.sightings(&stranger)?, []);
            Ok(())
        })
        .await;
    done.unwrap();
}

async fn who_waits_stands_in_the_queue_until_they_do_not(store: Store) {
    let place = place(&store).await;
    let (workspace_id, agent_id) = (place.workspace_id.clone(), AgentId::new(NOW, dice()));
    let id = begin(&store, &place).await;
    let done = store.write(move |tx| {
        let mut it = tx.conversation_for_update(&workspace_id, &id)?.unwrap();
        let needs = Needs {
            priority: Priority::new(3),
            team: Some(TeamId::new(NOW, dice())),
            skills: vec!["refunds".into()],
            dedicated: Some(agent_id.clone()),
            last_agent: None,
        };
        let reach = |tx: &mut Tx<'_>, it: &Conversation| {
            tx.update_conversation(it, &Timings::default(), NOW)?;
            let expected: Vec<_> = Waiting::of(it).into_iter().collect();
            assert_eq!(tx.waiting(&workspace_id)?, expected);
            Ok::<_, Error>(())
        };
        reach(tx, &it)?;
        let fact = it.hand_off(HandoffId::new(NOW, dice()), vec![], None, needs);
        it.record(NOW, fact.unwrap(), None);
        reach(tx, &it)?;
        assert_eq!(tx.listed(&workspace_id, &id)?.unwrap().priority.level(), 3);
        let fact = it.invite(agent_id.clone(), NOW.plus(5)).unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)?;
        assert_eq!(
            tx.invited_to(&workspace_id, &agent_id)?,
            std::slice::from_ref(&id)
        );
        let stranger = WorkspaceId::new(NOW, dice());
        assert!(tx.invited_to(&stranger, &agent_id)?.is_empty());
        assert!(tx.waiting(&stranger)?.is_empty());
        let end = segue_core::event::InvitationEnd::Declined;
        let fact = it.end_invitation(&agent_id, end).unwrap();
        it.record(NOW, fact, None);
        let fact = it.choose_email(NOW.plus(9)).unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)?;
        let fact = it.cancel_handoff().unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)
    });
    done.await.unwrap();
}

fn an_agent(place: &Place, n: u128) -> NewAgent {
    NewAgent {
        id: AgentId::new(NOW, n),
        workspace_id: place.workspace_id.clone(),
        email: format!("{n}@shop.example"),
        name: format!("Agent {n}"),
        role: segue_core::access::Role::Agent,
        password_hash: String::new(),
        capacity: 2,
    }
}

async fn teams_their_people_and_their_customers_read_back(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let workspace_id = &place.workspace_id;
        let (maya, jonas) = (an_agent(&place, dice()), an_agent(&place, dice()));
        for agent in [&maya, &jonas] {
            tx.add_agent(agent, NOW)?;
            tx.set_presence(workspace_id, &agent.id, Presence::Online, None, NOW)?;
        }
        let team = |name: &str| Team {
            id: TeamId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: name.into(),
            overflow: None,
        };
        let (mut billing, help) = (team("Billing"), team("Help"));
        tx.add_team(&help, NOW)?;
        tx.add_team(&billing, NOW)?;
        billing.overflow = Some((help.id.clone(), 600_000));
        assert!(tx.update_team(&billing)?);
        assert_eq!(tx.teams(workspace_id)?, [billing.clone(), help.clone()]);
        let stranger = AgentId::new(NOW, dice());
        tx.set_team_members(workspace_id, &billing.id, &[maya.id.clone(), stranger])?;
        let members = tx.team_members(workspace_id)?;
        assert_eq!(members, [(billing.id.clone(), maya.id.clone())]);

        let mut row = tx.agent(workspace_id, &maya.id)?.unwrap();
        row.skills = vec!["refunds".into()];
        row.languages = vec!["en".into(), "es".into()];
        tx.update_agent(&row)?;
        let until = Some(NOW.plus(60));
        tx.set_presence(workspace_id, &maya.id, Presence::WrapUp, until, NOW)?;
        let floor = tx.floor(workspace_id, NOW, NOW)?;
        let on_floor = floor.agent(&maya.id).unwrap();
        assert_eq!(on_floor.teams, [billing.id.clone()]);
        assert_eq!((on_floor.capacity, on_floor.free()), (4, 4));
        assert_eq!(on_floor.languages, ["en", "es"]);
        assert!(on_floor.is_there && !on_floor.takes_new);
        assert!(floor.agent(&jonas.id).unwrap().takes_new);
        assert!(
            !tx.floor(workspace_id, NOW, NOW.plus(1))?
                .agent(&jonas.id)
                .unwrap()
                .is_there
        );
        assert!(
            tx.floor(workspace_id, NOW.plus(60), NOW)?
                .agent(&maya.id)
                .unwrap()
                .takes_new
        );
        assert_eq!(tx.end_wrap_ups(workspace_id, NOW.plus(59))?, 0);
        assert_eq!(tx.end_wrap_ups(workspace_id, NOW.plus(60))?, 1);

        let contact_id = &place.contact_id;
        assert_eq!(tx.dedicated_agent(workspace_id, contact_id)?, None);
        assert!(tx.set_dedicated_agent(workspace_id, contact_id, Some(&maya.id))?);
        assert_eq!(
            tx.dedicated_agent(workspace_id, contact_id)?,
            Some(maya.id.clone())
        );
        assert!(!tx.set_dedicated_agent(&WorkspaceId::new(NOW, dice()), contact_id, None)?);

        assert!(tx.drop_team(workspace_id, &help.id)?);
        assert!(!tx.drop_team(workspace_id, &help.id)?);
        assert_eq!(tx.teams(workspace_id)?.pop().unwrap().overflow, None);
        let taken = Team {
            name: "BILLING".into(),
            id: TeamId::new(NOW, dice()),
            ..billing
        };
        tx.add_team(&taken, NOW)
    });
    assert!(matches!(done.await, Err(Error::Conflict)));
}

async fn units_are_taken_only_while_they_are_free(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let (workspace_id, agent) = (&place.workspace_id, an_agent(&place, dice()));
        tx.add_agent(&agent, NOW)?;
        let take = |tx: &mut Tx<'_>, units| tx.take_units(workspace_id, &agent.id, (units, 2), NOW);
        let taken = [2, 1, 2, 1, 1].map(|units| take(tx, units).unwrap());
        assert_eq!(taken, [true, true, false, true, false]);
        tx.give_units(workspace_id, &agent.id, 2)?;
        assert!(take(tx, 2)?);
        let row = tx.agent(workspace_id, &agent.id)?.unwrap();
        assert_eq!((row.busy, row.busy_units), (3, 4));
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

/// What a search for these groups finds, as places in the order in which they began.
fn found(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    ids: &[ConversationId],
    groups: &[&[&str]],
    change: impl FnOnce(&mut Sought),
) -> Vec<usize> {
    let owned = |group: &&[&str]| group.iter().map(ToString::to_string).collect();
    let mut sought = Sought {
        groups: groups.iter().map(owned).collect(),
        ..Sought::default()
    };
    change(&mut sought);
    let hits = tx.search(workspace_id, &sought, 3).unwrap();
    let place = |id: &ConversationId| ids.iter().position(|one| one == id).unwrap();
    hits.iter()
        .map(|(_, it)| place(&it.conversation.id))
        .collect()
}

async fn conversations_are_found_by_their_words_until_those_are_erased(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let done = store.write(move |tx| {
        let workspace_id = &here.workspace_id;
        let words = [
            "refund order",
            "refund",
            "order",
            "refund order late",
            "late",
        ];
        let mut ids = Vec::new();
        for (n, said) in words.iter().enumerate() {
            let id = ConversationId::new(NOW, dice());
            // The first three begin in one millisecond.
            let at = NOW.plus(n.saturating_sub(2) as i64);
            let (it, _) = Conversation::start(
                id.clone(),
                workspace_id.clone(),
                here.inbox_id.clone(),
                here.contact_id.clone(),
                "en",
                at,
            );
            tx.add_conversation(&it, &Timings::default(), at)?;
            let findable = Findable {
                words: said.split(' ').map(Into::into).collect(),
                facets: vec![format!("state:{}", n % 2)],
            };
            tx.make_findable(&it, 4, &findable)?;
            assert_eq!(tx.searched_through(workspace_id, &id)?, 4);
            ids.push(id);
        }
        let look =
            |tx: &mut Tx<'_>, groups: &[&[&str]]| found(tx, workspace_id, &ids, groups, |_| {});
        assert_eq!(look(tx, &[&["refund"]]), [3, 1, 0]);
        assert_eq!(look(tx, &[&["refund"], &["order"]]), [3, 0]);
        assert_eq!(look(tx, &[&["refund", "late"]]), [4, 3, 1]);
        assert_eq!(look(tx, &[&["refund"], &["state:1"]]), [3, 1]);
        assert_eq!(look(tx, &[&["nothing"], &["order"]]), [0; 0]);
        assert_eq!(look(tx, &[]), [4, 3, 2], "a page of three");
        let many: Vec<&[&str]> = vec![&["refund"]; 16];
        assert_eq!(look(tx, &many), [3, 1, 0]);

        // The next page, and spans of time.
        let first = tx.search(workspace_id, &Sought::default(), 3)?;
        let before = first.last().map(|(place, _)| *place);
        assert_eq!(
            found(tx, workspace_id, &ids, &[], |it| it.before = before),
            [1, 0]
        );
        let of = |it: &mut Sought| (it.from, it.until) = (Some(NOW.plus(1)), Some(NOW.plus(2)));
        assert_eq!(found(tx, workspace_id, &ids, &[], of), [3]);

        // Another workspace finds nothing by the same words.
        let theirs = tx.search(&elsewhere.workspace_id, &Sought::default(), 3)?;
        assert!(theirs.is_empty());
        let refunds = Sought {
            groups: vec![vec!["refund".into()]],
            ..Sought::default()
        };
        assert!(tx.search(&elsewhere.workspace_id, &refunds, 3)?.is_empty());

        // What is narrowed down by changes, what was said is added to.
        let it = tx.conversation(workspace_id, &ids[1])?.unwrap();
        let more = Findable {
            words: vec!["late".into()],
            facets: vec!["state:7".into()],
        };
        tx.make_findable(&it, 9, &more)?;
        assert_eq!(look(tx, &[&["late"], &["refund"]]), [3, 1]);
        assert_eq!(look(tx, &[&["state:1"]]), [3]);
        assert_eq!(look(tx, &[&["state:7"]]), [1]);

        // Erased words are in no list, where it stands still is (P48).
        tx.erase_words(workspace_id, &ids[1])?;
        assert_eq!(look(tx, &[&["refund"]]), [3, 0]);
        assert_eq!(look(tx, &[&["state:7"]]), [1]);
        assert_eq!(tx.unsearched(workspace_id, NOW, 9)?, []);
        let begin = Timestamp::default();
        tx.set_searched_until(workspace_id, begin, NOW)?;
        tx.set_searched_until(workspace_id, NOW, NOW.plus(1))?;
        tx.set_searched_until(workspace_id, NOW, NOW.plus(9))?;
        assert_eq!(
            tx.searched_until(workspace_id)?,
            NOW.plus(1),
            "somebody was quicker"
        );
        tx.search_anew(workspace_id)?;
        assert_eq!(tx.searched_until(workspace_id)?, begin);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

async fn replies_that_are_ready_read_back(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let workspace_id = &place.workspace_id;
        let agent = an_agent(&place, dice());
        let team = Team {
            id: TeamId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: "Billing".into(),
            overflow: None,
        };
        tx.add_team(&team, NOW)?;
        let reply = |name: &str, shared_with: SharedWith| CannedReply {
            id: CannedReplyId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: name.into(),
            text: "Hello {customer.name}".into(),
            shared_with,
            updated_at: NOW,
        };
        let mine = reply("b mine", SharedWith::Agent(agent.id));
        let ours = reply("A ours", SharedWith::Team(team.id.clone()));
        tx.put_canned_reply(&mine)?;
        tx.put_canned_reply(&ours)?;
        assert_eq!(
            tx.canned_replies(workspace_id)?,
            [ours.clone(), mine.clone()]
        );
        let changed = CannedReply {
            text: "Hi".into(),
            ..mine
        };
        tx.put_canned_reply(&changed)?;
        assert_eq!(
            tx.canned_reply(workspace_id, &changed.id)?,
            Some(changed.clone())
        );
        let stranger = WorkspaceId::new(NOW, dice());
        assert_eq!(tx.canned_reply(&stranger, &changed.id)?, None);
        tx.drop_canned_reply(&stranger, &changed.id)?;
        tx.drop_canned_reply(workspace_id, &changed.id)?;
        // A team that goes leaves its replies to everybody.
        tx.drop_team(workspace_id, &team.id)?;
        let left = tx.canned_replies(workspace_id)?;
        assert_eq!(
            left,
            [CannedReply {
                shared_with: SharedWith::All,
                ..ours
            }]
        );
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

async fn policies_keep_their_versions(store: Store) {
    let place = place(&store).await;
    let other = self::place(&store).await;
    let id = place.workspace_id.clone();
    let version = |number: u32, note: &str| PolicyVersion {
        version: number,
        at: NOW.plus(i64::from(number)),
        by_kind: "operator".into(),
        by_id: None,
        by_name: None,
        note: note.into(),
        text: "threshold = 0.6".into(),
        policy: Policy {
            version: number,
            threshold: 0.6,
            ..Policy::default()
        },
        again: (number == 3).then_some(1),
    };
    let (kept, wanted) = (
        id.clone(),
        [version(1, ""), version(2, "why"), version(3, "")],
    );
    let all = wanted.clone();
    let done: Result<(), Error> = store
        .write(move |tx| {
            all.iter()
                .try_for_each(|one| tx.add_policy_version(&kept, one))
        })
        .await;
    done.unwrap();
    let (of, theirs) = (id.clone(), other.workspace_id.clone());
    let read: Result<_, Error> = store
        .read(move |tx| {
            let newest = tx.policy_versions(&of, 2)?;
            let second = tx.policy_version(&of, 2)?;
            Ok((
                newest,
                second,
                tx.policy_versions(&theirs, 9)?,
                tx.policy_version(&theirs, 2)?,
            ))
        })
        .await;
    let (newest, second, theirs, their_second) = read.unwrap();
    assert_eq!(newest, [wanted[2].clone(), wanted[1].clone()]);
    assert_eq!(second, Some(wanted[1].clone()));
    assert_eq!((theirs, their_second), (vec![], None));
    let again: Result<(), Error> = store
        .write(move |tx| tx.add_policy_version(&id, &version(2, "another")))
        .await;
    assert!(again.is_err(), "a version is never written again");
}

async fn past_decisions_come_in_pieces_newest_conversations_first(store: Store) {
    let place = place(&store).await;
    let other = self::place(&store).await;
    begin(&store, &other).await;
    let mut ids = vec![];
    for _ in 0..5 {
        ids.push(begin(&store, &place).await);
    }
    let (id, of) = (place.workspace_id.clone(), ids.clone());
    let done: Result<(), Error> = store
        .write(move |tx| {
            for (n, conversation_id) in of.iter().enumerate() {
                for turn in 0..n as i64 {
                    let at = NOW.plus(turn);
                    let view = segue_core::decide::View::default();
                    let decision = decide(&Policy::default(), &view, at);
                    let made = DecisionId::new(at, dice());
                    tx.add_decision(&made, &id, conversation_id, &view, &decision, at)?;
                }
            }
            Ok(())
        })
        .await;
    done.unwrap();
    let id = place.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| {
            let first = tx.past_courses(&id, None, 3)?;
            let last = first.last().map(|past| past.course.id.clone());
            let rest = tx.past_courses(&id, last.as_ref(), 3)?;
            Ok((
                first,
                rest,
                tx.count_newest(&id, 4)?,
                tx.count_newest(&id, 99)?,
            ))
        })
        .await;
    let (first, rest, four, five) = read.unwrap();
    assert_eq!((four, five), (4, 5));
    let found: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|past| past.course.id.clone())
        .collect();
    let newest: Vec<_> = ids.iter().rev().cloned().collect();
    assert_eq!(found, newest);
    let counts: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|past| past.course.decided.len())
        .collect();
    assert_eq!(counts, [4, 3, 2, 1, 0]);
    assert!(first[0].course.decided.is_sorted_by_key(|one| one.at));
}

async fn a_trial_goes_on_until_it_is_over_and_a_shadow_keeps_what_it_decides(store: Store) {
    let place = place(&store).await;
    let conversation_id = begin(&store, &place).await;
    let trial = |kind| Trial {
        id: TrialId::new(NOW, dice()),
        workspace_id: place.workspace_id.clone(),
        kind,
        at: NOW,
        by_kind: "operator".into(),
        by_id: None,
        by_name: None,
        note: "tried".into(),
        text: String::new(),
        policy: Policy::default(),
        live_version: 1,
        state: TrialState::Runs,
        done: 0,
        total: 10,
        report: None,
        ended_at: None,
    };
    let (replay, shadow) = (trial(TrialKind::Replay), trial(TrialKind::Shadow));
    let (id, a, b) = (place.workspace_id.clone(), replay.clone(), shadow.clone());
    let seen = conversation_id.clone();
    let done: Result<_, Error> = store
        .write(move |tx| {
            tx.add_trial(&a)?;
            tx.add_trial(&b)?;
            let goes = tx.trial_goes_on(&id, &a.id, 4, "{}")?;
            let twice = tx.trial_goes_on(&id, &a.id, 4, "{\"twice\":1}")?;
            let tally = tx.trial_tally(&id, &a.id)?;
            let ended =
                tx.end_trial(&id, &a.id, TrialState::Done, Some("{\"n\":1}"), NOW.plus(5))?;
            let again = tx.end_trial(&id, &a.id, TrialState::Cancelled, None, NOW)?;
            let late = tx.trial_goes_on(&id, &a.id, 5, "{}")?;
            for (n, action) in ["answer", "escalate"].into_iter().enumerate() {
                tx.add_shadow_decision(
                    &id,
                    &ShadowDecision {
                        trial_id: b.id.clone(),
                        decision_id: DecisionId::new(NOW, dice()),
                        conversation_id: seen.clone(),
                        at: NOW.plus(n as i64),
                        live_action: "answer".into(),
                        action: action.into(),
                        flip: None,
                    },
                )?;
            }
            Ok((goes, twice, tally, ended, again, late))
        })
        .await;
    assert_eq!(
        done.unwrap(),
        (true, false, Some("{}".into()), true, false, false)
    );
    let (id, a, b) = (
        place.workspace_id.clone(),
        replay.id.clone(),
        shadow.id.clone(),
    );
    let read: Result<_, Error> = store
        .read(move |tx| {
            let whole = tx.trial(&id, &a)?.unwrap();
            let runs = tx.shadow(&id)?.unwrap().trial_id;
            Ok((
                whole,
                runs,
                tx.shadow_decisions(&id, &b, 9)?,
                tx.trials(&id, 9)?.len(),
            ))
        })
        .await;
    let (whole, runs, decided, listed) = read.unwrap();
    assert_eq!(
        (whole.state, whole.done, whole.report.as_deref()),
        (TrialState::Done, 10, Some("{\"n\":1}"))
    );
    assert_eq!((runs, listed), (shadow.id.clone(), 2));
    let actions: Vec<&str> = decided.iter().map(|one| one.action.as_str()).collect();
    assert_eq!(actions, ["answer", "escalate"]);
    let id = place.workspace_id.clone();
    let over: Result<_, Error> = store
        .write(move |tx| {
            tx.end_trial(&id, &shadow.id, TrialState::Done, None, NOW)?;
            tx.shadow(&id)
        })
        .await;
    assert!(over.unwrap().is_none());
}
