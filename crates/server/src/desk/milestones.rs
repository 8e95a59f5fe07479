//! The way to going live: what was done once, and what the facts say of each step (P47).
//! A step is done when the facts show it, not when somebody has clicked it away.

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_core::time::{HOUR_MS, Hours, Timestamp};
use segue_store::{Sighting, Tx};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

/// What happens once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// Somebody looked at how the company is shown and kept it.
    Company,
    /// A question was tried, and the assistant answered it from an article.
    Answered,
    /// Hours were set, be it to round the clock.
    Hours,
    /// The workspace serves customers.
    Live,
    /// The checklist is not wanted on screen any more.
    Dismissed,
}

impl Milestone {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Milestone::Company => "company",
            Milestone::Answered => "answered",
            Milestone::Hours => "hours",
            Milestone::Live => "live",
            Milestone::Dismissed => "dismissed",
        }
    }
}

/// A step on the way to going live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which; also the page of the settings where it is done.
    pub name: &'static str,
    /// Whether the facts show it.
    pub is_done: bool,
    /// Whether nobody should go live without it.
    pub is_needed: bool,
    /// What the facts show, for the words beside it.
    pub shows: &'static str,
}

/// The facts that the steps are judged by.
#[derive(Clone, Debug, Default)]
pub struct FirstHour {
    /// The milestones passed.
    passed: Vec<(String, Timestamp)>,
    /// Articles in the knowledge base.
    pub articles: i64,
    /// People who can sign in.
    pub people: usize,
    /// Whether the command line says how mail is sent.
    mail_by_command_line: bool,
    /// Whether mail is set, and when a test mail went out.
    mail: Option<Option<Timestamp>>,
    has_hours: bool,
    /// Where the chat was seen, newest first.
    pub sightings: Vec<Sighting>,
}

impl FirstHour {
    /// When a milestone was passed.
    pub fn passed(&self, milestone: Milestone) -> Option<Timestamp> {
        let found = self.passed.iter().find(|(it, _)| it == milestone.name());
        found.map(|(_, at)| *at)
    }

    /// The steps in the order in which they are best taken.
    pub fn steps(&self) -> [Step; 7] {
        let is_past = |milestone| self.passed(milestone).is_some();
        let step = |name, is_done, is_needed, done, missing| Step {
            name,
            is_done,
            is_needed,
            shows: if is_done { done } else { missing },
        };
        let (mail_works, mail_shows) = match (self.mail_by_command_line, self.mail) {
            (true, _) => (true, "command_line"),
            (false, Some(Some(_))) => (true, "tested"),
            (false, Some(None)) => (false, "untested"),
            (false, None) => (false, "unset"),
        };
        [
            step(
                "company",
                is_past(Milestone::Company),
                true,
                "kept",
                "unseen",
            ),
            step("articles", self.articles > 0, true, "some", "none"),
            step(
                "try",
                is_past(Milestone::Answered),
                true,
                "answered",
                "unanswered",
            ),
            step(
                "hours",
                is_past(Milestone::Hours) || self.has_hours,
                false,
                "set",
                "always",
            ),
            Step {
                name: "mail",
                is_done: mail_works,
                is_needed: false,
                shows: mail_shows,
            },
            step(
                "snippet",
                !self.sightings.is_empty(),
                true,
                "seen",
                "unseen",
            ),
            step("people", self.people > 1, false, "several", "alone"),
        ]
    }

    /// Whether everything is done without which nobody should go live.
    pub fn may_go_live(&self) -> bool {
        self.steps()
            .iter()
            .all(|step| step.is_done || !step.is_needed)
    }
}

/// How often the same site is noted again.
const SEEN_AGAIN_MS: i64 = HOUR_MS;
/// The longest origin that a browser sends.
const LONGEST_ORIGIN: usize = 200;

impl Desk {
    /// Reads the facts.
    pub async fn first_hour(&self, workspace_id: &WorkspaceId) -> Result<FirstHour, Error> {
        let (id, by_command_line) = (workspace_id.clone(), self.mail);
        self.store
            .read(move |tx| first_hour(tx, &id, by_command_line))
            .await
    }

    /// Passes a milestone, once.
    pub async fn pass(
        &self,
        workspace_id: &WorkspaceId,
        milestone: Milestone,
    ) -> Result<(), Error> {
        let id = workspace_id.clone();
        let passed = self
            .store
            .read(move |tx| tx.milestones(&id).map_err(Error::from))
            .await?;
        if passed.iter().any(|(name, _)| name == milestone.name()) {
            return Ok(());
        }
        let id = workspace_id.clone();
        self.verb(move |tx, moment| {
            tx.pass_milestone(&id, milestone.name(), moment.now)?;
            Ok(())
        })
        .await
    }

    /// Shows the checklist again, or not any more.
    pub async fn dismiss_checklist(
        &self,
        workspace_id: &WorkspaceId,
        is_dismissed: bool,
    ) -> Result<(), Error> {
        let (id, name) = (workspace_id.clone(), Milestone::Dismissed.name());
        self.verb(move |tx, moment| {
            if is_dismissed {
                tx.pass_milestone(&id, name, moment.now)?;
            } else {
                tx.lift_milestone(&id, name)?;
            }
            Ok(())
        })
        .await
    }

    /// The workspace serves customers from now on. Refused while something is missing
    /// that customers would meet at once.
    pub async fn go_live(&self, actor: Actor) -> Result<(), Error> {
        let (id, by_command_line) = (actor.workspace_id.clone(), self.mail);
        self.verb(move |tx, moment| {
            if !first_hour(tx, &id, by_command_line)?.may_go_live() {
                return Err(Error::Invalid(
                    "something is missing that customers would meet at once; see the list",
                ));
            }
            tx.pass_milestone(&id, Milestone::Live.name(), moment.now)?;
            tx.ring_floor(&id);
            let deed = Deed::new(Action::SettingsChanged).with("live", true);
            write_down(tx, moment, &id, &By::from(&actor), deed)
        })
        .await
    }

    /// The chat of a site key was opened on a site, `https://shop.example`, as the
    /// visitor's browser says. What is no origin, or nobody's key, is not noted.
    pub async fn sight(&self, site_key: String, origin: String) -> Result<(), Error> {
        if !is_origin(&origin) {
            return Ok(());
        }
        let now = self.clock.now();
        let (key, seen_at) = (site_key, origin.clone());
        let found = self.store.read(move |tx| {
            let Some(inbox) = tx.inbox_by_key(&key)? else {
                return Ok::<_, Error>(None);
            };
            let known = tx.sightings(&inbox.workspace_id)?;
            let is_fresh = |seen: &Sighting| {
                seen.inbox_id == inbox.id
                    && seen.origin == seen_at
                    && now.since(seen.last_at) < SEEN_AGAIN_MS
            };
            let is_known = known.iter().any(is_fresh);
            Ok((!is_known).then_some((inbox.workspace_id, inbox.id)))
        });
        let Some((workspace_id, inbox_id)) = found.await? else {
            return Ok(());
        };
        self.verb(move |tx, moment| {
            if tx.sight(&workspace_id, &inbox_id, &origin, moment.now)? {
                tx.ring_floor(&workspace_id);
            }
            Ok(())
        })
        .await
    }
}

fn first_hour(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    mail_by_command_line: bool,
) -> Result<FirstHour, Error> {
    let inboxes = tx.inboxes(id)?;
    Ok(FirstHour {
        passed: tx.milestones(id)?,
        articles: tx.articles_version(id)?.0,
        people: tx.agents(id)?.len(),
        mail_by_command_line,
        mail: tx.mail_settings(id)?.map(|settings| settings.tested_at),
        has_hours: inboxes.iter().any(|inbox| inbox.hours != Hours::always()),
        sightings: tx.sightings(id)?,
    })
}

/// Scheme, host and perhaps a port, as browsers write an origin.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    text.len() <= LONGEST_ORIGIN
        && host.is_some_and(|it| !it.is_empty() && it.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_done_when_the_facts_show_it() {
        let at = Timestamp::from_millis(1);
        let mut facts = FirstHour::default();
        let done = |facts: &FirstHour| -> Vec<&str> {
            let steps = facts.steps().into_iter();
            steps.filter(|it| it.is_done).map(|it| it.name).collect()
        };
        assert_eq!(done(&facts), [""; 0]);
        facts.articles = 3;
        facts.people = 2;
        facts.mail = Some(None);
        assert_eq!(done(&facts), ["articles", "people"]);
        facts.mail = Some(Some(at));
        facts.has_hours = true;
        assert_eq!(done(&facts), ["articles", "hours", "mail", "people"]);
        assert!(!facts.may_go_live());
        facts.passed = vec![("company".into(), at), ("answered".into(), at)];
        assert!(!facts.may_go_live(), "nobody has seen the chat on a site");
        facts.sightings = vec![Sighting {
            inbox_id: segue_core::ids::Id::new(at, 1),
            origin: "https://shop.example".into(),
            first_at: at,
            last_at: at,
        }];
        assert!(facts.may_go_live());
    }

    #[test]
    fn only_origins_are_sites() {
        let check = |text: &str, expected| assert_eq!(is_origin(text), expected, "{text}");
        check("https://shop.example", true);
        check("http://127.0.0.1:8080", true);
        check("http://[::1]:8080", true);
        check("null", false);
        check("https://", false);
        check("https://shop.example/page", false);
        check("javascript:alert(1)", false);
        check("https://<b>", false);
        check(&format!("https://{}", "a".repeat(300)), false);
    }
}
