//! Tables `registration_policy` and `policy_gate`.

use chassis::db::{DbError, On, Tx};
use chassis::sql;

use super::known;
use crate::model::PolicyDocument;
use crate::rules::period::PeriodCode;
use crate::rules::policy::Document;
use crate::rules::policy::book::{Entry, Reach};

/// What every decision goes by, beside what it is about.
#[derive(Debug, sqlx::FromRow)]
pub struct Ground {
    /// How often prerequisites or equivalents were changed: what was read under another number may be another state.
    pub asked: i64,
    /// How often policies were changed.
    pub decided: i64,
    /// Whether student-svc's feed has been read to its end once. Until then, what it brings and is missing says nothing.
    pub student_heard: bool,
    /// Whether grade-svc's was.
    pub grade_heard: bool,
}

/// All of it in one statement.
pub async fn ground(on: impl Into<On<'_>>) -> Result<Ground, DbError> {
    let query = sql!(
        "SELECT r.changes AS asked, p.changes AS decided,
             EXISTS (SELECT 1 FROM feed_cursor c WHERE c.source = 'student' AND c.epoch <> '') AS student_heard,
             EXISTS (SELECT 1 FROM feed_cursor c WHERE c.source = 'grade' AND c.epoch <> '') AS grade_heard
         FROM prerequisite_gate r JOIN policy_gate p ON p.gate = r.gate WHERE r.gate = 1"
    );
    query.one::<Ground>(on).await
}

/// Takes the gate that policies are changed through, one command at a time, until the transaction ends; the first lock of
/// whoever changes them.
pub async fn take_gate(tx: &mut Tx) -> Result<(), DbError> {
    sql!("UPDATE policy_gate SET changes = changes + 1 WHERE gate = 1").run(tx).await.map(drop)
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    policy_id: String,
    title: String,
    scope: String,
    scope_key: String,
    valid_from: String,
    valid_until: String,
    body: String,
    version: i64,
}

impl Row {
    fn document(self) -> Result<PolicyDocument, DbError> {
        Ok(PolicyDocument {
            reach: known(Reach::parse(&self.scope, &self.scope_key), "policy scope")?,
            from: super::period(&self.valid_from)?,
            until: PeriodCode::parse(&self.valid_until),
            id: self.policy_id,
            title: self.title,
            body: self.body,
            version: self.version,
        })
    }
}

/// Every document as the rules read it.
pub async fn entries(tx: &mut Tx) -> Result<Vec<Entry>, DbError> {
    let query = sql!(
        "SELECT policy_id, title, scope, scope_key, valid_from, valid_until, body, version FROM registration_policy
         ORDER BY policy_id"
    );
    let rows = query.all::<Row>(tx).await?;
    rows.into_iter()
        .map(|row| {
            let found = row.document()?;
            let fields = serde_json::from_str(&found.body).ok();
            let document = known(fields.and_then(|fields| Document::read(&fields).ok()), "policy document")?;
            Ok(Entry { id: found.id, reach: found.reach, from: found.from, until: found.until, document })
        })
        .collect()
}

/// One document.
pub async fn get(on: impl Into<On<'_>>, id: &str) -> Result<Option<PolicyDocument>, DbError> {
    let query = sql!(
        "SELECT policy_id, title, scope, scope_key, valid_from, valid_until, body, version FROM registration_policy
         WHERE policy_id = $1"
    );
    query.bind(id).opt::<Row>(on).await?.map(Row::document).transpose()
}

/// Where a document stands in a list: scope, key, first period, id.
pub type Position = (String, String, String, String);

/// Where this one stands.
pub fn position(document: &PolicyDocument) -> Position {
    let reach = &document.reach;
    (reach.word().to_owned(), reach.key(), document.from.to_string(), document.id.clone())
}

/// Documents after a position: those that hold in a period, or all of them for an empty one.
pub async fn list(
    on: impl Into<On<'_>>,
    period: &str,
    after: &Position,
    limit: i64,
) -> Result<Vec<PolicyDocument>, DbError> {
    let query = sql!(
        "SELECT policy_id, title, scope, scope_key, valid_from, valid_until, body, version FROM registration_policy
         WHERE (scope, scope_key, valid_from, policy_id) > ($1, $2, $3, $4)
           AND ($5 = '' OR (valid_from <= $5 AND (valid_until = '' OR valid_until >= $5)))
         ORDER BY scope, scope_key, valid_from, policy_id LIMIT $6"
    );
    let (scope, key, from, id) = after;
    let query = query.bind(scope).bind(key).bind(from).bind(id).bind(period).bind(limit);
    query.all::<Row>(on).await?.into_iter().map(Row::document).collect()
}

fn until(document: &PolicyDocument) -> String {
    document.until.map(|until| until.to_string()).unwrap_or_default()
}

/// Adds a document. Violates `uq_registration_policy_scope_scope_key_valid_from` when the scope has one that begins in the
/// same period. The caller holds the gate.
pub async fn insert(tx: &mut Tx, document: &PolicyDocument) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO registration_policy (policy_id, title, scope, scope_key, valid_from, valid_until, body, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let query = query.bind(&document.id).bind(&document.title);
    let query = query.bind(document.reach.word()).bind(document.reach.key()).bind(document.from.to_string());
    query.bind(until(document)).bind(&document.body).bind(document.version).run(tx).await.map(drop)
}

/// Replaces a document. Violates what [`insert`] does. The caller holds the gate.
pub async fn update(tx: &mut Tx, document: &PolicyDocument) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE registration_policy
         SET title = $2, scope = $3, scope_key = $4, valid_from = $5, valid_until = $6, body = $7, version = $8
         WHERE policy_id = $1"
    );
    let query = query.bind(&document.id).bind(&document.title);
    let query = query.bind(document.reach.word()).bind(document.reach.key()).bind(document.from.to_string());
    query.bind(until(document)).bind(&document.body).bind(document.version).run(tx).await.map(drop)
}

/// Removes a document. The caller holds the gate.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM registration_policy WHERE policy_id = $1").bind(id).run(tx).await.map(drop)
}
