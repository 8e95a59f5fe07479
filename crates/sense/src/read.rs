//! Reads a customer's message: language, signals, small talk, what it says of the
//! last answer, whether it asks again, amounts. Total on any text, and pure: a reader
//! remembers sentence vectors only so as not to work them out twice.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use segue_core::policy::Policy;
use segue_core::signal::{Evidence, Feedback, Reading, Signal, SmallTalk, Trigger};
use segue_encoder::{Encoder, Meaning};

use crate::heads::Head;
use crate::hidden;
use crate::normal::Normal;
use crate::retrieval::{Query, WordMeanings};
use crate::rules;
use crate::sentences::Sentences;
use crate::signals::Sight;
use crate::similar::similarity;
use crate::{language, money, topics};

pub use crate::sentences::{OpenReaderError, Sharpness, open_encoder};

/// From this overlap of content on, a message asks again what was asked before.
const SAME_QUESTION: f64 = 0.6;
/// From this likeness on, two messages are about the same issue.
const SAME_ISSUE: f64 = 0.45;
/// How many earlier messages are compared, the newest first.
const COMPARED: usize = 12;
/// Texts whose meaning is remembered, 4 kB each.
const REMEMBERED: usize = 2_000;
/// From this probability of orders to the assistant on, a text is read in parts too.
const GIVES_ORDERS: f64 = 0.2;
/// From this on a part of such a text is nothing but orders.
const ORDERS: f64 = 0.5;
/// Longer messages are no small talk, in bytes.
const SMALL: usize = 200;

/// What is known of the conversation while a message is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The customer's earlier messages, oldest first.
    pub earlier: &'a [String],
    /// The assistant's last answer, if it gave one.
    pub last_answer: Option<&'a str>,
    /// Whether the assistant's last words offered a person.
    pub offered: bool,
    /// Says which refund is for a person (P1); the default policy if absent.
    pub policy: Option<&'a Policy>,
    /// What amounts without a currency are in.
    pub account_currency: Option<&'a str>,
}

static DEFAULT: LazyLock<Policy> = LazyLock::new(Policy::default);

impl Context<'_> {
    /// The policy that says which refund is for a person (P1).
    pub(crate) fn policy(&self) -> &Policy {
        self.policy.unwrap_or(&DEFAULT)
    }
}

/// Reads texts: with rules and n-grams always, with sentence vectors where it was given
/// the model that makes them. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    sentences: Arc<Sentences>,
    remembered: Arc<Mutex<HashMap<String, Understood>>>,
}

/// What a text means, as a whole and word by word.
type Understood = (Arc<Meaning>, Arc<WordMeanings>);

impl Reader {
    /// Reads with rules and n-grams alone: the lexical mode.
    pub fn lexical() -> Self {
        Self::with(Sentences::always(None))
    }

    /// Reads with sentence vectors too.
    pub fn with_encoder(encoder: Arc<Encoder>) -> Self {
        Self::with(Sentences::always(Some(encoder)))
    }

    /// Reads with sentence vectors too, with a model that is opened when it is needed, and
    /// again after each [`Reader::rest`]; by words alone once `open` gives none.
    pub fn opening(open: impl Fn() -> Option<Arc<Encoder>> + Send + Sync + 'static) -> Self {
        Self::with(Sentences::at_rest(open))
    }

    /// Reads with the sentence model in a file or folder; see [`open_encoder`].
    pub fn open(path: &Path) -> Result<Self, OpenReaderError> {
        Ok(Self::with_encoder(open_encoder(path)?))
    }

    fn with(sentences: Sentences) -> Self {
        Self {
            sentences: Arc::new(sentences),
            remembered: Arc::default(),
        }
    }

    /// How texts are read at present; never waits.
    pub fn sharpness(&self) -> Sharpness {
        self.sentences.sharpness()
    }

    /// Has the sentence model open when texts come; takes as long as that.
    pub fn wake(&self) {
        self.sentences.encoder();
    }

    /// Lets go of the sentence model, where it can be opened anew, and of all that is
    /// remembered: for when nobody has written for a while.
    pub fn rest(&self) {
        self.sentences.rest();
        let remembered = self.remembered.lock();
        *remembered.expect("nobody panics with the lock held") = HashMap::new();
    }

    /// How often this reader and its clones needed the sentence model: as long as that stays,
    /// nobody writes.
    pub fn used(&self) -> u64 {
        self.sentences.used()
    }

    /// Whether two messages are about the same issue, in whatever words (P12).
    pub fn same_issue(&self, a: &str, b: &str) -> bool {
        similarity(&self.query(a), &self.query(b)) >= SAME_ISSUE
    }

    /// The sentence model, unless in lexical mode. Opens one that is at rest.
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        self.sentences.encoder()
    }

    /// What a customer's text means; `None` in lexical mode and for an empty text.
    pub fn meaning(&self, text: &str) -> Option<Arc<Meaning>> {
        Some(self.understood(text)?.0)
    }

    fn understood(&self, text: &str) -> Option<Understood> {
        let encoder = self.encoder()?;
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let lock = || {
            let remembered = self.remembered.lock();
            remembered.expect("nobody panics with the lock held")
        };
        if let Some(known) = lock().get(text) {
            return Some(known.clone());
        }
        let (meaning, tokens) = encoder.read_tokens(text);
        let understood: Understood = (Arc::from(meaning), Arc::new(WordMeanings::of(&tokens)));
        let mut remembered = lock();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(text.to_owned(), understood.clone());
        Some(understood)
    }

    /// A question as the knowledge base is asked it.
    pub fn query(&self, text: &str) -> Query {
        let (meaning, words) = self.understood(text).unzip();
        Query {
            text: text.to_owned(),
            meaning,
            words,
        }
    }

    fn repeats(&self, text: &str, normal: &Normal<'_>, earlier: &[String]) -> bool {
        let has_content = normal.words().count() >= 2 || normal.text.chars().count() >= 4;
        let asked = self.query(text);
        has_content
            && earlier.iter().rev().take(COMPARED).any(|before| {
                similarity(&asked, &self.query(before)) >= SAME_QUESTION
                    && small_talk(&Normal::of(before)).is_none()
            })
    }

    /// Adds what stands in base64, and what stands beside orders to the assistant: a trouble
    /// that drowns in the whole is plain in its own sentence.
    fn look_behind(
        &self,
        text: &str,
        sight: &Sight<'_>,
        context: &Context<'_>,
        signals: &mut Vec<Signal>,
    ) {
        let read = |part: &str| {
            let meaning = self.meaning(part);
            let adapted = meaning.as_ref().map(|meaning| &meaning.adapted);
            Sight::new(part, &Normal::of(part), adapted)
                .signals(context)
                .0
        };
        if let Some((run, words)) = hidden::decoded(text) {
            let mut found = read(&words);
            // The customer wrote the run, and evidence is what the customer wrote.
            for signal in &mut found {
                signal.evidence = vec![Evidence::words(run)];
            }
            hidden::add(signals, found);
        }
        if sight.has_vector() && sight.probability(Head::Injection) >= GIVES_ORDERS {
            let parts = hidden::parts(text);
            let mut orders = Vec::with_capacity(parts.len());
            for part in &parts {
                let found = read(part);
                let gives_orders = |signal: &Signal| {
                    signal.trigger == Trigger::Injection && signal.strength >= ORDERS
                };
                orders.push(found.iter().any(gives_orders));
                hidden::add(signals, found);
            }
            if let Some(rest) = hidden::without_orders(&parts, &orders) {
                let mut found = read(&rest.join(" "));
                // The customer did not write these sentences side by side.
                for signal in &mut found {
                    signal.evidence = rest.iter().map(|part| Evidence::words(*part)).collect();
                }
                hidden::add(signals, found);
            }
        }
    }

    /// Reads a message.
    pub fn read(&self, text: &str, context: &Context<'_>) -> Reading {
        let normal = Normal::of(text);
        let meaning = self.meaning(text);
        let adapted = meaning.as_ref().map(|meaning| &meaning.adapted);
        let sight = Sight::new(text, &normal, adapted);
        let (mut signals, refund) = sight.signals(context);
        self.look_behind(text, &sight, context, &mut signals);
        // A bare "yes, please" wishes for a person if one was offered, and else for something
        // else; and what rules know as small talk wishes for nobody.
        let says_yes = rules::YES.matches(&normal);
        let is_talk = small_talk(&normal).is_some() && sight.rule(Head::RequestHuman) == 0.0;
        if says_yes || is_talk {
            signals.retain(|signal| signal.trigger != Trigger::RequestHuman);
            signals.extend(accepted(&normal, context));
        }
        signals.sort_by_key(|signal| signal.trigger);

        let asks_for_human = signals
            .iter()
            .any(|signal| signal.trigger == Trigger::RequestHuman && signal.strength >= 0.5);
        let says_no = || rules::NO.matches(&normal) || sight.probability(Head::Declines) >= 0.5;
        let declines_offer = context.offered && !asks_for_human && says_no();
        let small_talk = if asks_for_human || declines_offer {
            None
        } else {
            small_talk(&normal).or_else(|| chatter(&sight, &normal, &signals))
        };
        Reading {
            language: language::detect(text).map(str::to_owned),
            feedback: feedback(&sight, context, small_talk)
                .filter(|_| !asks_for_human && !declines_offer),
            declines_offer,
            repeats_question: small_talk.is_none() && self.repeats(text, &normal, context.earlier),
            amounts: money::find(text)
                .into_iter()
                .map(|found| found.amount)
                .collect(),
            small_talk,
            signals,
            refund,
        }
    }
}

/// "Yes" to the offer of a person is a wish for one (P20).
fn accepted(normal: &Normal<'_>, context: &Context<'_>) -> Option<Signal> {
    let said = rules::YES.find(normal);
    topics::signal(Trigger::RequestHuman, said, normal).filter(|_| context.offered)
}

/// Set only where the whole message is small talk, as rules know it.
fn small_talk(normal: &Normal<'_>) -> Option<SmallTalk> {
    // Small talk is short; long texts need not be tried.
    if normal.text.len() > SMALL || normal.text.is_empty() {
        return None;
    }
    let kinds = [
        (&rules::GOODBYE, SmallTalk::Goodbye),
        (&rules::THANKS, SmallTalk::Thanks),
        (&rules::GREETING, SmallTalk::Greeting),
        (&rules::CHAT, SmallTalk::Chat),
    ];
    kinds
        .into_iter()
        .find(|(rules, _)| rules.matches(normal))
        .map(|(_, kind)| kind)
}

/// Small talk that no rule knows: a head is sure of it, and nothing else was said.
fn chatter(sight: &Sight<'_>, normal: &Normal<'_>, signals: &[Signal]) -> Option<SmallTalk> {
    let says_more = signals.iter().any(|signal| signal.strength >= 0.5);
    if normal.text.len() > SMALL || normal.text.is_empty() || says_more {
        return None;
    }
    let kinds = [
        (Head::Greeting, SmallTalk::Greeting),
        (Head::Thanks, SmallTalk::Thanks),
        (Head::Goodbye, SmallTalk::Goodbye),
        (Head::Chat, SmallTalk::Chat),
        (Head::OutOfTrade, SmallTalk::OutOfTrade),
    ];
    kinds
        .into_iter()
        .map(|(head, kind)| (sight.probability(head), kind))
        .filter(|(sure, kind)| {
            *sure >= 0.5 && (sight.has_vector() || *kind != SmallTalk::OutOfTrade)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, kind)| kind)
}

/// Only said of an answer that was given.
fn feedback(
    sight: &Sight<'_>,
    context: &Context<'_>,
    small_talk: Option<SmallTalk>,
) -> Option<Feedback> {
    if context.last_answer.is_none() && context.earlier.is_empty() {
        return None;
    }
    // "It works now but the other thing still does not": the unhappy half counts.
    if sight.rule(Head::DidNotHelp) > 0.0 {
        return Some(Feedback::DidNotHelp);
    }
    let thanks = context.last_answer.is_some() && small_talk == Some(SmallTalk::Thanks);
    if thanks || sight.rule(Head::Helped) > 0.0 {
        return Some(Feedback::Helped);
    }
    let (helped, useless) = (
        sight.probability(Head::Helped),
        sight.probability(Head::DidNotHelp),
    );
    match (helped >= 0.5, useless >= 0.5) {
        (_, true) if useless >= helped => Some(Feedback::DidNotHelp),
        (true, _) => Some(Feedback::Helped),
        _ => None,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "read_properties.rs"]
mod properties;
