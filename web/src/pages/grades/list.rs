//! The classes whose grades somebody enters or reads, by period.

use api::{Page, Period, SheetQuery, SheetState, SheetSummary};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, class_label, reader, window_text};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Badge, Choice, Part, Tone};
use crate::visit::Visit;

const FILTER: [(&str, usize); 2] = [("periode", 5), ("status", 10)];

/// What was fetched for the list.
pub struct Fetched {
    /// Periods to choose from.
    pub periods: Vec<Period>,
    /// The sheets of the page.
    pub sheets: Result<Page<SheetSummary>, Failure>,
}

/// `GET /nilai`.
///
/// # Errors
///
/// When nobody is logged in, or somebody without classes. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    reader(&visit)?;
    let asked = Asked::read(LIST, &FILTER, &pairs);
    let client = visit.client();
    let lecturer = visit.user()?.account().lecturer_id.clone();
    let query = SheetQuery {
        limit: Some(ROWS),
        cursor: asked.cursor(),
        period: asked.some("periode"),
        lecturer_id: lecturer,
        programme_id: None,
        state: asked.get("status").parse().ok(),
    };
    let periods = api::PageQuery { limit: Some(api::limits::PAGE_MAX), cursor: None };
    let (periods, sheets) = futures_util::future::join(client.periods(&periods), client.sheets(&query)).await;
    if sheets.as_ref().is_err_and(|error| error.status() == Some(400)) && asked != Asked::read(LIST, &FILTER, &[]) {
        return Ok(visit.see(LIST));
    }
    let sheets = match sheets.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        sheets => sheets,
    };
    // Without course-svc there is no choice of periods; the list is there all the same.
    let periods = periods.map(|page| page.items).unwrap_or_default();
    let status = if sheets.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, &Fetched { periods, sheets })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, fetched: &Fetched) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("grades-title");
    let rows = match &fetched.sheets {
        Ok(page) => {
            let rows = page.items.iter().map(|sheet| row(visit, sheet)).collect();
            let empty = if asked.is_narrowed_beyond(&[]) { "grades-none-filter" } else { "grades-none" };
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), empty))
        }
        Err(_) => Part::Down(missing(lang, &title, "down-grades", asked.here())),
    };
    let columns = [("class", ""), ("period", "kw"), ("grades-window", "kw"), ("grades-complete", "n"), ("state", "k2")];
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    page.line = lang.t("grades-lead");
    let mut periods = vec![Choice::new("", lang.t("all-periods"), asked.get("periode"))];
    periods.extend(
        fetched
            .periods
            .iter()
            .map(|period| Choice::new(&period.code, format::period(lang, &period.code), asked.get("periode"))),
    );
    let mut states = vec![Choice::new("", lang.t("all-states"), asked.get("status"))];
    let state = |state: &SheetState| Choice::new(state.as_str(), lang.t(state_key(*state)), asked.get("status"));
    states.extend(SheetState::ALL.iter().map(state));
    page.picks = vec![
        Pick { name: "periode", label: lang.t("period"), choices: periods },
        Pick { name: "status", label: lang.t("state"), choices: states },
    ];
    page
}

/// Message of how far a sheet is.
#[must_use]
pub fn state_key(state: SheetState) -> &'static str {
    match state {
        SheetState::Empty => "grades-state-empty",
        SheetState::Draft => "grades-state-draft",
        SheetState::Published => "grades-state-published",
    }
}

/// How far a sheet is.
#[must_use]
pub fn state_badge(lang: Lang, state: SheetState) -> Badge {
    let (tone, icon) = match state {
        SheetState::Empty => (Tone::Mute, None),
        SheetState::Draft => (Tone::Wait, Some("hourglass")),
        SheetState::Published => (Tone::Ok, Some("check")),
    };
    Badge { tone, icon, text: lang.t(state_key(state)) }
}

fn row(visit: &Visit, sheet: &SheetSummary) -> Row {
    let lang = visit.lang;
    let complete = Vars::new().count("complete", sheet.complete).count("students", sheet.students);
    let window = match sheet.published_at {
        Some(at) => lang.with("grades-published-on", &Vars::new().text("date", visit.app.campus.date(lang, at))),
        None => window_text(visit, sheet),
    };
    Row {
        href: Some(address(&sheet.class_id)),
        title: class_label(sheet),
        code: sheet.course_code.clone(),
        cells: vec![
            Cell::text(format::period(lang, &sheet.period_code)),
            Cell::text(window),
            Cell::labelled(lang.t("grades-complete"), lang.with("grades-complete-of", &complete)),
            Cell::badge(state_badge(lang, sheet.state)),
        ],
    }
}
