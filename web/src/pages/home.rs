//! The front page: what a person needs first, by role. Every part degrades by itself.

use api::{Class, CurriculumQuery, Home, Period, PeriodState};
use askama::Template;
use axum::response::Response;
use jiff::Zoned;

use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::view::{Badge, Frame, Layout, Link, Meter, Missing, Note, Part, Timetable, Tone};
use crate::visit::Visit;

pub mod grades;
mod links;
pub mod next;
mod staff;
mod student;

/// `home.html`.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// Frame.
    pub f: Frame,
    /// `Selamat pagi, Nadia`.
    pub greeting: String,
    /// Date and period.
    pub line: String,
    /// Status of a student in the period.
    pub status: Option<Badge>,
    /// Holds and what is down: notes above the cards.
    pub notices: Vec<Note>,
    /// The next class.
    pub now: Option<Part<NowCard>>,
    /// The KRS.
    pub krs: Option<Part<KrsCard>>,
    /// IPS and IPK.
    pub grades: Option<Part<grades::GradesCard>>,
    /// SKS on the way to the degree.
    pub degree: Option<grades::DegreeCard>,
    /// The timetable of the plan.
    pub week: Option<Timetable>,
    /// Lists of facts: the student, the lecturer.
    pub facts: Vec<Part<FactCard>>,
    /// Lists of links: classes taught, advisees, what the office does.
    pub lists: Vec<Part<ListCard>>,
}

/// What comes next.
#[derive(Debug, Clone)]
pub struct NowCard {
    /// `Berikutnya, mulai 25 menit lagi`.
    pub eye: String,
    /// Course; or that there is nothing yet.
    pub title: String,
    /// Facts: heading and text.
    pub facts: Vec<(String, String)>,
    /// The rest of the day.
    pub agenda: Vec<AgendaLine>,
}

/// A line of the agenda.
#[derive(Debug, Clone)]
pub struct AgendaLine {
    /// Hours.
    pub hours: String,
    /// Course.
    pub title: String,
    /// Class and room.
    pub detail: String,
}

/// A step of a process.
#[derive(Debug, Clone)]
pub struct Step {
    /// `did`, `now` or empty.
    pub state: &'static str,
    /// What it is.
    pub text: String,
    /// When, or how far.
    pub detail: String,
}

/// The card of the KRS.
#[derive(Debug, Clone)]
pub struct KrsCard {
    /// `KRS Ganjil 2026/2027`.
    pub title: String,
    /// How it stands.
    pub badge: Badge,
    /// The line of states.
    pub steps: Vec<Step>,
    /// What the advisor wants changed; empty unless the plan was returned.
    pub returned: String,
    /// SKS of the plan, of the ceiling.
    pub credits: String,
    /// `/ 24 SKS`.
    pub of: String,
    /// The bar.
    pub meter: Meter,
    /// Why the ceiling is what it is.
    pub why: String,
    /// What stands in the way; empty when nothing does.
    pub reasons: Vec<crate::view::Reason>,
    /// What the button says.
    pub action: String,
    /// Whether the button is not what comes next.
    pub quiet: bool,
}

/// A card of facts.
#[derive(Debug, Clone)]
pub struct FactCard {
    /// Id of the heading.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// Heading and text.
    pub facts: Vec<(String, String)>,
}

/// A card with a list.
#[derive(Debug, Clone)]
pub struct ListCard {
    /// Id of the heading.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// How many.
    pub count: String,
    /// The rows: text, detail, perhaps a link.
    pub rows: Vec<ListRow>,
    /// What is said when there are none.
    pub empty: String,
    /// A way on.
    pub more: Option<Link>,
}

/// A row of a list.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Where to; none for a plain row.
    pub href: Option<String>,
    /// What it is.
    pub text: String,
    /// More about it.
    pub detail: String,
}

/// `GET /`.
///
/// # Errors
///
/// When nobody is logged in. A gateway that does not answer gives the page with everything missing.
pub async fn show(mut visit: Visit) -> Result<Response, Failure> {
    visit.user()?;
    match visit.client().home().await {
        Ok(home) => {
            if let Some(student) = home.student.as_ref().and_then(|student| student.student.available()) {
                visit.remember_study(&student.programme_id, &student.entry_period);
            }
            let required = required(&visit, &home).await;
            Ok(visit.page(&page(&visit, Some(&home), required)?))
        }
        Err(error) => match Failure::from(error) {
            Failure::Down => Ok(visit
                .page_with(axum::http::StatusCode::SERVICE_UNAVAILABLE, &page(&visit, None, grades::Required::Down)?)),
            failure => Err(failure),
        },
    }
}

/// SKS that a student graduates with, by the curriculum that they follow.
async fn required(visit: &Visit, home: &Home) -> grades::Required {
    let Some(parts) = &home.student else { return grades::Required::Unset };
    // What knows the curriculum knows the period too: nobody waits twice for the same silence.
    let (Some(student), Some(_)) = (parts.student.available(), home.period.available()) else {
        return grades::Required::Down;
    };
    let query = CurriculumQuery {
        limit: Some(api::limits::PAGE_MAX),
        programme_id: Some(student.programme_id.clone()),
        ..CurriculumQuery::default()
    };
    match visit.client().curricula(&query).await {
        Ok(found) => match grades::followed(&found.items, &student.programme_id, &student.entry_period) {
            Some(curriculum) => grades::Required::Known(curriculum.credits_required),
            None => grades::Required::Unset,
        },
        Err(_) => grades::Required::Down,
    }
}

/// Makes the page of what was fetched; `None` when nothing could be.
///
/// # Errors
///
/// When nobody is logged in.
pub fn page(visit: &Visit, home: Option<&Home>, required: grades::Required) -> Result<HomePage, Failure> {
    let lang = visit.lang;
    let user = visit.user()?;
    let now = visit.app.campus.at(visit.app.clock.now());
    let period = home.and_then(|home| home.period.available()).and_then(Option::as_ref);
    let mut page = HomePage {
        f: visit.frame(lang.t("home-title"), Layout::App, "/"),
        greeting: greeting(lang, &now, &user.account().display_name),
        line: line(visit, home, period),
        status: None,
        notices: Vec::new(),
        now: None,
        krs: None,
        grades: None,
        degree: None,
        week: None,
        facts: Vec::new(),
        lists: Vec::new(),
    };
    let Some(home) = home else {
        page.notices.push(Note::down(lang, "down-gateway").link("/", lang.t("retry")));
        return Ok(page);
    };
    if let Some(student) = &home.student {
        student::parts(visit, &mut page, student, period, &now);
        page.grades = Some(grades::grades(lang, student));
        page.degree = grades::degree(lang, student, required);
    }
    if let Some(lecturer) = &home.lecturer {
        staff::lecturer_parts(visit, &mut page, lecturer, period);
    }
    if let Some(office) = &home.office {
        staff::office_parts(visit, &mut page, office, period);
    }
    if user.is_office() || user.is_system_admin() {
        page.lists.push(links::kept(lang, user));
    } else if home.student.is_none() && home.lecturer.is_none() && home.office.is_none() {
        page.notices.push(Note::new(Tone::Info, lang.t("home-nothing"), lang.t("home-nothing.text")));
    }
    Ok(page)
}

fn greeting(lang: Lang, now: &Zoned, name: &str) -> String {
    let key = match now.hour() {
        4..=10 => "greeting-morning",
        11..=14 => "greeting-noon",
        15..=17 => "greeting-afternoon",
        _ => "greeting-evening",
    };
    lang.with(key, &Vars::new().text("name", format::given_name(name)))
}

fn line(visit: &Visit, home: Option<&Home>, period: Option<&Period>) -> String {
    let lang = visit.lang;
    let date = visit.app.campus.date(lang, visit.app.clock.now());
    let known = home.is_some_and(|home| home.period.available().is_some());
    match period {
        Some(period) => {
            let vars = Vars::new().text("date", date).text("period", format::period(lang, &period.code));
            lang.with("home-line", &vars)
        }
        None if known => lang.with("home-line-no-period", &Vars::new().text("date", date)),
        None => date,
    }
}

fn missing(lang: Lang, heading: &str, key: &str) -> Missing {
    Missing {
        heading: lang.t(heading),
        title: lang.t(key),
        text: lang.t(&format!("{key}.text")),
        retry: "/".to_owned(),
    }
}

/// Name of a class's course in the language of the page.
#[must_use]
pub fn course_name(lang: Lang, class: &Class) -> String {
    match (lang, &class.course.name_en) {
        (Lang::En, Some(name)) if !name.is_empty() => name.clone(),
        _ => class.course.name.clone(),
    }
}

/// Names of a class's lecturers, the leading one first.
#[must_use]
pub fn lecturers(lang: Lang, class: &Class) -> String {
    let names: Vec<_> = class
        .lecturers
        .iter()
        .map(|lecturer| lecturer.name.clone().unwrap_or_else(|| lang.t("lecturer-unknown")))
        .collect();
    if names.is_empty() { lang.t("lecturer-none") } else { names.join(", ") }
}

/// Message of a period's state.
#[must_use]
pub fn period_state_key(state: PeriodState) -> &'static str {
    match state {
        PeriodState::Planned => "period-state-planned",
        PeriodState::Active => "period-state-active",
        PeriodState::Closed => "period-state-closed",
        PeriodState::Reported => "period-state-reported",
    }
}
