//! A plan that can be read but not changed: handed in, approved, locked.

use api::{Page, Plan, PlanDeed, PlanState, PlanStep};
use askama::Template;

use super::allocated::Allocated;
use super::panel::{self, Ceiling, timetable};
use super::revise::{self, ReviseForm};
use super::state::{badge, is_in_time, named, steps};
use super::table::{TableRow, rows};
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::history::{self, History};
use crate::pages::home::Step;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Badge, Frame, Hidden, Layout, Note, Part, Reason, Timetable, Tone};
use crate::visit::Visit;

/// `krs_submitted.html`.
#[derive(Template)]
#[template(path = "krs_submitted.html")]
pub struct SubmittedPage {
    /// Frame.
    pub f: Frame,
    /// Period and window.
    pub line: String,
    /// The line of states.
    pub steps: Vec<Step>,
    /// What the state means, what is to be known.
    pub notes: Vec<Note>,
    /// State.
    pub badge: Badge,
    /// `Rencana studi: 20 dari 24 SKS`.
    pub title: String,
    /// Why the ceiling is what it is.
    pub why: String,
    /// Classes.
    pub rows: Vec<TableRow>,
    /// The timetable.
    pub week: Timetable,
    /// What became of the wishes, where seats were given by them.
    pub allocated: Option<Part<Allocated>>,
    /// What happened.
    pub history: Part<History>,
    /// The form that takes it back.
    pub withdraw: Option<WithdrawForm>,
    /// The form that opens it for changes.
    pub revise: Option<ReviseForm>,
    /// The page to print.
    pub card: Option<String>,
    /// `20 dari 24 SKS`.
    pub sum: String,
    /// `7 mata kuliah`.
    pub count: String,
}

/// The form that takes a plan back.
pub struct WithdrawForm {
    /// Hidden fields.
    pub hidden: Hidden,
    /// Period.
    pub period: String,
    /// Version that was shown.
    pub version: i64,
}

/// Makes the page of what was fetched.
#[must_use]
pub fn page(visit: &Visit, plan: &Plan, happened: Option<&Page<PlanStep>>) -> SubmittedPage {
    let lang = visit.lang;
    let sum = panel::sum(lang, plan);
    let count = Vars::new().count("count", i64::try_from(plan.items.len()).unwrap_or_default());
    let approved = matches!(plan.state, PlanState::Approved | PlanState::Revising | PlanState::Locked);
    let retry = with_query("/krs", &[("periode", &plan.period_code)]);
    SubmittedPage {
        allocated: None,
        f: visit.frame(visit.t("krs-title"), Layout::App, "/krs"),
        line: super::head(visit, plan),
        steps: steps(visit, plan),
        notes: notes(visit, plan, happened),
        badge: badge(lang, plan.state),
        title: lang.with("plan-title", &Vars::new().text("sum", sum.clone())),
        why: Ceiling::new(lang, plan).why,
        rows: rows(lang, plan),
        week: timetable(lang, plan, &[]),
        history: history::part(visit, happened, &retry),
        withdraw: (plan.state == PlanState::Submitted && is_in_time(plan)).then(|| WithdrawForm {
            hidden: Hidden::new(visit.form_token()).key(random_word()),
            period: plan.period_code.clone(),
            version: plan.version,
        }),
        revise: revise::form(visit, plan),
        card: approved.then(|| with_query("/krs/kartu", &[("periode", &plan.period_code)])),
        sum,
        count: lang.with("krs-courses", &count),
    }
}

/// Why the office made the plan void.
fn void_reason(plan: &Plan, happened: Option<&Page<PlanStep>>) -> Option<String> {
    let voided = happened.filter(|_| plan.state == PlanState::Void)?.items.iter();
    voided.filter(|step| step.deed == PlanDeed::Void).max_by_key(|step| step.version)?.note.clone()
}

fn notes(visit: &Visit, plan: &Plan, happened: Option<&Page<PlanStep>>) -> Vec<Note> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let (tone, key) = match plan.state {
        PlanState::Submitted => (Tone::Wait, "plan-submitted-note"),
        PlanState::Approved | PlanState::Revising => (Tone::Ok, "plan-approved-note"),
        PlanState::Locked => (Tone::Ok, "plan-locked-note"),
        _ => (Tone::Mute, "plan-void-note"),
    };
    let advisor = plan.advisor_name.as_ref();
    let vars = || advisor.iter().fold(Vars::new(), |vars, name| vars.text("advisor", (*name).clone()));
    let title = lang.try_with(key, &vars()).unwrap_or_else(|| lang.t(&format!("{key}.bare")));
    let over = plan.state == PlanState::Submitted && !is_in_time(plan);
    let text = match plan.state {
        PlanState::Submitted if over => "plan-submitted-note.over".to_owned(),
        PlanState::Approved if plan.revision_window.is_some() => "plan-approved-note.window".to_owned(),
        _ => format!("{key}.text"),
    };
    let mut notes = vec![Note::new(tone, title, lang.t(&text))];
    if plan.state == PlanState::Submitted {
        notes[0].icon = "hourglass";
    }
    if let Some(detail) = void_reason(plan, happened) {
        notes[0].items.push(Reason { title: lang.t("plan-void-reason"), detail });
    }
    notes.extend(revise::note(visit, plan));
    // A hold or a status that changed after it was handed in is said; the window may be over by then.
    let over = |refusal: &api::Refusal| ["krs-", "revision-"].iter().any(|of| refusal.reason.starts_with(of));
    let blocking: Vec<_> = named(lang, plan, &plan.refusals).into_iter().filter(|refusal| !over(refusal)).collect();
    if !blocking.is_empty() {
        let mut note = Note::new(Tone::Bad, lang.t("plan-now-blocked"), lang.t("plan-now-blocked.text"));
        note.items = reasons::sentences(lang, campus, &blocking);
        notes.push(note);
    }
    if !plan.flags.is_empty() {
        let mut note = Note::new(Tone::Info, lang.t("krs-flags"), String::new());
        note.items = reasons::sentences(lang, campus, &named(lang, plan, &plan.flags));
        notes.push(note);
    }
    notes
}
