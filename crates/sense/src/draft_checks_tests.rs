//! The checks in lexical mode, where they always run; `evals/dev/checks` has many more cases.

use super::*;

#[test]
fn a_draft_is_cold_when_it_opens_as_if_nothing_had_been_said() {
    let told = ["The lamp from order 9034 arrived broken"];
    let check = |draft: &str, cold: bool| {
        assert_eq!(is_cold_greeting(draft, &told, &told), cold, "{draft}");
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
    assert!(!is_cold_greeting(
        "Hi, how can I help?",
        &["hello"],
        &["hello"]
    ));
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
