//! Where a plan stands: the line of its states, and what stands between it and the next one.

use api::{Plan, PlanState, Refusal};

use super::panel::class_label;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::home::Step;
use crate::reasons;
use crate::view::{Badge, Reason, Tone};
use crate::visit::Visit;

/// Words that only say which state a plan is in: the page says so itself.
const OF_STATE: [&str; 4] = ["plan-submitted", "plan-approved", "plan-locked", "plan-void"];

/// Words that say nothing that the page does not show anyway.
const EMPTY: &str = "plan-empty";

/// Whether classes may be taken and given back in this state.
#[must_use]
pub fn is_editable(state: PlanState) -> bool {
    matches!(state, PlanState::None | PlanState::Draft | PlanState::Returned | PlanState::Revising)
}

/// Refusals without those that only name the state.
#[must_use]
pub fn beyond_state(refusals: &[Refusal]) -> Vec<Refusal> {
    refusals.iter().filter(|refusal| !OF_STATE.contains(&refusal.reason.as_str())).cloned().collect()
}

/// Refusals and flags of a plan as people read them: classes by the name of their course, not by its code.
#[must_use]
pub fn named(lang: Lang, plan: &Plan, refusals: &[Refusal]) -> Vec<Refusal> {
    let mut named = beyond_state(refusals);
    for refusal in &mut named {
        let id = refusal.facts.get("class_id").cloned();
        for (fact, id) in [("class", id), ("of", None)] {
            let Some(said) = refusal.facts.get_mut(fact) else { continue };
            let class = plan.items.iter().map(|item| &item.class);
            let found = class.into_iter().find(|class| Some(&class.id) == id.as_ref() || *said == code_label(class));
            if let Some(class) = found {
                *said = class_label(lang, class);
            }
        }
    }
    named
}

/// `IF3103 A`: how services name a class.
#[must_use]
pub fn code_label(class: &api::Class) -> String {
    format!("{} {}", class.course.code, class.name)
}

/// Whether the period and its window let the student change or take back anything.
#[must_use]
pub fn is_in_time(plan: &Plan) -> bool {
    const OF_TIME: [&str; 7] = [
        "period-not-active",
        "krs-not-open-yet",
        "krs-closed",
        "krs-no-window",
        "revision-not-open",
        "revision-closed",
        "revision-no-window",
    ];
    plan.refusals.iter().all(|refusal| !OF_TIME.contains(&refusal.reason.as_str()))
}

/// The state as a badge.
#[must_use]
pub fn badge(lang: Lang, state: PlanState) -> Badge {
    let (tone, icon, key) = match state {
        PlanState::None => (Tone::Mute, "info", "plan-badge-none"),
        PlanState::Draft => (Tone::Info, "pencil", "plan-badge-draft"),
        PlanState::Submitted => (Tone::Wait, "hourglass", "plan-badge-submitted"),
        PlanState::Returned => (Tone::Wait, "undo-2", "plan-badge-returned"),
        PlanState::Approved => (Tone::Ok, "check", "plan-badge-approved"),
        PlanState::Revising => (Tone::Info, "pencil", "plan-badge-revising"),
        PlanState::Locked => (Tone::Ok, "lock", "plan-badge-locked"),
        PlanState::Void => (Tone::Mute, "x", "plan-badge-void"),
    };
    Badge { tone, icon: Some(icon), text: lang.t(key) }
}

/// Filled, submitted, approved; empty for a plan that counts for nothing any more.
#[must_use]
pub fn steps(visit: &Visit, plan: &Plan) -> Vec<Step> {
    let lang = visit.lang;
    let step = |state, key: &str, detail| Step { state, text: lang.t(key), detail };
    let advisor = plan.advisor_name.as_deref().map(format::short_name).unwrap_or_default();
    let count = Vars::new().count("count", i64::try_from(plan.items.len()).unwrap_or_default());
    let courses = lang.with("krs-courses", &count);
    let changed = plan.changed_at.map(|moment| when(visit, moment)).unwrap_or_default();
    match plan.state {
        PlanState::None | PlanState::Draft | PlanState::Returned | PlanState::Revising => {
            let first = match plan.state {
                PlanState::Returned => "plan-step-returned",
                PlanState::Revising => "plan-step-revising",
                _ => "plan-step-draft",
            };
            vec![
                step("now", first, saved(visit, plan)),
                step("", "plan-step-submit", lang.t("plan-step-to-advisor")),
                step("", "plan-step-approve", advisor),
            ]
        }
        PlanState::Submitted => vec![
            step("did", "plan-step-draft", courses),
            step("now", "plan-step-submit", changed),
            step("", "plan-step-approve", advisor),
        ],
        PlanState::Approved | PlanState::Locked => {
            let last = if plan.state == PlanState::Locked { "plan-step-locked" } else { "plan-step-approve" };
            vec![
                step("did", "plan-step-draft", courses),
                step("did", "plan-step-submit", lang.t("plan-step-to-advisor")),
                step("did", last, changed),
            ]
        }
        PlanState::Void => Vec::new(),
    }
}

/// `13 Agustus, 09.05`.
#[must_use]
pub fn when(visit: &Visit, moment: jiff::Timestamp) -> String {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    format!("{}, {}", campus.short_date(lang, moment), campus.time(lang, moment))
}

/// `Tersimpan 09.05`, or that nothing is yet.
#[must_use]
pub fn saved(visit: &Visit, plan: &Plan) -> String {
    let lang = visit.lang;
    match plan.changed_at.filter(|_| !plan.items.is_empty()) {
        Some(moment) => lang.with("krs-saved", &Vars::new().text("time", visit.app.campus.time(lang, moment))),
        None => lang.t("krs-step-not-begun"),
    }
}

/// What the bar below the plan says about handing it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The page that asks once more; none while it would be refused.
    pub href: Option<String>,
    /// Why it would be refused; what the page says already, and an empty plan, are left out.
    pub reasons: Vec<Reason>,
    /// A short sentence for the bar.
    pub hint: String,
}

impl Submission {
    /// Of a plan.
    #[must_use]
    pub fn new(lang: Lang, campus: &format::Campus, plan: &Plan) -> Self {
        let said = |refusal: &&Refusal| {
            // Nothing is there yet to hand in: the page says what to do, not which state that is.
            let unopened = plan.items.is_empty() && refusal.reason == "plan-state";
            unopened || refusal.reason == EMPTY || plan.refusals.iter().any(|general| general.reason == refusal.reason)
        };
        let own: Vec<_> = plan.submit_refusals.iter().filter(|refusal| !said(refusal)).cloned().collect();
        let reasons = reasons::sentences(lang, campus, &named(lang, plan, &own));
        let possible = plan.submit_refusals.is_empty() && is_editable(plan.state);
        let empty = plan.items.is_empty();
        let hint = match (possible, empty) {
            (true, _) => lang.t("submit-hint"),
            (false, true) => lang.t("submit-hint-empty"),
            (false, false) => lang.t("submit-hint-not"),
        };
        Self { href: possible.then(|| ask_address(plan)), reasons, hint }
    }
}

/// The page that asks before a plan is handed in.
#[must_use]
pub fn ask_address(plan: &Plan) -> String {
    with_query("/krs/ajukan", &[("periode", &plan.period_code)])
}
