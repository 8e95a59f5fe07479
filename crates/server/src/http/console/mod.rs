//! The console's door: the queue, one's conversations, what can be done with them.

pub(super) mod account;
pub(super) mod agents;
pub(super) mod audit;
pub(super) mod canned;
pub(super) mod company;
pub(super) mod contacts;
pub(super) mod conversations;
pub(super) mod conversations_sheet;
pub(super) mod decisions;
pub(super) mod first_steps;
pub(super) mod floor;
pub(super) mod gaps;
pub(super) mod hands;
pub(super) mod helpful;
pub(super) mod hours;
pub(super) mod keys;
pub(super) mod knowledge;
pub(super) mod lab;
pub(super) mod lists;
pub(super) mod look_up;
pub(super) mod mail;
pub(super) mod mailbox;
pub(super) mod people;
pub(super) mod retention;
pub(super) mod teams;
pub(super) mod too_long;
pub(super) mod trial;

use axum::extract::DefaultBodyLimit;
use segue_core::access::Permission::{
    Administer, ChangePolicy, EditKnowledge, ReadAllConversations, SeeAllTeams, SeeMeasures,
    ServeConversations, TryPolicy, UseOwnAccount,
};

use super::doors::{Doors, May};
use super::{links, measures, search, session};

/// The largest upload of articles, in bytes.
const ARTICLES_LIMIT: usize = 16 * 1024 * 1024;

/// The routes of this door.
pub fn doors() -> Doors {
    Doors::new()
        .merge(session::doors())
        .merge(links::doors())
        .merge(account_doors())
        .merge(access_doors())
        .merge(help_doors())
        .post(
            "/api/console/presence",
            May::Agent(UseOwnAccount),
            floor::set_presence,
        )
        .get(
            "/api/console/floor",
            May::Agent(ServeConversations),
            floor::floor,
        )
        .get(
            "/api/console/conversations",
            May::Agent(ReadAllConversations),
            lists::list,
        )
        .get(
            "/api/console/conversations/{id}",
            May::Agent(ReadAllConversations),
            conversations::show,
        )
        .get(
            "/api/console/conversations/{id}/decisions",
            May::Agent(ReadAllConversations),
            decisions::list,
        )
        .post(
            "/api/console/conversations/{id}/article-draft",
            May::Agent(ServeConversations),
            gaps::draft_from,
        )
        .post(
            "/api/console/conversations/{id}/accept",
            May::Agent(ServeConversations),
            conversations::accept,
        )
        .post(
            "/api/console/conversations/{id}/decline",
            May::Agent(ServeConversations),
            conversations::decline,
        )
        .post(
            "/api/console/conversations/{id}/reply",
            May::Agent(ServeConversations),
            conversations::reply,
        )
        .post(
            "/api/console/conversations/{id}/note",
            May::Agent(ServeConversations),
            conversations::note,
        )
        .post(
            "/api/console/conversations/{id}/introduction/check",
            May::Agent(ServeConversations),
            conversations::check_introduction,
        )
        .post(
            "/api/console/conversations/{id}/draft-checks",
            May::Agent(ServeConversations),
            conversations::check_draft,
        )
        .post(
            "/api/console/conversations/{id}/look-up",
            May::Agent(ServeConversations),
            look_up::again,
        )
        .post(
            "/api/console/conversations/{id}/resolve",
            May::Agent(ServeConversations),
            conversations::resolve,
        )
        .post(
            "/api/console/conversations/{id}/release",
            May::Agent(ServeConversations),
            conversations::release,
        )
        .post(
            "/api/console/conversations/{id}/transfer",
            May::Agent(ServeConversations),
            hands::transfer,
        )
        .post(
            "/api/console/conversations/{id}/hand-back",
            May::Agent(ServeConversations),
            hands::hand_back,
        )
        .post(
            "/api/console/conversations/{id}/take-over",
            May::Agent(ServeConversations),
            hands::take_over,
        )
        .get(
            "/api/console/contacts",
            May::Agent(SeeAllTeams),
            contacts::find,
        )
        .get(
            "/api/console/contacts/{id}",
            May::Agent(SeeAllTeams),
            contacts::show,
        )
        .get(
            "/api/console/contacts/{id}/export",
            May::Agent(Administer),
            people::export,
        )
        .put(
            "/api/console/contacts/{id}/dedicated-agent",
            May::Agent(SeeAllTeams),
            teams::set_dedicated,
        )
        .delete(
            "/api/console/contacts/{id}",
            May::Agent(Administer),
            people::erase,
        )
        .get(
            "/api/console/measures",
            May::Agent(SeeMeasures),
            measures::show,
        )
        .get(
            "/api/console/measures/behind",
            May::Agent(SeeMeasures),
            measures::behind::show,
        )
        .get(
            "/api/console/measures/load",
            May::Agent(SeeMeasures),
            measures::load::show,
        )
        .get(
            "/api/console/measures/product",
            May::Agent(SeeMeasures),
            measures::product::show,
        )
        .get(
            "/api/console/measures/table",
            May::Agent(SeeMeasures),
            measures::table::download,
        )
        .get(
            "/api/console/measures/conversations",
            May::Agent(SeeMeasures),
            conversations_sheet::download,
        )
        .get("/api/console/audit", May::Agent(Administer), audit::list)
        .get(
            "/api/console/audit/file",
            May::Agent(Administer),
            audit::download,
        )
        .merge(set_up_doors())
        .merge(lab_doors())
}

/// Where a policy is tried before it is trusted.
fn lab_doors() -> Doors {
    let (tries, changes) = (May::Agent(TryPolicy), May::Agent(ChangePolicy));
    Doors::new()
        .get("/api/console/policy", tries, lab::show)
        .put("/api/console/policy", changes, lab::switch)
        .post("/api/console/policy/check", tries, lab::check)
        .get("/api/console/policy/version", tries, lab::version)
        .post("/api/console/policy/roll-back", changes, lab::roll_back)
        .get("/api/console/policy/verdicts", tries, lab::verdicts)
        .post("/api/console/trials", tries, lab::begin)
        .get("/api/console/trials/{id}", tries, lab::trial)
        .delete("/api/console/trials/{id}", tries, lab::end)
}

/// What is set up in the first hour, and changed later.
fn set_up_doors() -> Doors {
    let (admin, lead) = (May::Agent(Administer), May::Agent(EditKnowledge));
    Doors::new()
        .get("/api/console/first-steps", admin, first_steps::show)
        .put("/api/console/first-steps", admin, first_steps::dismiss)
        .post("/api/console/first-steps/live", admin, first_steps::go_live)
        .get("/api/console/company", admin, company::show)
        .put("/api/console/company", admin, company::change)
        .get("/api/console/retention", admin, retention::show)
        .put("/api/console/retention", admin, retention::change)
        .get("/api/console/hours", admin, hours::show)
        .post("/api/console/hours/preview", admin, hours::preview)
        .put("/api/console/inboxes/{id}/hours", admin, hours::change)
        .get("/api/console/mail", admin, mail::show)
        .put("/api/console/mail", admin, mail::change)
        .delete("/api/console/mail", admin, mail::forget)
        .post("/api/console/mail/test", admin, mail::test)
        .get("/api/console/inboxes/{id}/mailbox", admin, mailbox::show)
        .put("/api/console/inboxes/{id}/mailbox", admin, mailbox::change)
        .delete("/api/console/inboxes/{id}/mailbox", admin, mailbox::forget)
        .post(
            "/api/console/inboxes/{id}/mailbox/test",
            admin,
            mailbox::test,
        )
        .post(
            "/api/console/inboxes/{id}/mailbox/hook",
            admin,
            mailbox::make_hook,
        )
        .get("/api/console/look-ups", admin, look_up::list)
        .put("/api/console/inboxes/{id}/look-up", admin, look_up::change)
        .delete("/api/console/inboxes/{id}/look-up", admin, look_up::forget)
        .post(
            "/api/console/inboxes/{id}/look-up/test",
            admin,
            look_up::test,
        )
        .put("/api/console/inboxes/{id}/tone", admin, look_up::set_tone)
        .post("/api/console/try", lead, trial::try_question)
        .get("/api/console/gaps", lead, gaps::list)
        .post("/api/console/gaps/drafts", lead, gaps::draft)
        .put("/api/console/gaps/drafts", lead, gaps::change)
        .post("/api/console/gaps/drafts/approve", lead, gaps::approve)
        .post("/api/console/gaps/drafts/drop", lead, gaps::drop_it)
        .post(
            "/api/console/articles/addresses",
            lead,
            knowledge::import_addresses,
        )
        .post(
            "/api/console/articles/{id}/restore",
            lead,
            knowledge::restore,
        )
}

/// What helps to answer: what was said before, what is ready, what the articles say.
fn help_doors() -> Doors {
    let serves = May::Agent(ServeConversations);
    Doors::new()
        .get(
            "/api/console/search",
            May::Agent(ReadAllConversations),
            search::search_as_agent,
        )
        .get(
            "/api/console/conversations/{id}/articles",
            May::Agent(ReadAllConversations),
            helpful::list,
        )
        .get("/api/console/canned-replies", serves, canned::list)
        .post("/api/console/canned-replies", serves, canned::add)
        .put("/api/console/canned-replies/{id}", serves, canned::change)
        .delete("/api/console/canned-replies/{id}", serves, canned::remove)
}

/// An agent's own account.
fn account_doors() -> Doors {
    let oneself = May::Agent(UseOwnAccount);
    Doors::new()
        .get("/api/console/sessions", oneself, account::list)
        .delete("/api/console/sessions", oneself, account::end_all)
        .delete("/api/console/sessions/{id}", oneself, account::end_one)
        .put("/api/console/password", oneself, account::change_password)
}

/// Who may come in, and with what.
fn access_doors() -> Doors {
    let admin = May::Agent(Administer);
    Doors::new()
        .get("/api/console/agents", admin, agents::list)
        .patch("/api/console/agents/{id}", admin, agents::change)
        .post(
            "/api/console/agents/{id}/reset-link",
            admin,
            agents::add_reset_link,
        )
        .post("/api/console/join-links", admin, agents::add_join_link)
        .delete(
            "/api/console/join-links/{id}",
            admin,
            agents::drop_join_link,
        )
        .get("/api/console/teams", admin, teams::list)
        .post("/api/console/teams", admin, teams::add)
        .put("/api/console/teams/{id}", admin, teams::change)
        .delete("/api/console/teams/{id}", admin, teams::remove)
        .put("/api/console/routing", admin, teams::set_routing)
        .get("/api/console/tokens", admin, keys::list_tokens)
        .post("/api/console/tokens", admin, keys::add_token)
        .delete("/api/console/tokens/{id}", admin, keys::revoke_token)
        .get(
            "/api/console/identity-keys",
            admin,
            keys::list_identity_keys,
        )
        .post("/api/console/identity-keys", admin, keys::add_identity_key)
        .patch(
            "/api/console/identity-keys/{id}",
            admin,
            keys::end_identity_key,
        )
        .delete(
            "/api/console/identity-keys/{id}",
            admin,
            keys::drop_identity_key,
        )
}

/// Articles may be larger than other bodies.
pub fn article_doors() -> Doors {
    Doors::new()
        .get(
            "/api/console/articles",
            May::Agent(UseOwnAccount),
            knowledge::articles,
        )
        .post(
            "/api/console/articles",
            May::Agent(EditKnowledge),
            knowledge::import,
        )
        .post(
            "/api/console/articles/written",
            May::Agent(EditKnowledge),
            knowledge::write,
        )
        .get(
            "/api/console/articles/{id}",
            May::Agent(UseOwnAccount),
            knowledge::article,
        )
        .put(
            "/api/console/articles/{id}",
            May::Agent(EditKnowledge),
            knowledge::edit,
        )
        .delete(
            "/api/console/articles/{id}",
            May::Agent(EditKnowledge),
            knowledge::delete,
        )
        .behind(|router| router.layer(DefaultBodyLimit::max(ARTICLES_LIMIT)))
}
