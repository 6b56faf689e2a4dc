//! The registrar: many orders in one transaction, each as if it were alone. Every guard was removed once to see its test
//! fail.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::Engine;
use chassis::error::{Fault, Kind};
use chassis::once::Answer;
use chassis::sql;
use chassis::telemetry::Context;
use chassis::testing::{Rng, eventually, run};
use course_svc::app::registrar::{Command, Limits, Order};
use course_svc::app::situation::PlanView;
use course_svc::error::Error;
use futures_util::future::join_all;
use jiff::Timestamp;
use prost::Message;
use proto::course::v1 as pb;
use tokio::time::Instant;

use crate::support::door::{Door, add, class, drop_of, keyed_order, order, section, swap, view};
use crate::support::{id, words};

const ROUNDS: usize = 20;

fn done(outcomes: &[Result<Answer<PlanView>, Error>]) -> usize {
    outcomes.iter().filter(|outcome| matches!(outcome, Ok(Answer::Done(_)))).count()
}

/// Gives orders that the registrar takes up together.
async fn together(door: &Door, orders: Vec<Order>) -> Vec<Result<Answer<PlanView>, Error>> {
    let (hold, count) = (door.hold().await, orders.len());
    let release = async {
        door.queued(count).await;
        hold.release().await;
    };
    let (outcomes, ()) = tokio::join!(door.orders(orders), release);
    outcomes
}

chassis::both_engines! {
    async fn orders_of_one_student_in_one_batch_are_decided_in_turn(door: Door) {
        door.people("s", ROUNDS).await;
        let (early, late) = (class("EARLY", 3, 99, (1, 8)), class("LATE", 3, 99, (1, 8)));
        door.offer(&[early.clone(), late.clone()]).await;
        for n in 0..ROUNDS {
            let student = format!("s{n}");
            // They clash: the first one wins, and the second one hears of it.
            let orders = [&early, &late, &early].map(|class| order(&student, add(class)));
            let mut outcomes = together(&door, orders.into()).await.into_iter().map(view);
            let mut next = || outcomes.next().expect("an outcome");
            assert_eq!(next().expect("a seat").version(), 1);
            assert_eq!(words(&next().expect_err("it clashes")), ["schedule-clash"]);
            assert_eq!(words(&next().expect_err("it is there")), ["class-already-taken"]);
            assert_eq!(door.items(&student).await, vec![early.id.clone()]);
        }
        assert_eq!(door.seats(&early.id).await, (20, 20, 20));
        assert_eq!(door.seats(&late.id).await, (0, 0, 0));
    }

    async fn a_plan_may_change_many_times_in_one_batch(door: Door) {
        door.people("s", 2).await;
        let classes = [class("A", 3, 1, (1, 8)), class("B", 3, 9, (2, 8)), class("C", 3, 9, (3, 8))];
        door.offer(&classes).await;
        let [a, b, c] = &classes;
        let outcomes = together(&door, vec![
            order("s0", add(a)),
            order("s1", add(a)),
            order("s0", add(b)),
            order("s0", drop_of(a)),
            order("s1", add(a)),
            order("s0", swap(b, c)),
            order("s0", Command::Submit { version: 3 }),
            order("s0", Command::Submit { version: 4 }),
            order("s0", drop_of(c)),
            order("s0", Command::Withdraw { version: 5 }),
            order("s0", drop_of(c)),
            order("s0", add(c)),
        ]).await;
        let found: Vec<_> = outcomes.into_iter().map(|outcome| match view(outcome) {
            Ok(view) => view.plan.map_or(0, |plan| plan.version).to_string(),
            Err(fault) => fault.reason().to_owned(),
        }).collect();
        assert_eq!(found, ["1", "class-full", "2", "3", "1", "4", "version-stale", "5", "plan-submitted", "6", "7", "8"]);
        assert_eq!((door.items("s0").await, door.items("s1").await), (vec![c.id.clone()], vec![a.id.clone()]));
        assert_eq!(door.seats(&a.id).await, (1, 3, 1));
        assert_eq!(door.seats(&b.id).await, (0, 2, 0));
        assert_eq!(door.seats(&c.id).await, (1, 3, 1));
        let steps = sql!("SELECT deed FROM plan_step WHERE student_id = $1 ORDER BY version");
        let steps = steps.bind(id("s0")).all::<(String,)>(&door.app.db).await.expect("steps");
        let steps: Vec<_> = steps.iter().map(|(deed,)| deed.as_str()).collect();
        assert_eq!(steps, ["add", "add", "drop", "swap", "submit", "withdraw", "drop", "add"]);
        // The catalogue in memory heard of it all.
        let shelf = door.app.catalogue.shelf(crate::support::door::period()).await.expect("classes");
        let taken: Vec<_> = classes.iter().map(|class| shelf.get(&class.id).expect("a class").seats().taken).collect();
        assert_eq!(taken, [1, 0, 1]);
    }

    async fn a_hot_class_is_sold_out_exactly_and_in_the_order_of_asking(door: Door) {
        let students = door.people("s", 400).await;
        for round in 0..5 {
            let hot = class(&format!("HOT{round}"), 3, 40, (1 + round, 8));
            door.offer(std::slice::from_ref(&hot)).await;
            let orders: Vec<_> = students.iter().map(|student| order(student, add(&hot))).collect();
            let outcomes = match round {
                0 => together(&door, orders).await,
                _ => door.orders(orders).await,
            };
            for (n, outcome) in outcomes.into_iter().map(view).enumerate() {
                match outcome {
                    Ok(_) => assert!(n < 40, "{n} came after the last seat"),
                    Err(fault) => assert!(n >= 40 && words(&fault) == ["class-full"], "{n}: {fault}"),
                }
            }
            assert_eq!(door.seats(&hot.id).await, (40, 40, 40));
        }
        // Nobody who got nothing has a plan.
        let rows = sql!("SELECT COUNT(*) FROM study_plan").one::<(i64,)>(&door.app.db).await.expect("a count").0;
        assert_eq!(rows, 40);
    }

    async fn an_order_that_the_database_refuses_fails_alone(door: Door) {
        door.people("s", 5).await;
        let free = class("FREE", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        door.order("s4", add(&free)).await.expect("a seat");
        door.order("s4", Command::Submit { version: 1 }).await.expect("handed in");
        // No note of this length comes through the contract; the table has its own limit.
        let bad = Command::Return { version: 2, note: "x".repeat(501), by_office: true };
        let orders = vec![
            order("s0", add(&free)), order("s1", add(&free)), order("s4", bad), order("s2", add(&free)), order("s3", drop_of(&free)),
        ];
        let mut outcomes = together(&door, orders).await.into_iter().map(|outcome| view(outcome).map_err(|f| f.kind()));
        let mut next = || outcomes.next().expect("an outcome").map(|view| view.version());
        assert_eq!([next(), next(), next(), next(), next()], [Ok(1), Ok(1), Err(Kind::Internal), Ok(1), Err(Kind::Absent)]);
        assert_eq!(door.seats(&free.id).await, (4, 4, 4));
        door.order("s4", Command::Return { version: 2, note: "Lagi.".to_owned(), by_office: true }).await.expect("it still works");
    }

    async fn an_order_whose_time_is_over_is_never_carried_out(door: Door) {
        door.people("s", 2).await;
        let free = class("FREE", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        let due = |at: Instant| {
            let order = door.app.registrar.submit(order("s0", add(&free)));
            Context::default().due(at).scope(order)
        };
        let fault = view(due(Instant::now()).await).expect_err("too late");
        assert_eq!((fault.kind(), fault.reason()), (Kind::TooSlow, "too-slow"));
        // In time when it was given, too late when it would have had its turn.
        let (hold, soon) = (door.hold().await, Instant::now() + Duration::from_millis(50));
        let release = async {
            door.queued(2).await;
            eventually("the deadline has passed", || async { Instant::now() > soon }).await;
            hold.release().await;
        };
        let (late, other, ()) = tokio::join!(due(soon), door.order("s1", add(&free)), release);
        assert_eq!(view(late).expect_err("too late").kind(), Kind::TooSlow);
        // In time when it was taken up, too late when it has the locks that it waits for.
        let (locked, soon) = (door.locked("s0").await, Instant::now() + Duration::from_millis(300));
        let release = async {
            door.queued(0).await;
            assert!(Instant::now() < soon, "it was taken up in time");
            eventually("the deadline has passed", || async { Instant::now() > soon }).await;
            locked.rollback().await.expect("rolled back");
        };
        let (late, ()) = tokio::join!(due(soon), release);
        assert_eq!(view(late).expect_err("too late").kind(), Kind::TooSlow);
        other.expect("it had no deadline");
        assert_eq!(door.seats(&free.id).await, (1, 1, 1));
        assert_eq!(door.items("s0").await, [""; 0]);
    }

    async fn a_full_queue_refuses_at_once_and_says_when_to_come_back(door: Door) {
        door.people("s", 4).await;
        let free = class("FREE", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        let small = door.again(Limits { queue: 2, batch: 1, writers: 1, ..Limits::default() });
        let hold = small.hold().await;
        let release = async {
            small.queued(2).await;
            let fault = small.order("s3", add(&free)).await.expect_err("no place");
            assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "overloaded"));
            assert_eq!(fault.retry_after(), Some(Duration::from_secs(1)));
            // It was not taken on: its key is free.
            let again = small.app.registrar.submit(keyed_order(order("s3", add(&free)), "key")).await;
            assert_eq!(view(again).expect_err("no place").reason(), "overloaded");
            hold.release().await;
        };
        let orders = vec![order("s0", add(&free)), order("s1", add(&free))];
        let (outcomes, ()) = tokio::join!(small.orders(orders), release);
        assert_eq!(done(&outcomes), 2);
        let later = small.app.registrar.submit(keyed_order(order("s3", add(&free)), "key")).await;
        view(later).expect("there is a place now");
    }

    async fn what_is_queued_when_the_registrar_stops_is_settled(door: Door) {
        let students = door.people("s", 30).await;
        let free = class("FREE", 3, 99, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        let small = door.again(Limits { queue: 99, batch: 4, writers: 1, ..Limits::default() });
        let hold = small.hold().await;
        let release = async {
            small.queued(30).await;
            small.stop.cancel();
            hold.release().await;
        };
        let orders = students.iter().map(|student| order(student, add(&free))).collect();
        let (outcomes, ()) = tokio::join!(small.orders(orders), release);
        assert_eq!(done(&outcomes), 30);
        assert_eq!(door.seats(&free.id).await, (30, 30, 30));
        let fault = small.order("s0", drop_of(&free)).await.expect_err("it has stopped");
        assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "stopping"));
    }

    async fn a_panic_is_the_fault_of_one_order(door: Door) {
        door.people("s", 2).await;
        let free = class("FREE", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        // At the beginning of time there is no day before, as the age of a key wants it.
        let odd = Door::over(door.db.clone(), door.app.db.clone(), Limits::default(), Clock::manual(Timestamp::MIN));
        let orders = vec![keyed_order(order("s0", add(&free)), "key"), order("s1", add(&free))];
        let mut outcomes = together(&odd, orders).await.into_iter().map(view);
        assert_eq!(outcomes.next().expect("an outcome").expect_err("a panic").kind(), Kind::Internal);
        let fault = outcomes.next().expect("an outcome").expect_err("too early");
        assert_eq!(words(&fault), ["krs-not-open-yet"]);
        assert_eq!(words(&odd.order("s1", add(&free)).await.expect_err("it goes on")), ["krs-not-open-yet"]);
    }

    async fn a_key_is_answered_the_same_after_a_restart(door: Door) {
        door.people("s", 1).await;
        let class = section("IF201", "A", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&class)).await;
        let given = keyed_order(order("s0", add(&class)), "key");
        let first = match door.app.registrar.submit(given.clone()).await.expect("a seat") {
            Answer::Done(view) => course_svc::grpc::convert::plan_view(&view),
            Answer::Again(_) => panic!("it was never given before"),
        };
        // What is kept has no description of the class.
        let kept = sql!("SELECT response FROM idempotency").one::<(Vec<u8>,)>(&door.app.db).await.expect("an answer").0;
        let kept = pb::PlanView::decode(kept.as_slice()).expect("a plan");
        let slim = kept.items[0].class.clone().expect("a class");
        assert_eq!((slim.id, slim.capacity, slim.taken, slim.course), (class.id.clone(), 9, 1, None));
        door.order("s0", drop_of(&class)).await.expect("given back");
        for door in [&door, &door.again(Limits::default())] {
            let again = match door.app.registrar.submit(given.clone()).await.expect("as it was") {
                Answer::Again(bytes) => pb::PlanView::decode(bytes.as_slice()).expect("a plan"),
                Answer::Done(_) => panic!("it was carried out twice"),
            };
            assert_eq!(again, first);
        }
        assert_eq!(door.seats(&class.id).await, (0, 2, 0));
    }

    async fn a_swap_never_loses_the_seat_whoever_else_wants_one(door: Door) {
        let (swappers, others) = (door.people("w", 8).await, door.people("o", 8).await);
        let classes = [class("ONE", 3, 5, (1, 8)), class("TWO", 3, 5, (2, 8)), class("THREE", 3, 5, (3, 8))];
        door.offer(&classes).await;
        for (n, swapper) in swappers.iter().enumerate() {
            door.order(swapper, add(&classes[n % 2])).await.expect("a seat");
        }
        let mut rng = Rng::new(door.db.seed);
        for _ in 0..ROUNDS {
            let mut storm = rng.fork();
            let swaps = swappers.iter().map(|swapper| {
                let (mut rng, door, classes) = (rng.fork(), &door, &classes);
                async move {
                    for _ in 0..3 {
                        let (old, new) = (rng.pick(classes), rng.pick(classes));
                        drop(door.order(swapper, swap(old, new)).await);
                        assert_eq!(door.items(swapper).await.len(), 1, "{swapper} has one class");
                    }
                }
            });
            let storm = async {
                for other in &others {
                    let class = storm.pick(&classes);
                    let command = if storm.once_in(2) { add(class) } else { drop_of(class) };
                    drop(door.order(other, command).await);
                }
            };
            tokio::join!(join_all(swaps), storm);
            for class in &classes {
                let (taken, _, items) = door.seats(&class.id).await;
                assert!(taken == items && taken <= 5, "{taken} of 5, {items} items");
            }
        }
    }
}

/// Twenty orders of every sort, given to both replicas at once, again and again.
#[test]
fn two_registrars_over_one_database_never_lock_each_other_out() {
    async fn race(door: Door) {
        let students = door.people("s", 24).await;
        let other = door.replica().await;
        let mut classes = Vec::new();
        for n in 0..6 {
            for name in ["A", "B"] {
                classes.push(section(&format!("C{n}"), name, 3, 4, (1 + n % 3, 8 + u32::from(name == "B"))));
            }
        }
        door.offer(&classes).await;
        let mut rng = Rng::new(door.db.seed);
        for round in 0..ROUNDS {
            // In every other round nobody is at both replicas: then only the seats are wanted by both.
            let (these, those) = match round % 2 {
                0 => students.split_at(students.len() / 2),
                _ => (students.as_slice(), students.as_slice()),
            };
            let mut orders = |students: &[String]| -> Vec<Order> {
                let command = |rng: &mut Rng| match rng.below(8) {
                    0..=3 => add(rng.pick(&classes)),
                    4 | 5 => drop_of(rng.pick(&classes)),
                    6 => swap(rng.pick(&classes), rng.pick(&classes)),
                    _ => Command::Open,
                };
                (0..60).map(|_| order(rng.pick(students).as_str(), command(&mut rng))).collect()
            };
            let (ours, theirs) = (orders(these), orders(those));
            let (ours, theirs) = tokio::join!(door.orders(ours), other.orders(theirs));
            for fault in ours.into_iter().chain(theirs).filter_map(|outcome| view(outcome).err()) {
                assert!(matches!(fault.kind(), Kind::Refused | Kind::Absent), "round {round}: {fault}");
            }
            for class in &classes {
                let (taken, _, items) = door.seats(&class.id).await;
                assert!(taken == items && taken <= 4, "round {round}: {taken} of 4, {items} items");
            }
        }
        for student in &students {
            let view = door.order(student, Command::Open).await.expect("it is open");
            assert!(view.credits <= 24);
            let mut hours: Vec<_> = view.items.iter().map(|item| item.class.meetings[0].slot).collect();
            let mut courses: Vec<_> = view.items.iter().map(|item| item.class.course.id.clone()).collect();
            let before = (hours.len(), courses.len());
            hours.sort();
            hours.dedup();
            courses.sort();
            courses.dedup();
            assert_eq!(before, (hours.len(), courses.len()), "{student} has an hour or a course twice");
        }
        let deadlocks = sql!(
            sqlite = "SELECT 0",
            postgres = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        );
        assert_eq!(deadlocks.one::<(i64,)>(&door.app.db).await.expect("a count"), (0,));
    }
    run(Engine::Postgres, "two_registrars_over_one_database_never_lock_each_other_out", race);
}

/// The same key at two replicas at once: one effect, and the same answer from both; another body is told so.
#[test]
fn one_key_at_two_registrars_at_once_has_one_effect() {
    async fn race(door: Door) {
        door.people("s", 2).await;
        let other = door.replica().await;
        for round in 0..ROUNDS {
            let class = class(
                &format!("C{round}"),
                1,
                9,
                (1 + u32::try_from(round).expect("small") / 12, 6 + u32::try_from(round).expect("small") % 12),
            );
            door.offer(std::slice::from_ref(&class)).await;
            let given = || keyed_order(order("s0", add(&class)), &format!("key{round}"));
            let (ours, theirs) = tokio::join!(door.app.registrar.submit(given()), other.app.registrar.submit(given()));
            let bytes = |outcome: Result<Answer<PlanView>, Error>| match outcome.expect("it was carried out") {
                Answer::Done(view) => (true, course_svc::grpc::convert::plan_view(&view)),
                Answer::Again(bytes) => (false, pb::PlanView::decode(bytes.as_slice()).expect("a plan")),
            };
            let ((first, one), (second, two)) = (bytes(ours), bytes(theirs));
            assert!(first != second, "round {round}: carried out once");
            assert_eq!(one, two);
            assert_eq!(door.seats(&class.id).await, (1, 1, 1));

            // Other bodies under one key, about other plans: nothing but the key stands between them.
            let given = |student: &str| keyed_order(order(student, drop_of(&class)), &format!("drop{round}"));
            let mine = Order { scope: given("s0").scope, ..order("s0", drop_of(&class)) };
            let foreign = Order { scope: given("s1").scope, ..order("s1", Command::Open) };
            let (ours, theirs) = tokio::join!(door.app.registrar.submit(mine), other.app.registrar.submit(foreign));
            let kinds = [ours, theirs].map(|outcome| outcome.map(drop).map_err(|error| Fault::from(error).kind()));
            assert!(kinds == [Ok(()), Err(Kind::KeyReused)] || kinds == [Err(Kind::KeyReused), Ok(())], "{kinds:?}");
        }
    }
    run(Engine::Postgres, "one_key_at_two_registrars_at_once_has_one_effect", race);
}

/// What tests ask of a plan.
trait Asked {
    fn version(&self) -> i64;
}

impl Asked for PlanView {
    fn version(&self) -> i64 {
        self.plan.as_ref().map_or(0, |plan| plan.version)
    }
}
