//! Tables `registration_policy` and `policy_gate`.

use chassis::db::{DbError, On, Tx};
use chassis::sql;

use super::known;
use crate::model::PolicyDocument;
use crate::rules::period::PeriodCode;
use crate::rules::policy::Document;
use crate::rules::policy::book::{Entry, Reach};

/// How often prerequisites or equivalents, and how often policies were changed: what was read under another number may be
/// another state.
pub async fn changes(on: impl Into<On<'_>>) -> Result<(i64, i64), DbError> {
    let query = sql!(
        "SELECT r.changes, p.changes FROM prerequisite_gate r JOIN policy_gate p ON p.gate = r.gate WHERE r.gate = 1"
    );
    query.one::<(i64, i64)>(on).await
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
