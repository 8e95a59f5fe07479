//! A drafted article in a language model's words. Of what it writes only those sentences are
//! kept that stand in what agents said, by the same check as an answer's, and that name nobody.

use segue_sense::grounding::{Ground, Source, Verdict, in_sentences};
use segue_sense::lore;
use tokio::time::Instant;

use super::model::{Failure, Model};
use super::prompt::for_article;

/// A wording that keeps less of the draft than this says something else.
const KEPT: f64 = 0.5;

/// The draft in a model's words; `None` where too little of it stands in the draft.
pub async fn word_article(
    model: &Model,
    question: &str,
    draft: &str,
    names: &[&str],
    deadline: Instant,
) -> Result<Option<String>, Failure> {
    let ground = ground_of(draft);
    let (messages, redactor) = for_article(question, draft, ground.language(), names);
    let said = model.object(&messages, deadline).await?;
    let text = said["text"].as_str().unwrap_or_default().trim();
    let text = redactor.restore(text);
    let kept = grounded(&ground, &text, names);
    let is_enough = kept.len() as f64 >= KEPT * in_sentences(&text).len().max(1) as f64;
    Ok((is_enough && !kept.is_empty()).then(|| kept.join("\n\n")))
}

/// What a wording must stand in: what agents said. The customer's question proves nothing.
fn ground_of(draft: &str) -> Ground {
    let (title, passage) = ("", draft);
    Ground::of(&[Source { title, passage }])
}

/// The sentences that stand in the draft and name nobody.
fn grounded(ground: &Ground, text: &str, names: &[&str]) -> Vec<String> {
    let said = lore::draft(&[text], names).into_iter();
    let stands = |sentence: &String| {
        let verdict = ground.check(sentence, ground.language());
        matches!(verdict, Verdict::Supported(..))
    };
    said.map(|it| it.text).filter(stands).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_did_not_say_is_left_out() {
        let draft =
            "For orders to Switzerland we pay the customs duties.\n\nYou pay nothing on delivery.";
        let ground = ground_of(draft);
        // The customer asks "Can I return worn shoes?", and no agent says so.
        assert!(grounded(&ground, "You can return worn shoes.", &[]).is_empty());
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(grounded(&ground, text, &["Ada"]), expected, "{text}");
        };
        let better = "We pay the customs duties for orders to Switzerland.";
        check(better, &[better]);
        check(&format!("{better} Returns take 30 days."), &[better]);
        check(
            &format!("{better} We never pay the customs duties for orders to Switzerland."),
            &[better],
        );
        check(
            &format!("{better} Ada pays nothing on delivery."),
            &[better],
        );
    }
}
