//! Which language a text is in: by script, then by stop words. `None` where a text
//! is too short to tell; a wrong guess is worse than none.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::normal::fold_all;
use crate::terms::STOP_WORDS;

/// Words that name their language by themselves.
const TELLING: &[(&str, &str)] = &[
    (
        "en",
        "hello help please agent human order account refund what where how the thanks password with would cannot working want need speak talk someone real person cancel charged",
    ),
    (
        "es",
        "hola gracias quiero hablar ayuda cuenta pedido donde como puedo necesito porque esta persona buenos dias reembolso cancelar factura con mi el usted quiero estoy",
    ),
    (
        "fr",
        "bonjour merci je veux parler aide compte commande comment pourquoi vous mon ma est une des personne remboursement facture avec probleme salut voudrais",
    ),
    (
        "de",
        "hallo danke ich mochte nicht mit einem mensch menschen sprechen hilfe konto bestellung wie warum bitte rechnung und mein kann das ist mitarbeiter kundigen",
    ),
    (
        "pt",
        "ola obrigado obrigada quero falar ajuda conta pedido onde posso preciso nao voce pessoa atendente reembolso minha meu com uma estou fatura",
    ),
    (
        "it",
        "ciao grazie voglio vorrei parlare aiuto conto ordine dove posso sono non mio mia persona operatore rimborso con una perche fattura",
    ),
    (
        "nl",
        "hallo bedankt ik wil graag hulp rekening bestelling hoe waar kan mijn niet een met persoon medewerker spreken factuur terugbetaling het praten iemand",
    ),
];

/// Words that people write in any language.
const EVERYWHERE: &[&str] = &["ok", "okay", "hi", "no", "me"];

static WEIGHTS: LazyLock<HashMap<String, Vec<(usize, f64)>>> = LazyLock::new(|| {
    let mut languages_of: HashMap<&str, HashSet<usize>> = HashMap::new();
    for (index, (_, words)) in STOP_WORDS.iter().enumerate() {
        let telling = TELLING.get(index).map_or("", |(_, words)| *words);
        for word in words.split_whitespace().chain(telling.split_whitespace()) {
            if EVERYWHERE.contains(&word) {
                continue;
            }
            languages_of.entry(word).or_default().insert(index);
        }
    }
    languages_of
        .into_iter()
        .map(|(word, languages)| {
            // A word of one language tells more than one of four; single letters little.
            let short = if word.len() == 1 { 0.4 } else { 1.0 };
            let weight = short / languages.len() as f64;
            (
                word.to_owned(),
                languages.into_iter().map(|index| (index, weight)).collect(),
            )
        })
        .collect()
});

/// The ISO 639-1 code of a text's language.
pub(crate) fn detect(text: &str) -> Option<&'static str> {
    let head: String = text.chars().take(2_000).collect();
    by_script(&head).or_else(|| by_words(&head))
}

fn by_script(text: &str) -> Option<&'static str> {
    let mut kana = 0;
    let mut han = 0;
    let mut arabic = 0;
    let mut cyrillic = 0;
    let mut hangul = 0;
    let mut letters = 0;
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        match c {
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
            '\u{0600}'..='\u{06ff}' => arabic += 1,
            '\u{0400}'..='\u{04ff}' => cyrillic += 1,
            '\u{ac00}'..='\u{d7af}' => hangul += 1,
            _ => {}
        }
    }
    // A character of these scripts says about as much as three Latin letters.
    match () {
        () if letters == 0 => None,
        () if (kana + han) * 3 >= letters && kana > 0 => Some("ja"),
        () if han * 3 >= letters => Some("zh"),
        () if arabic * 2 > letters => Some("ar"),
        () if cyrillic * 2 > letters => Some("ru"),
        () if hangul * 2 > letters => Some("ko"),
        () => None,
    }
}

fn by_words(text: &str) -> Option<&'static str> {
    let mut scores = vec![0.0_f64; STOP_WORDS.len()];
    let mut count = 0;
    for word in fold_all(text)
        .replace(['\'', '’'], " ")
        .split(|c: char| !c.is_alphanumeric())
    {
        if word.is_empty() {
            continue;
        }
        count += 1;
        for (index, weight) in WEIGHTS.get(word).into_iter().flatten() {
            scores[*index] += weight;
        }
    }
    for (index, letters) in [(1, "¿¡ñ"), (2, "œçêèù"), (3, "ßäöü"), (4, "ãõ")] {
        if text
            .chars()
            .any(|c| c.is_alphabetic() && letters.contains(c) || "¿¡".contains(c) && index == 1)
        {
            scores[index] += 0.8;
        }
    }
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
    let second = (0..scores.len())
        .filter(|i| *i != best)
        .map(|i| scores[i])
        .fold(0.0, f64::max);
    let enough = if count <= 2 { 0.9 } else { 1.0 };
    let clear = scores[best] >= enough
        && scores[best] - second >= 0.5
        && scores[best] >= 0.06 * f64::from(count);
    clear.then(|| STOP_WORDS[best].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart_or_left_open() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(detect(text), expected, "{text}");
        check("How do I change the address of my order?", Some("en"));
        check("I want to talk to a human", Some("en"));
        check("¿Dónde está mi pedido?", Some("es"));
        check("quiero hablar con una persona", Some("es"));
        check("Je voudrais parler à un conseiller", Some("fr"));
        check("Ich möchte mit einem Menschen sprechen", Some("de"));
        check("Quero falar com um atendente", Some("pt"));
        check("Vorrei parlare con un operatore", Some("it"));
        check("Ik wil graag iemand spreken", Some("nl"));
        check("我的订单在哪里？", Some("zh"));
        check("注文はどこですか", Some("ja"));
        check("أين طلبي؟", Some("ar"));
        check("ok", None);
        check("12345", None);
        check("", None);
        check("iPhone 12", None);
    }
}
