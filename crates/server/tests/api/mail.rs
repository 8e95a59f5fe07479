//! Mail as a way in and out (P31, P32): whole exchanges between a customer's mailbox, the
//! assistant and an agent, with mails that lie about where they come from, and mails that no
//! person wrote. Here mails are handed in as a mail service does; `mailbox` fetches them.

mod left;
mod loops;
mod office;
mod trust;

use serde_json::{Value, json};

use office::{IDA, QUESTION, by_customer, texts};
pub use office::{Office, Sent, mail};

#[tokio::test]
async fn a_mail_is_answered_handed_over_and_answered_again_in_one_conversation() {
    let office = Office::open().await;
    let taken = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let id = taken["conversation_id"].as_str().unwrap().to_string();

    // The assistant answers by mail, says what it is, and how to reach a person (P19, P44).
    let answer = office.sent();
    assert_eq!(answer.header("Subject"), "Re: Delivery");
    assert_eq!(
        answer.header("In-Reply-To"),
        "<Howlongdoesstandarddeliverytak@customer.example>"
    );
    assert_eq!(answer.header("Auto-Submitted"), "auto-generated");
    let text = answer.text();
    for words in [
        "3 to 5 working days",
        "not by a person",
        "I want to talk to a person",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let address = answer.reply_to();
    assert!(
        address.starts_with("help+") && address.ends_with("@shop.example"),
        "{address}"
    );

    // A reply in any wording brings a person; the quote that comes back does not count.
    let quoted = "\n\nOn Fri, Jan 15, 2027 at 9:00 AM Shop <help@shop.example> wrote:\n> Standard delivery takes 3 to 5 working days.\n";
    let thanks = format!("And how do I return unused goods?{quoted}");
    let again = office
        .take(&mail(IDA, &address, "Subject: Re: Delivery\n", &thanks))
        .await;
    assert_eq!(again["conversation_id"], id.as_str());
    assert!(office.sent().text().contains("60 days"));
    let wish = format!("I would rather speak with a human being{quoted}");
    office
        .take(&mail(IDA, &address, "Subject: Re: Delivery\n", &wish))
        .await;
    let told = office.sent();
    for words in ["ida@customer.example", "need to repeat anything", "4 hours"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let detail = office.detail(&taken).await;
    assert_eq!(detail["item"]["state"], "by_email", "{}", detail["item"]);
    assert_eq!(detail["item"]["channel"], "mail");
    assert_eq!(detail["item"]["contact"]["email_proof"], "proved");
    let last = by_customer(&detail).pop().unwrap();
    assert_eq!(
        last["body"]["text"],
        "I would rather speak with a human being"
    );
    assert!(
        last["body"]["mail"]["rest"]
            .as_str()
            .unwrap()
            .contains("3 to 5 working days")
    );

    // What an agent writes goes out; a note does not (attack case 20).
    office.accept(&id).await;
    office.say(&id, "note", 1, "canary: he is angry").await;
    office.nothing_sent();
    office
        .say(&id, "reply", 2, "Hello Ida, I am looking into it.")
        .await;
    let reply = office.sent();
    assert!(
        reply.text().contains("Hello Ida") && !reply.text().contains("canary"),
        "{}",
        reply.text()
    );
    assert!(
        reply.header("Auto-Submitted").is_empty(),
        "a person wrote it"
    );
    assert_eq!(reply.reply_to(), address);
    office
        .take(&mail(
            IDA,
            &reply.reply_to(),
            "Subject: Re: Delivery\n",
            "Thank you, it is order 12.",
        ))
        .await;
    office.nothing_sent();
    let detail = office.detail(&taken).await;
    assert!(texts(&detail).contains(&"Thank you, it is order 12.".into()));
    assert_eq!(detail["item"]["state"], "with_agent");

    // The same mail again, by whichever way, is the same mail.
    let before = detail["item"]["seq"].clone();
    let same = mail(IDA, "help@shop.example", "Subject: Delivery\n", QUESTION);
    for again in [same.clone(), format!("Received: from elsewhere\r\n{same}")] {
        let taken = office.take(&again).await;
        assert_eq!(
            (&taken["outcome"], &taken["conversation_id"]),
            (&json!("kept"), &json!(id))
        );
    }
    office.nothing_sent();
    assert_eq!(office.detail(&taken).await["item"]["seq"], before);
}

/// Attack case 63: programs are never answered, and two that do not say what they are stop
/// after one answer.
#[tokio::test]
async fn mail_loops_are_broken() {
    let office = Office::open().await;
    for (n, (from, more)) in [
        ("ida@customer.example", "Auto-Submitted: auto-replied\n"),
        ("ida@customer.example", "Precedence: bulk\n"),
        ("ida@customer.example", "List-Id: <news.customer.example>\n"),
        ("ida@customer.example", "X-Autoreply: yes\n"),
        ("ida@customer.example", "Return-Path: <>\n"),
        ("ida@customer.example", "Subject: Out of Office\n"),
        ("MAILER-DAEMON@customer.example", "Subject: Undelivered\n"),
        ("no-reply@customer.example", "Subject: News\n"),
        ("help@shop.example", "Subject: Ourselves\n"),
        ("help+abc@shop.example", "Subject: Ourselves\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let taken = office
            .take(&mail(
                from,
                "help@shop.example",
                more,
                &format!("I am a program, {n}"),
            ))
            .await;
        assert_eq!(taken["outcome"], "ignored", "{from} {more}: {taken}");
        office.nothing_sent();
    }
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    let (_, page) = office.shop.get(&path, &office.maya).await;
    assert_eq!(page["left_out"].as_array().unwrap().len(), 10, "{page}");

    // Into a conversation they bring a note for the agents, and nothing else.
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let address = office.sent().reply_to();
    let away = mail(
        IDA,
        &address,
        "Auto-Submitted: auto-replied\n",
        "I am away until Monday.",
    );
    assert_eq!(office.take(&away).await["outcome"], "noted");
    office.nothing_sent();
    let detail = office.detail(&first).await;
    let note = detail["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&note["private"], &note["role"]),
        (&json!(true), &json!("system")),
        "{note}"
    );
    assert!(
        note["body"]["text"]
            .as_str()
            .unwrap()
            .contains("away until Monday")
    );

    // A program that says the same to each answer, as a person would, hears one.
    let robot = |n: u32| {
        mail(
            IDA,
            &address,
            &format!("X-Count: {n}\nDate: Fri, 15 Jan 2027 09:0{n}:00 +0000\n"),
            "How do I return unused goods?",
        )
    };
    let answered = |taken: &Value| taken["outcome"] == "kept";
    let taken = [
        office.take(&robot(1)).await,
        office.take(&robot(2)).await,
        office.take(&robot(3)).await,
    ];
    assert_eq!(
        taken.iter().filter(|it| answered(it)).count(),
        1,
        "{taken:?}"
    );
    let mut mails = 0;
    while office.outbox.take().is_some() {
        mails += 1;
    }
    assert_eq!(mails, 1, "one is answered, its repetitions are not");
    // One whose words differ each time is handed to a person, which says so once.
    for n in 0..12 {
        office
            .take(&mail(
                IDA,
                &address,
                "Subject: Ticket\n",
                &format!("Your ticket {n}{n}{n} was opened by our system"),
            ))
            .await;
    }
    let mut mails = 0;
    while office.outbox.take().is_some() {
        mails += 1;
    }
    assert!((1..=9).contains(&mails), "{mails} mails went out");
    office
        .take(&mail(
            IDA,
            &address,
            "Subject: Ticket\n",
            "Your ticket 99 was opened by our system",
        ))
        .await;
    office.nothing_sent();
    assert_eq!(office.detail(&first).await["item"]["state"], "by_email");
    // And nobody opens conversations without end.
    let mut opened = 0;
    for n in 0..14 {
        let taken = office
            .take(&mail(
                "robot@other.example",
                "help@shop.example",
                "Subject: Ticket\n",
                &format!("Ticket {n}{n} of another system was opened"),
            ))
            .await;
        opened += u32::from(taken["outcome"] == "kept");
    }
    assert_eq!(opened, 10);
}

#[tokio::test]
async fn a_mail_that_comes_back_marks_the_address_and_tells_the_agent() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let answer = office.sent();
    let report = |original: &str, action: &str| {
        mail(
            "Mail Delivery System <MAILER-DAEMON@mx.example>",
            "help@shop.example",
            "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n",
            &format!(
                "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ida@customer.example\nAction: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n\n--x\nContent-Type: text/rfc822-headers\n\nReply-To: {original}\n\n--x--\n"
            ),
        )
    };
    // One that names no address of ours is nobody's, and a delay is no end.
    assert_eq!(
        office
            .take(&report("help+made-up@shop.example", "failed"))
            .await["outcome"],
        "ignored"
    );
    assert_eq!(
        office.take(&report(&answer.reply_to(), "delayed")).await["outcome"],
        "ignored"
    );
    let detail = office.detail(&first).await;
    assert_eq!(detail["item"]["contact"]["email_failed_at"], Value::Null);
    let taken = office.take(&report(&answer.reply_to(), "failed")).await;
    assert_eq!(
        (&taken["outcome"], &taken["conversation_id"]),
        (&json!("bounced"), &first["conversation_id"])
    );
    office.nothing_sent();
    let detail = office.detail(&first).await;
    let contact = &detail["item"]["contact"];
    assert!(
        contact["email_failure"]
            .as_str()
            .unwrap()
            .contains("no such user"),
        "{contact}"
    );
    let note = detail["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(note["private"], true, "{note}");
    assert!(
        note["body"]["text"]
            .as_str()
            .unwrap()
            .contains("Ask for another address"),
        "{note}"
    );
}

#[tokio::test]
async fn who_left_the_page_answers_the_agents_mail_and_sees_one_history() {
    let office = Office::open().await;
    let (visitor, id) = office.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}");
    office.shop.say(&visitor, &id, 1, "My tent is torn").await;
    office
        .shop
        .post(&format!("{path}/handoff"), &visitor, json!({}))
        .await;
    office
        .shop
        .post(
            &format!("{path}/email"),
            &visitor,
            json!({ "email": "Ada@Customer.example" }),
        )
        .await;
    office.accept(&id).await;
    office.say(&id, "reply", 1, "Which size is it?").await;
    let asked = office.sent();
    assert!(
        asked.text().contains("Just reply to this mail"),
        "{}",
        asked.text()
    );
    let reply = mail(
        "Ada <ada@customer.example>",
        &asked.reply_to(),
        "Subject: Re: x\n",
        "Size two.\n\nOn 15 Jan 2027, Shop wrote:\n> Which size is it?",
    );
    let taken = office.take(&reply).await;
    assert_eq!(taken["conversation_id"], id.as_str());
    let texts = office.shop.texts(&visitor, &id).await;
    assert_eq!(
        &texts[texts.len() - 2..],
        ["Which size is it?", "Size two."]
    );
    let detail = office.detail(&taken).await;
    assert_eq!(detail["item"]["contact"]["email_proof"], "proved");
    office
        .say(&id, "reply", 2, "I am sending you a new one.")
        .await;
    assert!(office.sent().text().contains("a new one"));
}

/// Attack cases 31, 34, 35 and 46: what a mail carries is text and files like any other.
#[tokio::test]
async fn what_a_mail_carries_is_text_and_files() {
    let office = Office::open().await;
    let card = "4111 1111 1111 1111";
    let parts = format!(
        "--x\nContent-Type: text/html\n\n<p onclick=\"alert(1)\">My card is {card}</p><script>alert(2)</script><img src=\"https://track.example/a.gif\"><blockquote>old {card}</blockquote>\n\
         --x\nContent-Type: image/png\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n\
         --x\nContent-Type: application/octet-stream; name=\"../virus.exe\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAA=\n--x--\n"
    );
    let subject = format!("Subject: <img src=x onerror=alert(3)> {card}\n");
    let headers = format!("{subject}Content-Type: multipart/mixed; boundary=x\n");
    let taken = office
        .take(&mail(IDA, "help@shop.example", &headers, &parts))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let detail = office.detail(&taken).await;
    let said = by_customer(&detail).pop().unwrap();
    let text = said["body"]["text"].as_str().unwrap();
    assert!(
        text.contains("My card is") && !text.contains("script") && !text.contains("track.example"),
        "{text}"
    );
    assert!(
        !said.to_string().contains(card),
        "a card number is kept nowhere: {said}"
    );
    assert_eq!(said["body"]["files"].as_array().unwrap().len(), 1, "{said}");
    assert_eq!(said["body"]["files"][0]["kind"], "png");
    assert_eq!(
        said["body"]["mail"]["files_left_out"],
        json!(["../virus.exe"])
    );
    while let Some(sent) = office.outbox.take() {
        // In a header it is a text; nobody draws one.
        let (_, words) = sent
            .split_once(
                "

",
            )
            .unwrap();
        assert!(!words.contains("<img") && !sent.contains(card), "{sent}");
    }
}
