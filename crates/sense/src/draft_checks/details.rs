//! Details that an agent may ask for and a customer tell, in eight languages, as data:
//! `data/details.txt`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::text::Text;
use crate::patterns::Patterns;

/// A detail by its name in the file. One that ends in `#` is a figure.
pub(super) type Detail = &'static str;

struct Lexicon {
    ask: Side,
    told: Side,
}

struct Side {
    names: Vec<Detail>,
    patterns: Patterns,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let side = |wanted: &str| {
        let lines = include_str!("../../data/details.txt").lines();
        let found = lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut parts = line.splitn(3, ' ');
                let (name, side, pattern) = (parts.next()?, parts.next()?, parts.next()?);
                (side == wanted).then(|| (name, whole_words(pattern)))
            });
        let (names, patterns): (Vec<Detail>, Vec<String>) = found.unzip();
        let patterns = Patterns::new(patterns).expect("a test reads every detail");
        Side { names, patterns }
    };
    Lexicon {
        ask: side("ask"),
        told: side("told"),
    }
});

fn whole_words(pattern: &str) -> String {
    match pattern.strip_prefix('~') {
        Some(inside) => format!("(?:{inside})"),
        None => format!("(?:^|[ .,])(?:{pattern})(?:$|[ .,])"),
    }
}

impl Side {
    fn find(&self, text: &Text<'_>) -> BTreeSet<Detail> {
        let found = self.patterns.matching(text.normal()).into_iter();
        found.filter_map(|at| self.names.get(at).copied()).collect()
    }
}

/// What a sentence would ask for, if it asks.
pub(super) fn asked(text: &Text<'_>) -> BTreeSet<Detail> {
    LEXICON.ask.find(text)
}

/// A figure of which nobody says what it is.
pub(super) const SOME_FIGURE: Detail = "any#";

/// What a sentence tells.
pub(super) fn told(text: &Text<'_>) -> BTreeSet<Detail> {
    let mut told = LEXICON.told.find(text);
    if text.raw.contains('@') {
        told.insert("email");
    }
    let has_figure = text.figures.iter().any(|figure| figure.len() >= 3);
    // A noun without its figure tells no number.
    if !has_figure {
        told.retain(|detail| !is_figure(detail) || *detail == "room#");
    } else if !told.iter().any(|detail| is_figure(detail)) {
        told.insert(SOME_FIGURE);
    }
    told
}

/// Whether a detail is a number of something.
pub(super) fn is_figure(detail: &str) -> bool {
    detail.ends_with('#')
}

/// Details that nearly every text tells in some sense: that one stands in it says little.
pub(super) fn is_weak(detail: &str) -> bool {
    matches!(
        detail,
        "since" | "quantity" | "shop" | "city" | "item" | "light" | "device"
    )
}
