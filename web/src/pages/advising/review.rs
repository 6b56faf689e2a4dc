//! One student's plan, as the advisor judges it.

use api::{Delegation, DelegationQuery, Page, Plan, PlanQueue, PlanState, PlanStep};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::queue::{self, Filter, Queue};
use super::{desk, may_decide};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::history::{self, History};
use crate::pages::krs::panel::{self, Ceiling, timetable};
use crate::pages::krs::state::{badge, named, when};
use crate::pages::krs::table::{TableRow, rows};
use crate::reasons;
use crate::session::{User, random_word};
use crate::view::{Badge, Frame, Hidden, Layout, Missing, Note, Part, Timetable, Tone};
use crate::visit::Visit;

/// Longest note to a student, in characters: what the field takes.
pub const NOTE_MAX: usize = 500;

/// `plan_review.html`.
#[derive(Template)]
#[template(path = "plan_review.html")]
pub struct ReviewPage {
    /// Frame.
    pub f: Frame,
    /// The list.
    pub back: String,
    /// Period.
    pub line: String,
    /// Who else waits.
    pub queue: Part<Queue>,
    /// The plan; missing while its service is down.
    pub review: Part<Review>,
    /// The form that voids the plan, for the academic bureau.
    pub void: Option<VoidForm>,
    /// The form of the decision, also while the plan is missing: what was typed must not be lost.
    pub decision: Option<Decision>,
}

/// A plan.
pub struct Review {
    /// Name of the student.
    pub name: String,
    /// State.
    pub badge: Badge,
    /// NIM, IPK, SKS: heading and text.
    pub facts: Vec<(String, String)>,
    /// What to look at.
    pub notes: Vec<Note>,
    /// `Rencana studi: 20 dari 24 SKS`.
    pub title: String,
    /// Why the ceiling is what it is.
    pub why: String,
    /// Classes.
    pub rows: Vec<TableRow>,
    /// The timetable.
    pub week: Timetable,
    /// What happened.
    pub history: Part<History>,
    /// Results of the student: the transcript.
    pub transcript: String,
}

/// The form of the decision.
pub struct Decision {
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub hidden: Hidden,
    /// Version that was shown.
    pub version: i64,
    /// What was typed.
    pub note: String,
    /// What is wrong with it; may be empty.
    pub error: String,
    /// Whether it may be approved now.
    pub approve: bool,
}

/// The form that voids a plan.
pub struct VoidForm {
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub hidden: Hidden,
    /// Version that was shown.
    pub version: i64,
    /// What was typed.
    pub note: String,
    /// What is wrong with it; may be empty.
    pub error: String,
}

/// What was typed, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// The note.
    pub(crate) note: String,
    /// What is wrong with it.
    pub(crate) error: String,
    /// What is said about the decision.
    pub(crate) said: Option<Note>,
    /// Why the plan is to be voided.
    pub(crate) void: String,
    /// What is wrong with that.
    pub(crate) void_error: String,
    /// The version that was shown when it was typed.
    pub(crate) version: i64,
    /// The key of a form that nobody answered: sending it again has one effect.
    pub(crate) key: Option<String>,
}

/// What was fetched for the page.
pub(crate) struct Fetched {
    pub(crate) plan: Result<Plan, Failure>,
    pub(crate) steps: Option<Page<PlanStep>>,
    pub(crate) queue: Result<PlanQueue, Failure>,
    /// The advisor lets this lecturer decide for a time.
    pub(crate) stands_in: bool,
}

/// The address of the review of a student's plan.
#[must_use]
pub fn address(student: &str, period: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("/perwalian/{}/{}", encode(student), encode(period))
}

/// `GET /perwalian/{student}/{period}`.
///
/// # Errors
///
/// When nobody is logged in, or the student is none that the person may know of.
pub async fn show(visit: Visit, Path((student, period)): Path<(String, String)>) -> Result<Response, Failure> {
    desk(&visit)?;
    let fetched = fetch(&visit, &student, &period).await?;
    let mut typed = Typed::default();
    if let Some(draft) = visit.take_draft(&address(&student, &period)) {
        let posted = Posted(draft.fields);
        typed.note = posted.get("catatan").to_owned();
        typed.key = posted.key().map(str::to_owned);
        let (title, text) = (visit.t("draft-restored"), visit.t("review-draft-restored"));
        typed.said = Some(Note::new(Tone::Info, title, text));
    }
    Ok(answer(&visit, StatusCode::OK, &student, &period, &fetched, typed))
}

/// Whether a lecturer who is not the advisor decides in the advisor's stead now. Without an answer: no button, rather than one
/// that would be refused.
async fn stands_in(visit: &Visit, plan: &Plan) -> Result<bool, Failure> {
    let user = visit.user()?;
    let own = user.account().lecturer_id.as_ref().filter(|_| user.is_lecturer());
    if own.is_none() || may_decide(user, plan) {
        return Ok(false);
    }
    let query = DelegationQuery { current: true, limit: Some(api::limits::PAGE_MAX), ..DelegationQuery::default() };
    match visit.client().delegations(&query).await {
        Ok(page) => {
            let given =
                |one: &Delegation| Some(&one.delegate_id) == own && Some(&one.advisor_id) == plan.advisor_id.as_ref();
            Ok(page.items.iter().any(given))
        }
        Err(error) if error.status() == Some(401) => Err(Failure::LoginNeeded),
        Err(_) => Ok(false),
    }
}

/// Prints the page; without the plan it says so by its status too.
pub(super) fn answer(
    visit: &Visit,
    status: StatusCode,
    student: &str,
    period: &str,
    fetched: &Fetched,
    typed: Typed,
) -> Response {
    let status = if fetched.plan.is_ok() { status } else { StatusCode::SERVICE_UNAVAILABLE };
    visit.page_with(status, &page(visit, student, period, fetched, typed))
}

/// Fetches the plan, what happened to it and who else waits, at the same time.
pub(super) async fn fetch(visit: &Visit, student: &str, period: &str) -> Result<Fetched, Failure> {
    let client = visit.client();
    let filter = Filter { period: period.to_owned(), ..Filter::default() };
    let plan = async {
        client.plan(student, period).await.map_err(|error| match error.status() {
            // Whose plan one may not read is nobody that one knows of.
            Some(400 | 403 | 404 | 422) => Failure::NotFound,
            _ => Failure::from(error),
        })
    };
    let (plan, steps, queue) =
        futures_util::future::join3(plan, history::fetch(visit, student, period), queue::fetch(visit, &filter)).await;
    match plan {
        Err(failure) if !matches!(failure, Failure::Down) => Err(failure),
        plan => {
            let stands_in = match &plan {
                Ok(plan) => stands_in(visit, plan).await?,
                Err(_) => false,
            };
            Ok(Fetched { plan, steps: steps?, queue, stands_in })
        }
    }
}

/// Makes the page of what was fetched.
pub(crate) fn page(visit: &Visit, student: &str, period: &str, fetched: &Fetched, typed: Typed) -> ReviewPage {
    let lang = visit.lang;
    let filter = Filter { period: period.to_owned(), ..Filter::default() };
    let here = address(student, period);
    let mut f = visit.frame(visit.t("queue-title"), Layout::Narrow, "/perwalian");
    if !typed.error.is_empty() || !typed.void_error.is_empty() {
        f.title = lang.with("error-title", &Vars::new().text("title", f.title.clone()));
    }
    let review = match &fetched.plan {
        Ok(plan) => Part::Ready(review(visit, plan, fetched.steps.as_ref(), &here)),
        Err(_) => Part::Down(Missing {
            heading: lang.t("krs-title"),
            title: lang.t("down-review"),
            text: lang.t("down-review.text"),
            retry: here.clone(),
        }),
    };
    let decision = decision(visit, fetched, &here, &typed);
    let void = void(visit, fetched, &here, &typed);
    f.notes.extend(typed.said);
    ReviewPage {
        f,
        back: filter.href(filter.tab, ""),
        line: format::period(lang, period),
        queue: queue::part(visit, &filter, fetched.queue.as_ref().ok(), student),
        review,
        void,
        decision,
    }
}

fn void(visit: &Visit, fetched: &Fetched, here: &str, typed: &Typed) -> Option<VoidForm> {
    let registrar = visit.session.user.as_ref().is_some_and(User::is_registrar);
    let (version, holds) = match &fetched.plan {
        Ok(plan) => (plan.version, !matches!(plan.state, PlanState::None | PlanState::Locked | PlanState::Void)),
        // What was typed stays, also while the plan cannot be read.
        Err(_) => (typed.version, !typed.void.is_empty()),
    };
    (registrar && holds).then(|| VoidForm {
        action: format!("{here}/batal"),
        hidden: Hidden::new(visit.form_token()).key(random_word()),
        version,
        note: typed.void.clone(),
        error: typed.void_error.clone(),
    })
}

fn decision(visit: &Visit, fetched: &Fetched, here: &str, typed: &Typed) -> Option<Decision> {
    let (version, approve) = match &fetched.plan {
        Ok(plan) => {
            let may = fetched.stands_in || visit.session.user.as_ref().is_some_and(|user| may_decide(user, plan));
            let open = matches!(plan.state, PlanState::Submitted | PlanState::Approved);
            if !may || !open {
                return None;
            }
            (plan.version, plan.state == PlanState::Submitted && plan.approve_refusals.is_empty())
        }
        // Nothing can be decided now; what was typed stays.
        Err(_) if typed.note.is_empty() && typed.error.is_empty() => return None,
        Err(_) => (typed.version, false),
    };
    Some(Decision {
        action: here.to_owned(),
        hidden: Hidden::new(visit.form_token()).key(typed.key.clone().unwrap_or_else(random_word)),
        version,
        note: typed.note.clone(),
        error: typed.error.clone(),
        approve,
    })
}

fn review(visit: &Visit, plan: &Plan, steps: Option<&Page<PlanStep>>, here: &str) -> Review {
    let lang = visit.lang;
    let sum = panel::sum(lang, plan);
    let unknown = || lang.t("not-yet-known");
    let gpa = |value: Option<u32>| value.map_or_else(unknown, |value| format::hundredths(lang, value));
    let mut facts = vec![
        (lang.t("student-nim"), plan.nim.clone().unwrap_or_else(unknown)),
        (lang.t("review-gpa"), format!("{} / {}", gpa(plan.gpa_hundredths), gpa(plan.ceiling.last_gpa_hundredths))),
        (lang.t("credits-passed"), plan.credits_earned.to_string()),
    ];
    if let Some(moment) = plan.changed_at {
        let key = if plan.state == PlanState::Submitted { "review-submitted" } else { "review-changed" };
        facts.push((lang.t(key), when(visit, moment)));
    }
    Review {
        name: plan.student_name.clone().or_else(|| plan.nim.clone()).unwrap_or_else(unknown),
        badge: badge(lang, plan.state),
        facts,
        notes: notes(visit, plan),
        title: lang.with("plan-title", &Vars::new().text("sum", sum)),
        why: Ceiling::new(lang, plan).why,
        rows: rows(lang, plan),
        week: timetable(lang, plan, &[]),
        history: history::part(visit, steps, here),
        transcript: with_query("/transkrip", &[("mahasiswa", &plan.student_id)]),
    }
}

fn notes(visit: &Visit, plan: &Plan) -> Vec<Note> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let mut notes = Vec::new();
    let refusals = named(lang, plan, &plan.approve_refusals);
    if !refusals.is_empty() {
        let mut note = Note::new(Tone::Bad, lang.t("approve-blocked"), lang.t("approve-blocked.text"));
        note.items = reasons::sentences_about(lang, campus, &refusals);
        notes.push(note);
    }
    if !plan.flags.is_empty() {
        let mut note = Note::new(Tone::Info, lang.t("review-flags"), String::new());
        note.items = reasons::sentences_about(lang, campus, &named(lang, plan, &plan.flags));
        notes.push(note);
    }
    let key = match plan.state {
        PlanState::None => Some("review-none"),
        PlanState::Draft => Some("review-draft"),
        PlanState::Returned => Some("review-returned"),
        PlanState::Submitted | PlanState::Approved | PlanState::Revising | PlanState::Locked | PlanState::Void => None,
    };
    notes.extend(key.map(|key| Note::new(Tone::Info, lang.t(key), plan.note.clone().unwrap_or_default())));
    notes
}
