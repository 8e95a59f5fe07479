//! Every door as everybody, with everybody's ids, from the rows that the router itself is
//! made of. A new row is walked without anybody's doing: its body comes from the
//! description of the API, its ids from the thing that its path names. What a row of a
//! new kind needs and the walk does not have fails here and says so.

mod world;

use std::collections::BTreeMap;

use axum::http::Method;
use segue_core::access::{Permission, Role, Scope, may};
use segue_core::audit::By;
use segue_server::http::{May, Row, doors};

use crate::shop::As;
use world::{ROLES, Things, World, never_was, secret_of};

/// The rows that somebody's data stands behind.
fn api() -> Vec<Row> {
    let doors = doors();
    let is_api = |row: &&Row| row.path.starts_with("/api/");
    doors.rows().iter().filter(is_api).cloned().collect()
}

fn is_socket(row: &Row) -> bool {
    row.path.ends_with("/socket")
}

fn has_ids(row: &Row) -> bool {
    row.path.contains('{')
}

/// The description and the router name the same doors, so that no walk misses one.
#[test]
fn every_door_of_the_api_is_described_and_every_description_has_its_door() {
    let description = serde_json::to_value(segue_server::http::openapi()).unwrap();
    let mut described: Vec<String> = vec![];
    for (path, methods) in description["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        described.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let rows = api().into_iter().filter(|row| !is_socket(row));
    let mut rows: Vec<String> = rows
        .map(|row| format!("{} {}", row.method, row.path))
        .collect();
    described.sort();
    rows.sort();
    assert_eq!(rows, described);
}

/// Attack case 14, the first half: whoever may not come in is turned away, at every door.
/// Attack case 22: no cache keeps what a door with a key answers.
#[tokio::test]
async fn whoever_may_not_come_in_is_turned_away_at_every_door() {
    let world = World::open().await;
    let ours = &world.ours;
    let mut agents = BTreeMap::new();
    for (role, _) in ROLES {
        agents.insert(role.name(), world.agent(ours, role).await);
    }
    let mut faults = vec![];
    let mut refused = 0;
    for row in api() {
        let mut callers: Vec<(String, As, u16)> = vec![];
        if matches!(row.who, May::Anybody(_)) {
            continue;
        }
        callers.push(("nobody".into(), As::Nobody, 401));
        callers.push((
            "who made up a key".into(),
            As::Visitor("sgv_0000".into()),
            401,
        ));
        if row.who != May::Visitor {
            callers.push(("a visitor".into(), ours.visitor.clone(), 401));
        }
        for (role, _) in ROLES {
            let status = match row.who {
                May::Agent(permission) if may(role, permission) => continue,
                May::Agent(_) => 403,
                _ => 401,
            };
            callers.push((role.name().into(), agents[role.name()].clone(), status));
        }
        match row.who {
            May::Program(scope) => {
                let others = Scope::ALL
                    .into_iter()
                    .filter(|other| *other != scope)
                    .collect();
                let made = world.shop.desk.add_token(
                    ours.workspace_id.clone(),
                    "all but one".into(),
                    others,
                    By::Operator,
                );
                let secret = made.await.unwrap().1;
                callers.push((
                    format!("a token without {}", scope.name()),
                    As::Program(secret),
                    403,
                ));
            }
            _ => callers.push(("a program".into(), ours.program.clone(), 401)),
        }
        if let (May::Agent(_), As::Agent { cookie, csrf }) = (row.who, &agents["admin"])
            && row.method != Method::GET
        {
            let without = As::Agent {
                cookie: cookie.clone(),
                csrf: String::new(),
            };
            callers.push(("an admin without the CSRF token".into(), without, 403));
            let ids = |noun: &str| ours.ids[noun].clone();
            let admin = As::Agent {
                cookie: cookie.clone(),
                csrf: csrf.clone(),
            };
            let foreign = [("origin", "https://evil.example")];
            let answer = world.send_with(&row, ours, &admin, ids, &foreign).await;
            if answer.status != 403 {
                faults.push(format!(
                    "{} from another site: {}",
                    answer.asked, answer.status
                ));
            }
        }
        for (name, who, expected) in callers {
            let answer = world.send(&row, ours, &who).await;
            refused += 1;
            if answer.status != expected {
                faults.push(format!(
                    "{} as {name}: {} instead of {expected}",
                    answer.asked, answer.status
                ));
            }
            if answer.is_kept {
                faults.push(format!("{} as {name}: a cache may keep it", answer.asked));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(refused > 300, "only {refused} were turned away");
}

/// Attack case 14, the second half, and 16 to 18 as far as they are doors: another
/// workspace's ids are as unknown as ids that never were, word for word, and nothing of
/// it shows anywhere.
#[tokio::test]
async fn another_workspace_s_ids_are_as_unknown_as_ids_that_never_were() {
    let world = World::open().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let before = world.everything_of(ours).await;
    let mut faults = vec![];
    let mut walked = 0;
    for row in api().into_iter().filter(|row| !is_socket(row)) {
        let callers: Vec<As> = match row.who {
            May::Anybody(_) => vec![As::Nobody],
            May::Visitor => vec![theirs.visitor.clone(), world.neighbour().await],
            May::Program(_) => vec![theirs.program.clone()],
            May::Agent(permission) => {
                let mut agents = vec![];
                for (role, _) in ROLES.into_iter().filter(|(role, _)| may(*role, permission)) {
                    agents.push(world.agent(theirs, role).await);
                }
                agents
            }
        };
        for who in &callers {
            walked += 1;
            // The other workspace's ids in the path and in the body; what says where one
            // is (the site key) stays one's own.
            let mixed = Things {
                site_key: theirs.site_key.clone(),
                ids: ours.ids.clone(),
                inbox_id: ours.inbox_id.clone(),
                contact_id: ours.contact_id.clone(),
                ..ours.again()
            };
            let answer = world.send(&row, &mixed, who).await;
            let said = answer.body.to_string();
            for word in [
                secret_of(ours.company),
                format!("maya@{}", ours.company.to_lowercase()),
            ] {
                if said.contains(&word) {
                    faults.push(format!("{} shows `{word}`", answer.asked));
                }
            }
            if answer.status >= 500 {
                faults.push(format!("{}: {}", answer.asked, answer.status));
            }
            let body_names_ours = world.body(&row, ours).is_some_and(|body| {
                let body = body.to_string();
                body.contains(&ours.inbox_id) || body.contains(&ours.contact_id)
            });
            if !has_ids(&row) && !body_names_ours {
                continue;
            }
            if answer.status != 404 {
                faults.push(format!("{}: {} {said}", answer.asked, answer.status));
            }
            if has_ids(&row) {
                let never = |noun: &str| never_was(&ours.ids[noun]);
                let unknown = world.send_with(&row, &mixed, who, never, &[]).await;
                if (unknown.status, &unknown.body) != (answer.status, &answer.body) {
                    faults.push(format!(
                        "{}: differs from an id that never was: {said} / {}",
                        answer.asked, unknown.body
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(walked > 80, "only {walked} were walked");
    assert_eq!(
        before,
        world.everything_of(ours).await,
        "nothing was changed from outside"
    );
}

/// Doors that find nothing of one's own either, in this world, and why.
const GONE: [(&str, &str); 7] = [
    (
        "DELETE /api/v1/webhooks/{id}",
        "the console's door has removed it",
    ),
    (
        "POST /api/console/webhooks/{id}/deliveries/again",
        "nothing was told",
    ),
    (
        "POST /api/v1/webhooks/{id}/deliveries/again",
        "nothing was told",
    ),
    (
        "POST /api/console/policy/roll-back",
        "no other policy held before",
    ),
    (
        "POST /api/console/articles/{id}/restore",
        "nothing was removed",
    ),
    (
        "DELETE /api/widget/conversations/{id}/files/{file_id}",
        "what was sent with a message stays",
    ),
    (
        "DELETE /api/console/conversations/{id}/files/{file_id}",
        "only who sent a file may take it back",
    ),
];

/// The walk would prove nothing if everybody were turned away always.
#[tokio::test]
async fn whoever_may_comes_in_at_every_door() {
    let world = World::open().await;
    let ours = &world.ours;
    let mut faults = vec![];
    // What removes something comes last.
    let mut rows = api();
    rows.retain(|row| !is_socket(row));
    rows.sort_by_key(|row| (row.method == Method::DELETE, !has_ids(row)));
    for row in rows {
        let who = match row.who {
            May::Anybody(_) => continue,
            May::Visitor => ours.visitor.clone(),
            May::Program(_) => ours.program.clone(),
            May::Agent(_) => world.agent(ours, Role::Admin).await,
        };
        let answer = world.send(&row, ours, &who).await;
        let is_gone = answer.status == 404
            && GONE
                .iter()
                .any(|(door, _)| *door == format!("{} {}", row.method, row.path));
        if !is_gone && matches!(answer.status, 401 | 403 | 404 | 405 | 500..) {
            faults.push(format!(
                "{}: {} {}",
                answer.asked, answer.status, answer.body
            ));
        }
        if answer.is_kept {
            faults.push(format!("{}: a cache may keep it", answer.asked));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Attack case 21: with a company its keys are gone, for every kind of caller and at once.
#[tokio::test]
async fn nobody_of_a_deleted_company_comes_in_at_any_door() {
    let world = World::open().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let admin = world.agent(ours, Role::Admin).await;
    let before = world.everything_of(theirs).await;
    let gone = world.shop.desk.delete_workspace(ours.workspace_id.clone());
    let gone = gone.await.unwrap();
    let rows = |table| gone.iter().find(|(name, _)| *name == table).unwrap().1;
    for table in [
        "workspaces",
        "agents",
        "sessions",
        "tokens",
        "events",
        "audit",
    ] {
        assert!(rows(table) > 0, "{table}: {gone:?}");
    }
    let mut faults = vec![];
    for row in api().into_iter().filter(|row| !is_socket(row)) {
        let (who, is_turned_away) = match row.who {
            // What names the company by its site key finds none; the rest is of nobody.
            May::Anybody(_) => (As::Nobody, 400..500),
            May::Visitor => (ours.visitor.clone(), 401..405),
            May::Program(_) => (ours.program.clone(), 401..402),
            May::Agent(_) => (admin.clone(), 401..402),
        };
        let answer = world.send(&row, ours, &who).await;
        let said = answer.body.to_string();
        let is_of_nobody = matches!(row.who, May::Anybody(_)) && answer.status < 400;
        if !is_turned_away.contains(&answer.status) && !is_of_nobody {
            faults.push(format!("{}: {} {said}", answer.asked, answer.status));
        }
        if said.contains(&secret_of(ours.company)) || said.contains("maya@shop") {
            faults.push(format!("{} shows what is gone: {said}", answer.asked));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(
        before,
        world.everything_of(theirs).await,
        "the other company is as it was"
    );
}

/// A table of roles would say little if a role could not do what the next could not.
#[test]
fn each_role_opens_more_than_the_one_before() {
    let opened = |role: Role| {
        let opens = |row: &&Row| matches!(row.who, May::Agent(permission) if may(role, permission));
        api().iter().filter(opens).count()
    };
    assert!(opened(Role::Agent) < opened(Role::Lead));
    assert!(opened(Role::Lead) < opened(Role::Admin));
    assert!(may(Role::Admin, Permission::Administer));
}
