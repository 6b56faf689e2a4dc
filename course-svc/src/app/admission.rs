//! The waiting room in front of an opening: who may begin, and when ([`crate::rules::admission`] has the arithmetic).
//!
//! [`Admissions::enter`] gives a student's place, [`Admissions::check`] is asked before every command of a student. Both
//! are answered from memory once a replica knows the student; what is new goes to the [`usher`], in batches. The ticket
//! makes a replica that knows nothing of the student just as quick.

mod belongs;
mod keys;
pub mod memory;
pub mod ticket;
pub mod usher;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::Db;
use chassis::error::Fault;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::model::Period;
use crate::rules::Refusal;
use crate::rules::admission::{self, Opening, Phase};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::Registration;
use crate::rules::window::Scope;
use crate::store::admissions::Key;
use crate::store::{admissions, periods};
use belongs::Directory;
use keys::Keys;
use memory::{Memory, Whereabouts};
use ticket::Ticket;
use usher::{Comer, Usher};

/// How much the waiting rooms of one replica take on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Students that wait for the usher at most.
    pub queue: usize,
    /// Students of one transaction at most.
    pub batch: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 16_384, batch: 512 }
    }
}

/// How long a period is believed to be as it was read; a change on this replica is seen at once.
const PERIOD_FRESH: SignedDuration = SignedDuration::from_secs(1);
/// When to try again while there is too much to do.
const AGAIN: Duration = Duration::from_secs(1);

/// Where a student is in the waiting room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is none for this student now.
    Open,
    /// The opening is too far away.
    Early,
    /// Takes part in the draw.
    Noted,
    /// In line.
    Waiting,
    /// May begin.
    Admitted,
}

/// What the waiting room says to a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where the student is.
    pub state: State,
    /// The service's clock.
    pub now: Timestamp,
    /// When registration opens, or opened, for this student.
    pub opens_at: Option<Timestamp>,
    /// Place in line; 0 while there is none.
    pub place: u32,
    /// How many are before the student and not admitted yet.
    pub ahead: u32,
    /// When the student is admitted.
    pub admitted_at: Option<Timestamp>,
    /// The signed ticket; empty while there is no place.
    pub ticket: String,
    /// How many were noted before the opening.
    pub noted: u32,
    /// What they were shuffled by; empty until then.
    pub seed: String,
    /// Students per second.
    pub rate: u32,
}

/// Periods with the moment at which they were read.
type Periods = HashMap<PeriodCode, (Timestamp, Arc<Period>)>;

/// The waiting rooms. Cheap to clone; the usher ends with the last one.
#[derive(Debug, Clone)]
pub struct Admissions {
    db: Db,
    clock: Clock,
    default: Registration,
    keys: Arc<Keys>,
    memory: Arc<Memory>,
    periods: Arc<Mutex<Periods>>,
    /// Whoever holds it reads a period; the others wait and find it read.
    reading: Arc<tokio::sync::Mutex<()>>,
    directory: Directory,
    comers: mpsc::Sender<Comer>,
}

impl Admissions {
    /// Opens the doors over one database and sends the usher to work. `default` fills in what a period does not say. Needs a
    /// runtime.
    pub fn start(db: Db, clock: Clock, default: Registration, limits: Limits) -> Self {
        let (comers, queue) = mpsc::channel(limits.queue);
        let memory = Arc::new(Memory::default());
        let usher = Usher { db: db.clone(), clock: clock.clone(), memory: memory.clone(), batch: limits.batch };
        // It ends by itself when nobody can come any more.
        drop(tokio::spawn(usher.work(queue)));
        let keys = Arc::new(Keys::new(db.clone(), clock.clone()));
        let directory = Directory::start(db.clone(), limits);
        Self { db, clock, default, keys, memory, periods: Arc::default(), reading: Arc::default(), directory, comers }
    }

    /// Enters the waiting room of the opening that concerns the student now, or says that there is none. Entering again
    /// answers the same place.
    ///
    /// # Errors
    /// `Absent` for a period that does not exist for students; a fault `overloaded` when too many come at once.
    pub async fn enter(&self, student_id: &str, code: PeriodCode) -> Result<View, Error> {
        let now = self.clock.now();
        let period = self.period(code, now).await?.ok_or(Error::Absent("period"))?;
        let registration = period.registration.or(&self.default);
        let who = self.directory.find(student_id, code, now).await?;
        let opening = admission::opening(&period.windows, &who, now);
        let mut view = View {
            state: State::Open,
            now,
            opens_at: opening.map(|opening| opening.opens_at),
            place: 0,
            ahead: 0,
            admitted_at: None,
            ticket: String::new(),
            noted: 0,
            seed: String::new(),
            rate: registration.admission_rate,
        };
        match admission::phase(&registration, opening, now) {
            Phase::Open => {}
            Phase::Early => view.state = State::Early,
            Phase::Presence(opening) | Phase::Line(opening) => {
                let key = Key { period: code, opens_at: opening.opens_at };
                let found = self.whereabouts(key, student_id, &registration, now).await?;
                self.refresh(key, now).await?;
                // The moment after the usher's answer: the line may have moved on, never back.
                view.now = self.clock.now().max(now);
                self.describe(&mut view, key, opening, student_id, found).await?;
            }
        }
        Ok(view)
    }

    /// Fills in where the student is and what the line is like.
    async fn describe(
        &self,
        view: &mut View,
        key: Key,
        opening: Opening,
        student_id: &str,
        found: Whereabouts,
    ) -> Result<(), Error> {
        if let Some(line) = self.memory.line(key) {
            (view.noted, view.seed) = (line.noted, line.seed);
            view.rate = line.pace.map_or(view.rate, |pace| pace.rate);
        }
        view.state = State::Noted;
        if let Some(ticket) = self.ticket(key, opening, student_id, found) {
            let pace = self.memory.line(key).and_then(|line| line.pace);
            view.state = if ticket.admitted_at <= view.now { State::Admitted } else { State::Waiting };
            view.place = ticket.place;
            view.ahead = pace.map_or(0, |pace| pace.ahead(ticket.place, view.now));
            view.admitted_at = Some(ticket.admitted_at);
            view.ticket = self.keys.sign(&ticket).await?;
        }
        Ok(())
    }

    /// The ticket of somebody who has a place.
    fn ticket(&self, key: Key, opening: Opening, student_id: &str, found: Whereabouts) -> Option<Ticket> {
        let Whereabouts::Placed(place) = found else { return None };
        let pace = self.memory.line(key)?.pace?;
        Some(Ticket {
            student_id: student_id.to_owned(),
            period: key.period,
            opens_at: opening.opens_at,
            place,
            admitted_at: pace.admitted_at(place),
            closes_at: opening.closes_at,
        })
    }

    /// Whether the waiting room lets a command of this student pass. A good ticket is enough; without one the student passes
    /// while there is no waiting room, and where nobody is in line, taking a number in passing, so that a crowd without
    /// tickets makes a line too.
    ///
    /// # Errors
    /// `Refused` with `admission-waiting` for a ticket whose time has not come, with `admission-needed` for none, a foreign, a
    /// forged or an old one.
    pub async fn check(&self, student_id: &str, code: PeriodCode, ticket: Option<&str>) -> Result<(), Error> {
        let now = self.clock.now();
        let ticket = match ticket {
            Some(text) => self.keys.verify(text).await?,
            None => None,
        };
        let ticket = ticket.filter(|ticket| ticket.student_id == student_id && ticket.period == code);
        // A period that is not there, and one that is not open, are refused by what comes next, with its own words.
        let Some(period) = self.period(code, now).await? else { return Ok(()) };
        if let Some(ticket) = &ticket
            && ticket.admitted_at <= now
            && now < ticket.closes_at
            && self.stands(ticket, &period, now).await?
        {
            return Ok(());
        }
        let registration = period.registration.or(&self.default);
        if registration.admission_rate == 0 {
            return Ok(());
        }
        let who = self.directory.find(student_id, code, now).await?;
        let opening = admission::opening(&period.windows, &who, now);
        let Phase::Line(opening) = admission::phase(&registration, opening, now) else { return Ok(()) };
        let key = Key { period: code, opens_at: opening.opens_at };
        if let Some(Ticket { admitted_at, place, .. }) = ticket.filter(|ticket| ticket.opens_at == opening.opens_at)
            && admitted_at > now
        {
            return Err(Error::Refused(vec![Refusal::AdmissionWaiting { admitted_at, place }]));
        }
        if self.memory.is_busy(key, now) == Some(false) {
            // Other replicas give numbers too.
            self.refresh(key, now).await?;
        }
        if self.memory.is_busy(key, now) == Some(true) {
            return Err(Error::Refused(vec![Refusal::AdmissionNeeded]));
        }
        let found = self.whereabouts(key, student_id, &registration, now).await?;
        let admitted = self.ticket(key, opening, student_id, found);
        match admitted.is_some_and(|ticket| ticket.admitted_at <= now) {
            true => Ok(()),
            false => Err(Error::Refused(vec![Refusal::AdmissionNeeded])),
        }
    }

    /// Whether the opening of a ticket is still one: a window of the student begins at that moment. Where the student belongs
    /// is asked only if it matters.
    async fn stands(&self, ticket: &Ticket, period: &Period, now: Timestamp) -> Result<bool, Error> {
        let scopes: Vec<_> = admission::beginning(&period.windows, ticket.opens_at).collect();
        if scopes.is_empty() || scopes.contains(&&Scope::University) {
            return Ok(!scopes.is_empty());
        }
        let who = self.directory.find(&ticket.student_id, ticket.period, now).await?;
        Ok(scopes.iter().any(|scope| scope.is_for(&who)))
    }

    /// From memory, else by the usher.
    async fn whereabouts(
        &self,
        key: Key,
        student_id: &str,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Whereabouts, Error> {
        if let Some(found) = self.memory.find(key, student_id, now) {
            return Ok(found);
        }
        let (reply, answer) = oneshot::channel();
        let comer = Comer { key, student_id: student_id.to_owned(), registration: *registration, reply };
        let busy = |_| Fault::unavailable(chassis::reasons::OVERLOADED, Some(AGAIN));
        self.comers.try_send(comer).map_err(busy)?;
        answer.await.map_err(|_| Fault::internal("the usher has gone"))?
    }

    /// Reads the numbers of a line again when they are old.
    async fn refresh(&self, key: Key, now: Timestamp) -> Result<(), Error> {
        if self.memory.is_stale(key, now)
            && let Some(row) = admissions::get(&self.db, key).await?
        {
            self.memory.refresh(key, row, now);
        }
        Ok(())
    }

    /// The period, unless it does not exist for students.
    async fn period(&self, code: PeriodCode, now: Timestamp) -> Result<Option<Arc<Period>>, Error> {
        let fresh = || {
            let periods = self.periods.lock().unwrap_or_else(PoisonError::into_inner);
            let (read_at, period) = periods.get(&code)?;
            (now.duration_since(*read_at).abs() < PERIOD_FRESH).then(|| period.clone())
        };
        if let Some(period) = fresh() {
            return Ok(Some(period));
        }
        let _reading = self.reading.lock().await;
        if let Some(period) = fresh() {
            return Ok(Some(period));
        }
        let mut tx = self.db.snapshot().await?;
        let period = periods::get(&mut tx, code).await?.filter(|period| period.state != PeriodState::Planned);
        let period = period.map(Arc::new);
        let mut periods = self.periods.lock().unwrap_or_else(PoisonError::into_inner);
        match &period {
            Some(period) => drop(periods.insert(code, (now, period.clone()))),
            None => drop(periods.remove(&code)),
        }
        Ok(period)
    }

    /// Forgets a period that was changed here.
    pub fn period_changed(&self, code: PeriodCode) {
        self.periods.lock().unwrap_or_else(PoisonError::into_inner).remove(&code);
    }
}
