//! The list of students.

use api::{Page, Programme, Student, StudentOrder, StudentQuery};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, keeper};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::pages::courses::{programme_choices, programmes};
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Badge, Choice, Link, Part, Tone};
use crate::visit::Visit;

const FILTER: [(&str, usize); 4] = [("q", 100), ("prodi", 64), ("angkatan", 4), ("urut", 4)];

/// Cohorts that the filter offers, back from this year.
const COHORTS: i16 = 10;

/// What was fetched for the list.
pub struct Fetched {
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// The students of the page.
    pub students: Result<Page<Student>, Failure>,
}

/// `GET /mahasiswa`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no students. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let asked = Asked::read(LIST, &FILTER, &pairs);
    let client = visit.client();
    let query = StudentQuery {
        limit: Some(ROWS),
        cursor: asked.cursor(),
        search: asked.some("q"),
        programme_id: asked.some("prodi"),
        cohort: asked.some("angkatan"),
        advisor_id: None,
        order: (asked.get("urut") == "nama").then_some(StudentOrder::Name),
    };
    let (programmes, students) = futures_util::future::join(programmes(&client), client.students(&query)).await;
    if students.as_ref().is_err_and(|error| error.status() == Some(400)) && asked != Asked::read(LIST, &FILTER, &[]) {
        return Ok(visit.see(LIST));
    }
    let students = match students.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        students => students,
    };
    let status = if students.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, &Fetched { programmes, students })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, fetched: &Fetched) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("students-title");
    let rows = match &fetched.students {
        Ok(page) => {
            let rows = page.items.iter().map(|student| row(lang, student)).collect();
            let empty = if asked.is_narrowed_beyond(&["urut"]) { "students-none-filter" } else { "students-none" };
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), empty))
        }
        Err(_) => Part::Down(missing(lang, &title, "down-students", asked.here())),
    };
    let columns = [
        ("student-name", ""),
        ("student-programme", "kw"),
        ("student-cohort", ""),
        ("student-advisor", "kw"),
        ("state", "k2"),
    ];
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    page.add = Some(Link { href: format!("{LIST}/baru"), text: lang.t("student-add") });
    page.search = Some(lang.t("students-search"));
    asked.get("q").clone_into(&mut page.q);
    let year = visit.app.campus.at(visit.app.clock.now()).year();
    let mut cohorts = vec![Choice::new("", lang.t("all-cohorts"), asked.get("angkatan"))];
    cohorts.extend(
        (0..COHORTS)
            .map(|back| (year - back).to_string())
            .map(|year| Choice::new(year.as_str(), year.as_str(), asked.get("angkatan"))),
    );
    let orders = [("", "order-nim"), ("nama", "order-name")];
    let orders = orders.into_iter().map(|(value, key)| Choice::new(value, lang.t(key), asked.get("urut")));
    let choices = programme_choices(lang, &fetched.programmes, "all-programmes", asked.get("prodi"));
    page.picks = vec![
        Pick { name: "prodi", label: lang.t("programme"), choices },
        Pick { name: "angkatan", label: lang.t("student-cohort"), choices: cohorts },
        Pick { name: "urut", label: lang.t("order"), choices: orders.collect() },
    ];
    page
}

fn row(lang: Lang, student: &Student) -> Row {
    let left = student.exit_kind.as_deref().is_some_and(|kind| !kind.is_empty());
    let (tone, key) = if left { (Tone::Mute, "student-left") } else { (Tone::Ok, "student-enrolled") };
    let cohort = student.entry_period.get(..4).unwrap_or(&student.entry_period).to_owned();
    let advisor = student.advisor_name.clone().unwrap_or_else(|| lang.t("student-no-advisor"));
    Row {
        href: Some(address(&student.id)),
        title: student.name.clone(),
        code: student.nim.clone(),
        cells: vec![
            Cell::text(student.programme_name.clone().unwrap_or_else(|| "–".into())),
            Cell::labelled(lang.t("student-cohort"), cohort),
            Cell::text(advisor),
            Cell::badge(Badge { tone, icon: None, text: lang.t(key) }),
        ],
    }
}
