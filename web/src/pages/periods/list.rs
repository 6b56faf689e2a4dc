//! The list of periods.

use api::{Page, PageQuery, Period, PeriodState, Window, WindowKind};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::pages::courses::reader;
use crate::pages::home::period_state_key;
use crate::pages::listing::{Asked, Cell, ListingPage, ROWS, Row, Rows, heads, missing};
use crate::view::{Badge, Link, Part, Tone};
use crate::visit::Visit;

/// `GET /periode`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who does not read this. A cursor of another list leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    reader(&visit)?;
    let asked = Asked::read(LIST, &[], &pairs);
    let query = PageQuery { limit: Some(ROWS), cursor: asked.cursor() };
    let periods = visit.client().periods(&query).await;
    if periods.as_ref().is_err_and(|error| error.status() == Some(400)) && asked.cursor().is_some() {
        return Ok(visit.see(LIST));
    }
    let periods = match periods.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        periods => periods,
    };
    let status = if periods.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, periods.as_ref().map_err(|_| ()))))
}

/// Makes the page; an error stands for a service that does not answer.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, periods: Result<&Page<Period>, ()>) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("periods-title");
    let rows = match periods {
        Ok(page) => {
            let rows = page.items.iter().map(|period| row(visit, period)).collect();
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), "periods-empty"))
        }
        Err(()) => Part::Down(missing(lang, &title, "down-periods", asked.here())),
    };
    let columns = [("period", ""), ("window-kind-krs", "kw"), ("window-kind-grade-entry", "kw"), ("state", "k2")];
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_registrar);
    page.add = keeps.then(|| Link { href: format!("{LIST}/baru"), text: lang.t("period-add") });
    page
}

/// How a period stands.
#[must_use]
pub fn state_badge(lang: crate::i18n::Lang, state: PeriodState) -> Badge {
    let tone = match state {
        PeriodState::Active => Tone::Ok,
        PeriodState::Planned => Tone::Wait,
        PeriodState::Closed | PeriodState::Reported => Tone::Mute,
    };
    Badge { tone, icon: None, text: lang.t(period_state_key(state)) }
}

fn row(visit: &Visit, period: &Period) -> Row {
    let lang = visit.lang;
    let windows = |kind: WindowKind| {
        let of = period.windows.iter().filter(|window| window.kind == kind);
        let lines: Vec<_> = of.take(3).map(|window| dates(visit, window)).collect();
        let label = lang.t(super::windows::kind_key(kind));
        if lines.is_empty() { Cell::labelled(label, "–") } else { Cell { lines, label, badge: None } }
    };
    Row {
        href: Some(address(&period.code)),
        title: format::period(lang, &period.code),
        code: period.code.clone(),
        cells: vec![
            windows(WindowKind::Krs),
            windows(WindowKind::GradeEntry),
            Cell::badge(state_badge(lang, period.state)),
        ],
    }
}

fn dates(visit: &Visit, window: &Window) -> String {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let day = |at| format!("{} {}", campus.short_date(lang, at), campus.at(at).year());
    let vars =
        Vars::new().text("opens", day(window.opens_at)).text("closes", day(campus.last_moment(window.closes_at)));
    lang.with("window-dates", &vars)
}
