//! What a university decides registration by, beside the facts of a student: its policies, and what its courses ask for.
//!
//! Policies, prerequisites and equivalent courses are few and change seldom, so they are held in memory, all of them; two
//! numbers in the database say whether what is held is still what is stored, so every replica sees a change with its next
//! decision. A decision costs one small look-up, a list of choices costs the same, and both decide by one state. What the
//! documents say together to one sort of student is worked out once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chassis::db::{DbError, Tx};

use crate::rules::period::PeriodCode;
use crate::rules::policy::Policy;
use crate::rules::policy::book::Book;
use crate::rules::prerequisite::Requirements;
use crate::rules::registration::Registration;
use crate::rules::window::Belongs;
use crate::store::policies::Ground;
use crate::store::{policies, prerequisites};

/// Sorts of students whose policy is kept: more than programmes times cohorts of any campus. More are worked out again.
const MAX_EFFECTIVE: usize = 10_000;

/// Policies, prerequisites and equivalent courses.
#[derive(Debug)]
pub struct Rulebook {
    /// What holds where no document says otherwise.
    default: Policy,
    /// How registration runs where a period does not say otherwise.
    pub registration: Registration,
    /// What the courses ask for, with the number that it was stored under.
    asked: Mutex<Option<(i64, Arc<Requirements>)>>,
    /// The policies, likewise.
    policies: Mutex<Option<(i64, Arc<Policies>)>>,
}

/// What was held at one moment.
#[derive(Debug, Clone)]
pub struct Held {
    /// What the courses ask for.
    pub requirements: Arc<Requirements>,
    /// The policies.
    pub policies: Arc<Policies>,
    /// Whether everything that student-svc has to say was heard once.
    pub student_heard: bool,
    /// Whether everything that grade-svc has to say was.
    pub grade_heard: bool,
}

/// Every policy document, and what they say together to the sorts of students who were asked about.
#[derive(Debug, Default)]
pub struct Policies {
    /// The documents.
    pub book: Book,
    effective: Mutex<HashMap<(Belongs, PeriodCode), Arc<Policy>>>,
}

impl Policies {
    /// Those of a book.
    pub fn new(book: Book) -> Self {
        Self { book, effective: Mutex::default() }
    }

    /// What decides about somebody in a period.
    pub fn of(&self, who: &Belongs, period: PeriodCode) -> Arc<Policy> {
        let mut known = locked(&self.effective);
        let key = (who.clone(), period);
        if let Some(policy) = known.get(&key) {
            return policy.clone();
        }
        let policy = Arc::new(self.book.effective(who, period).policy);
        if known.len() >= MAX_EFFECTIVE {
            known.clear();
        }
        known.insert(key, policy.clone());
        policy
    }
}

impl Rulebook {
    /// A rulebook that has not read anything yet.
    pub fn new(default: Policy, registration: Registration) -> Self {
        Self { default, registration, asked: Mutex::default(), policies: Mutex::default() }
    }

    /// The one of a university that has set nothing. For tests and measurements.
    #[must_use]
    pub fn shipped() -> Self {
        Self::new(Policy::default(), Registration::SHIPPED)
    }

    /// Everything, as the transaction sees it.
    pub async fn held(&self, tx: &mut Tx) -> Result<Held, DbError> {
        let Ground { asked, decided, student_heard, grade_heard } = policies::ground(&mut *tx).await?;
        let requirements = match kept(&self.asked, asked) {
            Some(held) => held,
            None => keep(&self.asked, asked, prerequisites::requirements(&mut *tx).await?),
        };
        let policies = match kept(&self.policies, decided) {
            Some(held) => held,
            None => {
                let entries = policies::entries(tx).await?;
                keep(&self.policies, decided, Policies::new(Book::new(self.default.clone(), entries)))
            }
        };
        Ok(Held { requirements, policies, student_heard, grade_heard })
    }

    /// The policies alone, read and not held: for a transaction that changes what courses ask for and is not through. What it
    /// reads under its own number is not yet what that number stands for.
    pub async fn policies_read(&self, tx: &mut Tx) -> Result<Policies, DbError> {
        let entries = policies::entries(tx).await?;
        Ok(Policies::new(Book::new(self.default.clone(), entries)))
    }
}

/// What is held, if it is of this number.
fn kept<T>(held: &Mutex<Option<(i64, Arc<T>)>>, stored: i64) -> Option<Arc<T>> {
    locked(held).as_ref().filter(|(number, _)| *number == stored).map(|(_, value)| value.clone())
}

/// Holds what was read. A reader of an older state never replaces a newer one.
fn keep<T>(held: &Mutex<Option<(i64, Arc<T>)>>, stored: i64, read: T) -> Arc<T> {
    let read = Arc::new(read);
    let mut held = locked(held);
    if held.as_ref().is_none_or(|(number, _)| *number < stored) {
        *held = Some((stored, read.clone()));
    }
    read
}

/// A poisoned lock still guards whole values: nothing here panics half-way through a change.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
