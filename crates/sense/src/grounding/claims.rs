//! What an assistant must not say whatever the articles say: that it is a person, what a
//! person will do, what was done, and anything that is no sentence.

use std::sync::LazyLock;

use regex::Regex;

use crate::normal::{fold_all, is_ideograph};

/// First person, or done already: never the assistant's to say.
const OWN: &[&str] = &[
    "i will",
    "i'll",
    "i have",
    "i've",
    "i can",
    "i could",
    "i am going",
    "i'm going",
    "i am processing",
    "i just",
    "let me",
    "i promise",
    "i guarantee",
    "we guarantee",
    "i am sending",
    "has been refunded",
    "has been cancelled",
    "has been resolved",
    "has been escalated",
    "have been refunded",
    "is now resolved",
    "ich werde",
    "ich habe",
    "ich kann",
    "ich verspreche",
    "wurde erstattet",
    "wurde gelost",
    "je vais",
    "j'ai",
    "je peux",
    "je vous promets",
    "a ete rembourse",
    "voy a",
    "he procesado",
    "he cancelado",
    "puedo",
    "te prometo",
    "le prometo",
    "ha sido reembolsado",
    "eu vou",
    "vou",
    "eu posso",
    "posso",
    "prometo",
    "foi reembolsado",
    "我会",
    "我已",
    "我可以",
    "我保证",
    "已为您",
    "いたしました",
    "私が",
    "سأقوم",
    "سوف أقوم",
    "لقد قمت",
    "أعدك",
];
/// What a person will do: only where the article says so itself.
const PROMISES: &[&str] = &[
    "we will",
    "we'll",
    "we are going to",
    "our team will",
    "the team will",
    "support will",
    "someone will",
    "somebody will",
    "an agent will",
    "a person will",
    "a human will",
    "a colleague",
    "a specialist",
    "will contact you",
    "will call you",
    "will get back",
    "will reach out",
    "will be contacted",
    "wir werden",
    "unser team wird",
    "ein mitarbeiter",
    "jemand wird",
    "meldet sich",
    "kontaktieren sie",
    "nous allons",
    "notre equipe",
    "un conseiller",
    "quelqu'un va",
    "vous contactera",
    "nuestro equipo",
    "un agente",
    "alguien",
    "le contactara",
    "te contactara",
    "nos pondremos",
    "nossa equipe",
    "nossa equipa",
    "um atendente",
    "entrara em contato",
    "entraremos",
    "我们会",
    "客服会",
    "工作人员会",
    "联系您",
    "担当者",
    "ご連絡いたします",
    "سيتواصل",
    "سنقوم",
    "سيتصل",
];
const HUMAN: &[&str] = &[
    "i am a human",
    "i'm a human",
    "i am human",
    "i'm human",
    "i am a person",
    "i'm a person",
    "i am a real",
    "i'm a real",
    "as a human",
    "as a person",
    "not a bot",
    "not a robot",
    "not an ai",
    "not a machine",
    "my name is",
    "i am an agent",
    "i'm an agent",
    "human agent here",
    "real person here",
    "ich bin ein mensch",
    "kein bot",
    "kein roboter",
    "mein name ist",
    "als mensch",
    "je suis un humain",
    "je suis humain",
    "je suis une personne",
    "pas un robot",
    "je m'appelle",
    "soy humano",
    "soy una persona",
    "soy un humano",
    "no soy un robot",
    "no soy un bot",
    "me llamo",
    "mi nombre es",
    "sou humano",
    "sou uma pessoa",
    "nao sou um robo",
    "meu nome e",
    "me chamo",
    "我是人",
    "我是真人",
    "我不是机器人",
    "我叫",
    "我的名字",
    "人間です",
    "ロボットではありません",
    "と申します",
    "أنا إنسان",
    "أنا شخص",
    "لست روبوت",
    "اسمي",
];
const DENIALS: &[&str] = &[
    "not",
    "no",
    "never",
    "cannot",
    "can't",
    "don't",
    "doesn't",
    "isn't",
    "aren't",
    "won't",
    "without",
    "unable",
    "impossible",
    "neither",
    "nor",
    "nobody",
    "nothing",
    "excluded",
    "except",
    "unless",
    "didn't",
    "wasn't",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keiner",
    "keinem",
    "nie",
    "ohne",
    "niemals",
    "ausser",
    "pas",
    "jamais",
    "sans",
    "aucun",
    "aucune",
    "ni",
    "sauf",
    "nunca",
    "sin",
    "ningun",
    "ninguna",
    "tampoco",
    "salvo",
    "nao",
    "sem",
    "nenhum",
    "nenhuma",
    "exceto",
    "لا",
    "لن",
    "لم",
    "ليس",
    "ليست",
    "بدون",
    "غير",
    "إلا",
];
const DENIALS_INSIDE: &[&str] = &["不", "没", "無", "无", "未", "ない", "ません", "ず"];

static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)</?[a-z!][^<]*|<\||\|>|```|\{\s*"|"\s*:\s*[\[{"]|!\[|javascript:|data:text"#,
        r"|\b(?:tool|function)_calls?\b",
        r"|^\s*[#*\[]{0,3}\s*(?:system|assistant|agent|user|customer|human|developer|tool)\s*[\])*]{0,3}\s*[:：]",
    ))
    .expect("the pattern is constant and tested")
});

/// Where a sentence turns round.
static TURNS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i);|,? \b(?:but|however|although|whereas|aber|jedoch|mais|pero|sino|mas|porém)\b|但|けど|ですが|لكن")
        .expect("the pattern is constant and tested")
});

type Phrases = Vec<String>;
static OWN_PHRASES: LazyLock<Phrases> = LazyLock::new(|| OWN.iter().map(|p| phrase(p)).collect());
static PROMISE_PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| PROMISES.iter().map(|p| phrase(p)).collect());
static HUMAN_PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| HUMAN.iter().map(|p| phrase(p)).collect());
static DENIAL_WORDS: LazyLock<Phrases> =
    LazyLock::new(|| DENIALS.iter().map(|p| phrase(p)).collect());

/// A text as its words with a space on each side, so that whole words are found in it. In
/// scripts without spaces the words run together, and so do their phrases.
pub(super) fn phrase(text: &str) -> String {
    let folded = fold_all(text).replace('’', "'");
    let runs_together = folded.chars().any(is_ideograph);
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '\'' {
            c
        } else {
            ' '
        }
    };
    let words: String = folded.chars().map(plain).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    if runs_together {
        words.join(" ")
    } else {
        format!(" {} ", words.join(" "))
    }
}

fn first_of(phrases: &'static [String], text: &str) -> Option<&'static str> {
    let text = phrase(text);
    phrases
        .iter()
        .map(String::as_str)
        .find(|phrase| text.contains(phrase))
}

/// A tag, code, a call or a role's label.
pub(super) fn is_markup(text: &str) -> bool {
    MARKUP.is_match(text)
        || text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
}

/// "I am a real person."
pub(super) fn claims_human(text: &str) -> bool {
    first_of(&HUMAN_PHRASES, text).is_some()
}

/// "I have refunded it."
pub(super) fn speaks_for_itself(text: &str) -> bool {
    first_of(&OWN_PHRASES, text).is_some()
}

/// "Somebody will call you": the promise, if there is one.
pub(super) fn promises(text: &str) -> Option<&'static str> {
    first_of(&PROMISE_PHRASES, text)
}

/// The parts of a sentence on each side of a "but".
pub(super) fn clauses(text: &str) -> Vec<&str> {
    TURNS.split(text).collect()
}

/// Whether it says no.
pub(super) fn denies(text: &str) -> bool {
    first_of(&DENIAL_WORDS, text).is_some()
        || DENIALS_INSIDE.iter().any(|denial| text.contains(denial))
}
