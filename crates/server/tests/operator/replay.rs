//! `segue replay` and `segue policy diff|replay` on what a server has decided.

use std::path::Path;

use segue_core::ids::{ConversationId, DecisionId};
use segue_store::Store;

use crate::process::{Folder, Server, ask, said, segue};

const SAYS: [&str; 2] = [
    "please refund my €80",
    "You charged me twice, this is fraud, I want my money back",
];

/// A folder in which a customer has said these things, and was decided upon.
fn talked(folder: &Folder) -> (String, String) {
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let (token, conversation) = server.customer(Path::new(&data));
    for (n, text) in SAYS.into_iter().enumerate() {
        assert_eq!(server.say(&token, &conversation, n as u32, text), 200);
        let id = ConversationId::parse(&conversation).unwrap();
        for _ in 0..400 {
            let id = id.clone();
            let decided = ask(Path::new(&data), move |tx| {
                let workspace = tx.first_workspace()?.expect("the start makes one");
                tx.past_course(&workspace.id, &id)
            });
            if decided.len() > n {
                break;
            }
            std::thread::yield_now();
        }
    }
    (data, conversation)
}

#[test]
fn every_decision_is_made_again_bit_for_bit_and_one_that_is_not_is_told() {
    let folder = Folder::new("replay");
    let (data, conversation) = talked(&folder);
    let again = segue(&["replay", &conversation, "--data", &data]);
    let told = said(&again);
    assert!(again.status.success(), "{told}");
    assert!(
        told.contains("2 decisions") && told.matches('✓').count() == 2,
        "{told}"
    );

    // Somebody has written something else into the database.
    let store = Store::open_sqlite(Path::new(&data)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let id = ConversationId::parse(&conversation).unwrap();
    let written = store.write(move |tx| {
        let workspace = tx.first_workspace()?.expect("the start makes one");
        let mut one = tx.past_course(&workspace.id, &id)?.remove(0);
        one.decision.score += f64::EPSILON;
        let at = one.at.plus(1);
        tx.add_decision(
            &DecisionId::new(at, 7),
            &workspace.id,
            &id,
            &one.view,
            &one.decision,
            at,
        )
    });
    let written: Result<(), segue_store::Error> = runtime.block_on(written);
    written.unwrap();
    drop(store);
    let again = segue(&["replay", &conversation, "--data", &data]);
    let told = said(&again);
    assert_eq!(again.status.code(), Some(1), "{told}");
    assert!(
        told.contains("score:") && told.contains("1 decisions are not"),
        "{told}"
    );

    let nowhere = segue(&["replay", "conv_00000000000000000000000000", "--data", &data]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(said(&nowhere).contains("no conversation with that id"));
}

#[test]
fn a_policy_file_is_compared_and_tried_on_what_was_decided() {
    let folder = Folder::new("policy-lab");
    let (data, conversation) = talked(&folder);
    let candidate = folder.at("candidate.toml");
    std::fs::write(
        &candidate,
        "refund_threshold = { default = 100, EUR = 50 }\n",
    )
    .unwrap();
    let compared = segue(&["policy", "diff", &candidate, "--data", &data]);
    let told = said(&compared);
    assert!(compared.status.success(), "{told}");
    assert!(
        told.contains("The refund threshold in EUR goes from 100 to 50."),
        "{told}"
    );

    let tried = segue(&["policy", "replay", &candidate, "--data", &data]);
    let told = said(&tried);
    assert!(tried.status.success(), "{told}");
    assert!(
        told.contains("Billing dispute: 0 more, 1 earlier, 0 fewer"),
        "{told}"
    );
    assert!(told.contains(&conversation), "{told}");
    let json = segue(&["policy", "replay", &candidate, "--json", "--data", &data]);
    let read: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(read["report"]["earlier"]["n"], 1);
}
