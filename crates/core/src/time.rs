//! Instants, spans and business hours. Nothing here reads a clock: `now` is
//! always an argument.

use std::fmt;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: milliseconds since 1970 in UTC. In SQL an integer, in JSON RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970, UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970, UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant moved later by `span_ms` milliseconds (earlier if negative).
    pub const fn plus(self, span_ms: i64) -> Self {
        Self(self.0.saturating_add(span_ms))
    }

    /// Milliseconds from `earlier` to this instant, never below 0: a clock that was
    /// set back does not make negative waits.
    pub const fn since(self, earlier: Timestamp) -> i64 {
        let span = self.0.saturating_sub(earlier.0);
        if span < 0 { 0 } else { span }
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Self(at.as_millisecond()))
    }

    fn civil(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The date on the wall at `zone`, `2026-11-23`.
    pub fn date(self, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.civil().to_zoned(zone).date().to_string()
    }

    /// The hour and minute on the wall at `zone`, `14:02`.
    pub fn clock_time(self, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.civil().to_zoned(zone).strftime("%H:%M").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.civil())
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}
impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// When an inbox is staffed (P33).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hours {
    /// IANA name, such as `Europe/Berlin`.
    pub zone: String,
    /// Opening spans by weekday, Monday first; an empty list is a closed day.
    #[schema(value_type = Vec<Vec<Span>>)]
    pub week: [Vec<Span>; 7],
    /// Days on which nobody works.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// A day on which nobody works. Hours from before holidays had names hold bare dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(from = "HolidayRead")]
pub struct Holiday {
    /// `2026-12-25`.
    #[schema(value_type = String)]
    pub date: Date,
    /// What it is called; nothing where nobody said.
    pub name: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HolidayRead {
    Bare(Date),
    Named {
        date: Date,
        #[serde(default)]
        name: String,
    },
}

impl From<HolidayRead> for Holiday {
    fn from(read: HolidayRead) -> Self {
        match read {
            HolidayRead::Bare(date) => Self {
                date,
                name: String::new(),
            },
            HolidayRead::Named { date, name } => Self { date, name },
        }
    }
}

/// What is wrong with hours that somebody typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursFault {
    /// There is no such time zone.
    UnknownZone,
    /// A span ends before it begins, or after midnight.
    BadSpan {
        /// The weekday, 0 for Monday.
        day: usize,
    },
    /// Two spans of a day overlap.
    Overlap {
        /// The weekday, 0 for Monday.
        day: usize,
    },
    /// More spans in a day or more holidays than anybody has.
    TooMany,
}

/// An opening span of one day. An end of `24:00` is midnight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Span {
    /// Minutes after midnight at which the doors open.
    pub opens_min: u16,
    /// Minutes after midnight at which they close, at most 1440.
    pub closes_min: u16,
}

/// Spans of opening that are looked at one after the other.
const LOOKS: usize = 1_000;

impl Hours {
    /// Open day and night.
    pub fn always() -> Self {
        let day = vec![Span {
            opens_min: 0,
            closes_min: 1440,
        }];
        Self {
            zone: "UTC".into(),
            week: std::array::from_fn(|_| day.clone()),
            holidays: vec![],
        }
    }

    /// The same with spans and holidays in order, if it can be kept.
    pub fn checked(mut self) -> Result<Self, HoursFault> {
        if TimeZone::get(&self.zone).is_err() {
            return Err(HoursFault::UnknownZone);
        }
        if self.holidays.len() > 400 || self.week.iter().any(|spans| spans.len() > 8) {
            return Err(HoursFault::TooMany);
        }
        for (day, spans) in self.week.iter_mut().enumerate() {
            spans.sort_by_key(|span| span.opens_min);
            let is_bad = |span: &Span| span.opens_min >= span.closes_min || span.closes_min > 1440;
            if spans.iter().any(is_bad) {
                return Err(HoursFault::BadSpan { day });
            }
            if spans
                .windows(2)
                .any(|pair| pair[0].closes_min > pair[1].opens_min)
            {
                return Err(HoursFault::Overlap { day });
            }
        }
        self.holidays.sort_by_key(|holiday| holiday.date);
        self.holidays.dedup_by_key(|holiday| holiday.date);
        Ok(self)
    }

    /// Whether somebody should be there at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let zoned = now.civil().to_zoned(self.time_zone());
        let minute = minute_of(&zoned);
        self.spans_of(zoned.date())
            .iter()
            .any(|span| span.opens_min <= minute && minute < span.closes_min)
    }

    /// The day on the wall at an instant, counted from 1970-01-01.
    pub fn day(&self, at: Timestamp) -> i64 {
        let date = at.civil().to_zoned(self.time_zone()).date();
        let since = Date::constant(1970, 1, 1).until(date);
        since.map_or(0, |span| i64::from(span.get_days()))
    }

    /// When a day, counted from 1970-01-01, begins on the wall.
    pub fn day_begins(&self, day: i64) -> Timestamp {
        let since = jiff::Span::new().try_days(day).ok();
        let date = since.and_then(|span| Date::constant(1970, 1, 1).checked_add(span).ok());
        date.and_then(|date| self.at(date, 0))
            .unwrap_or(Timestamp::from_millis(day * DAY_MS))
    }

    /// The next opening after `now`, looking 30 days ahead; `None` if there is none.
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        let mut date = now.civil().to_zoned(self.time_zone()).date();
        for _ in 0..31 {
            for span in self.spans_of(date) {
                let opening = self.at(date, span.opens_min);
                if let Some(opening) = opening.filter(|opening| *opening > now) {
                    return Some(opening);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// When the doors close that are open at `now`; `None` if they are closed, or stay open
    /// for weeks. A day that ends at midnight goes on where the next one begins there.
    pub fn next_closing(&self, now: Timestamp) -> Option<Timestamp> {
        let zoned = now.civil().to_zoned(self.time_zone());
        let (mut date, mut minute) = (zoned.date(), minute_of(&zoned));
        for _ in 0..21 {
            let open = |span: &&Span| span.opens_min <= minute && minute < span.closes_min;
            let Some(span) = self.spans_of(date).iter().find(open) else {
                // Midnight, and the day that begins is closed then.
                return (minute == 0)
                    .then(|| self.at(date, 0))
                    .flatten()
                    .filter(|at| *at > now);
            };
            if span.closes_min < 1440 {
                let goes_on = |it: &Span| it.opens_min == span.closes_min;
                if self.spans_of(date).iter().any(goes_on) {
                    minute = span.closes_min;
                    continue;
                }
                return self.at(date, span.closes_min);
            }
            (date, minute) = (date.tomorrow().ok()?, 0);
        }
        None
    }

    /// When the doors closed last, looking 31 days back; `None` while they are open and
    /// where they never were.
    pub fn last_closing(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return None;
        }
        let mut date = now.civil().to_zoned(self.time_zone()).date();
        for _ in 0..31 {
            let closings = self.spans_of(date).iter().filter_map(|span| {
                if span.closes_min < 1440 {
                    self.at(date, span.closes_min)
                } else {
                    self.at(date.tomorrow().ok()?, 0)
                }
            });
            if let Some(last) = closings.filter(|at| *at <= now).max() {
                return Some(last);
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// How long the doors are open between two instants, looking some months ahead.
    pub fn open_ms_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (mut at, mut open_ms) = (from, 0);
        for _ in 0..LOOKS {
            let Some(opens) = self.open_at_or_after(at).filter(|opens| *opens < to) else {
                break;
            };
            let closes = self.next_closing(opens).unwrap_or(to).min(to);
            open_ms += closes.since(opens);
            at = closes;
        }
        open_ms
    }

    /// When the doors will have been open for so long; `None` where they do not open.
    pub fn after_open_ms(&self, from: Timestamp, open_ms: i64) -> Option<Timestamp> {
        let (mut at, mut left_ms) = (from, open_ms.max(0));
        for _ in 0..LOOKS {
            let opens = self.open_at_or_after(at)?;
            let open_ms = self.next_closing(opens).map(|closes| closes.since(opens));
            match open_ms {
                Some(open_ms) if open_ms < left_ms => {
                    left_ms -= open_ms;
                    at = opens.plus(open_ms);
                }
                _ => return Some(opens.plus(left_ms)),
            }
        }
        None
    }

    fn open_at_or_after(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            Some(at)
        } else {
            self.next_opening(at)
        }
    }

    /// The instant of a minute of a day.
    fn at(&self, date: Date, minute: u16) -> Option<Timestamp> {
        let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).ok()?;
        let zoned = date.to_datetime(time).to_zoned(self.time_zone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }

    fn spans_of(&self, date: Date) -> &[Span] {
        if self.holidays.iter().any(|holiday| holiday.date == date) {
            return &[];
        }
        let day = match date.weekday() {
            Weekday::Monday => 0,
            Weekday::Tuesday => 1,
            Weekday::Wednesday => 2,
            Weekday::Thursday => 3,
            Weekday::Friday => 4,
            Weekday::Saturday => 5,
            Weekday::Sunday => 6,
        };
        &self.week[day]
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// Minutes after midnight on the wall.
fn minute_of(zoned: &jiff::Zoned) -> u16 {
    u16::from(zoned.hour().unsigned_abs()) * 60 + u16::from(zoned.minute().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Hours {
        let day = vec![Span {
            opens_min: 9 * 60,
            closes_min: 17 * 60,
        }];
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| day.clone());
        week[5].clear();
        week[6].clear();
        Hours {
            zone: "Europe/Berlin".into(),
            week,
            holidays: vec![holiday("2026-12-25")],
        }
    }

    fn holiday(date: &str) -> Holiday {
        Holiday {
            date: date.parse().unwrap(),
            name: "Christmas".into(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn hours_follow_the_zone_weekends_and_holidays() {
        let hours = office();
        assert!(hours.is_open(at("2026-11-23T08:00:00Z")), "nine in Berlin");
        assert!(!hours.is_open(at("2026-11-23T07:59:00Z")));
        assert!(!hours.is_open(at("2026-11-22T12:00:00Z")), "Sunday");
        assert!(!hours.is_open(at("2026-12-25T12:00:00Z")), "holiday");
    }

    #[test]
    fn the_next_opening_skips_closed_days_and_keeps_summer_time() {
        let hours = office();
        assert_eq!(
            hours.next_opening(at("2026-12-24T20:00:00Z")),
            Some(at("2026-12-28T08:00:00Z"))
        );
        assert_eq!(
            hours.next_opening(at("2026-03-28T12:00:00Z")),
            Some(at("2026-03-30T07:00:00Z"))
        );
        assert_eq!(
            Hours {
                week: Default::default(),
                ..office()
            }
            .next_opening(at("2026-03-28T12:00:00Z")),
            None
        );
    }

    #[test]
    fn open_doors_say_when_they_close() {
        let hours = office();
        let check = |hours: &Hours, now: &str, closes: Option<&str>| {
            assert_eq!(hours.next_closing(at(now)), closes.map(at), "{now}");
        };
        check(&hours, "2026-11-23T08:00:00Z", Some("2026-11-23T16:00:00Z"));
        check(&hours, "2026-11-22T08:00:00Z", None);
        check(&Hours::always(), "2026-11-22T08:00:00Z", None);
        // Round the clock but for Sundays: midnight is no end before one.
        let mut week = Hours::always();
        week.week[6].clear();
        check(&week, "2026-11-25T08:00:00Z", Some("2026-11-29T00:00:00Z"));
        week.holidays = vec![holiday("2026-11-27")];
        check(&week, "2026-11-25T08:00:00Z", Some("2026-11-27T00:00:00Z"));
        check(&week, "2026-11-29T08:00:00Z", None);
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        let span = |opens_min, closes_min| Span {
            opens_min,
            closes_min,
        };
        let check = |spans: Vec<Span>, zone: &str, expected: Result<(), HoursFault>| {
            let mut hours = office();
            hours.zone = zone.into();
            hours.week[2] = spans;
            assert_eq!(hours.checked().map(|_| ()), expected);
        };
        check(vec![span(780, 1080), span(540, 720)], "Asia/Tokyo", Ok(()));
        check(vec![], "Mars/Olympus", Err(HoursFault::UnknownZone));
        check(
            vec![span(540, 540)],
            "UTC",
            Err(HoursFault::BadSpan { day: 2 }),
        );
        check(
            vec![span(0, 1500)],
            "UTC",
            Err(HoursFault::BadSpan { day: 2 }),
        );
        check(
            vec![span(540, 720), span(700, 800)],
            "UTC",
            Err(HoursFault::Overlap { day: 2 }),
        );
        check(vec![span(0, 1); 9], "UTC", Err(HoursFault::TooMany));
    }

    #[test]
    fn hours_from_before_holidays_had_names_read_back() {
        let json = r#"{"zone":"UTC","week":[[],[],[],[],[],[],[]],"holidays":["2026-12-25",{"date":"2026-12-26","name":"Boxing Day"}]}"#;
        let hours: Hours = serde_json::from_str(json).unwrap();
        let names: Vec<&str> = hours.holidays.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["", "Boxing Day"]);
    }

    #[test]
    fn the_last_closing_is_that_of_the_last_open_day() {
        let hours = office();
        let closing = |now| hours.last_closing(at(now));
        assert_eq!(closing("2026-11-23T12:00:00Z"), None, "it is open");
        assert_eq!(
            closing("2026-11-23T16:00:00Z"),
            Some(at("2026-11-23T16:00:00Z"))
        );
        assert_eq!(
            closing("2026-12-27T12:00:00Z"),
            Some(at("2026-12-24T16:00:00Z")),
            "Christmas and a weekend lie between"
        );
        let mut late = office();
        late.week[4] = vec![Span {
            opens_min: 600,
            closes_min: 1440,
        }];
        assert_eq!(
            late.last_closing(at("2026-11-28T12:00:00Z")),
            Some(at("2026-11-27T23:00:00Z")),
            "midnight in Berlin"
        );
        let never = Hours {
            week: Default::default(),
            ..office()
        };
        assert_eq!(never.last_closing(at("2026-11-28T12:00:00Z")), None);
    }

    #[test]
    fn a_clock_set_back_makes_no_negative_span() {
        assert_eq!(
            Timestamp::from_millis(5).since(Timestamp::from_millis(9)),
            0
        );
    }

    #[test]
    fn json_is_rfc_3339() {
        let at = at("2026-11-23T16:00:46.123Z");
        assert_eq!(
            serde_json::to_string(&at).unwrap(),
            "\"2026-11-23T16:00:46.123Z\""
        );
    }
}
