//! Programs that write to each other and say nothing of it (attack case 63).

use super::office::{IDA, Office, QUESTION, Sent, mail};

/// Whatever goes out by itself says so, and is known by that when it comes back: two of these
/// that write to each other stop at once.
#[tokio::test]
async fn two_of_these_do_not_answer_each_other() {
    let office = Office::open().await;
    let wish = "I want to talk to a person, please.";
    let mut sent = Vec::new();
    let first = office
        .take(&mail(IDA, "help@shop.example", "", QUESTION))
        .await;
    sent.push(office.sent());
    let address = sent[0].reply_to();
    office.take(&mail(IDA, &address, "", wish)).await;
    sent.push(office.sent());
    let before = office.detail(&first).await["item"]["state"].clone();
    for ours in sent {
        // As the other one would send it: in its own name, to us, and into the conversation too.
        for to in ["help@shop.example", &address] {
            let theirs = ours
                .source
                .replace("shop.example", "other.example")
                .replace("ida@customer.example", to);
            let theirs = theirs.replace('\n', "\r\n");
            let taken = office.take(&theirs).await;
            assert!(
                ["ignored", "noted"].contains(&taken["outcome"].as_str().unwrap()),
                "{taken}"
            );
            office.nothing_sent();
        }
    }
    assert_eq!(office.detail(&first).await["item"]["state"], before);
}

/// One that opens a ticket under a new address for each of our mails is no new customer each
/// time: after the first answer a person has it.
#[tokio::test]
async fn a_program_with_many_addresses_is_answered_once() {
    let office = Office::open().await;
    let (mut to, mut mails) = ("help@shop.example".to_string(), 0);
    let mut first = None;
    for n in 0..10 {
        let from = format!("Desk <ticket+{n}@robot.example>");
        let text = format!("Ticket {n}{n} was opened for your request about delivery");
        let taken = office
            .take(&mail(&from, &to, "Subject: Ticket\n", &text))
            .await;
        first.get_or_insert(taken);
        while let Some(source) = office.outbox.take() {
            let sent = Sent { source };
            assert!(sent.header("To").contains("ticket+0@robot.example"));
            to = sent.reply_to();
            mails += 1;
        }
    }
    assert!(
        (1..=2).contains(&mails),
        "an answer and who has it now: {mails}"
    );
    let state = office.detail(&first.unwrap()).await["item"]["state"].clone();
    assert_eq!(state, "by_email");
}
