//! Tables `admission_opening`, `admission_entry` and `admission_key`.
//!
//! An opening's row is a lock of its own: who holds it takes no other lock of this service.

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, small};
use crate::rules::admission::Pace;
use crate::rules::period::PeriodCode;

/// Which opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Of which period.
    pub period: PeriodCode,
    /// Its moment.
    pub opens_at: Timestamp,
}

/// An opening as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningRow {
    /// Students who were there before it.
    pub noted: u32,
    /// The draw; `None` while it was not made.
    pub drawn: Option<Drawn>,
}

/// The draw of an opening, and how far its numbers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// What the participants were shuffled by.
    pub seed: String,
    /// How fast the line moves.
    pub pace: Pace,
    /// The first place that was never given.
    pub next: u32,
}

type Row = (i64, String, Option<Stamp>, i64, i64, i64);

fn opening(key: Key, (noted, seed, drawn_at, rate, burst, next): Row) -> Result<OpeningRow, DbError> {
    let pace = Pace { opens_at: key.opens_at, rate: small(rate)?, burst: small(burst)? };
    let drawn = Drawn { seed, pace, next: small(next)? };
    Ok(OpeningRow { noted: small(noted)?, drawn: drawn_at.map(|_| drawn) })
}

/// An opening, without a lock; `None` while nobody has come.
pub async fn get(on: impl Into<On<'_>>, key: Key) -> Result<Option<OpeningRow>, DbError> {
    let query = sql!(
        "SELECT noted, seed, drawn_at, rate, burst, next_place FROM admission_opening
         WHERE period_code = $1 AND opens_at = $2"
    );
    let row = query.bind(key.period.to_string()).bind(key.opens_at).opt::<Row>(on).await?;
    row.map(|row| opening(key, row)).transpose()
}

/// Locks an opening until the transaction ends, making it when nobody has come yet. Read its entries only afterwards.
pub async fn lock(tx: &mut Tx, key: Key) -> Result<OpeningRow, DbError> {
    let make = sql!(
        "INSERT INTO admission_opening (period_code, opens_at, noted, seed, drawn_at, rate, burst, next_place)
         VALUES ($1, $2, 0, '', NULL, 0, 0, 0) ON CONFLICT (period_code, opens_at) DO NOTHING"
    );
    make.bind(key.period.to_string()).bind(key.opens_at).run(&mut *tx).await?;
    let query = sql!(
        sqlite = "SELECT noted, seed, drawn_at, rate, burst, next_place FROM admission_opening
                  WHERE period_code = $1 AND opens_at = $2",
        postgres = "SELECT noted, seed, drawn_at, rate, burst, next_place FROM admission_opening
                    WHERE period_code = $1 AND opens_at = $2 FOR NO KEY UPDATE"
    );
    opening(key, query.bind(key.period.to_string()).bind(key.opens_at).one::<Row>(tx).await?)
}

/// Writes how far an opening is. The caller holds its lock; `now` is when it was drawn, if that is new.
pub async fn save(tx: &mut Tx, key: Key, row: &OpeningRow, now: Timestamp) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE admission_opening SET noted = $3, seed = $4, drawn_at = CASE WHEN $5 THEN COALESCE(drawn_at, $6) END,
             rate = $7, burst = $8, next_place = $9
         WHERE period_code = $1 AND opens_at = $2"
    );
    let drawn = row.drawn.as_ref();
    let query = query.bind(key.period.to_string()).bind(key.opens_at).bind(row.noted);
    let query = query.bind(drawn.map_or("", |drawn| &drawn.seed)).bind(drawn.is_some()).bind(now);
    let query = query.bind(drawn.map_or(0, |drawn| drawn.pace.rate)).bind(drawn.map_or(0, |drawn| drawn.pace.burst));
    query.bind(drawn.map_or(0, |drawn| drawn.next)).run(tx).await.map(drop)
}

/// A student in the waiting room, with the place of a later comer; `None` for a participant of the draw.
pub type Entry = (String, Option<u32>);

fn entries(rows: Vec<(String, Option<i64>)>) -> Result<Vec<Entry>, DbError> {
    rows.into_iter().map(|(student, place)| Ok((student, place.map(small).transpose()?))).collect()
}

/// Those of the students who are in the waiting room of an opening.
pub async fn entries_of(tx: &mut Tx, key: Key, student_ids: &[String]) -> Result<Vec<Entry>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, place FROM admission_entry
                  WHERE period_code = $1 AND opens_at = $2 AND student_id IN (SELECT value FROM json_each($3))",
        postgres = "SELECT student_id, place FROM admission_entry
                    WHERE period_code = $1 AND opens_at = $2 AND student_id = ANY($3)"
    );
    let query = query.bind(key.period.to_string()).bind(key.opens_at).bind(Texts(student_ids.to_vec()));
    entries(query.all::<(String, Option<i64>)>(tx).await?)
}

/// Everybody in the waiting room of an opening.
pub async fn all_entries(tx: &mut Tx, key: Key) -> Result<Vec<Entry>, DbError> {
    let query = sql!("SELECT student_id, place FROM admission_entry WHERE period_code = $1 AND opens_at = $2");
    entries(query.bind(key.period.to_string()).bind(key.opens_at).all::<(String, Option<i64>)>(tx).await?)
}

/// Puts participants of the draw into the waiting room. The caller holds the opening's lock.
pub async fn note(tx: &mut Tx, key: Key, student_ids: &[String], now: Timestamp) -> Result<(), DbError> {
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO admission_entry (period_code, opens_at, student_id, noted_at, place)
                      SELECT $1, $2, value, $4, NULL FROM json_each($3)",
            postgres = "INSERT INTO admission_entry (period_code, opens_at, student_id, noted_at, place)
                        SELECT $1, $2, n.student_id, $4, NULL FROM UNNEST($3::text[]) AS n (student_id)"
        );
        let query = query.bind(key.period.to_string()).bind(key.opens_at).bind(Texts(chunk.to_vec()));
        query.bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Puts later comers with their places into the waiting room. The caller holds the opening's lock.
pub async fn number(tx: &mut Tx, key: Key, comers: &[(String, u32)], now: Timestamp) -> Result<(), DbError> {
    for chunk in comers.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO admission_entry (period_code, opens_at, student_id, noted_at, place)
                      SELECT $1, $2, s.value, $5, $4 ->> s.key FROM json_each($3) AS s",
            postgres = "INSERT INTO admission_entry (period_code, opens_at, student_id, noted_at, place)
                        SELECT $1, $2, n.student_id, $5, n.place
                        FROM UNNEST($3::text[], $4::bigint[]) AS n (student_id, place)"
        );
        let query = query.bind(key.period.to_string()).bind(key.opens_at);
        let query = query.bind(chunk.iter().map(|(student, _)| student.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, place)| i64::from(*place)).collect::<Ints>());
        query.bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// A key that tickets are signed by, as it is stored. Not printable.
#[derive(sqlx::FromRow)]
pub struct KeyRow {
    /// Which.
    pub key_id: String,
    /// 32 bytes in base64url.
    pub secret: String,
    /// When it was made.
    pub made_at: Stamp,
}

/// Every key, the newest first.
pub async fn keys(on: impl Into<On<'_>>) -> Result<Vec<KeyRow>, DbError> {
    sql!("SELECT key_id, secret, made_at FROM admission_key ORDER BY made_at DESC, key_id DESC").all::<KeyRow>(on).await
}

/// Adds a key.
pub async fn add_key(tx: &mut Tx, key: &KeyRow) -> Result<(), DbError> {
    let query = sql!("INSERT INTO admission_key (key_id, secret, made_at) VALUES ($1, $2, $3)");
    query.bind(key.key_id.as_str()).bind(key.secret.as_str()).bind(key.made_at.0).run(tx).await.map(drop)
}

/// Forgets keys that were made before a moment.
pub async fn forget_keys(tx: &mut Tx, before: Timestamp) -> Result<(), DbError> {
    sql!("DELETE FROM admission_key WHERE made_at < $1").bind(before).run(tx).await.map(drop)
}
