//! Orders whose time is over before their turn comes: nobody waits for what they would have locked.

use std::time::Duration;

use chassis::db::Engine;
use chassis::error::{Fault, Kind};
use chassis::telemetry::Context;
use chassis::testing::{eventually, run};
use tokio::time::{Instant, timeout};

use crate::support::door::{Door, add, class, order};

/// The plan of the late one is locked by somebody for as long as it takes; those who were queued with it are served.
/// PostgreSQL alone: SQLite has one lock.
#[test]
fn a_late_order_waits_for_no_lock() {
    async fn wait(door: Door) {
        door.people("s", 2).await;
        let free = class("FREE", 3, 9, (1, 8));
        door.offer(std::slice::from_ref(&free)).await;
        let locked = door.locked("s0").await;
        let (hold, soon) = (door.hold().await, Instant::now() + Duration::from_millis(50));
        let late = Context::default().due(soon).scope(door.app.registrar.submit(order("s0", add(&free))));
        let release = async {
            door.queued(2).await;
            eventually("the deadline has passed", || async { Instant::now() > soon }).await;
            hold.release().await;
        };
        let both = async { tokio::join!(late, door.order("s1", add(&free)), release) };
        let answered = timeout(Duration::from_secs(3), both).await;
        locked.rollback().await.expect("rolled back");
        let (late, other, ()) = answered.expect("nobody waits for the lock");
        assert_eq!(late.map(drop).map_err(|error| Fault::from(error).kind()), Err(Kind::TooSlow));
        other.expect("a seat");
        assert_eq!(door.seats(&free.id).await, (1, 1, 1));
    }
    run(Engine::Postgres, "a_late_order_waits_for_no_lock", wait);
}
