//! Reading what is typed: each field with its own sentence when it cannot be meant.

use std::ops::RangeInclusive;
use std::str::FromStr;

use api::Timestamp;
use jiff::civil::Date;

use super::Fields;
use crate::format::Campus;
use crate::i18n::{Lang, Vars};
use crate::pages::classes::input::FieldError;

/// Years of what is planned. Another one lacks a digit, or has one too many.
const YEARS: RangeInclusive<i16> = 2000..=2100;

/// Reads fields and collects everything that is wrong, in the order of reading.
pub struct Check<'a> {
    lang: Lang,
    fields: &'a Fields,
    found: Vec<FieldError>,
}

impl<'a> Check<'a> {
    /// Of these fields.
    #[must_use]
    pub fn new(lang: Lang, fields: &'a Fields) -> Self {
        Self { lang, fields, found: Vec::new() }
    }

    /// Notes something wrong at a field, by its name or id.
    pub fn say(&mut self, field: &str, text: String) {
        self.found.push(FieldError { field: field.replace('.', "-"), text });
    }

    fn labelled(&self, label: &str) -> Vars {
        Vars::new().text("label", self.lang.t(label))
    }

    /// A text of at most `max` characters; `label` is the message of the field's label.
    pub fn text(&mut self, name: &str, label: &str, max: usize) -> String {
        let value = self.optional(name, label, max);
        if value.is_none() && !self.found.iter().any(|error| error.field == name.replace('.', "-")) {
            let text = self.lang.with("entry-required", &self.labelled(label));
            self.say(name, text);
        }
        value.unwrap_or_default()
    }

    /// A text that may be left out.
    pub fn optional(&mut self, name: &str, label: &str, max: usize) -> Option<String> {
        let value = self.fields.some(name)?;
        if value.chars().count() <= max {
            return Some(value);
        }
        let vars = self.labelled(label).count("max", i64::try_from(max).unwrap_or(i64::MAX));
        let text = self.lang.with("entry-too-long", &vars);
        self.say(name, text);
        None
    }

    /// A whole number. Nothing typed is 0 where 0 is allowed.
    pub fn number(&mut self, name: &str, label: &str, min: u32, max: u32) -> u32 {
        match self.fields.some(name) {
            None if min == 0 => return 0,
            None => {}
            Some(typed) => match typed.parse::<u32>() {
                Ok(number) if (min..=max).contains(&number) => return number,
                _ => {}
            },
        }
        let vars = self.labelled(label).count("min", min).count("max", max);
        let text = self.lang.with("entry-number", &vars);
        self.say(name, text);
        min
    }

    /// One of the words of an enumeration.
    pub fn choice<T: FromStr>(&mut self, name: &str, label: &str) -> Option<T> {
        let chosen = self.fields.get(name).parse().ok();
        if chosen.is_none() {
            let text = self.lang.with("entry-choose", &self.labelled(label));
            self.say(name, text);
        }
        chosen
    }

    /// A minute on the campus's clock.
    pub fn moment(&mut self, name: &str, label: &str, campus: &Campus) -> Option<Timestamp> {
        let Some(moment) = campus.read_minute(self.fields.get(name)) else {
            let text = self.lang.with("entry-moment", &self.labelled(label));
            self.say(name, text);
            return None;
        };
        self.in_these_years(name, label, campus.at(moment).year()).then_some(moment)
    }

    /// A day.
    pub fn date(&mut self, name: &str, label: &str) -> Option<Date> {
        let typed = self.fields.some(name);
        let Some(date) = typed.as_deref().and_then(|typed| typed.parse::<Date>().ok()) else {
            let key = if typed.is_none() { "entry-required" } else { "entry-date" };
            let text = self.lang.with(key, &self.labelled(label));
            self.say(name, text);
            return None;
        };
        self.in_these_years(name, label, date.year()).then_some(date)
    }

    fn in_these_years(&mut self, name: &str, label: &str, year: i16) -> bool {
        let near = YEARS.contains(&year);
        if !near {
            let years =
                self.labelled(label).text("min", YEARS.start().to_string()).text("max", YEARS.end().to_string());
            let text = self.lang.with("entry-year", &years);
            self.say(name, text);
        }
        near
    }

    /// What was read, when nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn done<T>(self, read: T) -> Result<T, Vec<FieldError>> {
        if self.found.is_empty() { Ok(read) } else { Err(self.found) }
    }
}
