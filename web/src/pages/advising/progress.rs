//! How far a bulk approval is, and what became of each plan. It goes on whether anybody looks or not.

use api::{Approval, ApprovalOutcome, ApprovalState, Page, PageQuery};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;

use super::desk;
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::krs::state::when;
use crate::reasons;
use crate::view::{Badge, Frame, Layout, Meter, Missing, Part, Reason, Tone};
use crate::visit::Visit;

/// Outcomes of a page.
const ROWS: u32 = 100;

/// Seconds between two looks while it runs, at first and after a while.
const SOON: i64 = 1;
const LATER: i64 = 5;

/// Seconds after which one looks less often.
const LONG: i64 = 30;

/// `plans_progress.html`.
#[derive(Template)]
#[template(path = "plans_progress.html")]
pub struct ProgressPage {
    /// Frame.
    pub f: Frame,
    /// The list of plans.
    pub back: String,
    /// Period, and when it was started.
    pub line: String,
    /// This page.
    pub here: String,
    /// Seconds until the next look; none when it is done.
    pub look: Option<i64>,
    /// The bar.
    pub meter: Meter,
    /// `120 dari 300 selesai`.
    pub text: String,
    /// Approved, refused, open.
    pub counts: Vec<(String, String)>,
    /// What became of each plan.
    pub outcomes: Part<Vec<OutcomeRow>>,
    /// The first page of outcomes, when this is a later one.
    pub first: Option<String>,
    /// The next page of outcomes.
    pub next: Option<String>,
}

/// What became of a plan.
pub struct OutcomeRow {
    /// The review.
    pub href: String,
    /// Name.
    pub name: String,
    /// Student number.
    pub nim: String,
    /// Approved, refused, open.
    pub badge: Badge,
    /// Why not.
    pub reasons: Vec<Reason>,
}

/// Where the outcomes begin.
#[derive(Debug, Default, serde::Deserialize)]
pub struct From {
    /// Cursor.
    #[serde(default)]
    pub kursor: String,
}

/// Address of the page.
#[must_use]
pub fn address(id: &str) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/perwalian/massal/{id}")
}

/// `GET /perwalian/massal/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who advises nobody, or there is no such bulk approval for them.
pub async fn show(visit: Visit, Path(id): Path<String>, Query(from): Query<From>) -> Result<Response, Failure> {
    desk(&visit)?;
    let client = visit.client();
    let approval = client.approval(&id).await?;
    let cursor = Some(from.kursor.clone()).filter(|cursor| !cursor.is_empty());
    let query = PageQuery { limit: Some(ROWS), cursor };
    let outcomes = match client.approval_outcomes(&id, &query).await {
        Err(error) if error.status() == Some(401) => return Err(Failure::LoginNeeded),
        Err(error) if error.status() == Some(400) && query.cursor.is_some() => return Ok(visit.see(&address(&id))),
        outcomes => outcomes.ok(),
    };
    Ok(visit.page(&page(&visit, &approval, outcomes.as_ref(), &from.kursor)))
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(
    visit: &Visit,
    approval: &Approval,
    outcomes: Option<&Page<ApprovalOutcome>>,
    cursor: &str,
) -> ProgressPage {
    let lang = visit.lang;
    let done = approval.approved + approval.refused;
    let running = approval.state == ApprovalState::Running;
    let here = address(&approval.id);
    let age = visit.app.clock.now().duration_since(approval.started_at).as_secs();
    let vars = Vars::new().count("done", done).count("total", approval.total);
    let count = |key: &str, number: u32| (lang.t(key), number.to_string());
    let mut counts = vec![count("bulk-approved", approval.approved), count("bulk-not-approved", approval.refused)];
    if running {
        counts.push(count("bulk-open", approval.total.saturating_sub(done)));
    }
    let started = Vars::new().text("time", when(visit, approval.started_at));
    ProgressPage {
        f: visit.frame(visit.t("bulk-progress-title"), Layout::App, "/perwalian"),
        back: with_query("/perwalian", &[("periode", &approval.period_code)]),
        line: format!("{} · {}", format::period(lang, &approval.period_code), lang.with("bulk-started", &started)),
        look: running.then_some(if age < LONG { SOON } else { LATER }),
        meter: Meter::new(done, approval.total),
        text: lang.with(if running { "bulk-running" } else { "bulk-done" }, &vars),
        counts,
        outcomes: match outcomes {
            Some(page) => Part::Ready(page.items.iter().map(|one| row(visit, approval, one)).collect()),
            None => Part::Down(Missing {
                heading: lang.t("bulk-outcomes"),
                title: lang.t("down-outcomes"),
                text: lang.t("down-outcomes.text"),
                retry: here.clone(),
            }),
        },
        first: (!cursor.is_empty()).then(|| here.clone()),
        next: outcomes
            .and_then(|page| page.next_cursor.as_deref())
            .map(|cursor| with_query(&here, &[("kursor", cursor)])),
        here,
    }
}

fn row(visit: &Visit, approval: &Approval, outcome: &ApprovalOutcome) -> OutcomeRow {
    let lang = visit.lang;
    let (tone, icon, key) = match (outcome.done, outcome.refusals.is_empty()) {
        (false, _) => (Tone::Mute, "hourglass", "bulk-open"),
        (true, true) => (Tone::Ok, "check", "plan-badge-approved"),
        (true, false) => (Tone::Bad, "x", "bulk-not-approved"),
    };
    OutcomeRow {
        href: super::review::address(&outcome.student_id, &approval.period_code),
        name: outcome.name.clone().unwrap_or_else(|| outcome.nim.clone()),
        nim: outcome.nim.clone(),
        badge: Badge { tone, icon: Some(icon), text: lang.t(key) },
        reasons: reasons::sentences_about(lang, &visit.app.campus, &outcome.refusals),
    }
}
