//! What a customer has told already, so that they are not asked for it while they wait (P27,
//! P31); and whether somebody who waits says that it is over.

use std::sync::LazyLock;

use regex::Regex;
use segue_core::asking::Detail;

use crate::normal::Normal;
use crate::rules;

/// A number that stands for something: five digits or more, which no year has, or a code of
/// letters and digits.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    let code = r"#\s?\w{3,}|\b[0-9]{5,}\b|\b[A-Za-z]{1,5}-?[0-9]{4,}[A-Za-z0-9-]*\b|\b[0-9]{3,}-[0-9-]{3,}\b";
    Regex::new(code).expect("a test reads references")
});

/// Words in quotation marks, as of an error's text.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    let quoted = r#"["“”„«»「『`][^"“”„«»」』`]{6,}["“”«»」』`]"#;
    Regex::new(quoted).expect("a test reads quotations")
});

/// Messages that are read; the oldest of a long conversation are not.
const READ: usize = 40;

/// The details that stand in the customer's messages. Whether they tell the issue is for the
/// caller to know.
pub fn told(texts: &[&str]) -> Vec<Detail> {
    let mut told = Vec::new();
    for text in texts.iter().rev().take(READ) {
        let normal = Normal::of(text);
        let says = [
            (Detail::Reference, REFERENCE.is_match(text)),
            (
                Detail::ErrorText,
                QUOTED.is_match(text) || rules::TOLD_ERROR.matches(&normal),
            ),
            (Detail::Device, rules::TOLD_DEVICE.matches(&normal)),
            (Detail::Since, rules::TOLD_SINCE.matches(&normal)),
        ];
        told.extend(
            says.into_iter()
                .filter(|(_, is_told)| *is_told)
                .map(|(it, _)| it),
        );
    }
    told.sort_unstable();
    told.dedup();
    told
}

/// Whether somebody who waits for a person says that it is over: "never mind, it works now".
pub fn is_over(text: &str) -> bool {
    !text.trim_end().ends_with(['?', '？', '؟']) && rules::IS_OVER.matches(&Normal::of(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_found_in_eight_languages() {
        let check = |text: &str, expected: &[Detail]| {
            assert_eq!(told(&[text]), expected, "{text}");
        };
        use Detail::*;
        check("where is my stuff", &[]);
        check("order 48213 never came", &[Reference]);
        check("it's RX-20419 from last week", &[Reference, Since]);
        check("you charged me 39.90 in 2026", &[]);
        check("my iPhone shows error 502", &[ErrorText, Device]);
        check(
            "it says \"token expired, sign in\" since monday",
            &[ErrorText, Since],
        );
        check(
            "seit gestern geht auf meinem Handy nichts",
            &[Device, Since],
        );
        check("depuis ce matin sur Chrome", &[Device, Since]);
        check(
            "desde ayer no puedo entrar con mi Android",
            &[Device, Since],
        );
        check("desde ontem no meu celular", &[Device, Since]);
        check("从昨天开始手机打不开", &[Device, Since]);
        check("昨日からスマホで開けません", &[Device, Since]);
        check("منذ امس لا يفتح على الجوال", &[Device, Since]);
    }

    #[test]
    fn it_is_over_when_somebody_says_so_and_only_then() {
        for text in [
            "never mind, it works now",
            "nvm it's working again, thanks",
            "ok it works now",
            "oh it's back online",
            "forget it, I found it",
            "I figured it out, thanks!",
            "you can close this, thanks",
            "nevermind",
            "actually I don't need help anymore",
            "ya funciona, gracias",
            "olvídalo, ya está",
            "c'est bon, ça remarche, merci",
            "laissez tomber",
            "hat sich erledigt, danke",
            "jetzt geht es wieder",
            "já funciona, obrigada",
            "不用了，已经好了",
            "もう大丈夫です、ありがとうございました",
            "خلاص اشتغل شكرا",
        ] {
            assert!(is_over(text), "{text}");
        }
        for text in [
            "it works now but I still want my money back",
            "never mind the refund, where is my parcel",
            "nothing works now",
            "it still doesn't work",
            "does it work now?",
            "never mind?? I have been waiting for an hour",
            "it worked yesterday",
            "I would like it to be working",
            "ok thanks",
            "thank you, I'll wait",
            "no",
            "I don't mind waiting",
            "es geht immer noch nicht",
            "ça ne marche pas",
            "todavía no funciona",
            "ainda não funciona",
            "还是不行",
            "まだ直りません",
            "ما اشتغل",
            "please close my account",
            "is anybody there",
        ] {
            assert!(!is_over(text), "{text}");
        }
    }
}
