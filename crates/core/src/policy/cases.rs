//! The customers that tell conditions apart. A condition that compares facts with constants
//! changes its answer only at those constants, so trying it just below, at and above each of
//! them, in every combination, tries it on every customer there can be.

use std::collections::BTreeMap;

use cel::common::ast::{Expr, LiteralValue};

use super::Policy;
use super::condition::{Condition, Facts, SIGNAL};
use crate::signal::Trigger;

/// Combinations that are tried of one question; with more the answer is open.
const MOST: usize = 4_000;
/// The smallest step beside a constant.
const STEP: f64 = 1e-6;

/// A fact that a condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Plan,
    Vip,
    Days,
    Contacts,
    Language,
    Amount,
    Currency,
    AsksAgain,
    Inbox,
    Mood,
    Failed,
    Abstentions,
    /// Whether the articles were asked, and how well they answer.
    Answer,
    Signal(Trigger),
}

impl Asked {
    fn named(owner: &str, field: &str) -> Option<Self> {
        Some(match (owner, field) {
            ("contact", "plan") => Asked::Plan,
            ("contact", "vip") => Asked::Vip,
            ("contact", "days_since_signup") => Asked::Days,
            ("contact", "same_issue_contacts") => Asked::Contacts,
            ("message", "language") => Asked::Language,
            ("message", "amount") => Asked::Amount,
            ("message", "currency") => Asked::Currency,
            ("message", "asks_again") => Asked::AsksAgain,
            ("conversation", "inbox") => Asked::Inbox,
            ("conversation", "mood") => Asked::Mood,
            ("conversation", "failed_answers") => Asked::Failed,
            ("conversation", "abstentions") => Asked::Abstentions,
            ("answer", "known" | "match") => Asked::Answer,
            _ => return None,
        })
    }

    /// Whether it stays as it is, whatever the customer writes.
    pub(super) fn is_lasting(self) -> bool {
        matches!(
            self,
            Asked::Plan
                | Asked::Vip
                | Asked::Days
                | Asked::Contacts
                | Asked::Language
                | Asked::Inbox
        )
    }

    /// The least and the most that a number can be, and how near two can be.
    fn range(self) -> (f64, f64, f64) {
        match self {
            Asked::Days => (-1.0, 36_500.0, 1.0),
            Asked::Contacts | Asked::Failed | Asked::Abstentions => (0.0, 1_000.0, 1.0),
            Asked::Amount => (0.0, 1e9, 0.01),
            _ => (0.0, 1.0, STEP),
        }
    }
}

/// What a fact can be.
#[derive(Clone, Debug, PartialEq)]
enum Choice {
    Number(f64),
    Text(String),
    Truth(bool),
    Match(Option<f64>),
}

/// All customers that some conditions can tell apart.
pub(super) struct Cases {
    facts: Vec<(Asked, Vec<Choice>)>,
}

/// The constants that a fact is compared with.
#[derive(Default)]
struct Constants {
    numbers: Vec<f64>,
    texts: Vec<String>,
}

impl Cases {
    /// Of these conditions under a policy, whose switched off triggers are never seen.
    /// `None` where conditions do more than compare facts with constants, or there are too
    /// many combinations to try.
    pub(super) fn of(conditions: &[&Condition], policy: &Policy) -> Option<Self> {
        let mut asked: BTreeMap<Asked, Constants> = BTreeMap::new();
        for condition in conditions {
            gather(condition.expression()?, &mut asked)?;
        }
        let facts: Vec<(Asked, Vec<Choice>)> = asked
            .into_iter()
            .map(|(fact, constants)| (fact, choices(fact, &constants, policy)))
            .collect();
        let cases = Self { facts };
        (cases.count() <= MOST).then_some(cases)
    }

    /// The facts that are asked.
    pub(super) fn asked(&self) -> impl Iterator<Item = Asked> {
        self.facts.iter().map(|(fact, _)| *fact)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let counts = self.facts.iter().map(|(_, choices)| choices.len());
        counts.fold(1, usize::saturating_mul)
    }

    /// For each customer, whether each condition holds.
    pub(super) fn answers(&self, conditions: &[&Condition]) -> Vec<Vec<bool>> {
        let answer = |mut number: usize| {
            let mut facts = Facts::default();
            for (fact, choices) in &self.facts {
                let choice = &choices[number % choices.len()];
                number /= choices.len();
                set(&mut facts, *fact, choice);
            }
            let context = facts.context();
            conditions.iter().map(|one| one.holds(&context)).collect()
        };
        (0..self.count()).map(answer).collect()
    }
}

/// Notes the facts of an expression with the constants beside them; `None` where it does
/// more than compare.
fn gather(expression: &Expr, asked: &mut BTreeMap<Asked, Constants>) -> Option<()> {
    match expression {
        Expr::Literal(LiteralValue::Boolean(_)) => Some(()),
        Expr::Select(_) => {
            // On its own a fact must be a yes or a no.
            let fact = fact_of(expression)?;
            asked.entry(fact).or_default();
            Some(())
        }
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            ("_&&_" | "_||_", [a, b]) => {
                gather(&a.expr, asked)?;
                gather(&b.expr, asked)
            }
            ("!_", [one]) => gather(&one.expr, asked),
            ("_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" | "@in", [a, b]) => {
                let (fact, constants) = match (fact_of(&a.expr), fact_of(&b.expr)) {
                    (Some(fact), None) => (fact, &b.expr),
                    (None, Some(fact)) => (fact, &a.expr),
                    _ => return None,
                };
                note(constants, asked.entry(fact).or_default())
            }
            _ => None,
        },
        _ => None,
    }
}

fn fact_of(expression: &Expr) -> Option<Asked> {
    match expression {
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(owner) => Asked::named(owner, &select.field),
            _ => None,
        },
        Expr::Call(call) if call.func_name == SIGNAL => {
            match call.args.first().map(|one| &one.expr) {
                Some(Expr::Literal(LiteralValue::String(name))) => {
                    Trigger::from_name(name.inner()).map(Asked::Signal)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn note(constants: &Expr, noted: &mut Constants) -> Option<()> {
    match constants {
        Expr::Literal(LiteralValue::Boolean(_)) => {}
        Expr::Literal(LiteralValue::Int(number)) => noted.numbers.push(*number.inner() as f64),
        Expr::Literal(LiteralValue::UInt(number)) => noted.numbers.push(*number.inner() as f64),
        Expr::Literal(LiteralValue::Double(number)) => noted.numbers.push(*number.inner()),
        Expr::Literal(LiteralValue::String(text)) => noted.texts.push(text.inner().to_string()),
        Expr::List(list) => {
            return list
                .elements
                .iter()
                .try_for_each(|one| note(&one.expr, noted));
        }
        // The parser leaves the sign of a number to a call.
        Expr::Call(call) if call.func_name == "-_" => {
            let mut positive = Constants::default();
            note(&call.args.first()?.expr, &mut positive)?;
            noted
                .numbers
                .extend(positive.numbers.iter().map(|number| -number));
        }
        _ => return None,
    }
    Some(())
}

fn choices(fact: Asked, constants: &Constants, policy: &Policy) -> Vec<Choice> {
    match fact {
        Asked::Vip | Asked::AsksAgain => vec![Choice::Truth(false), Choice::Truth(true)],
        Asked::Plan | Asked::Language | Asked::Currency | Asked::Inbox => {
            let mut texts = constants.texts.clone();
            texts.sort();
            texts.dedup();
            // Somebody for whom none of them is true.
            texts.push("\u{0}".into());
            texts.into_iter().map(Choice::Text).collect()
        }
        Asked::Answer => {
            let known = numbers(fact, constants).into_iter();
            let known = known.map(|number| Choice::Match(Some(number)));
            std::iter::once(Choice::Match(None)).chain(known).collect()
        }
        // What is off is not seen, and no text speaks for the operator.
        Asked::Signal(trigger) if policy.off.contains(&trigger) || trigger == Trigger::OwnRule => {
            vec![Choice::Number(0.0)]
        }
        _ => numbers(fact, constants)
            .into_iter()
            .map(Choice::Number)
            .collect(),
    }
}

/// Below, at and above each constant, as far as the fact goes.
fn numbers(fact: Asked, constants: &Constants) -> Vec<f64> {
    let (least, most, step) = fact.range();
    let mut numbers = vec![least, most];
    for constant in &constants.numbers {
        // Of whole numbers the nearest ones on each side.
        let (below, above) = if step == 1.0 {
            ((constant - 1e-9).floor(), (constant + 1e-9).ceil())
        } else {
            (constant - step, constant + step)
        };
        numbers.extend([below, *constant, above, above + step]);
    }
    numbers
        .retain(|number| (least..=most).contains(number) && (step != 1.0 || number.fract() == 0.0));
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

fn set<'a>(facts: &mut Facts<'a>, fact: Asked, choice: &'a Choice) {
    let number = || match choice {
        Choice::Number(number) => *number,
        _ => 0.0,
    };
    let text = || match choice {
        Choice::Text(text) => text.as_str(),
        _ => "",
    };
    let truth = matches!(choice, Choice::Truth(true));
    match fact {
        Asked::Plan => facts.plan = text(),
        Asked::Vip => facts.vip = truth,
        Asked::Days => facts.days_since_signup = number() as i64,
        Asked::Contacts => facts.same_issue_contacts = number() as i64,
        Asked::Language => facts.language = text(),
        Asked::Amount => facts.amount = number(),
        Asked::Currency => facts.currency = text(),
        Asked::AsksAgain => facts.asks_again = truth,
        Asked::Inbox => facts.inbox = text(),
        Asked::Mood => facts.mood = number(),
        Asked::Failed => facts.failed_answers = number() as i64,
        Asked::Abstentions => facts.abstentions = number() as i64,
        Asked::Answer => {
            facts.answerable = match choice {
                Choice::Match(known) => *known,
                _ => None,
            }
        }
        Asked::Signal(trigger) => facts.signals[trigger as usize] = number(),
    }
}
