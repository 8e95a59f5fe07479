//! How often a wish for a person is heard that somebody has made hard to read: four wishes
//! in each of ten languages, put through each trick. Attack case 53. Lexical mode, so that
//! it holds on every installation; `cargo test -p segue-sense --test obfuscated -- --nocapture`
//! prints the table. The sentences are this file's own and were never trained on.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use segue_core::signal::Trigger;
use segue_sense::read::{Context, Reader};

/// Four plain wishes in ten languages.
const WISHES: [(&str, [&str; 4]); 10] = [
    (
        "en",
        [
            "I want to talk to a human",
            "please connect me to a real person",
            "get me an agent",
            "can I speak to someone from your team?",
        ],
    ),
    (
        "de",
        [
            "ich möchte mit einem Menschen sprechen",
            "bitte einen Mitarbeiter",
            "verbinden Sie mich mit einem Berater",
            "kann ich mit einer echten Person reden?",
        ],
    ),
    (
        "fr",
        [
            "je veux parler à un humain",
            "passez-moi un conseiller",
            "je voudrais parler à une vraie personne",
            "mettez-moi en relation avec un agent",
        ],
    ),
    (
        "es",
        [
            "quiero hablar con una persona",
            "pásame con un agente",
            "necesito hablar con alguien real",
            "quiero un operador humano",
        ],
    ),
    (
        "pt",
        [
            "quero falar com uma pessoa",
            "me passe para um atendente",
            "preciso falar com um humano",
            "quero um atendente humano",
        ],
    ),
    (
        "it",
        [
            "voglio parlare con una persona",
            "passami un operatore",
            "vorrei parlare con un essere umano",
            "mi serve un operatore umano",
        ],
    ),
    (
        "nl",
        [
            "ik wil een medewerker spreken",
            "ik wil met een mens praten",
            "verbind me door met een medewerker",
            "kan ik een echt persoon spreken?",
        ],
    ),
    (
        "ja",
        [
            "人間と話したい",
            "オペレーターにつないでください",
            "担当者と話したいです",
            "有人対応をお願いします",
        ],
    ),
    (
        "zh",
        [
            "我要转人工",
            "我想跟真人说话",
            "请帮我接人工客服",
            "我要找客服人员",
        ],
    ),
    (
        "ar",
        [
            "أريد التحدث مع شخص حقيقي",
            "حولني إلى موظف",
            "أريد التحدث إلى إنسان",
            "أريد موظف خدمة العملاء",
        ],
    ),
];

/// A trick, and the least share of wishes that is heard through it, in percent: what was
/// measured, rounded down to the next five.
type Trick = (&'static str, fn(&str) -> String, usize);

const TRICKS: [Trick; 13] = [
    ("as it is", str::to_string, 100),
    ("capitals", str::to_uppercase, 100),
    ("buried in other words", buried, 95),
    ("letters apart", |text| apart(text, ' '), 100),
    ("dots between letters", |text| apart(text, '.'), 80),
    ("invisible letters", |text| between(text, '\u{200b}'), 100),
    ("wide letters", wide, 100),
    ("look-alikes", look_alikes, 100),
    ("numbers for letters", numbers, 85),
    ("stretched", stretched, 85),
    ("accents on top", |text| between(text, '\u{0336}'), 100),
    ("two letters swapped", swapped, 80),
    ("base64", base64, 95),
];

fn is_spaceless(c: char) -> bool {
    c > '\u{2fff}'
}

fn buried(text: &str) -> String {
    format!("Hi, my order 48213 came on Monday and the left strap is torn. {text}. Thanks, Sam")
}

/// Signs between the letters of each word; scripts without spaces get them between all.
fn apart(text: &str, sign: char) -> String {
    let words = text.split(' ').map(|word| {
        let letters: Vec<String> = word.chars().map(String::from).collect();
        letters.join(&sign.to_string())
    });
    words.collect::<Vec<_>>().join("  ")
}

fn between(text: &str, sign: char) -> String {
    text.chars().flat_map(|c| [c, sign]).collect()
}

fn wide(text: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap(),
        other => other,
    };
    text.chars().map(wide).collect()
}

/// Cyrillic and Greek letters that look Latin.
fn look_alikes(text: &str) -> String {
    let alike = |c: char| match c {
        'a' => 'а',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        'x' => 'х',
        'i' => 'і',
        other => other,
    };
    text.chars().map(alike).collect()
}

fn numbers(text: &str) -> String {
    let number = |c: char| match c {
        'a' => '4',
        'e' => '3',
        'o' => '0',
        'i' => '1',
        other => other,
    };
    text.chars().map(number).collect()
}

fn stretched(text: &str) -> String {
    let times = |c: char| if matches!(c, 'a' | 'e' | 'o') { 4 } else { 1 };
    text.chars()
        .flat_map(|c| std::iter::repeat_n(c, times(c)))
        .collect()
}

/// The second and third letter of the longest word change places.
fn swapped(text: &str) -> String {
    let longest = text
        .split(' ')
        .max_by_key(|word| word.chars().count())
        .unwrap();
    let mut letters: Vec<char> = longest.chars().collect();
    if letters.len() > 4 && !is_spaceless(letters[0]) {
        letters.swap(1, 2);
    }
    text.replacen(longest, &letters.iter().collect::<String>(), 1)
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let number = bytes
            .iter()
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - bytes.len()));
        let letter = |n: usize| match n <= bytes.len() {
            true => LETTERS[(number >> (18 - 6 * n) & 63) as usize] as char,
            false => '=',
        };
        (0..4).map(letter).collect::<String>()
    };
    text.as_bytes().chunks(3).map(group).collect()
}

#[test]
fn a_wish_for_a_person_is_heard_through_most_disguises() {
    let reader = Reader::lexical();
    let is_heard = |text: &str| {
        let reading = reader.read(text, &Context::default());
        reading.strength(Trigger::RequestHuman) >= 0.5
    };
    let languages: Vec<&str> = WISHES.iter().map(|(language, _)| *language).collect();
    println!("{:24} {}", "", languages.join("    "));
    let mut faults = vec![];
    for (name, trick, bar) in TRICKS {
        let mut line = String::new();
        let (mut heard, mut n) = (0, 0);
        for (language, wishes) in WISHES {
            let of_language = wishes.iter().filter(|wish| is_heard(&trick(wish))).count();
            for wish in wishes.iter().filter(|wish| !is_heard(&trick(wish))) {
                println!("    missed, {name}, {language}: {}", trick(wish));
            }
            line.push_str(&format!("{of_language}/{}   ", wishes.len()));
            heard += of_language;
            n += wishes.len();
        }
        let share = 100 * heard / n;
        println!("{name:24} {line} {share} %");
        if share < bar {
            faults.push(format!(
                "{name}: {share} % of {n} are heard, {bar} % is the bar"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
