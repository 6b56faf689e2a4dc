//! The list of classes: filter and paging.

use api::{Class, ClassQuery, Page, Period, PeriodState, Programme, ProgrammeQuery};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{address, office, periods, state_badge};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::home::{lecturers, period_state_key};
use crate::pages::krs::panel::class_label;
use crate::view::{Badge, Choice, Frame, Layout, Missing, Part};
use crate::visit::Visit;

/// Rows of a page.
const ROWS: u32 = 25;

/// `classes.html`.
#[derive(Template)]
#[template(path = "classes.html")]
pub struct ClassesPage {
    /// Frame.
    pub f: Frame,
    /// Period and how many.
    pub line: String,
    /// Where a class is added; none in a period that is over.
    pub add: Option<String>,
    /// The words searched for.
    pub q: String,
    /// Periods to choose from.
    pub periods: Vec<Choice>,
    /// Study programmes to choose from; empty when there is no choice.
    pub programmes: Vec<Choice>,
    /// The rows, or that they are missing.
    pub rows: Part<Rows>,
}

/// The rows of a page.
#[derive(Debug, Clone)]
pub struct Rows {
    /// One a class.
    pub rows: Vec<Row>,
    /// `25 kelas di halaman ini`.
    pub count: String,
    /// Said when there are none.
    pub empty: Option<String>,
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
}

/// A class.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// Course and name.
    pub title: String,
    /// Code of the course.
    pub code: String,
    /// Lecturers.
    pub lecturers: String,
    /// Days and hours.
    pub hours: Vec<String>,
    /// Rooms.
    pub rooms: Vec<String>,
    /// `38/40`.
    pub seats: String,
    /// How it stands.
    pub badge: Badge,
}

/// What the address says about the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Period; the active one when empty.
    pub period: String,
    /// Words to search for.
    pub q: String,
    /// Study programme; all when empty.
    pub programme: String,
    /// Where the page begins; the first one when empty.
    pub cursor: String,
}

impl Filter {
    /// Reads the pairs of a query.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let get = |name: &str, max: usize| {
            let found = pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
            found.chars().take(max).collect::<String>()
        };
        Self { period: get("periode", 5), q: get("q", 100), programme: get("prodi", 64), cursor: get("kursor", 1024) }
    }

    /// The address of this filter with a page's cursor.
    #[must_use]
    pub fn href(&self, cursor: &str) -> String {
        let pairs = [("periode", self.period.as_str()), ("q", &self.q), ("prodi", &self.programme), ("kursor", cursor)];
        with_query("/admin/kelas", &pairs)
    }
}

/// What was fetched for the list.
pub struct Fetched {
    /// Periods, latest first.
    pub periods: Vec<Period>,
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// The classes of the page.
    pub classes: Result<Page<Class>, Failure>,
}

/// `GET /admin/kelas`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such period. A cursor of another filter
/// leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    office(&visit)?;
    let mut filter = Filter::read(&pairs);
    let client = visit.client();
    let programmes = ProgrammeQuery { limit: Some(api::limits::PAGE_MAX), ..ProgrammeQuery::default() };
    let (periods, programmes) = futures_util::future::join(periods(&client), client.programmes(&programmes)).await;
    // Without student-svc there is no choice of programmes; the list is there all the same.
    let programmes = programmes.map(|page| page.items).unwrap_or_default();
    let periods = match periods {
        Ok(periods) => periods,
        Err(Failure::Down) => {
            let fetched = Fetched { periods: Vec::new(), programmes, classes: Err(Failure::Down) };
            return Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, &filter, &fetched)));
        }
        Err(failure) => return Err(failure),
    };
    if filter.period.is_empty() {
        let active = periods.iter().find(|period| period.state == PeriodState::Active).or(periods.first());
        filter.period = active.map(|period| period.code.clone()).unwrap_or_default();
    }
    if !filter.period.is_empty() && !periods.iter().any(|period| period.code == filter.period) {
        return Err(Failure::NotFound);
    }
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let query = ClassQuery {
        period: filter.period.clone(),
        limit: Some(ROWS),
        cursor: some(&filter.cursor),
        search: some(&filter.q),
        programme_id: some(&filter.programme),
        ..ClassQuery::default()
    };
    let classes = client.classes(&query).await;
    if classes.as_ref().is_err_and(|error| error.status() == Some(400)) && !filter.cursor.is_empty() {
        return Ok(visit.see(&filter.href("")));
    }
    let classes = match classes.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        classes => classes,
    };
    let status = if classes.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &filter, &Fetched { periods, programmes, classes })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, filter: &Filter, fetched: &Fetched) -> ClassesPage {
    let lang = visit.lang;
    let period = fetched.periods.iter().find(|period| period.code == filter.period);
    let open = period.is_some_and(|period| matches!(period.state, PeriodState::Planned | PeriodState::Active));
    let name = format::period(lang, &filter.period);
    let line = match period {
        Some(period) => format!("{name} · {}", lang.t(period_state_key(period.state))),
        None => name,
    };
    let mut programmes: Vec<_> = fetched
        .programmes
        .iter()
        .map(|programme| Choice::new(&programme.id, &programme.name, &filter.programme))
        .collect();
    if programmes.len() < 2 {
        programmes.clear();
    } else {
        programmes.insert(0, Choice::new("", lang.t("all-programmes"), &filter.programme));
    }
    let rows = match &fetched.classes {
        Ok(page) => Part::Ready(rows(lang, filter, page)),
        Err(_) => Part::Down(Missing {
            heading: lang.t("classes-list"),
            title: lang.t("down-classes"),
            text: lang.t("down-classes.text"),
            retry: filter.href(&filter.cursor),
        }),
    };
    ClassesPage {
        f: visit.frame(lang.t("classes-title"), Layout::App, "/admin/kelas"),
        line,
        add: open
            .then(|| with_query("/admin/kelas/baru", &[("periode", &filter.period), ("prodi", &filter.programme)])),
        q: filter.q.clone(),
        periods: fetched
            .periods
            .iter()
            .map(|period| Choice::new(&period.code, format::period(lang, &period.code), &filter.period))
            .collect(),
        programmes,
        rows,
    }
}

fn rows(lang: Lang, filter: &Filter, page: &Page<Class>) -> Rows {
    let count = Vars::new().count("count", i64::try_from(page.items.len()).unwrap_or_default());
    let filtered = !filter.q.is_empty() || !filter.programme.is_empty();
    let empty = page.items.is_empty().then(|| lang.t(if filtered { "classes-none-filter" } else { "classes-none" }));
    Rows {
        rows: page.items.iter().map(|class| row(lang, class)).collect(),
        count: lang.with("classes-count", &count),
        empty,
        first: (!filter.cursor.is_empty()).then(|| filter.href("")),
        next: page.next_cursor.as_deref().map(|cursor| filter.href(cursor)),
    }
}

fn row(lang: Lang, class: &Class) -> Row {
    let hours = |m: &api::Meeting| {
        format!("{} {}", format::day_short(lang, m.day), format::hours(lang, m.start_minute, m.end_minute))
    };
    let mut rooms: Vec<String> = class.meetings.iter().filter_map(|meeting| meeting.room_code.clone()).collect();
    rooms.dedup();
    let taken = class.taken.map_or_else(|| "–".to_owned(), |taken| taken.to_string());
    Row {
        href: address(class),
        title: class_label(lang, class),
        code: class.course.code.clone(),
        lecturers: lecturers(lang, class),
        hours: class.meetings.iter().map(hours).collect(),
        rooms,
        seats: format!("{taken}/{}", class.capacity),
        badge: state_badge(lang, class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    #[test]
    fn paging_keeps_the_filter_and_stays_here() {
        let filter =
            Filter { period: "20261".into(), q: "basis & data".into(), programme: "p1".into(), cursor: "old".into() };
        let page = Page { items: vec![samples::class("c1", "A")], next_cursor: Some("a+b/c=".into()) };
        let rows = rows(Lang::Id, &filter, &page);
        let next = rows.next.unwrap();
        let read = Filter::read(&crate::local::Local::parse(&next).unwrap().query());
        assert_eq!(read, Filter { cursor: "a+b/c=".into(), ..filter.clone() });
        let first = rows.first.unwrap();
        assert_eq!(
            Filter::read(&crate::local::Local::parse(&first).unwrap().query()),
            Filter { cursor: String::new(), ..filter }
        );
    }

    #[test]
    fn the_last_page_leads_nowhere_and_the_first_not_back() {
        let page = Page { items: vec![samples::class("c1", "A")], next_cursor: None };
        let rows = rows(Lang::Id, &Filter::default(), &page);
        assert_eq!((rows.next, rows.first), (None, None));
        assert_eq!(rows.rows[0].href, "/admin/kelas/c1");
    }
}
