//! The agent's first message in a language model's words (P29). The template says it all
//! already; a model may say it better, in the same contract, and may add nothing.

use std::collections::BTreeSet;

use segue_core::introduction::check;
use segue_core::package::Package;
use segue_core::words::Words;
use segue_sense::grounding::is_in;
use tokio::time::Instant;

use super::model::{Failure, Model};
use super::prompt::for_introduction;

/// How much longer than the template it may be.
const LONGER: usize = 2;

/// A first message in a model's words; `None` where it does not keep the contract.
pub async fn introduce(
    model: &Model,
    package: &Package,
    template: &str,
    agent_name: &str,
    deadline: Instant,
) -> Result<Option<String>, Failure> {
    let language = package.assessment.language.as_str();
    let names: Vec<&str> = package
        .customer
        .name
        .iter()
        .chain(&package.customer.email)
        .map(String::as_str)
        .collect();
    let (messages, redactor) = for_introduction(template, language, &names);
    let said = model.object(&messages, deadline).await?;
    let text = said["message"].as_str().unwrap_or_default().trim();
    let text = redactor.restore(text);
    Ok(keeps_contract(&text, package, template, agent_name).then_some(text))
}

/// Whether a text may stand for the template: no clause is broken, it is in the customer's
/// language, and it has no figure, link or address that the template has not.
fn keeps_contract(text: &str, package: &Package, template: &str, agent_name: &str) -> bool {
    let words = Words::of(&package.assessment.language);
    let letters = |text: &str| text.chars().count();
    let adds = !things(text).is_subset(&things(template));
    !text.is_empty()
        && letters(text) <= LONGER * letters(template)
        && !adds
        && check(text, words, package, agent_name).is_empty()
        && is_in(text, words.language)
}

/// What can be wrong in a sentence whatever its words: figures, links and addresses.
fn things(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| c.is_whitespace() || "()“”\"„«»".contains(c));
    let parts = parts.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()));
    parts
        .filter(|part| {
            part.contains("://")
                || part.contains('@')
                || part.contains("www.")
                || part.chars().any(|c| c.is_ascii_digit())
                || part.contains(['[', ']'])
        })
        .map(str::to_lowercase)
        .collect()
}
