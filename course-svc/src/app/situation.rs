//! Everything that the rules ask about students' plans, and a plan as its page needs it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chassis::db::Tx;
use jiff::Timestamp;

use crate::app::rulebook::{Held, Policies, Rulebook};
use crate::error::Error;
use crate::model::{Class, Period};
use crate::rules::credits::{self, Achieved, Away, Ceiling, Gpa};
use crate::rules::eligibility::{Hold, Holds, Standing, Status};
use crate::rules::period::PeriodCode;
use crate::rules::plan::{self, ClassFacts, Facts};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::prerequisite::{Earlier, Requirements, Studies};
use crate::rules::record::Record;
use crate::rules::registration::{Registration, SeatPolicy};
use crate::rules::revision;
use crate::rules::seats::{Bucket, Seats};
use crate::rules::window::{self, Window, WindowKind};
use crate::rules::{self, Refusal};
use crate::store::students::Known;
use crate::store::waiting::{self, Entry};
use crate::store::{self, plans};

/// A class with its seats at one moment.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The class; its own number of seats taken may be an older one.
    pub class: Arc<Class>,
    /// The same for the rules.
    pub facts: Arc<ClassFacts>,
    /// Seats.
    pub seats: Seats,
    /// Version of the number of seats taken.
    pub seat_version: i64,
}

impl From<Class> for Offered {
    fn from(class: Class) -> Self {
        let (facts, seats, seat_version) = (Arc::new(class.facts()), class.seats.clone(), class.seat_version);
        Self { class: Arc::new(class), facts, seats, seat_version }
    }
}

/// A class of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The class; its own number of seats taken may be an older one.
    pub class: Arc<Class>,
    /// Seats.
    pub seats: Seats,
    /// Which of them it is.
    pub bucket: Bucket,
    /// When the seat was taken, or the wish was made.
    pub taken_at: Timestamp,
}

/// A student's plan in one period with all that decides about it, as of one transaction.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Whose.
    pub student_id: String,
    /// Who that is.
    pub known: Arc<Known>,
    /// What the rules look at.
    pub facts: Facts,
    /// The plan's row; `None` while it was not opened.
    pub plan: Option<plans::Plan>,
    /// Classes in the plan.
    pub items: Vec<Item>,
    /// Places on waiting lists, earliest joined first.
    pub waits: Vec<Waits>,
    /// When they end; `None` when no window is known.
    pub line_ends_at: Option<Timestamp>,
    /// How registration runs in the period.
    pub registration: Registration,
}

/// A place on a waiting list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// The class; its own number of seats taken may be an older one.
    pub class: Arc<Class>,
    /// Seats.
    pub seats: Seats,
    /// The place.
    pub entry: Entry,
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
    let mut read = Background::read(tx, rulebook, period.code, &ids).await?;
    let class_ids = read.class_ids();
    let classes = if class_ids.is_empty() { Vec::new() } else { store::classes::by_ids(tx, &class_ids).await? };
    let classes = classes.into_iter().map(|class| (class.id.clone(), Offered::from(class))).collect();
    Ok(students.into_iter().map(|(id, plan)| read.situation(period, id, plan, &classes, now)).collect())
}

/// What was read about students beside their classes: from it and the classes come their situations.
#[derive(Debug)]
pub struct Background {
    requirements: Arc<Requirements>,
    policies: Arc<Policies>,
    student_heard: bool,
    grade_heard: bool,
    known: HashMap<String, Known>,
    holds: HashMap<String, Vec<Hold>>,
    records: HashMap<String, Record>,
    earlier: HashMap<String, Vec<Earlier>>,
    items: HashMap<String, Vec<plans::Item>>,
    waits: HashMap<String, Vec<Entry>>,
    /// How registration runs where a period does not say otherwise.
    registration: Registration,
}

impl Background {
    /// Reads it, for students whose plans are locked if somebody decides about them. Without duplicates.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(tx: &mut Tx, rulebook: &Rulebook, period: PeriodCode, ids: &[String]) -> Result<Self, Error> {
        let Held { requirements, policies, student_heard, grade_heard } = rulebook.held(tx).await?;
        let known = store::students::known_of(&mut *tx, ids, period).await?;
        let holds = store::students::holds(&mut *tx, ids).await?;
        let records = store::records::of_students(&mut *tx, ids).await?;
        let earlier = earlier(tx, ids, period, &records).await?;
        let mut items: HashMap<String, Vec<plans::Item>> = HashMap::new();
        for item in plans::items(&mut *tx, ids, period).await? {
            items.entry(item.student_id.clone()).or_default().push(item);
        }
        let waits = waiting::of_students(tx, period, ids).await?;
        Ok(Self {
            requirements,
            policies,
            student_heard,
            grade_heard,
            known,
            holds,
            records,
            earlier,
            items,
            waits,
            registration: rulebook.registration,
        })
    }

    /// Classes in the plans, and those that the students wait for, each once.
    pub fn class_ids(&self) -> Vec<String> {
        let items = self.items.values().flatten().map(|item| &item.class_id);
        let ids: BTreeSet<_> = items.chain(self.waits.values().flatten().map(|entry| &entry.class_id)).collect();
        ids.into_iter().cloned().collect()
    }

    /// Classes in the plan of one of the students, and those that they wait for.
    pub fn class_ids_of(&self, student_id: &str) -> impl Iterator<Item = &str> {
        let items = self.items.get(student_id).into_iter().flatten().map(|item| item.class_id.as_str());
        items.chain(self.waits.get(student_id).into_iter().flatten().map(|entry| entry.class_id.as_str()))
    }

    /// Classes in the plan of one of the students that are only wished for.
    pub fn wished_ids_of(&self, student_id: &str) -> impl Iterator<Item = &str> {
        let items = self.items.get(student_id).into_iter().flatten();
        items.filter(|item| item.bucket() == Bucket::Wished).map(|item| item.class_id.as_str())
    }

    /// The situation of one of the students, once; `classes` has those of the plan.
    pub fn situation(
        &mut self,
        period: &Period,
        student_id: String,
        plan: Option<plans::Plan>,
        classes: &HashMap<String, Offered>,
        now: Timestamp,
    ) -> Situation {
        let known = self.known.remove(&student_id).unwrap_or_default();
        let holds = match self.student_heard {
            true => Holds::Known(self.holds.remove(&student_id).unwrap_or_default()),
            false => Holds::Unknown,
        };
        // Who has no result, though everything that grade-svc has to say was heard, has an empty record.
        let record = self.records.remove(&student_id).or_else(|| self.grade_heard.then(Record::default));
        let rows = self.items.remove(&student_id).unwrap_or_default();
        // The foreign key says that no class is missing.
        let taken = rows.iter().filter_map(|row| Some((classes.get(&row.class_id)?, row)));
        let item = |(offered, row): (&Offered, &plans::Item)| Item {
            class: offered.class.clone(),
            seats: offered.seats.clone(),
            bucket: row.bucket(),
            taken_at: row.taken_at.0,
        };
        let policy = self.policies.of(&known.belongs, period.code);
        let achieved = Achieved {
            entry: known.entry,
            gpa: record.as_ref().and_then(|record| record.last_gpa(period.code, policy.gpa_semesters.get())),
            cumulative: record.as_ref().and_then(|record| record.cumulative),
            away: away(&known, period.code),
            nothing_yet: record.as_ref().is_some_and(Record::is_empty) && !self.earlier.contains_key(&student_id),
        };
        let none = Record::default();
        let facts = Facts {
            now,
            period: period.code,
            state: period.state,
            gate: window::gate(&period.windows, WindowKind::Krs, &known.belongs, now),
            approval: window::gate(&period.windows, WindowKind::KrsApproval, &known.belongs, now),
            revision: window::gate(&period.windows, WindowKind::Revision, &known.belongs, now),
            standing: Standing { status: known.status, exit_kind: known.exit_kind.clone(), holds },
            allowed: credits::ceiling(&policy, period.code, &achieved),
            belongs: known.belongs.clone(),
            semester: known.entry.map(|entry| period.code.semester_since(entry)),
            policy,
            seat_policy: period.registration.seat_policy,
            allocation: period.allocation,
            plan: taken.clone().map(|(offered, _)| offered.facts.clone()).collect(),
            wished: rows.iter().filter(|row| row.bucket() == Bucket::Wished).map(|row| row.class_id.clone()).collect(),
            stage: plan.as_ref().map_or(Stage::UNOPENED, |plan| plan.stage.clone()),
            studies: Studies::new(
                &self.requirements,
                record.is_some(),
                record.as_ref().unwrap_or(&none),
                self.earlier.remove(&student_id).unwrap_or_default(),
            ),
            requirements: self.requirements.clone(),
            record,
        };
        let waits = |entry: Entry| {
            let offered = classes.get(&entry.class_id)?;
            Some(Waits { class: offered.class.clone(), seats: offered.seats.clone(), entry })
        };
        let waits = self.waits.remove(&student_id).unwrap_or_default().into_iter().filter_map(waits).collect();
        Situation {
            student_id,
            facts,
            plan,
            items: taken.map(item).collect(),
            waits,
            line_ends_at: rules::waiting::ends_at(&period.windows, &known.belongs),
            registration: period.registration.or(&self.registration),
            known: Arc::new(known),
        }
    }
}

/// How the student missed the semester before: as its status says, and only after the period of entry.
fn away(known: &Known, period: PeriodCode) -> Option<Away> {
    let before = period.semester_before()?;
    known.entry.filter(|entry| *entry <= before)?;
    match known.status_before? {
        Status::Leave => Some(Away::Leave),
        Status::Inactive => Some(Away::Absent),
        Status::Active | Status::DoubleDegree | Status::Merdeka => None,
    }
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
        let item_of = earlier.entry(item.student_id).or_default();
        item_of.push(Earlier { course: item.course_id, period: taken_in, pending });
    }
    Ok(earlier)
}

/// A plan as its page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanView {
    /// Whose.
    pub student_id: String,
    /// Who that is.
    pub known: Arc<Known>,
    /// In which period.
    pub period: PeriodCode,
    /// Its row; `None` while it was not opened.
    pub plan: Option<plans::Plan>,
    /// Classes by day and hour.
    pub items: Vec<Item>,
    /// SKS of the items.
    pub credits: u32,
    /// Of them those that do not count towards the ceiling.
    pub uncounted: u32,
    /// Ids of the classes whose SKS those are.
    pub uncounted_ids: Vec<String>,
    /// Ceiling.
    pub ceiling: Ceiling,
    /// IPK; `None` while there is no result.
    pub gpa: Option<Gpa>,
    /// SKS passed so far.
    pub credits_earned: u32,
    /// The KRS window that is open for the student, else the next, else the last.
    pub window: Option<Window>,
    /// The revision window that is open for the student, else the next, else the last.
    pub revision_window: Option<Window>,
    /// What stands in the way of any class now.
    pub refusals: Vec<Refusal>,
    /// Why submitting would be refused now.
    pub submit_refusals: Vec<Refusal>,
    /// Why approving would be refused now; empty for who does not decide.
    pub approve_refusals: Vec<Refusal>,
    /// Why opening the approved plan for changes would be refused now; empty in any other state.
    pub revise_refusals: Vec<Refusal>,
    /// What was not known and was decided in the student's favour, and what may change what was decided.
    pub flags: Vec<Refusal>,
    /// When a class holds a seat.
    pub seat_policy: SeatPolicy,
    /// Places on waiting lists, earliest joined first.
    pub waiting: Vec<WaitingPlace>,
}

/// A place on a waiting list as its page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPlace {
    /// The class; its own number of seats taken may be an older one.
    pub class: Arc<Class>,
    /// Seats, and how many wait.
    pub seats: Seats,
    /// Place, from 1.
    pub place: u32,
    /// Since when.
    pub joined_at: Timestamp,
    /// Class of the plan that is given back when the seat comes, and how people call it while it is in the plan.
    pub instead_of: Option<(String, String)>,
    /// When the place ends; `None` when no window is known.
    pub ends_at: Option<Timestamp>,
}

impl Situation {
    /// The plan as its page needs it. `decides` says whether the reader decides about it.
    pub fn view(&self, decides: bool) -> PlanView {
        let facts = &self.facts;
        let mut order: Vec<_> = self.items.iter().zip(&facts.plan).collect();
        order.sort_by_cached_key(|(_, class)| {
            let first = class.meetings.iter().map(|meeting| meeting.slot).min();
            // Classes without a meeting come last.
            (first.is_none(), first, class.label.clone())
        });
        let waits = decides && facts.stage.state() == PlanState::Submitted;
        let approved = facts.stage.state() == PlanState::Approved;
        let uncounted = facts.plan.iter().filter(|class| !facts.is_counted(class));
        PlanView {
            student_id: self.student_id.clone(),
            known: self.known.clone(),
            period: facts.period,
            plan: self.plan.clone(),
            items: order.into_iter().map(|(item, _)| item.clone()).collect(),
            credits: facts.credits(),
            uncounted: facts.credits() - facts.counted(),
            uncounted_ids: uncounted.map(|class| class.class_id.clone()).collect(),
            ceiling: facts.ceiling(),
            gpa: facts.record.as_ref().and_then(|record| record.cumulative),
            credits_earned: facts.record.as_ref().map_or(0, |record| record.credits_passed),
            window: facts.gate.window().cloned(),
            revision_window: facts.revision.window().cloned(),
            refusals: facts.general_refusals(),
            submit_refusals: plan::may_hand_in(facts, self.wished()).err().unwrap_or_default(),
            approve_refusals: if waits { plan::may_approve(facts).err().unwrap_or_default() } else { Vec::new() },
            revise_refusals: if approved { revision::may_revise(facts).err().unwrap_or_default() } else { Vec::new() },
            flags: facts.flags(),
            seat_policy: facts.seat_policy,
            waiting: self.waits.iter().map(|waits| self.waiting_place(waits)).collect(),
        }
    }

    fn waiting_place(&self, waits: &Waits) -> WaitingPlace {
        let label = |id: &String| {
            let in_plan = self.facts.plan.iter().find(|class| class.class_id == *id);
            (id.clone(), in_plan.map(|class| class.label.clone()).unwrap_or_default())
        };
        WaitingPlace {
            class: waits.class.clone(),
            seats: waits.seats.clone(),
            place: waits.entry.ahead.saturating_add(1),
            joined_at: waits.entry.joined_at,
            instead_of: waits.entry.instead_of.as_ref().map(label),
            ends_at: self.line_ends_at,
        }
    }

    /// The place on the waiting list of a class.
    pub fn waits_for(&self, class_id: &str) -> Option<&Waits> {
        self.waits.iter().find(|waits| waits.entry.class_id == class_id)
    }

    /// A place on a waiting list is new.
    pub fn waits(&mut self, offered: &Offered, entry: Entry) {
        self.waits.push(Waits { class: offered.class.clone(), seats: offered.seats.clone(), entry });
    }

    /// A place on a waiting list has ended.
    pub fn waits_no_longer(&mut self, class_id: &str) {
        self.waits.retain(|waits| waits.entry.class_id != class_id);
    }

    /// Somebody who stood at this place of a line is gone.
    pub fn moves_up(&mut self, class_id: &str, place: i64) {
        for waits in self.waits.iter_mut().filter(|waits| waits.entry.class_id == class_id) {
            if waits.entry.place > place {
                waits.entry.ahead = waits.entry.ahead.saturating_sub(1);
            }
        }
    }

    /// Classes of the plan that are only wished for, with their seats as they were read.
    fn wished(&self) -> impl Iterator<Item = (&ClassFacts, &Seats)> {
        let items = self.items.iter().zip(&self.facts.plan);
        items.filter(|(item, _)| item.bucket == Bucket::Wished).map(|(item, facts)| (&**facts, &item.seats))
    }

    /// Ids of the classes of the plan that are only wished for.
    pub fn wished_ids(&self) -> impl Iterator<Item = &str> {
        self.wished().map(|(class, _)| class.class_id.as_str())
    }

    /// The plan's row is now this one.
    pub fn is_now(&mut self, plan: plans::Plan) {
        self.facts.stage = plan.stage.clone();
        self.plan = Some(plan);
    }

    /// A class came into the plan.
    pub fn put(&mut self, offered: &Offered, bucket: Bucket, taken_at: Timestamp) {
        self.facts.plan.push(offered.facts.clone());
        if bucket == Bucket::Wished {
            self.facts.wished.insert(offered.facts.class_id.clone());
        }
        self.items.push(Item { class: offered.class.clone(), seats: offered.seats.clone(), bucket, taken_at });
    }

    /// A class left the plan; which of its seats that was.
    pub fn take_out(&mut self, class_id: &str) -> Bucket {
        self.facts.plan.retain(|class| class.class_id != class_id);
        self.facts.wished.remove(class_id);
        let place = self.items.iter().position(|item| item.class.id == class_id);
        place.map_or(Bucket::Public, |place| self.items.remove(place).bucket)
    }
}
