//! Tables `allocation`, `allocation_student` and `allocation_outcome`: the allocation of a period's seats, its students with
//! their places, and what became of each wish.

use std::collections::VecDeque;

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::error::Refusal;
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, known, refusals, small};
use crate::rules::access::Readable;
use crate::rules::allocation::{AllocationState, Order, Turns};
use crate::rules::period::PeriodCode;

/// An allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Period.
    pub period: PeriodCode,
    /// How far it is.
    pub state: AllocationState,
    /// What was shuffled by.
    pub seed: String,
    /// Account that started it.
    pub account_id: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the last student was settled; `None` while it runs.
    pub finished_at: Option<Timestamp>,
    /// Students with wishes.
    pub students: u32,
    /// Wishes.
    pub wishes: u32,
    /// The round that is being settled, or was the last; from 1.
    pub round: u32,
    /// Students for whom it is over.
    pub settled: u32,
    /// Seats given.
    pub granted: u32,
}

#[derive(Debug, sqlx::FromRow)]
struct AllocationRow {
    period_code: String,
    state: String,
    seed: String,
    account_id: String,
    started_at: Stamp,
    finished_at: Option<Stamp>,
    students: i64,
    wishes: i64,
    round: i64,
    settled: i64,
    granted: i64,
}

impl AllocationRow {
    fn allocation(self) -> Result<Allocation, DbError> {
        Ok(Allocation {
            period: super::period(&self.period_code)?,
            state: known(AllocationState::parse(&self.state), "state of an allocation")?,
            seed: self.seed,
            account_id: self.account_id,
            started_at: self.started_at.0,
            finished_at: self.finished_at.map(|stamp| stamp.0),
            students: small(self.students)?,
            wishes: small(self.wishes)?,
            round: small(self.round)?,
            settled: small(self.settled)?,
            granted: small(self.granted)?,
        })
    }
}

/// The allocation of a period, if it was started.
pub async fn get(on: impl Into<On<'_>>, period: PeriodCode) -> Result<Option<Allocation>, DbError> {
    let query = sql!(
        "SELECT period_code, state, seed, account_id, started_at, finished_at, students, wishes, round, settled, granted
         FROM allocation WHERE period_code = $1"
    );
    query.bind(period.to_string()).opt::<AllocationRow>(on).await?.map(AllocationRow::allocation).transpose()
}

/// Adds an allocation that was started now, with its students in the order of their places. The caller holds the period's lock.
pub async fn insert(tx: &mut Tx, row: &Allocation, students: &[String]) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO allocation (period_code, state, seed, account_id, started_at, finished_at, students, wishes, round,
             turn, settled, granted, leased_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, 0)"
    );
    let query = query.bind(row.period.to_string()).bind(row.state.word()).bind(&row.seed).bind(&row.account_id);
    let query = query.bind(row.started_at).bind(row.finished_at).bind(row.students).bind(row.wishes);
    query.bind(row.round).bind(row.settled).bind(row.granted).run(&mut *tx).await?;
    for (chunk, before) in students.chunks(CHUNK).zip((0_u32..).step_by(CHUNK)) {
        let query = sql!(
            sqlite = "INSERT INTO allocation_student (period_code, place, student_id, settled)
                      SELECT $1, $3 + s.key + 1, s.value, FALSE FROM json_each($2) AS s",
            postgres = "INSERT INTO allocation_student (period_code, place, student_id, settled)
                        SELECT $1, $3 + s.n, s.student_id, FALSE
                        FROM UNNEST($2::text[]) WITH ORDINALITY AS s (student_id, n)"
        );
        query.bind(row.period.to_string()).bind(Texts(chunk.to_vec())).bind(before).run(&mut *tx).await?;
    }
    Ok(())
}

/// Whether an allocation waits to be taken up.
pub async fn is_any_left(on: impl Into<On<'_>>, now: Timestamp) -> Result<bool, DbError> {
    let query = sql!("SELECT 1 FROM allocation WHERE state = 'running' AND leased_until <= $1 LIMIT 1");
    Ok(query.bind(now).opt::<(i32,)>(on).await?.is_some())
}

/// Takes up the running allocation of the earliest period, until a moment after which others may take it up as well. `None`
/// when nothing is left to do.
pub async fn take_up(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<PeriodCode>, DbError> {
    let query = sql!(
        sqlite = "UPDATE allocation SET leased_until = $2
                  WHERE period_code = (SELECT period_code FROM allocation WHERE state = 'running' AND leased_until <= $1
                                       ORDER BY period_code LIMIT 1)
                  RETURNING period_code",
        postgres = "UPDATE allocation SET leased_until = $2
                    WHERE period_code = (SELECT period_code FROM allocation WHERE state = 'running' AND leased_until <= $1
                                         ORDER BY period_code LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
                    RETURNING period_code"
    );
    let taken = query.bind(now).bind(until).opt::<(String,)>(tx).await?;
    taken.map(|(code,)| super::period(&code)).transpose()
}

/// Lays an allocation down: it is anybody's to take up.
pub async fn lay_down(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!("UPDATE allocation SET leased_until = 0 WHERE period_code = $1 AND state = 'running'");
    query.bind(period.to_string()).run(tx).await.map(drop)
}

/// A place with its student.
pub type Place = (u32, String);

/// The turns of a running allocation that are next, at most so many; `None` when none runs. Locks it until the transaction
/// ends if `lock`: nobody else settles a turn meanwhile.
pub async fn next(
    tx: &mut Tx,
    period: PeriodCode,
    limit: usize,
    lock: bool,
) -> Result<Option<(Turns, Vec<Place>)>, DbError> {
    if lock {
        let query = sql!(
            sqlite = "SELECT period_code FROM allocation WHERE period_code = $1",
            postgres = "SELECT period_code FROM allocation WHERE period_code = $1 FOR NO KEY UPDATE"
        );
        query.bind(period.to_string()).opt::<(String,)>(&mut *tx).await?;
    }
    let query = sql!("SELECT started_at, round, turn FROM allocation WHERE period_code = $1 AND state = 'running'");
    let Some((at, round, turn)) = query.bind(period.to_string()).opt::<(Stamp, i64, i64)>(&mut *tx).await? else {
        return Ok(None);
    };
    let round = small(round)?;
    let query = match Order::of(round) {
        Order::Forwards => sql!(
            "SELECT place, student_id FROM allocation_student WHERE period_code = $1 AND NOT settled AND place > $2
             ORDER BY place LIMIT $3"
        ),
        Order::Backwards => sql!(
            "SELECT place, student_id FROM allocation_student WHERE period_code = $1 AND NOT settled AND place < $2
             ORDER BY place DESC LIMIT $3"
        ),
    };
    // Before the first turn of a round that begins at its end.
    let turn = if turn == 0 && Order::of(round) == Order::Backwards { i64::MAX } else { turn };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.bind(period.to_string()).bind(turn).bind(limit).all::<(i64, String)>(tx).await?;
    let place = |(place, student_id)| Ok((small(place)?, student_id));
    let places = rows.into_iter().map(place).collect::<Result<Vec<Place>, DbError>>()?;
    let next: VecDeque<_> = places.iter().map(|(place, _)| *place).collect();
    Ok(Some((Turns { at: at.0, round, next }, places)))
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Rank of the wish, from 1.
    pub rank: u32,
    /// Class.
    pub class_id: String,
    /// How people call it.
    pub class_label: String,
    /// A seat was given.
    pub granted: bool,
    /// Why not.
    pub refusals: Vec<Refusal>,
}

/// A turn as it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Of which place.
    pub place: u32,
    /// Whose.
    pub student_id: String,
    /// In which round.
    pub round: u32,
    /// It is over for the student.
    pub over: bool,
    /// Outcomes that it gave wishes.
    pub outcomes: Vec<Outcome>,
}

/// Writes turns that were settled, in their order. The caller holds the allocation's lock.
pub async fn settle(tx: &mut Tx, period: PeriodCode, turns: &[Settled]) -> Result<(), DbError> {
    let Some(last) = turns.last() else { return Ok(()) };
    let rows: Vec<_> = turns.iter().flat_map(|turn| turn.outcomes.iter().map(move |outcome| (turn, outcome))).collect();
    for chunk in rows.chunks(CHUNK) {
        insert_outcomes(&mut *tx, period, chunk).await?;
    }
    let over: Vec<_> = turns.iter().filter(|turn| turn.over).map(|turn| i64::from(turn.place)).collect();
    for chunk in over.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE allocation_student SET settled = TRUE
                      WHERE period_code = $1 AND place IN (SELECT value FROM json_each($2))",
            postgres = "UPDATE allocation_student SET settled = TRUE WHERE period_code = $1 AND place = ANY($2)"
        );
        query.bind(period.to_string()).bind(Ints(chunk.to_vec())).run(&mut *tx).await?;
    }
    let granted = rows.iter().filter(|(_, outcome)| outcome.granted).count();
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let query =
        sql!("UPDATE allocation SET turn = $2, settled = settled + $3, granted = granted + $4 WHERE period_code = $1");
    let query = query.bind(period.to_string()).bind(last.place).bind(count(over.len())).bind(count(granted));
    query.run(tx).await.map(drop)
}

async fn insert_outcomes(tx: &mut Tx, period: PeriodCode, rows: &[(&Settled, &Outcome)]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "WITH p AS MATERIALIZED (SELECT key, value FROM json_each($2)),
                       n AS MATERIALIZED (SELECT key, value FROM json_each($3)),
                       s AS MATERIALIZED (SELECT key, value FROM json_each($4)),
                       c AS MATERIALIZED (SELECT key, value FROM json_each($5)),
                       l AS MATERIALIZED (SELECT key, value FROM json_each($6)),
                       r AS MATERIALIZED (SELECT key, value FROM json_each($7)),
                       g AS MATERIALIZED (SELECT key, value FROM json_each($8)),
                       w AS MATERIALIZED (SELECT key, value FROM json_each($9))
                  INSERT INTO allocation_outcome (period_code, place, rank, student_id, class_id, class_label, round,
                      granted, refusals)
                  SELECT $1, p.value, n.value, s.value, c.value, l.value, r.value, g.value, w.value
                  FROM p JOIN n ON n.key = p.key JOIN s ON s.key = p.key JOIN c ON c.key = p.key
                      JOIN l ON l.key = p.key JOIN r ON r.key = p.key JOIN g ON g.key = p.key JOIN w ON w.key = p.key",
        postgres = "INSERT INTO allocation_outcome (period_code, place, rank, student_id, class_id, class_label, round,
                        granted, refusals)
                    SELECT $1, o.place, o.rank, o.student_id, o.class_id, o.class_label, o.round, o.granted <> 0, o.refusals
                    FROM UNNEST($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                            $8::bigint[], $9::text[])
                        AS o (place, rank, student_id, class_id, class_label, round, granted, refusals)"
    );
    let query = query.bind(period.to_string());
    let query = query.bind(rows.iter().map(|(turn, _)| i64::from(turn.place)).collect::<Ints>());
    let query = query.bind(rows.iter().map(|(_, outcome)| i64::from(outcome.rank)).collect::<Ints>());
    let query = query.bind(rows.iter().map(|(turn, _)| turn.student_id.clone()).collect::<Texts>());
    let query = query.bind(rows.iter().map(|(_, outcome)| outcome.class_id.clone()).collect::<Texts>());
    let query = query.bind(rows.iter().map(|(_, outcome)| outcome.class_label.clone()).collect::<Texts>());
    let query = query.bind(rows.iter().map(|(turn, _)| i64::from(turn.round)).collect::<Ints>());
    let query = query.bind(rows.iter().map(|(_, outcome)| i64::from(outcome.granted)).collect::<Ints>());
    let texts = rows.iter().map(|(_, outcome)| refusals::text(&outcome.refusals));
    query.bind(texts.collect::<Result<Texts, _>>()?).run(tx).await.map(drop)
}

/// Goes on to the round after this one when all its turns are settled; the allocation is done when nobody is left for it.
/// Nothing happens when somebody else was faster.
pub async fn advance(tx: &mut Tx, period: PeriodCode, round: u32, now: Timestamp) -> Result<(), DbError> {
    let Some((turns, _)) = next(&mut *tx, period, 1, true).await? else { return Ok(()) };
    if turns.round != round || !turns.next.is_empty() {
        return Ok(());
    }
    let query = sql!("UPDATE allocation SET round = round + 1, turn = 0 WHERE period_code = $1 AND settled < students");
    query.bind(period.to_string()).run(&mut *tx).await?;
    let query = sql!(
        "UPDATE allocation SET state = 'done', finished_at = $2, leased_until = 0
         WHERE period_code = $1 AND settled = students"
    );
    query.bind(period.to_string()).bind(now).run(tx).await.map(drop)
}

/// Which outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// In which period.
    pub period: PeriodCode,
    /// Only of this student; empty for all that are readable.
    pub student_id: String,
    /// Only of this class; empty for all.
    pub class_id: String,
    /// Whose the reader may read; not asked about one student.
    pub readable: Readable,
}

/// Where a row stands in the list: place and rank.
pub type Position = (i64, i64);

/// What became of a wish, with whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose.
    pub student_id: String,
    /// Student number; empty while the student has not arrived.
    pub nim: String,
    /// Name; as the number.
    pub name: String,
    /// Place in the shuffle.
    pub place: u32,
    /// Round in which the seat was given, or of the last turn.
    pub round: u32,
    /// The outcome.
    pub outcome: Outcome,
}

impl Listed {
    /// Where it stands.
    pub fn position(&self) -> Position {
        (self.place.into(), self.outcome.rank.into())
    }
}

#[derive(Debug, sqlx::FromRow)]
struct OutcomeRow {
    student_id: String,
    nim: String,
    name: String,
    place: i64,
    rank: i64,
    class_id: String,
    class_label: String,
    round: i64,
    granted: bool,
    refusals: String,
}

impl OutcomeRow {
    fn listed(self) -> Result<Listed, DbError> {
        Ok(Listed {
            student_id: self.student_id,
            nim: self.nim,
            name: self.name,
            place: small(self.place)?,
            round: small(self.round)?,
            outcome: Outcome {
                rank: small(self.rank)?,
                class_id: self.class_id,
                class_label: self.class_label,
                granted: self.granted,
                refusals: refusals::read(&self.refusals)?,
            },
        })
    }
}

/// Outcomes of a period after a position.
macro_rules! select_outcomes {
    ($which:expr) => {
        concat!(
            "SELECT o.student_id, COALESCE(s.nim, '') AS nim, COALESCE(s.name, '') AS name, o.place, o.rank, o.class_id, \
                 o.class_label, o.round, o.granted, o.refusals \
             FROM allocation_outcome o LEFT JOIN student s ON s.student_id = o.student_id \
             WHERE o.period_code = $1 AND (o.place, o.rank) > ($2, $3) AND ($4 = '' OR o.class_id = $4) AND ",
            $which,
            " ORDER BY o.place, o.rank LIMIT $5"
        )
    };
}

/// Outcomes after a position, by place and rank.
pub async fn outcomes(
    on: impl Into<On<'_>>,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Listed>, DbError> {
    let (place, rank) = after.copied().unwrap_or((0, 0));
    let bound = |query: chassis::db::Query| {
        query.bind(filter.period.to_string()).bind(place).bind(rank).bind(&filter.class_id).bind(limit)
    };
    let query = if filter.student_id.is_empty() {
        let query = bound(sql!(
            sqlite = select_outcomes!(
                "($6 OR s.advisor_id IN (SELECT value FROM json_each($7))
                     OR s.programme_id IN (SELECT value FROM json_each($8)))"
            ),
            postgres = select_outcomes!("($6 OR s.advisor_id = ANY($7) OR s.programme_id = ANY($8))")
        ));
        let query = query.bind(filter.readable.all).bind(Texts(filter.readable.advisor_ids.clone()));
        query.bind(Texts(filter.readable.programme_ids.clone()))
    } else {
        bound(sql!(select_outcomes!("o.student_id = $6"))).bind(&filter.student_id)
    };
    query.all::<OutcomeRow>(on).await?.into_iter().map(OutcomeRow::listed).collect()
}
