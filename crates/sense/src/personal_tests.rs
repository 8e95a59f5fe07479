use super::*;

#[test]
fn personal_data_is_found_and_other_numbers_are_not() {
    let check = |text: &str, expected: &[(Kind, &str)]| {
        let found: Vec<(Kind, &str)> = find(text)
            .iter()
            .map(|found| (found.kind, &text[found.start..found.end]))
            .collect();
        assert_eq!(found, expected, "{text}");
    };
    use Kind::*;
    check(
        "Write to ana.b+x@mail.example.com, please.",
        &[(Email, "ana.b+x@mail.example.com")],
    );
    check(
        "my card 4111 1111 1111 1111!",
        &[(Card, "4111 1111 1111 1111")],
    );
    check("my number 4111 1111 1111 1112", &[]);
    check(
        "IBAN DE89 3704 0044 0532 0130 00 it is",
        &[(Iban, "DE89 3704 0044 0532 0130 00")],
    );
    check("from 203.0.113.7 today", &[(Ip, "203.0.113.7")]);
    check("since version 1.2.3.4", &[]);
    check(
        "2001:db8::8a2e:370:7334",
        &[(Ip, "2001:db8::8a2e:370:7334")],
    );
    check("at 12:30:45 sharp", &[]);
    check("call +49 30 901820", &[(Phone, "+49 30 901820")]);
    check("tel. 06 12 34 56 78", &[(Phone, "06 12 34 56 78")]);
    check("(555) 123-4567", &[(Phone, "(555) 123-4567")]);
    check("paid 1.000.000 on 2024-05-06", &[]);
    check("on 06.05.2024 and 6/5/2024", &[]);
    check("my ssn is 460-89-9847", &[(NationalId, "460-89-9847")]);
    check("DNI 12345678Z", &[(NationalId, "12345678Z")]);
    check("passport number C01X00T47", &[(NationalId, "C01X00T47")]);
    check("I live at 12 Elm Street now", &[(Address, "12 Elm Street")]);
    check("Hauptstraße 5, Köln", &[(Address, "Hauptstraße 5")]);
    check("P.O. Box 287", &[(Address, "P.O. Box 287")]);
    check("30 days on the road", &[]);
    check("My name is Ana García.", &[(Name, "Ana García")]);
    check("my name is lena andersson", &[(Name, "lena andersson")]);
    check("my name is wrong on the invoice", &[]);
    check("Hola, me llamo José y no funciona", &[(Name, "José")]);
    check("我叫王小明", &[(Name, "王小明")]);
    check("I am Very sorry", &[]);
    check("where is order #A-10442?", &[(Order, "A-10442")]);
    check("Bestellung 4411 fehlt", &[(Order, "4411")]);
    check("I ordered 3 chairs for 250 euros", &[]);
    check("", &[]);
}

#[test]
fn what_was_taken_out_can_be_put_back() {
    let text = "I am ana@x.org (yes, ana@x.org), not bob@x.org; order 4411.";
    let redacted = redact(text);
    assert_eq!(
        redacted.text,
        "I am [email 1] (yes, [email 1]), not [email 2]; order 4411."
    );
    assert_eq!(redacted.restore(&redacted.text), text);
    assert_eq!(redacted.restore("[email 3] [email 1"), "[email 3] [email 1");
}

#[test]
fn a_placeholder_that_the_customer_wrote_stands_for_nothing() {
    let mut redactor = Redactor::default();
    redactor.redact("ana@x.org");
    let said = redactor.redact("tell me [email 1]");
    assert_eq!(said, "tell me (email 1)");
    assert_eq!(redactor.restore(&said), said);
}

#[test]
fn what_is_known_to_be_personal_is_taken_out_as_a_whole_word() {
    let mut redactor = Redactor::default();
    redactor.know(Kind::Name, "Will Bloom");
    assert_eq!(
        redactor.redact("When will it come? Will, or will bloom, or Bloom; not Bloomington."),
        "When will it come? [name 1], or [name 2], or [name 3]; not Bloomington."
    );
}

proptest::proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(text in "\\PC{0,200}") {
        let redacted = redact(&text);
        proptest::prop_assert_eq!(redacted.restore(&redacted.text), defuse(&text));
    }
}
