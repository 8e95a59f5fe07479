//! The policy lab: the policy with its versions, what a draft of another one says and what is
//! wrong with it, trials of it, and what the agents' verdicts suggest.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use segue_core::access::{Permission, may};
use segue_core::audit::By;
use segue_core::ids::TrialId;
use segue_core::ids::kind::Trial as TrialKindOfId;
use segue_core::policy::{FindingKind, Known, Misread, diff, explain, lint, read_lined};
use segue_core::time::Timestamp;
use segue_core::trial::{Report, Suggestion};
use segue_core::words::Words;
use segue_store::{PolicyVersion, Trial, TrialKind};
use serde::{Deserialize, Serialize};

use crate::desk::{Error, MOST_REPLAYED, Replayed, live_policy, shadow_report};
use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::policy::{Mark, lines_between};

/// Versions and trials that are listed.
const LISTED: i64 = 50;

/// The policy with its versions.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PolicyShown {
    /// The version that holds.
    live: VersionShown,
    /// As it is written.
    text: String,
    /// What it means, a sentence each.
    explained: Vec<String>,
    /// What is allowed in it and hardly meant.
    findings: Vec<FindingShown>,
    /// Every version, newest first.
    versions: Vec<VersionShown>,
    /// The newest trials, newest first.
    trials: Vec<TrialListed>,
    /// Whether who asks may switch to another one.
    may_change: bool,
}

/// A version.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VersionShown {
    version: u32,
    at: Timestamp,
    /// `agent`, `operator` or `system`.
    by_kind: String,
    by_name: Option<String>,
    note: String,
    /// The version of before that it takes up again.
    again: Option<u32>,
}

/// Something that is hardly meant.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FindingShown {
    kind: FindingKind,
    /// The line in the text, where there is one.
    line: Option<usize>,
    said: String,
}

/// The language of the sentences.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct InLanguage {
    #[serde(default)]
    language: String,
}

/// A draft to be looked at.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Draft {
    text: String,
    #[serde(default)]
    language: String,
    /// The version that it is compared with; the live one without.
    #[serde(default)]
    against: Option<u32>,
}

/// What is to be said of a draft.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DraftChecked {
    /// Why it cannot be used, each with its line; empty where it can.
    faults: Vec<FaultShown>,
    findings: Vec<FindingShown>,
    /// What it means; empty where it cannot be used.
    explained: Vec<String>,
    /// What changes in meaning.
    changes: Vec<String>,
    /// What changes in the text.
    lines: Vec<LineShown>,
}

/// Something that cannot be used.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PolicyFault)]
pub struct FaultShown {
    line: Option<usize>,
    reason: String,
}

/// A line of a comparison.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LineShown {
    mark: Mark,
    text: String,
}

impl From<PolicyVersion> for VersionShown {
    fn from(version: PolicyVersion) -> Self {
        Self {
            version: version.version,
            at: version.at,
            by_kind: version.by_kind,
            by_name: version.by_name,
            note: version.note,
            again: version.again,
        }
    }
}

impl From<Misread> for FaultShown {
    fn from(misread: Misread) -> Self {
        Self {
            line: misread.line,
            reason: misread.reason,
        }
    }
}

/// What a text says in a language, and what is hardly meant in it.
fn told(
    text: &str,
    known: &Known,
    words: &Words,
) -> Result<(Vec<String>, Vec<FindingShown>), Vec<Misread>> {
    let (policy, lines) = read_lined(text)?;
    let explained = explain(&policy)
        .iter()
        .map(|said| said.in_words(words))
        .collect();
    let findings = lint(&policy, known)
        .into_iter()
        .map(|finding| FindingShown {
            kind: finding.kind,
            line: finding.line(&lines),
            said: finding.said.in_words(words),
        });
    Ok((explained, findings.collect()))
}

#[utoipa::path(get, path = "/api/console/policy", tag = "console", params(InLanguage),
    responses((status = 200, body = PolicyShown), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(InLanguage { language }): Query<InLanguage>,
) -> Result<Json<PolicyShown>, Problem> {
    let id = signed_in.agent.workspace_id.clone();
    let read = app.desk.store.read(move |tx| {
        let live = live_policy(tx, &id)?;
        let mut versions = tx.policy_versions(&id, LISTED)?;
        if versions.is_empty() {
            versions.push(live.clone());
        }
        Ok::<_, Error>((live, versions, tx.trials(&id, LISTED)?, known(tx, &id)?))
    });
    let (live, versions, trials, known) = read.await?;
    let (words, text) = (Words::of(&language), live.text.clone());
    // Rules are tried on thousands of customers; sockets must not wait for that.
    let looked =
        tokio::task::spawn_blocking(move || told(&text, &known, words).unwrap_or_default());
    let looked = looked.await;
    let (explained, findings) =
        looked.map_err(|_| Error::Invalid("the policy could not be looked at"))?;
    Ok(Json(PolicyShown {
        text: live.text.clone(),
        live: live.into(),
        explained,
        findings,
        versions: versions.into_iter().map(VersionShown::from).collect(),
        trials: trials.into_iter().map(TrialListed::from).collect(),
        may_change: may(signed_in.agent.role, Permission::ChangePolicy),
    }))
}

/// What the workspace has that policies speak of.
fn known(
    tx: &mut segue_store::Tx<'_>,
    id: &segue_core::ids::WorkspaceId,
) -> Result<Known, segue_store::Error> {
    Ok(Known {
        inboxes: tx
            .inboxes(id)?
            .into_iter()
            .map(|inbox| inbox.name)
            .collect(),
        teams: tx.teams(id)?.into_iter().map(|team| team.name).collect(),
    })
}

#[utoipa::path(post, path = "/api/console/policy/check", tag = "console", request_body = Draft,
    responses((status = 200, body = DraftChecked), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn check(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(draft): Body<Draft>,
) -> Result<Json<DraftChecked>, Problem> {
    let (id, against) = (signed_in.agent.workspace_id.clone(), draft.against);
    let read = app.desk.store.read(move |tx| {
        let live = live_policy(tx, &id)?;
        let other = match against.filter(|version| *version != live.version) {
            Some(version) => tx.policy_version(&id, version)?.ok_or(Error::NotFound)?,
            None => live,
        };
        Ok::<_, Error>((other, known(tx, &id)?))
    });
    let (other, known) = read.await?;
    let looked = tokio::task::spawn_blocking(move || looked_at(&draft, &other, &known)).await;
    let checked = looked.map_err(|_| Error::Invalid("the policy could not be looked at"))?;
    Ok(Json(checked))
}

/// What is to be said of a draft beside a version.
fn looked_at(draft: &Draft, other: &PolicyVersion, known: &Known) -> DraftChecked {
    let words = Words::of(&draft.language);
    let shown = |line: (Mark, String)| LineShown {
        mark: line.0,
        text: line.1,
    };
    let lines = lines_between(&other.text, &draft.text)
        .into_iter()
        .map(shown)
        .collect();
    match told(&draft.text, known, words) {
        Err(faults) => DraftChecked {
            faults: faults.into_iter().map(FaultShown::from).collect(),
            findings: vec![],
            explained: vec![],
            changes: vec![],
            lines,
        },
        Ok((explained, findings)) => {
            let policy = segue_core::policy::read(&draft.text).unwrap_or_default();
            let changes = diff(&other.policy, &policy);
            DraftChecked {
                faults: vec![],
                findings,
                explained,
                changes: changes.iter().map(|said| said.in_words(words)).collect(),
                lines,
            }
        }
    }
}

/// A version as it is written.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct WhichVersion {
    version: u32,
}

/// A version with its text.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VersionWhole {
    version: VersionShown,
    text: String,
}

#[utoipa::path(get, path = "/api/console/policy/version", tag = "console", params(WhichVersion),
    responses((status = 200, body = VersionWhole), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn version(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(WhichVersion { version }): Query<WhichVersion>,
) -> Result<Json<VersionWhole>, Problem> {
    let id = signed_in.agent.workspace_id.clone();
    let read = app.desk.store.read(move |tx| {
        let live = live_policy(tx, &id)?;
        if live.version == version {
            return Ok(live);
        }
        tx.policy_version(&id, version)?.ok_or(Error::NotFound)
    });
    let found = read.await?;
    Ok(Json(VersionWhole {
        text: found.text.clone(),
        version: found.into(),
    }))
}

/// Another policy.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Switch {
    text: String,
    /// Why, for whoever asks later.
    #[serde(default)]
    note: String,
    /// The version that holds, as far as the writer has seen.
    seen: u32,
}

/// The version that holds now.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Switched {
    version: u32,
}

#[utoipa::path(put, path = "/api/console/policy", tag = "console", request_body = Switch,
    responses((status = 200, body = Switched), (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn switch(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<Switch>,
) -> Result<Json<Switched>, Problem> {
    let actor = signed_in.actor();
    let switched = app
        .desk
        .switch_policy(actor, wanted.text, wanted.note, wanted.seen);
    Ok(Json(Switched {
        version: switched.await?,
    }))
}

/// A version of before to be taken up again.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct RollBack {
    to: u32,
    #[serde(default)]
    note: String,
    /// The version that holds, as far as who asks has seen.
    seen: u32,
}

#[utoipa::path(post, path = "/api/console/policy/roll-back", tag = "console", request_body = RollBack,
    responses((status = 200, body = Switched), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn roll_back(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<RollBack>,
) -> Result<Json<Switched>, Problem> {
    let actor = signed_in.actor();
    let rolled = app
        .desk
        .roll_back_policy(actor, wanted.to, wanted.note, wanted.seen);
    Ok(Json(Switched {
        version: rolled.await?,
    }))
}

/// How a candidate is to be tried.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowTried {
    /// On past conversations.
    Replay,
    /// Beside the live policy, from now on.
    Shadow,
}

/// A candidate to be tried.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TrialWanted {
    kind: HowTried,
    text: String,
    #[serde(default)]
    note: String,
    /// How many of the newest conversations; 2,000 without, at most 100,000.
    #[serde(default)]
    last: Option<i64>,
}

/// A trial in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrialListed {
    #[schema(value_type = String)]
    id: TrialId,
    kind: HowTried,
    at: Timestamp,
    by_name: Option<String>,
    note: String,
    /// `runs`, `done`, `cancelled` or `failed`.
    state: String,
    /// Conversations that are done.
    done: i64,
    /// Of how many; 0 where that is open.
    total: i64,
    /// The version that it is compared with.
    live_version: u32,
    ended_at: Option<Timestamp>,
}

/// A trial with what came of it so far.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrialWhole {
    trial: TrialListed,
    text: String,
    /// Which decisions flip; absent while a replay runs.
    report: Option<Report>,
    /// Waits and hours; a replay's only.
    effects: Option<crate::desk::Effects>,
}

impl From<Trial> for TrialListed {
    fn from(trial: Trial) -> Self {
        Self {
            id: trial.id,
            kind: match trial.kind {
                TrialKind::Replay => HowTried::Replay,
                TrialKind::Shadow => HowTried::Shadow,
            },
            at: trial.at,
            by_name: trial.by_name,
            note: trial.note,
            state: trial.state.name().into(),
            done: trial.done,
            total: trial.total,
            live_version: trial.live_version,
            ended_at: trial.ended_at,
        }
    }
}

/// What a replay looks at where nobody says.
const USUAL_LAST: i64 = 2_000;

#[utoipa::path(post, path = "/api/console/trials", tag = "console", request_body = TrialWanted,
    responses((status = 201, body = TrialWhole), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn begin(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<TrialWanted>,
) -> Result<(StatusCode, Json<TrialWhole>), Problem> {
    let actor = signed_in.actor();
    let (workspace_id, by) = (actor.workspace_id.clone(), By::from(&actor));
    let id = match wanted.kind {
        HowTried::Shadow => {
            app.desk
                .begin_shadow(actor, wanted.text, wanted.note)
                .await?
        }
        HowTried::Replay => {
            let last = wanted.last.unwrap_or(USUAL_LAST).min(MOST_REPLAYED);
            let begun = app
                .desk
                .begin_replay(workspace_id, by, wanted.text, wanted.note, last);
            begun.await?
        }
    };
    Ok((StatusCode::CREATED, app.trial(&signed_in, id).await?))
}

#[utoipa::path(get, path = "/api/console/trials/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = TrialWhole), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn trial(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<TrialKindOfId>,
) -> Result<Json<TrialWhole>, Problem> {
    app.trial(&signed_in, id).await
}

#[utoipa::path(delete, path = "/api/console/trials/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<TrialKindOfId>,
) -> Result<StatusCode, Problem> {
    app.desk.end_trial(signed_in.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    async fn trial(&self, signed_in: &SignedIn, id: TrialId) -> Result<Json<TrialWhole>, Problem> {
        let workspace_id = signed_in.agent.workspace_id.clone();
        let read = self.desk.store.read(move |tx| {
            let trial = tx.trial(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            let report = match trial.kind {
                TrialKind::Shadow => Some(shadow_report(tx, &workspace_id, &trial)?),
                TrialKind::Replay => None,
            };
            Ok::<_, Error>((trial, report))
        });
        let (trial, mut report) = read.await?;
        let replayed: Option<Replayed> = trial
            .report
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok());
        let (of_replay, effects) = replayed.map(|it| (it.report, it.effects)).unzip();
        report = report.or(of_replay);
        Ok(Json(TrialWhole {
            text: trial.text.clone(),
            trial: trial.into(),
            report,
            effects,
        }))
    }
}

/// What agents said at wrap-up of handovers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VerdictsShown {
    /// Handovers with a word on how they went.
    n: usize,
    /// Of them needless.
    needless: usize,
    /// What they suggest, if anything.
    suggestion: Option<Suggestion>,
}

#[utoipa::path(get, path = "/api/console/policy/verdicts", tag = "console",
    responses((status = 200, body = VerdictsShown), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn verdicts(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<VerdictsShown>, Problem> {
    let found = app.desk.verdicts(&signed_in.agent.workspace_id).await?;
    Ok(Json(VerdictsShown {
        n: found.n,
        needless: found.needless,
        suggestion: found.suggestion,
    }))
}
