//! Classes with live seats in memory, one shelf per period: reading them costs the database nothing.
//!
//! Seats follow this process's own commits at once; `seat_version` says which of two numbers is the newer, so it does not
//! matter in which order they arrive. What another replica changed is looked up twice a second while somebody reads, and
//! nobody is shown numbers that were looked up longer than a second ago: whoever finds older ones waits for newer ones
//! (`docs/adr/0012-seats-of-other-replicas-are-looked-up.md`). A changed offering throws its shelf away, and every shelf is read anew after half a minute, because names of
//! lecturers and rooms come from elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::db::{Db, DbError, Engine};
use chassis::error::Fault;
use chassis::text::fold;
use serde::Serialize;
use tokio::time::Instant;

use crate::error::Error;
use crate::model::Class;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan::ClassFacts;
use crate::rules::seats::{Reservation, Seats};
use crate::store::classes::{self, SeatRow};
use crate::store::{curricula, periods};

/// After this a shelf is read anew.
const MAX_AGE: Duration = Duration::from_secs(30);

/// After this, one reader compares the seats with the database where another replica may have changed them; the others go on
/// with what is there.
const SEATS_AGE: Duration = Duration::from_millis(500);

/// After this nobody goes on: what is answered has left within the second.
const SEATS_MAX_AGE: Duration = Duration::from_millis(900);

/// Periods kept at a time. More are read again when they are asked for.
const MAX_SHELVES: usize = 8;

/// New numbers of seats of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatChange {
    /// Which.
    pub class_id: String,
    /// Seats.
    pub seats: Seats,
    /// Version of these numbers.
    pub seat_version: i64,
}

/// Where a class stands in a list: folded code of the course, name, id.
pub type Position = (String, String, String);

/// A class in memory.
#[derive(Debug)]
pub struct Entry {
    /// The class as it was read; its seats are in [`Entry::seats`].
    pub class: Arc<Class>,
    /// The same for the rules.
    pub facts: Arc<ClassFacts>,
    /// Where it stands.
    pub position: Position,
    /// Study programmes that have the course in a curriculum, beside the one that owns it.
    programmes: Vec<String>,
    name_key: String,
    /// Code and name of the course, each with the name of the class after it, folded.
    labels: [String; 2],
    /// Seats and the version of their numbers.
    seats: Mutex<(Seats, i64)>,
}

impl Entry {
    fn new(class: Class, programmes: Vec<String>) -> Self {
        Self {
            programmes,
            facts: Arc::new(class.facts()),
            position: (fold(&class.course.code), class.name.clone(), class.id.clone()),
            name_key: fold(&class.course.name),
            labels: [&class.course.code, &class.course.name].map(|course| fold(&format!("{course} {}", class.name))),
            seats: Mutex::new((class.seats.clone(), class.seat_version)),
            class: Arc::new(class),
        }
    }

    /// Seats now.
    pub fn seats(&self) -> Seats {
        locked(&self.seats).0.clone()
    }

    /// Whether seats are kept for somebody.
    pub fn keeps_seats(&self) -> bool {
        !self.class.seats.reservations.is_empty()
    }

    /// Takes over newer numbers; how many seats there are in all belongs to the offering.
    fn update(&self, seats: &Seats, seat_version: i64) {
        let mut known = locked(&self.seats);
        if known.1 < seat_version {
            *known = (Seats { capacity: known.0.capacity, ..seats.clone() }, seat_version);
        }
    }
}

/// Which classes of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Part of the course's name, beginning of its code, or either as a whole with the class's name after it; folded; empty
    /// for all.
    pub search: String,
    /// Only of courses that this study programme owns or has in a curriculum; empty for all.
    pub programme_id: String,
    /// Only with a meeting on this day; 0 for all.
    pub day: u32,
    /// Only of this course; empty for all.
    pub course_id: String,
    /// Only of this lecturer; empty for all.
    pub lecturer_id: String,
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        let class = &entry.class;
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        (is(&self.programme_id, &class.course.programme_id) || entry.programmes.contains(&self.programme_id))
            && is(&self.course_id, &class.course.id)
            && (self.day == 0 || class.meetings.iter().any(|meeting| meeting.slot.day() == self.day))
            && (self.lecturer_id.is_empty() || class.lecturers.iter().any(|l| l.lecturer_id == self.lecturer_id))
            && (self.search.is_empty()
                || entry.position.0.starts_with(&self.search)
                || entry.name_key.contains(&self.search)
                || entry.labels.contains(&self.search))
    }
}

/// All classes of one period, by position.
#[derive(Debug)]
pub struct Shelf {
    /// How far the period is; `None` when there is no such period.
    pub state: Option<PeriodState>,
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    /// As of when the seats are those that the database has.
    as_of: Mutex<Instant>,
    /// Held by whoever compares the seats; why the last comparison failed, and when it began.
    comparing: tokio::sync::Mutex<Option<(Instant, Fault)>>,
}

impl Shelf {
    /// Of classes that were read at a moment; `programmes` are those that have a course in a curriculum, by course.
    fn new(
        state: Option<PeriodState>,
        classes: Vec<Class>,
        programmes: &HashMap<String, Vec<String>>,
        as_of: Instant,
    ) -> Self {
        let entry = |class: Class| {
            let programmes = programmes.get(&class.course.id).cloned().unwrap_or_default();
            Entry::new(class, programmes)
        };
        let mut entries: Vec<_> = classes.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.position.cmp(&b.position));
        let by_id = entries.iter().enumerate().map(|(n, entry)| (entry.class.id.clone(), n)).collect();
        Self { state, entries, by_id, as_of: Mutex::new(as_of), comparing: tokio::sync::Mutex::default() }
    }

    /// Classes that the filter admits, after a position.
    pub fn select<'a>(&'a self, filter: &'a Filter, after: Option<&Position>) -> impl Iterator<Item = &'a Entry> {
        let start = after.map_or(0, |after| self.entries.partition_point(|entry| entry.position <= *after));
        self.entries[start..].iter().filter(|entry| filter.admits(entry))
    }

    /// One class.
    pub fn get(&self, class_id: &str) -> Option<&Entry> {
        self.by_id.get(class_id).map(|n| &self.entries[*n])
    }

    /// How long ago the seats were those that the database had.
    fn age(&self) -> Duration {
        locked(&self.as_of).elapsed()
    }

    /// Takes over seats that the database had at a moment; false when the offering itself is another one.
    fn compare(&self, rows: &[SeatRow], mut kept: HashMap<String, Vec<Reservation>>, as_of: Instant) -> bool {
        let mut same = rows.len() == self.entries.len();
        for row in rows {
            match self.get(&row.class_id) {
                Some(entry) => {
                    same &= entry.class.version == row.version;
                    let reservations = kept.remove(&row.class_id).unwrap_or_default();
                    let SeatRow { taken, reserved, waiting, .. } = *row;
                    let seats = Seats { reserved, waiting, reservations, ..Seats::new(0, taken) };
                    entry.update(&seats, row.seat_version);
                }
                None => same = false,
            }
        }
        *locked(&self.as_of) = as_of;
        same
    }
}

/// A shelf that is being read, with the seats that changed meanwhile; or one that is ready.
#[derive(Debug)]
enum State {
    Reading(HashMap<String, SeatChange>),
    Ready(Arc<Shelf>),
}

#[derive(Debug)]
struct Slot {
    since: Instant,
    state: Mutex<State>,
    /// Held by whoever reads the shelf from the database.
    reader: tokio::sync::Mutex<()>,
}

impl Slot {
    fn new() -> Arc<Self> {
        let state = Mutex::new(State::Reading(HashMap::new()));
        Arc::new(Self { since: Instant::now(), state, reader: tokio::sync::Mutex::new(()) })
    }

    fn ready(&self) -> Option<Arc<Shelf>> {
        match &*locked(&self.state) {
            State::Ready(shelf) => Some(shelf.clone()),
            State::Reading(_) => None,
        }
    }

    fn seat_changed(&self, change: &SeatChange) {
        match &mut *locked(&self.state) {
            State::Ready(shelf) => {
                if let Some(entry) = shelf.get(&change.class_id) {
                    entry.update(&change.seats, change.seat_version);
                }
            }
            State::Reading(changes) => {
                let known = changes.entry(change.class_id.clone()).or_insert_with(|| change.clone());
                if known.seat_version < change.seat_version {
                    *known = change.clone();
                }
            }
        }
    }

    /// Puts what was read onto the shelf, with what changed since the reading began.
    fn fill(&self, shelf: Shelf) -> Arc<Shelf> {
        let shelf = Arc::new(shelf);
        let mut state = locked(&self.state);
        if let State::Reading(changes) = &*state {
            for change in changes.values() {
                if let Some(entry) = shelf.get(&change.class_id) {
                    entry.update(&change.seats, change.seat_version);
                }
            }
        }
        *state = State::Ready(shelf.clone());
        shelf
    }
}

/// Classes in memory.
#[derive(Debug)]
pub struct Catalogue {
    db: Db,
    slots: Mutex<HashMap<PeriodCode, Arc<Slot>>>,
}

impl Catalogue {
    /// An empty catalogue over a database.
    pub fn new(db: Db) -> Self {
        Self { db, slots: Mutex::default() }
    }

    /// The classes of a period; none for a period that does not exist.
    ///
    /// # Errors
    /// What the database says, if there is nothing in memory that is young enough.
    pub async fn shelf(&self, period: PeriodCode) -> Result<Arc<Shelf>, Error> {
        let asked = Instant::now();
        loop {
            let slot = self.slot(period);
            let shelf = match slot.ready() {
                Some(shelf) => shelf,
                None => self.read(&slot, period).await?,
            };
            if self.db.engine() == Engine::Sqlite || shelf.age() < SEATS_AGE {
                return Ok(shelf);
            }
            let mut failed = match shelf.comparing.try_lock() {
                Ok(failed) => failed,
                Err(_) if shelf.age() < SEATS_MAX_AGE => return Ok(shelf.clone()),
                Err(_) => shelf.comparing.lock().await,
            };
            if shelf.age() < SEATS_AGE {
                // Somebody has compared it meanwhile, and may have found that another one must take its place.
                continue;
            }
            if let Some((began, fault)) = &*failed
                && *began >= asked
            {
                return Err(fault.clone().into());
            }
            let began = Instant::now();
            match self.seats(period).await {
                Ok((rows, kept)) => {
                    *failed = None;
                    if shelf.compare(&rows, kept, began) {
                        drop(failed);
                        return Ok(shelf);
                    }
                    self.discard(period, &shelf);
                }
                Err(error) => {
                    let fault = Fault::from(error);
                    *failed = Some((began, fault.clone()));
                    drop(failed);
                    return if shelf.age() < SEATS_MAX_AGE { Ok(shelf) } else { Err(fault.into()) };
                }
            }
        }
    }

    /// What the database has of the seats of a period.
    async fn seats(&self, period: PeriodCode) -> Result<(Vec<SeatRow>, HashMap<String, Vec<Reservation>>), DbError> {
        let rows = classes::seats_of_period(&self.db, period).await?;
        Ok((rows, classes::kept_of_period(&self.db, period).await?))
    }

    /// Takes a shelf away, unless another one stands in its place already.
    fn discard(&self, period: PeriodCode, shelf: &Arc<Shelf>) {
        let mut slots = locked(&self.slots);
        let is_this = |slot: &Arc<Slot>| slot.ready().is_some_and(|found| Arc::ptr_eq(&found, shelf));
        if slots.get(&period).is_some_and(is_this) {
            slots.remove(&period);
        }
    }

    /// The classes of a period if they are in memory, however old; whoever asks compares their versions.
    pub fn held(&self, period: PeriodCode) -> Option<Arc<Shelf>> {
        let slot = locked(&self.slots).get(&period).cloned();
        slot.and_then(|slot| slot.ready())
    }

    /// A commit of this process took or freed a seat.
    pub fn seat_changed(&self, period: PeriodCode, change: &SeatChange) {
        let slot = locked(&self.slots).get(&period).cloned();
        if let Some(slot) = slot {
            slot.seat_changed(change);
        }
    }

    /// A commit of this process changed the classes of a period. A reading that began before it ends on a shelf that
    /// nobody finds any more.
    pub fn offering_changed(&self, period: PeriodCode) {
        locked(&self.slots).remove(&period);
    }

    /// A commit of this process changed what classes of any period show: a course, a curriculum, a room, an import.
    pub fn everything_changed(&self) {
        locked(&self.slots).clear();
    }

    /// The slot of a period, a new one when there is none or when it is too old.
    fn slot(&self, period: PeriodCode) -> Arc<Slot> {
        let mut slots = locked(&self.slots);
        if let Some(slot) = slots.get(&period).filter(|slot| slot.since.elapsed() < MAX_AGE) {
            return slot.clone();
        }
        let slot = Slot::new();
        slots.insert(period, slot.clone());
        if slots.len() > MAX_SHELVES {
            let oldest = slots.iter().filter(|(code, _)| **code != period).min_by_key(|(_, slot)| slot.since);
            if let Some(code) = oldest.map(|(code, _)| *code) {
                slots.remove(&code);
            }
        }
        slot
    }

    /// Reads a shelf from the database; whoever comes meanwhile waits for it.
    async fn read(&self, slot: &Slot, period: PeriodCode) -> Result<Arc<Shelf>, DbError> {
        let _reader = slot.reader.lock().await;
        if let Some(shelf) = slot.ready() {
            return Ok(shelf);
        }
        let as_of = Instant::now();
        let mut tx = self.db.snapshot().await?;
        let state = periods::get(&mut tx, period).await?.map(|period| period.state);
        let classes = classes::of_period(&mut tx, period).await?;
        let mut programmes: HashMap<String, Vec<String>> = HashMap::new();
        for (course, programme) in curricula::programmes_of_courses(&mut tx).await? {
            programmes.entry(course).or_default().push(programme);
        }
        drop(tx);
        if state.is_none() {
            // A period that does not exist is not kept: whoever asks for all of them pushes nobody's shelf out.
            self.offering_changed(period);
        }
        Ok(slot.fill(Shelf::new(state, classes, &programmes, as_of)))
    }
}

/// A poisoned lock still guards whole values: nothing here panics half-way through a change.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
