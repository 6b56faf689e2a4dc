//! A database of course-svc without the services around it: filled with rows as its feeds would have filled it. For what is
//! measured inside one process, and for pgbench.

use chassis::db::{Db, DbConfig, Engine, migrate};
use chassis::sql;

use crate::Outcome;
use crate::campus::{CREDITS, Campus, PERIOD, SLOTS};

/// Makes the schema and fills it: students `s0`, `s1`, ..., who may all register, classes `c0`, `c1`, ..., and an open
/// window.
///
/// # Errors
/// What the database says.
pub async fn lay(config: &DbConfig, campus: &Campus) -> Outcome<Db> {
    migrate(config, &course_svc::MIGRATIONS).await?;
    let db = Db::open(config, &course_svc::MIGRATIONS).await?;
    let mut tx = db.begin().await?;
    sql!("INSERT INTO period (period_code, state, version) VALUES ($1, 'active', 1)").bind(PERIOD).run(&mut tx).await?;
    sql!(
        "INSERT INTO period_window (period_code, place, kind, scope, scope_key, opens_at, closes_at)
         VALUES ($1, 0, 'krs', 'university', '', 0, 9000000000000000)"
    )
    .bind(PERIOD)
    .run(&mut tx)
    .await?;
    // Everything that there is to hear has been heard: nobody has a hold or a result.
    sql!(
        "INSERT INTO feed_cursor (source, epoch, seq, event_id, bootstrap)
         VALUES ('student', 'e', 1, 'x', ''), ('grade', 'e', 1, 'x', '')"
    )
    .run(&mut tx)
    .await?;
    sql!(
        "WITH RECURSIVE n (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n.n + 1 FROM n WHERE n.n < $1 - 1)
         INSERT INTO student (student_id, nim, programme_id, entry_period, advisor_id, exit_kind)
         SELECT 's' || n.n, 'B' || n.n, 'p0', $2, '', '' FROM n"
    )
    .bind(campus.students)
    .bind(PERIOD)
    .run(&mut tx)
    .await?;
    sql!("INSERT INTO student_status (student_id, period_code, status) SELECT student_id, $1, 'A' FROM student")
        .bind(PERIOD)
        .run(&mut tx)
        .await?;
    sql!(
        "WITH RECURSIVE n (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n.n + 1 FROM n WHERE n.n < $1 - 1)
         INSERT INTO course (course_id, programme_id, code, code_key, name, name_key, name_en, credits_lecture,
             credits_practice, credits_field, credits_simulation, requirement_kind, recommended_semester, version)
         SELECT 'k' || n.n, 'p0', 'MK' || n.n, 'mk' || n.n, 'Mata Kuliah ' || n.n, 'mata kuliah ' || n.n, '', $2,
             0, 0, 0, 'elective', 0, 1 FROM n"
    )
    .bind(campus.courses())
    .bind(CREDITS)
    .run(&mut tx)
    .await?;
    sql!(
        "WITH RECURSIVE n (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n.n + 1 FROM n WHERE n.n < $1 - 1)
         INSERT INTO class (class_id, period_code, course_id, name, capacity, taken, seat_version, open, version)
         SELECT 'c' || n.n, $2, 'k' || (n.n * $3 / $1), CAST(n.n % 7 AS TEXT), $4, 0, 0, true, 1 FROM n"
    )
    .bind(campus.classes)
    .bind(PERIOD)
    .bind(campus.courses())
    .bind(campus.seats)
    .run(&mut tx)
    .await?;
    sql!("UPDATE class SET capacity = $1 WHERE class_id = 'c0'").bind(campus.hot_seats).run(&mut tx).await?;
    sql!(
        "WITH RECURSIVE n (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n.n + 1 FROM n WHERE n.n < $1 - 1)
         INSERT INTO class_meeting (class_id, place, day, start_minute, end_minute, room_id)
         SELECT 'c' || n.n, 0, n.n % $2 % 5 + 1, 420 + n.n % $2 / 5 * 110, 420 + n.n % $2 / 5 * 110 + 100, NULL FROM n"
    )
    .bind(campus.classes)
    .bind(SLOTS)
    .run(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(db)
}

/// Seats of the classes and places in plans, and whether they agree: places in all, and classes where they do not or where
/// there are more than seats.
///
/// # Errors
/// What the database says.
pub async fn count(db: &Db) -> Outcome<(i64, Vec<String>)> {
    let rows = sql!(
        "SELECT c.class_id, c.capacity, c.taken, COUNT(i.student_id) FROM class c
         LEFT JOIN study_plan_item i ON i.class_id = c.class_id GROUP BY c.class_id, c.capacity, c.taken"
    );
    let rows = rows.all::<(String, i64, i64, i64)>(db).await?;
    let wrong = rows.iter().filter(|(_, capacity, taken, items)| taken != items || items > capacity);
    Ok((rows.iter().map(|(.., items)| items).sum(), wrong.map(|row| format!("{row:?}")).collect()))
}

/// Deadlocks that PostgreSQL has met in this database; none on SQLite, which has one writer.
///
/// # Errors
/// What the database says.
pub async fn deadlocks(db: &Db) -> Outcome<i64> {
    if db.engine() == Engine::Sqlite {
        return Ok(0);
    }
    // The statement of one engine only: on SQLite it would be about a table that is not there.
    let count = sql!(
        sqlite = "SELECT CAST(0 AS BIGINT)",
        postgres = "SELECT CAST(deadlocks AS BIGINT) FROM pg_stat_database WHERE datname = current_database()"
    );
    let (deadlocks,) = count.one::<(i64,)>(db).await?;
    Ok(deadlocks)
}
