//! The model card: what the heads were trained on, under which licences, how well they do on
//! the dev files, and what they are not good for. Written by `make train`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use segue_sense::heads::Head;

use crate::cases::{Case, Label};
use crate::score::Confusion;

/// How a head does on our own dev cases.
pub struct Told {
    pub head: Head,
    /// With sentence vectors, or in lexical mode.
    pub full: bool,
    pub own: Confusion,
}

const LICENCES: [(&str, &str); 9] = [
    ("own", "this repository's own"),
    ("banking77", "CC BY 4.0"),
    ("clinc150", "CC BY 3.0"),
    ("hwu64", "CC BY 4.0"),
    ("natcs_insurance", "CDLA-Permissive-2.0"),
    ("multidogo", "CDLA-Permissive-1.0"),
    ("goemotions", "Apache-2.0"),
    ("requests_authored", "this repository's own"),
    ("bastioncorpus", "MIT"),
];

const LIMITS: &str = "\
## What they are not good for

- Anything but the messages of customers to a support desk. They were never shown letters,
  contracts or talk between agents.
- Languages other than English, Spanish, French, German, Portuguese, Chinese, Japanese and
  Arabic: the sentence vectors reach further, but nothing was measured there.
- A verdict by themselves. They feed `core::decide`, which says what each of them did.
- Our own rows were composed with the help of a language model and read by few people; no
  native speaker has proofread the languages other than English.
- The dev files also chose the mix and the point of certainty, so the figures above flatter.
  The figures on untouched files are in [evaluation.md](evaluation.md).
";

/// What was learned from what, and how well.
pub const CARD: &str = "docs/model-card.md";

const GUARDS: &str = "\
## What drafts and repetitions are read with

Linear models on a few numbers (rules, words and details in common, nearness) and the plain and
the adapted sentence vector, trained by `segue-evals guards` on `evals/train/checks`; the point
from which each says yes comes from `evals/dev/checks`, on which these figures are too.

| head | trained on (yes / no) | with vectors | lexical mode |
|---|---|---|---|
";

/// Writes the part about the guards anew.
pub fn write_guards(path: &Path, told: &[crate::guards::Told]) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("could not read {}: {error}", path.display()))?;
    let limits = text.find("## What they are not good for");
    let limits = limits.ok_or("the model card has no part about its limits")?;
    let heading = GUARDS.lines().next().unwrap_or_default();
    let begin = text.find(heading).unwrap_or(limits);
    let mut part = String::from(GUARDS);
    for one in told {
        let (yes, no) = one.trained;
        writeln!(
            part,
            "| {:?} | {yes} / {no} | {} | {} |",
            one.kind, one.full, one.lexical
        )?;
    }
    let text = format!("{}{part}\n{}", &text[..begin], &text[limits..]);
    fs::write(path, text)
        .map_err(|error| format!("could not write {}: {error}", path.display()))?;
    Ok(())
}

/// Writes the card.
pub fn write(path: &Path, train: &[Case], told: &[Told]) -> Result<(), Box<dyn Error>> {
    let mut text = String::from(
        "# Model card: what texts are read with\n\n\
        Written by `make train`; do not edit.\n\n\
        Small models, one for each thing that a text can show: a linear one on hashed n-grams, \
        and a network of one shared layer on the vector of multilingual-e5-small, whose upper \
        layers are tuned by `evals/tune/tune.py`. A logistic mix weighs both against the rules. \
        Without the sentence model n-grams and rules are left (lexical mode).\n\n\
        ## Trained on\n\n| set | cases | licence |\n|---|---|---|\n",
    );
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in train {
        *counts.entry(case.set).or_default() += 1;
    }
    for (set, licence) in LICENCES {
        let count = counts.get(set).copied().unwrap_or(0);
        writeln!(text, "| {set} | {count} | {licence} |")?;
    }
    text.push_str(
        "\nSources and attributions stand in `evals/public/*/SOURCE.md`.\n\n\
        ## On our own dev cases\n\n\
        | head | trained on (yes / no) | with vectors | lexical mode |\n|---|---|---|---|\n",
    );
    for head in Head::ALL {
        let of = |label| {
            train
                .iter()
                .filter(|case| case.label(head) == label)
                .count()
        };
        let (yes, no) = (of(Label::Yes), of(Label::No));
        let on_dev = |full| {
            let found = told.iter().find(|one| one.head == head && one.full == full);
            found.map_or_else(String::new, |one| one.own.to_string())
        };
        writeln!(
            text,
            "| {head:?} | {yes} / {no} | {} | {} |",
            on_dev(true),
            on_dev(false)
        )?;
    }
    text.push('\n');
    text.push_str(LIMITS);
    fs::write(path, text)
        .map_err(|error| format!("could not write {}: {error}", path.display()))?;
    Ok(())
}
