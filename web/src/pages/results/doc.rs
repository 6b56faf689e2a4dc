//! What documents have in common: their head, their rows, their foot.

use api::{CourseResult, Person};

use crate::format;
use crate::i18n::{Lang, Vars};
use crate::visit::Visit;

/// The head of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Campus.
    pub campus: String,
    /// Faculty and programme; may be empty.
    pub line: String,
    /// What it is.
    pub title: String,
    /// Of which period; may be empty.
    pub subtitle: String,
    /// Who it is about: heading and text.
    pub facts: Vec<(String, String)>,
}

impl Heading {
    /// Of a person.
    #[must_use]
    pub fn new(visit: &Visit, person: &Person, title: String, subtitle: String) -> Self {
        let lang = visit.lang;
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| lang.t("not-set"));
        let cohort = person.entry_period.as_deref().and_then(|period| period.get(..4)).map(str::to_owned);
        let line: Vec<_> = [&person.faculty_name, &person.programme_name].into_iter().flatten().cloned().collect();
        Self {
            campus: visit.app.config.campus_name.clone(),
            line: line.join(" · "),
            title,
            subtitle,
            facts: vec![
                (lang.t("account-name"), or_dash(&person.name)),
                (lang.t("student-nim"), person.nim.clone()),
                (lang.t("student-programme"), or_dash(&person.programme_name)),
                (lang.t("student-cohort"), cohort.unwrap_or_else(|| lang.t("not-set"))),
                (lang.t("student-advisor"), or_dash(&person.advisor_name)),
            ],
        }
    }
}

/// A course with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Another attempt counts in its place.
    pub superseded: bool,
    /// SKS.
    pub credits: u32,
    /// Letter; none while it is not published.
    pub letter: Option<String>,
    /// Grade points, `3,50`.
    pub points: String,
    /// SKS times grade points, `10,50`.
    pub weighted: String,
}

impl ResultRow {
    /// Of a result.
    #[must_use]
    pub fn new(lang: Lang, result: &CourseResult) -> Self {
        let name = match (lang, &result.course_name_en) {
            (Lang::En, Some(name)) if !name.is_empty() => name.clone(),
            _ => result.course_name.clone(),
        };
        let letter = result.letter.clone();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        Self {
            code: result.course_code.clone(),
            name,
            superseded: result.superseded,
            credits: result.credits,
            points: or_dash(result.points_hundredths.map(|points| format::hundredths(lang, points))),
            weighted: or_dash(letter.as_ref().map(|_| format::hundredths(lang, result.weighted))),
            letter,
        }
    }
}

/// Hundredths, or a dash for what is not known.
#[must_use]
pub fn or_dash(lang: Lang, hundredths: Option<u32>) -> String {
    hundredths.map_or_else(|| "–".to_owned(), |value| format::hundredths(lang, value))
}

/// When a document was taken from here: what stands on paper is as old as that.
#[must_use]
pub fn printed(visit: &Visit) -> String {
    let now = visit.app.campus.date_time(visit.lang, visit.app.clock.now());
    visit.lang.with("doc-printed", &Vars::new().text("date", now))
}
