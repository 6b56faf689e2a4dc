//! The packages of a period.

use api::{Package, PackageQuery, Page, Period, Programme};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::advising::{period_of, periods};
use crate::pages::courses::{keeper, programme_choices, programmes};
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Choice, Link, Part};
use crate::visit::Visit;

const FILTER: [(&str, usize); 2] = [("periode", 5), ("prodi", 64)];

/// What was fetched for the list.
pub struct Fetched {
    /// The period that is shown.
    pub period: String,
    /// Periods.
    pub periods: Vec<Period>,
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// The packages of the page.
    pub packages: Result<Page<Package>, Failure>,
}

/// `GET /paket`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no packages. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let asked = Asked::read(LIST, &FILTER, &pairs);
    let client = visit.client();
    let (periods, programmes) = futures_util::future::join(periods(&visit), programmes(&client)).await;
    let periods = match periods {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        periods => periods.unwrap_or_default(),
    };
    let period = period_of(&periods, asked.get("periode"));
    let query = PackageQuery {
        period: period.clone(),
        limit: Some(ROWS),
        cursor: asked.cursor(),
        programme_id: asked.some("prodi"),
    };
    let packages = client.packages(&query).await;
    if packages.as_ref().is_err_and(|error| error.status() == Some(400)) && asked.cursor().is_some() {
        return Ok(visit.see(&asked.href("")));
    }
    let packages = match packages.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        packages => packages,
    };
    let status = if packages.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, &Fetched { period, periods, programmes, packages })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, fetched: &Fetched) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("packages-title");
    let rows = match &fetched.packages {
        Ok(page) => {
            let rows = page.items.iter().map(|package| row(lang, &fetched.programmes, package)).collect();
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), "packages-none"))
        }
        Err(_) => Part::Down(missing(lang, &title, "down-packages", asked.here())),
    };
    let columns = [
        ("package", ""),
        ("student-programme", "kw"),
        ("student-cohort", ""),
        ("package-classes", "kw"),
        ("credits-word", "n"),
    ];
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    page.line = lang.t("packages-text");
    let add = with_query(&format!("{LIST}/baru"), &[("periode", &fetched.period), ("prodi", asked.get("prodi"))]);
    page.add = Some(Link { href: add, text: lang.t("package-add") });
    let period = |period: &Period| Choice::new(&period.code, format::period(lang, &period.code), &fetched.period);
    page.picks = vec![
        Pick { name: "periode", label: lang.t("period"), choices: fetched.periods.iter().map(period).collect() },
        Pick {
            name: "prodi",
            label: lang.t("programme"),
            choices: programme_choices(lang, &fetched.programmes, "all-programmes", asked.get("prodi")),
        },
    ];
    page
}

fn row(lang: Lang, programmes: &[Programme], package: &Package) -> Row {
    let programme = programmes.iter().find(|programme| programme.id == package.programme_id);
    let name = programme.map_or_else(|| "–".to_owned(), |programme| programme.name.clone());
    let credits: u32 = package.classes.iter().map(|class| class.course.credits).sum();
    let classes: Vec<_> = package.classes.iter().map(|class| format!("{} {}", class.course.code, class.name)).collect();
    let all = || lang.t("all-cohorts");
    Row {
        href: Some(address(package)),
        title: package.name.clone(),
        code: String::new(),
        cells: vec![
            Cell::text(name),
            Cell::labelled(lang.t("student-cohort"), package.cohort.map_or_else(all, |year| year.to_string())),
            Cell::text(classes.join(", ")),
            Cell::text(lang.with("credits", &Vars::new().count("credits", credits))),
        ],
    }
}
