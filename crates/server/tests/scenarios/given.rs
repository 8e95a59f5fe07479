//! The `Given` lines of a scenario: who is there, what is known, what time it is.

use segue_core::time::{Hours, Span, Timestamp};

use super::routing::RoutingGiven;
use super::script::Fault;

/// Monday, 11 January 2027, midnight UTC: the week that scenarios play in.
pub const MONDAY: Timestamp = Timestamp::from_millis(1_799_625_600_000);
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
pub const LANGUAGES: [(&str, &str); 8] = [
    ("English", "en"),
    ("Spanish", "es"),
    ("French", "fr"),
    ("German", "de"),
    ("Portuguese", "pt"),
    ("Chinese", "zh"),
    ("Japanese", "ja"),
    ("Arabic", "ar"),
];

/// What stands before the first step.
#[derive(Debug)]
pub struct Given {
    /// Names of files in `scenarios/articles/`, without their ending.
    pub articles: Vec<String>,
    pub agents: Vec<AgentGiven>,
    pub customers: Vec<CustomerGiven>,
    pub past: Vec<PastContact>,
    /// How many customers waited how many minutes yesterday.
    pub past_waits: Option<(u32, u32)>,
    /// Minutes after Monday's midnight at which the scenario begins.
    pub begins_min: i64,
    pub hours: Hours,
    pub mail: bool,
    pub routing: RoutingGiven,
}

#[derive(Debug)]
pub struct AgentGiven {
    pub name: String,
    pub online: bool,
    pub capacity: i64,
    pub leads: bool,
}

#[derive(Debug)]
pub struct CustomerGiven {
    pub name: String,
    pub plan: String,
    pub vip: bool,
    pub signed_up_days: Option<i64>,
    pub language: &'static str,
    pub email: Option<String>,
}

/// An earlier conversation of a customer with the assistant.
#[derive(Debug)]
pub struct PastContact {
    pub customer: String,
    pub days_ago: i64,
    pub text: String,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            articles: vec![],
            agents: vec![],
            customers: vec![],
            past: vec![],
            past_waits: None,
            begins_min: 24 * 60 + 10 * 60,
            hours: Hours::always(),
            mail: true,
            routing: RoutingGiven::default(),
        }
    }
}

impl Given {
    pub fn is_agent(&self, name: &str) -> bool {
        self.agents.iter().any(|agent| agent.name == name)
    }

    pub fn is_customer(&self, name: &str) -> bool {
        self.customers.iter().any(|customer| customer.name == name)
    }

    /// Takes in one line, without its `Given` or `And`.
    pub fn add(&mut self, line: &str) -> Result<(), Fault> {
        if let Some(names) = line.strip_prefix("articles:") {
            self.articles = names.split(',').map(|name| name.trim().into()).collect();
            return Ok(());
        }
        for introduction in ["the customer is ", "another customer is "] {
            if let Some(rest) = line.strip_prefix(introduction) {
                self.customers.push(customer(rest)?);
                return Ok(());
            }
        }
        if let Some(time) = line.strip_prefix("it is ") {
            let (day, clock) = time.split_once(' ').ok_or_else(|| unknown(line))?;
            self.begins_min = weekday(day)? as i64 * 1440 + i64::from(minutes(clock)?);
            return Ok(());
        }
        if self.routing.add(line)? {
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix("the team works ") {
            self.hours = hours(rest)?;
            return Ok(());
        }
        if line == "there is no mail server" {
            self.mail = false;
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix("yesterday ") {
            let mut words = rest.split(' ');
            let count = number(words.next())?;
            let minutes = match (words.next(), words.next(), words.next(), words.next()) {
                (Some("customers"), Some("waited"), minutes, Some("minutes")) => number(minutes)?,
                _ => return Err(unknown(line)),
            };
            self.past_waits = Some((count, minutes));
            return Ok(());
        }
        if let Some((customer, rest)) = line.split_once(" wrote ") {
            let (days, text) = rest
                .split_once(" days ago: ")
                .ok_or_else(|| unknown(line))?;
            if !self.is_customer(customer) {
                return Err(Fault(format!("introduce {customer} as a customer first")));
            }
            self.past.push(PastContact {
                customer: customer.into(),
                days_ago: number(Some(days))?,
                text: text.into(),
            });
            return Ok(());
        }
        if let Some(name) = line.strip_suffix(" leads") {
            let mut agents = self.agents.iter_mut();
            let agent = agents.find(|agent| agent.name == name);
            agent.ok_or_else(|| unknown(line))?.leads = true;
            return Ok(());
        }
        if let Some((name, rest)) = line.split_once(" is ") {
            self.agents.push(agent(name, rest)?);
            return Ok(());
        }
        Err(unknown(line))
    }
}

fn unknown(line: &str) -> Fault {
    Fault(format!(
        "“{line}” is not something that can be given; scenarios/README.md lists what can"
    ))
}

fn agent(name: &str, line: &str) -> Result<AgentGiven, Fault> {
    let (presence, takes) = match line.split_once(" and takes ") {
        Some((presence, takes)) => (presence, Some(takes)),
        None => (line, None),
    };
    let capacity = match takes.map(|takes| takes.split_once(" conversation")) {
        None => 2,
        Some(Some((count, "" | "s"))) => number(Some(count))?,
        Some(_) => return Err(unknown(line)),
    };
    let online = match presence {
        "online" => true,
        "offline" => false,
        other => return Err(Fault(format!("an agent is online or offline, not {other}"))),
    };
    Ok(AgentGiven {
        name: one_name(name)?,
        online,
        capacity,
        leads: false,
    })
}

fn customer(line: &str) -> Result<CustomerGiven, Fault> {
    let mut parts = line.split(", ");
    let mut customer = CustomerGiven {
        name: one_name(parts.next().unwrap_or_default())?,
        plan: String::new(),
        vip: false,
        signed_up_days: None,
        language: "en",
        email: None,
    };
    for part in parts {
        if part == "VIP" {
            customer.vip = true;
        } else if let Some(plan) = part.strip_prefix("plan ") {
            if !["free", "team", "business", "enterprise"].contains(&plan) {
                return Err(Fault(format!("there is no plan {plan}")));
            }
            customer.plan = plan.into();
        } else if let Some(email) = part.strip_prefix("e-mail ") {
            customer.email = Some(email.into());
        } else if let Some(days) = part.strip_prefix("signed up ") {
            let days = days.strip_suffix(" days ago");
            customer.signed_up_days = Some(number(days)?);
        } else if let Some(name) = part.strip_prefix("writes ") {
            let known = LANGUAGES.iter().find(|(language, _)| *language == name);
            let known = known.ok_or_else(|| Fault(format!("nobody here reads {name}")))?;
            customer.language = known.1;
        } else {
            return Err(Fault(format!("nothing is known of a customer's “{part}”")));
        }
    }
    Ok(customer)
}

/// Names are one word, so that a line's subject is its first word.
fn one_name(name: &str) -> Result<String, Fault> {
    let is_name = name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
    if is_name {
        Ok(name.into())
    } else {
        Err(Fault(format!(
            "“{name}” is not a name: one word, with a capital"
        )))
    }
}

fn hours(line: &str) -> Result<Hours, Fault> {
    let (days, times) = line.split_once(", ").ok_or_else(|| unknown(line))?;
    let (first, last) = days.split_once(" to ").ok_or_else(|| unknown(line))?;
    let (opens, closes) = times.split_once(" to ").ok_or_else(|| unknown(line))?;
    let open_days = weekday(first)?..=weekday(last)?;
    let span = Span {
        opens_min: minutes(opens)?,
        closes_min: minutes(closes)?,
    };
    Ok(Hours {
        week: std::array::from_fn(|day| {
            let is_open = open_days.contains(&day);
            is_open.then(|| span.clone()).into_iter().collect()
        }),
        ..Hours::always()
    })
}

fn weekday(name: &str) -> Result<usize, Fault> {
    let day = DAYS.iter().position(|day| *day == name);
    day.ok_or_else(|| Fault(format!("“{name}” is no day of the week")))
}

fn minutes(clock: &str) -> Result<u16, Fault> {
    let parts = clock.split_once(':');
    let read = parts.and_then(|(hour, minute)| {
        let figures: (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        Some(figures)
    });
    match read {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(hour * 60 + minute),
        _ => Err(Fault(format!("“{clock}” is no time of day, such as 9:30"))),
    }
}

/// A number written in figures.
pub fn number<T: std::str::FromStr>(figures: Option<&str>) -> Result<T, Fault> {
    let figures = figures.unwrap_or_default().trim();
    let read = figures.parse().ok();
    read.ok_or_else(|| Fault(format!("“{figures}” should be a number in figures")))
}
