//! The checks in lexical mode, where they always run; `evals/dev/checks` has many more cases.

use super::*;

fn said(text: &str) -> Said<'_> {
    Said {
        by: Speaker::Customer,
        text,
    }
}

#[test]
fn a_draft_is_cold_when_it_opens_as_if_nothing_had_been_said() {
    let told = [said("The lamp from order 9034 arrived broken")];
    let check = |draft: &str, cold: bool| {
        let found = is_cold_greeting(&Reader::lexical(), draft, &told);
        assert_eq!(found, cold, "{draft}");
    };
    check("Hi, how can I help you today?", true);
    check("Hello! What seems to be the problem?", true);
    check("Guten Tag, wie kann ich Ihnen helfen?", true);
    check("您好，请问有什么可以帮您？", true);
    check("مرحباً، كيف يمكنني مساعدتك؟", true);
    check(
        "Hi Ana, sorry about the broken lamp. How can I help?",
        false,
    );
    check(
        "Hello, I have read your chat. A new one is on its way.",
        false,
    );
    check("Can I help you with anything else?", false);
    check("", false);
    for bare in ["hello", "anybody there?", "let me talk to a person"] {
        let cold = is_cold_greeting(&Reader::lexical(), "Hi, how can I help?", &[said(bare)]);
        assert!(!cold, "{bare}");
    }
    let on_record = Said {
        by: Speaker::Record,
        text: "my name is Ana Castillo",
    };
    let known = [said("hello"), on_record];
    let cold = is_cold_greeting(&Reader::lexical(), "Hi, how can I help?", &known);
    assert!(!cold, "a name on record tells no trouble");
}

#[test]
fn a_draft_repeats_what_it_asks_for_and_not_what_it_mentions() {
    let tried = ["Restart the router", "Clear the browser cache"];
    let check = |draft: &str, index: Option<usize>| {
        let found = repeated_solution(&Reader::lexical(), draft, &tried);
        assert_eq!(found, index, "{draft}");
    };
    check("Please restart your router.", Some(0));
    check("Turn the router off and on again, please.", Some(0));
    check("Could you clear the cache of your browser?", Some(1));
    check("Have you tried restarting the router?", Some(0));
    check(
        "You already restarted the router, so I will send a technician.",
        None,
    );
    check(
        "Since clearing the browser cache did not help, use another browser.",
        None,
    );
    check("I'll restart the router from our side.", None);
    check("", None);
}

#[test]
fn a_customer_repeats_by_saying_so_or_by_telling_the_same_facts() {
    let before = ["My order 48213 has not arrived", "It was due on Monday"];
    let check = |text: &str, repeats: bool| {
        let score = repetition(&Reader::lexical(), text, &before).score;
        assert_eq!(score >= REPEATS, repeats, "{text}: {score}");
        assert!((0.0..=1.0).contains(&score));
    };
    check("As I already told the bot, it is lost", true);
    check("Wie gesagt, es ist nicht da", true);
    check("order 48213 has not arrived, it was due Monday", true);
    check("Thanks a lot!", false);
    check("The other one, 99120, is here", false);
    check("Can you change my address too?", false);
    check("This is the third time it broke", false);
    check("", false);
}

#[test]
fn a_draft_asks_again_for_what_was_told_and_not_for_more() {
    let told = [
        said("My order 48213 has not arrived, I paid 39 euros with Visa"),
        said("my e-mail is ana@example.com"),
    ];
    let check = |draft: &str, of: Option<usize>| {
        let found = asked_again(&Reader::lexical(), draft, &told);
        assert_eq!(found.and_then(|asked| asked.of), of, "{draft}");
    };
    check("Could you give me your order number?", Some(0));
    check("What is your e-mail address?", Some(1));
    check("How did you pay?", Some(0));
    check("Is it order 48213?", None);
    check(
        "You wrote “My order 48213 has not arrived, I paid 39 euros with Visa”.",
        None,
    );
    check("What colour would you like?", None);
    check("I am sending you a new one today.", None);
    check("", None);
}
