//! Taking a seat and giving one back.

use api::{ItemInput, Plan};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::HeaderValue;
use axum::response::Response;
use serde::Deserialize;

use super::catalogue::{self, Act, Catalogue, Filter, Line};
use super::deed::{self, Deed};
use super::panel::{self, Panel};
use super::state::saved;
use super::wishes::{WishCard, Wished};
use super::{busy, catalogue_facts, hours, offers, room, wishes};
use crate::error::{Failure, NotesPart};
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::{Local, with_query};
use crate::reasons;
use crate::view::{Frame, Hidden, Layout, Note, Part, Tone};
use crate::visit::Visit;

/// `krs_swap.html`: what a click changes.
#[derive(Template)]
#[template(path = "krs_swap.html")]
pub struct KrsSwap {
    /// For texts and icons.
    pub f: Frame,
    /// What happened.
    pub notes: Vec<Note>,
    /// The plan.
    pub panel: Panel,
    /// Rows that may read otherwise now.
    pub lines: Vec<Line>,
    /// The whole list, when a course went from one heading to the other.
    pub moved: Option<Catalogue>,
    /// How many classes each tab and how many courses each heading holds: id and text.
    pub counts: Vec<(&'static str, String)>,
    /// When the plan was saved.
    pub saved: String,
    /// The wishes, where they stand in the place of the plan: then the page has no bar to hand it in.
    pub wishes: Option<Part<WishCard>>,
}

impl KrsSwap {
    /// Of what was fetched after a click on a class.
    #[must_use]
    pub(in crate::pages) fn new(visit: &Visit, class: &str, filter: &Filter, note: Note, found: Found) -> Self {
        let Found { mut plan, mut offers, cut, wished } = found;
        let wishes = wished.as_ref().and_then(Wished::open);
        if wishes.is_some() {
            wishes::leave_out(Some(&mut plan), &mut offers);
        }
        let hidden = Hidden::new(visit.form_token()).back(filter.href(filter.page));
        let panel = Panel::new(visit.lang, &visit.app.campus, &plan, &hours(&offers), &hidden);
        let mut facts = catalogue_facts(visit, &filter.period, cut, Some(&plan), Some(&panel), &hidden, false);
        facts.wishes = wishes;
        let catalogue = Catalogue::new(&facts, filter, &offers);
        let mut counts: Vec<_> = catalogue.tabs.iter().map(|tab| (tab.value, tab.count.to_string())).collect();
        let (lines, moved) = if note.tone == Tone::Ok {
            // The course stands under the other heading now, and what follows moves up: as the page itself would show it.
            (Vec::new(), Some(catalogue))
        } else {
            counts.extend(catalogue.sections.iter().map(|section| (section.id, section.count.clone())));
            let acted = offers.iter().find(|offer| offer.class.id == class);
            let touched =
                |offer: &&api::Choice| acted.is_some_and(|acted| catalogue::is_touched(offer, &acted.class, &plan));
            (catalogue::lines(&facts, offers.iter().filter(touched)), None)
        };
        let wishes = wished.as_ref().and_then(|wished| WishCard::of(visit, &plan, wished, filter));
        let (f, saved) = (visit.frame(visit.t("krs-title"), Layout::Task, "/krs"), saved(visit, &plan));
        Self { f, notes: vec![note], panel, lines, moved, counts, saved, wishes }
    }
}

/// What was fetched after a click.
pub(in crate::pages) struct Found {
    /// The plan as it is now.
    pub(in crate::pages) plan: Plan,
    /// The classes in view.
    pub(in crate::pages) offers: Vec<api::Choice>,
    /// There are more of them.
    pub(in crate::pages) cut: bool,
    /// The wishes, where seats are given by them.
    pub(in crate::pages) wished: Option<Wished>,
}

/// In which period an act is meant.
#[derive(Debug, Deserialize)]
pub struct InPeriod {
    /// Period.
    #[serde(default)]
    pub periode: String,
}

/// What a click asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Take,
    Drop,
    Leave,
}

impl Wish {
    fn verb(self) -> &'static str {
        match self {
            Self::Take => "kelas",
            Self::Drop => "lepas",
            Self::Leave => "batal",
        }
    }
}

/// `POST /krs/kelas/{class}`: takes a seat.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn take(
    visit: Visit,
    Path(class): Path<String>,
    Query(period): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    change(visit, Wish::Take, &class, &period.periode, &posted).await
}

/// `POST /krs/lepas/{class}`: gives a seat back.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn drop(
    visit: Visit,
    Path(class): Path<String>,
    Query(period): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    change(visit, Wish::Drop, &class, &period.periode, &posted).await
}

/// `POST /krs/batal/{class}`: leaves the waiting list.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn leave(
    visit: Visit,
    Path(class): Path<String>,
    Query(period): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    change(visit, Wish::Leave, &class, &period.periode, &posted).await
}

async fn change(mut visit: Visit, wish: Wish, class: &str, period: &str, posted: &Posted) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let deed = match wish {
        Wish::Take => Deed::Take(ItemInput { class_id: class.to_owned() }),
        Wish::Drop => Deed::Drop(class.to_owned()),
        Wish::Leave => Deed::Leave(class.to_owned()),
    };
    let done = deed::send(&mut visit, &student, period, posted.key(), &deed).await;
    if let Some(error) = done.as_ref().err() {
        if let Some(seconds) = busy::seconds(error) {
            let action = format!("/krs/{}/{class}?periode={period}", wish.verb());
            return Ok(busy::answer(&visit, &action, period, posted, seconds));
        }
        if room::is_waiting(error) {
            // The page shows the place in line.
            return Ok(visit.see(&with_query("/krs", &[("periode", period)])));
        }
    }
    let back = if posted.back().path() == "/krs" { posted.back() } else { Local::or_home(Some("/krs")) };
    let (note, plan) = match done {
        Ok(plan) => (done_note(&visit, wish, class, &plan).await, Some(plan)),
        Err(error) => (failed_note(&visit, wish, error)?, None),
    };
    if !visit.htmx {
        let details = note.items.iter().map(|item| format!("{} {}", item.title, item.detail));
        let text: Vec<_> = details.map(|text| text.trim().to_owned()).chain([note.text.clone()]).collect();
        // To the class that was taken, or to the notice that says why not.
        let place = if note.tone == Tone::Ok { format!("k-{class}") } else { "kabar".to_owned() };
        visit.flash(note.tone, note.title, text.join(" ").trim());
        return Ok(visit.see(&back.at(&place)));
    }
    swap(&visit, &student, period, class, &back, note, plan).await
}

async fn done_note(visit: &Visit, wish: Wish, class: &str, plan: &Plan) -> Note {
    let lang = visit.lang;
    let text = panel::sum_sentence(lang, plan);
    let taken = plan.items.iter().find(|item| item.class.id == class).map(|item| panel::class_label(lang, &item.class));
    let title = match (wish, taken) {
        (Wish::Take, Some(name)) => {
            let key = if is_wished(plan, class) { "wish-done" } else { "take-done" };
            lang.with(key, &Vars::new().text("class", name))
        }
        (Wish::Take, None) => lang.t("take-done.bare"),
        (Wish::Leave, _) => lang.t("leave-done"),
        // The plan does not know it any more.
        (Wish::Drop, _) => match visit.client().class(class).await {
            Ok(class) => lang.with("drop-done", &Vars::new().text("class", panel::class_label(lang, &class))),
            Err(_) => lang.t("drop-done.bare"),
        },
    };
    Note::new(Tone::Ok, title, text)
}

/// Whether a class is in the plan without a seat.
fn is_wished(plan: &Plan, class: &str) -> bool {
    plan.items.iter().any(|item| item.class.id == class && item.wished)
}

/// What is said to a "no". What concerns the person goes on as a failure.
fn failed_note(visit: &Visit, wish: Wish, error: api::client::Error) -> Result<Note, Failure> {
    let lang = visit.lang;
    if wish != Wish::Take && error.problem().is_some_and(|problem| problem.status == 404) {
        // What was wished for is so already.
        return Ok(Note::new(
            Tone::Info,
            lang.t(if wish == Wish::Drop { "drop-gone" } else { "leave-gone" }),
            String::new(),
        ));
    }
    if let Some(problem) = error.problem().filter(|problem| matches!(problem.status, 400 | 404 | 409 | 422)) {
        let key = match wish {
            Wish::Take => "take-refused",
            Wish::Drop => "drop-refused",
            Wish::Leave => "leave-refused",
        };
        let mut note = Note::new(Tone::Bad, lang.t(key), lang.t("plan-unchanged"));
        let campus = &visit.app.campus;
        note.items =
            problem.errors.iter().map(|found| reasons::sentence(lang, campus, &found.reason, &found.facts)).collect();
        if note.items.is_empty() {
            note.items.push(reasons::sentence(lang, campus, &problem.reason, &reasons::Facts::new()));
        }
        return Ok(note);
    }
    match Failure::from(error) {
        Failure::Down => Ok(Note::down(lang, "down-krs-act")),
        failure => Err(failure),
    }
}

/// The answer for htmx: the plan, and every row in view that may read otherwise now.
async fn swap(
    visit: &Visit,
    student: &str,
    period: &str,
    class: &str,
    back: &Local,
    note: Note,
    plan: Option<Plan>,
) -> Result<Response, Failure> {
    let filter = Filter { period: period.to_owned(), ..Filter::read(&back.query()) };
    let client = visit.client();
    let offers = offers(visit, student, period, &filter);
    let (plan, offers) = match plan {
        Some(plan) => (Ok(plan), offers.await),
        None => {
            futures_util::future::join(async { client.plan(student, period).await.map_err(Failure::from) }, offers)
                .await
        }
    };
    let (Ok(plan), Ok((offers, cut))) = (plan, offers) else {
        // What happened is known, how it looks now is not: say so where it is seen.
        let f = visit.frame(visit.t("krs-title"), Layout::Task, "/krs");
        let again = Note::down(visit.lang, "down-krs-look").link(back.as_str(), visit.t("retry"));
        let mut part = visit.page(&NotesPart { f: &f, notes: vec![note, again] });
        for (name, value) in [("hx-retarget", "#kabar"), ("hx-reswap", "innerHTML")] {
            part.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        return Ok(part);
    };
    let wished = wishes::fetch(visit, &plan).await?;
    Ok(visit.page(&KrsSwap::new(visit, class, &filter, note, Found { plan, offers, cut, wished })))
}
