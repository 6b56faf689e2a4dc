//! Ranked wishes, in periods whose seats are given by them: the list, what changes it, and how far the giving is.

use api::client::Error;
use api::{
    Allocation, AllocationOutcome, AllocationQuery, AllocationState, Choice, Plan, SeatPolicy, Wish, Wishes,
    WishesInput,
};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::busy;
use super::catalogue::Filter;
use super::change::InPeriod;
use super::panel::{Ceiling, class_label, meetings, spoken_label};
use super::state::named;
use super::submit::refused;
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::{Local, with_query};
use crate::reasons;
use crate::view::{Frame, Hidden, Layout, Meter, Missing, Note, Part, Reason, Tone};
use crate::visit::Visit;

/// Words that only say how far the allocation is: the page says so itself.
const OF_ALLOCATION: &str = "allocation-";

/// Seconds between two looks while seats are given.
const LOOK: i64 = 3;

/// What was fetched about the wishes of a student.
pub struct Wished {
    /// The wishes; missing while they cannot be read.
    pub wishes: Option<Wishes>,
    /// The allocation, once it was started.
    pub allocation: Option<Allocation>,
    /// What became of the wishes, once it is over.
    pub outcomes: Option<Vec<AllocationOutcome>>,
}

impl Wished {
    fn state(&self) -> AllocationState {
        self.wishes.as_ref().map_or(AllocationState::None, |wishes| wishes.allocation)
    }

    /// The wishes, while seats are not given yet.
    #[must_use]
    pub fn open(&self) -> Option<&Wishes> {
        self.wishes.as_ref().filter(|wishes| is_open(wishes.allocation))
    }

    /// Whether every wish has its outcome.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state() == AllocationState::Done
    }
}

fn is_open(state: AllocationState) -> bool {
    matches!(state, AllocationState::Pending | AllocationState::Running)
}

/// The wishes, where seats are given by them.
///
/// # Errors
///
/// When nobody is logged in any more.
pub(super) async fn fetch(visit: &Visit, plan: &Plan) -> Result<Option<Wished>, Failure> {
    if plan.seat_policy != SeatPolicy::Allocation {
        return Ok(None);
    }
    let (client, period) = (visit.client(), &plan.period_code);
    let wishes = there(client.wishes(&plan.student_id, period).await)?;
    let mut wished = Wished { wishes, allocation: None, outcomes: None };
    let state = wished.state();
    if matches!(state, AllocationState::Running | AllocationState::Done) {
        wished.allocation = there(client.allocation(period).await)?;
    }
    if state == AllocationState::Done {
        let student_id = Some(plan.student_id.clone());
        let query = AllocationQuery { student_id, limit: Some(api::limits::PAGE_MAX), ..AllocationQuery::default() };
        wished.outcomes = there(client.allocation_outcomes(period, &query).await)?.map(|page| page.items);
    }
    Ok(Some(wished))
}

fn there<T>(found: Result<T, Error>) -> Result<Option<T>, Failure> {
    match found {
        Err(error) if error.status() == Some(401) => Err(Failure::LoginNeeded),
        found => Ok(found.ok()),
    }
}

/// Leaves out what the page says itself while seats are not given yet.
pub(super) fn leave_out(plan: Option<&mut Plan>, offers: &mut [Choice]) {
    let plan = plan.into_iter().map(|plan| &mut plan.refusals);
    let offers = offers.iter_mut().map(|offer| &mut offer.refusals);
    for refusals in plan.chain(offers) {
        refusals.retain(|refusal| !refusal.reason.starts_with(OF_ALLOCATION));
    }
}

/// The list of wishes.
pub struct WishCard {
    /// `3 dari 30 pilihan`.
    pub count: String,
    /// Until when it may be changed; empty when no window is known.
    pub until: String,
    /// How many SKS may be given at most, and why.
    pub ceiling: String,
    /// Why it cannot be changed now; empty when it can.
    pub refusals: Vec<Reason>,
    /// In order.
    pub lines: Vec<WishLine>,
    /// The form around the list; none while nothing may change.
    pub form: Option<WishesForm>,
    /// `Pilihan (3)`.
    pub jump: String,
}

/// The form around the list of wishes.
pub struct WishesForm {
    /// Where it is sent.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Hidden,
    /// The version that is shown.
    pub version: i64,
}

/// A wish.
pub struct WishLine {
    /// Id of the class.
    pub id: String,
    /// Rank.
    pub rank: u32,
    /// Course and class.
    pub title: String,
    /// The same for the ear.
    pub label: String,
    /// Days, hours, SKS.
    pub detail: String,
    /// `52 memilih, 40 kursi`.
    pub demand: String,
    /// How that is meant.
    pub tone: &'static str,
    /// Why it would not be given as things are.
    pub reasons: Vec<Reason>,
    /// It can be moved up.
    pub up: bool,
    /// It can be moved down.
    pub down: bool,
}

impl WishCard {
    /// The list; none when seats have been given.
    #[must_use]
    pub fn of(visit: &Visit, plan: &Plan, wished: &Wished, filter: &Filter) -> Option<Part<Self>> {
        let lang = visit.lang;
        let Some(wishes) = &wished.wishes else {
            return Some(Part::Down(Missing {
                heading: lang.t("wishes-title"),
                title: lang.t("down-wishes"),
                text: lang.t("down-wishes.text"),
                retry: filter.href(filter.page),
            }));
        };
        is_open(wishes.allocation).then(|| Part::Ready(Self::new(visit, plan, wishes, filter)))
    }

    fn new(visit: &Visit, plan: &Plan, wishes: &Wishes, filter: &Filter) -> Self {
        let (lang, campus) = (visit.lang, &visit.app.campus);
        let running = wishes.allocation == AllocationState::Running;
        let editable = wishes.refusals.is_empty() && !running;
        let count = Vars::new().count("count", long(wishes.wishes.len()));
        let until = plan.window.as_ref().filter(|_| editable).map(|window| {
            let date = campus.date_time(lang, campus.last_moment(window.closes_at));
            lang.with("wishes-until", &Vars::new().text("date", date))
        });
        let said = |refusal: &&api::Refusal| {
            let above = plan.refusals.iter().any(|other| other.reason == refusal.reason);
            let shown = running && refusal.reason.starts_with(OF_ALLOCATION);
            !above && !shown
        };
        let own: Vec<_> = wishes.refusals.iter().filter(said).cloned().collect();
        let form = editable.then(|| WishesForm {
            action: address(&plan.period_code),
            hidden: Hidden::new(visit.form_token()).back(format!("{}#pilihan", filter.href(filter.page))),
            version: wishes.version,
        });
        let last = wishes.wishes.len();
        Self {
            jump: lang.with("wishes-jump", &count),
            count: lang.with("wishes-count", &count.count("limit", wishes.limit)),
            until: until.unwrap_or_default(),
            ceiling: Ceiling::new(lang, plan).why,
            refusals: reasons::sentences(lang, campus, &own),
            lines: wishes.wishes.iter().enumerate().map(|(n, wish)| line(visit, plan, wish, n, last)).collect(),
            form,
        }
    }
}

fn line(visit: &Visit, plan: &Plan, wish: &Wish, n: usize, all: usize) -> WishLine {
    let (lang, class) = (visit.lang, &wish.class);
    let credits = lang.with("credits", &Vars::new().count("credits", class.course.credits));
    // What stands in the way of everything is said once, above.
    let general = |refusal: &&api::Refusal| plan.refusals.iter().any(|other| other.reason == refusal.reason);
    let own: Vec<_> = wish.refusals.iter().filter(|refusal| !general(refusal)).cloned().collect();
    let demand = Vars::new().count("wishers", wish.wishers).count("capacity", class.capacity);
    WishLine {
        id: class.id.clone(),
        rank: wish.rank,
        title: class_label(lang, class),
        label: spoken_label(lang, class),
        detail: format!("{} · {credits}", meetings(lang, class).join(", ")),
        demand: lang.with("wish-demand", &demand),
        tone: if wish.wishers > class.capacity { Tone::Wait } else { Tone::Mute }.class(),
        reasons: reasons::sentences(lang, &visit.app.campus, &named(lang, plan, &own)),
        up: n > 0,
        down: n + 1 < all,
    }
}

fn long(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where a changed wish is sent.
#[must_use]
pub fn address(period: &str) -> String {
    with_query("/krs/pilihan", &[("periode", period)])
}

/// How far the giving of seats is.
pub struct Sharing {
    /// `412 dari 812 mahasiswa selesai, putaran 3`.
    pub text: String,
    /// The bar.
    pub meter: Meter,
    /// Where one looks.
    pub href: String,
    /// Seconds until the next look.
    pub look: i64,
}

impl Sharing {
    /// How far it is; none unless it runs.
    #[must_use]
    pub fn of(visit: &Visit, period: &str, wished: &Wished) -> Option<Self> {
        if wished.state() != AllocationState::Running {
            return None;
        }
        Some(Self::new(visit, period, wished.allocation.as_ref()))
    }

    fn new(visit: &Visit, period: &str, allocation: Option<&Allocation>) -> Self {
        let (settled, students) = allocation.map_or((0, 0), |found| (found.settled, found.students));
        Self {
            text: allocation.map(|found| progress(visit, found)).unwrap_or_default(),
            meter: Meter::new(settled, students),
            href: with_query("/krs/pembagian", &[("periode", period)]),
            look: LOOK,
        }
    }

    /// Seconds after which a browser without scripts loads the page again.
    #[must_use]
    pub fn reload(&self) -> i64 {
        self.look * 2
    }
}

/// `412 dari 812 mahasiswa selesai, putaran 3`.
#[must_use]
pub fn progress(visit: &Visit, allocation: &Allocation) -> String {
    let vars = Vars::new().count("settled", allocation.settled).count("students", allocation.students);
    visit.lang.with("sharing-progress", &vars.count("round", allocation.round.max(1)))
}

/// `krs_sharing.html`: the card alone.
#[derive(Template)]
#[template(path = "krs_sharing.html")]
pub struct SharingPart {
    /// For texts and icons.
    pub f: Frame,
    /// The card.
    pub sharing: Sharing,
}

/// `GET /krs/pembagian`: the card again, for a page that waits. When seats have been given the whole page is loaded.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn look(visit: Visit, Query(period): Query<InPeriod>) -> Result<Response, Failure> {
    visit.user()?.student_id().ok_or(Failure::Forbidden)?;
    let back = with_query("/krs", &[("periode", &period.periode)]);
    if !visit.htmx {
        return Ok(visit.see(&back));
    }
    let allocation = there(visit.client().allocation(&period.periode).await)?;
    if allocation.as_ref().is_some_and(|found| found.state != AllocationState::Running) {
        return Ok(visit.see(&back));
    }
    // Nobody answers: it goes on all the same, and is looked at again.
    let sharing = Sharing::new(&visit, &period.periode, allocation.as_ref());
    Ok(visit.page(&SharingPart { f: visit.frame(visit.t("krs-title"), Layout::Task, "/krs"), sharing }))
}

/// What a button does to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Add,
    Remove,
    Up,
    Down,
}

impl Edit {
    /// Reads `naik:<class>`.
    fn read(button: &str) -> Option<(Self, &str)> {
        let (verb, class) = button.split_once(':')?;
        let edit = match verb {
            "tambah" => Self::Add,
            "hapus" => Self::Remove,
            "naik" => Self::Up,
            "turun" => Self::Down,
            _ => return None,
        };
        (!class.is_empty()).then_some((edit, class))
    }

    /// The list afterwards; none when it is so already.
    fn apply(self, ids: &[String], class: &str) -> Option<Vec<String>> {
        let at = ids.iter().position(|id| id == class);
        let mut ids = ids.to_vec();
        match (self, at) {
            (Self::Add, None) => ids.push(class.to_owned()),
            (Self::Remove, Some(at)) => {
                ids.remove(at);
            }
            (Self::Up, Some(at)) if at > 0 => ids.swap(at - 1, at),
            (Self::Down, Some(at)) if at + 1 < ids.len() => ids.swap(at, at + 1),
            _ => return None,
        }
        Some(ids)
    }
}

/// `POST /krs/pilihan`: adds, removes or moves one wish. The list of before stays when it was changed elsewhere in the
/// meantime; the page then shows that one, and what was pressed can be pressed again.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such period.
pub async fn change(visit: Visit, Query(of): Query<InPeriod>, posted: Posted) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let (period, lang) = (of.periode, visit.lang);
    let malformed = || Failure::Malformed(StatusCode::BAD_REQUEST);
    let (edit, class) = Edit::read(posted.get("tombol")).ok_or_else(malformed)?;
    let seen: i64 = posted.get("versi").parse().map_err(|_| malformed())?;
    let home = with_query("/krs", &[("periode", &period)]);
    let back = if posted.back().path() == "/krs" { posted.back() } else { Local::or_home(Some(&home)) };
    let now = match visit.client().wishes(&student, &period).await {
        Ok(wishes) => wishes,
        Err(error) => return refuse(&visit, &period, &posted, &back, error),
    };
    let ids: Vec<_> = now.wishes.iter().map(|wish| wish.class.id.clone()).collect();
    let Some(class_ids) = edit.apply(&ids, class) else {
        return Ok(visit.see(&place(edit, class, &back)));
    };
    if now.version != seen {
        return Ok(moved_on(&visit, &back));
    }
    match visit.client().put_wishes(&student, &period, seen, &WishesInput { class_ids }).await {
        Ok(wishes) => {
            let found = wishes.wishes.iter().chain(&now.wishes).find(|wish| wish.class.id == class);
            let rank = wishes.wishes.iter().find(|wish| wish.class.id == class).map(|wish| wish.rank);
            let name = found.map(|wish| class_label(lang, &wish.class)).unwrap_or_default();
            let vars = Vars::new().text("class", name);
            let title = match rank {
                Some(rank) => lang.with("wish-ranked", &vars.count("rank", rank)),
                None => lang.with("wish-removed", &vars),
            };
            visit.flash(Tone::Ok, title, "");
            Ok(visit.see(&place(edit, class, &back)))
        }
        Err(error) if error.status() == Some(412) => Ok(moved_on(&visit, &back)),
        Err(error) => refuse(&visit, &period, &posted, &back, error),
    }
}

/// Where one goes on: at the class that was moved or added.
fn place(edit: Edit, class: &str, back: &Local) -> String {
    match edit {
        Edit::Up | Edit::Down => back.at(&format!("w-{class}")),
        Edit::Add | Edit::Remove => back.as_str().to_owned(),
    }
}

fn moved_on(visit: &Visit, back: &Local) -> Response {
    visit.flash(Tone::Wait, visit.t("wishes-moved-on"), visit.t("wishes-moved-on.text"));
    visit.see(&back.at("kabar"))
}

/// What is said to a "no".
fn refuse(visit: &Visit, period: &str, posted: &Posted, back: &Local, error: Error) -> Result<Response, Failure> {
    if let Some(seconds) = busy::seconds(&error) {
        return Ok(busy::answer(visit, &address(period), period, posted, seconds));
    }
    let note: Note = refused(visit, error, "wishes-refused", "down-krs-act")?;
    let said = note.items.iter().map(Reason::whole).chain([note.text]);
    let said: Vec<_> = said.collect();
    visit.flash(note.tone, note.title, said.join(" ").trim());
    Ok(visit.see(&back.at("kabar")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(button: &str, ids: &[&str]) -> Option<Vec<String>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        let (edit, class) = Edit::read(button).unwrap();
        edit.apply(&ids, class)
    }

    #[test]
    fn a_button_moves_one_wish_by_one_place() {
        assert_eq!(after("naik:c", &["a", "b", "c"]).unwrap(), ["a", "c", "b"]);
        assert_eq!(after("turun:a", &["a", "b", "c"]).unwrap(), ["b", "a", "c"]);
        assert_eq!(after("tambah:d", &["a"]).unwrap(), ["a", "d"]);
        assert_eq!(after("hapus:a", &["a"]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        for button in ["naik:a", "turun:b", "tambah:a", "hapus:x", "naik:x"] {
            assert_eq!(after(button, &["a", "b"]), None, "{button}");
        }
    }

    #[test]
    fn a_button_that_is_none_of_ours_is_refused() {
        for button in ["", "naik", "naik:", "buang:a"] {
            assert_eq!(Edit::read(button), None, "{button}");
        }
    }
}
