//! What an agent has told the assistant goes before what an article says: a promise is this
//! customer's, an article everybody's. Where both speak of the same, the agent's words are
//! given word for word, with whose they are and since when.

use segue_core::hand_back::{Agreed, Line};
use segue_core::words::Words;
use segue_sense::agreed::{Bearing, bearing_on, contradicted, leans};
use segue_sense::read::Reader;

use super::Draft;

/// Lines that are given at once.
const TOLD: usize = 3;

/// What is known of a matter from agents, line by line.
#[derive(Clone, Debug, Default)]
pub struct Told<'a> {
    lines: Vec<(Line, &'a str, &'a Agreed)>,
    zone: &'a str,
}

impl<'a> Told<'a> {
    /// The lines of all briefs, promises first, with the time zone in which days are named.
    pub fn of(agreed: &'a [Agreed], zone: &'a str) -> Self {
        let lines = agreed
            .iter()
            .flat_map(|it| it.brief.lines().map(move |(kind, line)| (kind, line, it)));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by_key(|(kind, ..)| *kind != Line::Promised);
        Self { lines, zone }
    }

    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What a model is told: each line with what it is, whose and since when.
    pub fn for_model(&self) -> Vec<String> {
        let told = |(kind, line, it): &(Line, &str, &Agreed)| {
            let (kind, agent, day) = (kind.name(), &it.agent.name, it.at.date(self.zone));
            format!("{kind} by {agent} on {day}: {line}")
        };
        self.lines.iter().map(told).collect()
    }

    /// Whether a text says something else than what was told.
    pub fn contradicts(&self, text: &str) -> bool {
        contradicted(text, &self.texts()).is_some()
    }

    /// An answer in the light of it. `question` is what is asked, `newest` the customer's last
    /// words, `partial_below` the match below which an article answers only in part (P16).
    pub fn answer(
        &self,
        reader: &Reader,
        (question, newest): (&str, &str),
        draft: Draft,
        words: &Words,
        (no_article_below, partial_below): (f64, f64),
    ) -> Draft {
        if self.is_empty() {
            return draft;
        }
        let texts = self.texts();
        let mut bearing = bearing_on(reader, question, &texts);
        if bearing.is_empty() && leans(newest) {
            // "And when?" asks for what was promised.
            let promised = self.lines.iter().enumerate();
            let promised = promised.filter(|(_, (kind, ..))| *kind == Line::Promised);
            bearing = promised
                .map(|(line, _)| Bearing {
                    line,
                    is_plain: true,
                })
                .collect();
        }
        let denied = draft.text.as_deref();
        let denied = denied.and_then(|text| contradicted(text, &texts));
        if let Some(line) = denied.filter(|line| bearing.iter().all(|it| it.line != *line)) {
            let is_plain = true;
            bearing.insert(0, Bearing { line, is_plain });
        }
        bearing.truncate(TOLD);
        if bearing.is_empty() {
            return draft;
        }
        let told: Vec<String> = bearing.iter().map(|it| self.say(it.line, words)).collect();
        let told = told.join("\n\n");
        let is_plain = bearing.iter().any(|it| it.is_plain);
        match draft.text {
            // The articles answer something else well; what was told stands beside it.
            Some(text) if !is_plain && denied.is_none() && draft.answerable >= partial_below => {
                Draft {
                    text: Some(format!("{text}\n\n{told}")),
                    ..draft
                }
            }
            _ => {
                // What is open nobody has answered: a person is offered with it.
                let is_settled = bearing.iter().any(|it| self.lines[it.line].0 != Line::Open);
                let answerable = if is_settled {
                    1.0
                } else {
                    (no_article_below + partial_below) / 2.0
                };
                Draft {
                    text: Some(told),
                    answerable,
                    is_told: true,
                    ..Draft::default()
                }
            }
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|(_, line, _)| *line).collect()
    }

    /// A line, word for word, as whose it is.
    fn say(&self, line: usize, words: &Words) -> String {
        let (kind, line, it) = &self.lines[line];
        let day = it.at.date(self.zone).to_string();
        words.fill(
            &format!("assistant.told_{}", kind.name()),
            &[("agent", &it.agent.name), ("day", &day), ("line", line)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_core::event::AgentName;
    use segue_core::hand_back::HandBackBrief;
    use segue_core::ids::AgentId;
    use segue_core::time::Timestamp;

    fn agreed() -> Vec<Agreed> {
        let at = Timestamp::from_millis(1_800_000_000_000);
        vec![Agreed {
            agent: AgentName {
                id: AgentId::new(at, 1),
                name: "Maya".into(),
            },
            at,
            brief: HandBackBrief {
                done: vec!["I have sent a replacement lamp".into()],
                promised: vec!["the refund arrives within 3 days".into()],
                open: vec!["why the lamp broke is not known yet".into()],
            },
        }]
    }

    fn answer(question: &str, article: &str, answerable: f64) -> Draft {
        let agreed = agreed();
        let draft = Draft {
            text: Some(article.into()),
            answerable,
            ..Draft::default()
        };
        let (asked, words) = ((question, question), Words::of("en"));
        Told::of(&agreed, "UTC").answer(&Reader::lexical(), asked, draft, words, (0.35, 0.55))
    }

    #[test]
    fn a_promise_goes_before_an_article() {
        let check = |question: &str, article: &str, told: bool, also_article: bool| {
            let text = answer(question, article, 0.9).text.unwrap();
            assert_eq!(text.contains("within 3 days"), told, "{question}: {text}");
            assert_eq!(text.contains(article), also_article, "{question}: {text}");
        };
        let refunds = "A refund takes 5 to 10 business days.";
        check("When do I get my refund?", refunds, true, false);
        check("and when?", "Delivery is free.", true, false);
        // Asked in other words, the article would say something else.
        check(
            "How long until I have the money back?",
            refunds,
            true,
            false,
        );
        let address = "You can change your address in the settings.";
        check("How do I close my account?", address, false, true);
    }

    #[test]
    fn what_is_open_comes_with_the_offer_of_a_person() {
        let open = answer("Why did the lamp break?", "Lamps are bright.", 0.2);
        assert!(open.answerable > 0.35 && open.answerable < 0.55, "{open:?}");
        let done = answer("Have you sent the replacement?", "Lamps are bright.", 0.2);
        assert!(done.is_told && done.answerable == 1.0, "{done:?}");
    }
}
