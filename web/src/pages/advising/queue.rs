//! Whose plans wait, and how far the others are.

use api::{Period, PlanQuery, PlanQueue, PlanRow, PlanState, Refusal};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{desk, period_of, periods};
use crate::error::Failure;
use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::krs::state;
use crate::reasons;
use crate::session::User;
use crate::session::random_word;
use crate::view::{Badge, Choice, Frame, Hidden, Layout, Link, Missing, Part, Tone};
use crate::visit::Visit;

/// Rows of a page.
const ROWS: u32 = 30;

/// Flags that are shown of a row; the review names all.
const FLAGS: usize = 2;

/// Facts that are not known yet: worth a look, and no refusal.
const PENDING: [&str; 4] = ["hold-unknown", "results-unknown", "prerequisite-pending", "gpa-pending"];

/// Which plans are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Handed in.
    #[default]
    Waiting,
    /// Returned to the student.
    Returned,
    /// Approved.
    Approved,
    /// Locked.
    Locked,
    /// Being filled.
    Draft,
    /// Students without a plan.
    Without,
    /// Everybody.
    All,
}

impl Tab {
    const EVERY: [Self; 7] =
        [Self::Waiting, Self::Returned, Self::Approved, Self::Locked, Self::Draft, Self::Without, Self::All];

    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "menunggu",
            Self::Returned => "dikembalikan",
            Self::Approved => "disetujui",
            Self::Locked => "dikunci",
            Self::Draft => "draf",
            Self::Without => "belum",
            Self::All => "semua",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Waiting => "queue-waiting",
            Self::Returned => "queue-returned",
            Self::Approved => "queue-approved",
            Self::Locked => "queue-locked",
            Self::Draft => "queue-draft",
            Self::Without => "queue-without",
            Self::All => "queue-all",
        }
    }

    /// Message of the heading of its list.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Waiting => "queue-waiting.title",
            Self::Returned => "queue-returned.title",
            Self::Approved => "queue-approved.title",
            Self::Locked => "queue-locked.title",
            Self::Draft => "queue-draft.title",
            Self::Without => "queue-without.title",
            Self::All => "queue-all.title",
        }
    }

    fn state(self) -> Option<PlanState> {
        match self {
            Self::Waiting => Some(PlanState::Submitted),
            Self::Returned => Some(PlanState::Returned),
            Self::Approved => Some(PlanState::Approved),
            Self::Locked => Some(PlanState::Locked),
            Self::Draft => Some(PlanState::Draft),
            Self::Without | Self::All => None,
        }
    }
}

/// What the address says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Period; the active one when empty.
    pub period: String,
    /// Which plans.
    pub tab: Tab,
    /// Part of a name, or the beginning of a NIM.
    pub q: String,
    /// Also of students whom others advise, for those of the office who are lecturers too.
    pub all: bool,
    /// Where the page begins.
    pub cursor: String,
}

impl Filter {
    /// Reads the pairs of a query; what is not understood is left out.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
        let cut = |name: &str, max| get(name).chars().take(max).collect();
        Self {
            period: cut("periode", 5),
            tab: Tab::EVERY.into_iter().find(|tab| tab.word() == get("status")).unwrap_or_default(),
            q: cut("q", 100),
            all: get("lihat") == "semua",
            cursor: cut("kursor", 1024),
        }
    }

    /// The address of this list from this place on.
    #[must_use]
    pub fn href(&self, tab: Tab, cursor: &str) -> String {
        let status = if tab == Tab::default() { "" } else { tab.word() };
        let all = if self.all { "semua" } else { "" };
        let pairs =
            [("periode", self.period.as_str()), ("status", status), ("lihat", all), ("q", &self.q), ("kursor", cursor)];
        with_query("/perwalian", &pairs)
    }

    pub(super) fn query(&self, user: &User) -> PlanQuery {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        // A lecturer sees own advisees and those of who delegated, without being asked; those of the office see everybody.
        let own = user.account().lecturer_id.clone().filter(|_| user.is_lecturer() && user.is_office() && !self.all);
        PlanQuery {
            period: self.period.clone(),
            limit: Some(ROWS),
            cursor: some(&self.cursor),
            state: self.tab.state(),
            without_plan: self.tab == Tab::Without,
            advisor_id: own,
            programme_id: None,
            search: some(&self.q),
        }
    }
}

/// `plans.html`.
#[derive(Template)]
#[template(path = "plans.html")]
pub struct QueuePage {
    /// Frame.
    pub f: Frame,
    /// Period.
    pub line: String,
    /// The list.
    pub queue: Part<Queue>,
    /// The form above the list.
    pub tools: Tools,
    /// Ways on: delegations, what is left over.
    pub links: Vec<Link>,
}

/// The form above the list.
pub struct Tools {
    /// Words searched for.
    pub q: String,
    /// Which plans, for the form.
    pub status: &'static str,
    /// Periods to choose from.
    pub periods: Vec<Choice>,
    /// Own advisees or all; empty when there is no choice.
    pub scopes: Vec<Choice>,
}

/// A list of plans.
pub struct Queue {
    /// `Menunggu Anda`.
    pub title: String,
    /// `6 dari 30`.
    pub count: String,
    /// Tabs by state.
    pub tabs: Vec<QueueTab>,
    /// Rows.
    pub rows: Vec<QueueRow>,
    /// What is said when there are none.
    pub empty: String,
    /// The first page.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
    /// Approving several at once; none where nothing waits or the person decides nothing.
    pub bulk: Option<Bulk>,
}

/// The form that approves the plans that are chosen in a list.
#[derive(Clone)]
pub struct Bulk {
    /// Hidden fields.
    pub hidden: Hidden,
    /// Period.
    pub period: String,
    /// The page that lists all that have nothing to look at.
    pub all: String,
}

/// A tab with how many plans it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTab {
    /// Where to.
    pub href: String,
    /// `Menunggu 6`.
    pub text: String,
    /// Whether it is the chosen one.
    pub current: bool,
}

/// A student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The review.
    pub href: String,
    /// First letters of the name.
    pub initials: String,
    /// Name.
    pub name: String,
    /// NIM, SKS, IPK.
    pub meta: String,
    /// What to look at.
    pub badges: Vec<Badge>,
    /// Whether it is the one that is reviewed.
    pub current: bool,
    /// What choosing it sends: whose plan, and the version that is shown; empty where nothing can be chosen.
    pub pick: String,
}

/// What was fetched for the page.
pub(crate) struct Fetched {
    pub(crate) periods: Vec<Period>,
    pub(crate) queue: Result<PlanQueue, Failure>,
}

/// `GET /perwalian`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who advises nobody. A cursor of another filter leads to the first page.
pub async fn show(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    desk(&visit)?;
    let mut filter = Filter::read(&pairs);
    let periods = match periods(&visit).await {
        Err(failure) if !matches!(failure, Failure::Down) => return Err(failure),
        periods => periods,
    };
    filter.period = period_of(periods.as_deref().unwrap_or_default(), &filter.period);
    let queue = match &periods {
        _ if !filter.period.is_empty() => fetch(&visit, &filter).await,
        Ok(_) => Ok(PlanQueue { items: Vec::new(), next_cursor: None, counts: Vec::new() }),
        Err(_) => Err(Failure::Down),
    };
    let periods = periods.unwrap_or_default();
    if queue.as_ref().is_err_and(|failure| matches!(failure, Failure::Malformed(_))) && !filter.cursor.is_empty() {
        return Ok(visit.see(&filter.href(filter.tab, "")));
    }
    match &queue {
        Err(Failure::Malformed(_)) => Err(Failure::NotFound),
        Err(failure) if !matches!(failure, Failure::Down) => Err(failure.clone()),
        found => {
            let status = if found.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            Ok(visit.page_with(status, &page(&visit, &filter, &Fetched { periods, queue })))
        }
    }
}

/// One page of the list. A filter that is refused is said as such.
pub(super) async fn fetch(visit: &Visit, filter: &Filter) -> Result<PlanQueue, Failure> {
    let user = visit.user()?;
    visit.client().plans(&filter.query(user)).await.map_err(|error| match error.status() {
        Some(400) => Failure::Malformed(StatusCode::BAD_REQUEST),
        _ => Failure::from(error),
    })
}

/// Makes the page of what was fetched.
pub(crate) fn page(visit: &Visit, filter: &Filter, fetched: &Fetched) -> QueuePage {
    let lang = visit.lang;
    let user = visit.session.user.as_ref();
    let both = user.is_some_and(|user| user.is_lecturer() && user.is_office());
    let scope = if filter.all { "semua" } else { "" };
    let scopes = [Choice::new("", lang.t("queue-own"), scope), Choice::new("semua", lang.t("queue-everybody"), scope)];
    let period = |period: &Period| Choice::new(&period.code, format::period(lang, &period.code), &filter.period);
    QueuePage {
        f: visit.frame(visit.t("queue-title"), Layout::App, "/perwalian"),
        line: format::period(lang, &filter.period),
        queue: part(visit, filter, fetched.queue.as_ref().ok(), ""),
        links: links(visit, filter),
        tools: Tools {
            q: filter.q.clone(),
            status: if filter.tab == Tab::default() { "" } else { filter.tab.word() },
            periods: fetched.periods.iter().map(period).collect(),
            scopes: if both { scopes.into() } else { Vec::new() },
        },
    }
}

fn links(visit: &Visit, filter: &Filter) -> Vec<Link> {
    let Some(user) = visit.session.user.as_ref() else { return Vec::new() };
    let mut links = Vec::new();
    if user.is_lecturer() || user.is_registrar() {
        links.push(Link { href: super::delegations::PATH.into(), text: visit.t("delegations-title") });
    }
    if user.is_registrar() {
        let href = with_query(super::leftovers::PATH, &[("periode", &filter.period)]);
        links.push(Link { href, text: visit.t("leftovers-short") });
    }
    links
}

/// Makes the list of what was fetched; `student` is the one that is reviewed.
pub(super) fn part(visit: &Visit, filter: &Filter, found: Option<&PlanQueue>, student: &str) -> Part<Queue> {
    let lang = visit.lang;
    match found {
        Some(found) => {
            let mut queue = queue(lang, &visit.app.campus, filter, found, student);
            offer_bulk(visit, filter, found, student, &mut queue);
            Part::Ready(queue)
        }
        None => Part::Down(Missing {
            heading: lang.t("queue-title"),
            title: lang.t("down-queue"),
            text: lang.t("down-queue.text"),
            retry: filter.href(filter.tab, &filter.cursor),
        }),
    }
}

/// Boxes at the rows of those who wait, for whoever decides about them. Beside a review there are none.
fn offer_bulk(visit: &Visit, filter: &Filter, found: &PlanQueue, student: &str, queue: &mut Queue) {
    let decides = visit.session.user.as_ref().is_some_and(|user| user.is_lecturer() || user.is_registrar());
    if !decides || !student.is_empty() || filter.tab != Tab::Waiting || queue.rows.is_empty() {
        return;
    }
    for (row, item) in queue.rows.iter_mut().zip(&found.items) {
        row.pick = super::bulk::pick(item);
    }
    queue.bulk = Some(Bulk {
        hidden: Hidden::new(visit.form_token()).key(random_word()),
        period: filter.period.clone(),
        all: super::bulk::address(filter),
    });
}

fn queue(lang: Lang, campus: &Campus, filter: &Filter, found: &PlanQueue, student: &str) -> Queue {
    let all: u64 = found.counts.iter().map(|count| count.plans).sum();
    let counted = |tab: Tab| match tab {
        Tab::All => all,
        Tab::Without => of(found, PlanState::None),
        tab => tab.state().map_or(0, |state| of(found, state)),
    };
    let tab = |tab: Tab| QueueTab {
        href: filter.href(tab, ""),
        text: format!("{} {}", lang.t(tab.key()), counted(tab)),
        current: tab == filter.tab,
    };
    // A tab that has nothing to show is left out, but for what waits.
    let worth = |tab: &Tab| matches!(tab, Tab::Waiting | Tab::All) || counted(*tab) > 0 || filter.tab == *tab;
    let vars = Vars::new()
        .count("count", i64::try_from(counted(filter.tab)).unwrap_or(i64::MAX))
        .count("all", i64::try_from(all).unwrap_or(i64::MAX));
    let empty = match (filter.q.is_empty(), filter.tab) {
        (false, _) => "queue-empty-search",
        (true, Tab::Waiting) => "queue-empty-waiting",
        (true, _) => "queue-empty",
    };
    Queue {
        title: lang.t(filter.tab.title()),
        count: lang.with("queue-count", &vars),
        tabs: Tab::EVERY.into_iter().filter(worth).map(tab).collect(),
        rows: found.items.iter().map(|item| row(lang, campus, filter, item, student)).collect(),
        empty: lang.t(empty),
        first: (!filter.cursor.is_empty()).then(|| filter.href(filter.tab, "")),
        next: found.next_cursor.as_deref().map(|cursor| filter.href(filter.tab, cursor)),
        bulk: None,
    }
}

fn of(found: &PlanQueue, state: PlanState) -> u64 {
    found.counts.iter().filter(|count| count.state == state).map(|count| count.plans).sum()
}

pub(super) fn row(lang: Lang, campus: &Campus, filter: &Filter, item: &PlanRow, student: &str) -> QueueRow {
    let name = item.student_name.clone().unwrap_or_else(|| item.nim.clone());
    let mut meta = vec![item.nim.clone()];
    if item.state != PlanState::None {
        meta.push(lang.with("credits", &Vars::new().count("credits", item.credits)));
    }
    meta.extend(
        item.gpa_hundredths.map(|gpa| lang.with("queue-gpa", &Vars::new().text("gpa", format::hundredths(lang, gpa)))),
    );
    let mut badges: Vec<Badge> = item.flags.iter().take(FLAGS).map(|flag| flagged(lang, campus, flag)).collect();
    let more = item.flags.len().saturating_sub(FLAGS);
    if more > 0 {
        let vars = Vars::new().count("count", i64::try_from(more).unwrap_or(i64::MAX));
        badges.push(Badge { tone: Tone::Mute, icon: None, text: lang.with("queue-more-flags", &vars) });
    }
    if filter.tab == Tab::All {
        badges.insert(0, state::badge(lang, item.state));
    }
    QueueRow {
        href: super::review::address(&item.student_id, &filter.period),
        initials: format::initials(&name),
        name,
        meta: meta.join(" · "),
        badges,
        current: item.student_id == student,
        pick: String::new(),
    }
}

/// A flag in few words; its sentence when there are none.
fn flagged(lang: Lang, campus: &Campus, flag: &Refusal) -> Badge {
    let short = format!("flag-{}", flag.reason);
    let text = if lang.has(&short) {
        lang.t(&short)
    } else {
        reasons::sentence(lang, campus, &flag.reason, &flag.facts).title.trim_end_matches('.').to_owned()
    };
    let tone = if PENDING.contains(&flag.reason.as_str()) { Tone::Wait } else { Tone::Bad };
    Badge { tone, icon: None, text }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
