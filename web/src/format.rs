//! How days, hours, numbers and periods are written on a page. UTC inside, campus time here.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::i18n::{Lang, Vars};

mod countdown;

pub use countdown::{countdown, mark};

/// The campus's clock. Indonesia knows three zones, none with summer time, so no time zone database is needed.
#[derive(Debug, Clone)]
pub struct Campus {
    zone: TimeZone,
    label: &'static str,
}

/// A zone that is none of Indonesia's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of WIB (Asia/Jakarta), WITA (Asia/Makassar) and WIT (Asia/Jayapura)")]
pub struct UnknownZone(String);

impl Campus {
    /// A zone by its letters or by its name in the time zone database.
    ///
    /// # Errors
    ///
    /// When it is none of Indonesia's.
    pub fn new(name: &str) -> Result<Self, UnknownZone> {
        let (hours, label) = match name {
            "WIB" | "Asia/Jakarta" | "Asia/Pontianak" => (7, "WIB"),
            "WITA" | "Asia/Makassar" => (8, "WITA"),
            "WIT" | "Asia/Jayapura" => (9, "WIT"),
            other => return Err(UnknownZone(other.to_owned())),
        };
        Ok(Self { zone: TimeZone::fixed(Offset::constant(hours)), label })
    }

    /// `WIB`, `WITA` or `WIT`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.label
    }

    /// A moment on the campus's clock.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> Zoned {
        moment.to_zoned(self.zone.clone())
    }

    /// `Kamis, 3 September 2026`.
    #[must_use]
    pub fn date(&self, lang: Lang, moment: Timestamp) -> String {
        date(lang, &self.at(moment))
    }

    /// `Jumat, 21 Agustus 2026 pukul 23.59 WIB`.
    #[must_use]
    pub fn date_time(&self, lang: Lang, moment: Timestamp) -> String {
        let at = self.at(moment);
        let vars = Vars::new()
            .text("date", date(lang, &at))
            .text("time", clock(lang, minute_of(&at)))
            .text("zone", self.label);
        lang.with("date-time", &vars)
    }

    /// `21 Agustus`.
    #[must_use]
    pub fn short_date(&self, lang: Lang, moment: Timestamp) -> String {
        let at = self.at(moment);
        lang.with("date-short", &day_month(lang, &at))
    }

    /// `09.41`.
    #[must_use]
    pub fn time(&self, lang: Lang, moment: Timestamp) -> String {
        clock(lang, minute_of(&self.at(moment)))
    }

    /// A minute as a field for date and time holds it: `2026-08-10T08:00`.
    #[must_use]
    pub fn minute(&self, moment: Timestamp) -> String {
        self.at(moment).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads such a field; also with a space in place of the `T`, and a point in the hour. `None` when it is no minute.
    #[must_use]
    pub fn read_minute(&self, typed: &str) -> Option<Timestamp> {
        let (date, time) = typed.trim().split_once(['T', ' '])?;
        let date: jiff::civil::Date = date.parse().ok()?;
        let minute = read_clock(time.get(..5)?)?;
        let hour = i8::try_from(minute / 60).ok().filter(|hour| *hour < 24)?;
        let at = date.at(hour, i8::try_from(minute % 60).ok()?, 0, 0);
        at.to_zoned(self.zone.clone()).ok().map(|at| at.timestamp())
    }

    /// The last moment before an end, for people: a window that closes at midnight is open until 23.59.
    #[must_use]
    pub fn last_moment(&self, end: Timestamp) -> Timestamp {
        end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end)
    }
}

/// A day without an hour, `Senin, 19 Oktober 2026`.
#[must_use]
pub fn civil_date(lang: Lang, day: jiff::civil::Date) -> String {
    match day.to_zoned(TimeZone::UTC) {
        Ok(at) => date(lang, &at),
        Err(_) => day.to_string(),
    }
}

/// Minute of the day.
#[must_use]
pub fn minute_of(at: &Zoned) -> u32 {
    u32::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or_default()
}

/// Day of the week, 1 Monday to 7 Sunday.
#[must_use]
pub fn weekday_of(at: &Zoned) -> u32 {
    u32::try_from(at.weekday().to_monday_one_offset()).unwrap_or(1)
}

fn day_month(lang: Lang, at: &Zoned) -> Vars {
    Vars::new().text("day", at.day().to_string()).text("month", lang.t(&format!("month-{}", at.month())))
}

fn date(lang: Lang, at: &Zoned) -> String {
    let vars = day_month(lang, at).text("weekday", day(lang, weekday_of(at))).text("year", at.year().to_string());
    lang.with("date-long", &vars)
}

/// `Senin`; 1 is Monday.
#[must_use]
pub fn day(lang: Lang, day: u32) -> String {
    lang.t(&format!("day-{}", day.clamp(1, 7)))
}

/// `Sen`; 1 is Monday.
#[must_use]
pub fn day_short(lang: Lang, day: u32) -> String {
    lang.t(&format!("day-short-{}", day.clamp(1, 7)))
}

/// A minute of the day: `09.30` in Indonesian, `09:30` in English. 1440 is `24.00`.
#[must_use]
pub fn clock(lang: Lang, minute: u32) -> String {
    let dot = match lang {
        Lang::Id => '.',
        Lang::En => ':',
    };
    format!("{:02}{dot}{:02}", minute / 60, minute % 60)
}

/// `09.30–12.00`.
#[must_use]
pub fn hours(lang: Lang, start: u32, end: u32) -> String {
    format!("{}–{}", clock(lang, start), clock(lang, end))
}

/// Reads what a person types for an hour: `7.00`, `07:00`, `0700`, `7`. `None` when it is no time of the day.
#[must_use]
pub fn read_clock(typed: &str) -> Option<u32> {
    let typed = typed.trim();
    let (hour, minute) = match typed.split_once(['.', ':', ',']) {
        Some(parts) => parts,
        None if typed.len() == 4 && typed.is_ascii() => typed.split_at(2),
        None => (typed, "00"),
    };
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u32>().ok())?
    };
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
}

/// Hundredths as a decimal: 357 is `3,57` in Indonesian.
#[must_use]
pub fn hundredths(lang: Lang, value: u32) -> String {
    let comma = match lang {
        Lang::Id => ',',
        Lang::En => '.',
    };
    format!("{}{comma}{:02}", value / 100, value % 100)
}

/// Reads a decimal of at most two places as hundredths, with a comma or a point: `87,5` is 8750. `None` when it is no
/// such number.
#[must_use]
pub fn read_hundredths(typed: &str) -> Option<u32> {
    let (whole, part) = typed.trim().split_once([',', '.']).unwrap_or((typed.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part = format!("{part:0<2}");
    Some(whole.parse::<u32>().ok()? * 100 + part.parse::<u32>().ok()?)
}

/// Hundredths as people type them: 8750 is `87,5`, 8700 is `87`.
#[must_use]
pub fn short_hundredths(lang: Lang, value: u32) -> String {
    let text = hundredths(lang, value);
    text.trim_end_matches('0').trim_end_matches([',', '.']).to_owned()
}

/// `20261` is `Ganjil 2026/2027`. A code of another shape is given back as it is.
#[must_use]
pub fn period(lang: Lang, code: &str) -> String {
    let parts = code.get(..4).and_then(|year| year.parse::<u16>().ok()).zip(code.get(4..));
    match parts {
        Some((year, term @ ("1" | "2" | "3"))) if year < 9999 => {
            let years = format!("{year}/{}", year + 1);
            lang.with("period-name", &Vars::new().text("term", lang.t(&format!("term-{term}"))).text("years", years))
        }
        _ => code.to_owned(),
    }
}

/// Which semester of study a period is, 1 for the period of entry; `None` for a short term, and for a period before.
#[must_use]
pub fn semester_number(entry: &str, period: &str) -> Option<u32> {
    let halves = |code: &str| {
        let year: u32 = code.get(..4)?.parse().ok()?;
        match code.get(4..)? {
            "1" => Some(year * 2),
            "2" => Some(year * 2 + 1),
            _ => None,
        }
    };
    // Whoever enters in a short term begins with the next Ganjil.
    let first = halves(entry).or_else(|| entry.get(..4)?.parse::<u32>().ok().map(|year| (year + 1) * 2))?;
    (halves(period)? + 1).checked_sub(first).filter(|number| *number > 0)
}

/// The words of a name without titles before it (`Dr.`, `Ir.`) and degrees behind it; all words when nothing is left.
fn name_words(name: &str) -> Vec<&str> {
    let bare = name.split(',').next().unwrap_or(name);
    let words: Vec<_> = bare.split_whitespace().filter(|word| !word.ends_with('.')).collect();
    if words.is_empty() { name.split_whitespace().collect() } else { words }
}

/// The first letters of the first and second word of a name, for the round picture.
#[must_use]
pub fn initials(name: &str) -> String {
    let letters = name_words(name).into_iter().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    letters.take(2).flat_map(char::to_uppercase).collect()
}

/// The first two words of a name, for narrow places.
#[must_use]
pub fn short_name(name: &str) -> String {
    name_words(name).into_iter().take(2).collect::<Vec<_>>().join(" ")
}

/// The name that a person is greeted with: the first word, with the next one when it is a letter only (`I Made`).
#[must_use]
pub fn given_name(name: &str) -> String {
    let words = name_words(name);
    let count = if words.first().is_some_and(|word| word.chars().count() == 1) { 2 } else { 1 };
    words.into_iter().take(count).collect::<Vec<_>>().join(" ")
}

/// Soft hyphens between the syllables of long words, so that a name of a course fits a narrow column. Indonesian
/// rule: a consonant before a vowel begins a syllable; `ng`, `ny`, `kh`, `sy` stay together.
#[must_use]
pub fn hyphenate(text: &str) -> String {
    text.split(' ').map(hyphenate_word).collect::<Vec<_>>().join(" ")
}

fn hyphenate_word(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 6 || !letters.iter().all(|c| c.is_alphabetic()) {
        return word.to_owned();
    }
    let vowel = |at: usize| letters.get(at).is_some_and(|c| "aiueoAIUEO".contains(*c));
    let pair = |at: usize| {
        let two: String = letters[at..].iter().take(2).collect::<String>().to_lowercase();
        matches!(two.as_str(), "ng" | "ny" | "kh" | "sy")
    };
    let mut out = String::with_capacity(word.len() + 8);
    let mut since_break = 0;
    for at in 0..letters.len() {
        let opens = !vowel(at) && (vowel(at + 1) || (pair(at) && vowel(at + 2)));
        let inside_pair = at > 0 && pair(at - 1);
        if opens && !inside_pair && since_break >= 2 && letters.len() - at >= 2 {
            out.push('\u{ad}');
            since_break = 0;
        }
        out.push(letters[at]);
        since_break += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campus() -> Campus {
        Campus::new("Asia/Jakarta").unwrap()
    }

    #[test]
    fn a_moment_is_written_on_the_campus_clock() {
        let moment: Timestamp = "2026-08-21T17:00:00Z".parse().unwrap();
        let campus = campus();
        let last = campus.last_moment(moment);
        assert_eq!(campus.date_time(Lang::Id, last), "Jumat, 21 Agustus 2026 pukul 23.59 WIB");
        assert_eq!(campus.date_time(Lang::En, last), "Friday, 21 August 2026 at 23:59 WIB");
        assert_eq!(campus.date(Lang::Id, moment), "Sabtu, 22 Agustus 2026");
        assert_eq!(campus.short_date(Lang::Id, moment), "22 Agustus");
        assert_eq!(campus.time(Lang::Id, moment), "00.00");
    }

    #[test]
    fn a_minute_is_read_on_the_campus_clock() {
        let campus = campus();
        let moment: Timestamp = "2026-08-21T16:59:00Z".parse().unwrap();
        assert_eq!(campus.minute(moment), "2026-08-21T23:59");
        for typed in ["2026-08-21T23:59", " 2026-08-21 23.59 ", "2026-08-21T23:59:00"] {
            assert_eq!(campus.read_minute(typed), Some(moment), "{typed}");
        }
        for typed in ["", "2026-08-21", "2026-02-30T08:00", "2026-08-21T24:00", "21/08/2026 08:00", "2026-08-21Té"] {
            assert_eq!(campus.read_minute(typed), None, "{typed}");
        }
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert!(Campus::new("Asia/Atlantis").is_err());
    }

    #[test]
    fn hours_are_read_as_people_type_them() {
        for (typed, minute) in
            [("7", 420), ("7.00", 420), ("07:00", 420), (" 0930 ", 570), ("9,30", 570), ("24.00", 1440)]
        {
            assert_eq!(read_clock(typed), Some(minute), "{typed}");
        }
        for typed in ["", "24.01", "7.5", "12.60", "tujuh", "-1", "1:2:3", "+7", "١٢.٠٠"] {
            assert_eq!(read_clock(typed), None, "{typed}");
        }
        assert_eq!(clock(Lang::Id, 1440), "24.00");
        assert_eq!(hours(Lang::Id, 570, 720), "09.30–12.00");
    }

    #[test]
    fn numbers_and_periods_follow_the_language() {
        assert_eq!(hundredths(Lang::Id, 357), "3,57");
        assert_eq!(hundredths(Lang::En, 305), "3.05");
        assert_eq!(period(Lang::Id, "20261"), "Ganjil 2026/2027");
        assert_eq!(period(Lang::En, "20262"), "Even 2026/2027");
        assert_eq!(period(Lang::Id, "20264"), "20264");
        assert_eq!(period(Lang::Id, "2é261"), "2é261");
    }

    #[test]
    fn decimals_are_read_with_a_comma_or_a_point() {
        for (typed, value) in
            [("87", 8700), ("87,5", 8750), (" 87.25 ", 8725), ("0", 0), ("100,00", 10_000), ("7,", 700)]
        {
            assert_eq!(read_hundredths(typed), Some(value), "{typed}");
        }
        for typed in ["", ",5", "-1", "87,555", "1e2", "8 7", "12345678", "1,2,3", "٨٧", "NaN"] {
            assert_eq!(read_hundredths(typed), None, "{typed}");
        }
        for (value, typed) in [(8750, "87,5"), (8700, "87"), (0, "0"), (10_000, "100"), (8725, "87,25"), (1000, "10")] {
            assert_eq!(short_hundredths(Lang::Id, value), typed);
            assert_eq!(read_hundredths(typed), Some(value));
        }
    }

    #[test]
    fn semesters_are_counted_from_the_entry() {
        for (entry, period, number) in [
            ("20241", "20241", Some(1)),
            ("20241", "20242", Some(2)),
            ("20241", "20261", Some(5)),
            ("20242", "20251", Some(2)),
            ("20243", "20251", Some(1)),
            ("20241", "20243", None),
            ("20241", "20232", None),
            ("", "20241", None),
            ("20241", "2é4", None),
        ] {
            assert_eq!(semester_number(entry, period), number, "{entry} {period}");
        }
    }

    #[test]
    fn names_shrink() {
        assert_eq!(initials("Nadia Putri Wulandari"), "NP");
        assert_eq!(initials("<script>alert"), "S");
        assert_eq!(initials(""), "");
        assert_eq!(short_name("Dr. Ir. Hendra Wijaya, M.T."), "Hendra Wijaya");
        assert_eq!(initials("Dr. Ir. Hendra Wijaya, M.T."), "HW");
        assert_eq!(given_name("Nadia Putri Wulandari"), "Nadia");
        assert_eq!(given_name("I Made Adi Saputra, M.T."), "I Made");
        assert_eq!(given_name("Dr."), "Dr.");
    }

    #[test]
    fn long_words_may_break_between_syllables() {
        assert_eq!(hyphenate("Jaringan Komputer"), "Ja\u{ad}ri\u{ad}ngan Kom\u{ad}pu\u{ad}ter");
        assert_eq!(hyphenate("Basis Data Buatan"), "Basis Data Bua\u{ad}tan");
        assert_eq!(hyphenate("Mobile-3 <script>"), "Mobile-3 <script>");
    }
}
