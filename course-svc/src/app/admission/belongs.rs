//! Where students belong, asked for many at a time and remembered for a while: at an opening everybody comes at once, and a
//! question to the database for each would take every connection that there is.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use chassis::db::Db;
use chassis::error::Fault;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};

use super::{AGAIN, Limits};
use crate::error::Error;
use crate::rules::period::PeriodCode;
use crate::rules::window::Belongs;
use crate::store::students;

/// How long a student is believed to belong where they did.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// Students that are remembered at most; then all are forgotten.
const STUDENTS: usize = 200_000;

type Known = Arc<Mutex<HashMap<String, (Timestamp, Belongs)>>>;

struct Ask {
    student_id: String,
    period: PeriodCode,
    now: Timestamp,
    reply: oneshot::Sender<Result<Belongs, Error>>,
}

/// The question where a student belongs. Cheap to clone; its work ends with the last one.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    known: Known,
    asks: mpsc::Sender<Ask>,
}

impl Directory {
    /// Starts to answer.
    pub(super) fn start(db: Db, limits: Limits) -> Self {
        let (asks, queue) = mpsc::channel(limits.queue);
        let known = Known::default();
        drop(tokio::spawn(answer(db, known.clone(), queue, limits.batch)));
        Self { known, asks }
    }

    /// Where the student belongs, as far as student-svc has told.
    ///
    /// # Errors
    /// The database; a fault `overloaded` when too many ask at once.
    pub(super) async fn find(&self, student_id: &str, period: PeriodCode, now: Timestamp) -> Result<Belongs, Error> {
        if let Some(found) = self.fresh(student_id, now) {
            return Ok(found);
        }
        let (reply, answer) = oneshot::channel();
        let ask = Ask { student_id: student_id.to_owned(), period, now, reply };
        self.asks.try_send(ask).map_err(|_| Fault::unavailable(chassis::reasons::OVERLOADED, Some(AGAIN)))?;
        answer.await.map_err(|_| Fault::internal("nobody answers where students belong"))?
    }

    fn fresh(&self, student_id: &str, now: Timestamp) -> Option<Belongs> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, belongs) = known.get(student_id)?;
        (now.duration_since(*read_at).abs() < FRESH).then(|| belongs.clone())
    }
}

async fn answer(db: Db, known: Known, mut queue: mpsc::Receiver<Ask>, batch: usize) {
    let mut asks = Vec::with_capacity(batch);
    while queue.recv_many(&mut asks, batch).await > 0 {
        asks.retain(|ask: &Ask| !ask.reply.is_closed());
        let Some(period) = asks.first().map(|ask| ask.period) else { continue };
        let ids: Vec<_> = asks.iter().map(|ask| ask.student_id.clone()).collect();
        // The period decides about a status only, which is not asked for here.
        let asked = AssertUnwindSafe(students::known_of(&db, &ids, period)).catch_unwind().await;
        // A panic is a fault like any other: the one task of the replica goes on.
        let found = asked.map_err(|_| Fault::internal("asking where students belong panicked"));
        let found = found.and_then(|told| told.map_err(Fault::from));
        if let Ok(found) = &found {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() + found.len() > STUDENTS {
                known.clear();
            }
            // Who has not arrived is asked for again.
            let told = asks.iter().filter_map(|ask| Some((ask, found.get(&ask.student_id)?)));
            known.extend(told.map(|(ask, told)| (ask.student_id.clone(), (ask.now, told.belongs.clone()))));
        }
        for ask in asks.drain(..) {
            let told = found.as_ref().map(|found| found.get(&ask.student_id).map(|told| told.belongs.clone()));
            let told = told.map(Option::unwrap_or_default).map_err(|fault| Error::Fault(fault.clone()));
            // Who has gone away needs no answer.
            let _ = ask.reply.send(told);
        }
    }
}
