//! Handing a plan to the advisor, and taking it back.

use api::Plan;
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::change::InPeriod;
use super::deed::{self, Deed};
use super::panel::{Ceiling, class_label, sum};
use super::state::{is_editable, named};
use super::table::{TableRow, rows};
use super::{busy, room};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Frame, Hidden, Layout, Missing, Note, Part, Reason, Tone};
use crate::visit::Visit;

/// `krs_submit.html`: the page that asks once more.
#[derive(Template)]
#[template(path = "krs_submit.html")]
pub struct SubmitPage {
    /// Frame.
    pub f: Frame,
    /// The KRS page.
    pub back: String,
    /// Period.
    pub line: String,
    /// The plan; missing while its service is down.
    pub asked: Part<Asked>,
}

/// What is to be handed in.
pub struct Asked {
    /// Heading and text: SKS, classes, advisor.
    pub facts: Vec<(String, String)>,
    /// What the student should know before.
    pub notes: Vec<Note>,
    /// Classes.
    pub rows: Vec<TableRow>,
    /// The form; none while it would be refused.
    pub form: Option<AskForm>,
}

/// The form that hands a plan in.
pub struct AskForm {
    /// Hidden fields.
    pub hidden: Hidden,
    /// Period, for the form.
    pub period: String,
    /// Version that was shown, so that nobody hands in what they did not see.
    pub version: i64,
    /// `Ajukan 20 SKS`.
    pub label: String,
}

fn student(visit: &Visit) -> Result<String, Failure> {
    Ok(visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned())
}

fn home(period: &str) -> String {
    with_query("/krs", &[("periode", period)])
}

/// `GET /krs/ajukan`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such period.
pub async fn ask(visit: Visit, Query(period): Query<InPeriod>) -> Result<Response, Failure> {
    let student = student(&visit)?;
    let Some(super::Chosen { code: period, .. }) = super::period(&visit, &period.periode).await? else {
        return Ok(visit.see("/krs"));
    };
    match visit.client().plan(&student, &period).await.map_err(super::no_such_period) {
        // Somebody came back to this page after it was handed in.
        Ok(plan) if !is_editable(plan.state) => Ok(visit.see(&home(&plan.period_code))),
        Ok(plan) => Ok(visit.page(&page(&visit, &period, Some(&plan), None, None))),
        Err(Failure::Down) => {
            Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, &period, None, None, None)))
        }
        Err(failure) => Err(failure),
    }
}

/// `POST /krs/ajukan`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn submit(mut visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let student = student(&visit)?;
    let period = posted.get("periode");
    let version: i64 = posted.get("versi").parse().map_err(|_| Failure::Malformed(StatusCode::BAD_REQUEST))?;
    let error = match deed::send(&mut visit, &student, period, posted.key(), &Deed::Submit(version)).await {
        Ok(_) => {
            // What comes next stands on that page anyway.
            visit.flash(Tone::Ok, visit.t("submit-done"), "");
            return Ok(visit.see(&home(period)));
        }
        Err(error) => error,
    };
    if let Some(seconds) = busy::seconds(&error) {
        return Ok(busy::answer(&visit, "/krs/ajukan", period, &posted, seconds));
    }
    if room::is_waiting(&error) {
        return Ok(visit.see(&home(period)));
    }
    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
    // A form that nobody answered for keeps its key: sending it again has one effect.
    let key = posted.key().filter(|_| status.is_none_or(|status| status.is_server_error()));
    let note = refused(&visit, error, "submit-refused", "down-submit")?;
    match visit.client().plan(&student, period).await {
        // The first answer was lost, or another window was quicker: it is handed in.
        Ok(plan) if !is_editable(plan.state) => Ok(visit.see(&home(period))),
        Ok(plan) => {
            let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            Ok(visit.page_with(status, &page(&visit, period, Some(&plan), Some(note), key)))
        }
        Err(error) => match Failure::from(error) {
            Failure::Down => {
                Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, period, None, Some(note), None)))
            }
            failure => Err(failure),
        },
    }
}

/// `POST /krs/tarik`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn withdraw(mut visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let student = student(&visit)?;
    let period = posted.get("periode");
    let version: i64 = posted.get("versi").parse().map_err(|_| Failure::Malformed(StatusCode::BAD_REQUEST))?;
    let note = match deed::send(&mut visit, &student, period, posted.key(), &Deed::Withdraw(version)).await {
        Ok(_) => Note::new(Tone::Ok, visit.t("withdraw-done"), visit.t("withdraw-done.text")),
        Err(error) => {
            if let Some(seconds) = busy::seconds(&error) {
                return Ok(busy::answer(&visit, "/krs/tarik", period, &posted, seconds));
            }
            refused(&visit, error, "withdraw-refused", "down-submit")?
        }
    };
    let said: Vec<_> = note.items.iter().map(|item| item.title.clone()).chain([note.text.clone()]).collect();
    visit.flash(note.tone, note.title, said.join(" ").trim());
    Ok(visit.see(&home(period)))
}

/// What is said to a "no" about a plan. What concerns the person goes on as a failure.
///
/// # Errors
///
/// When it is not the plan that stands in the way.
pub fn refused(visit: &Visit, error: api::client::Error, key: &str, down: &str) -> Result<Note, Failure> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let Some(problem) = error.problem().filter(|problem| matches!(problem.status, 400 | 409 | 412 | 422)) else {
        return match Failure::from(error) {
            Failure::Down | Failure::TooFast(_) => Ok(Note::down(lang, down)),
            failure => Err(failure),
        };
    };
    if problem.status == 412 {
        return Ok(Note::new(Tone::Wait, lang.t("plan-moved-on"), lang.t("plan-moved-on.text")));
    }
    let mut note = Note::new(Tone::Bad, lang.t(key), lang.t("plan-unchanged"));
    let found = problem.errors.iter();
    note.items = found.map(|found| reasons::sentence(lang, campus, &found.reason, &found.facts)).collect();
    if note.items.is_empty() {
        note.items.push(reasons::sentence(lang, campus, &problem.reason, &reasons::Facts::new()));
    }
    Ok(note)
}

/// Makes the page of what was fetched.
pub(crate) fn page(
    visit: &Visit,
    period: &str,
    plan: Option<&Plan>,
    said: Option<Note>,
    key: Option<&str>,
) -> SubmitPage {
    let lang = visit.lang;
    let mut f = visit.frame(visit.t("submit-title"), Layout::Task, "/krs");
    let refused = said.as_ref().is_some_and(|note| !note.items.is_empty());
    f.notes.extend(said);
    let asked = match plan {
        Some(plan) => Part::Ready(asked(visit, plan, refused, key)),
        None => Part::Down(Missing {
            heading: lang.t("krs-plan"),
            title: lang.t("down-plan"),
            text: lang.t("down-plan.text"),
            retry: with_query("/krs/ajukan", &[("periode", period)]),
        }),
    };
    SubmitPage { f, back: home(period), line: format::period(lang, period), asked }
}

fn asked(visit: &Visit, plan: &Plan, said: bool, key: Option<&str>) -> Asked {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let count = Vars::new().count("count", i64::try_from(plan.items.len()).unwrap_or_default());
    let advisor = plan.advisor_name.clone().unwrap_or_else(|| lang.t("submit-no-advisor"));
    let facts = vec![
        (lang.t("submit-credits"), sum(lang, plan)),
        (lang.t("krs-chosen-list"), lang.with("krs-courses", &count)),
        (lang.t("student-advisor"), advisor),
    ];
    let mut notes = Vec::new();
    let possible = plan.submit_refusals.is_empty();
    if !possible && !said {
        let mut note = Note::new(Tone::Bad, lang.t("submit-refused"), lang.t("plan-unchanged"));
        note.items = reasons::sentences(lang, campus, &named(lang, plan, &plan.submit_refusals));
        notes.push(note);
    }
    if !plan.flags.is_empty() {
        let mut note = Note::new(Tone::Info, lang.t("krs-flags"), String::new());
        note.items = reasons::sentences(lang, campus, &named(lang, plan, &plan.flags));
        notes.push(note);
    }
    notes.extend(still_waiting(visit, plan));
    if possible {
        notes.push(Note::new(Tone::Info, lang.t("submit-after"), Ceiling::new(lang, plan).why));
    }
    let form = possible.then(|| AskForm {
        hidden: Hidden::new(visit.form_token()).key(key.map_or_else(random_word, str::to_owned)),
        period: plan.period_code.clone(),
        version: plan.version,
        label: lang.with("submit-button", &Vars::new().count("credits", plan.credits)),
    });
    Asked { facts, notes, rows: rows(lang, plan), form }
}

/// Whoever waits for a class is warned: while a plan is handed in, a seat that comes goes to the next in line.
fn still_waiting(visit: &Visit, plan: &Plan) -> Option<Note> {
    let lang = visit.lang;
    if plan.waiting.is_empty() {
        return None;
    }
    let mut note = Note::new(Tone::Wait, lang.t("submit-waiting"), lang.t("submit-waiting.text"));
    let item = |place: &api::WaitingPlace| {
        let vars = Vars::new().count("place", place.place).count("waiting", place.waiting);
        Reason { title: class_label(lang, &place.class), detail: lang.with("wait-place", &vars) }
    };
    note.items = plan.waiting.iter().map(item).collect();
    Some(note)
}
