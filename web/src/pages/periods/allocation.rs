//! How far the giving of seats by wishes is in a period, and what became of every wish.

use api::{Allocation, AllocationOutcome, AllocationQuery, AllocationState, ClassQuery, Page, StudentQuery};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::text::fold;

use super::{LIST, address};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::advising::review::address as review;
use crate::pages::courses::reader;
use crate::pages::krs::allocated::{Check, badge as granted_badge};
use crate::pages::krs::no_such_period;
use crate::pages::krs::state::{code_label, when};
use crate::pages::krs::wishes::sharing::progress;
use crate::pages::listing::Asked;
use crate::reasons;
use crate::view::{Badge, Frame, Layout, Link, Meter, Missing, Part, Reason, Tone};
use crate::visit::Visit;

/// Outcomes of a page.
const ROWS: u32 = 50;

/// What narrows the list: a student number, a class as people call it, and its id where a row links to it: two programmes may
/// call their classes alike.
const FIELDS: &[(&str, usize)] = &[("nim", 32), ("kelas", 100), ("id-kelas", 36)];

/// Seconds between two looks while it runs.
const LOOK: i64 = 2;

/// `allocation.html`.
#[derive(Template)]
#[template(path = "allocation.html")]
pub struct AllocationPage {
    /// Frame.
    pub f: Frame,
    /// The period's page.
    pub back: Link,
    /// Period.
    pub line: String,
    /// How far it is.
    pub badge: Option<Badge>,
    /// The page that starts it; none for who may not, and when it was started.
    pub run: Option<Link>,
    /// This page as it is.
    pub here: String,
    /// This page without a filter.
    pub path: String,
    /// Seconds until the next look; none unless it runs.
    pub look: Option<i64>,
    /// What the state means.
    pub text: String,
    /// The bar, while it runs.
    pub meter: Option<Meter>,
    /// What the bar says.
    pub progress: String,
    /// Students, wishes, seats, when: heading and text.
    pub facts: Vec<(String, String)>,
    /// How to check the draw, once it was started.
    pub check: Option<Check>,
    /// What became of the wishes, once it is over.
    pub outcomes: Option<Part<Outcomes>>,
}

/// A page of outcomes.
pub struct Outcomes {
    /// Student number that is asked for.
    pub nim: String,
    /// Class that is asked for.
    pub class: String,
    /// Whether only some are asked for.
    pub narrowed: bool,
    /// One a wish.
    pub rows: Vec<OutcomeRow>,
    /// Said when there are none.
    pub empty: Option<String>,
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
}

/// What became of one wish.
pub struct OutcomeRow {
    /// The student's plan.
    pub href: String,
    /// Name.
    pub name: String,
    /// Student number.
    pub nim: String,
    /// Class.
    pub class: String,
    /// The outcomes of that class.
    pub class_href: String,
    /// Rank, place in the draw, round.
    pub detail: String,
    /// Granted or not.
    pub badge: Badge,
    /// Why not.
    pub reasons: Vec<Reason>,
}

/// Address of the page.
#[must_use]
pub fn path(code: &str) -> String {
    format!("{}/pembagian", address(code))
}

/// What a filter led to.
pub enum Found {
    /// A page of outcomes.
    Rows(Page<AllocationOutcome>),
    /// No such student, or no such class: the message that says so.
    Nobody(&'static str),
    /// It cannot be read.
    Down,
}

/// `GET /periode/{code}/pembagian`.
///
/// # Errors
///
/// When nobody is logged in, somebody who does not read this, or there is no such period.
pub async fn show(
    visit: Visit,
    Path(code): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    reader(&visit)?;
    let asked = Asked::read(path(&code), FIELDS, &pairs);
    let allocation = visit.client().allocation(&code).await.map_err(no_such_period)?;
    if allocation.state != AllocationState::Done {
        return Ok(visit.page(&page(&visit, &asked, &allocation, None)));
    }
    let Some(found) = outcomes(&visit, &code, &asked).await? else {
        return Ok(visit.see(&asked.href("")));
    };
    let status = if matches!(found, Found::Down) { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok(visit.page_with(status, &page(&visit, &asked, &allocation, Some(found))))
}

/// The outcomes that are asked for. `None`: the cursor is of another list.
async fn outcomes(visit: &Visit, code: &str, asked: &Asked) -> Result<Option<Found>, Failure> {
    match find(visit, code, asked).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.status() == Some(400) && asked.cursor().is_some() => Ok(None),
        Err(error) => match Failure::from(error) {
            Failure::Down => Ok(Some(Found::Down)),
            failure => Err(failure),
        },
    }
}

async fn find(visit: &Visit, code: &str, asked: &Asked) -> Result<Found, api::client::Error> {
    let client = visit.client();
    let mut query = AllocationQuery { limit: Some(ROWS), cursor: asked.cursor(), ..AllocationQuery::default() };
    if let Some(nim) = asked.some("nim") {
        let search = StudentQuery { search: Some(nim.clone()), ..StudentQuery::default() };
        let found = client.students(&search).await?.items.into_iter().find(|student| student.nim == nim);
        let Some(student) = found else { return Ok(Found::Nobody("outcomes-no-student")) };
        query.student_id = Some(student.id);
    }
    if let Some(id) = asked.some("id-kelas") {
        query.class_id = Some(id);
    } else if let Some(class) = asked.some("kelas") {
        let Some(id) = class_id(&client, code, &class).await? else {
            return Ok(Found::Nobody("outcomes-no-class"));
        };
        query.class_id = Some(id);
    }
    Ok(Found::Rows(client.allocation_outcomes(code, &query).await?))
}

/// The class that people call so: `IF201 A` or `Basis Data A`. Courses of other names may be found before it.
async fn class_id(client: &api::Client, period: &str, label: &str) -> Result<Option<String>, api::client::Error> {
    let mut query = ClassQuery {
        period: period.to_owned(),
        search: Some(label.to_owned()),
        limit: Some(api::limits::PAGE_MAX),
        ..ClassQuery::default()
    };
    let wanted = fold(label);
    loop {
        let page = client.classes(&query).await?;
        if let Some(class) = page.items.iter().find(|class| is_called(class, &wanted)) {
            return Ok(Some(class.id.clone()));
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(None);
        }
    }
}

/// Whether people call a class so, by the code or by the name of its course; `label` is folded.
#[must_use]
pub fn is_called(class: &api::Class, label: &str) -> bool {
    let by_name = || fold(&format!("{} {}", class.course.name, class.name));
    fold(&code_label(class)) == label || by_name() == label
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, allocation: &Allocation, found: Option<Found>) -> AllocationPage {
    let lang = visit.lang;
    let code = &allocation.period_code;
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_registrar);
    let running = allocation.state == AllocationState::Running;
    let (badge, text) = match allocation.state {
        AllocationState::None => (None, "allocation-none"),
        AllocationState::Pending => (Some((Tone::Mute, "hourglass", "allocation-badge-pending")), "allocation-pending"),
        AllocationState::Running => (Some((Tone::Wait, "hourglass", "allocation-badge-running")), "allocation-running"),
        AllocationState::Done => (Some((Tone::Ok, "check", "allocation-badge-done")), "allocation-done"),
    };
    let may_run = keeps && allocation.state == AllocationState::Pending;
    let seed = allocation.seed.as_deref();
    AllocationPage {
        f: visit.frame(visit.t("allocation-title"), Layout::App, LIST),
        back: Link { href: address(code), text: format::period(lang, code) },
        line: format::period(lang, code),
        badge: badge.map(|(tone, icon, key)| Badge { tone, icon: Some(icon), text: lang.t(key) }),
        run: may_run.then(|| Link { href: super::allocate::path(code), text: lang.t("allocation-run") }),
        here: asked.here(),
        path: path(code),
        look: running.then_some(LOOK),
        text: lang.t(text),
        meter: running.then(|| Meter::new(allocation.settled, allocation.students)),
        progress: progress(visit, allocation),
        facts: facts(visit, allocation),
        check: seed.map(|_| Check { student: String::new(), command: String::new() }),
        outcomes: found.map(|found| listed(visit, asked, code, found)),
    }
}

/// Students, wishes and seats, and when.
fn facts(visit: &Visit, allocation: &Allocation) -> Vec<(String, String)> {
    let lang = visit.lang;
    if allocation.state == AllocationState::None {
        return Vec::new();
    }
    let mut facts = vec![
        (lang.t("allocation-students"), allocation.students.to_string()),
        (lang.t("allocation-wishes"), allocation.wishes.to_string()),
    ];
    if allocation.state != AllocationState::Pending {
        facts.push((lang.t("allocation-granted"), allocation.granted.to_string()));
        facts.push((lang.t("allocation-rounds"), allocation.round.to_string()));
    }
    facts.extend(allocation.seed.clone().map(|seed| (lang.t("draw-seed"), seed)));
    facts.extend(allocation.run_at.map(|at| (lang.t("allocation-run-at"), when(visit, at))));
    facts.extend(allocation.done_at.map(|at| (lang.t("allocation-done-at"), when(visit, at))));
    facts
}

fn listed(visit: &Visit, asked: &Asked, code: &str, found: Found) -> Part<Outcomes> {
    let lang = visit.lang;
    let (items, next, empty) = match found {
        Found::Down => {
            return Part::Down(Missing {
                heading: lang.t("outcomes-title"),
                title: lang.t("down-outcomes"),
                text: lang.t("down-outcomes.text"),
                retry: asked.here(),
            });
        }
        Found::Nobody(key) => (Vec::new(), None, key),
        Found::Rows(page) => (page.items, page.next_cursor, "outcomes-none"),
    };
    Part::Ready(Outcomes {
        nim: asked.get("nim").to_owned(),
        class: asked.get("kelas").to_owned(),
        narrowed: asked.is_narrowed_beyond(&[]),
        empty: items.is_empty().then(|| lang.t(empty)),
        rows: items.iter().map(|outcome| row(visit, code, outcome)).collect(),
        first: asked.cursor().map(|_| asked.href("")),
        next: next.map(|cursor| asked.href(&cursor)),
    })
}

fn row(visit: &Visit, code: &str, outcome: &AllocationOutcome) -> OutcomeRow {
    let lang = visit.lang;
    let vars = Vars::new().count("rank", outcome.rank).count("place", outcome.place).count("round", outcome.round);
    OutcomeRow {
        href: review(&outcome.student_id, code),
        name: outcome.student_name.clone().unwrap_or_else(|| outcome.nim.clone()),
        nim: outcome.nim.clone(),
        class: outcome.class_label.clone(),
        class_href: with_query(&path(code), &[("kelas", &outcome.class_label), ("id-kelas", &outcome.class_id)]),
        detail: lang.with("outcomes-detail", &vars),
        badge: granted_badge(visit, outcome.granted),
        reasons: reasons::sentences_about(lang, &visit.app.campus, &outcome.refusals),
    }
}
