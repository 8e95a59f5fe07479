//! The patterns, the surest first: what one has taken, no later one takes. None can look
//! far past the end of what it finds, so that a text is read in a time that grows with its
//! length.

use std::net::Ipv6Addr;
use std::sync::LazyLock;

use regex::Regex;

use super::checks::{dni, iban, luhn, resident_number};
use super::{Found, Kind};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are constant and tested")
}

/// What a placeholder looks like, its inside in the first group.
pub(super) static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\[((?:email|account|card|id|ip|phone|address|name|order) \d{1,6})\]")
});

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+"));
static IBAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b")
});
/// Digits that belong together, with what may stand between them.
static DIGITS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[+(]{0,2}\d(?:[ \u{a0}().\-/–]{0,3}\d){5,21}"));
static IP: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d{1,3}(?:\.\d{1,3}){3,4}\b"));
static IP6: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}"));
/// National ids whose shape alone tells them.
static SHAPED_ID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b\d{3}-\d{2}-\d{4}\b",          // United States
        r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b", // Brazil
        r"|\b(?i:[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])\b", // United Kingdom
        r"|\b(?i:[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])\b", // Italy
        r"|\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b", // France
    ))
});
/// Those that a check digit tells.
static CHECKED_ID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:(?i:[XYZ]\d{7}-?[A-Z]|\d{8}-?[A-Z])|\d{17}[\dXx])\b"));
/// Those that are named: the group is the id.
static NAMED_ID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:passport|driver'?s?'? ?licen[cs]e|driving licen[cs]e|social security|\bssn|national (?:id|insurance)|tax id",
        r"|personalausweis|reisepass|steuer-?id|passeport|carte d'identité|pasaporte|\bdni|passaporte|\bcpf|身份证|护照|パスポート|マイナンバー)",
        r"(?:[ -]?(?:number|no\.?|nr\.?|nummer|numéro|número|号码|号))?(?: (?:is|ist|est|es|é|:))?[ :#：]{0,3}",
        r"([A-Z0-9][A-Z0-9\-]{4,19})",
    ))
});
/// A thing's number: the group is the number.
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(?:\b(?:order|ticket|invoice|case|rma|tracking|reference|ref|parcel|shipment|bestellung|rechnung|commande|facture|pedido|factura|encomenda|fatura)",
        r"|订单|注文|طلب)(?:s?nummer)?(?: ?(?:number|no\.?|nr\.?|id|code|n°|nº|número|numéro|号|番号|رقم))?(?: (?:is|was|ist|est|es|é))?[ :#：-]{0,3}#?|#)",
        r"([A-Z]{0,4}-?\d[A-Z0-9\-]{1,19})",
    ))
});
/// Streets by their words, in the order number–name–kind, kind–name–number and as one word.
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b\d{1,6}[A-Za-z]?,? (?:\p{Lu}[\p{L}'’.\-]* ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Crescent|Cres|Close|Highway|Hwy|Parkway|Pkwy|Circle|Crossroad|Prairie|Str)\b\.?",
        r"|\b\d{1,6} (?:[\p{L}'’\-]+ ){1,2}(?i:street|road|avenue|lane|boulevard)\b",
        r"|(?i:\b(?:\d{1,5},? )?(?:rue|avenue|av\.|allée|chemin|quai|via|viale|piazza|corso|calle|c/|avda\.?|avenida|plaza|paseo|ronda|rua|praça|travessa|largo|boulevard)) (?:[\p{L}'’.º\-]+ ){0,5}[\p{L}'’.º\-]+,? \d{1,5}\b",
        r"|\b(?:\d{1,6} )?(?i:ul\.|str\.|u\.) (?:\p{Lu}[\p{L}.\-]* ){1,4}\d{1,5}[a-z]?\b",
        r"|\b\d{1,5},? (?i:rue|avenue|chemin|quai|allée|boulevard) (?:d[eu] |des |de la )?(?:[\p{L}'’\-]+ ){0,3}\p{Lu}[\p{L}'’\-]+",
        r"|\b(?:\d{1,6} )?(?:\p{Lu}[\p{L}.\-]* ){0,2}\p{L}+(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ufer|laan|straat|plein|gade|gaden|vej|vejen|gata|gatan|gate|vegen|vägen|veien|katu|kuja|tie|polku|utca|ulica|ulice) \d{1,5} ?[a-zA-Z]?\b",
        r"|\b(?:\d{1,6} )?(?:\p{L}+ ){1,2}(?:utca|út|u\.|ulica) \d{1,5}\b\.?",
        r"|(?i:\b(?:\d{1,6} )?p\.? ?o\.? ?box \d{1,6}|\bpostfach \d{1,6}|\bPSC \d{1,5}, Box \d{1,5}|\bUnit \d{1,5} Box \d{1,5})",
        r"|(?i:\b(?:apt|apartment|suite)\b\.? ?#?\d{1,5}[a-z]?\b)",
    ))
});
/// What is called an address: the group is the place.
static NAMED_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i:\baddress(?: is|:| to)|\blives? (?:at|in)|\bsen[dt] (?:it )?to|\bdeliver(?:ed)? to|\bmoved to|\bwohne in|\badresse(?: ist| est|:)|\bdirección(?: es|:)|\bendereço(?: é|:))[: ]{1,2}",
        r"(\d{1,6} (?:\p{Lu}[\p{L}'’.\-]* ){0,4}\p{Lu}[\p{L}'’.\-]*(?: \d{1,5}\b)?)",
    ))
});
/// A name that is introduced: the group is the name. Capitals are needed where the words
/// before it do not say that a name comes.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"[\p{L}][\p{L}'’.\-]*(?: \p{L}[\p{L}'’.\-]*){0,2}";
    let capital = r"\p{Lu}[\p{L}'’\-]+(?: (?:\p{Lu}\.?|\p{Lu}[\p{L}'’\-]+|van|von|de|da|del|der|den|la|bin|al)){0,3}";
    let two = r"\p{Lu}[\p{L}'’\-]+(?: \p{Lu}\.?)? \p{Lu}[\p{L}'’\-]+";
    pattern(&format!(
        concat!(
            r"(?i:\bmy (?:full |last |first |sur)?name(?: is|'s|’s|:)|\bname is|\bmi nombre es|\bme llamo|\bje m['’]appelle|\bmon nom est|\bmein name ist|\bich hei(?:ß|ss)e|\bmeu nome é|\bme chamo|\bmi chiamo|\bmijn naam is|\bik heet)[: ]{{1,2}}({name})",
            r"|(?i:\bname|\bcontact|\bcustomer|\bholder|\bname to|\bchange it to)[: ]{{1,2}}({two})",
            r"|\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Mme|Mlle|Sr|Sra|Señora?|Senhora?|Signora?)\.? ({capital})",
            r"|\b(?:I am|I'm|I’m|This is|this is|[Ii]t's|Ich bin|Je suis|Soy|Sou) ({two})",
            r"|(?i:\b(?:best|kind|warm)? ?regards|\bsincerely|\bcheers|\bgrüßen?|\bcordialement|\bsaludos|\batenciosamente|\bthanks),\s{{1,3}}({capital})\s*$",
            r"|(?:我叫|我的名字是|我是客户)([\p{{Han}}]{{2,4}})",
            r"|([\p{{Han}}\p{{Katakana}}ー]{{2,10}})(?:と申します|といいます)",
            r"|(?:اسمي|إسمي) ([\p{{Arabic}}]{{2,20}}(?: [\p{{Arabic}}]{{2,20}})?)",
        ),
        name = name,
        capital = capital,
        two = two
    ))
});
/// Words after "my name is" that are no name.
const NO_NAME: &[&str] = &[
    "a",
    "about",
    "already",
    "also",
    "an",
    "and",
    "appearing",
    "as",
    "at",
    "because",
    "being",
    "but",
    "can",
    "changed",
    "correct",
    "displayed",
    "for",
    "from",
    "i",
    "in",
    "incorrect",
    "incorrectly",
    "is",
    "it",
    "listed",
    "misspelled",
    "misspelt",
    "missing",
    "my",
    "never",
    "no",
    "not",
    "of",
    "on",
    "or",
    "please",
    "printed",
    "shown",
    "showing",
    "so",
    "spelled",
    "spelt",
    "still",
    "that",
    "the",
    "to",
    "too",
    "with",
    "wrong",
    "y",
    "und",
    "et",
    "e",
    "ich",
    "je",
    "mi",
    "con",
    "mit",
    "avec",
    "com",
    "est",
    "es",
    "ist",
    "falsch",
    "mal",
    "no.",
    "não",
    "nicht",
    "pas",
    "here",
    "this",
    "there",
    "you",
];
const STREETLESS: &[&str] = &[
    "days", "day", "hours", "weeks", "minutes", "times", "of", "on", "in", "the", "more", "orders",
    "items", "people", "years", "months", "miles", "km", "down", "and", "or",
];
const PHONE_WORDS: &[&str] = &[
    "phone",
    "call",
    "tel",
    "mobile",
    "cell",
    "fax",
    "ring",
    "number is",
    "reach me",
    "whatsapp",
    "telefon",
    "handy",
    "téléphone",
    "portable",
    "teléfono",
    "móvil",
    "telefone",
    "celular",
    "电话",
    "手机",
    "電話",
    "هاتف",
    "office",
    "contact",
];
const CARD_WORDS: &[&str] = &[
    "card",
    "karte",
    "carte",
    "tarjeta",
    "cartão",
    "カード",
    "卡",
    "بطاقة",
];
const MONEY: &[char] = &['$', '€', '£', '¥', '₹'];

/// Everything that may be personal or a fact, the surest kinds first.
pub(super) fn candidates(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    whole(text, &EMAIL, Kind::Email, &mut found, |_, _| true);
    whole(text, &IBAN, Kind::Iban, &mut found, |before, span| {
        let letters: String = span
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_uppercase();
        iban(&letters) || (letters.len() >= 15 && says(before, &["iban"]))
    });
    group(text, &NAMED_ID, Kind::NationalId, &mut found, |span| {
        span.chars().filter(char::is_ascii_digit).count() >= 4
    });
    group(text, &ORDER, Kind::Order, &mut found, |span| {
        let count = span.chars().filter(char::is_ascii_digit).count();
        count >= 3 && !is_card(&digits(span))
    });
    whole(text, &DIGITS, Kind::Card, &mut found, |before, span| {
        let digits = digits(span);
        let is_named = (12..=19).contains(&digits.len()) && says(before, CARD_WORDS);
        (is_card(&digits) || is_named && luhn(&digits)) && !span.contains(['(', '/', '+'])
    });
    whole(text, &SHAPED_ID, Kind::NationalId, &mut found, |_, _| true);
    whole(
        text,
        &CHECKED_ID,
        Kind::NationalId,
        &mut found,
        |_, span| resident_number(span) || dni(span),
    );
    whole(text, &IP, Kind::Ip, &mut found, |before, span| {
        let fits = span.split('.').all(|part| part.parse::<u8>().is_ok());
        // Five pairs are a telephone number.
        let is_four = span.split('.').count() == 4;
        fits && is_four && !says(before, &["version", "release", " v"])
    });
    whole(text, &IP6, Kind::Ip, &mut found, |_, span| {
        span.len() > 6 && span.parse::<Ipv6Addr>().is_ok()
    });
    whole(text, &DIGITS, Kind::Phone, &mut found, is_phone);
    whole(text, &STREET, Kind::Address, &mut found, |_, span| {
        let mut words = span.split(|c: char| !c.is_alphabetic());
        words.all(|word| !STREETLESS.contains(&word))
    });
    group(text, &NAMED_ADDRESS, Kind::Address, &mut found, |_| true);
    names(text, &mut found);
    found
}

/// Bank accounts, and numbers in one piece that are called an order's or a parcel's: the
/// first byte of each and the byte after its last.
pub(super) fn accounts_and_orders(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    whole(text, &IBAN, Kind::Iban, &mut found, |before, span| {
        let letters: String = span
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_uppercase();
        iban(&letters) || says(before, &["iban"])
    });
    group(text, &ORDER, Kind::Order, &mut found, |span| {
        span.len() >= 8 && !span.contains('-')
    });
    found.iter().map(|found| (found.start, found.end)).collect()
}

/// Whether a card is named shortly before the letter at `place`.
pub(super) fn names_card(text: &str, place: usize) -> bool {
    let byte = text
        .char_indices()
        .nth(place)
        .map_or(text.len(), |(at, _)| at);
    says(tail(&text[..byte]), CARD_WORDS)
}

fn whole(
    text: &str,
    pattern: &Regex,
    kind: Kind,
    found: &mut Vec<Found>,
    fits: impl Fn(&str, &str) -> bool,
) {
    for span in pattern.find_iter(text) {
        let before = &text[..span.start()];
        let (start, end) = (span.start(), span.end());
        // Part of a longer number or word is something else.
        let inside = before.ends_with(|c: char| c.is_ascii_alphanumeric())
            || text[end..].starts_with(|c: char| c.is_ascii_digit());
        if !inside && fits(tail(before), span.as_str()) {
            found.push(Found { kind, start, end });
        }
    }
}

fn group(
    text: &str,
    pattern: &Regex,
    kind: Kind,
    found: &mut Vec<Found>,
    fits: impl Fn(&str) -> bool,
) {
    for captures in pattern.captures_iter(text) {
        let Some(span) = captures.iter().skip(1).flatten().next() else {
            continue;
        };
        if fits(span.as_str()) {
            let (start, end) = (span.start(), span.end());
            found.push(Found { kind, start, end });
        }
    }
}

fn names(text: &str, found: &mut Vec<Found>) {
    for captures in NAME.captures_iter(text) {
        let Some(span) = captures.iter().skip(1).flatten().next() else {
            continue;
        };
        // The name ends before the first word that is none.
        let mut end = span.start();
        for word in span.as_str().split(' ') {
            let plain = word.trim_end_matches(['.', ',', '!', '?']).to_lowercase();
            if NO_NAME.contains(&plain.as_str()) {
                break;
            }
            let from = if end == span.start() { end } else { end + 1 };
            end = from + word.len();
            if word.ends_with('.') && word.chars().count() > 3 {
                end -= 1;
                break;
            }
        }
        if end > span.start() {
            let (kind, start) = (Kind::Name, span.start());
            found.push(Found { kind, start, end });
        }
    }
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn is_card(digits: &[u32]) -> bool {
    let length = match digits.first() {
        Some(2..=4) => 13..=19,
        Some(5 | 6) => 12..=19,
        _ => return false,
    };
    length.contains(&digits.len()) && luhn(digits)
}

fn is_phone(before: &str, span: &str) -> bool {
    let count = digits(span).len();
    let labelled = says(before, PHONE_WORDS);
    let is_money = before.trim_end().ends_with(MONEY);
    if !(7..=15).contains(&count) || is_money || span.contains("..") || is_date(span) {
        return false;
    }
    let groups: Vec<usize> = span
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(str::len)
        .collect();
    let starts_as_phone = span.starts_with(['+', '(']) || span.starts_with('0');
    match groups.as_slice() {
        [_] => starts_as_phone && count >= 8 || labelled || count == 10 && !span.starts_with('1'),
        // Thousands of something: 1.000.000
        [first, rest @ ..] if *first <= 3 && count < 9 && rest.iter().all(|size| *size == 3) => {
            starts_as_phone || labelled
        }
        groups => starts_as_phone || labelled || groups.iter().all(|size| (2..=5).contains(size)),
    }
}

fn is_date(span: &str) -> bool {
    let parts: Vec<&str> = span.split(['-', '.', '/']).collect();
    let sizes: Vec<usize> = parts.iter().map(|part| part.trim().len()).collect();
    match sizes.as_slice() {
        [4, 1 | 2, rest] => *rest <= 2 || span.contains(' '),
        [1 | 2, 1 | 2, 4] => true,
        _ => false,
    }
}

/// Whether one of the words stands shortly before.
fn says(before: &str, words: &[&str]) -> bool {
    let before = before.to_lowercase();
    words.iter().any(|word| before.contains(word))
}

/// The last letters of a text.
fn tail(text: &str) -> &str {
    let mut start = text.len().saturating_sub(30);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
