//! An article drafted from what agents said, word for word: the sentences that answer, those
//! first that several agents said. Greetings, thanks and whatever names somebody are left out,
//! so that a human has to add and not to remove.

use crate::answer::sentences;
use crate::normal::Normal;
use crate::personal;
use crate::rules;
use crate::similar::similarity;

/// Sentences of an article, at most.
const MOST: usize = 8;
/// Shorter ones say nothing that stays true.
const SHORTEST: usize = 20;
/// From here on two sentences say the same.
const SAME: f64 = 0.6;
/// Sentences that are compared; the rest of very many answers is not.
const READ: usize = 300;

/// A sentence of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Word for word.
    pub text: String,
    /// The places of all answers that said so.
    pub answers: Vec<usize>,
}

/// Drafts an article from answers, each of another conversation. `names` are of people that an
/// article does not name. Empty if nothing is left.
pub fn draft(answers: &[&str], names: &[&str]) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let all = answers.iter().enumerate();
    let all =
        all.flat_map(|(answer, text)| sentences(text).into_iter().map(move |it| (answer, it)));
    for (answer, sentence) in all.take(READ) {
        let sentence = sentence.trim();
        if !stays_true(sentence, names) {
            continue;
        }
        let query = sentence.into();
        let same = |it: &&mut Said| similarity(&query, &it.text.as_str().into()) >= SAME;
        match said.iter_mut().find(same) {
            Some(known) if known.answers.contains(&answer) => {}
            Some(known) => known.answers.push(answer),
            None => said.push(Said {
                text: sentence.to_string(),
                answers: vec![answer],
            }),
        }
    }
    // What most said stays, in the order in which it was said first.
    let mut order: Vec<usize> = (0..said.len()).collect();
    order.sort_by(|a, b| {
        said[*b]
            .answers
            .len()
            .cmp(&said[*a].answers.len())
            .then(a.cmp(b))
    });
    order.truncate(MOST);
    order.sort_unstable();
    order.into_iter().map(|place| said[place].clone()).collect()
}

/// A question as a title: on one line, without what is somebody's.
pub fn title(question: &str, names: &[&str]) -> String {
    let mut redactor = personal::Redactor::default();
    for name in names {
        redactor.know(personal::Kind::Name, name);
    }
    let mut text = personal::without_placeholders(&redactor.redact(question));
    // Order numbers and the like are of this one case too.
    for found in personal::find(&text).into_iter().rev() {
        text.replace_range(found.start..found.end, "…");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a sentence may be true for another customer too.
fn stays_true(sentence: &str, names: &[&str]) -> bool {
    let normal = Normal::of(sentence);
    let is_talk = rules::GREETING.matches(&normal) || rules::THANKS.matches(&normal);
    let asks = sentence.ends_with(['?', '？', '؟']);
    let lower = sentence.to_lowercase();
    let names_somebody = names
        .iter()
        .filter(|name| name.chars().count() > 2)
        .any(|name| lower.contains(&name.to_lowercase()));
    let is_theirs = !personal::find(sentence).is_empty();
    let length = sentence.chars().count();
    // An agent's own doing is of this one case.
    let first = lower.split_whitespace().next().unwrap_or_default();
    let is_own = ["i", "i'm", "i've", "i'll", "ich", "je", "j'ai", "yo"].contains(&first);
    length >= SHORTEST && !is_talk && !asks && !names_somebody && !is_theirs && !is_own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_what_agents_said_and_names_nobody() {
        let answers = [
            "Hello Maya! I have looked at your order. For orders to Switzerland we pay customs duties. \
             The carrier charges you nothing on delivery. Is there anything else?",
            "For orders to Switzerland we pay the customs duties. Write to jo@mail.example if not.",
        ];
        let said = draft(&answers, &["Maya"]);
        let texts: Vec<&str> = said.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "For orders to Switzerland we pay customs duties.",
                "The carrier charges you nothing on delivery."
            ]
        );
        assert_eq!(said[0].answers, [0, 1], "both said so");
    }

    #[test]
    fn a_title_names_nobody_and_no_order() {
        let asked = "This is Ada Young (ada@mail.example).\nDo I pay duties for order 48213-A7?";
        let title = title(asked, &["Ada", "Young"]);
        for theirs in ["Ada", "Young", "@", "48213"] {
            assert!(!title.contains(theirs), "{title}");
        }
        assert!(title.contains("Do I pay duties"), "{title}");
    }

    #[test]
    fn of_nothing_nothing_is_drafted() {
        assert_eq!(draft(&[], &[]), vec![]);
        assert_eq!(draft(&["Hi!", "Thank you, bye."], &[]), vec![]);
    }
}
