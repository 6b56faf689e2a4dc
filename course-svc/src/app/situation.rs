//! Everything that the rules ask about one student's plan, and the plan as its page needs it.

use chassis::db::Tx;
use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Class, Period};
use crate::rules::Refusal;
use crate::rules::credits::{self, Ceiling, CreditPolicy};
use crate::rules::eligibility::{Holds, Standing};
use crate::rules::period::PeriodCode;
use crate::rules::plan::Facts;
use crate::rules::window::{self, Window, WindowKind};
use crate::store::{self, plans};

/// A student's plan in one period with all that decides about it, as of one transaction.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Whose.
    pub student_id: String,
    /// What the rules look at.
    pub facts: Facts,
    /// The plan's row; `None` while it was not opened.
    pub plan: Option<plans::Plan>,
    /// Classes in the plan and when their seats were taken.
    pub items: Vec<(Class, Timestamp)>,
}

/// Loads a situation. `plan` is the plan's row, locked by a writer or just read; the period must exist.
///
/// What was not locked may change until the commit: windows, status and holds are read as they are at this moment, which
/// is what a decision at this moment needs.
pub async fn load(
    tx: &mut Tx,
    policy: &CreditPolicy,
    student_id: &str,
    period: &Period,
    plan: Option<plans::Plan>,
    now: Timestamp,
) -> Result<Situation, Error> {
    let known = store::students::known_of(&mut *tx, student_id, period.code).await?;
    let holds = match store::students::holds_known(&mut *tx).await? {
        true => Holds::Known(store::students::holds(&mut *tx, student_id).await?),
        false => Holds::Unknown,
    };
    let items = items(tx, student_id, period.code).await?;
    let facts = Facts {
        now,
        period: period.code,
        state: period.state,
        gate: window::gate(&period.windows, WindowKind::Krs, &known.belongs, now),
        standing: Standing { status: known.status, exit_kind: known.exit_kind, holds },
        ceiling: credits::ceiling(policy, period.code, known.entry, known.last_gpa),
        plan: items.iter().map(|(class, _)| class.facts()).collect(),
    };
    Ok(Situation { student_id: student_id.to_owned(), facts, plan, items })
}

/// Classes of a plan with the moments when their seats were taken.
async fn items(tx: &mut Tx, student_id: &str, period: PeriodCode) -> Result<Vec<(Class, Timestamp)>, Error> {
    let rows = plans::items(&mut *tx, student_id, period).await?;
    let ids: Vec<_> = rows.iter().map(|item| item.class_id.clone()).collect();
    // Both are in order of class, and the foreign key says that none is missing.
    let classes = if ids.is_empty() { Vec::new() } else { store::classes::by_ids(tx, &ids).await? };
    Ok(classes.into_iter().zip(rows).map(|(class, item)| (class, item.taken_at.0)).collect())
}

/// A plan as its page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanView {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// Its row; `None` while it was not opened.
    pub plan: Option<plans::Plan>,
    /// Classes by day and hour, and when their seats were taken.
    pub items: Vec<(Class, Timestamp)>,
    /// SKS of the items.
    pub credits: u32,
    /// Ceiling.
    pub ceiling: Ceiling,
    /// The KRS window that is open for the student, else the next, else the last.
    pub window: Option<Window>,
    /// What stands in the way of any class now.
    pub refusals: Vec<Refusal>,
    /// What was not known and was decided in the student's favour.
    pub flags: Vec<Refusal>,
}

impl Situation {
    /// The plan as its page needs it.
    pub fn view(self) -> PlanView {
        let mut items = self.items;
        items.sort_by_key(|(class, _)| {
            let first = class.meetings.iter().map(|meeting| meeting.slot).min();
            // Classes without a meeting come last.
            (first.is_none(), first, class.label())
        });
        PlanView {
            student_id: self.student_id,
            period: self.facts.period,
            plan: self.plan,
            credits: self.facts.credits(),
            ceiling: self.facts.ceiling,
            window: self.facts.gate.window().cloned(),
            refusals: self.facts.general_refusals(),
            flags: self.facts.standing.flags(),
            items,
        }
    }
}
