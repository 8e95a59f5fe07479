//! Payment cards in what customers write, masked before anybody keeps or reads them: a
//! help desk is no place for a card number. Sure rather than eager, because what is masked
//! is gone: the check digit must fit, the first digits must be an issuer's, and the digits
//! must stand as people write cards.

use super::checks::luhn;
use super::patterns;

/// The digits that stay, so that customer and agent know which card is meant.
const KEPT: usize = 4;
/// The fewest and the most digits of a card (ISO/IEC 7812-1).
const SHORTEST: usize = 13;
const LONGEST: usize = 19;
/// Signs that may stand between two groups of digits.
const LONGEST_GAP: usize = 3;

/// The text with every card number masked but for its last four digits; `None` where
/// there is none, which is nearly always.
pub fn mask_cards(text: &str) -> Option<String> {
    // Most messages end here: too few digits.
    if text.chars().filter(|c| digit(*c).is_some()).count() < SHORTEST {
        return None;
    }
    let letters: Vec<char> = text.chars().collect();
    let mut masked = letters.clone();
    let spared = spared(text);
    for run in runs(&letters) {
        mask_run(text, &run, &spared, &mut masked);
    }
    (masked != letters).then(|| masked.into_iter().collect())
}

/// Digits of any script that the customers of our eight languages write.
fn digit(c: char) -> Option<u32> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(c as u32 - zero as u32)
}

/// Digits that stand together.
struct Group {
    /// The place of each in the text, counted in letters, with its value.
    digits: Vec<(usize, u32)>,
}

/// Groups with nothing but the usual separators between them.
struct Run {
    groups: Vec<Group>,
    /// Whether a Latin letter or a `+` stands directly before: part of an order's number, a
    /// telephone number.
    is_tied: bool,
}

fn runs(letters: &[char]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    for (at, letter) in letters.iter().enumerate() {
        let Some(value) = digit(*letter) else {
            continue;
        };
        let gap = last.map(|last: usize| &letters[last + 1..at]);
        last = Some(at);
        match (runs.last_mut(), gap) {
            (Some(run), Some([])) => {
                if let Some(group) = run.groups.last_mut() {
                    group.digits.push((at, value));
                }
            }
            (Some(run), Some(gap)) if gap.len() <= LONGEST_GAP && gap.iter().all(is_separator) => {
                run.groups.push(Group {
                    digits: vec![(at, value)],
                });
            }
            _ => {
                let before = at.checked_sub(1).map(|before| letters[before]);
                runs.push(Run {
                    groups: vec![Group {
                        digits: vec![(at, value)],
                    }],
                    is_tied: before.is_some_and(|c| c.is_ascii_alphabetic() || c == '+'),
                });
            }
        }
    }
    runs
}

fn is_separator(c: &char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '-' | '.' | '_' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{2010}'
            ..='\u{2014}' | '\u{3000}' | '\u{ff0d}' | '\u{b7}'
    )
}

/// Looks at every whole stretch of groups, the longest first: after a card there often
/// stands its expiry date.
fn mask_run(text: &str, run: &Run, spared: &[(usize, usize)], masked: &mut [char]) {
    let groups = &run.groups;
    let is_named = || patterns::names_card(text, groups[0].digits[0].0);
    let mut from = usize::from(run.is_tied && !is_named());
    while from < groups.len() {
        let end = (from + 1..=groups.len())
            .rev()
            .find(|end| is_card(text, &groups[from..*end], spared));
        let Some(end) = end else {
            from += 1;
            continue;
        };
        let places: Vec<usize> = groups[from..end]
            .iter()
            .flat_map(|group| group.digits.iter().map(|(at, _)| *at))
            .collect();
        for at in &places[..places.len() - KEPT] {
            masked[*at] = '•';
        }
        from = end;
    }
}

fn is_card(text: &str, groups: &[Group], spared: &[(usize, usize)]) -> bool {
    let digits: Vec<u32> = groups
        .iter()
        .flat_map(|group| group.digits.iter().map(|(_, value)| *value))
        .collect();
    if !(SHORTEST..=LONGEST).contains(&digits.len()) || !luhn(&digits) {
        return false;
    }
    let (first, last) = (groups[0].digits[0].0, last_place(groups));
    let is_spared = |(start, end): &(usize, usize)| first < *end && last >= *start;
    if spared.iter().any(is_spared) {
        return false;
    }
    let is_named = patterns::names_card(text, first);
    let sizes: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    // Visa's thirteen digits are long gone, and a bar code has as many.
    let is_solid_thirteen = sizes == [13];
    issuer_has(&digits) && is_grouped(&sizes) && (!is_solid_thirteen || is_named)
        || is_named && matches!(digits[0], 2..=6)
}

fn last_place(groups: &[Group]) -> usize {
    groups
        .last()
        .and_then(|group| group.digits.last())
        .map_or(0, |(at, _)| *at)
}

/// As people write them: in one piece, in fours, or as American Express and Diners print.
fn is_grouped(sizes: &[usize]) -> bool {
    match sizes {
        [_] | [4, 6, 5] | [4, 6, 4] | [6, 13] | [8, 8] => true,
        [fours @ .., last] => fours.iter().all(|size| *size == 4) && *last <= 4,
        [] => false,
    }
}

/// Whether an issuer has cards that begin so and are that long.
fn issuer_has(digits: &[u32]) -> bool {
    let head = |count: usize| {
        digits[..count]
            .iter()
            .fold(0, |all, digit| all * 10 + digit)
    };
    let (one, two, three, four) = (head(1), head(2), head(3), head(4));
    let length = digits.len();
    match one {
        // Visa
        4 => matches!(length, 13 | 16 | 19),
        // Mastercard, then Maestro
        5 if (51..=55).contains(&two) => length == 16,
        5 if matches!(two, 50 | 56..=58) => true,
        2 => (2221..=2720).contains(&four) && length == 16,
        // American Express, JCB, Diners
        3 if matches!(two, 34 | 37) => length == 15,
        3 if (3528..=3589).contains(&four) => length >= 16,
        3 if (300..=305).contains(&three) || matches!(two, 36 | 38 | 39) => length >= 14,
        // Discover, UnionPay, Maestro, RuPay
        6 if four == 6011 || (644..=649).contains(&three) || two == 65 => length >= 16,
        6 if two == 62 => length >= 16,
        6 => matches!(two, 60 | 63 | 67..=69) && length >= 16,
        _ => false,
    }
}

/// Stretches that are something else: bank accounts, and what is called an order's or a
/// parcel's number and stands in one piece. In letters, not bytes.
fn spared(text: &str) -> Vec<(usize, usize)> {
    let letters_to = |byte: usize| text[..byte].chars().count();
    patterns::accounts_and_orders(text)
        .into_iter()
        .map(|(start, end)| (letters_to(start), letters_to(end)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that issuers publish for tests.
    const CARDS: [&str; 14] = [
        "4111111111111111",
        "4012888888881881",
        "4917610000000000003",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "3566002020360505",
        "30569309025904",
        "38520000023237",
        "6212345678901232",
        "6799990100000000019",
    ];

    /// Attack on the desk's own memory: a card is masked however it is written (P46).
    #[test]
    fn a_card_is_masked_but_for_its_last_four_digits() {
        let check = |text: &str, masked: &str| {
            assert_eq!(mask_cards(text).as_deref(), Some(masked), "{text}");
        };
        check(
            "my card 4111 1111 1111 1111!",
            "my card •••• •••• •••• 1111!",
        );
        check("4111-1111-1111-1111", "••••-••••-••••-1111");
        check("4111.1111.1111.1111", "••••.••••.••••.1111");
        check(
            "3782 822463 10005 is an Amex",
            "•••• •••••• •0005 is an Amex",
        );
        check("4111111111111111 12/27 123", "••••••••••••1111 12/27 123");
        check(
            "4111 1111 1111 1111 1227 123",
            "•••• •••• •••• 1111 1227 123",
        );
        check(
            "4111 1111 1111 1111 5555 5555 5555 4444",
            "•••• •••• •••• 1111 •••• •••• •••• 4444",
        );
        check(
            "4111\u{a0}1111\u{a0}1111\u{a0}1111",
            "••••\u{a0}••••\u{a0}••••\u{a0}1111",
        );
        check(
            "カードは４１１１１１１１１１１１１１１１です",
            "カードは••••••••••••１１１１です",
        );
        check("بطاقتي ٤١١١١١١١١١١١١١١١", "بطاقتي ••••••••••••١١١١");
        check(
            "card_4111-1111-1111-1111.png",
            "card_••••-••••-••••-1111.png",
        );
        check(
            "card: 41 11 11 11 11 11 11 11",
            "card: •• •• •• •• •• •• 11 11",
        );
        check("visa card 4222222222222", "visa card •••••••••2222");
        check("mycard4111111111111111", "mycard••••••••••••1111");
    }

    #[test]
    fn every_issuers_cards_are_masked_in_one_piece_and_in_fours() {
        for card in CARDS {
            let end = &card[card.len() - KEPT..];
            let whole = mask_cards(card).unwrap();
            assert!(
                whole.ends_with(end) && whole.starts_with('•'),
                "{card}: {whole}"
            );
            let fours: Vec<String> = card
                .as_bytes()
                .chunks(4)
                .map(|four| String::from_utf8(four.to_vec()).unwrap())
                .collect();
            assert!(mask_cards(&fours.join(" ")).is_some(), "{fours:?}");
        }
    }

    #[test]
    fn other_numbers_are_left_as_they_are() {
        for text in [
            "",
            "hello",
            "order 1234",
            // one digit wrong
            "4111 1111 1111 1112",
            // accounts
            "IBAN DE89 3704 0044 0532 0130 00",
            "GB29 NWBK 6016 1331 9268 19",
            "IBAN FR14 2004 1010 0505 0001 3M02 606",
            // telephones
            "+49 170 1234567 and +4915112345678",
            "call 0049 30 901820 0151 23456789",
            // orders and parcels, even where the check digit happens to fit
            "order number 4539148803436467",
            "my tracking number is 4012888888881881",
            "Bestellung 5555555555554444 fehlt",
            "9400 1000 0000 0000 0000 00",
            "parcel 1Z999AA10123456784",
            // bar codes, books, devices, instants
            "EAN 4006381333931",
            "ISBN 978-3-16-148410-0",
            "IMEI 35 2099 0017 6148 1",
            "at 1700000000000 and 1800000000000",
            // dates and times, amounts
            "2026-11-28 15:24:05 2026-11-29 10:00:00",
            "1.000.000,00 2.000.000,00",
            // too long to be one
            "41111111111111111111111111111111",
            // part of a word
            "A4111111111111111",
            "version 4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
        ] {
            assert_eq!(mask_cards(text), None, "{text}");
        }
    }

    #[test]
    fn masking_twice_changes_nothing_more() {
        let masked = mask_cards("4111 1111 1111 1111").unwrap();
        assert_eq!(mask_cards(&masked), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_and_only_digits_are_masked(text in "[0-9 .\\-a-zé４٤]{0,60}") {
            if let Some(masked) = mask_cards(&text) {
                proptest::prop_assert_eq!(masked.chars().count(), text.chars().count());
                for (was, is) in text.chars().zip(masked.chars()) {
                    proptest::prop_assert!(was == is || is == '•' && digit(was).is_some());
                }
            }
        }
    }
}
