//! The list of curricula.

use api::{Curriculum, CurriculumQuery, Page, Programme};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address};
use crate::error::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::pages::courses::{programme_choices, programmes, reader};
use crate::pages::listing::{Asked, Cell, ListingPage, Pick, ROWS, Row, Rows, heads, missing};
use crate::view::{Link, Part};
use crate::visit::Visit;

const FILTER: [(&str, usize); 1] = [("prodi", 64)];

/// What was fetched for the list.
pub struct Fetched {
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// The curricula of the page.
    pub curricula: Result<Page<Curriculum>, Failure>,
}

/// `GET /kurikulum`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who does not read this. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    reader(&visit)?;
    let asked = Asked::read(LIST, &FILTER, &pairs);
    let client = visit.client();
    let query = CurriculumQuery { limit: Some(ROWS), cursor: asked.cursor(), programme_id: asked.some("prodi") };
    let (programmes, curricula) = futures_util::future::join(programmes(&client), client.curricula(&query)).await;
    if curricula.as_ref().is_err_and(|error| error.status() == Some(400)) && asked.cursor().is_some() {
        return Ok(visit.see(&asked.href("")));
    }
    let curricula = match curricula.map_err(Failure::from) {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        curricula => curricula,
    };
    let status = if curricula.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(visit.page_with(status, &page(&visit, &asked, &Fetched { programmes, curricula })))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, asked: &Asked, fetched: &Fetched) -> ListingPage {
    let lang = visit.lang;
    let title = lang.t("curricula-title");
    let rows = match &fetched.curricula {
        Ok(page) => {
            let rows = page.items.iter().map(|curriculum| row(lang, &fetched.programmes, curriculum)).collect();
            Part::Ready(Rows::new(lang, asked, rows, page.next_cursor.as_deref(), "curricula-none"))
        }
        Err(_) => Part::Down(missing(lang, &title, "down-curricula", asked.here())),
    };
    let columns = [("curriculum", ""), ("programme", "kw"), ("curriculum-start", ""), ("curriculum-credits", "n")];
    let mut page = ListingPage::new(visit, LIST, title, heads(lang, &columns), rows);
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_office);
    page.add = keeps.then(|| Link { href: format!("{LIST}/baru"), text: lang.t("curriculum-add") });
    let choices = programme_choices(lang, &fetched.programmes, "all-programmes", asked.get("prodi"));
    page.picks = vec![Pick { name: "prodi", label: lang.t("programme"), choices }];
    page
}

fn row(lang: Lang, programmes: &[Programme], curriculum: &Curriculum) -> Row {
    let programme = programmes.iter().find(|programme| programme.id == curriculum.programme_id);
    let programme = programme.map(|p| p.name.clone()).or_else(|| curriculum.programme_code.clone());
    Row {
        href: Some(address(&curriculum.id)),
        title: curriculum.name.clone(),
        code: curriculum.programme_code.clone().unwrap_or_default(),
        cells: vec![
            Cell::text(programme.unwrap_or_else(|| "–".into())),
            Cell::labelled(lang.t("curriculum-start"), format::period(lang, &curriculum.start_period)),
            Cell::labelled(lang.t("curriculum-credits"), curriculum.credits_required.to_string()),
        ],
    }
}
