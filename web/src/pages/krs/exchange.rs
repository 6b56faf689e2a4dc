//! Pages that ask once more before a class is exchanged: a swap, and a place on a waiting list. They show what is given
//! back, what is taken, and what becomes of the plan.

use api::{Choice as Offer, ChoiceQuery, Plan, SwapInput, WaitingInput};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::change::InPeriod;
use super::deed::{self, Deed};
use super::panel::{class_label, meetings, sum_sentence};
use super::state::named;
use super::submit::refused;
use super::table::{TableRow, row};
use super::{busy, room};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::{Local, with_query};
use crate::reasons;
use crate::session::random_word;
use crate::view::{Choice, Frame, Hidden, Layout, Note, Tone};
use crate::visit::Visit;

/// `krs_exchange.html`.
#[derive(Template)]
#[template(path = "krs_exchange.html")]
pub struct ExchangePage {
    /// Frame.
    pub f: Frame,
    /// The KRS page.
    pub back: String,
    /// Heading.
    pub title: String,
    /// Period.
    pub line: String,
    /// What the student should know before.
    pub notes: Vec<Note>,
    /// What is given back: heading and class.
    pub gives: Option<(String, TableRow)>,
    /// What is taken: heading and class.
    pub takes: (String, TableRow),
    /// How the taking is meant: a class of a colour, and an icon.
    pub taken_tone: &'static str,
    /// Its icon.
    pub taken_sign: &'static str,
    /// What becomes of the plan: heading and text.
    pub facts: Vec<(String, String)>,
    /// The form; none while it would be refused.
    pub form: Option<ExchangeForm>,
}

/// The form that does it.
pub struct ExchangeForm {
    /// Where it is sent.
    pub action: String,
    /// Token, key and the way back.
    pub hidden: Hidden,
    /// What it carries unseen.
    pub kept: Vec<(&'static str, String)>,
    /// Classes of the plan that may be given back; empty when there is no choice.
    pub choices: Vec<Choice>,
    /// Whether none of them need be chosen.
    pub optional: bool,
    /// Icon of the button.
    pub icon: &'static str,
    /// What the button says.
    pub label: String,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A swap.
    Swap,
    /// A waiting list.
    Wait,
}

impl Kind {
    fn verb(self) -> &'static str {
        match self {
            Self::Swap => "tukar",
            Self::Wait => "tunggu",
        }
    }
}

/// `GET /krs/tukar/{class}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such class.
pub async fn ask_swap(
    visit: Visit,
    Path(class): Path<String>,
    Query(of): Query<InPeriod>,
) -> Result<Response, Failure> {
    ask(&visit, Kind::Swap, &class, &of.periode).await
}

/// `GET /krs/tunggu/{class}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such class.
pub async fn ask_wait(
    visit: Visit,
    Path(class): Path<String>,
    Query(of): Query<InPeriod>,
) -> Result<Response, Failure> {
    ask(&visit, Kind::Wait, &class, &of.periode).await
}

fn student(visit: &Visit) -> Result<String, Failure> {
    Ok(visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned())
}

async fn ask(visit: &Visit, kind: Kind, class: &str, period: &str) -> Result<Response, Failure> {
    let student = student(visit)?;
    let (plan, offer) = fetch(visit, &student, class, period).await?;
    Ok(visit.page(&page(visit, kind, &plan, &offer, None, None)))
}

/// The plan, and the class as this student sees it.
async fn fetch(visit: &Visit, student: &str, class: &str, period: &str) -> Result<(Plan, Offer), Failure> {
    let client = visit.client();
    let course_id = client.class(class).await?.course.id;
    let query =
        ChoiceQuery { limit: Some(api::limits::PAGE_MAX), course_id: Some(course_id), ..ChoiceQuery::default() };
    let plan = async { client.plan(student, period).await.map_err(super::no_such_period) };
    let offers = async { client.choices(student, period, &query).await.map_err(super::no_such_period) };
    let (plan, offers) = futures_util::future::join(plan, offers).await;
    let offer = offers?.items.into_iter().find(|offer| offer.class.id == class).ok_or(Failure::NotFound)?;
    Ok((plan?, offer))
}

/// Makes the page of what was fetched; `said` is what came of the last try, `key` that of a form that nobody answered.
#[must_use]
pub fn page(
    visit: &Visit,
    kind: Kind,
    plan: &Plan,
    offer: &Offer,
    said: Option<Note>,
    key: Option<&str>,
) -> ExchangePage {
    let lang = visit.lang;
    let class = &offer.class;
    let back = format!("{}#k-{}", with_query("/krs", &[("periode", &plan.period_code)]), class.id);
    let given = plan.items.iter().map(|item| &item.class).find(|own| Some(&own.id) == offer.swap_class_id.as_ref());
    let possible = match kind {
        Kind::Swap => given.is_some(),
        Kind::Wait => offer.may_wait && offer.place == 0,
    };
    let title = match kind {
        Kind::Swap => "swap-title",
        Kind::Wait => "wait-title",
    };
    let mut f = visit.frame(visit.t(title), Layout::Task, "/krs");
    let told = said.as_ref().is_some_and(|note| !note.items.is_empty());
    f.notes.extend(said);
    let mut notes = Vec::new();
    if possible {
        let key = if kind == Kind::Swap { "swap-safe" } else { "wait-how" };
        notes.push(Note::new(Tone::Info, lang.t(key), lang.t(&format!("{key}.text"))));
    } else if !told {
        notes.push(impossible(visit, kind, plan, offer));
    }
    let label = class_label(lang, class);
    let form = possible.then(|| ExchangeForm {
        action: super::act(kind.verb(), class),
        hidden: Hidden::new(visit.form_token()).key(key.map_or_else(random_word, str::to_owned)).back(back.clone()),
        kept: given.filter(|_| kind == Kind::Swap).map(|own| ("lepas", own.id.clone())).into_iter().collect(),
        optional: plan.items.iter().all(|item| item.class.course.id != class.course.id),
        choices: if kind == Kind::Wait { choices(visit, plan, class) } else { Vec::new() },
        icon: if kind == Kind::Swap { "arrow-left-right" } else { "hourglass" },
        label: lang.t(if kind == Kind::Swap { "swap-button" } else { "wait-button" }),
    });
    ExchangePage {
        f,
        back,
        title: lang.with(title, &Vars::new().text("class", label)),
        line: format::period(lang, &plan.period_code),
        notes,
        gives: given.filter(|_| kind == Kind::Swap).map(|own| (lang.t("swap-gives"), row(lang, own))),
        takes: (lang.t(if kind == Kind::Swap { "swap-takes" } else { "wait-for" }), row(lang, class)),
        taken_tone: if kind == Kind::Swap { Tone::Ok.class() } else { Tone::Wait.class() },
        taken_sign: if kind == Kind::Swap { "plus" } else { "hourglass" },
        facts: facts(visit, kind, plan, offer, given),
        form,
    }
}

/// Classes of the plan that may go when the seat comes. Another class of the same course has to.
fn choices(visit: &Visit, plan: &Plan, wanted: &api::Class) -> Vec<Choice> {
    let lang = visit.lang;
    let same = plan.items.iter().find(|item| item.class.course.id == wanted.course.id).map(|item| &item.class.id);
    let chosen = same.map_or("", String::as_str);
    let none = Choice::new("", lang.t("wait-instead-none"), chosen);
    let may_keep = same.is_none() && !plan.items.is_empty();
    let mut choices: Vec<_> = may_keep.then_some(none).into_iter().collect();
    choices.extend(plan.items.iter().map(|item| {
        let text = format!("{} · {}", class_label(lang, &item.class), meetings(lang, &item.class).join(", "));
        Choice::new(&item.class.id, text, chosen)
    }));
    choices
}

/// What becomes of the plan.
fn facts(visit: &Visit, kind: Kind, plan: &Plan, offer: &Offer, given: Option<&api::Class>) -> Vec<(String, String)> {
    let lang = visit.lang;
    let class = &offer.class;
    match (kind, given) {
        (Kind::Swap, Some(given)) => {
            let goes = plan.items.iter().any(|item| item.class.id == given.id && !item.uncounted);
            let goes = if goes { given.course.credits } else { 0 };
            let comes = if offer.uncounted { 0 } else { class.course.credits };
            let after = (plan.credits_counted() + comes).saturating_sub(goes);
            let vars = Vars::new()
                .count("before", plan.credits_counted())
                .count("after", after)
                .count("ceiling", plan.ceiling.credits);
            let left = class.capacity.saturating_sub(class.taken.unwrap_or_default() + class.reserved);
            vec![
                (lang.t("submit-credits"), lang.with("swap-credits", &vars)),
                (lang.t("swap-clash"), lang.t("swap-clash-none")),
                (lang.t("swap-seats"), lang.with("seats-left", &Vars::new().count("left", left))),
            ]
        }
        (Kind::Wait, _) => {
            let line = match offer.place {
                0 => lang.with("wait-next", &Vars::new().count("place", class.waiting + 1)),
                place => {
                    let vars = Vars::new().count("place", place).count("waiting", class.waiting.max(place));
                    lang.with("wait-place", &vars)
                }
            };
            let mut facts = vec![(lang.t("wait-line"), line)];
            // A place ends with the last window in which a class can be taken.
            let windows = plan.window.iter().chain(&plan.revision_window);
            if let Some(end) = windows.map(|window| window.closes_at).max() {
                let until = visit.app.campus.last_moment(end);
                facts.push((lang.t("wait-until"), visit.app.campus.date_time(lang, until)));
            }
            facts
        }
        (Kind::Swap, None) => Vec::new(),
    }
}

fn impossible(visit: &Visit, kind: Kind, plan: &Plan, offer: &Offer) -> Note {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let key = if kind == Kind::Swap { "swap-not" } else { "wait-not" };
    let mut note = Note::new(Tone::Bad, lang.t(key), lang.t("plan-unchanged"));
    if kind == Kind::Wait && offer.place > 0 {
        note.items.push(reasons::sentence(lang, campus, "already-waiting", &reasons::Facts::new()));
        return note;
    }
    note.items = reasons::sentences(lang, campus, &named(lang, plan, &offer.refusals));
    if note.items.is_empty() && kind == Kind::Wait {
        note.items.push(reasons::sentence(lang, campus, "seat-free", &reasons::Facts::new()));
    }
    note
}

/// `POST /krs/tukar/{class}`: gives `lepas` back and takes the class.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such class.
pub async fn swap(
    visit: Visit,
    Path(class): Path<String>,
    Query(of): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    change(visit, Kind::Swap, &class, &of.periode, &posted).await
}

/// `POST /krs/tunggu/{class}`: joins the line, with `lepas` to be given back when the seat comes.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such class.
pub async fn wait(
    visit: Visit,
    Path(class): Path<String>,
    Query(of): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    change(visit, Kind::Wait, &class, &of.periode, &posted).await
}

async fn change(mut visit: Visit, kind: Kind, class: &str, period: &str, posted: &Posted) -> Result<Response, Failure> {
    let student = student(&visit)?;
    let given = Some(posted.get("lepas").to_owned()).filter(|id| !id.is_empty());
    let deed = match kind {
        Kind::Swap => {
            let drop_class_id = given.ok_or(Failure::Malformed(StatusCode::BAD_REQUEST))?;
            let input = SwapInput { drop_class_id, add_class_id: class.to_owned() };
            Deed::Swap(input)
        }
        Kind::Wait => {
            let input = WaitingInput { class_id: class.to_owned(), instead_of_id: given };
            Deed::Join(input)
        }
    };
    let home = with_query("/krs", &[("periode", period)]);
    let error = match deed::send(&mut visit, &student, period, posted.key(), &deed).await {
        Ok(plan) => {
            let (title, text) = done_words(&visit, kind, class, &plan);
            visit.flash(Tone::Ok, title, text);
            return Ok(visit.see(&Local::or_home(Some(&home)).at(&format!("k-{class}"))));
        }
        Err(error) => error,
    };
    let action = format!("/krs/{}/{class}?periode={period}", kind.verb());
    if let Some(seconds) = busy::seconds(&error) {
        return Ok(busy::answer(&visit, &action, period, posted, seconds));
    }
    if room::is_waiting(&error) {
        return Ok(visit.see(&home));
    }
    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
    let key = posted.key().filter(|_| status.is_none_or(|status| status.is_server_error()));
    let words = if kind == Kind::Swap { "swap-refused" } else { "wait-refused" };
    let note = refused(&visit, error, words, "down-submit")?;
    match fetch(&visit, &student, class, period).await {
        Ok((plan, offer)) => {
            let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            Ok(visit.page_with(status, &page(&visit, kind, &plan, &offer, Some(note), key)))
        }
        Err(Failure::Down) => {
            visit.flash(note.tone, note.title, note.text);
            Ok(visit.see(&home))
        }
        Err(failure) => Err(failure),
    }
}

fn done_words(visit: &Visit, kind: Kind, class: &str, plan: &Plan) -> (String, String) {
    let lang = visit.lang;
    match kind {
        Kind::Swap => {
            let taken = plan.items.iter().find(|item| item.class.id == class);
            let vars = |item: &api::PlanItem| Vars::new().text("class", class_label(lang, &item.class));
            let title = taken.map_or_else(|| lang.t("swap-done.bare"), |item| lang.with("swap-done", &vars(item)));
            (title, sum_sentence(lang, plan))
        }
        Kind::Wait => {
            let place = plan.waiting.iter().find(|place| place.class.id == class);
            let vars = |place: &api::WaitingPlace| {
                Vars::new().text("class", class_label(lang, &place.class)).count("place", place.place)
            };
            let title = place.map_or_else(|| lang.t("wait-done.bare"), |place| lang.with("wait-done", &vars(place)));
            (title, lang.t("wait-done.text"))
        }
    }
}
