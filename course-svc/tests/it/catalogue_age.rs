//! How old the seats are that a replica shows of what another one sold: [ADR 12] says a second.
//!
//! [ADR 12]: ../../../docs/adr/0012-seats-of-other-replicas-are-looked-up.md

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chassis::db::Engine;
use chassis::testing::{eventually, run};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::support::door::{Door, add, class, period};
use crate::support::show;

const SECOND: Duration = Duration::from_secs(1);

impl Door {
    /// Seats taken of a class as this replica shows them.
    async fn shown(&self, class_id: &str) -> u32 {
        let shelf = self.app.catalogue.shelf(period()).await.expect("classes");
        shelf.get(class_id).expect("a class").seats().taken
    }
}

/// Everybody comes at once after nobody came for a while: nobody is shown what was there then.
#[test]
fn nobody_is_shown_seats_of_long_ago() {
    async fn crowd(door: Door) {
        let students = door.people("s", 3).await;
        let hot = class("HOT", 3, 99, (1, 8));
        door.offer(std::slice::from_ref(&hot)).await;
        let other = door.replica().await;
        assert_eq!(other.shown(&hot.id).await, 0);
        for (student, taken) in students.iter().zip(1..) {
            let seen = Instant::now();
            eventually("a second has passed", || async { seen.elapsed() > SECOND }).await;
            door.order(student, add(&hot)).await.expect("a seat");
            let shown = join_all((0..16).map(|_| other.shown(&hot.id))).await;
            assert_eq!(shown, [taken; 16]);
        }
    }
    run(Engine::Postgres, "nobody_is_shown_seats_of_long_ago", crowd);
}

/// How long before a number was asked for the first seat was sold that it lacks.
fn behind(sold: &[Instant], shown: usize, asked: Instant) -> Duration {
    sold.get(shown).map_or(Duration::ZERO, |missing| asked.saturating_duration_since(*missing))
}

/// One replica sells, the other one is read without a pause: what it shows has every seat that was sold more than a second
/// before it was asked.
#[test]
fn under_load_no_number_is_older_than_a_second() {
    async fn load(door: Door) {
        let students = door.people("s", 200).await;
        let hot = class("HOT", 3, 999, (1, 8));
        door.offer(std::slice::from_ref(&hot)).await;
        let other = door.replica().await;
        let (sold, over, oldest) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicU64::new(0));
        let sell = async {
            let began = Instant::now();
            for student in &students {
                door.order(student, add(&hot)).await.expect("a seat");
                sold.lock().expect("a list").push(Instant::now());
            }
            // Long enough that seats were sold more than a second before.
            eventually("two seconds have passed", || async { began.elapsed() > 2 * SECOND }).await;
            over.store(true, Ordering::Relaxed);
        };
        let read = async || {
            let mut readings = 0;
            while !over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let shown = usize::try_from(other.shown(&hot.id).await).expect("small");
                let behind = behind(&sold.lock().expect("a list"), shown, asked);
                assert!(behind <= SECOND, "{shown} seats are shown, another one was sold {behind:?} before");
                oldest.fetch_max(u64::try_from(behind.as_micros()).expect("small"), Ordering::Relaxed);
                readings += 1;
                tokio::task::yield_now().await;
            }
            readings
        };
        let (readings, ()) = tokio::join!(join_all((0..4).map(|_| read())), sell);
        eventually("it shows all of them", || async { other.shown(&hot.id).await == 200 }).await;
        let readings: u64 = readings.into_iter().sum();
        let oldest = Duration::from_micros(oldest.into_inner());
        show(&format!("{readings} readings beside 200 sales; the oldest number was {oldest:?} behind"));
        assert!(readings > 200, "it was read all the time");
    }
    run(Engine::Postgres, "under_load_no_number_is_older_than_a_second", load);
}
