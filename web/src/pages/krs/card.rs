//! The approved plan as a document for paper (Kartu KRS).

use api::{Plan, PlanState, Student};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::change::InPeriod;
use super::state::when;
use super::table::{TableRow, rows};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::results::doc::Heading;
use crate::view::{Frame, Layout, Missing, Part};
use crate::visit::Visit;

/// `krs_card.html`.
#[derive(Template)]
#[template(path = "krs_card.html")]
pub struct CardPage {
    /// Frame.
    pub f: Frame,
    /// The KRS page.
    pub back: String,
    /// The document; missing while its service is down.
    pub doc: Part<Card>,
}

/// The document.
pub struct Card {
    /// Its head.
    pub heading: Heading,
    /// Classes.
    pub rows: Vec<TableRow>,
    /// SKS in all.
    pub credits: u32,
    /// `Disetujui ...`, and that it was printed from here.
    pub foot: Vec<String>,
}

/// `GET /krs/kartu`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or the plan is not approved.
pub async fn show(visit: Visit, Query(period): Query<InPeriod>) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let client = visit.client();
    let plan = async { client.plan(&student, &period.periode).await.map_err(super::no_such_period) };
    let (plan, person) = futures_util::future::join(plan, client.student(&student)).await;
    match plan {
        Ok(plan) if matches!(plan.state, PlanState::Approved | PlanState::Revising | PlanState::Locked) => {
            // Without student-svc the document names the programme not at all, rather than wrongly.
            Ok(visit.page(&page(&visit, &period.periode, Some(&plan), person.as_ref().ok())))
        }
        Ok(plan) => Ok(visit.see(&with_query("/krs", &[("periode", &plan.period_code)]))),
        Err(Failure::Down) => {
            Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, &period.periode, None, None)))
        }
        Err(failure) => Err(failure),
    }
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, period: &str, plan: Option<&Plan>, person: Option<&Student>) -> CardPage {
    let lang = visit.lang;
    let doc = match plan {
        Some(plan) => Part::Ready(card(visit, plan, person)),
        None => Part::Down(Missing {
            heading: lang.t("krs-card"),
            title: lang.t("down-plan"),
            text: lang.t("down-plan.text"),
            retry: with_query("/krs/kartu", &[("periode", period)]),
        }),
    };
    CardPage {
        f: visit.frame(visit.t("krs-card"), Layout::App, "/krs"),
        back: with_query("/krs", &[("periode", period)]),
        doc,
    }
}

fn card(visit: &Visit, plan: &Plan, person: Option<&Student>) -> Card {
    let lang = visit.lang;
    let programme = person.and_then(|person| person.programme_name.clone()).unwrap_or_default();
    let mut facts = vec![
        (lang.t("account-name"), plan.student_name.clone().unwrap_or_else(|| lang.t("not-set"))),
        (lang.t("student-nim"), plan.nim.clone().unwrap_or_else(|| lang.t("not-set"))),
    ];
    if !programme.is_empty() {
        facts.push((lang.t("student-programme"), programme.clone()));
    }
    facts.push((lang.t("student-advisor"), plan.advisor_name.clone().unwrap_or_else(|| lang.t("not-set"))));
    if let Some(gpa) = plan.ceiling.last_gpa_hundredths {
        facts.push((lang.t("card-last-gpa"), format::hundredths(lang, gpa)));
    }
    facts.push((lang.t("card-ceiling"), plan.ceiling.credits.to_string()));
    let mut foot = Vec::new();
    if let Some(moment) = plan.changed_at {
        foot.push(lang.with("card-approved", &Vars::new().text("date", when(visit, moment))));
    }
    foot.push(crate::pages::results::doc::printed(visit));
    Card {
        heading: Heading {
            campus: visit.app.config.campus_name.clone(),
            line: programme,
            title: lang.t("krs-title"),
            subtitle: format::period(lang, &plan.period_code),
            facts,
        },
        rows: rows(lang, plan),
        credits: plan.credits,
        foot,
    }
}
