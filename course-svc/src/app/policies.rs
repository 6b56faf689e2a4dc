//! Keeping policy documents, and saying what they say together.

use std::collections::HashMap;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};

use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::PolicyDocument;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::policy::book::{Effective, Reach};
use crate::rules::window::Belongs;
use crate::store::{campus, policies, students};

/// Makes a document, whose id is empty, or replaces one if its version is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` for a faculty or programme that does not exist, `Duplicate` when the scope has another
/// document that begins in the same period.
pub async fn put(app: &App, draft: &PolicyDocument, scope: Option<&Scope>) -> Result<Answer<PolicyDocument>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        policies::take_gate(&mut tx).await?;
        let known = match draft.id.is_empty() {
            true => None,
            false => Some(policies::get(&mut tx, &draft.id).await?.ok_or(Error::Absent("policy"))?),
        };
        if draft.version != known.as_ref().map_or(0, |known| known.version) {
            return Err(Error::Stale);
        }
        check_key(&mut tx, &draft.reach).await?;
        let kept = PolicyDocument { version: draft.version + 1, ..draft.clone() };
        let (kept, written) = match known {
            Some(_) => {
                let written = policies::update(&mut tx, &kept).await;
                (kept, written)
            }
            None => {
                let kept = PolicyDocument { id: chassis::id::new(), ..kept };
                let written = policies::insert(&mut tx, &kept).await;
                (kept, written)
            }
        };
        let constraint = "uq_registration_policy_scope_scope_key_valid_from";
        written.map_err(|error| Error::unless_taken(error, constraint, reasons::POLICY_EXISTS))?;
        once::commit(tx, scope, || convert::encoded(&convert::policy(&kept)), now).await?;
        Ok(Answer::Done(kept))
    })
    .await
}

/// Removes a document, if its version is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`.
pub async fn delete(app: &App, id: &str, version: i64) -> Result<(), Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        policies::take_gate(&mut tx).await?;
        let known = policies::get(&mut tx, id).await?.ok_or(Error::Absent("policy"))?;
        if known.version != version {
            return Err(Error::Stale);
        }
        policies::delete(&mut tx, id).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// A scope that names a faculty or programme which nobody knows is a wrong field.
async fn check_key(tx: &mut Tx, reach: &Reach) -> Result<(), Error> {
    let wrong = |reason, message| Err(Error::Fields(vec![FieldFault::new("scope_key", reason, message)]));
    match reach {
        Reach::University | Reach::Cohort(_) => Ok(()),
        Reach::Faculty(code) if campus::faculty_codes(&mut *tx).await?.contains(code) => Ok(()),
        Reach::Faculty(_) => wrong(reasons::UNKNOWN_FACULTY, "no such faculty"),
        Reach::Programme(code) | Reach::ProgrammeCohort(code, _) => {
            match campus::programmes(tx).await?.iter().any(|(known, _)| known == code) {
                true => Ok(()),
                false => wrong(reasons::UNKNOWN_PROGRAMME, "no such study programme"),
            }
        }
    }
}

/// Whom a question about what decides is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// A student.
    Student(String),
    /// A cohort (`None`: any) of a study programme by its id (empty: none).
    Cohort {
        /// Study programme.
        programme_id: String,
        /// Year of entry.
        cohort: Option<u16>,
    },
}

/// What decides, and the documents that say it, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In which period.
    pub period: PeriodCode,
    /// About whom.
    pub who: Belongs,
    /// The policy, and which document says each field.
    pub effective: Effective,
    /// Those documents.
    pub documents: HashMap<String, PolicyDocument>,
}

/// What decides about somebody in a period.
///
/// # Errors
/// `Fields` for a study programme that does not exist. Of a student who has not arrived the policy of everybody is told.
pub async fn effective(app: &App, period: PeriodCode, whom: &Whom) -> Result<Found, Error> {
    let mut tx = app.db.snapshot().await?;
    let who = match whom {
        Whom::Student(id) => {
            let ids = [id.clone()];
            students::known_of(&mut tx, &ids, period).await?.remove(id).unwrap_or_default().belongs
        }
        Whom::Cohort { programme_id, cohort } if programme_id.is_empty() => {
            Belongs { cohort: *cohort, ..Belongs::default() }
        }
        Whom::Cohort { programme_id, cohort } => {
            let codes = campus::programme_codes(&mut tx, programme_id).await?;
            let unknown = || Error::field("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme");
            let (programme, faculty) = codes.ok_or_else(unknown)?;
            Belongs { faculty, programme: Some(programme), cohort: *cohort }
        }
    };
    let held = app.policy.held(&mut tx).await?;
    let effective = held.policies.book.effective(&who, period);
    let mut documents = HashMap::new();
    for (_, id) in &effective.said_by {
        if !documents.contains_key(id)
            && let Some(document) = policies::get(&mut tx, id).await?
        {
            documents.insert(id.clone(), document);
        }
    }
    Ok(Found { period, who, effective, documents })
}
