//! Approving many plans at once: those that are chosen in the list, or all that have nothing to look at. Which they are is
//! shown before they are sent, each with the version that was read: one that changed since is not approved.

use api::{ApprovalInput, PlanQuery, PlanRef, PlanRow};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::queue::{Filter, QueueRow, row};
use super::{desk, period_of, periods};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::krs::submit::refused;
use crate::session::random_word;
use crate::view::{Frame, Hidden, Layout, Missing, Part, Tone};
use crate::visit::Visit;

/// The page that asks.
const PATH: &str = "/perwalian/massal";

/// Plans that may be sent at once.
pub const MOST: usize = 1000;

/// `plans_bulk.html`.
#[derive(Template)]
#[template(path = "plans_bulk.html")]
pub struct BulkPage {
    /// Frame.
    pub f: Frame,
    /// The list.
    pub back: String,
    /// Period.
    pub line: String,
    /// What can be approved; missing while its service is down.
    pub list: Part<BulkList>,
}

/// Plans that have nothing to look at.
pub struct BulkList {
    /// How many of how many.
    pub text: String,
    /// Said when there are more than can be sent at once; may be empty.
    pub cut: String,
    /// Plans.
    pub rows: Vec<QueueRow>,
    /// Hidden fields.
    pub hidden: Hidden,
    /// Period, for the form.
    pub period: String,
    /// `Setujui 12 KRS`.
    pub label: String,
}

/// What choosing a plan sends: whose, and the version that is shown.
#[must_use]
pub fn pick(row: &PlanRow) -> String {
    format!("{}:{}", row.student_id, row.version)
}

/// The plan that is meant; `None` when it is none of ours.
fn picked(text: &str) -> Option<PlanRef> {
    let (student, version) = text.rsplit_once(':')?;
    let version = version.parse().ok()?;
    (!student.is_empty()).then(|| PlanRef { student_id: student.to_owned(), version })
}

/// Address of the page for a filter of the list.
#[must_use]
pub fn address(filter: &Filter) -> String {
    let all = if filter.all { "semua" } else { "" };
    with_query(PATH, &[("periode", &filter.period), ("q", &filter.q), ("lihat", all)])
}

/// What was fetched: the rows that wait, and whether there are more.
pub(crate) type Waiting = (Vec<PlanRow>, bool);

/// `GET /perwalian/massal`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who advises nobody.
pub async fn ask(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    desk(&visit)?;
    let mut filter = Filter { cursor: String::new(), ..Filter::read(&pairs) };
    filter.tab = super::queue::Tab::Waiting;
    let found = match periods(&visit).await {
        Ok(periods) => {
            filter.period = period_of(&periods, &filter.period);
            fetch(&visit, &filter).await
        }
        Err(failure) => Err(failure),
    };
    match found {
        Ok(found) => Ok(visit.page(&page(&visit, &filter, Some(&found)))),
        Err(Failure::Down) => Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page(&visit, &filter, None))),
        Err(failure) => Err(failure),
    }
}

/// Every plan that waits under the filter, at most as many as may be sent.
async fn fetch(visit: &Visit, filter: &Filter) -> Result<Waiting, Failure> {
    let user = visit.user()?;
    let client = visit.client();
    let mut query = PlanQuery { limit: Some(api::limits::PAGE_MAX), ..filter.query(user) };
    let mut rows = Vec::new();
    loop {
        let page = client.plans(&query).await?;
        rows.extend(page.items);
        if page.next_cursor.is_none() || rows.len() >= MOST {
            let more = page.next_cursor.is_some() || rows.len() > MOST;
            rows.truncate(MOST);
            return Ok((rows, more));
        }
        query.cursor = page.next_cursor;
    }
}

/// Makes the page of what was fetched.
pub(crate) fn page(visit: &Visit, filter: &Filter, found: Option<&Waiting>) -> BulkPage {
    let lang = visit.lang;
    let f = visit.frame(visit.t("bulk-title"), Layout::Narrow, "/perwalian");
    let back = filter.href(filter.tab, "");
    let line = format::period(lang, &filter.period);
    let list = match found {
        Some((rows, more)) => Part::Ready(list(visit, filter, rows, *more)),
        None => Part::Down(Missing {
            heading: lang.t("bulk-title"),
            title: lang.t("down-queue"),
            text: lang.t("down-queue.text"),
            retry: address(filter),
        }),
    };
    BulkPage { f, back, line, list }
}

fn list(visit: &Visit, filter: &Filter, waiting: &[PlanRow], more: bool) -> BulkList {
    let lang = visit.lang;
    let plain: Vec<_> = waiting.iter().filter(|row| row.flags.is_empty()).collect();
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let vars = Vars::new().count("count", count(plain.len())).count("flagged", count(waiting.len() - plain.len()));
    let shown = |item: &&PlanRow| QueueRow { pick: pick(item), ..row(lang, &visit.app.campus, filter, item, "") };
    BulkList {
        text: lang.with(if plain.is_empty() { "bulk-none" } else { "bulk-text" }, &vars),
        cut: if more { lang.with("bulk-cut", &Vars::new().count("max", count(MOST))) } else { String::new() },
        rows: plain.iter().map(shown).collect(),
        hidden: Hidden::new(visit.form_token()).key(random_word()),
        period: filter.period.clone(),
        label: lang.t("bulk-approve"),
    }
}

/// `POST /perwalian/massal`: `pilih` names the plans.
///
/// # Errors
///
/// When nobody is logged in, or somebody who advises nobody.
pub async fn start(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    desk(&visit)?;
    let period = posted.get("periode");
    let chosen = posted.0.iter().filter(|(name, _)| name == "pilih");
    let plans: Vec<_> = chosen.filter_map(|(_, value)| picked(value)).collect();
    let back = with_query("/perwalian", &[("periode", period)]);
    if plans.is_empty() || plans.len() > MOST {
        let key = if plans.is_empty() { "bulk-choose" } else { "bulk-too-many" };
        visit.flash(Tone::Wait, visit.t(key), visit.t(&format!("{key}.text")));
        return Ok(visit.see(&back));
    }
    let input = ApprovalInput { period_code: period.to_owned(), plans, leftovers: false, programme_id: None };
    begin(&visit, &posted, &input, &back).await
}

/// Begins, and leads to the page that shows how far it is; a "no" is said on the page at `back`.
///
/// # Errors
///
/// When it is not the plans that stand in the way.
pub(super) async fn begin(
    visit: &Visit,
    posted: &Posted,
    input: &ApprovalInput,
    back: &str,
) -> Result<Response, Failure> {
    let client = match posted.key() {
        Some(key) => visit.client().idempotency_key(key),
        None => visit.client(),
    };
    match client.start_approval(input).await {
        Ok(approval) => Ok(visit.see(&super::progress::address(&approval.id))),
        Err(error) => {
            let note = refused(visit, error, "bulk-refused", "down-bulk")?;
            let said: Vec<_> = note.items.iter().map(crate::view::Reason::whole).chain([note.text.clone()]).collect();
            visit.flash(note.tone, note.title, said.join(" ").trim());
            Ok(visit.see(back))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_names_whose_plan_and_the_version_that_was_shown() {
        assert_eq!(picked("s1:3"), Some(PlanRef { student_id: "s1".into(), version: 3 }));
        for wrong in ["", "s1", ":3", "s1:", "s1:x"] {
            assert_eq!(picked(wrong), None, "{wrong:?}");
        }
    }
}
