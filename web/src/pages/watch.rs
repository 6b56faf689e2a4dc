//! What the office watches during registration: who waits for a class, and who gives back unusually many.

use api::{Class, Page, PageQuery, Period, Trading, WaitingStudent};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::pages::advising::review::address as review;
use crate::pages::advising::{period_of, periods};
use crate::pages::courses::keeper;
use crate::pages::krs::panel::class_label;
use crate::pages::krs::state::when;
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Choice, Link, Part};
use crate::visit::Visit;

/// Address of the list of those who give back unusually many classes.
pub const TRADINGS: &str = "/pantauan-kursi";

/// Address of the waiting list of a class.
#[must_use]
pub fn line_address(class: &str) -> String {
    let class: String = form_urlencoded::byte_serialize(class.as_bytes()).collect();
    format!("/admin/kelas/{class}/tunggu")
}

/// A page of a list, or that it cannot be shown; what concerns the person goes on as a failure. `None`: the cursor is of
/// another list.
fn settle<T>(
    found: Result<Page<T>, api::client::Error>,
    asked: &Asked,
) -> Result<Option<Result<Page<T>, ()>>, Failure> {
    if found.as_ref().is_err_and(|error| error.status() == Some(400)) && asked.cursor().is_some() {
        return Ok(None);
    }
    match found.map_err(Failure::from) {
        Ok(page) => Ok(Some(Ok(page))),
        Err(Failure::Down) => Ok(Some(Err(()))),
        Err(failure) => Err(failure),
    }
}

fn status<T>(found: &Result<Page<T>, ()>) -> StatusCode {
    if found.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// `GET /admin/kelas/{id}/tunggu`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such class for them.
pub async fn line(
    visit: Visit,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    keeper(&visit)?;
    let asked = Asked::read(line_address(&id), &[], &pairs);
    let client = visit.client();
    let class = client.class(&id).await?;
    let query = PageQuery { limit: Some(ROWS), cursor: asked.cursor() };
    let Some(found) = settle(client.waiting_list(&id, &query).await, &asked)? else {
        return Ok(visit.see(&asked.href("")));
    };
    Ok(visit.page_with(status(&found), &line_page(&visit, &asked, &class, found.as_ref().or(Err(())))))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn line_page(visit: &Visit, asked: &Asked, class: &Class, found: Result<&Page<WaitingStudent>, ()>) -> ListingPage {
    let lang = visit.lang;
    let title = lang.with("line-title", &Vars::new().text("class", class_label(lang, class)));
    let row = |one: &WaitingStudent| Row {
        href: Some(review(&one.student_id, &class.period_code)),
        title: one.name.clone().unwrap_or_else(|| one.nim.clone()),
        code: one.nim.clone(),
        cells: vec![
            Cell::labelled(lang.t("room-place"), one.place.to_string()),
            Cell::labelled(lang.t("line-since"), when(visit, one.joined_at)),
        ],
    };
    let rows = match found {
        Ok(page) => {
            let rows = page.items.iter().map(row).collect();
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), "line-none"))
        }
        Err(()) => Part::Down(missing(lang, &title, "down-lines", asked.here())),
    };
    let columns = [("student-name", ""), ("room-place", "k2"), ("line-since", "kw")];
    let mut page = ListingPage::new(visit, "/admin/kelas", title, heads(lang, &columns), rows);
    let seats = Vars::new().count("taken", class.taken.unwrap_or_default()).count("capacity", class.capacity);
    page.back = Some(Link { href: format!("/admin/kelas/{}", class.id), text: lang.t("class") });
    page.line = format!("{} · {}", format::period(lang, &class.period_code), lang.with("seats-of", &seats));
    page
}

/// `GET /pantauan-kursi`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not of the academic bureau.
pub async fn tradings(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    if !visit.user()?.is_registrar() {
        return Err(Failure::Forbidden);
    }
    let asked = Asked::read(TRADINGS, &[("periode", 5)], &pairs);
    let periods = match periods(&visit).await {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        periods => periods.unwrap_or_default(),
    };
    let period = period_of(&periods, asked.get("periode"));
    let query = PageQuery { limit: Some(ROWS), cursor: asked.cursor() };
    let Some(found) = settle(visit.client().tradings(&period, &query).await, &asked)? else {
        return Ok(visit.see(&asked.href("")));
    };
    let page = tradings_page(&visit, &asked, &period, &periods, found.as_ref().or(Err(())));
    Ok(visit.page_with(status(&found), &page))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn tradings_page(
    visit: &Visit,
    asked: &Asked,
    period: &str,
    periods: &[Period],
    found: Result<&Page<Trading>, ()>,
) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("tradings-title");
    let row = |one: &Trading| Row {
        href: Some(review(&one.student_id, period)),
        title: one.name.clone().unwrap_or_else(|| one.nim.clone()),
        code: one.nim.clone(),
        cells: vec![
            Cell::labelled(lang.t("tradings-drops"), one.drops.to_string()),
            Cell::text(format!("{} – {}", when(visit, one.first_at), when(visit, one.last_at))),
            Cell::text(one.class_labels.join(", ")),
        ],
    };
    let rows = match found {
        Ok(page) => {
            let rows = page.items.iter().map(row).collect();
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), "tradings-none"))
        }
        Err(()) => Part::Down(missing(lang, &title, "down-lines", asked.here())),
    };
    let columns = [("student-name", ""), ("tradings-drops", "k2"), ("tradings-when", "kw"), ("tradings-classes", "kw")];
    let mut page = ListingPage::new(visit, TRADINGS, title, heads(lang, &columns), rows);
    page.line = lang.t("tradings-text");
    let choice = |one: &Period| Choice::new(&one.code, format::period(lang, &one.code), period);
    page.picks = vec![Pick { name: "periode", label: lang.t("period"), choices: periods.iter().map(choice).collect() }];
    page
}
