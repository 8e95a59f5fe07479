//! Policies by version, and trials of those that are to come.

use segue_core::ids::{DecisionId, TrialId};
use segue_core::policy::Policy;
use segue_store::{Error, PolicyVersion, ShadowDecision, Store, Trial, TrialKind, TrialState};

use crate::ground::{NOW, begin, dice, place};

on_both! {
    policies_keep_their_versions
    a_trial_goes_on_until_it_is_over_and_a_shadow_keeps_what_it_decides
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
