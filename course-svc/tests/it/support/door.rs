//! The registrar without a server around it: a campus written straight into the database, and orders as values.

use chassis::clock::Clock;
use chassis::db::{Db, Tx};
use chassis::error::Fault;
use chassis::idempotency::Scope;
use chassis::once::Answer;
use chassis::sql;
use chassis::testing::{Setup, TestDb, TestEnv, eventually};
use course_svc::MIGRATIONS;
use course_svc::app::App;
use course_svc::app::registrar::{Command, Limits, Order};
use course_svc::app::rulebook::Rulebook;
use course_svc::app::situation::PlanView;
use course_svc::error::Error;
use course_svc::model::{Class, Course, Credits, Period, RequirementKind};
use course_svc::rules::allocation::AllocationState;
use course_svc::rules::period::{PeriodCode, PeriodState};
use course_svc::rules::policy::Policy;
use course_svc::rules::registration::Registration;
use course_svc::rules::schedule::{Meeting, Slot};
use course_svc::rules::seats::Seats;
use course_svc::rules::window::{Scope as WindowScope, Window, WindowKind};
use course_svc::store::campus::{self, Student};
use course_svc::store::plan_steps::{Actor, ActorRole};
use course_svc::store::{batches, classes, courses, periods, plans};
use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{PERIOD, begin, id};

/// The use cases over a database with an open period, and nothing else.
pub(crate) struct Door {
    pub(crate) db: TestDb,
    pub(crate) app: App,
    pub(crate) stop: CancellationToken,
}

impl Setup for Door {
    async fn setup(env: &TestEnv) -> Self {
        let db = env.database(&MIGRATIONS).await;
        let mut tx = db.db.begin().await.expect("a transaction");
        for source in ["student", "grade"] {
            let heard =
                sql!("INSERT INTO feed_cursor (source, epoch, seq, event_id, bootstrap) VALUES ($1, 'e', 0, '', '')");
            heard.bind(source).run(&mut tx).await.expect("a feed was heard");
        }
        periods::insert(&mut tx, &open_period()).await.expect("a period");
        tx.commit().await.expect("a commit");
        Self::over(db.clone(), db.db, Limits::default(), Clock::manual(begin()))
    }
}

pub(crate) fn period() -> PeriodCode {
    PeriodCode::parse(PERIOD).expect("a period")
}

fn open_period() -> Period {
    let day = |days: i64| begin() + SignedDuration::from_hours(24 * days);
    let window = |kind| Window { kind, scope: WindowScope::University, opens_at: day(-7), closes_at: day(14) };
    Period {
        code: period(),
        state: PeriodState::Active,
        windows: vec![window(WindowKind::Krs), window(WindowKind::Revision)],
        registration: Registration::default(),
        allocation: AllocationState::default(),
        version: 1,
    }
}

/// A course of its own with one class, and where it meets: day and hour.
pub(crate) fn class(name: &str, credits: u32, capacity: u32, (day, hour): (u32, u32)) -> Class {
    section(name, "A", credits, capacity, (day, hour))
}

/// A class of a course that other classes may share.
pub(crate) fn section(course: &str, name: &str, credits: u32, capacity: u32, (day, hour): (u32, u32)) -> Class {
    let slot = Slot::new(day, hour * 60, hour * 60 + 60).expect("a slot");
    Class {
        id: id(&format!("{course}{name}")),
        period: period(),
        course: Course {
            id: id(course),
            programme_id: id("IF-S1"),
            programme_code: String::new(),
            code: course.to_owned(),
            name: format!("Mata Kuliah {course}"),
            name_en: String::new(),
            credits: Credits { lecture: credits, ..Credits::default() },
            requirement: RequirementKind::Compulsory,
            semester: 0,
            version: 1,
        },
        name: name.to_owned(),
        seats: Seats::new(capacity, 0),
        seat_version: 0,
        meetings: vec![Meeting { slot, place: None }],
        exams: Vec::new(),
        lecturers: Vec::new(),
        open: true,
        version: 1,
    }
}

impl Door {
    /// A registrar of its own over a database.
    pub(crate) fn over(db: TestDb, open: Db, limits: Limits, clock: Clock) -> Self {
        let stop = CancellationToken::new();
        let rulebook = Rulebook::new(Policy::default(), Registration::SHIPPED);
        // No look-out: turns on waiting lists come from the registrar alone.
        let waiting_tick = std::time::Duration::from_secs(3600);
        let limits = course_svc::app::Limits { registrar: limits, waiting_tick, ..Default::default() };
        let app = App::start(open, clock, rulebook, limits, stop.clone());
        Self { db, app, stop }
    }

    /// Another one over the same database handle, as after a restart.
    pub(crate) fn again(&self, limits: Limits) -> Self {
        Self::over(self.db.clone(), self.app.db.clone(), limits, self.app.clock.clone())
    }

    /// Another replica, with connections of its own: PostgreSQL only.
    pub(crate) async fn replica(&self) -> Self {
        let open = Db::open(&self.db.config, &MIGRATIONS).await.expect("a second replica opens the database");
        Self::over(self.db.clone(), open, Limits::default(), self.app.clock.clone())
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.app.db.begin().await.expect("a transaction")
    }

    /// Students `<prefix>0` onward, active, with an IPS that allows 24 SKS.
    pub(crate) async fn people(&self, prefix: &str, count: usize) -> Vec<String> {
        let names: Vec<_> = (0..count).map(|n| format!("{prefix}{n}")).collect();
        let mut tx = self.begin().await;
        for name in &names {
            let student = Student {
                id: id(name),
                nim: format!("nim-{name}"),
                name: name.clone(),
                programme_id: id("IF-S1"),
                entry_period: "20241".to_owned(),
                advisor_id: id("l1"),
                exit_kind: String::new(),
            };
            campus::put_student(&mut tx, &student).await.expect("a student");
            campus::put_status(&mut tx, &id(name), PERIOD, "A").await.expect("a status");
            let standing = sql!("INSERT INTO academic_standing (student_id, credits_passed) VALUES ($1, 0)");
            standing.bind(id(name)).run(&mut tx).await.expect("a standing");
            let semester = sql!(
                "INSERT INTO academic_semester (student_id, period_code, ips, credits, pending)
                 VALUES ($1, '20252', 350, 20, 0)"
            );
            semester.bind(id(name)).run(&mut tx).await.expect("a semester");
        }
        tx.commit().await.expect("a commit");
        names
    }

    /// Puts classes on offer, their courses with them.
    pub(crate) async fn offer(&self, offered: &[Class]) {
        let mut tx = self.begin().await;
        let mut known = Vec::new();
        for class in offered {
            if !known.contains(&&class.course.id) {
                courses::insert(&mut tx, &class.course).await.expect("a course");
                known.push(&class.course.id);
            }
            classes::insert(&mut tx, class).await.expect("a class");
        }
        tx.commit().await.expect("a commit");
    }

    /// Gives an order and answers what it came to.
    pub(crate) async fn order(&self, student: &str, command: Command) -> Result<PlanView, Fault> {
        view(self.app.registrar.submit(order(student, command)).await)
    }

    /// Gives orders one after the other without waiting in between, so that they may share a transaction, and answers
    /// what each came to.
    pub(crate) async fn orders(&self, orders: Vec<Order>) -> Vec<Result<Answer<PlanView>, Error>> {
        futures_util::future::join_all(orders.into_iter().map(|order| self.app.registrar.submit(order))).await
    }

    /// Keeps the registrar from settling anything until the hold is let go: what is ordered meanwhile is one batch, after a
    /// first order that the registrar has taken up already and waits with, for a slot.
    pub(crate) async fn hold(&self) -> Hold {
        let mut tx = self.begin().await;
        let Limits { writers, idle, .. } = Limits::default();
        for slot in 0..writers {
            batches::take_slot(&mut tx, slot, 0, 6 * idle).await.expect("the slot");
        }
        let (registrar, order) = (self.app.registrar.clone(), order("blocker", Command::Open));
        let mut first = Box::pin(async move { drop(registrar.submit(order).await) });
        assert!(futures_util::poll!(&mut first).is_pending(), "it is in the queue");
        let waits = tokio::spawn(first);
        self.queued(0).await;
        Hold { tx, waits }
    }

    /// A transaction that holds the lock of a student's plan.
    pub(crate) async fn locked(&self, student: &str) -> Tx {
        let (mut tx, student) = (self.begin().await, vec![id(student)]);
        // What others do not see yet, they do not wait for.
        plans::make_many(&mut tx, period(), &student, begin()).await.expect("a plan");
        tx.commit().await.expect("a commit");
        let mut tx = self.begin().await;
        plans::lock_many(&mut tx, period(), &student).await.expect("its lock");
        tx
    }

    /// Waits until so many orders are queued.
    pub(crate) async fn queued(&self, count: usize) {
        eventually("the orders are queued", || async { self.app.registrar.queued() == count }).await;
    }

    /// What the database says of the class: seats taken, version of that number, items.
    pub(crate) async fn seats(&self, class_id: &str) -> (i64, i64, i64) {
        let query = sql!(
            "SELECT c.taken, c.seat_version, (SELECT COUNT(*) FROM study_plan_item i WHERE i.class_id = c.class_id)
             FROM class c WHERE c.class_id = $1"
        );
        query.bind(class_id).one(&self.app.db).await.expect("a class")
    }

    /// Ids of the classes of a plan as the database has them.
    pub(crate) async fn items(&self, student: &str) -> Vec<String> {
        let items = plans::class_ids(&self.app.db, &[id(student)], period()).await.expect("items");
        items.into_values().next().unwrap_or_default()
    }
}

/// See [`Door::hold`].
pub(crate) struct Hold {
    tx: Tx,
    waits: JoinHandle<()>,
}

impl Hold {
    pub(crate) async fn release(self) {
        self.tx.rollback().await.expect("rolled back");
        self.waits.await.expect("the first order was settled");
    }
}

/// An order of the student's own, or of the advisor or the office where only those may give it.
pub(crate) fn order(student: &str, command: Command) -> Order {
    let (role, person_id) = match command {
        Command::Approve { late: false, .. } => (ActorRole::Advisor, id("l1")),
        Command::Approve { .. } | Command::Return { .. } | Command::Void { .. } => {
            (ActorRole::Registrar, String::new())
        }
        _ => (ActorRole::Student, id(student)),
    };
    let actor = Actor { account_id: format!("account-{student}"), role, person_id };
    Order { student_id: id(student), period: period(), command, actor, scope: None }
}

/// The same order under a key.
pub(crate) fn keyed_order(order: Order, key: &str) -> Order {
    let body = format!("{} {:?}", order.student_id, order.command);
    let scope = Scope::new("account", "/siakad.course.v1.Krs/AddClass", key, body.as_bytes()).expect("a key");
    Order { scope: Some(scope), ..order }
}

pub(crate) fn add(class: &Class) -> Command {
    Command::Add { class_id: class.id.clone() }
}

pub(crate) fn drop_of(class: &Class) -> Command {
    Command::Drop { class_id: class.id.clone() }
}

pub(crate) fn swap(old: &Class, new: &Class) -> Command {
    Command::Swap { drop: old.id.clone(), add: new.id.clone() }
}

/// The plan of an order that was carried out now, or its fault.
pub(crate) fn view(answer: Result<Answer<PlanView>, Error>) -> Result<PlanView, Fault> {
    match answer {
        Ok(Answer::Done(view)) => Ok(view),
        Ok(Answer::Again(_)) => panic!("answered as before"),
        Err(error) => Err(error.into()),
    }
}
