//! Deciding in an advisor's stead: giving that to another lecturer for a time, and ending it.

use std::collections::HashMap;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::reasons;
use crate::store::campus::{self, Lecturer};
use crate::store::delegations::{self, Delegation};

/// A delegation to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The advisor.
    pub advisor_id: String,
    /// Who decides.
    pub delegate_id: String,
    /// First moment.
    pub from: Timestamp,
    /// First moment after it, later than the first.
    pub until: Timestamp,
    /// Why; may be empty.
    pub note: String,
}

/// Lets the delegate decide. `account_id` gives it.
///
/// # Errors
/// `Fields` for lecturers who are not known, and for a time that has passed.
pub async fn create(
    app: &App,
    draft: &Draft,
    account_id: &str,
    scope: Option<&Scope>,
) -> Result<Answer<Delegation>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        if draft.until <= now {
            return Err(Error::field("until", reasons::NOT_AFTER, "this time has passed"));
        }
        let names = names(&mut tx, draft).await?;
        let delegation = Delegation {
            id: chassis::id::new(),
            advisor_name: names.0,
            delegate_name: names.1,
            advisor_id: draft.advisor_id.clone(),
            delegate_id: draft.delegate_id.clone(),
            from: draft.from,
            until: draft.until,
            note: draft.note.clone(),
            given_at: now,
            ended_at: None,
        };
        delegations::insert(&mut tx, &delegation, account_id).await?;
        once::commit(tx, scope, || convert::encoded(&convert::delegation(&delegation)), now).await?;
        Ok(Answer::Done(delegation))
    })
    .await
}

/// Names of advisor and delegate.
async fn names(tx: &mut Tx, draft: &Draft) -> Result<(String, String), Error> {
    let known = campus::lecturers(tx, vec![draft.advisor_id.clone(), draft.delegate_id.clone()]).await?;
    let mut known: HashMap<_, Lecturer> = known.into_iter().map(|lecturer| (lecturer.id.clone(), lecturer)).collect();
    let mut faults = Vec::new();
    let mut name = |field: &str, id: &str| match known.remove(id) {
        Some(lecturer) => lecturer.name,
        None => {
            faults.push(FieldFault::new(field, reasons::UNKNOWN_LECTURER, "no such lecturer"));
            String::new()
        }
    };
    let names = (name("advisor_id", &draft.advisor_id), name("delegate_id", &draft.delegate_id));
    if faults.is_empty() { Ok(names) } else { Err(Error::Fields(faults)) }
}

/// Ends a delegation now. One that is over stays as it was.
///
/// # Errors
/// `Absent` when there is no such delegation.
pub async fn end(app: &App, id: &str, account_id: &str) -> Result<Delegation, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        delegations::end(&mut tx, id, account_id, now).await?;
        let ended = delegations::get(&mut tx, id).await?.ok_or(Error::Absent("delegation"))?;
        tx.commit().await?;
        Ok(ended)
    })
    .await
}
