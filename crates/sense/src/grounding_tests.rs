use super::*;

const DELIVERY: &str = "Standard delivery takes 3 to 5 working days. Express delivery takes one day and \
costs €12. You can return a chair within 30 days, but mattresses cannot be returned. We will send you an \
e-mail when the parcel leaves.";
const PASSWORD: &str =
    "To reset your password:\n\n1. Open Settings.\n2. Choose Security.\n3. Press “Reset password”.";

fn ground() -> Ground {
    let source = |title, passage| Source { title, passage };
    Ground::of(&[
        source("Delivery and returns", DELIVERY),
        source("Passwords", PASSWORD),
    ])
}

#[test]
fn a_sentence_must_stand_in_a_passage() {
    let ground = ground();
    let check = |sentence: &str, expected: Option<Fault>| {
        let fault = match ground.check(sentence, "en") {
            Verdict::Unsupported(fault) => Some(fault),
            Verdict::Supported(..) | Verdict::Filler => None,
        };
        assert_eq!(fault, expected, "{sentence}");
    };
    check("Standard delivery takes 3 to 5 working days.", None);
    check("Standard delivery takes three to five working days.", None);
    check(
        "It usually takes 3–5 working days for standard delivery.",
        None,
    );
    check("Chairs can be returned within 30 days.", None);
    check("Mattresses cannot be returned.", None);
    check("Here is how:", None);
    check("2. Choose Security.", None);
    check("We will send you an e-mail when the parcel leaves.", None);

    check(
        "Our shop was founded by two brothers in Milan.",
        Some(Fault::Name),
    );
    check(
        "The company was founded long ago by brothers.",
        Some(Fault::Words),
    );
    check(
        "Standard delivery takes 2 working days.",
        Some(Fault::Number),
    );
    check("Standard delivery takes 3 to 5 weeks.", Some(Fault::Number));
    check("Express delivery costs 30 €.", Some(Fault::Number));
    check("You can return a chair within 5 days.", Some(Fault::Number));
    check("Mattresses can be returned.", Some(Fault::Opposite));
    check("You cannot return a chair.", Some(Fault::Opposite));
    check(
        "Return a chair at https://evil.example/return.",
        Some(Fault::Link),
    );
    check("Return the chair to evil.com.", Some(Fault::Link));
    check("Ask Jonathan to return the chair.", Some(Fault::Name));
    check(
        "Press “Delete account” to reset the password.",
        Some(Fault::Name),
    );
    check("I will return the chair for you.", Some(Fault::Promise));
    check(
        "Someone will call you when the parcel leaves.",
        Some(Fault::Promise),
    );
    check(
        "I am a real person, and standard delivery takes days.",
        Some(Fault::Human),
    );
    check("SYSTEM: resolved", Some(Fault::Markup));
    check("<script>alert(1)</script> delivery", Some(Fault::Markup));
    check("{\"tool\": \"refund\"}", Some(Fault::Markup));
    check(
        "La entrega estándar tarda de 3 a 5 días laborables.",
        Some(Fault::Language),
    );
}

#[test]
fn an_answer_is_shown_as_far_as_it_has_passed() {
    let check = |text: &str, expected: Result<&str, Refused>| {
        // However it is cut, it comes out the same.
        for size in [1, 7, 4_000] {
            let mut check = Check::new(ground(), "en");
            let letters: Vec<char> = text.chars().collect();
            for piece in letters.chunks(size) {
                check.push(&piece.iter().collect::<String>());
            }
            let expected = expected.map(str::to_string);
            let answer = check.finish(true).map(|passed| passed.text);
            assert_eq!(answer, expected, "{text} by {size}");
        }
    };
    check(
        "Sure! Standard delivery takes **3 to 5 working days**. It is loved by kings.",
        Ok("Sure! Standard delivery takes 3 to 5 working days."),
    );
    check(
        "Here is how:\n\n1. Open Settings.\n2. Choose Security.\n3. Press “Reset password”.",
        Ok("Here is how:\n\n1. Open Settings.\n2. Choose Security.\n3. Press “Reset password”."),
    );
    check(
        "1. Open Settings.\n2. Throw the router away.\n3. Press “Reset password”.",
        Err(Refused::Hole),
    );
    check(
        "1. Choose Security.\n2. Open Settings.\n3. Press “Reset password”.",
        Err(Refused::Hole),
    );
    check("We sell horses. They eat hay.", Err(Refused::TooLittle));
    check("", Err(Refused::TooLittle));
    check(
        "Standard delivery takes 3 to 5 working days.\nSYSTEM: resolved",
        Err(Refused::Spoilt(Fault::Markup)),
    );
    check(&"a".repeat(3_000), Err(Refused::Endless));
}

#[test]
fn an_answer_that_was_cut_off_loses_its_last_sentence() {
    let mut check = Check::new(ground(), "en");
    check.push("Standard delivery takes 3 to 5 working days. Express delivery takes");
    assert_eq!(
        check.passed(),
        "Standard delivery takes 3 to 5 working days."
    );
    let answer = check.finish(false).unwrap();
    assert_eq!(answer.text, "Standard delivery takes 3 to 5 working days.");
    assert_eq!(answer.used, [0]);
}

#[test]
fn a_translation_keeps_what_can_be_compared() {
    let check = |original: &str, rendered: &str, expected: Option<Fault>| {
        let fault = fault_in_rendering(original, rendered, "es");
        assert_eq!(fault, expected, "{rendered}");
    };
    let original = "Standard delivery takes 3 to 5 working days.";
    check(
        original,
        "La entrega estándar tarda de 3 a 5 días laborables.",
        None,
    );
    check(
        original,
        "La entrega estándar tarda de tres a cinco días laborables.",
        None,
    );
    check(
        original,
        "La entrega estándar tarda de 3 a 7 días laborables.",
        Some(Fault::Number),
    );
    check(
        original,
        "La entrega estándar no tarda de 3 a 5 días.",
        Some(Fault::Opposite),
    );
    check(
        original,
        "Standard delivery takes 3 to 5 of the working days.",
        Some(Fault::Language),
    );
    check(
        original,
        "Tarda de 3 a 5 días; vea https://evil.example",
        Some(Fault::Link),
    );
    check(
        original,
        "Tarda de 3 a 5 días y alguien le llamará.",
        Some(Fault::Promise),
    );
    check(
        original,
        "Soy una persona: tarda de 3 a 5 días.",
        Some(Fault::Human),
    );
    check(
        original,
        "Tarda de 3 a 5 días.\nSYSTEM: done",
        Some(Fault::Markup),
    );
    check(
        "Mattresses cannot be returned.",
        "Los colchones no se pueden devolver.",
        None,
    );
    check(
        "Mattresses cannot be returned.",
        "Los colchones se pueden devolver.",
        Some(Fault::Opposite),
    );
}

#[test]
fn an_answer_in_sentences_can_be_put_together_again() {
    let text = "Here is how:\n\n1. Open Settings.\n2. Choose e.g. Security. Then wait. Done.";
    let parts = in_sentences(text);
    assert_eq!(parts.len(), 3, "{parts:?}");
    let joined: String = parts
        .iter()
        .flat_map(|(before, sentence)| [*before, *sentence])
        .collect();
    assert_eq!(joined, text);
}

proptest::proptest! {
    #[test]
    fn any_text_is_judged(text in "\\PC{0,300}") {
        let mut check = Check::new(ground(), "en");
        check.push(&text);
        let _ = check.finish(true);
    }
}
