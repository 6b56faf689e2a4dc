//! The bench itself, small enough for every run of the tests: a crowd at the door, and deaths under load, on both engines.
//! Whatever is measured here is not looked at; what was promised is.

use std::time::Duration;

use bench::faults;
use bench::run::{self, Plan};
use bench::scenario::Scenario;
use bench::system::{Engine, siakad};

fn crowd() -> Plan {
    Plan {
        students: 100,
        scenarios: vec![Scenario::Hot, Scenario::Day],
        replicas: 1,
        settings: Vec::new(),
        connections: 32,
        day: Duration::from_secs(10),
        pgbench: 0,
    }
}

async fn crowd_keeps_every_promise(engine: Engine, replicas: usize) {
    let plan = Plan { replicas, ..crowd() };
    let rates = run::war_krs(engine, &siakad(None).expect("a siakad"), &plan).await.expect("a run");
    assert!(rates.good, "a promise was broken: see above");
}

async fn deaths_lose_nothing(engine: Engine, outage: Duration) {
    // How soon is measured elsewhere: here everything else may run beside it.
    let recovery = Duration::from_secs(60);
    let plan = faults::Plan { students: 100, kills: 4, outage, connections: 32, recovery };
    let good = faults::run(engine, &siakad(None).expect("a siakad"), &plan).await.expect("a run");
    assert!(good, "a promise was broken: see above");
}

#[tokio::test]
async fn a_crowd_keeps_every_promise_on_sqlite() {
    crowd_keeps_every_promise(Engine::Sqlite, 1).await;
}

#[tokio::test]
async fn a_crowd_keeps_every_promise_on_two_replicas_and_postgresql() {
    crowd_keeps_every_promise(Engine::Postgres, 2).await;
}

#[tokio::test]
async fn kill_9_loses_no_confirmed_seat_on_sqlite() {
    deaths_lose_nothing(Engine::Sqlite, Duration::ZERO).await;
}

#[tokio::test]
async fn kill_9_and_a_stopped_database_lose_no_confirmed_seat_on_postgresql() {
    deaths_lose_nothing(Engine::Postgres, Duration::from_secs(3)).await;
}
