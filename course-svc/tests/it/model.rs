//! The registrar against a model that a page of code can hold: random commands, many at a time, must be answered as the
//! model answers them one by one, and leave the same plans, seats and histories.
//!
//! `SIAKAD_MODEL_COMMANDS=100000` runs so many commands on each engine; without it the run is short.

mod lines;
mod stored;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::error::{Fault, Kind};
use chassis::once::Answer;
use chassis::testing::Rng;
use course_svc::app::registrar::{Command, Order};
use course_svc::app::situation::PlanView;
use course_svc::model::Class;
use course_svc::rules::plan_state::PlanState;
use course_svc::store::campus::{self, Hold};
use futures_util::future::join_all;
use prost::Message;
use proto::course::v1 as pb;

use crate::support::door::{Door, add, drop_of, keyed_order, order, section, swap};
use crate::support::{id, show, words};

/// Commands on each engine, unless the environment names another number.
const COMMANDS: usize = 3000;
/// Commands that are given at once, at most.
const WAVE: u64 = 60;
/// SKS that everybody may take.
const CEILING: u32 = 24;

/// What an order comes to, as far as the model says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    /// State, version, SKS and classes of the plan, and its places in line by class.
    Done(PlanState, i64, u32, BTreeSet<String>, BTreeMap<String, u32>),
    Refused(Vec<&'static str>),
    Stale,
    Absent,
    KeyReused,
}

#[derive(Debug, Clone)]
struct Plan {
    state: PlanState,
    version: i64,
    classes: BTreeSet<String>,
    /// It was approved before and is not now.
    revision: bool,
}

/// Who a student is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Free,
    Held,
}

/// The whole registration, with nothing but maps.
struct Model {
    classes: BTreeMap<String, Class>,
    who: BTreeMap<String, Who>,
    plans: BTreeMap<String, Plan>,
    taken: BTreeMap<String, u32>,
    /// Who waits for each class, in order, and the class that is given back then.
    lines: BTreeMap<String, Vec<(String, Option<String>)>>,
    /// What was answered under a key, and to which request.
    keys: HashMap<String, (String, Came)>,
}

impl Model {
    fn new(classes: &[Class], who: BTreeMap<String, Who>) -> Self {
        let taken = classes.iter().map(|class| (class.id.clone(), 0)).collect();
        let classes = classes.iter().map(|class| (class.id.clone(), class.clone())).collect();
        Self { classes, who, plans: BTreeMap::new(), taken, lines: BTreeMap::new(), keys: HashMap::new() }
    }

    /// One command, as if there were no other.
    fn give(&mut self, student: &str, command: &Command, key: Option<&str>) -> Came {
        let request = format!("{student} {command:?}");
        if let Some((before, came)) = key.and_then(|key| self.keys.get(key)) {
            return if *before == request { came.clone() } else { Came::KeyReused };
        }
        let came = match self.decide(student, command) {
            Err(came) => return came,
            Ok(plan) => {
                self.line_up(student, command);
                self.settle(student, plan)
            }
        };
        if let Some(key) = key {
            self.keys.insert(key.to_owned(), (request, came.clone()));
        }
        came
    }

    /// The plan after the command; the old one when nothing changes.
    fn decide(&self, student: &str, command: &Command) -> Result<Plan, Came> {
        let none = Plan { state: PlanState::None, version: 0, classes: BTreeSet::new(), revision: false };
        let old = self.plans.get(student).cloned().unwrap_or(none);
        let filled = if old.state == PlanState::None { PlanState::Draft } else { old.state };
        let next = |state, classes| {
            let decided = matches!(state, PlanState::Approved | PlanState::Void);
            let revision = !decided && (old.revision || old.state == PlanState::Approved);
            Plan { state, version: old.version + 1, classes, revision }
        };
        let refuse = |words: Vec<&'static str>| if words.is_empty() { Ok(()) } else { Err(Came::Refused(words)) };
        match command {
            Command::Open if old.state != PlanState::None => Ok(old),
            Command::Open => {
                refuse(self.general(student, &old))?;
                Ok(next(filled, old.classes.clone()))
            }
            Command::Add { class_id } => {
                refuse(self.may_take(student, &old, &old.classes, self.known(class_id)?))?;
                Ok(next(filled, with(&old.classes, class_id)))
            }
            Command::Drop { class_id } => {
                self.known(class_id)?;
                has(&old, class_id)?;
                refuse(state_words(old.state))?;
                Ok(next(filled, without(&old.classes, class_id)))
            }
            Command::Swap { drop, add } => {
                self.known(drop)?;
                let wanted = self.known(add)?;
                has(&old, drop)?;
                let rest = if drop == add { old.classes.clone() } else { without(&old.classes, drop) };
                refuse(self.may_take(student, &old, &rest, wanted))?;
                Ok(next(filled, with(&rest, add)))
            }
            Command::Submit { version } => {
                expect(&old, *version)?;
                let handed = matches!(old.state, PlanState::Draft | PlanState::Returned | PlanState::Revising);
                let mut words = unless(handed);
                words.extend(self.standing(student));
                words.extend(old.classes.is_empty().then_some("plan-empty"));
                refuse(words)?;
                Ok(next(PlanState::Submitted, old.classes.clone()))
            }
            Command::Withdraw { version } => {
                expect(&old, *version)?;
                refuse(unless(old.state == PlanState::Submitted))?;
                let back = if old.revision { PlanState::Revising } else { PlanState::Draft };
                Ok(next(back, old.classes.clone()))
            }
            Command::Approve { version, late } => {
                expect(&old, *version)?;
                // Every window is open: the office's turn never comes.
                let mut words = match (late, old.state) {
                    (true, PlanState::Submitted | PlanState::Revising) => vec!["approval-still-open"],
                    (true, _) => vec!["plan-state"],
                    (false, state) => unless(state == PlanState::Submitted),
                };
                words.extend(self.standing(student));
                words.extend(old.classes.is_empty().then_some("plan-empty"));
                refuse(words)?;
                Ok(next(PlanState::Approved, old.classes.clone()))
            }
            Command::Return { version, .. } => {
                expect(&old, *version)?;
                // The office gives a void plan back.
                refuse(unless(matches!(old.state, PlanState::Submitted | PlanState::Approved | PlanState::Void)))?;
                Ok(next(PlanState::Returned, old.classes.clone()))
            }
            Command::Revise { version } => {
                expect(&old, *version)?;
                let mut words = unless(old.state == PlanState::Approved);
                words.extend(self.standing(student));
                refuse(words)?;
                Ok(next(PlanState::Revising, old.classes.clone()))
            }
            Command::Void { version, .. } => {
                expect(&old, *version)?;
                refuse(match old.state {
                    PlanState::None => vec!["plan-state"],
                    PlanState::Void => vec!["plan-void"],
                    _ => Vec::new(),
                })?;
                Ok(next(PlanState::Void, BTreeSet::new()))
            }
            Command::Join { class_id, instead_of } => {
                refuse(self.may_join(student, &old, self.known(class_id)?, instead_of.as_deref())?)?;
                Ok(next(filled, old.classes.clone()))
            }
            Command::Leave { class_id } => {
                self.known(class_id)?;
                self.place(student, class_id).ok_or(Came::Absent)?;
                Ok(next(old.state, old.classes.clone()))
            }
            Command::TakePackage(package) => {
                let package = package.as_ref().filter(|package| package.cohort == 0).ok_or(Came::Absent)?;
                refuse(self.may_place_all(student, &old, &package.class_ids))?;
                match package.class_ids.iter().all(|class| old.classes.contains(class)) {
                    true => Ok(old),
                    false => Ok(next(filled, package.class_ids.iter().fold(old.classes, |all, one| with(&all, one)))),
                }
            }
            Command::Promote { .. } | Command::Expire { .. } | Command::Allocate(_) => panic!("nobody gives these"),
        }
    }

    /// Takes the plan over, and the seats with it.
    fn settle(&mut self, student: &str, plan: Plan) -> Came {
        let old = self.plans.get(student).map(|plan| plan.classes.clone()).unwrap_or_default();
        for gone in old.difference(&plan.classes) {
            *self.taken.get_mut(gone).expect("a class") -= 1;
        }
        for come in plan.classes.difference(&old) {
            *self.taken.get_mut(come).expect("a class") += 1;
        }
        let (credits, places) = (self.credits(&plan.classes), self.places(student));
        let came = Came::Done(plan.state, plan.version, credits, plan.classes.clone(), places);
        self.plans.insert(student.to_owned(), plan);
        came
    }

    fn known(&self, class_id: &str) -> Result<&Class, Came> {
        self.classes.get(class_id).ok_or(Came::Absent)
    }

    fn credits(&self, classes: &BTreeSet<String>) -> u32 {
        classes.iter().map(|class| self.classes[class].course.credits.lecture).sum()
    }

    fn standing(&self, student: &str) -> Option<&'static str> {
        (self.who[student] == Who::Held).then_some("hold-library")
    }

    /// What stands in the way of any class.
    fn general(&self, student: &str, plan: &Plan) -> Vec<&'static str> {
        let mut words = state_words(plan.state);
        words.extend(self.standing(student));
        words
    }

    /// Why the class may not come to these.
    fn may_take(&self, student: &str, plan: &Plan, others: &BTreeSet<String>, class: &Class) -> Vec<&'static str> {
        self.may_come(student, plan, others, class, self.is_full(class).then_some("class-full"))
    }

    /// The same with what the seats of the class refuse, if they do.
    fn may_come(
        &self,
        student: &str,
        plan: &Plan,
        others: &BTreeSet<String>,
        class: &Class,
        seat: Option<&'static str>,
    ) -> Vec<&'static str> {
        let mut words = self.general(student, plan);
        if others.contains(&class.id) {
            words.push("class-already-taken");
            return words;
        }
        let others: Vec<_> = others.iter().map(|other| &self.classes[other]).collect();
        words.extend(others.iter().any(|other| other.course.id == class.course.id).then_some("course-already-taken"));
        words.extend((!class.open).then_some("class-closed"));
        words.extend(seat);
        let hour = |class: &Class| class.meetings[0].slot;
        words.extend(others.iter().filter(|other| hour(other) == hour(class)).map(|_| "schedule-clash"));
        let credits: u32 = others.iter().map(|other| other.course.credits.lecture).sum();
        words.extend((credits + class.course.credits.lecture > CEILING).then_some("credit-limit"));
        words
    }
}

fn state_words(state: PlanState) -> Vec<&'static str> {
    match state {
        PlanState::Submitted => vec!["plan-submitted"],
        PlanState::Approved => vec!["plan-approved"],
        PlanState::Void => vec!["plan-void"],
        _ => Vec::new(),
    }
}

fn unless(fits: bool) -> Vec<&'static str> {
    if fits { Vec::new() } else { vec!["plan-state"] }
}

fn expect(plan: &Plan, version: i64) -> Result<(), Came> {
    if plan.version == version { Ok(()) } else { Err(Came::Stale) }
}

fn has(plan: &Plan, class_id: &str) -> Result<(), Came> {
    if plan.classes.contains(class_id) { Ok(()) } else { Err(Came::Absent) }
}

fn with(classes: &BTreeSet<String>, class_id: &str) -> BTreeSet<String> {
    classes.iter().map(String::as_str).chain([class_id]).map(str::to_owned).collect()
}

fn without(classes: &BTreeSet<String>, class_id: &str) -> BTreeSet<String> {
    classes.iter().filter(|class| *class != class_id).cloned().collect()
}

/// Fourteen classes of nine courses in few hours and with few seats, so that every rule meets every other.
fn classes() -> Vec<Class> {
    let mut classes = Vec::new();
    for n in 0..5 {
        classes.push(section(&format!("P{n}"), "A", 3 + n, 3, (1 + n % 3, 8)));
        classes.push(section(&format!("P{n}"), "B", 3 + n, 2, (1 + n % 3, 9)));
    }
    for n in 0..4 {
        classes.push(section(&format!("S{n}"), "A", 6, 1 + n, (1 + n, 8 + n % 2)));
    }
    classes[13].open = false;
    classes
}

/// One random command, often a sensible one.
fn command(rng: &mut Rng, model: &Model, student: &str, classes: &[Class]) -> Command {
    let plan = model.plans.get(student);
    let version = match rng.below(10) {
        0 => 7,
        _ => plan.map_or(0, |plan| plan.version),
    };
    let own =
        |rng: &mut Rng| match plan.map(|plan| plan.classes.iter().collect::<Vec<_>>()).filter(|own| !own.is_empty()) {
            Some(own) if !rng.once_in(8) => (*rng.pick(&own)).clone(),
            _ => rng.pick(classes).id.clone(),
        };
    match rng.below(31) {
        23..=27 => {
            let instead_of = rng.once_in(2).then(|| own(rng));
            Command::Join { class_id: rng.pick(classes).id.clone(), instead_of }
        }
        28 | 29 => {
            let place = model.places(student).into_keys().next().filter(|_| !rng.once_in(8));
            Command::Leave { class_id: place.unwrap_or_else(|| rng.pick(classes).id.clone()) }
        }
        30 => lines::package(rng, classes),
        0 => Command::Open,
        1 => Command::Add { class_id: id("nothing") },
        2..=7 => add(rng.pick(classes)),
        8..=10 => {
            // Often one that somebody waits for, so that turns come.
            let waited_for = plan.and_then(|plan| plan.classes.iter().find(|class| model.lines.contains_key(*class)));
            let waited_for = waited_for.filter(|_| !rng.once_in(4)).cloned();
            Command::Drop { class_id: waited_for.unwrap_or_else(|| own(rng)) }
        }
        11..=13 => Command::Swap { drop: own(rng), add: rng.pick(classes).id.clone() },
        14 => Command::Submit { version },
        15 | 16 => Command::Withdraw { version },
        17 | 18 => Command::Approve { version, late: rng.once_in(6) },
        19 => Command::Return { version, note: "Lagi.".to_owned(), by_office: true },
        20 => Command::Revise { version },
        21 if rng.once_in(4) => Command::Void { version, note: "Cuti.".to_owned() },
        _ => match rng.once_in(2) {
            true => drop_of(rng.pick(classes)),
            false => swap(rng.pick(classes), rng.pick(classes)),
        },
    }
}

/// What an order came to, in the model's words.
fn came(outcome: Result<Answer<PlanView>, course_svc::error::Error>) -> Came {
    match outcome {
        Ok(Answer::Done(view)) => {
            let (state, version) = view.plan.map_or((PlanState::None, 0), |plan| (plan.stage.state(), plan.version));
            let places = view.waiting.iter().map(|place| (place.class.id.clone(), place.place)).collect();
            let classes = view.items.iter().map(|item| item.class.id.clone()).collect();
            Came::Done(state, version, view.credits, classes, places)
        }
        Ok(Answer::Again(bytes)) => {
            let view = pb::PlanView::decode(bytes.as_slice()).expect("a plan");
            let state = match view.state() {
                pb::PlanState::Draft => PlanState::Draft,
                pb::PlanState::Submitted => PlanState::Submitted,
                pb::PlanState::Returned => PlanState::Returned,
                pb::PlanState::Approved => PlanState::Approved,
                pb::PlanState::Revising => PlanState::Revising,
                pb::PlanState::Void => PlanState::Void,
                other => panic!("{other:?}"),
            };
            let classes = view.items.iter().map(|item| item.class.as_ref().expect("a class").id.clone()).collect();
            let place = |place: &pb::WaitingPlace| (place.class.as_ref().expect("a class").id.clone(), place.place);
            Came::Done(state, view.version, view.credits, classes, view.waiting.iter().map(place).collect())
        }
        Err(error) => {
            let fault = Fault::from(error);
            let known = |word: String| WORDS.into_iter().find(|known| *known == word).expect("a word of the model");
            match fault.kind() {
                Kind::Refused => Came::Refused(words(&fault).into_iter().map(known).collect()),
                Kind::Stale => Came::Stale,
                Kind::Absent => Came::Absent,
                Kind::KeyReused => Came::KeyReused,
                _ => panic!("{fault}"),
            }
        }
    }
}

const WORDS: [&str; 16] = [
    "plan-void",
    "approval-still-open",
    "plan-submitted",
    "plan-approved",
    "plan-state",
    "plan-empty",
    "hold-library",
    "class-already-taken",
    "course-already-taken",
    "class-closed",
    "class-full",
    "schedule-clash",
    "credit-limit",
    "seat-free",
    "already-waiting",
    "waiting-limit",
];

chassis::both_engines! {
    async fn random_commands_come_to_what_the_model_says(door: Door) {
        let commands = std::env::var("SIAKAD_MODEL_COMMANDS").map_or(COMMANDS, |n| n.parse().expect("a number"));
        let students = door.people("s", 12).await;
        let mut who: BTreeMap<_, _> = students.iter().map(|student| (id(student), Who::Free)).collect();
        who.insert(id("s11"), Who::Held);
        let hold = Hold {
            id: id("hold"),
            student_id: id("s11"),
            kind: "library",
            note: String::new(),
            waived_until: None,
            lifted_at: None,
        };
        let mut tx = door.begin().await;
        campus::put_hold(&mut tx, &hold).await.expect("a hold");
        tx.commit().await.expect("a commit");
        let classes = classes();
        door.offer(&classes).await;

        let mut model = Model::new(&classes, who);
        let mut rng = Rng::new(door.db.seed);
        let (mut given, mut waves, mut done, mut turns) = (0, 0, 0, 0);
        let mut keys = Vec::<(String, String, Command)>::new();
        while given < commands {
            let (mut orders, mut expected, mut open) = (Vec::<Order>::new(), Vec::new(), BTreeSet::new());
            for _ in 0..1 + rng.below(WAVE) {
                let mut student = rng.pick(&students).clone();
                let mut wanted = command(&mut rng, &model, &id(&student), &classes);
                let mut key = None;
                if rng.once_in(4) {
                    let name = match rng.below(3) {
                        // An old key: with its request, or with another one.
                        0 if !keys.is_empty() => {
                            let (name, whose, again) = rng.pick(&keys).clone();
                            if !rng.once_in(3) {
                                (student, wanted) = (whose, again);
                            }
                            name
                        }
                        _ => format!("key{}", keys.len()),
                    };
                    // The same key twice at a time is another test's matter.
                    if open.insert(name.clone()) {
                        keys.push((name.clone(), student.clone(), wanted.clone()));
                        key = Some(name);
                    }
                }
                expected.push((student.clone(), wanted.clone(), model.give(&id(&student), &wanted, key.as_deref())));
                let order = order(&student, wanted);
                orders.push(match &key {
                    Some(key) => keyed_order(order, key),
                    None => order,
                });
            }
            given += orders.len();
            waves += 1;
            // One batch, and then the turns that it brings: only so is it known what comes after what.
            let hold = door.hold().await;
            let count = orders.len();
            let registrar = &door.app.registrar;
            let outcomes = join_all(orders.into_iter().map(|order| registrar.submit(order)));
            let (outcomes, ()) = tokio::join!(outcomes, async {
                door.queued(count).await;
                hold.release().await;
            });
            turns += model.turns();
            lines::settled(&door).await;
            for (outcome, (student, command, wanted)) in outcomes.into_iter().zip(expected) {
                let found = came(outcome);
                assert_eq!(found, wanted, "after {given} commands: {student} {command:?}");
                done += usize::from(matches!(found, Came::Done(..)));
            }
            // The whole history is compared: in a long run more seldom.
            if waves % if waves < 100 { 20 } else { 500 } == 0 {
                stored::compare(&door, &model).await;
            }
        }
        stored::compare(&door, &model).await;
        assert!(done * 8 > given, "{done} of {given} commands were carried out");
        assert!(turns > 0, "nobody had a turn");
        show(&format!("{given} commands in {waves} waves, {done} carried out, the rest refused; {turns} turns"));
    }
}
