//! The front page: what a person needs first, by role. Every part degrades by itself.

use api::{
    Class, Home, Hold, HoldKind, LecturerHome, OfficeHome, Part as Got, Period, PeriodState, Plan, PlanState, StatusKind,
    Student, StudentHome,
};
use askama::Template;
use axum::response::Response;
use jiff::Zoned;

use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::krs::panel::{self, Ceiling};
use crate::view::{Badge, Frame, Layout, Link, Meter, Missing, Note, Part, Timetable, Tone};
use crate::visit::Visit;

mod next;

pub use next::{Agenda, Coming, Entry, agenda};

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
    /// Opened, being filled, closed.
    pub steps: Vec<Step>,
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
                visit.remember_programme(&student.programme_id);
            }
            Ok(visit.page(&page(&visit, Some(&home))?))
        }
        Err(error) => match Failure::from(error) {
            Failure::Down => Ok(visit.page_with(axum::http::StatusCode::SERVICE_UNAVAILABLE, &page(&visit, None)?)),
            failure => Err(failure),
        },
    }
}

/// Makes the page of what was fetched; `None` when nothing could be.
///
/// # Errors
///
/// When nobody is logged in.
pub fn page(visit: &Visit, home: Option<&Home>) -> Result<HomePage, Failure> {
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
        week: None,
        facts: Vec::new(),
        lists: Vec::new(),
    };
    let Some(home) = home else {
        page.notices.push(Note::down(lang, "down-gateway").link("/", lang.t("retry")));
        return Ok(page);
    };
    if let Some(student) = &home.student {
        student_parts(visit, &mut page, student, period, &now);
    }
    if let Some(lecturer) = &home.lecturer {
        lecturer_parts(visit, &mut page, lecturer);
    }
    if let Some(office) = &home.office {
        office_parts(visit, &mut page, office, period);
    }
    if home.student.is_none() && home.lecturer.is_none() && home.office.is_none() {
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
    let first = name.split_whitespace().next().unwrap_or(name);
    lang.with(key, &Vars::new().text("name", first))
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

fn student_parts(visit: &Visit, page: &mut HomePage, home: &StudentHome, period: Option<&Period>, now: &Zoned) {
    let lang = visit.lang;
    page.status = match (&home.statuses, period) {
        (Got::Available { data }, Some(period)) => {
            Some(status_badge(lang, data.iter().find(|s| s.period_code == period.code).map(|s| s.status)))
        }
        (Got::Unavailable { .. }, _) => Some(Badge {
            tone: Tone::Mute,
            icon: Some("cloud-off"),
            text: lang.t("status-not-checked"),
        }),
        (Got::Available { .. }, None) => None,
    };
    let down = [home.student.available().is_none(), home.statuses.available().is_none(), home.holds.available().is_none()];
    if down.contains(&true) {
        page.notices.push(Note::down(lang, "down-student"));
    }
    if let Some(holds) = home.holds.available() {
        page.notices.extend(holds_note(visit, holds));
    }
    match &home.plan {
        Got::Available { data: Some(plan) } => {
            page.now = Some(Part::Ready(now_card(lang, plan, now)));
            page.krs = Some(Part::Ready(krs_card(visit, plan)));
            let week = panel::timetable(lang, plan, &[]);
            page.week = (!plan.items.is_empty()).then_some(week);
        }
        Got::Available { data: None } => {}
        Got::Unavailable { .. } => {
            page.now = Some(Part::Down(missing(lang, "now-heading", "down-schedule")));
            page.krs = Some(Part::Down(missing(lang, "krs-short", "down-plan")));
        }
    }
    page.facts.push(match &home.student {
        Got::Available { data } => Part::Ready(student_facts(lang, data)),
        Got::Unavailable { .. } => Part::Down(missing(lang, "student-facts", "down-student-facts")),
    });
}

fn status_badge(lang: Lang, status: Option<StatusKind>) -> Badge {
    let (tone, icon, key) = match status {
        Some(StatusKind::Active) => (Tone::Ok, "check", "status-active"),
        Some(StatusKind::Merdeka) => (Tone::Ok, "check", "status-merdeka"),
        Some(StatusKind::DoubleDegree) => (Tone::Ok, "check", "status-double-degree"),
        Some(StatusKind::Leave) => (Tone::Wait, "hourglass", "status-leave"),
        Some(StatusKind::Inactive) => (Tone::Bad, "circle-alert", "status-inactive"),
        None => (Tone::Mute, "info", "status-none"),
    };
    Badge { tone, icon: Some(icon), text: lang.t(key) }
}

/// One note for all holds that bind now; a waiver that suspends one is named too.
fn holds_note(visit: &Visit, holds: &[Hold]) -> Option<Note> {
    let lang = visit.lang;
    let now = visit.app.clock.now();
    let open: Vec<_> = holds.iter().filter(|hold| hold.lifted_at.is_none()).collect();
    let binding = open.iter().filter(|hold| hold.waived_until.is_none_or(|until| until <= now)).count();
    if open.is_empty() {
        return None;
    }
    let (tone, key) = if binding > 0 { (Tone::Bad, "holds-binding") } else { (Tone::Info, "holds-waived") };
    let mut note = Note::new(tone, lang.t(key), lang.t(&format!("{key}.text")));
    note.items = open
        .iter()
        .map(|hold| {
            let title = lang.with(hold_key(hold.kind), &Vars::new().text("note", hold.note.clone()));
            let detail = hold.waived_until.filter(|until| *until > now).map(|until| {
                lang.with("hold-waived-until", &Vars::new().text("date", visit.app.campus.date_time(lang, until)))
            });
            crate::view::Reason { title, detail: detail.unwrap_or_default() }
        })
        .collect();
    Some(note)
}

fn hold_key(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Tuition => "hold-kind-tuition",
        HoldKind::Library => "hold-kind-library",
        HoldKind::Academic => "hold-kind-academic",
        HoldKind::Document => "hold-kind-document",
    }
}

fn now_card(lang: Lang, plan: &Plan, now: &Zoned) -> NowCard {
    let agenda = agenda(plan, format::weekday_of(now), format::minute_of(now));
    let Some(next) = agenda.next else {
        return NowCard {
            eye: lang.t("now-heading"),
            title: lang.t(if plan.items.is_empty() { "now-empty" } else { "now-no-hours" }),
            facts: Vec::new(),
            agenda: Vec::new(),
        };
    };
    let eye = match next.coming {
        Coming::Running => lang.with("now-running", &Vars::new().text("end", format::clock(lang, next.end))),
        Coming::Today(minutes) if minutes < 60 => lang.with("now-minutes", &Vars::new().count("minutes", minutes)),
        Coming::Today(_) => lang.with("now-today", &Vars::new().text("start", format::clock(lang, next.start))),
        Coming::Tomorrow => lang.t("now-tomorrow"),
        Coming::Later => lang.with("now-later", &Vars::new().text("day", format::day(lang, next.day))),
    };
    let mut facts = vec![(lang.t("now-time"), format::hours(lang, next.start, next.end))];
    facts.extend(next.room.map(|room| (lang.t("now-room"), room.to_owned())));
    let class = lang.with("class-named", &Vars::new().text("name", next.class.name.clone()));
    facts.push((class, lecturers(lang, next.class)));
    let rest = agenda.rest.iter().map(|item| AgendaLine {
        hours: format::hours(lang, item.start, item.end),
        title: course_name(lang, item.class),
        detail: panel::class_and_room(lang, item.class, item.room),
    });
    NowCard { eye, title: course_name(lang, next.class), facts, agenda: rest.collect() }
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

fn krs_card(visit: &Visit, plan: &Plan) -> KrsCard {
    let lang = visit.lang;
    let campus = &visit.app.campus;
    let now = visit.app.clock.now();
    let period = format::period(lang, &plan.period_code);
    let ceiling = Ceiling::new(lang, plan);
    let reasons = crate::reasons::sentences(lang, campus, &plan.refusals);
    let opened = plan.window.as_ref().is_some_and(|window| window.opens_at <= now);
    let closed = plan.window.as_ref().is_some_and(|window| window.closes_at <= now);
    let badge = match (&plan.window, opened, closed) {
        (None, ..) => Badge { tone: Tone::Mute, icon: Some("info"), text: lang.t("krs-badge-none") },
        (_, _, true) => Badge { tone: Tone::Mute, icon: Some("lock"), text: lang.t("krs-badge-closed") },
        (_, false, _) => Badge { tone: Tone::Wait, icon: Some("hourglass"), text: lang.t("krs-badge-soon") },
        _ if !reasons.is_empty() => Badge { tone: Tone::Bad, icon: Some("lock"), text: lang.t("krs-badge-blocked") },
        _ => Badge { tone: Tone::Ok, icon: Some("check"), text: lang.t("krs-badge-open") },
    };
    let day = |moment| campus.short_date(lang, moment);
    let state = |done: bool, now: bool| if done { "did" } else if now { "now" } else { "" };
    let courses = i64::try_from(plan.items.len()).unwrap_or_default();
    let filled = match plan.state {
        PlanState::None => lang.t("krs-step-not-begun"),
        PlanState::Draft => lang.with("krs-courses", &Vars::new().count("count", courses)),
    };
    let steps = vec![
        Step {
            state: state(opened, false),
            text: lang.t("krs-step-open"),
            detail: plan.window.as_ref().map(|window| day(window.opens_at)).unwrap_or_default(),
        },
        Step { state: state(closed, opened && !closed), text: lang.t("krs-step-fill"), detail: filled },
        Step {
            state: state(false, closed),
            text: lang.t("krs-step-close"),
            detail: plan.window.as_ref().map(|window| day(campus.last_moment(window.closes_at))).unwrap_or_default(),
        },
    ];
    KrsCard {
        title: lang.with("krs-card-title", &Vars::new().text("period", period)),
        badge,
        steps: if plan.window.is_some() { steps } else { Vec::new() },
        credits: plan.credits.to_string(),
        of: ceiling.of,
        meter: ceiling.meter,
        why: ceiling.why,
        action: lang.t(if reasons.is_empty() && opened && !closed { "krs-fill" } else { "krs-look" }),
        reasons,
    }
}

fn student_facts(lang: Lang, student: &Student) -> FactCard {
    let or_dash = |text: &Option<String>| text.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| lang.t("not-set"));
    FactCard {
        id: "h-data",
        title: lang.t("student-facts"),
        facts: vec![
            (lang.t("student-nim"), student.nim.clone()),
            (lang.t("student-programme"), or_dash(&student.programme_name)),
            (lang.t("student-cohort"), student.entry_period.get(..4).unwrap_or_default().to_owned()),
            (lang.t("student-advisor"), or_dash(&student.advisor_name)),
        ],
    }
}

fn lecturer_parts(visit: &Visit, page: &mut HomePage, home: &LecturerHome) {
    let lang = visit.lang;
    page.lists.push(match &home.classes {
        Got::Unavailable { .. } => Part::Down(missing(lang, "teaching-title", "down-classes")),
        Got::Available { data } => {
            let row = |class: &Class| {
                let seats = Vars::new().count("taken", class.taken.unwrap_or_default()).count("capacity", class.capacity);
                let hours = panel::meetings(lang, class).join(", ");
                ListRow {
                    href: None,
                    text: panel::class_label(lang, class),
                    detail: format!("{hours} · {}", lang.with("seats-of", &seats)),
                }
            };
            Part::Ready(ListCard {
                id: "h-mengajar",
                title: lang.t("teaching-title"),
                count: at_least(lang, data.items.len(), data.next_cursor.is_some()),
                rows: data.items.iter().map(row).collect(),
                empty: lang.t("teaching-empty"),
                more: None,
            })
        }
    });
    page.lists.push(match &home.advisees {
        Got::Unavailable { .. } => Part::Down(missing(lang, "advisees-title", "down-advisees")),
        Got::Available { data } => {
            let row = |student: &Student| ListRow { href: None, text: student.name.clone(), detail: student.nim.clone() };
            Part::Ready(ListCard {
                id: "h-wali",
                title: lang.t("advisees-title"),
                count: at_least(lang, data.items.len(), data.next_cursor.is_some()),
                rows: data.items.iter().map(row).collect(),
                empty: lang.t("advisees-empty"),
                more: None,
            })
        }
    });
}

/// `12`, or `lebih dari 50` when the first page is not all.
fn at_least(lang: Lang, count: usize, more: bool) -> String {
    let vars = Vars::new().count("count", i64::try_from(count).unwrap_or(i64::MAX));
    lang.with(if more { "count-more" } else { "count-all" }, &vars)
}

fn office_parts(visit: &Visit, page: &mut HomePage, home: &OfficeHome, period: Option<&Period>) {
    let lang = visit.lang;
    page.lists.push(match &home.programmes {
        Got::Unavailable { .. } => Part::Down(missing(lang, "office-classes", "down-programmes")),
        Got::Available { data } => {
            let code = period.map_or("", |period| period.code.as_str());
            let row = |programme: &api::Programme| ListRow {
                href: Some(with_query("/admin/kelas", &[("periode", code), ("prodi", &programme.id)])),
                text: programme.name.clone(),
                detail: programme.code.clone(),
            };
            Part::Ready(ListCard {
                id: "h-kelas",
                title: lang.t("office-classes"),
                count: at_least(lang, data.len(), false),
                rows: data.iter().map(row).collect(),
                empty: lang.t("office-empty"),
                more: Some(Link { href: "/admin/kelas".into(), text: lang.t("office-all") }),
            })
        }
    });
    page.lists.push(match &home.periods {
        Got::Unavailable { .. } => Part::Down(missing(lang, "periods-title", "down-periods")),
        Got::Available { data } => {
            let row = |period: &Period| ListRow {
                href: Some(with_query("/admin/kelas", &[("periode", &period.code)])),
                text: format::period(lang, &period.code),
                detail: lang.t(period_state_key(period.state)),
            };
            Part::Ready(ListCard {
                id: "h-periode",
                title: lang.t("periods-title"),
                count: at_least(lang, data.len(), false),
                rows: data.iter().map(row).collect(),
                empty: lang.t("periods-empty"),
                more: None,
            })
        }
    });
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
