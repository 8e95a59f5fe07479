//! Whose mail is believed to be whose.

use segue_core::time::MINUTE_MS;
use serde_json::{Value, json};

use super::office::{IDA, Office, QUESTION, Sent, by_customer, mail};
use crate::shop::NOW;

/// Attack case 30: no sender, no subject, no reference and no made-up address leads into
/// somebody's conversation.
#[tokio::test]
async fn a_forged_mail_begins_a_conversation_of_its_own() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Secret\n",
            QUESTION,
        ))
        .await;
    let answer = office.sent();
    let (id, address) = (
        first["conversation_id"].as_str().unwrap(),
        answer.reply_to(),
    );
    let thread = format!(
        "In-Reply-To: {}\nReferences: {}\nSubject: Re: Secret\n",
        answer.header("Message-ID"),
        answer.header("References")
    );
    let changed = address.replacen(|c: char| c.is_ascii_digit(), "z", 40);
    let other = format!("{}x@shop.example", address.split('@').next().unwrap());
    for (n, to) in ["help@shop.example", &changed, &other, "help+@shop.example"]
        .into_iter()
        .enumerate()
    {
        let text = format!("Please send my password, number {n}");
        let forged = office.take(&mail(IDA, to, &thread, &text)).await;
        assert_ne!(forged["conversation_id"], id, "{to}");
        let detail = office.detail(&forged).await;
        assert_eq!(by_customer(&detail).len(), 1, "it is alone");
        assert_eq!(detail["item"]["contact"]["email_proof"], "claimed");
        // The answer goes to the address that was named, is another thread than the first one,
        // and says nothing of what was said there.
        while let Some(source) = office.outbox.take() {
            let sent = Sent { source };
            assert!(sent.header("To").contains("ida@customer.example"));
            assert_ne!(sent.reply_to(), address);
            assert!(
                !sent.source.contains(&answer.header("Message-ID")),
                "{}",
                sent.source
            );
            for said in [QUESTION, "3 to 5 working days"] {
                assert!(!sent.text().contains(said), "{}", sent.text());
            }
        }
    }
    // What is no recipient leads nowhere, though the address stands in it: a forwarded thread is
    // a new matter.
    let forwarded = format!("Please look.\n\n> Reply to {address}");
    for (n, more) in [
        format!("Reply-To: {address}\nSubject: Fwd: Secret\n"),
        format!("X-Note: {address}\nSubject: {address}\n"),
    ]
    .iter()
    .enumerate()
    {
        let text = format!("{n} {forwarded}");
        let taken = office
            .take(&mail(IDA, "help@shop.example", more, &text))
            .await;
        assert_ne!(taken["conversation_id"], id, "{more}");
        while office.outbox.take().is_some() {}
    }
    assert_eq!(
        by_customer(&office.detail(&first).await).len(),
        1,
        "nobody got in"
    );

    // Who holds the address and writes from elsewhere is heard under their own name, by a
    // person, and nothing goes to them.
    let eve = office
        .take(&mail(
            "Eve <eve@else.example>",
            &address,
            "Subject: Re: Secret\n",
            QUESTION,
        ))
        .await;
    assert_eq!(eve["conversation_id"], id);
    let detail = office.detail(&first).await;
    let last = by_customer(&detail).pop().unwrap();
    assert_eq!(last["body"]["mail"]["by_other"], true, "{last}");
    assert_eq!(last["body"]["mail"]["from"], "eve@else.example");
    assert_eq!(detail["item"]["state"], "by_email");
    assert_eq!(detail["item"]["contact"]["email"], "ida@customer.example");
    assert_eq!(
        detail["item"]["contact"]["email_proof"], "claimed",
        "Eve proved nothing for Ida"
    );
    while let Some(sent) = office.outbox.take() {
        assert!(!sent.contains("eve@else.example"), "{sent}");
    }
    // Nor does she speak as Ida in a conversation of her own: whoever reads it is told.
    let hers = office
        .take(&mail(
            "Eve <eve@else.example>",
            "help@shop.example",
            "Subject: Mine\n",
            QUESTION,
        ))
        .await;
    let her_address = office.sent().reply_to();
    let as_ida = office
        .take(&mail(IDA, &her_address, "", "Send it to me, please."))
        .await;
    assert_eq!(as_ida["conversation_id"], hers["conversation_id"]);
    let detail = office.detail(&hers).await;
    let last = by_customer(&detail).pop().unwrap();
    assert_eq!(last["body"]["mail"]["by_other"], true, "{last}");
    assert_eq!(detail["item"]["state"], "by_email", "a person looks at it");
    while let Some(sent) = office.outbox.take() {
        assert!(!sent.contains("ida@customer.example"), "{sent}");
    }
}

/// Attack case 25, by mail: who typed an address into a chat sees nothing of the mails that
/// come from there.
#[tokio::test]
async fn whoever_typed_an_address_does_not_get_its_mails() {
    let office = Office::open().await;
    let (eve, id) = office.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}");
    office
        .shop
        .post(&format!("{path}/handoff"), &eve, json!({}))
        .await;
    let body = json!({ "email": "ida@customer.example" });
    let (status, _) = office.shop.post(&format!("{path}/email"), &eve, body).await;
    assert_eq!(status, 200);
    let taken = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Private\n",
            QUESTION,
        ))
        .await;
    let contact = |detail: Value| detail["item"]["contact"]["id"].clone();
    let theirs = contact(office.detail(&taken).await);
    let hers = contact(office.shop.detail(&office.maya, &id).await);
    assert_ne!(theirs, hers);
    let (_, list) = office.shop.get("/api/widget/conversations", &eve).await;
    assert!(
        !list
            .to_string()
            .contains(taken["conversation_id"].as_str().unwrap()),
        "{list}"
    );
    // A second mail from there is the same customer's.
    let second = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Again\n",
            "Something else is broken",
        ))
        .await;
    assert_eq!(contact(office.detail(&second).await), theirs);
}

#[tokio::test]
async fn a_mail_is_handed_in_by_who_signs_it_and_in_time() {
    let office = Office::open().await;
    let raw = mail(IDA, "help@shop.example", "Subject: Hello\n", QUESTION);
    for (secret, skew_s) in [
        ("sgh_wrong", 0),
        (office.secret.as_str(), 301),
        (office.secret.as_str(), -301),
        (office.secret.as_str(), i64::MAX / 2_000),
    ] {
        let (status, refused) = office.hand_in(raw.as_bytes(), secret, skew_s).await;
        assert_eq!(
            (status, &refused["code"]),
            (400, &json!("bad_signature")),
            "{secret} {skew_s}"
        );
    }
    let (status, _) = office
        .hand_in(&vec![b'a'; 26 * 1024 * 1024], &office.secret, 0)
        .await;
    assert_eq!(status, 413);
    let (status, taken) = office.hand_in(b"no mail at all", &office.secret, 0).await;
    assert_eq!(
        (status, &taken["outcome"]),
        (200, &json!("set_aside")),
        "{taken}"
    );
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    let (_, page) = office.shop.get(&path, &office.maya).await;
    assert!(
        page["left_out"][0]["why"]
            .as_str()
            .unwrap()
            .starts_with("no_"),
        "{page}"
    );
    assert!(!page.to_string().contains("sgh_"), "no secret comes out");
    // An earlier secret counts no more.
    office
        .shop
        .post(&format!("{path}/hook"), &office.maya, json!({}))
        .await;
    assert_eq!(
        office.hand_in(raw.as_bytes(), &office.secret, 0).await.0,
        400
    );
}

#[tokio::test]
async fn addresses_of_conversations_change_their_key_and_old_ones_still_lead_home() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let old = office.sent().reply_to();
    office.shop.desk.clock.advance(100 * 24 * 60 * MINUTE_MS);
    let again = office
        .take(&mail(
            IDA,
            &old,
            "Subject: Re: Delivery\n",
            "And how do I return unused goods?",
        ))
        .await;
    assert_eq!(again["conversation_id"], first["conversation_id"]);
    let new = office.sent().reply_to();
    assert_ne!(new, old);
    office.shop.desk.clock.advance(400 * 24 * 60 * MINUTE_MS);
    let late = office
        .take(&mail(
            IDA,
            &old,
            "Subject: Re: Delivery\n",
            "Is anybody still there?",
        ))
        .await;
    assert_ne!(
        late["conversation_id"], first["conversation_id"],
        "the key is forgotten"
    );
    assert!(office.shop.desk.clock.now() > NOW);
}
