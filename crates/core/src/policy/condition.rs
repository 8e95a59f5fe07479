//! The condition of an operator's own rule: a CEL expression over the facts and signals
//! of a decision. Read once, of bounded cost: no loops, no regular expressions, a bounded
//! length and depth. Whatever goes wrong while it is tried, it does not hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use cel::common::ast::{EntryExpr, Expr, LiteralValue};
use cel::parser::{Expression, PrattParser};
use cel::{Context, Env, Value};
use serde::{Deserialize, Serialize};

use crate::signal::{Group, Trigger};

/// The longest condition, in bytes.
const LONGEST: usize = 600;
/// The deepest nesting. CEL's other parser looks at its limit only after it has gone down
/// and exhausts the stack on a row of brackets; this one does not.
const DEEPEST: u16 = 24;
/// The most parts.
const MOST_NODES: usize = 200;

/// The facts that conditions ask, of one decision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts<'a> {
    pub plan: &'a str,
    pub vip: bool,
    /// -1 where it is not known.
    pub days_since_signup: i64,
    pub same_issue_contacts: i64,
    pub language: &'a str,
    /// The largest amount in the message, in whole units; 0 without one.
    pub amount: f64,
    pub currency: &'a str,
    pub asks_again: bool,
    pub inbox: &'a str,
    pub mood: f64,
    pub failed_answers: i64,
    pub abstentions: i64,
    /// How well the best article answers; `None` before it was asked.
    pub answerable: Option<f64>,
    /// Each trigger's strength, in the order of [`Trigger::ALL`].
    pub signals: [f64; Trigger::ALL.len()],
}

/// A condition in CEL.
#[derive(Clone, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Condition {
    source: String,
    /// Compiled at its first use, then shared by every clone.
    compiled: Arc<OnceLock<Result<Expression, DoesNotCompile>>>,
}

/// Why a condition cannot be used, in words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoesNotCompile(String);

impl fmt::Display for DoesNotCompile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Condition {
    /// A condition from its text; nothing is compiled yet.
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            compiled: Arc::default(),
        }
    }

    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it can be used.
    pub fn check(&self) -> Result<(), DoesNotCompile> {
        let expression = self.compiled()?;
        // Two customers as unlike as can be, so that both sides of an `&&` are tried.
        let full = Facts {
            plan: "business",
            vip: true,
            asks_again: true,
            answerable: Some(0.5),
            signals: [1.0; Trigger::ALL.len()],
            ..Facts::default()
        };
        for facts in [Facts::default(), full] {
            match Value::resolve(expression, &facts.context()) {
                Ok(Value::Bool(_)) => {}
                Ok(other) => {
                    return Err(DoesNotCompile(format!(
                        "must say yes or no, but gives a {}; compare it with something",
                        other.type_of()
                    )));
                }
                Err(error) => return Err(DoesNotCompile(format!("cannot be tried: {error}"))),
            }
        }
        Ok(())
    }

    /// Whether a bad mood is enough for it: it holds for a furious customer of whom
    /// nothing else is known, and not for a calm one (P14).
    pub(super) fn asks_mood_alone(&self) -> bool {
        let mut signals = [0.0; Trigger::ALL.len()];
        for trigger in Trigger::ALL {
            if trigger.group() == Group::Sentiment {
                signals[trigger as usize] = 1.0;
            }
        }
        let furious = Facts {
            mood: 1.0,
            signals,
            ..Facts::default()
        };
        self.holds(&furious.context()) && !self.holds(&Facts::default().context())
    }

    /// Whether it holds. One that does not compile, or fails on these facts, does not.
    pub(crate) fn holds(&self, context: &Context<'_, '_>) -> bool {
        let Ok(expression) = self.compiled() else {
            return false;
        };
        matches!(Value::resolve(expression, context), Ok(Value::Bool(true)))
    }

    /// What it says; `None` if that cannot be used.
    pub(super) fn expression(&self) -> Option<&Expr> {
        self.compiled().ok().map(|expression| &expression.expr)
    }

    fn compiled(&self) -> Result<&Expression, DoesNotCompile> {
        let compiled = self.compiled.get_or_init(|| compile(&self.source));
        compiled.as_ref().map_err(Clone::clone)
    }
}

impl From<String> for Condition {
    fn from(source: String) -> Self {
        Self::new(source)
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.source
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.source)
    }
}

fn compile(source: &str) -> Result<Expression, DoesNotCompile> {
    if source.len() > LONGEST {
        let fault = format!("is {} bytes long; write at most {LONGEST}", source.len());
        return Err(DoesNotCompile(fault));
    }
    let parser = PrattParser::new()
        .max_recursion_depth(DEEPEST)
        .max_expression_node_count(MOST_NODES);
    let expression = parser.parse(source).map_err(|errors| {
        let told = errors.errors.first().map(|error| {
            let (_, column) = error.pos;
            let message = error.msg.lines().next().unwrap_or_default();
            format!(
                "cannot be read at its letter {}: {message}",
                column.max(0) + 1
            )
        });
        DoesNotCompile(told.unwrap_or_else(|| "cannot be read".into()))
    })?;
    walk(&expression.expr).map_err(DoesNotCompile)?;
    Ok(expression)
}

/// Refuses what conditions may not do, and names that nothing has.
fn walk(expression: &Expr) -> Result<(), String> {
    match expression {
        Expr::Unspecified => Err("is empty".into()),
        Expr::Literal(_) => Ok(()),
        Expr::Comprehension(_) => {
            Err("loops (all, exists, map, filter), which a rule may not".into())
        }
        Expr::Struct(_) => Err("makes an object, which a rule may not".into()),
        Expr::Ident(name) => Err(format!(
            "asks for {name:?}, which does not exist; ask for one of {}",
            known_names()
        )),
        Expr::Select(select) => {
            let Expr::Ident(owner) = &select.operand.expr else {
                return Err(format!(
                    "asks for {:?}, which does not exist here",
                    select.field
                ));
            };
            let name = format!("{owner}.{}", select.field);
            let is_it =
                |(of, field, _): &(&str, &str, Value)| of == owner && *field == select.field;
            if Facts::default().all().iter().any(is_it) {
                return Ok(());
            }
            Err(format!(
                "asks for {name:?}, which does not exist; ask for one of {}",
                known_names()
            ))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|one| walk(&one.expr)),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => walk(&entry.key.expr).and(walk(&entry.value.expr)),
            EntryExpr::StructField(field) => walk(&field.value.expr),
        }),
        Expr::Call(call) if call.func_name == SIGNAL => match call.args.as_slice() {
            [one] => signal_named(&one.expr),
            _ => Err("must give signal one name: signal(\"topic.complaint\")".into()),
        },
        Expr::Call(call) => call
            .target
            .iter()
            .map(AsRef::as_ref)
            .chain(&call.args)
            .try_for_each(|one| walk(&one.expr)),
    }
}

fn signal_named(argument: &Expr) -> Result<(), String> {
    let Expr::Literal(LiteralValue::String(name)) = argument else {
        return Err("must give signal a name in quotes: signal(\"topic.complaint\")".into());
    };
    let name = name.inner();
    if Trigger::from_name(name).is_some() {
        return Ok(());
    }
    let names = Trigger::ALL.map(Trigger::name);
    Err(match super::read::nearest(name, &names) {
        Some(near) => {
            format!("asks for the trigger {name:?}, which does not exist; did you mean {near:?}?")
        }
        None => format!("asks for the trigger {name:?}, which does not exist"),
    })
}

fn known_names() -> String {
    let names = Facts::default().all();
    let names = names.map(|(of, field, _)| format!("{of}.{field}"));
    format!("{}, signal(\"…\")", names.join(", "))
}

pub(super) const SIGNAL: &str = "signal";

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Facts<'_> {
    /// The facts as conditions see them.
    pub(crate) fn context(&self) -> Context<'static, 'static> {
        let mut owners: BTreeMap<&str, HashMap<String, Value>> = BTreeMap::new();
        for (owner, field, value) in self.all() {
            owners.entry(owner).or_default().insert(field.into(), value);
        }
        let mut context = Context::with_env(ENV.clone());
        for (owner, fields) in owners {
            context.add_variable_from_value(owner, fields);
        }
        let signals = self.signals;
        let signal = move |name: Arc<String>| -> f64 {
            Trigger::from_name(&name).map_or(0.0, |trigger| signals[trigger as usize])
        };
        // Refused only for a name that CEL has of its own, which this is not.
        let _ = context.add_function(SIGNAL, signal);
        context
    }

    /// Everything that a condition can ask: whose, what, and its value here.
    fn all(&self) -> [(&'static str, &'static str, Value); 14] {
        // Before the articles were asked nothing is missing.
        let matches = self.answerable.unwrap_or(1.0);
        [
            ("contact", "plan", text(self.plan)),
            ("contact", "vip", Value::Bool(self.vip)),
            (
                "contact",
                "days_since_signup",
                Value::Int(self.days_since_signup),
            ),
            (
                "contact",
                "same_issue_contacts",
                Value::Int(self.same_issue_contacts),
            ),
            ("message", "language", text(self.language)),
            ("message", "amount", Value::Float(self.amount)),
            ("message", "currency", text(self.currency)),
            ("message", "asks_again", Value::Bool(self.asks_again)),
            ("conversation", "inbox", text(self.inbox)),
            ("conversation", "mood", Value::Float(self.mood)),
            (
                "conversation",
                "failed_answers",
                Value::Int(self.failed_answers),
            ),
            ("conversation", "abstentions", Value::Int(self.abstentions)),
            ("answer", "known", Value::Bool(self.answerable.is_some())),
            ("answer", "match", Value::Float(matches)),
        ]
    }
}

fn text(text: &str) -> Value {
    Value::String(Arc::new(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(source: &str, facts: &Facts<'_>) -> bool {
        let condition = Condition::new(source);
        assert_eq!(condition.check(), Ok(()), "{source}");
        condition.holds(&facts.context())
    }

    #[test]
    fn a_condition_asks_facts_and_signals() {
        let mut facts = Facts {
            plan: "business",
            amount: 250.0,
            ..Facts::default()
        };
        facts.signals[Trigger::Complaint as usize] = 0.45;
        let check = |source: &str, expected: bool| {
            assert_eq!(holds(source, &facts), expected, "{source}");
        };
        check(
            r#"contact.plan == "business" && signal("topic.complaint") > 0.4"#,
            true,
        );
        check(r#"contact.plan in ["team", "free"]"#, false);
        check(r#"message.amount > 200.0 || contact.vip"#, true);
        check(r#"message.amount > 300"#, false);
        check(r#"answer.known && answer.match < 0.5"#, false);
        check(r#"contact.plan.startsWith("bus") ? true : false"#, true);
        check(r#"signal("request.human") == 0.0"#, true);
        check(&format!("{}true{}", "(".repeat(16), ")".repeat(16)), true);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_reason() {
        let check = |source: &str, reason: &str| {
            let refused = Condition::new(source).check().unwrap_err().to_string();
            assert!(refused.contains(reason), "{source}: {refused}");
        };
        check("", "cannot be read");
        check("contact.plan ==", "cannot be read at its letter");
        check("contact.plam == \"x\"", "asks for \"contact.plam\"");
        check("customer.plan == \"x\"", "asks for \"customer.plan\"");
        check("plan == \"x\"", "asks for \"plan\", which");
        check(
            "signal(\"topic.complain\") > 0.4",
            "did you mean \"topic.complaint\"",
        );
        check("signal(contact.plan) > 0.4", "a name in quotes");
        check("contact.plan", "must say yes or no");
        check("contact.vip && contact.plan > 3", "cannot be tried");
        check("[1, 2].all(x, x > 0)", "loops");
        check("contact.plan.matches(\"b.*\")", "cannot be tried");
        check(&"(".repeat(500), "cannot be read");
        check(&"(".repeat(16), "cannot be read");
        check(&"!".repeat(500), "cannot be read");
        check(&format!("{}true", "true && ".repeat(100)), "600");
    }

    #[test]
    fn a_condition_that_does_not_compile_never_holds() {
        assert!(!Condition::new("(").holds(&Facts::default().context()));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
        #[test]
        fn any_text_is_answered(source in "[a-z.()!?:&|<>=\"0-9 +*\\[\\]{},-]{0,80}") {
            let condition = Condition::new(source);
            let _ = condition.check();
            condition.holds(&Facts::default().context());
        }
    }
}
