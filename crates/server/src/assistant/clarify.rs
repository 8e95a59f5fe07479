//! Which article the customer says a question means (P17).

/// The reading that a customer's words choose: its title, or its number.
pub fn chosen<'a>(text: &str, readings: &'a [String]) -> Option<&'a str> {
    let said = plain(text);
    if said.is_empty() {
        return None;
    }
    let by_number = said
        .parse::<usize>()
        .ok()
        .and_then(|number| readings.get(number.checked_sub(1)?));
    let by_title = || {
        let mut holding = readings.iter().filter(|title| {
            let title = plain(title);
            title == said || title.contains(&said) && said.chars().count() >= 4
        });
        // Words that stand in both choose neither.
        holding.next().filter(|_| holding.next().is_none())
    };
    let exact = || readings.iter().find(|title| plain(title) == said);
    by_number
        .or_else(exact)
        .or_else(by_title)
        .map(String::as_str)
}

fn plain(text: &str) -> String {
    let kept = text.trim_matches(|c: char| !c.is_alphanumeric());
    kept.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_chosen_by_its_title_or_its_number() {
        let readings = [
            "Change your plan".to_string(),
            "Change your address".to_string(),
        ];
        let check = |text: &str, expected: Option<usize>| {
            let expected = expected.map(|at| readings[at].as_str());
            assert_eq!(chosen(text, &readings), expected, "{text}");
        };
        check("Change your plan", Some(0));
        check("change your address.", Some(1));
        check("2", Some(1));
        check("1.", Some(0));
        check("address", Some(1));
        check("change your", None);
        check("3", None);
        check("0", None);
        check("neither", None);
        check("", None);
    }
}
