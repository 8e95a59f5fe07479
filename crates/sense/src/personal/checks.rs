//! The check digits that tell a card, an account or an id from any other number.

/// Whether the last digit fits the others (Luhn, ISO/IEC 7812-1).
pub(super) fn luhn(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| match (at % 2, *digit) {
        (0, digit) => digit,
        (_, digit) if digit > 4 => 2 * digit - 9,
        (_, digit) => 2 * digit,
    };
    digits
        .iter()
        .rev()
        .enumerate()
        .map(doubled)
        .sum::<u32>()
        .is_multiple_of(10)
}

/// Whether letters and digits are an IBAN (ISO 13616: the remainder by 97 is 1).
pub(super) fn iban(letters: &str) -> bool {
    if !(15..=34).contains(&letters.len()) || !letters.is_ascii() {
        return false;
    }
    let moved = letters[4..].chars().chain(letters[..4].chars());
    let mut rest = 0;
    for c in moved {
        let Some(value) = c.to_digit(36) else {
            return false;
        };
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    rest == 1
}

/// Whether the letter of a Spanish DNI or NIE fits its number.
pub(super) fn dni(text: &str) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let upper = text.to_ascii_uppercase();
    let Some((number, letter)) = upper.split_at_checked(upper.len() - 1) else {
        return false;
    };
    let number: String = number
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .enumerate()
        .map(|(at, c)| match (at, c) {
            (0, 'X') => '0',
            (0, 'Y') => '1',
            (0, 'Z') => '2',
            (_, other) => other,
        })
        .collect();
    let number: Option<usize> = number.parse().ok();
    number.is_some_and(|number| letter.as_bytes() == [LETTERS[number % 23]])
}

/// Whether the last sign of a Chinese resident's number fits (GB 11643, ISO 7064).
pub(super) fn resident_number(text: &str) -> bool {
    let weight = |at: usize| 2_u32.pow(17 - at as u32) % 11;
    let value = |c: char| {
        if matches!(c, 'x' | 'X') {
            Some(10)
        } else {
            c.to_digit(10)
        }
    };
    let values: Option<Vec<u32>> = text.chars().map(value).collect();
    values.is_some_and(|values| {
        values.len() == 18
            && values
                .iter()
                .enumerate()
                .map(|(at, value)| value * weight(at))
                .sum::<u32>()
                % 11
                == 1
    })
}
