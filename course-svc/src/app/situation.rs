//! Everything that the rules ask about students' plans, and a plan as its page needs it.

use std::collections::HashMap;

use chassis::db::Tx;
use jiff::Timestamp;

use crate::app::rulebook::Rulebook;
use crate::error::Error;
use crate::model::{Class, Period};
use crate::rules::Refusal;
use crate::rules::credits::{self, Ceiling, Gpa};
use crate::rules::eligibility::{Holds, Standing};
use crate::rules::period::PeriodCode;
use crate::rules::plan::{self, Facts};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::prerequisite::{Earlier, Studies};
use crate::rules::record::Record;
use crate::rules::window::{self, Window, WindowKind};
use crate::store::students::Known;
use crate::store::{self, plans};

/// A student's plan in one period with all that decides about it, as of one transaction.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Whose.
    pub student_id: String,
    /// Who that is.
    pub known: Known,
    /// What the rules look at.
    pub facts: Facts,
    /// The plan's row; `None` while it was not opened.
    pub plan: Option<plans::Plan>,
    /// Classes in the plan and when their seats were taken.
    pub items: Vec<(Class, Timestamp)>,
}

/// Loads the situation of one student: see [`load_many`].
pub async fn load(
    tx: &mut Tx,
    rulebook: &Rulebook,
    student_id: &str,
    period: &Period,
    plan: Option<plans::Plan>,
    now: Timestamp,
) -> Result<Situation, Error> {
    let students = vec![(student_id.to_owned(), plan)];
    let mut found = load_many(tx, rulebook, period, students, now).await?;
    found.pop().ok_or_else(|| Error::Fault(chassis::error::Fault::internal("a situation was not loaded")))
}

/// Loads the situations of students with their plans' rows, each locked by a writer or just read, in the same order. The
/// period must exist. The number of statements does not depend on how many students there are.
///
/// What was not locked may change until the commit: windows, status, holds and results are read as they are at this moment,
/// which is what a decision at this moment needs.
pub async fn load_many(
    tx: &mut Tx,
    rulebook: &Rulebook,
    period: &Period,
    students: Vec<(String, Option<plans::Plan>)>,
    now: Timestamp,
) -> Result<Vec<Situation>, Error> {
    let ids: Vec<_> = students.iter().map(|(id, _)| id.clone()).collect();
    let requirements = rulebook.requirements(tx).await?;
    let heard = store::students::heard(&mut *tx).await?;
    let heard = |service: &str| heard.iter().any(|source| source == service);
    let mut known = store::students::known_of(&mut *tx, &ids, period.code).await?;
    let mut holds = store::students::holds(&mut *tx, &ids).await?;
    let mut records = store::records::of_students(&mut *tx, &ids).await?;
    let mut earlier = earlier(tx, &ids, period.code, &records).await?;
    let mut items = items(tx, &ids, period.code).await?;
    let situation = |(student_id, plan): (String, Option<plans::Plan>)| {
        let known = known.remove(&student_id).unwrap_or_default();
        let holds = match heard("student") {
            true => Holds::Known(holds.remove(&student_id).unwrap_or_default()),
            false => Holds::Unknown,
        };
        // Who has no result, though everything that grade-svc has to say was heard, has an empty record.
        let record = records.remove(&student_id).or_else(|| heard("grade").then(Record::default));
        let items = items.remove(&student_id).unwrap_or_default();
        let last_gpa = record.as_ref().and_then(|record| record.last_gpa(period.code));
        let none = Record::default();
        let facts = Facts {
            now,
            period: period.code,
            state: period.state,
            gate: window::gate(&period.windows, WindowKind::Krs, &known.belongs, now),
            approval: window::gate(&period.windows, WindowKind::KrsApproval, &known.belongs, now),
            standing: Standing { status: known.status, exit_kind: known.exit_kind.clone(), holds },
            ceiling: credits::ceiling(&rulebook.credits, period.code, known.entry, last_gpa),
            plan: items.iter().map(|(class, _)| class.facts()).collect(),
            stage: plan.as_ref().map_or(Stage::UNOPENED, |plan| plan.stage.clone()),
            studies: Studies::new(
                &requirements,
                record.is_some(),
                record.as_ref().unwrap_or(&none),
                earlier.remove(&student_id).unwrap_or_default(),
            ),
            requirements: requirements.clone(),
            record,
        };
        Situation { student_id, known, facts, plan, items }
    };
    Ok(students.into_iter().map(situation).collect())
}

/// Courses of the approved plans of earlier periods, by student.
async fn earlier(
    tx: &mut Tx,
    student_ids: &[String],
    period: PeriodCode,
    records: &HashMap<String, Record>,
) -> Result<HashMap<String, Vec<Earlier>>, Error> {
    let none = Record::default();
    let mut earlier: HashMap<String, Vec<Earlier>> = HashMap::new();
    for item in plans::earlier_items(tx, student_ids, period).await? {
        let taken_in = store::period(&item.period_code)?;
        let pending = records.get(&item.student_id).unwrap_or(&none).is_pending(&item.course_id, taken_in);
        earlier.entry(item.student_id).or_default().push(Earlier { course: item.course_id, pending });
    }
    Ok(earlier)
}

/// Classes of the plans with the moments when their seats were taken, by student.
async fn items(
    tx: &mut Tx,
    student_ids: &[String],
    period: PeriodCode,
) -> Result<HashMap<String, Vec<(Class, Timestamp)>>, Error> {
    let rows = plans::items(&mut *tx, student_ids, period).await?;
    let mut ids: Vec<_> = rows.iter().map(|item| item.class_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let classes = if ids.is_empty() { Vec::new() } else { store::classes::by_ids(tx, &ids).await? };
    let classes: HashMap<_, _> = classes.into_iter().map(|class| (class.id.clone(), class)).collect();
    let mut items: HashMap<String, Vec<(Class, Timestamp)>> = HashMap::new();
    for row in rows {
        // The foreign key says that none is missing.
        if let Some(class) = classes.get(&row.class_id) {
            items.entry(row.student_id).or_default().push((class.clone(), row.taken_at.0));
        }
    }
    Ok(items)
}

/// A plan as its page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanView {
    /// Whose.
    pub student_id: String,
    /// Who that is.
    pub known: Known,
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
    /// IPK; `None` while there is no result.
    pub gpa: Option<Gpa>,
    /// SKS passed so far.
    pub credits_earned: u32,
    /// The KRS window that is open for the student, else the next, else the last.
    pub window: Option<Window>,
    /// What stands in the way of any class now.
    pub refusals: Vec<Refusal>,
    /// Why submitting would be refused now.
    pub submit_refusals: Vec<Refusal>,
    /// Why approving would be refused now; empty for who does not decide.
    pub approve_refusals: Vec<Refusal>,
    /// What was not known and was decided in the student's favour, and what may change what was decided.
    pub flags: Vec<Refusal>,
}

impl Situation {
    /// The plan as its page needs it. `decides` says whether the reader decides about it.
    pub fn view(self, decides: bool) -> PlanView {
        let mut items = self.items;
        items.sort_by_key(|(class, _)| {
            let first = class.meetings.iter().map(|meeting| meeting.slot).min();
            // Classes without a meeting come last.
            (first.is_none(), first, class.label())
        });
        let facts = self.facts;
        let waits = decides && facts.stage.state() == PlanState::Submitted;
        PlanView {
            student_id: self.student_id,
            known: self.known,
            period: facts.period,
            plan: self.plan,
            credits: facts.credits(),
            ceiling: facts.ceiling,
            gpa: facts.record.as_ref().and_then(|record| record.cumulative),
            credits_earned: facts.record.as_ref().map_or(0, |record| record.credits_passed),
            window: facts.gate.window().cloned(),
            refusals: facts.general_refusals(),
            submit_refusals: plan::may_submit(&facts).err().unwrap_or_default(),
            approve_refusals: if waits { plan::may_approve(&facts).err().unwrap_or_default() } else { Vec::new() },
            flags: facts.flags(),
            items,
        }
    }

    /// The plan's row is now this one.
    pub fn is_now(&mut self, plan: plans::Plan) {
        self.facts.stage = plan.stage.clone();
        self.plan = Some(plan);
    }
}
