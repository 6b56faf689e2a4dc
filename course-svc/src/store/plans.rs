//! Tables `study_plan` and `study_plan_item`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::db::{DbError, Ints, On, Query, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, known, small};
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::seats::Bucket;

mod whole;

pub use whole::{PlanRow, Unsettled, all_items, count, items_of, page, stages, unsettled};

/// A plan's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where it is on its road.
    pub stage: Stage,
    /// From 1; 0 while it was not opened.
    pub version: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

#[derive(Debug, sqlx::FromRow)]
struct StageRow {
    state: String,
    note: String,
    revision: bool,
    version: i64,
    changed_at: Stamp,
}

#[derive(Debug, sqlx::FromRow)]
struct LockedRow {
    student_id: String,
    #[sqlx(flatten)]
    row: StageRow,
}

impl StageRow {
    fn plan(self) -> Result<Plan, DbError> {
        Ok(Plan {
            stage: stage(&self.state, self.note, self.revision)?,
            version: self.version,
            changed_at: self.changed_at.0,
        })
    }
}

/// A stored stage.
pub(super) fn stage(word: &str, note: String, revision: bool) -> Result<Stage, DbError> {
    Ok(Stage::stored(state(word)?, note).of_revision(revision))
}

/// A stored state.
pub(crate) fn state(word: &str) -> Result<PlanState, DbError> {
    known(PlanState::parse(word), "plan state")
}

/// A class in a plan.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Whose plan.
    pub student_id: String,
    /// Which class.
    pub class_id: String,
    /// When the seat was taken.
    pub taken_at: Stamp,
    /// Which of the class's seats it is: `Bucket::text`.
    pub bucket: String,
}

/// Locks the plans of many students in one period until the transaction ends, in order of student: the first lock of
/// whoever changes plans, after the period's. Students without a plan are left out; [`insert_many`] makes theirs. A row that
/// an import has just made is no draft yet.
pub async fn lock_many(
    tx: &mut Tx,
    period: PeriodCode,
    student_ids: &[String],
) -> Result<HashMap<String, Plan>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, state, note, revision, version, changed_at FROM study_plan
                  WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2)) ORDER BY student_id",
        postgres = "SELECT student_id, state, note, revision, version, changed_at FROM study_plan
                    WHERE period_code = $1 AND student_id = ANY($2) ORDER BY student_id FOR NO KEY UPDATE"
    );
    let rows = query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).all::<LockedRow>(tx).await?;
    let plan = |LockedRow { student_id, row }: LockedRow| {
        let plan = row.plan()?;
        let stage = if plan.version == 0 { Stage::UNOPENED } else { plan.stage };
        Ok((student_id, Plan { stage, ..plan }))
    };
    rows.into_iter().map(plan).collect()
}

/// The plans of many students in one period, without locks; those that were not opened are left out.
pub async fn get_many(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    student_ids: &[String],
) -> Result<HashMap<String, Plan>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, state, note, revision, version, changed_at FROM study_plan
                  WHERE period_code = $1 AND version > 0 AND student_id IN (SELECT value FROM json_each($2))",
        postgres = "SELECT student_id, state, note, revision, version, changed_at FROM study_plan
                    WHERE period_code = $1 AND version > 0 AND student_id = ANY($2)"
    );
    let rows = query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).all::<LockedRow>(on).await?;
    rows.into_iter().map(|LockedRow { student_id, row }| Ok((student_id, row.plan()?))).collect()
}

/// Whether one of these students has a plan in the period, as of now.
pub async fn is_any(tx: &mut Tx, period: PeriodCode, student_ids: &[String]) -> Result<bool, DbError> {
    if student_ids.is_empty() {
        return Ok(false);
    }
    let query = sql!(
        sqlite = "SELECT EXISTS (SELECT 1 FROM study_plan WHERE period_code = $1 AND version > 0
                                 AND student_id IN (SELECT value FROM json_each($2)))",
        postgres = "SELECT EXISTS (SELECT 1 FROM study_plan WHERE period_code = $1 AND version > 0
                                   AND student_id = ANY($2))"
    );
    let (is,) = query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).one::<(bool,)>(tx).await?;
    Ok(is)
}

impl Item {
    /// Which of the class's seats it is. What cannot be read is one of everybody's.
    pub fn bucket(&self) -> Bucket {
        Bucket::parse(&self.bucket).unwrap_or(Bucket::Public)
    }
}

/// A plan without a lock; `None` while it was not opened.
pub async fn get(on: impl Into<On<'_>>, student_id: &str, period: PeriodCode) -> Result<Option<Plan>, DbError> {
    let query = sql!(
        "SELECT state, note, revision, version, changed_at FROM study_plan
         WHERE student_id = $1 AND period_code = $2 AND version > 0"
    );
    let row = query.bind(student_id).bind(period.to_string()).opt::<StageRow>(on).await?;
    row.map(StageRow::plan).transpose()
}

/// Writes where many plans are now, versions included, but for [`mark_revisions`]. The caller holds their locks.
pub async fn store_many(
    tx: &mut Tx,
    period: PeriodCode,
    rows: &[(&str, &Plan)],
    now: Timestamp,
) -> Result<(), DbError> {
    for chunk in rows.chunks(CHUNK) {
        // The plus keeps SQLite from walking all plans of the period, and the list once for each of them: measured at
        // 260 ms instead of 1 for 256 of 8,000 plans.
        let query = sql!(
            sqlite = "UPDATE study_plan
                      SET state = $3 ->> n.key, note = $4 ->> n.key, version = $5 ->> n.key, changed_at = $6
                      FROM json_each($2) AS n WHERE +period_code = $1 AND student_id = n.value",
            postgres = "UPDATE study_plan SET state = n.state, note = n.note, version = n.version, changed_at = $6
                        FROM UNNEST($2::text[], $3::text[], $4::text[], $5::bigint[])
                            AS n (student_id, state, note, version)
                        WHERE study_plan.period_code = $1 AND study_plan.student_id = n.student_id"
        );
        columns(query, period, chunk).bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Makes many plans as they are now. False when somebody else has made one of them in the meantime: then nothing of this
/// transaction may be committed, for what it decided was not about that plan. Each student occurs once.
pub async fn insert_many(
    tx: &mut Tx,
    period: PeriodCode,
    rows: &[(&str, &Plan)],
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut made = 0;
    for chunk in rows.chunks(CHUNK) {
        // In the order of the students: two replicas that make some of the same plans wait for each other in one direction.
        let query = sql!(
            sqlite = "INSERT INTO study_plan (student_id, period_code, state, note, version, changed_at)
                      SELECT n.value, $1, $3 ->> n.key, $4 ->> n.key, $5 ->> n.key, $6
                      FROM json_each($2) AS n WHERE true ORDER BY n.value
                      ON CONFLICT (student_id, period_code) DO UPDATE
                          SET state = excluded.state, note = excluded.note, version = excluded.version,
                              changed_at = excluded.changed_at
                          WHERE study_plan.version = 0",
            postgres = "INSERT INTO study_plan (student_id, period_code, state, note, version, changed_at)
                        SELECT n.student_id, $1, n.state, n.note, n.version, $6
                        FROM UNNEST($2::text[], $3::text[], $4::text[], $5::bigint[])
                            AS n (student_id, state, note, version)
                        ORDER BY n.student_id
                        ON CONFLICT (student_id, period_code) DO UPDATE
                            SET state = excluded.state, note = excluded.note, version = excluded.version,
                                changed_at = excluded.changed_at
                            WHERE study_plan.version = 0"
        );
        made += columns(query, period, chunk).bind(now).run(&mut *tx).await?;
    }
    Ok(usize::try_from(made).ok() == Some(rows.len()))
}

/// Period, students, states, notes and versions.
fn columns(query: Query, period: PeriodCode, rows: &[(&str, &Plan)]) -> Query {
    let query = query.bind(period.to_string());
    let query = query.bind(rows.iter().map(|(student, _)| (*student).to_owned()).collect::<Texts>());
    let query = query.bind(rows.iter().map(|(_, plan)| plan.stage.state().word().to_owned()).collect::<Texts>());
    let query = query.bind(rows.iter().map(|(_, plan)| plan.stage.note().to_owned()).collect::<Texts>());
    query.bind(rows.iter().map(|(_, plan)| plan.version).collect::<Ints>())
}

/// Writes, by student, whether plans were approved before and are not now. The caller holds their locks.
pub async fn mark_revisions(
    tx: &mut Tx,
    period: PeriodCode,
    revisions: &BTreeMap<String, bool>,
) -> Result<(), DbError> {
    for revision in [true, false] {
        let those = revisions.iter().filter(|(_, is)| **is == revision);
        let students: Vec<_> = those.map(|(student, _)| student.clone()).collect();
        if students.is_empty() {
            continue;
        }
        let query = sql!(
            sqlite = "UPDATE study_plan SET revision = $3 WHERE +period_code = $1
                      AND student_id IN (SELECT value FROM json_each($2))",
            postgres = "UPDATE study_plan SET revision = $3 WHERE period_code = $1
                        AND student_id = ANY($2)"
        );
        query.bind(period.to_string()).bind(Texts(students)).bind(revision).run(&mut *tx).await?;
    }
    Ok(())
}

/// Classes of the plans of these students in one period, by student and class.
pub async fn items(on: impl Into<On<'_>>, student_ids: &[String], period: PeriodCode) -> Result<Vec<Item>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, class_id, taken_at, bucket FROM study_plan_item
                  WHERE period_code = $2 AND student_id IN (SELECT value FROM json_each($1))
                  ORDER BY student_id, class_id",
        postgres = "SELECT student_id, class_id, taken_at, bucket FROM study_plan_item
                    WHERE period_code = $2 AND student_id = ANY($1) ORDER BY student_id, class_id"
    );
    query.bind(Texts(student_ids.to_vec())).bind(period.to_string()).all::<Item>(on).await
}

/// Ids of the classes of the plans of these students in one period, each list in order.
pub async fn class_ids(
    on: impl Into<On<'_>>,
    student_ids: &[String],
    period: PeriodCode,
) -> Result<HashMap<String, Vec<String>>, DbError> {
    let mut ids: HashMap<String, Vec<String>> = HashMap::new();
    for item in items(on, student_ids, period).await? {
        ids.entry(item.student_id).or_default().push(item.class_id);
    }
    Ok(ids)
}

/// A course that was in an approved plan of an earlier period.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EarlierItem {
    /// Whose plan.
    pub student_id: String,
    /// In which period.
    pub period_code: String,
    /// Which course.
    pub course_id: String,
}

/// Courses of the approved plans of these students in all periods before this one; a revision that was never decided about
/// is of an approved plan.
pub async fn earlier_items(
    on: impl Into<On<'_>>,
    student_ids: &[String],
    before: PeriodCode,
) -> Result<Vec<EarlierItem>, DbError> {
    let query = sql!(
        sqlite = "SELECT i.student_id, i.period_code, i.course_id FROM study_plan_item i
                  JOIN study_plan p ON p.student_id = i.student_id AND p.period_code = i.period_code
                  WHERE i.student_id IN (SELECT value FROM json_each($1)) AND i.period_code < $2
                    AND (p.revision OR p.state IN ('approved', 'locked'))",
        postgres = "SELECT i.student_id, i.period_code, i.course_id FROM study_plan_item i
                    JOIN study_plan p ON p.student_id = i.student_id AND p.period_code = i.period_code
                    WHERE i.student_id = ANY($1) AND i.period_code < $2
                      AND (p.revision OR p.state IN ('approved', 'locked'))"
    );
    query.bind(Texts(student_ids.to_vec())).bind(before.to_string()).all::<EarlierItem>(on).await
}

/// Takes classes out of plans: student and class. The caller holds the locks of the plans and of the classes.
pub async fn delete_items(tx: &mut Tx, period: PeriodCode, places: &BTreeSet<(String, String)>) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "DELETE FROM study_plan_item WHERE period_code = $1
                  AND (student_id, class_id) IN (SELECT s.value, $3 ->> s.key FROM json_each($2) AS s)",
        postgres = "DELETE FROM study_plan_item USING UNNEST($2::text[], $3::text[]) AS n (student_id, class_id)
                    WHERE study_plan_item.period_code = $1 AND study_plan_item.student_id = n.student_id
                        AND study_plan_item.class_id = n.class_id"
    );
    let query =
        query.bind(period.to_string()).bind(places.iter().map(|(student, _)| student.clone()).collect::<Texts>());
    query.bind(places.iter().map(|(_, class)| class.clone()).collect::<Texts>()).run(tx).await.map(drop)
}

/// Students who have a seat in the class, by id.
pub async fn students_of(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM study_plan_item WHERE class_id = $1 ORDER BY student_id");
    let rows = query.bind(class_id).all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many of the class's seats in plans are of each sort that was ever kept, by `Bucket::text`.
pub async fn kept_seats_of(on: impl Into<On<'_>>, class_id: &str) -> Result<HashMap<String, u32>, DbError> {
    let query =
        sql!("SELECT bucket, COUNT(*) FROM study_plan_item WHERE class_id = $1 AND bucket <> '' GROUP BY bucket");
    let rows = query.bind(class_id).all::<(String, i64)>(on).await?;
    rows.into_iter().map(|(bucket, seats)| Ok((bucket, small(seats)?))).collect()
}

/// How many students have a class of each course in their plans, in any period; courses that nobody has are left out.
pub async fn students_of_courses(
    on: impl Into<On<'_>>,
    course_ids: &[String],
) -> Result<HashMap<String, u32>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.course_id, COUNT(DISTINCT i.student_id)
                  FROM class c JOIN study_plan_item i ON i.class_id = c.class_id
                  WHERE c.course_id IN (SELECT value FROM json_each($1)) GROUP BY c.course_id",
        postgres = "SELECT c.course_id, COUNT(DISTINCT i.student_id)
                    FROM class c JOIN study_plan_item i ON i.class_id = c.class_id
                    WHERE c.course_id = ANY($1) GROUP BY c.course_id"
    );
    let rows = query.bind(Texts(course_ids.to_vec())).all::<(String, i64)>(on).await?;
    rows.into_iter().map(|(id, students)| Ok((id, small(students)?))).collect()
}

/// What else stands in the plans of the students who have a seat in the class: student and class, one row per pair.
pub async fn beside(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        "SELECT o.student_id, o.class_id
         FROM study_plan_item i
         JOIN study_plan_item o
             ON o.student_id = i.student_id AND o.period_code = i.period_code AND o.class_id <> i.class_id
         WHERE i.class_id = $1 ORDER BY o.student_id, o.class_id"
    );
    query.bind(class_id).all::<(String, String)>(on).await
}

/// Locks the plans of many students in one period until the transaction ends, in order of student; plans that do not
/// exist are not made.
pub async fn lock_existing(tx: &mut Tx, period: PeriodCode, student_ids: &[String]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT student_id FROM study_plan
                  WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2)) ORDER BY student_id",
        postgres = "SELECT student_id FROM study_plan
                    WHERE period_code = $1 AND student_id = ANY($2) ORDER BY student_id FOR NO KEY UPDATE"
    );
    query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).all::<(String,)>(tx).await.map(drop)
}

/// Makes the plans of many students that do not exist yet, with version 0. `student_ids` is sorted: the order in which
/// writers that make the same plans wait for each other.
pub async fn make_many(tx: &mut Tx, period: PeriodCode, student_ids: &[String], now: Timestamp) -> Result<(), DbError> {
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                      SELECT value, $1, 'draft', 0, $3 FROM json_each($2) WHERE true ORDER BY value
                      ON CONFLICT (student_id, period_code) DO NOTHING",
            postgres = "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                        SELECT n.student_id, $1, 'draft', 0, $3 FROM UNNEST($2::text[]) AS n (student_id)
                        ORDER BY n.student_id
                        ON CONFLICT (student_id, period_code) DO NOTHING"
        );
        query.bind(period.to_string()).bind(Texts(chunk.to_vec())).bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Writes where many plans are now, as their next versions, and answers those by student, and whether each was approved
/// before and is not now; the note stays with a plan that stays returned. The caller holds their locks.
pub async fn save_many(
    tx: &mut Tx,
    period: PeriodCode,
    states: &[(String, PlanState)],
    now: Timestamp,
) -> Result<Vec<(String, i64, bool)>, DbError> {
    let mut saved = Vec::with_capacity(states.len());
    for chunk in states.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE study_plan SET state = $3 ->> n.key, version = version + 1, changed_at = $4,
                          note = CASE WHEN $3 ->> n.key = 'returned' THEN note ELSE '' END,
                          revision = revision AND $3 ->> n.key NOT IN ('approved', 'locked', 'void')
                      FROM json_each($2) AS n WHERE +period_code = $1 AND student_id = n.value
                      RETURNING student_id, version, revision",
            postgres = "UPDATE study_plan SET state = n.state, version = version + 1, changed_at = $4,
                            note = CASE WHEN n.state = 'returned' THEN note ELSE '' END,
                            revision = revision AND n.state NOT IN ('approved', 'locked', 'void')
                        FROM UNNEST($2::text[], $3::text[]) AS n (student_id, state)
                        WHERE study_plan.period_code = $1 AND study_plan.student_id = n.student_id
                        RETURNING study_plan.student_id, study_plan.version, study_plan.revision"
        );
        let query = query.bind(period.to_string());
        let query = query.bind(chunk.iter().map(|(student, _)| student.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, state)| state.word().to_owned()).collect::<Texts>());
        saved.extend(query.bind(now).all::<(String, i64, bool)>(&mut *tx).await?);
    }
    Ok(saved)
}

/// Locks the next plans of a period in this state until the transaction ends, in order of student: at most `limit`.
pub async fn lock_in_state(
    tx: &mut Tx,
    period: PeriodCode,
    state: PlanState,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id FROM study_plan WHERE period_code = $1 AND state = $2 AND version > 0
                  ORDER BY student_id LIMIT $3",
        postgres = "SELECT student_id FROM study_plan WHERE period_code = $1 AND state = $2 AND version > 0
                    ORDER BY student_id LIMIT $3 FOR NO KEY UPDATE"
    );
    let rows = query.bind(period.to_string()).bind(state.word()).bind(limit).all::<(String,)>(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A class that is put into a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Whose plan.
    pub student_id: String,
    /// Which class.
    pub class_id: String,
    /// Its course.
    pub course_id: String,
    /// Which of the class's seats: `Bucket::text`.
    pub bucket: String,
}

/// Puts many classes into plans of one period. Violates `pk_study_plan_item` or
/// `uq_study_plan_item_student_id_period_code_course_id` when the class, or another of its course, is in one. The caller holds the locks of the plans and of the classes.
pub async fn insert_items(tx: &mut Tx, period: PeriodCode, items: &[NewItem], now: Timestamp) -> Result<(), DbError> {
    for chunk in items.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO study_plan_item
                          (student_id, period_code, class_id, course_id, taken_at, bucket, held)
                      SELECT s.value, $1, $3 ->> s.key, $4 ->> s.key, $6, $5 ->> s.key, $5 ->> s.key <> 'wished'
                      FROM json_each($2) AS s",
            postgres = "INSERT INTO study_plan_item
                            (student_id, period_code, class_id, course_id, taken_at, bucket, held)
                        SELECT n.student_id, $1, n.class_id, n.course_id, $6, n.bucket, n.bucket <> 'wished'
                        FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[])
                            AS n (student_id, class_id, course_id, bucket)"
        );
        let query = query.bind(period.to_string());
        let query = query.bind(chunk.iter().map(|item| item.student_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|item| item.class_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|item| item.course_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|item| item.bucket.clone()).collect::<Texts>());
        query.bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Takes back the rows that [`make_many`] made for plans that nothing was put into.
pub async fn delete_unopened(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!("DELETE FROM study_plan WHERE period_code = $1 AND version = 0");
    query.bind(period.to_string()).run(tx).await.map(drop)
}

/// Locks every plan of a period until the transaction ends, in order of student.
pub async fn lock_period(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT student_id FROM study_plan WHERE period_code = $1 ORDER BY student_id",
        postgres = "SELECT student_id FROM study_plan WHERE period_code = $1 ORDER BY student_id FOR NO KEY UPDATE"
    );
    query.bind(period.to_string()).all::<(String,)>(tx).await.map(drop)
}
