//! Table `waiting_entry`: who waits for a seat now. The class counts its rows in `waiting`.

use std::collections::{BTreeSet, HashMap};

use chassis::db::{DbError, Ints, On, OptTexts, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, known, small};
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::waiting::Waiter;
use crate::rules::window::Belongs;

/// A place in line as the student's plan shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub student_id: String,
    /// For which class.
    pub class_id: String,
    /// Order in the line: lower is earlier. Not the number that people are told.
    pub place: i64,
    /// How many stand before.
    pub ahead: u32,
    /// Since when.
    pub joined_at: Timestamp,
    /// Class of the plan that is given back when the seat comes.
    pub instead_of: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct EntryRow {
    student_id: String,
    class_id: String,
    place: i64,
    ahead: i64,
    joined_at: Stamp,
    instead_of: Option<String>,
}

impl EntryRow {
    fn entry(self) -> Result<Entry, DbError> {
        Ok(Entry {
            student_id: self.student_id,
            class_id: self.class_id,
            place: self.place,
            ahead: small(self.ahead)?,
            joined_at: self.joined_at.0,
            instead_of: self.instead_of,
        })
    }
}

/// Places in line of these students in one period, earliest joined first.
pub async fn of_students(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    student_ids: &[String],
) -> Result<HashMap<String, Vec<Entry>>, DbError> {
    let query = sql!(
        sqlite = "SELECT w.student_id, w.class_id, w.place, w.joined_at, w.instead_of,
                      (SELECT COUNT(*) FROM waiting_entry a
                       WHERE a.class_id = w.class_id AND a.place < w.place) AS ahead
                  FROM waiting_entry w
                  WHERE w.period_code = $1 AND w.student_id IN (SELECT value FROM json_each($2))
                  ORDER BY w.student_id, w.joined_at, w.class_id",
        postgres = "SELECT w.student_id, w.class_id, w.place, w.joined_at, w.instead_of,
                        (SELECT COUNT(*) FROM waiting_entry a
                         WHERE a.class_id = w.class_id AND a.place < w.place) AS ahead
                    FROM waiting_entry w
                    WHERE w.period_code = $1 AND w.student_id = ANY($2)
                    ORDER BY w.student_id, w.joined_at, w.class_id"
    );
    let query = query.bind(period.to_string()).bind(Texts(student_ids.to_vec()));
    let mut entries: HashMap<String, Vec<Entry>> = HashMap::new();
    for row in query.all::<EntryRow>(on).await? {
        entries.entry(row.student_id.clone()).or_default().push(row.entry()?);
    }
    Ok(entries)
}

#[derive(Debug, sqlx::FromRow)]
struct WaiterRow {
    student_id: String,
    class_id: String,
    instead_of: Option<String>,
    faculty: Option<String>,
    programme: Option<String>,
    entry_period: Option<String>,
    state: String,
    revision: bool,
    is_known: bool,
}

impl WaiterRow {
    fn waiter(self) -> Result<(String, Waiter), DbError> {
        let cohort = self.entry_period.as_deref().and_then(PeriodCode::parse).map(PeriodCode::year);
        let belongs = Belongs { faculty: self.faculty, programme: self.programme, cohort };
        let state = known(PlanState::parse(&self.state), "state of a plan")?;
        let stage = Stage::stored(state, String::new()).of_revision(self.revision);
        let Self { student_id, instead_of, is_known, .. } = self;
        Ok((self.class_id, Waiter { student_id, instead_of, belongs, stage, is_known }))
    }
}

/// Whether it is known if a student registers: the status has arrived, or that they have left.
macro_rules! is_known {
    () => {
        "(COALESCE(s.exit_kind, '') <> '' OR (s.student_id IS NOT NULL AND t.status IS NOT NULL))"
    };
}

/// What decides about those who wait, beside their places `n`.
macro_rules! beside {
    () => {
        "JOIN study_plan y ON y.student_id = n.student_id AND y.period_code = n.period_code \
         LEFT JOIN student s ON s.student_id = n.student_id \
         LEFT JOIN student_status t ON t.student_id = n.student_id AND t.period_code = n.period_code "
    };
}

macro_rules! select_waiters {
    ($places:expr, $which:literal) => {
        concat!(
            "SELECT n.class_id, n.student_id, n.instead_of, f.code AS faculty, p.code AS programme, s.entry_period, \
             y.state, y.revision, ",
            is_known!(),
            " AS is_known FROM ",
            $places,
            " AS n ",
            beside!(),
            "LEFT JOIN programme p ON p.programme_id = s.programme_id \
             LEFT JOIN faculty f ON f.faculty_id = p.faculty_id WHERE ",
            $which
        )
    };
}

macro_rules! select_heads {
    ($which:literal) => {
        select_waiters!(
            concat!(
                "(SELECT class_id, student_id, period_code, instead_of, place, \
                      ROW_NUMBER() OVER (PARTITION BY class_id ORDER BY place) AS n \
                  FROM waiting_entry WHERE ",
                $which,
                ")"
            ),
            "n.n <= $2 ORDER BY n.class_id, n.place"
        )
    };
}

macro_rules! select_firsts {
    ($which:literal) => {
        select_waiters!(
            concat!(
                "(SELECT n.class_id, n.student_id, n.period_code, n.instead_of, n.place, \
                      ROW_NUMBER() OVER (PARTITION BY n.class_id, s.programme_id, s.entry_period, y.state, y.revision, ",
                is_known!(),
                " ORDER BY n.place) AS n FROM waiting_entry n ",
                beside!(),
                "WHERE n.",
                $which,
                ")"
            ),
            "n.n <= $2 ORDER BY n.class_id, n.place"
        )
    };
}

/// Waiters by class, in the order of the rows.
fn by_class(rows: Vec<WaiterRow>) -> Result<HashMap<String, Vec<Waiter>>, DbError> {
    let mut lines: HashMap<String, Vec<Waiter>> = HashMap::new();
    for row in rows {
        let (class_id, waiter) = row.waiter()?;
        lines.entry(class_id).or_default().push(waiter);
    }
    Ok(lines)
}

/// The first of each line, in order, at most so many of each.
pub async fn heads(
    on: impl Into<On<'_>>,
    class_ids: &[String],
    most: u32,
) -> Result<HashMap<String, Vec<Waiter>>, DbError> {
    let query = sql!(
        sqlite = select_heads!("class_id IN (SELECT value FROM json_each($1))"),
        postgres = select_heads!("class_id = ANY($1)")
    );
    by_class(query.bind(Texts(class_ids.to_vec())).bind(most).all::<WaiterRow>(on).await?)
}

/// The first of each line among those about whom everything that decides about a turn is the same (where they belong, how far
/// their plan is, whether they are known), in order, at most so many of each sort: whoever can have one of that many seats is
/// among them, however long the line is. Looks at whole lines.
pub async fn firsts(
    on: impl Into<On<'_>>,
    class_ids: &[String],
    most: u32,
) -> Result<HashMap<String, Vec<Waiter>>, DbError> {
    let query = sql!(
        sqlite = select_firsts!("class_id IN (SELECT value FROM json_each($1))"),
        postgres = select_firsts!("class_id = ANY($1)")
    );
    by_class(query.bind(Texts(class_ids.to_vec())).bind(most).all::<WaiterRow>(on).await?)
}

/// How many wait for a class, by where they belong.
pub async fn belonging(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<(Belongs, u32)>, DbError> {
    let query = sql!(
        "SELECT f.code AS faculty, p.code AS programme, s.entry_period, COUNT(*) AS count
         FROM waiting_entry n
         LEFT JOIN student s ON s.student_id = n.student_id
         LEFT JOIN programme p ON p.programme_id = s.programme_id
         LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
         WHERE n.class_id = $1 GROUP BY f.code, p.code, s.entry_period"
    );
    type Row = (Option<String>, Option<String>, Option<String>, i64);
    let row = |(faculty, programme, entry, count): Row| {
        let cohort = entry.as_deref().and_then(PeriodCode::parse).map(PeriodCode::year);
        Ok((Belongs { faculty, programme, cohort }, small(count)?))
    };
    query.bind(class_id).all::<Row>(on).await?.into_iter().map(row).collect()
}

/// A place that somebody takes in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Order in the line.
    pub place: i64,
    /// Class of the plan that is given back when the seat comes.
    pub instead_of: Option<String>,
}

/// Adds places: by student and class. The caller holds the locks of the plans and of the classes.
pub async fn insert_many(
    tx: &mut Tx,
    period: PeriodCode,
    entries: &[(&(String, String), &NewEntry)],
    now: Timestamp,
) -> Result<(), DbError> {
    for chunk in entries.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO waiting_entry (student_id, class_id, place, instead_of, period_code, joined_at)
                      SELECT n.value, $2 ->> n.key, $3 ->> n.key, $4 ->> n.key, $5, $6 FROM json_each($1) AS n",
            postgres = "INSERT INTO waiting_entry (student_id, class_id, place, instead_of, period_code, joined_at)
                        SELECT n.student_id, n.class_id, n.place, n.instead_of, $5, $6
                        FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::text[])
                            AS n (student_id, class_id, place, instead_of)"
        );
        let query = query.bind(chunk.iter().map(|((student, _), _)| student.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|((_, class), _)| class.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, entry)| entry.place).collect::<Ints>());
        let query = query.bind(chunk.iter().map(|(_, entry)| entry.instead_of.clone()).collect::<OptTexts>());
        query.bind(period.to_string()).bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Ends places: by student and class. The caller holds the locks of the plans and of the classes.
pub async fn delete_many(tx: &mut Tx, places: &BTreeSet<(String, String)>) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "DELETE FROM waiting_entry
                  WHERE (student_id, class_id) IN (SELECT s.value, $2 ->> s.key FROM json_each($1) AS s)",
        postgres = "DELETE FROM waiting_entry USING UNNEST($1::text[], $2::text[]) AS n (student_id, class_id)
                    WHERE waiting_entry.student_id = n.student_id AND waiting_entry.class_id = n.class_id"
    );
    let query = query.bind(places.iter().map(|(student, _)| student.clone()).collect::<Texts>());
    query.bind(places.iter().map(|(_, class)| class.clone()).collect::<Texts>()).run(tx).await.map(drop)
}

/// A class that takes students, has free seats, and somebody waits for it, with what says whether something about them has changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    /// Which.
    pub class_id: String,
    /// Its period.
    pub period_code: String,
    /// Version of its seats and of its line.
    pub seat_version: i64,
    /// Version of the period.
    pub period_version: i64,
    /// How far the period's allocation is; empty without one.
    pub allocation: String,
}

/// Classes that take students, have free seats, and that somebody waits for, by id. Whether somebody in line may take the seats
/// is another question.
pub async fn due(on: impl Into<On<'_>>) -> Result<Vec<Due>, DbError> {
    // The first condition is that of the index, word for word: SQLite uses it only then.
    let query = sql!(
        "SELECT c.class_id, c.period_code, c.seat_version, p.version AS period_version,
             COALESCE(a.state, '') AS allocation
         FROM (SELECT class_id, period_code, seat_version FROM class
               WHERE (reserved > 0 OR waiting > 0) AND waiting > 0 AND taken < capacity AND open) AS c
         JOIN period p ON p.period_code = c.period_code
         LEFT JOIN allocation a ON a.period_code = c.period_code ORDER BY c.class_id"
    );
    query.all::<Due>(on).await
}

/// Periods in which somebody waits.
pub async fn periods(on: impl Into<On<'_>>) -> Result<Vec<PeriodCode>, DbError> {
    let query = sql!("SELECT DISTINCT period_code FROM class WHERE (reserved > 0 OR waiting > 0) AND waiting > 0");
    query.all::<(String,)>(on).await?.iter().map(|(code,)| super::period(code)).collect()
}

/// Everybody who waits in a period, after a position (student, class), each with the class.
pub async fn of_period(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<(String, Waiter)>, DbError> {
    let query = sql!(select_waiters!(
        "waiting_entry",
        "n.period_code = $1 AND (n.student_id, n.class_id) > ($2, $3) ORDER BY n.student_id, n.class_id LIMIT $4"
    ));
    let query = query.bind(period.to_string()).bind(after.0).bind(after.1).bind(limit);
    query.all::<WaiterRow>(on).await?.into_iter().map(WaiterRow::waiter).collect()
}

/// One who waits, as the list of a line names them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LineRow {
    /// Who.
    pub student_id: String,
    /// Student number; empty while it has not arrived.
    pub nim: String,
    /// Name; empty while it has not arrived.
    pub name: String,
    /// Order in the line.
    pub place: i64,
    /// Number in the line, from 1.
    pub number: i64,
    /// Since when.
    pub joined_at: Stamp,
}

/// The line of a class in order, after a place.
pub async fn line(on: impl Into<On<'_>>, class_id: &str, after: i64, limit: i64) -> Result<Vec<LineRow>, DbError> {
    let query = sql!(
        "SELECT n.student_id, COALESCE(s.nim, '') AS nim, COALESCE(s.name, '') AS name, n.place, n.number, n.joined_at
         FROM (SELECT student_id, place, joined_at, ROW_NUMBER() OVER (ORDER BY place) AS number
               FROM waiting_entry WHERE class_id = $1) AS n
         LEFT JOIN student s ON s.student_id = n.student_id
         WHERE n.place > $2 ORDER BY n.place LIMIT $3"
    );
    query.bind(class_id).bind(after).bind(limit).all::<LineRow>(on).await
}
