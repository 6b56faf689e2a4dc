//! The KRS builder: the catalogue, the plan, taking and giving back.

use api::{Admission, ChoiceQuery, Package, Plan, PlanState, SeatPolicy};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::pages::history;
use crate::pages::home::Step;
use crate::reasons;
use crate::view::{Frame, Hidden, Layout, Missing, Note, Part, Tone};
use crate::visit::Visit;

pub mod allocated;
pub mod busy;
pub mod card;
pub mod catalogue;
pub mod change;
mod chosen;
pub mod deed;
pub mod exchange;
pub mod package;
pub mod panel;
pub mod revise;
pub mod room;
mod routes;
#[cfg(test)]
pub mod samples;
pub mod state;
pub mod submit;
pub mod submitted;
pub mod table;
pub mod wishes;

use allocated::Allocated;
use catalogue::{Act, Catalogue, Facts, Filter};
pub(crate) use chosen::{Chosen, period};
use package::PackageCard;
use panel::Panel;
use room::Room;
pub use routes::routes;
use wishes::{Sharing, WishCard, Wished};

/// Classes that are fetched at most.
const OFFERS_MAX: usize = 1000;

/// `krs.html`.
#[derive(Template)]
#[template(path = "krs.html")]
pub struct KrsPage {
    /// Frame.
    pub f: Frame,
    /// Period and window.
    pub line: String,
    /// The line of states.
    pub steps: Vec<Step>,
    /// What the advisor wants changed; empty unless the plan was returned.
    pub returned: String,
    /// What stands in the way of everything, and what was decided in the student's favour.
    pub notices: Vec<Note>,
    /// The waiting room, or the countdown before the opening.
    pub room: Option<Room>,
    /// Packages for a plan that is empty.
    pub packages: Vec<PackageCard>,
    /// When a class holds a seat.
    pub policy: String,
    /// The catalogue.
    pub catalogue: Part<Catalogue>,
    /// The wishes, while seats are not given yet; they stand in the place of the plan.
    pub wishes: Option<Part<WishCard>>,
    /// How far the giving of seats is, while it runs.
    pub sharing: Option<Sharing>,
    /// What became of the wishes.
    pub allocated: Option<Part<Allocated>>,
    /// The plan.
    pub panel: Part<Panel>,
}

/// Address that an act on a class is sent to.
fn act(verb: &str, class: &api::Class) -> String {
    format!("/krs/{verb}/{}?periode={}", class.id, class.period_code)
}

/// What was fetched for the page.
pub(super) struct Fetched {
    pub(super) plan: Result<Plan, Failure>,
    pub(super) offers: Result<(Vec<api::Choice>, bool), Failure>,
    pub(super) admission: Option<Admission>,
    pub(super) packages: Vec<Package>,
    pub(super) wished: Option<Wished>,
}

/// `GET /krs`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn show(mut visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let mut filter = Filter::read(&pairs);
    let Chosen { code: period, in_line } = match period(&visit, &filter.period).await {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Ok(visit.page(&without_period(&visit))),
        Err(Failure::Down) => return Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &all_down(&visit))),
        Err(failure) => return Err(failure),
    };
    learn_programme(&mut visit, &student).await;
    let mut fetched = fetch(&visit, &student, &period, &filter, in_line).await?;
    if let Some(admission) = &fetched.admission {
        room::keep(&mut visit, &period, admission);
    }
    filter.period = period;
    fetched = settle(fetched)?;
    if let Some(plan) = fetched.plan.as_ref().ok().filter(|plan| !state::is_editable(plan.state)) {
        let steps = history::fetch(&visit, &student, &plan.period_code).await?;
        let mut page = submitted::page(&visit, plan, steps.as_ref());
        page.allocated = wishes::fetch(&visit, plan).await?.and_then(|wished| Allocated::of(&visit, plan, &wished));
        return Ok(visit.page(&page));
    }
    more(&visit, &mut fetched).await?;
    let status = match &fetched.plan {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok(visit.page_with(status, &page(&visit, &filter, fetched)))
}

/// A part that is out stays in that part; every other failure is the whole page's: not logged in, not allowed, no such
/// period.
fn settle(fetched: Fetched) -> Result<Fetched, Failure> {
    for failure in [fetched.plan.as_ref().err(), fetched.offers.as_ref().err()].into_iter().flatten() {
        if !matches!(failure, Failure::Down) {
            return Err(failure.clone());
        }
    }
    Ok(fetched)
}

/// What is fetched once the plan is known: packages for an empty one, wishes where seats are given by them.
async fn more(visit: &Visit, fetched: &mut Fetched) -> Result<(), Failure> {
    let Ok(plan) = &fetched.plan else { return Ok(()) };
    fetched.wished = wishes::fetch(visit, plan).await?;
    fetched.packages = package::fetch(visit, plan).await?;
    Ok(())
}

/// The student's programme and entry are learned once and kept in the session. Not knowing them shows all classes.
async fn learn_programme(visit: &mut Visit, student: &str) {
    let known = visit.session.user.as_ref();
    if known.is_some_and(|user| user.programme_id.is_some() && user.entry_period.is_some()) {
        return;
    }
    if let Ok(student) = visit.client().student(student).await {
        visit.remember_study(&student.programme_id, &student.entry_period);
    }
}

/// A period that cannot be read is one that is not there.
pub(crate) fn no_such_period(error: api::client::Error) -> Failure {
    match error.status() {
        Some(400 | 404 | 422) => Failure::NotFound,
        _ => Failure::from(error),
    }
}

async fn fetch(visit: &Visit, student: &str, period: &str, filter: &Filter, in_line: bool) -> Result<Fetched, Failure> {
    let client = visit.client();
    let plan = async { client.plan(student, period).await.map_err(no_such_period) };
    let offers = offers(visit, student, period, filter);
    let admission = async { if in_line { room::ask(visit, student, period).await } else { Ok(None) } };
    let (plan, offers, admission) = futures_util::future::join3(plan, offers, admission).await;
    Ok(Fetched { plan, offers, admission: admission?, packages: Vec::new(), wished: None })
}

/// The page after a "no" that came from it: what stands in the way is said above it.
async fn again(visit: Visit, period: &str, note: Note) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let filter = Filter { period: period.to_owned(), page: 1, ..Filter::default() };
    let in_line = self::period(&visit, period).await?.is_none_or(|chosen| chosen.in_line);
    let mut fetched = settle(fetch(&visit, &student, period, &filter, in_line).await?)?;
    more(&visit, &mut fetched).await?;
    let mut page = page(&visit, &filter, fetched);
    page.f.notes.push(note);
    Ok(visit.page_with(StatusCode::CONFLICT, &page))
}

/// All classes of the student's programme, or what a search over all programmes finds. The second value says that
/// there are more.
async fn offers(
    visit: &Visit,
    student: &str,
    period: &str,
    filter: &Filter,
) -> Result<(Vec<api::Choice>, bool), Failure> {
    let programme = visit.session.user.as_ref().and_then(|user| user.programme_id.clone());
    let mut query = ChoiceQuery { limit: Some(api::limits::PAGE_MAX), ..ChoiceQuery::default() };
    if filter.all_programmes {
        query.day = filter.day;
    } else {
        query.programme_id = programme;
    }
    let client = visit.client();
    let mut offers = Vec::new();
    loop {
        let page = client.choices(student, period, &query).await.map_err(no_such_period)?;
        offers.extend(page.items);
        if page.next_cursor.is_none() || offers.len() >= OFFERS_MAX {
            return Ok((offers, page.next_cursor.is_some()));
        }
        query.cursor = page.next_cursor;
    }
}

/// Makes the page of what was fetched.
pub(super) fn page(visit: &Visit, filter: &Filter, mut fetched: Fetched) -> KrsPage {
    let lang = visit.lang;
    let wished = fetched.wished.take();
    let wishes = wished.as_ref().and_then(Wished::open);
    if wishes.is_some() {
        let offers = fetched.offers.as_mut().map_or(&mut [][..], |(offers, _)| offers);
        wishes::leave_out(fetched.plan.as_mut().ok(), offers);
        // Nobody is in line for wishes.
        fetched.admission = None;
    }
    let f = visit.frame(visit.t("krs-title"), Layout::Task, "/krs");
    let room = room(visit, &filter.period, &fetched);
    let (line, steps, notices) = match &fetched.plan {
        Ok(plan) => (head(visit, plan), state::steps(visit, plan), notices(visit, plan, room.is_some())),
        Err(_) => (format::period(lang, &filter.period), Vec::new(), Vec::new()),
    };
    let returned = fetched.plan.as_ref().ok().and_then(|plan| plan.note.clone());
    let hidden = Hidden::new(visit.form_token()).back(filter.href(filter.page));
    let retry = filter.href(filter.page);
    let missing = |heading: &str, key: &str| Missing {
        heading: lang.t(heading),
        title: lang.t(key),
        text: lang.t(&format!("{key}.text")),
        retry: retry.clone(),
    };
    let offered = hours(fetched.offers.as_ref().map_or(&[][..], |(offers, _)| offers));
    // In line everything can be read, and nothing taken.
    let waits = fetched.admission.as_ref().is_some_and(|admission| !room::may_begin(admission.state));
    let panel = fetched.plan.as_ref().ok().map(|plan| Panel::new(lang, &visit.app.campus, plan, &offered, &hidden));
    let panel = panel.map(|panel| if waits { panel.read_only(lang) } else { panel });
    let cards = wished.as_ref().zip(fetched.plan.as_ref().ok());
    let wish_card = cards.and_then(|(wished, plan)| WishCard::of(visit, plan, wished, filter));
    let sharing = wished.as_ref().and_then(|wished| Sharing::of(visit, &filter.period, wished));
    let allocated = cards.and_then(|(wished, plan)| Allocated::of(visit, plan, wished));
    let catalogue = match &fetched.offers {
        Ok((offers, cut)) => {
            let mut facts = catalogue_facts(
                visit,
                &filter.period,
                *cut,
                fetched.plan.as_ref().ok(),
                panel.as_ref(),
                &hidden,
                waits,
            );
            facts.wishes = wishes;
            Part::Ready(Catalogue::new(&facts, filter, offers))
        }
        Err(_) => Part::Down(missing("krs-catalogue", "down-catalogue")),
    };
    let panel = panel.map_or_else(|| Part::Down(missing("krs-plan", "down-plan")), Part::Ready);
    let packages = if waits || wishes.is_some() { Vec::new() } else { package::cards(visit, &fetched.packages) };
    let mut policy = fetched.plan.as_ref().map_or(SeatPolicy::AtAdd, |plan| plan.seat_policy);
    if allocated.is_some() {
        // What is left goes to who comes first.
        policy = SeatPolicy::AtAdd;
    }
    let policy = lang.t(policy_key(policy));
    KrsPage {
        f,
        line,
        steps,
        returned: returned.unwrap_or_default(),
        notices,
        room,
        packages,
        policy,
        catalogue,
        wishes: wish_card,
        sharing,
        allocated,
        panel,
    }
}

fn room(visit: &Visit, period: &str, fetched: &Fetched) -> Option<Room> {
    match &fetched.admission {
        Some(admission) => Room::of(visit, period, admission),
        None => Room::of_plan(visit, fetched.plan.as_ref().ok()?),
    }
}

/// Message that says when a class holds a seat.
#[must_use]
pub fn policy_key(policy: SeatPolicy) -> &'static str {
    match policy {
        SeatPolicy::AtAdd => "krs-instant",
        SeatPolicy::AtSubmit => "krs-at-submit",
        SeatPolicy::Allocation => "krs-allocation",
    }
}

fn catalogue_facts<'a>(
    visit: &'a Visit,
    period: &str,
    cut: bool,
    plan: Option<&'a Plan>,
    panel: Option<&'a Panel>,
    hidden: &'a Hidden,
    waits: bool,
) -> Facts<'a> {
    let user = visit.session.user.as_ref();
    let entry = user.and_then(|user| user.entry_period.as_deref());
    Facts {
        lang: visit.lang,
        campus: &visit.app.campus,
        plan,
        week: panel.map(|panel| &panel.week),
        hidden,
        knows_programme: user.is_some_and(|user| user.programme_id.is_some()),
        semester: entry.and_then(|entry| format::semester_number(entry, period)),
        as_of: visit.app.campus.time(visit.lang, visit.app.clock.now()),
        cut,
        waits,
        wishes: None,
    }
}

fn hours(offers: &[api::Choice]) -> Vec<(u32, u32, u32)> {
    let meetings = offers.iter().flat_map(|offer| &offer.class.meetings);
    meetings.map(|meeting| (meeting.day, meeting.start_minute, meeting.end_minute)).collect()
}

/// `Ganjil 2026/2027 · ditutup Jumat, 21 Agustus 2026 pukul 23.59 WIB (8 hari lagi)`.
fn head(visit: &Visit, plan: &Plan) -> String {
    let lang = visit.lang;
    let period = format::period(lang, &plan.period_code);
    let revised = plan.revision_window.as_ref().filter(|_| plan.state == PlanState::Revising);
    let Some(window) = revised.or(plan.window.as_ref()) else { return period };
    let campus = &visit.app.campus;
    let now = visit.app.clock.now();
    let days = |until: jiff::Timestamp| until.duration_since(now).as_hours() / 24;
    let last = campus.last_moment(window.closes_at);
    let text = if now < window.opens_at {
        let vars =
            Vars::new().text("date", campus.date_time(lang, window.opens_at)).count("days", days(window.opens_at));
        lang.with("krs-opens", &vars)
    } else if now < window.closes_at {
        let vars = Vars::new().text("date", campus.date_time(lang, last)).count("days", days(window.closes_at));
        lang.with("krs-closes", &vars)
    } else {
        lang.with("krs-closed-on", &Vars::new().text("date", campus.date_time(lang, last)))
    };
    format!("{period} · {text}")
}

fn notices(visit: &Visit, plan: &Plan, room: bool) -> Vec<Note> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let mut notices: Vec<_> = revise::note(visit, plan).into_iter().collect();
    // The countdown says when it opens.
    let counted = |refusal: &api::Refusal| room && refusal.reason == "krs-not-open-yet";
    let refusals: Vec<_> = state::beyond_state(&plan.refusals).into_iter().filter(|r| !counted(r)).collect();
    if !refusals.is_empty() {
        let mut note = Note::new(Tone::Bad, lang.t("krs-blocked"), lang.t("krs-blocked.text"));
        note.icon = "lock";
        note.items = reasons::sentences(lang, campus, &refusals);
        notices.push(note);
    }
    if !plan.flags.is_empty() {
        let mut note = Note::new(Tone::Info, lang.t("krs-flags"), String::new());
        note.items = reasons::sentences(lang, campus, &state::named(lang, plan, &plan.flags));
        notices.push(note);
    }
    notices
}

fn without_period(visit: &Visit) -> crate::error::MessagePage {
    crate::error::MessagePage {
        f: visit.frame(visit.t("krs-title"), Layout::App, "/krs"),
        icon: "calendar-days",
        title: visit.t("krs-no-period"),
        text: visit.t("krs-no-period.text"),
        links: vec![crate::view::Link { href: "/".into(), text: visit.t("to-home") }],
    }
}

fn all_down(visit: &Visit) -> KrsPage {
    let (plan, offers) = (Err(Failure::Down), Err(Failure::Down));
    let fetched = Fetched { plan, offers, admission: None, packages: Vec::new(), wished: None };
    page(visit, &Filter { page: 1, ..Filter::default() }, fetched)
}
