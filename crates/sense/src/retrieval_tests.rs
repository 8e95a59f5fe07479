use super::*;
use segue_core::time::Timestamp;

fn shop() -> Index {
    let articles = [
        (
            "Returns and refunds",
            "You can return any item within 30 days. The refund goes to the card that you paid with and takes five working days.",
        ),
        (
            "Reset your password",
            "Open the login page and click Forgot password. We send a link to your email address.",
        ),
        (
            "Delivery times",
            "Orders within Germany arrive in two to three days. Abroad it takes a week. You can track the parcel with the link in the mail.",
        ),
        (
            "Change your delivery address",
            "Open the order and choose Edit address. After the parcel has left the warehouse the address is fixed.",
        ),
        (
            "Payment methods",
            "We take credit cards, PayPal and bank transfer. Invoices are sent by email.",
        ),
        (
            "Invite teammates",
            "Open Settings, then Team, and enter the email of the person you want to invite.",
        ),
        (
            "Assembling the chair",
            "1. Unpack the legs.\n2. Screw them to the seat.\n3. Turn it over.",
        ),
        (
            "Warranty",
            "Every chair has a warranty of two years. A broken part is replaced free of charge.",
        ),
    ];
    let number = std::cell::Cell::new(0);
    let article = |(title, text): (&str, &str)| {
        number.set(number.get() + 1);
        Article {
            id: ArticleId::new(Timestamp::from_millis(0), number.get()),
            title: title.into(),
            tags: vec![],
            text: text.into(),
        }
    };
    Index::build(articles.into_iter().map(article).collect())
}

#[test]
fn the_right_article_comes_first() {
    let index = shop();
    let check = |query: &str, expected: &str, least: f64| {
        let hits = index.search(&query.into(), 3);
        assert_eq!(
            hits.first().map(|hit| hit.title.as_str()),
            Some(expected),
            "{query}: {hits:?}"
        );
        let answerable = index.answerable(&query.into(), &hits);
        assert!(answerable >= least, "{query}: {answerable}");
    };
    // In the words of the article an answer is sure; in other words it is not excluded.
    check("I forgot my password", "Reset your password", 0.55);
    check("how do i reset my pasword", "Reset your password", 0.55);
    check(
        "can I send an item back and get a refund",
        "Returns and refunds",
        0.35,
    );
    check("How long does shipping take?", "Delivery times", 0.35);
    check("which credit cards do you take", "Payment methods", 0.55);
    check(
        "how do I add a colleague to my team",
        "Invite teammates",
        0.35,
    );
    check("warranty on a chair", "Warranty", 0.55);
}

#[test]
fn what_is_not_in_the_knowledge_base_is_not_answerable() {
    let index = shop();
    for query in [
        "what are customs duties to Norway",
        "do you have a mobile app for android",
        "is there a student discount",
        "what is the capital of France",
        "can I rent a sofa for an event",
        "how do I connect to the API with OAuth",
    ] {
        let hits = index.search(&query.into(), 3);
        let answerable = index.answerable(&query.into(), &hits);
        assert!(
            answerable < 0.35,
            "{query}: {answerable} {:?}",
            hits.first()
        );
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    let empty = Index::build(Vec::new());
    assert!(empty.is_empty() && empty.search(&"x".into(), 3).is_empty());
    assert_eq!(empty.answerable(&"x".into(), &[]), 0.0);
    let index = shop();
    assert_eq!((index.article_count(), index.len()), (8, 8));
    assert!(index.search(&"".into(), 3).is_empty());
    assert!(index.search(&"the of and".into(), 3).is_empty());
    assert!(index.search(&"refund".into(), 0).is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(100) })]

    #[test]
    fn searching_is_total(query in "\\PC{0,120}", text in "[\\PC\n#*`|.]{0,200}") {
        let article = Article { id: ArticleId::new(Timestamp::from_millis(0), 1), title: query.clone(), tags: vec![], text };
        let index = Index::build(vec![article]);
        let hits = index.search(&query.as_str().into(), 5);
        proptest::prop_assert!(hits.iter().all(|hit| (0.0..=1.0).contains(&hit.coverage)));
        proptest::prop_assert!((0.0..=1.0).contains(&index.answerable(&query.as_str().into(), &hits)));
        crate::answer::extract(&query.as_str().into(), &hits, None);
        let _ = crate::markdown::parse_article("a.md", query.as_bytes());
        let same = crate::similar::similarity(&query.as_str().into(), &query.as_str().into());
        proptest::prop_assert!((0.0..=1.0).contains(&same));
    }
}

#[test]
fn an_edit_reads_one_article_anew() {
    let articles = || {
        let article = |number: u128| Article {
            id: ArticleId::new(Timestamp::from_millis(0), number),
            title: format!("Article {number}"),
            tags: vec![],
            text: format!(
                "What stands in number {number}.\n\n## More\n\nAnd the rest of {number}."
            ),
        };
        (0..20).map(article).collect::<Vec<_>>()
    };
    let library = Library::with_made_up_vectors();
    let build = |articles, at_most| Index::build_with(articles, &library, at_most);
    let before = build(articles(), 10);
    // Twenty titles, forty passages, and the one heading that all share.
    assert_eq!((before.unread(), before.has_vectors()), (61, false));
    let after = build(articles(), usize::MAX);
    assert_eq!((after.unread(), after.has_vectors()), (0, true));
    let mut edited = articles();
    edited[7].text = edited[7].text.replace("the rest", "all else");
    assert_eq!(build(edited.clone(), 0).unread(), 1);
    let edited = build(edited, 1);
    assert!(edited.has_vectors());
    let hits = edited.search(&"all else of 7".into(), 1);
    assert_eq!(hits[0].title, "Article 7");
}
