//! What the machine can do without us: pgbench with the same transaction, and a route that does nothing.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::post;

use crate::Outcome;
use crate::campus::{Campus, PERIOD};
use crate::ground;
use crate::postgres::Postgres;
use crate::system::Folder;

/// Clients of pgbench.
pub const CLIENTS: u32 = 16;
/// Database of pgbench.
const DATABASE: &str = "pgbench_add";
/// More seats than anybody takes in a run.
const PLENTY: u32 = 1_000_000_000;

/// Which classes the clients of pgbench want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// One class of 40 seats, looked at under its lock, as textbooks do it: nearly every attempt is refused, and rolled back.
    HotLocked,
    /// The same with a guarded update, which locks nothing once the class is full.
    HotGuarded,
    /// One class with seats for everybody.
    HotEndless,
    /// Any class, with seats for everybody.
    Spread,
}

impl Aim {
    /// All.
    pub const ALL: [Self; 4] = [Self::HotLocked, Self::HotGuarded, Self::HotEndless, Self::Spread];

    /// As it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HotLocked => "hot class, 40 seats, class locked first",
            Self::HotGuarded => "hot class, 40 seats, guarded update",
            Self::HotEndless => "hot class, endless seats",
            Self::Spread => "spread over all classes",
        }
    }
}

/// Transactions a second of pgbench with the naive transaction of taking a seat: one client, one attempt, one commit. It
/// writes what the add writes and decides nothing but whether there is a seat.
///
/// # Errors
/// PostgreSQL or pgbench fails.
pub async fn pgbench(postgres: &Postgres, campus: &Campus, seconds: u64) -> Outcome<Vec<(Aim, f64)>> {
    postgres.execute("postgres", &["DROP DATABASE IF EXISTS pgbench_add", "CREATE DATABASE pgbench_add"])?;
    let roomy = Campus { seats: 1000, ..*campus };
    let db = ground::lay(&postgres.database(DATABASE).parse()?, &roomy).await?;
    db.close().await;
    let folder = Folder::new("pgbench")?;
    let mut rates = Vec::new();
    for aim in Aim::ALL {
        let seats = if matches!(aim, Aim::HotLocked | Aim::HotGuarded) { 40 } else { PLENTY };
        postgres.execute(
            DATABASE,
            &[
                "ALTER TABLE class DROP CONSTRAINT IF EXISTS ck_class_capacity",
                "TRUNCATE study_plan, plan_step, outbox, idempotency CASCADE",
                &format!("UPDATE class SET taken = 0, capacity = {seats}"),
                "VACUUM ANALYZE",
                "CHECKPOINT",
            ],
        )?;
        let script = folder.path().join("add.sql");
        fs::write(&script, transaction(campus, aim))?;
        let mut command = postgres.pgbench(DATABASE);
        command.args(["-M", "prepared", "-j", "1", "-c", &CLIENTS.to_string(), "-T", &seconds.to_string(), "-f"]);
        let done = tokio::task::spawn_blocking(move || command.arg(script).output()).await??;
        let said = String::from_utf8_lossy(&done.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        match rate {
            Some(rate) if done.status.success() => rates.push((aim, rate)),
            _ => return Err(format!("pgbench: {said}{}", String::from_utf8_lossy(&done.stderr)).into()),
        }
    }
    Ok(rates)
}

/// The script of pgbench.
fn transaction(campus: &Campus, aim: Aim) -> String {
    let mut text = format!("\\set s random(0, {})\n", campus.students - 1);
    let class = match aim {
        Aim::Spread => format!("\\set c random(0, {})\n", campus.classes - 1),
        Aim::HotLocked | Aim::HotGuarded | Aim::HotEndless => "\\set c 0\n".to_owned(),
    };
    text.push_str(&class);
    // Writing to a string does not fail.
    let _written = writeln!(text, "\\set k :c * {} / {}", campus.courses(), campus.classes);
    let take = if aim == Aim::HotLocked { LOCKED } else { GUARDED };
    text.push_str(&ADD.replace("TAKE;", take).replace("PERIOD", PERIOD));
    text
}

/// Taking a seat by an update that finds none in a full class.
const GUARDED: &str = r"WITH seat AS (UPDATE class SET taken = taken + 1, seat_version = seat_version + 1
    WHERE class_id = 'c' || :c AND taken < capacity RETURNING 1) SELECT COUNT(*) AS got FROM seat \gset
\if :got";

/// Taking a seat by looking whether there is one, under the lock of the class.
const LOCKED: &str = r"SELECT CAST(taken < capacity AS INT) AS got FROM class WHERE class_id = 'c' || :c FOR UPDATE \gset
\if :got
UPDATE class SET taken = taken + 1, seat_version = seat_version + 1 WHERE class_id = 'c' || :c;";

const ADD: &str = r"BEGIN;
INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
    VALUES ('s' || :s, 'PERIOD', 'draft', 0, 1) ON CONFLICT (student_id, period_code) DO NOTHING;
SELECT version FROM study_plan WHERE student_id = 's' || :s AND period_code = 'PERIOD' FOR NO KEY UPDATE;
TAKE;
INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
    VALUES ('s' || :s, 'PERIOD', 'c' || :c, 'k' || :k, 1) ON CONFLICT DO NOTHING;
UPDATE study_plan SET version = version + 1, changed_at = 1
    WHERE student_id = 's' || :s AND period_code = 'PERIOD' RETURNING version \gset
INSERT INTO plan_step (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
    VALUES ('s' || :s, 'PERIOD', :version, 'add', 'draft', 1, 's' || :s, 'student', 's' || :s, '', 'MK A');
INSERT INTO outbox (event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at)
    VALUES (gen_random_uuid()::text, 'course.plan', 's' || :s || '/PERIOD', :version,
        decode(repeat('00', 200), 'hex'), false, '', 1);
INSERT INTO idempotency (account, rpc, key, request_hash, response, at)
    VALUES ('s' || :s, '/siakad.course.v1.Krs/AddClass', gen_random_uuid()::text, md5('x'),
        decode(repeat('00', 200), 'hex'), 1);
COMMIT;
\else
ROLLBACK;
\endif
";

/// A server with one route that answers at once what the API would answer to an add, on a thread of its own. It ends with
/// the process.
///
/// # Errors
/// No port is free.
pub fn bare_route() -> Outcome<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    std::thread::Builder::new().name("bare route".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let body = format!("{{\"items\":\"{}\"}}", "x".repeat(2000));
            let answer = move |_: axum::body::Bytes| {
                let body = body.clone();
                async move { (StatusCode::CREATED, [(header::ETAG, "\"1-x\"")], body) }
            };
            let router = Router::new().route("/api/v1/students/{id}/plans/{period}/items", post(answer));
            axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await
        })
    })?;
    // It listens already; what comes before the thread runs waits in the backlog.
    std::thread::sleep(Duration::from_millis(50));
    Ok(address)
}
