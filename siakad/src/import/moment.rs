//! Moments in import files: absolute, or relative to the day of the import so that a demo never grows old.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

use crate::reasons;

/// The campus's clock zone. Indonesia knows three, none with summer time, so no time zone database is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Zone {
    /// Western Indonesia, UTC+7.
    #[value(name = "WIB", alias = "Asia/Jakarta", alias = "Asia/Pontianak", alias = "wib")]
    Wib,
    /// Central Indonesia, UTC+8.
    #[value(name = "WITA", alias = "Asia/Makassar", alias = "wita")]
    Wita,
    /// Eastern Indonesia, UTC+9.
    #[value(name = "WIT", alias = "Asia/Jayapura", alias = "wit")]
    Wit,
}

impl Zone {
    /// Its name in the time zone database, as the services take it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wib => "Asia/Jakarta",
            Self::Wita => "Asia/Makassar",
            Self::Wit => "Asia/Jayapura",
        }
    }

    /// The zone as jiff knows it.
    pub(crate) fn time_zone(self) -> TimeZone {
        TimeZone::fixed(Offset::constant(match self {
            Self::Wib => 7,
            Self::Wita => 8,
            Self::Wit => 9,
        }))
    }
}

/// The day of the import in campus time, to which `@today` refers.
#[derive(Debug, Clone)]
pub(crate) struct Today {
    date: Date,
    zone: TimeZone,
}

impl Today {
    /// The campus's day at `now`.
    pub(crate) fn at(now: Timestamp, zone: Zone) -> Self {
        let zone = zone.time_zone();
        Self { date: now.to_zoned(zone.clone()).date(), zone }
    }

    /// RFC 3339 of what a file says: `@today`, `@today-7d`, `@today+14dT17:00`, `2026-08-01`, `2026-08-01T08:00` (both
    /// campus time) or RFC 3339 itself. An empty field stays empty. Errors: the reason word.
    pub(crate) fn resolve(&self, text: &str) -> Result<String, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        let moment = match text.strip_prefix("@today") {
            Some(rest) => self.relative(rest).ok_or(reasons::NOT_A_RELATIVE_MOMENT)?,
            None => self.absolute(text).ok_or(reasons::NOT_A_MOMENT)?,
        };
        Ok(moment.to_string())
    }

    fn relative(&self, rest: &str) -> Option<Timestamp> {
        let (shift, time) = match rest.split_once('T') {
            Some((shift, time)) => (shift, clock(time)?),
            None => (rest, Time::midnight()),
        };
        let days: i64 = match shift {
            "" => 0,
            shift => {
                let digits = shift.strip_suffix('d')?;
                let sign = digits.chars().next()?;
                if !matches!(sign, '+' | '-') || !digits[1..].bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                digits.parse().ok()?
            }
        };
        let date = self.date.checked_add(Span::new().try_days(days).ok()?).ok()?;
        self.local(date.to_datetime(time))
    }

    fn absolute(&self, text: &str) -> Option<Timestamp> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(moment);
        }
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, clock(time)?),
            None => (text, Time::midnight()),
        };
        if date.len() != "2026-08-01".len() {
            return None;
        }
        self.local(date.parse::<Date>().ok()?.to_datetime(time))
    }

    fn local(&self, at: DateTime) -> Option<Timestamp> {
        self.zone.to_timestamp(at).ok()
    }
}

/// `HH:MM`.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today(now: &str) -> Today {
        Today::at(now.parse().expect("a moment"), Zone::Wib)
    }

    #[test]
    fn today_is_the_campus_day() {
        // 18:00 UTC is already the next day in Jakarta.
        let today = today("2026-08-14T18:00:00Z");
        for (said, meant) in [
            ("@today", "2026-08-14T17:00:00Z"),
            ("@today-7d", "2026-08-07T17:00:00Z"),
            ("@today+14d", "2026-08-28T17:00:00Z"),
            ("@today+14dT08:30", "2026-08-29T01:30:00Z"),
            ("@todayT23:59", "2026-08-15T16:59:00Z"),
            ("2026-08-01", "2026-07-31T17:00:00Z"),
            ("2026-08-01T08:00", "2026-08-01T01:00:00Z"),
            ("2026-08-01 08:00", "2026-08-01T01:00:00Z"),
            ("2026-08-01T08:00:00+09:00", "2026-07-31T23:00:00Z"),
            ("2026-08-01T08:00:00Z", "2026-08-01T08:00:00Z"),
            ("", ""),
        ] {
            assert_eq!(today.resolve(said), Ok(meant.to_owned()), "{said}");
        }
    }

    #[test]
    fn what_is_no_moment_is_said() {
        let today = today("2026-08-14T18:00:00Z");
        for said in
            ["@today7d", "@today+d", "@today+-3d", "@today+7", "@today+7dT8:00", "@today-7dT24:00", "@today+999999999d"]
        {
            assert_eq!(today.resolve(said), Err("not-a-relative-moment"), "{said}");
        }
        for said in ["tomorrow", "01/08/2026", "2026-13-01", "2026-08-01T25:00", "2026-02-30", "20260801"] {
            assert_eq!(today.resolve(said), Err("not-a-moment"), "{said}");
        }
    }
}
