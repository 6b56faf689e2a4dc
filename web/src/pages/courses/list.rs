//! The list of courses.

use api::{Course, CourseQuery, Page, Programme};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, course_name, kind_key, programme_choices, programmes, reader};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Badge, Link, Part, Tone};
use crate::visit::Visit;

const FILTER: [(&str, usize); 2] = [("q", 100), ("prodi", 64)];

/// What was fetched for the list.
pub struct Fetched {
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// The courses of the page.
    pub courses: Result<Page<Course>, Failure>,
}

/// `GET /matakuliah`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who does not read this. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    reader(&visit)?;
    let asked = Asked::read(LIST, &FILTER, &pairs);
    let client = visit.client();
    let query = CourseQuery {
        limit: Some(ROWS),
        cursor: asked.cursor(),
        search: asked.some("q"),
        programme_id: asked.some("prodi"),
    };
    let (programmes, courses) = futures_util::future::join(programmes(&client), client.courses(&query)).await;
    if courses.as_ref().is_err_and(|error| error.status() == Some(400)) && asked.cursor().is_some() {
        return Ok(visit.see(&asked.href("")));
    }
    let courses = match courses.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        courses => courses,
    };
    let status = if courses.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, &Fetched { programmes, courses })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, fetched: &Fetched) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("courses-title");
    let rows = match &fetched.courses {
        Ok(page) => {
            let rows = page.items.iter().map(|course| row(lang, course)).collect();
            let empty = if asked.is_narrowed_beyond(&[]) { "courses-none-filter" } else { "courses-none" };
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), empty))
        }
        Err(_) => Part::Down(missing(lang, &title, "down-courses", asked.here())),
    };
    let columns = [
        ("course", ""),
        ("course-programme", "kw"),
        ("semester-word", ""),
        ("credits-word", "n"),
        ("course-kind", "k2"),
    ];
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_office);
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    page.add = keeps.then(|| Link { href: format!("{LIST}/baru"), text: lang.t("course-add") });
    page.search = Some(lang.t("courses-search"));
    asked.get("q").clone_into(&mut page.q);
    let choices = programme_choices(lang, &fetched.programmes, "all-programmes", asked.get("prodi"));
    page.picks = vec![Pick { name: "prodi", label: lang.t("programme"), choices }];
    page
}

fn row(lang: Lang, course: &Course) -> Row {
    let semester = course.recommended_semester.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let parts = [
        ("course-part-lecture", course.credits_lecture),
        ("course-part-practice", course.credits_practice),
        ("course-part-field", course.credits_field),
        ("course-part-simulation", course.credits_simulation),
    ];
    let several = parts.iter().filter(|(_, credits)| *credits > 0).count() > 1;
    let part = |(key, credits): &(&str, u32)| lang.with(key, &Vars::new().count("credits", *credits));
    let mut credits = Cell::labelled(lang.t("credits-word"), course.credits.to_string());
    if several {
        credits.lines.push(parts.iter().filter(|(_, c)| *c > 0).map(part).collect::<Vec<_>>().join(" + "));
    }
    let badge = Badge { tone: Tone::Mute, icon: None, text: lang.t(kind_key(course.requirement_kind)) };
    Row {
        href: Some(address(&course.id)),
        title: course_name(lang, course),
        code: course.code.clone(),
        cells: vec![
            Cell::text(course.programme_code.clone().unwrap_or_else(|| "–".into())),
            Cell::labelled(lang.t("semester-word"), semester),
            credits,
            Cell::badge(badge),
        ],
    }
}
