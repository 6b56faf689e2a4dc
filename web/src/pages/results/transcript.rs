//! Everything a student has got so far (transkrip sementara).

use api::{CourseResult, RepeatPolicy, Transcript};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::doc::{Heading, ResultRow, or_dash, printed};
use super::{Whose, down, no_such, nothing};
use crate::error::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::view::{Frame, Layout, Note, Part};
use crate::visit::Visit;

/// `transcript.html`.
#[derive(Template)]
#[template(path = "transcript.html")]
pub struct TranscriptPage {
    /// Frame.
    pub f: Frame,
    /// `Sementara, per Kamis, 3 September 2026`.
    pub line: String,
    /// The results of the same student by period.
    pub khs: String,
    /// The document; a note in its place when there is none.
    pub doc: Part<Result<Document, Note>>,
}

/// The document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its head.
    pub heading: Heading,
    /// Periods, earliest first.
    pub terms: Vec<Term>,
    /// IPK, SKS: heading and text.
    pub sums: Vec<(String, String)>,
    /// How the IPK comes about.
    pub remarks: Vec<String>,
    /// What stands at its foot.
    pub foot: String,
}

/// The results of one period.
#[derive(Debug, Clone)]
pub struct Term {
    /// `Genap 2025/2026`.
    pub title: String,
    /// Courses.
    pub rows: Vec<ResultRow>,
    /// SKS of the period.
    pub credits: u32,
    /// Sum of SKS times points of the period.
    pub weighted: String,
}

/// `GET /transkrip`.
///
/// # Errors
///
/// When nobody is logged in, or the student is none that the person may know of.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let whose = Whose::read(&visit, &pairs)?;
    match visit.client().transcript(&whose.student).await.map_err(no_such) {
        Ok(transcript) => Ok(visit.page(&page(&visit, &whose, Some(&transcript)))),
        Err(Failure::Down) => Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, &whose, None))),
        Err(failure) => Err(failure),
    }
}

/// Makes the page of what was fetched; `None` when nothing could be.
pub(crate) fn page(visit: &Visit, whose: &Whose, found: Option<&Transcript>) -> TranscriptPage {
    let lang = visit.lang;
    let date = visit.app.campus.date(lang, visit.app.clock.now());
    let doc = match found {
        Some(found) if found.results.is_empty() => Part::Ready(Err(nothing(visit, "transcript-none"))),
        Some(found) => Part::Ready(Ok(document(visit, found))),
        None => down(visit, "transcript-title", whose.href("/transkrip")),
    };
    TranscriptPage {
        f: visit.frame(visit.t("transcript-title"), Layout::App, whose.nav("/transkrip")),
        line: lang.with("transcript-line", &crate::i18n::Vars::new().text("date", date)),
        khs: whose.href("/khs"),
        doc,
    }
}

fn document(visit: &Visit, found: &Transcript) -> Document {
    let lang = visit.lang;
    let mut terms: Vec<Vec<&CourseResult>> = Vec::new();
    for result in &found.results {
        match terms.last_mut() {
            Some(term) if term[0].period_code == result.period_code => term.push(result),
            _ => terms.push(vec![result]),
        }
    }
    let policy = match found.repeat_policy {
        RepeatPolicy::Best => "transcript-best",
        RepeatPolicy::Latest => "transcript-latest",
    };
    let superseded = found.results.iter().any(|result| result.superseded);
    let mut remarks = vec![lang.t("transcript-formula")];
    remarks.extend(superseded.then(|| lang.t(policy)));
    Document {
        heading: Heading::new(visit, &found.person, lang.t("transcript-document"), String::new()),
        terms: terms.iter().map(|results| term(lang, results)).collect(),
        sums: vec![
            (lang.t("gpa-cumulative"), or_dash(lang, found.cumulative_hundredths)),
            (lang.t("credits-counted"), found.credits.to_string()),
            (lang.t("credits-passed"), found.credits_passed.to_string()),
            (lang.t("weighted-sum"), format::hundredths(lang, found.weighted)),
        ],
        remarks,
        foot: printed(visit),
    }
}

fn term(lang: Lang, results: &[&CourseResult]) -> Term {
    Term {
        title: format::period(lang, &results[0].period_code),
        rows: results.iter().map(|result| ResultRow::new(lang, result)).collect(),
        credits: results.iter().map(|result| result.credits).sum(),
        weighted: format::hundredths(lang, results.iter().map(|result| result.weighted).sum()),
    }
}
