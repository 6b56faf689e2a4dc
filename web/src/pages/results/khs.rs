//! The result of a period (Kartu Hasil Studi).

use api::{PageQuery, Semester, SemesterResult, Semesters};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::doc::{Heading, ResultRow, or_dash, printed};
use super::{Whose, down, no_such, nothing};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::view::{Frame, Layout, Note, Part};
use crate::visit::Visit;

/// `khs.html`.
#[derive(Template)]
#[template(path = "khs.html")]
pub struct KhsPage {
    /// Frame.
    pub f: Frame,
    /// The transcript of the same student.
    pub transcript: String,
    /// The periods; empty while they are not known, or when there is only one.
    pub tabs: Vec<PeriodTab>,
    /// The document; a note in its place when there is none.
    pub doc: Part<Result<Khs, Note>>,
}

/// A period to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodTab {
    /// Where to.
    pub href: String,
    /// `Genap 2025/2026`.
    pub text: String,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// The document.
#[derive(Debug, Clone)]
pub struct Khs {
    /// Its head.
    pub heading: Heading,
    /// Courses.
    pub rows: Vec<ResultRow>,
    /// SKS with published grades.
    pub credits: u32,
    /// Sum of SKS times points.
    pub weighted: String,
    /// IPS, IPK, SKS: heading and text.
    pub sums: Vec<(String, String)>,
    /// How the IPS comes about, and what is not in it.
    pub remarks: Vec<String>,
    /// What stands at its foot.
    pub foot: String,
}

/// What was fetched for the page.
pub(crate) struct Fetched {
    pub(crate) semesters: Result<Semesters, Failure>,
    pub(crate) result: Result<Option<SemesterResult>, Failure>,
}

/// `GET /khs`: the latest period with a grade.
///
/// # Errors
///
/// When nobody is logged in, or the student is none that the person may know of.
pub async fn latest(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let whose = Whose::read(&visit, &pairs)?;
    let semesters = match semesters(&visit, &whose).await {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        semesters => semesters,
    };
    let period = semesters.as_ref().ok().and_then(latest_of).map(|semester| semester.period_code.clone());
    let result = match (&period, &semesters) {
        (Some(period), _) => result(&visit, &whose, period).await.map(Some),
        (None, Ok(_)) => Ok(None),
        (None, Err(_)) => Err(Failure::Down),
    };
    answer(&visit, &whose, &period.unwrap_or_default(), Fetched { semesters, result })
}

/// `GET /khs/{period}`.
///
/// # Errors
///
/// When nobody is logged in, the student is none that the person may know of, or had nothing in that period.
pub async fn show(
    visit: Visit,
    Path(period): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let whose = Whose::read(&visit, &pairs)?;
    let (semesters, result) =
        futures_util::future::join(semesters(&visit, &whose), result(&visit, &whose, &period)).await;
    answer(&visit, &whose, &period, Fetched { semesters, result: result.map(Some) })
}

/// The latest period with a grade, else the latest one.
fn latest_of(semesters: &Semesters) -> Option<&Semester> {
    let graded = semesters.items.iter().find(|semester| semester.gpa_hundredths.is_some());
    graded.or(semesters.items.first())
}

/// All periods of a student: a page holds more than a life of study.
async fn semesters(visit: &Visit, whose: &Whose) -> Result<Semesters, Failure> {
    let query = PageQuery { limit: Some(api::limits::PAGE_MAX), cursor: None };
    visit.client().semesters(&whose.student, &query).await.map_err(no_such)
}

async fn result(visit: &Visit, whose: &Whose, period: &str) -> Result<SemesterResult, Failure> {
    visit.client().semester(&whose.student, period).await.map_err(no_such)
}

fn answer(visit: &Visit, whose: &Whose, period: &str, fetched: Fetched) -> Result<Response, Failure> {
    match &fetched.result {
        Ok(_) => Ok(visit.page(&page(visit, whose, period, &fetched))),
        Err(Failure::Down) => {
            Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(visit, whose, period, &fetched)))
        }
        Err(failure) => Err(failure.clone()),
    }
}

/// Makes the page of what was fetched.
pub(crate) fn page(visit: &Visit, whose: &Whose, period: &str, fetched: &Fetched) -> KhsPage {
    let lang = visit.lang;
    let path = if period.is_empty() { "/khs".to_owned() } else { address(period) };
    let tab = |semester: &Semester| PeriodTab {
        href: whose.href(&address(&semester.period_code)),
        text: format::period(lang, &semester.period_code),
        current: semester.period_code == period,
    };
    let mut tabs: Vec<_> = fetched.semesters.iter().flat_map(|list| &list.items).map(tab).collect();
    if tabs.len() == 1 && tabs[0].current {
        tabs.clear();
    }
    let doc = match &fetched.result {
        Ok(Some(result)) => Part::Ready(Ok(khs(visit, result))),
        Ok(None) => Part::Ready(Err(nothing(visit, "khs-none"))),
        Err(_) => down(visit, "khs-title", whose.href(&path)),
    };
    KhsPage {
        f: visit.frame(visit.t("khs-title"), Layout::App, whose.nav("/khs")),
        transcript: whose.href("/transkrip"),
        tabs,
        doc,
    }
}

fn address(period: &str) -> String {
    let period: String = form_urlencoded::byte_serialize(period.as_bytes()).collect();
    format!("/khs/{period}")
}

fn khs(visit: &Visit, found: &SemesterResult) -> Khs {
    let lang = visit.lang;
    let semester = &found.semester;
    let weighted = format::hundredths(lang, semester.weighted);
    let ips = or_dash(lang, semester.gpa_hundredths);
    let mut remarks = Vec::new();
    if semester.gpa_hundredths.is_some() {
        let vars =
            Vars::new().text("weighted", weighted.clone()).count("credits", semester.credits).text("gpa", ips.clone());
        remarks.push(lang.with("khs-formula", &vars));
    }
    if semester.pending > 0 {
        remarks.push(lang.with("khs-pending", &Vars::new().count("count", semester.pending)));
    }
    if found.results.iter().any(|result| result.superseded) {
        remarks.push(lang.t("khs-superseded"));
    }
    Khs {
        heading: Heading::new(visit, &found.person, lang.t("khs-title"), format::period(lang, &semester.period_code)),
        rows: found.results.iter().map(|result| ResultRow::new(lang, result)).collect(),
        credits: semester.credits,
        weighted,
        sums: vec![
            (lang.t("gpa-semester"), ips),
            (lang.t("gpa-cumulative"), or_dash(lang, semester.cumulative_hundredths)),
            (lang.t("credits-taken"), semester.credits.to_string()),
            (lang.t("credits-passed"), semester.credits_passed.to_string()),
        ],
        remarks,
        foot: printed(visit),
    }
}
