//! What is left over when the windows have closed: the academic bureau approves all of it at once, each plan checked again.

use api::{ApprovalInput, Programme};
use axum::extract::Query;
use axum::response::Response;

use super::{period_of, periods};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::courses::{programme_choices, programmes};
use crate::pages::entry::{Entry, EntryPage, Fields, Input, Kind, Section};
use crate::pages::krs::change::InPeriod;
use crate::session::random_word;
use crate::view::Link;
use crate::visit::Visit;

/// Its address.
pub const PATH: &str = "/perwalian/sisa";

fn keeper(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_registrar() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// `GET /perwalian/sisa`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not of the academic bureau.
pub async fn ask(visit: Visit, Query(of): Query<InPeriod>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let period = period_of(&periods(&visit).await?, &of.periode);
    let programmes = programmes(&visit.client()).await;
    Ok(visit.page(&page(&visit, &period, &programmes)))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, period: &str, found: &[Programme]) -> EntryPage {
    let lang = visit.lang;
    let name = format::period(lang, period);
    let back = Link { href: with_query("/perwalian", &[("periode", period)]), text: lang.t("queue-title") };
    let choices = programme_choices(lang, found, "all-programmes", "");
    let programme = Input::new("prodi", lang.t("programme"), Kind::Select(choices), &Fields::default());
    let section = Section {
        id: "s-sisa".into(),
        title: lang.t("leftovers-what"),
        hint: lang.t("leftovers-hint"),
        inputs: vec![programme.width("w4")],
        ..Section::default()
    };
    let mut entry =
        Entry::new(visit, "f-sisa", PATH.to_owned(), "leftovers-approve", vec![section]).key(&random_word());
    entry.kept.push(("periode".into(), period.to_owned()));
    entry.icon = "check";
    let title = lang.with("leftovers-title", &Vars::new().text("period", name));
    let entry = entry.cancel(&back.href);
    EntryPage::new(visit, "/perwalian", title, back).form(entry)
}

/// `POST /perwalian/sisa`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not of the academic bureau.
pub async fn start(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let period = posted.get("periode");
    let programme = Some(posted.get("prodi").to_owned()).filter(|id| !id.is_empty());
    let input =
        ApprovalInput { period_code: period.to_owned(), plans: Vec::new(), leftovers: true, programme_id: programme };
    super::bulk::begin(&visit, &posted, &input, &with_query(PATH, &[("periode", period)])).await
}
