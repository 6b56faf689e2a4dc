//! Allocations against a model that a page of code can hold: whoever is killed, and however many work on them, they come to the
//! same seats and the same reasons.

mod model;

use std::time::Instant;

use chassis::clock::Clock;
use chassis::db::Engine;
use chassis::error::Kind;
use chassis::once::Answer;
use chassis::sql;
use chassis::testing::{Rng, eventually};
use course_svc::app::allocations::{Allocations, Limits};
use course_svc::app::registrar::{Command, Order, Turn};
use course_svc::app::wishes::{self, Draft};
use course_svc::model::{Class, Period};
use course_svc::rules::access::Readable;
use course_svc::rules::allocation::AllocationState;
use course_svc::rules::period::PeriodCode;
use course_svc::rules::prerequisite::Condition;
use course_svc::rules::seats::{Reservation, Seats};
use course_svc::rules::window::Scope;
use course_svc::store::allocations::{self, Filter};
use course_svc::store::campus::{self, Hold, Student};
use course_svc::store::plan_steps::Actor;
use course_svc::store::{periods, prerequisites, wishes as wish_rows};
use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::task::JoinHandle;

use crate::support::door::{Door, period, section};
use crate::support::wishes::registrar_caller;
use crate::support::{id, show};
use model::{Offer, Person, Told, allocate};

/// A campus with wishes in one period.
struct Campus {
    period: PeriodCode,
    classes: Vec<Class>,
    offers: Vec<Offer>,
    people: Vec<Person>,
}

/// Days and hours at which classes meet.
const HOURS: [(u32, u32); 9] = [(1, 7), (1, 8), (1, 9), (2, 7), (2, 8), (3, 7), (4, 7), (4, 8), (5, 7)];

impl Campus {
    /// Classes with few seats, some of them kept, some closed, one course that must be taken with another one; students of two
    /// cohorts, some with a hold; and wishes of all of them.
    async fn new(door: &Door, rng: &mut Rng, code: &str, students: usize) -> Self {
        let period = PeriodCode::parse(code).expect("a period");
        Self::open(door, period).await;
        let mut campus = Self { period, classes: Vec::new(), offers: Vec::new(), people: Vec::new() };
        campus.offer(door, rng, students).await;
        campus.enrol(door, rng, students).await;
        campus.wish(door).await;
        campus
    }

    /// What the names of this campus begin with, short as those are.
    fn mark(&self) -> char {
        match self.period.to_string().as_str() {
            "20261" => 'a',
            "20262" => 'b',
            _ => 'c',
        }
    }

    /// A period like the one that is there, its seats given by wishes.
    async fn open(door: &Door, code: PeriodCode) {
        let mut tx = door.begin().await;
        if code != period() {
            let like = periods::get(&mut tx, period()).await.expect("a read").expect("a period");
            periods::insert(&mut tx, &Period { code, ..like }).await.expect("a period");
        }
        let query = sql!("UPDATE period SET seat_policy = 'allocation' WHERE period_code = $1");
        query.bind(code.to_string()).run(&mut tx).await.expect("written");
        tx.commit().await.expect("committed");
    }

    async fn offer(&mut self, door: &Door, rng: &mut Rng, students: usize) {
        let few = u64::try_from(students / 6).expect("a number");
        for course in 0..8 {
            let name = format!("{}{course}", self.mark());
            let credits = *rng.pick(&[3, 3, 6, 9]);
            for part in ["A", "B"] {
                let hour = *rng.pick(&HOURS);
                let capacity = u32::try_from(1 + rng.below(few)).expect("a number");
                let kept =
                    if rng.once_in(3) { u32::try_from(rng.below(3)).expect("a number").min(capacity) } else { 0 };
                let mut class = section(&name, part, credits, capacity, hour);
                class.period = self.period;
                class.open = !rng.once_in(9);
                if kept > 0 {
                    let kept =
                        Reservation { scope: Scope::Cohort(2024), seats: kept, taken: 0, waiting: 0, until: None };
                    class.seats = Seats { reservations: vec![kept], ..class.seats };
                }
                let (id, open) = (class.id.clone(), class.open);
                let with = (course == 7).then_some(0);
                self.offers.push(Offer { id, course, credits, hour, capacity, kept, open, with });
                self.classes.push(class);
            }
        }
        door.offer(&self.classes).await;
        let course = |n: usize| id(&format!("{}{n}", self.mark()));
        let condition = Condition::Concurrent { course: course(0) };
        let groups = vec![vec![condition]];
        let mut tx = door.begin().await;
        prerequisites::take_gate(&mut tx).await.expect("the gate");
        let new = prerequisites::New { course_id: course(7), version: 1, groups };
        prerequisites::replace(&mut tx, &[new]).await.expect("a prerequisite");
        tx.commit().await.expect("committed");
    }

    async fn enrol(&mut self, door: &Door, rng: &mut Rng, students: usize) {
        let prefix = format!("{}s", self.mark());
        let names = door.people(&prefix, students).await;
        let mut tx = door.begin().await;
        for name in names {
            let (elder, held) = (!rng.once_in(2), rng.once_in(9));
            let student = Student {
                id: id(&name),
                nim: format!("nim-{name}"),
                name: name.clone(),
                programme_id: id("IF-S1"),
                entry_period: if elder { "20241" } else { "20251" }.to_owned(),
                advisor_id: id("l1"),
                exit_kind: String::new(),
            };
            campus::put_student(&mut tx, &student).await.expect("a student");
            campus::put_status(&mut tx, &id(&name), &self.period.to_string(), "A").await.expect("a status");
            if held {
                let hold = Hold {
                    id: chassis::id::new(),
                    student_id: id(&name),
                    kind: "tuition",
                    note: String::new(),
                    waived_until: None,
                    lifted_at: None,
                };
                campus::put_hold(&mut tx, &hold).await.expect("a hold");
            }
            let mut wishes: Vec<_> = (0..self.offers.len()).collect();
            for n in (1..wishes.len()).rev() {
                wishes.swap(n, usize::try_from(rng.below(n as u64 + 1)).expect("a place"));
            }
            wishes.truncate(usize::try_from(rng.below(9)).expect("a number"));
            self.people.push(Person { name, elder, held, wishes });
        }
        tx.commit().await.expect("committed");
    }

    async fn wish(&self, door: &Door) {
        let put = async |person: &Person| {
            let class_ids = person.wishes.iter().map(|n| self.offers[*n].id.clone()).collect();
            let draft = Draft { student_id: id(&person.name), period: self.period, class_ids, version: 0 };
            wishes::put(&door.app, &draft).await.expect("wishes");
        };
        for people in self.people.chunks(16) {
            join_all(people.iter().map(put)).await;
        }
    }

    /// What must become of the wishes.
    fn expected(&self, seed: &str) -> Vec<Told> {
        let wishing: Vec<_> = self.people.iter().filter(|person| !person.wishes.is_empty()).cloned().collect();
        allocate(seed, &self.offers, &wishing)
    }

    /// What became of them, and what the database must say whatever that was.
    async fn found(&self, door: &Door) -> Vec<Told> {
        let readable = Readable { all: true, ..Readable::default() };
        let filter = Filter { period: self.period, student_id: String::new(), class_id: String::new(), readable };
        let rows = allocations::outcomes(&door.app.db, &filter, None, 100_000).await.expect("outcomes");
        let granted = rows.iter().filter(|row| row.outcome.granted).count();
        let query = sql!(
            "SELECT (SELECT COUNT(*) FROM study_plan_item WHERE period_code = $1),
                    (SELECT COUNT(*) FROM plan_step WHERE period_code = $1 AND deed = 'allocate' AND actor = 'system'),
                    (SELECT COUNT(*) FROM study_plan p WHERE p.period_code = $1 AND NOT EXISTS (
                        SELECT 1 FROM study_plan_item i
                        WHERE i.student_id = p.student_id AND i.period_code = p.period_code)),
                    (SELECT COUNT(*) FROM class c WHERE c.period_code = $1 AND (c.taken > c.capacity OR c.taken <> (
                        SELECT COUNT(*) FROM study_plan_item i WHERE i.class_id = c.class_id)))"
        );
        let query = query.bind(self.period.to_string());
        let (items, steps, empty, wrong) = query.one::<(i64, i64, i64, i64)>(&door.app.db).await.expect("numbers");
        let granted = i64::try_from(granted).expect("a number");
        assert_eq!((items, steps), (granted, granted), "one item and one step for each seat that was given");
        assert_eq!((empty, wrong), (0, 0), "no plan without a class, no class that counts its seats wrongly");
        let told = |row: allocations::Listed| {
            let outcome = row.outcome;
            assert_eq!(outcome.granted, outcome.refusals.is_empty(), "{outcome:?}");
            let words = outcome.refusals.iter().map(|refusal| refusal.reason.to_string()).collect();
            (row.place, outcome.rank, row.student_id, outcome.class_id, row.round, words)
        };
        rows.into_iter().map(told).collect()
    }
}

/// Starts the allocation of a period.
async fn start(allocations: &Allocations, period: PeriodCode, seed: &str) {
    let started = allocations.start(&registrar_caller(), period, seed, None).await.expect("started");
    assert!(matches!(started, Answer::Done(view) if view.started.as_ref().is_some_and(|found| found.seed == seed)));
}

/// Somebody who works on allocations, so many turns at once.
fn worker(door: &Door, turns: u32) -> (Allocations, JoinHandle<()>) {
    let allocations = Allocations::new(door.app.clone(), Limits { turns, ..Limits::default() });
    (allocations.clone(), tokio::spawn(allocations.work(door.stop.clone())))
}

async fn state(allocations: &Allocations, period: PeriodCode) -> (AllocationState, u32, u32) {
    let view = allocations.view(period, true).await.expect("it is there");
    let started = view.started.expect("it was started");
    (started.state, started.settled, started.granted)
}

/// Waits until it is over for everybody, however long that takes, as long as it goes on.
async fn done(allocations: &Allocations, period: PeriodCode) {
    let mut before = state(allocations, period).await;
    while before.0 == AllocationState::Running {
        eventually("it goes on", || async { state(allocations, period).await != before }).await;
        before = state(allocations, period).await;
    }
}

/// The turns that are next, at most so many, as a worker orders them, and their round.
async fn next_orders(door: &Door, period: PeriodCode, limit: usize) -> (u32, Vec<Order>) {
    let mut tx = door.begin().await;
    let next = allocations::next(&mut tx, period, limit, false).await.expect("a read");
    let (turns, places) = next.expect("it runs");
    let students: Vec<_> = places.iter().map(|(_, student)| student.clone()).collect();
    let mut left = wish_rows::open(&mut tx, period, &students).await.expect("wishes");
    let order = |(place, student_id): (u32, String)| {
        let wishes = left.remove(&student_id).unwrap_or_default();
        let command = Command::Allocate(Turn { round: turns.round, place, wishes });
        Order { student_id, period, command, actor: Actor::SYSTEM, scope: None }
    };
    (turns.round, places.into_iter().map(order).collect())
}

/// Goes on to the next round, if this one is over.
async fn advance(door: &Door, period: PeriodCode, round: u32) {
    let mut tx = door.begin().await;
    allocations::advance(&mut tx, period, round, door.app.clock.now()).await.expect("the next round");
    tx.commit().await.expect("committed");
}

chassis::both_engines! {
    async fn it_comes_to_what_the_model_says(door: Door) {
        let mut rng = Rng::new(door.db.seed);
        let (allocations, _work) = worker(&door, 17);
        let mut words = std::collections::BTreeSet::new();
        for code in ["20261", "20262", "20271"] {
            let campus = Campus::new(&door, &mut rng, code, 60).await;
            let seed = format!("seed {}", rng.number());
            start(&allocations, campus.period, &seed).await;
            done(&allocations, campus.period).await;
            let expected = campus.expected(&seed);
            assert_eq!(campus.found(&door).await, expected, "{code}, {seed}");
            words.extend(expected.iter().flat_map(|told| told.5.clone()));
            let (_, settled, granted) = state(&allocations, campus.period).await;
            let wishing = campus.people.iter().filter(|person| !person.wishes.is_empty()).count();
            let given = expected.iter().filter(|told| told.5.is_empty()).count();
            assert_eq!((settled as usize, granted as usize), (wishing, given));
            assert!(given > 0 && given < expected.len(), "some were given and some were not");
        }
        show(&format!("refused by {words:?}"));
    }

    async fn it_goes_on_where_it_was_killed(door: Door) {
        let mut rng = Rng::new(door.db.seed);
        let campus = Campus::new(&door, &mut rng, "20261", 60).await;
        let expected = campus.expected("killed");
        let seats = expected.iter().filter(|told| told.5.is_empty()).count();
        let seats = u32::try_from(seats).expect("a few");
        let (allocations, work) = worker(&door, 3);
        start(&allocations, campus.period, "killed").await;
        let mut killed = vec![0];
        let mut held = (door, allocations, work);
        for more in [seats / 6, seats / 2] {
            let (door, allocations, work) = held;
            eventually("some seats are given", || async { state(&allocations, campus.period).await.2 >= more }).await;
            // What it has ordered may still be settled; nobody hears of it.
            work.abort();
            drop(work.await);
            let next = door.again(Default::default());
            killed.push(state(&allocations, campus.period).await.2);
            let (allocations, work) = worker(&next, 3);
            next.app.clock.advance(SignedDuration::from_mins(2));
            held = (next, allocations, work);
        }
        let (door, allocations, _work) = held;
        done(&allocations, campus.period).await;
        assert_eq!(campus.found(&door).await, expected, "killed after {killed:?} seats");
        show(&format!("killed after {killed:?} of {} seats", state(&allocations, campus.period).await.2));
    }

    async fn no_turn_is_settled_twice_or_early_whoever_asks(door: Door) {
        let mut rng = Rng::new(door.db.seed);
        let campus = Campus::new(&door, &mut rng, "20261", 30).await;
        // Nobody works on it but this test.
        let allocations = Allocations::new(door.app.clone(), Limits::default());
        start(&allocations, campus.period, "orders").await;
        let mut rounds = 0;
        while state(&allocations, campus.period).await.0 == AllocationState::Running {
            let (round, orders) = next_orders(&door, campus.period, 100).await;
            assert!(rounds < 20, "it comes to no end");
            let backwards = door.orders(orders.iter().rev().cloned().collect()).await;
            let settled = backwards.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(settled, 1.min(orders.len()), "only the one whose turn it was");
            let early = backwards.into_iter().filter_map(Result::err).map(chassis::error::Fault::from);
            assert!(early.map(|fault| fault.kind()).all(|kind| kind == Kind::Stale));
            for _ in 0..2 {
                let again = door.orders(orders.clone()).await;
                assert!(again.iter().all(Result::is_ok), "the second time nothing happens");
            }
            for _ in 0..2 {
                // The second time it is over already.
                advance(&door, campus.period, round).await;
            }
            rounds += 1;
        }
        assert_eq!(campus.found(&door).await, campus.expected("orders"));
        assert!(rounds > 1);
    }

    async fn many_students_are_served_in_bearable_time(door: Door) {
        let mut rng = Rng::new(door.db.seed);
        let campus = Campus::new(&door, &mut rng, "20261", 400).await;
        let (allocations, _work) = worker(&door, Limits::default().turns);
        let began = Instant::now();
        start(&allocations, campus.period, "many").await;
        done(&allocations, campus.period).await;
        let (_, settled, granted) = state(&allocations, campus.period).await;
        show(&format!("{settled} students, {granted} seats in {:?}", began.elapsed()));
        assert_eq!(campus.found(&door).await, campus.expected("many"));
    }
}

/// Two replicas over one PostgreSQL database, each of which thinks that the other one is gone; SQLite has one process.
#[test]
fn two_replicas_at_once_come_to_what_one_comes_to() {
    async fn share(door: Door) {
        let mut rng = Rng::new(door.db.seed);
        let other = door.replica().await;
        let campus = Campus::new(&door, &mut rng, "20261", 60).await;
        // Nobody works on it but this test, and nobody knows of it.
        let allocations = Allocations::new(door.app.clone(), Limits::default());
        start(&allocations, campus.period, "two").await;
        let mut parts = 0;
        while state(&allocations, campus.period).await.0 == AllocationState::Running {
            parts += 1;
            assert!(parts < 200, "it comes to no end");
            let (round, orders) = next_orders(&door, campus.period, 9).await;
            // The same turns at both, at the same moment, and those of one in a wrong order.
            let wrong: Vec<_> = orders.iter().rev().chain(&orders).cloned().collect();
            futures_util::join!(door.orders(orders), other.orders(wrong));
            advance(&door, campus.period, round).await;
        }
        assert_eq!(campus.found(&door).await, campus.expected("two"));

        let campus = Campus::new(&door, &mut rng, "20262", 60).await;
        let clock: Clock = door.app.clock.clone();
        let ((allocations, _one), (_, _two)) = (worker(&door, 5), worker(&other, 7));
        start(&allocations, campus.period, "shared").await;
        eventually("it is over for everybody", || async {
            // Nobody's time to work on it alone ever lasts.
            clock.advance(SignedDuration::from_mins(2));
            state(&allocations, campus.period).await.0 == AllocationState::Done
        })
        .await;
        assert_eq!(campus.found(&door).await, campus.expected("shared"));
        other.stop.cancel();
    }
    chassis::testing::run(Engine::Postgres, "two_replicas_at_once_come_to_what_one_comes_to", share);
}
