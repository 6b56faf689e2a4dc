//! What happened to a plan, as its student and its advisor read it.

use api::{Page, PageQuery, PlanActor, PlanDeed, PlanStep};

use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::pages::krs::state::when;
use crate::reasons;
use crate::view::Part;
use crate::visit::Visit;

/// Steps that are shown at most; what is older is said to be left out.
const STEPS: u32 = 100;

/// What happened to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Lines, latest first.
    pub lines: Vec<HistoryLine>,
    /// Whether older ones are left out.
    pub cut: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// What.
    pub text: String,
    /// Who; may be empty.
    pub who: String,
    /// When.
    pub when: String,
    /// A note of the advisor; may be empty.
    pub note: String,
}

/// Fetches the steps of a plan. That they are missing is a part missing, not the page.
///
/// # Errors
///
/// When the person is not logged in any more, or may not read them.
pub async fn fetch(visit: &Visit, student: &str, period: &str) -> Result<Option<Page<PlanStep>>, Failure> {
    let query = PageQuery { limit: Some(STEPS), cursor: None };
    match visit.client().plan_steps(student, period, &query).await.map_err(Failure::from) {
        Ok(page) => Ok(Some(page)),
        Err(Failure::LoginNeeded) => Err(Failure::LoginNeeded),
        Err(_) => Ok(None),
    }
}

/// Makes the lines of what was fetched; `None` when nothing could be.
#[must_use]
pub fn part(visit: &Visit, steps: Option<&Page<PlanStep>>, retry: &str) -> Part<History> {
    let lang = visit.lang;
    match steps {
        Some(page) => Part::Ready(History {
            lines: page.items.iter().map(|step| line(visit, step)).collect(),
            cut: page.next_cursor.is_some(),
        }),
        None => Part::Down(crate::view::Missing {
            heading: lang.t("history-title"),
            title: lang.t("down-history"),
            text: lang.t("down-history.text"),
            retry: retry.to_owned(),
        }),
    }
}

fn line(visit: &Visit, step: &PlanStep) -> HistoryLine {
    let lang = visit.lang;
    let actor = actor(lang, step.actor);
    let who = match step.actor_name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} · {actor}"),
        None => actor,
    };
    let note = step.note.clone().unwrap_or_default();
    let note = if step.deed == PlanDeed::Pass { passed(visit, &note) } else { note };
    HistoryLine { text: deed(lang, step), who, when: when(visit, step.at), note }
}

/// Why a turn on a waiting list passed: the note holds reason words.
fn passed(visit: &Visit, words: &str) -> String {
    let facts = reasons::Facts::new();
    let words = words.split([',', ';', ' ']).filter(|word| !word.is_empty());
    let said: Vec<_> = words.map(|word| reasons::sentence(visit.lang, &visit.app.campus, word, &facts).title).collect();
    if said.is_empty() {
        return String::new();
    }
    visit.lang.with("deed-note", &Vars::new().text("reasons", said.join(" ")))
}

fn deed(lang: Lang, step: &PlanStep) -> String {
    let key = match step.deed {
        PlanDeed::Open => "deed-open",
        PlanDeed::Add => "deed-add",
        PlanDeed::Drop => "deed-drop",
        PlanDeed::Submit => "deed-submit",
        PlanDeed::Withdraw => "deed-withdraw",
        PlanDeed::Approve => "deed-approve",
        PlanDeed::Return => "deed-return",
        PlanDeed::Lock => "deed-lock",
        PlanDeed::Import => "deed-import",
        PlanDeed::Swap => "deed-swap",
        PlanDeed::Revise => "deed-revise",
        PlanDeed::Void => "deed-void",
        PlanDeed::Package => "deed-package",
        PlanDeed::Join => "deed-join",
        PlanDeed::Leave => "deed-leave",
        PlanDeed::Promote => "deed-promote",
        PlanDeed::Pass => "deed-pass",
        PlanDeed::Expire => "deed-expire",
        PlanDeed::Allocate => "deed-allocate",
    };
    let vars = step.class_label.iter().fold(Vars::new(), |vars, class| vars.text("class", class.replace(" > ", " → ")));
    lang.try_with(key, &vars).unwrap_or_else(|| lang.t(&format!("{key}.bare")))
}

fn actor(lang: Lang, actor: PlanActor) -> String {
    lang.t(match actor {
        PlanActor::Student => "role-student",
        PlanActor::Advisor => "actor-advisor",
        PlanActor::Registrar => "role-registrar",
        PlanActor::Import => "actor-import",
        PlanActor::Delegate => "actor-delegate",
        PlanActor::System => "actor-system",
    })
}
