//! Amounts of money in a text: "€120", "1.299,00 €", "$1,299.00", "120 dollars".

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use segue_core::signal::Amount;

/// An amount with the place where it stands.
pub(crate) struct Found {
    pub amount: Amount,
    pub range: Range<usize>,
}

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:(?P<before>us\$|r\$|a\$|c\$|[$€£¥₹₩₺₽]|\b(?:eur|usd|gbp|chf|cad|aud|jpy|cny|rmb|inr|brl|mxn|pln|sek|nok|dkk|try|aed|sar|rs\.?)\b)\s?)?",
        r"(?P<number>\d{1,3}(?:[.,' \u{a0}]\d{3})+(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?)(?P<kilo>k\b)?",
        r"(?:\s?(?P<after>[$€£¥₹₩₺₽元円]|块|人民币|美元|欧元|ドル|ユーロ|دولار|يورو|ريال|درهم|(?:eur|usd|gbp|chf|cad|aud|jpy|cny|rmb|inr|brl|mxn|pln|sek|nok|dkk|try|aed|sar|euros?|dollars?|bucks|quid|pounds?(?: sterling)?|sterling|yen|yuan|rupees?|reais|real|francs?|franken|pesos?|zloty|dolares|dólares|libras|cents?)\b))?",
    ))
    .expect("a test reads the pattern")
});

/// Finds all amounts that carry a currency; bare numbers are no amounts.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for captures in PATTERN.captures_iter(text).take(50) {
        let (Some(whole), Some(number)) = (captures.get(0), captures.name("number")) else {
            continue;
        };
        // The rest of a number that is too long to be money.
        if text[..whole.start()].ends_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let Some(sign) = captures.name("before").or(captures.name("after")) else {
            continue;
        };
        let sign = sign.as_str().to_lowercase();
        let Some(mut cents) = cents(number.as_str()) else {
            continue;
        };
        if captures.name("kilo").is_some() {
            cents = cents.saturating_mul(1_000);
        }
        if sign.starts_with("cent") {
            cents /= 100;
        }
        found.push(Found {
            amount: Amount {
                cents,
                currency: currency(&sign).map(str::to_owned),
            },
            range: whole.range(),
        });
    }
    found
}

/// "1.299,00" and "1,299.00" both are 129900: the last sign followed by one or two
/// digits is the decimal one.
fn cents(number: &str) -> Option<i64> {
    let decimal = number
        .rfind(['.', ','])
        .filter(|at| number.len() - at - 1 <= 2);
    let (whole, part) = match decimal {
        Some(at) => (&number[..at], &number[at + 1..]),
        None => (number, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    digits
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part.parse().ok()?)
}

fn currency(sign: &str) -> Option<&'static str> {
    Some(match sign.trim_end_matches('.') {
        "€" | "eur" | "euro" | "euros" | "欧元" | "ユーロ" | "يورو" => "EUR",
        "$" | "us$" | "usd" | "dollar" | "dollars" | "bucks" | "dolares" | "dólares" | "美元"
        | "ドル" | "دولار" => "USD",
        "£" | "gbp" | "pound" | "pounds" | "pounds sterling" | "pound sterling" | "sterling"
        | "quid" | "libras" => "GBP",
        "¥" | "jpy" | "yen" | "円" => "JPY",
        "cny" | "rmb" | "yuan" | "元" | "块" | "人民币" => "CNY",
        "₹" | "inr" | "rs" | "rupee" | "rupees" => "INR",
        "r$" | "brl" | "reais" | "real" => "BRL",
        "chf" | "franken" | "franc" | "francs" => "CHF",
        "c$" | "cad" => "CAD",
        "a$" | "aud" => "AUD",
        "mxn" => "MXN",
        "pln" | "zloty" => "PLN",
        "sek" => "SEK",
        "nok" => "NOK",
        "dkk" => "DKK",
        "₩" => "KRW",
        "₺" | "try" => "TRY",
        "₽" => "RUB",
        "aed" | "درهم" => "AED",
        "sar" | "ريال" => "SAR",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let check = |text: &str, expected: &[(i64, &str)]| {
            let found = find(text);
            let seen: Vec<(i64, &str)> = found
                .iter()
                .map(|found| {
                    (
                        found.amount.cents,
                        found.amount.currency.as_deref().unwrap_or(""),
                    )
                })
                .collect();
            assert_eq!(seen, expected, "{text}");
        };
        check("refund my €120", &[(12_000, "EUR")]);
        check("120 EUR please", &[(12_000, "EUR")]);
        check("$1,299.00", &[(129_900, "USD")]);
        check("1.299,00 €", &[(129_900, "EUR")]);
        check("120 dollars", &[(12_000, "USD")]);
        check("£5", &[(500, "GBP")]);
        check("$19.9 and 5 euros", &[(1_990, "USD"), (500, "EUR")]);
        check("USD 2k", &[(200_000, "USD")]);
        check("R$ 49,90", &[(4_990, "BRL")]);
        check("50 cents", &[(50, "")]);
        check("order 12345 from 2024", &[]);
        check(
            "99999999999999999999999 €",
            &[(99_999_999_999_900, "EUR")][..0],
        );
    }
}
