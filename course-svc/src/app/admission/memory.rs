//! What a replica remembers of the waiting rooms, so that asking for one's place again costs the database nothing.
//!
//! A place never changes once it is given, so whatever is remembered here is right; what is not remembered is asked for.
//! Only the numbers of a line (how many are noted, how far the places are) grow elsewhere too, and are read again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::rules::admission::Pace;
use crate::store::admissions::{Key, OpeningRow};

/// Openings that are remembered at most. A university has a handful at a time; the one that opened first is forgotten first.
const OPENINGS: usize = 32;
/// How old the numbers of a line may become.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// Where a student is in a waiting room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Takes part in the draw.
    Noted,
    /// Has this place.
    Placed(u32),
}

/// The numbers of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How many were there before the opening.
    pub noted: u32,
    /// What they were shuffled by; empty until the draw.
    pub seed: String,
    /// How fast it moves; `None` until the draw.
    pub pace: Option<Pace>,
}

#[derive(Debug)]
struct Room {
    row: OpeningRow,
    read_at: Timestamp,
    /// Everybody of whom this replica knows. After the draw nobody is `Noted`.
    students: HashMap<String, Whereabouts>,
    /// The participants of the draw are among them, with their places.
    draw_known: bool,
}

/// Waiting rooms by opening.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<Key, Room>>);

impl Memory {
    fn with<T>(&self, look: impl FnOnce(&mut HashMap<Key, Room>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where a student is, if that is known and cannot have changed: who is noted has to ask once the opening has come.
    pub fn find(&self, key: Key, student_id: &str, now: Timestamp) -> Option<Whereabouts> {
        self.with(|rooms| {
            let found = rooms.get(&key)?.students.get(student_id).copied()?;
            (found != Whereabouts::Noted || now < key.opens_at).then_some(found)
        })
    }

    /// The numbers of a line, as they were last read.
    pub fn line(&self, key: Key) -> Option<Line> {
        self.with(|rooms| {
            let row = &rooms.get(&key)?.row;
            let (seed, pace) =
                row.drawn.as_ref().map_or((String::new(), None), |drawn| (drawn.seed.clone(), Some(drawn.pace)));
            Some(Line { noted: row.noted, seed, pace })
        })
    }

    /// Whether somebody with a place is still in line; `None` when the draw was not made or nothing is remembered.
    pub fn is_busy(&self, key: Key, now: Timestamp) -> Option<bool> {
        self.with(|rooms| {
            let drawn = rooms.get(&key)?.row.drawn.as_ref()?;
            Some(drawn.pace.is_busy(drawn.next, now))
        })
    }

    /// Whether the numbers should be read again. Who hears so reads them; nobody else hears it meanwhile.
    pub fn is_stale(&self, key: Key, now: Timestamp) -> bool {
        self.with(|rooms| {
            let Some(room) = rooms.get_mut(&key).filter(|room| now.duration_since(room.read_at).abs() >= FRESH) else {
                return false;
            };
            room.read_at = now;
            true
        })
    }

    /// Takes up numbers that were read. Older ones than are known change nothing.
    pub fn refresh(&self, key: Key, row: OpeningRow, now: Timestamp) {
        self.with(|rooms| {
            let Some(room) = rooms.get_mut(&key) else { return };
            room.read_at = now;
            let next = |row: &OpeningRow| row.drawn.as_ref().map_or(0, |drawn| drawn.next);
            if (next(&row), row.noted) > (next(&room.row), room.row.noted) {
                room.row = row;
            }
        });
    }

    /// Whether the places of the draw are remembered.
    pub fn knows_draw(&self, key: Key) -> bool {
        self.with(|rooms| rooms.get(&key).is_some_and(|room| room.draw_known))
    }

    /// Takes up what a batch found under the lock of the opening.
    pub fn learn(
        &self,
        key: Key,
        row: OpeningRow,
        students: impl IntoIterator<Item = (String, Whereabouts)>,
        draw_known: bool,
        now: Timestamp,
    ) {
        self.with(|rooms| {
            if !rooms.contains_key(&key) && rooms.len() >= OPENINGS {
                let oldest = rooms.keys().min_by_key(|key| key.opens_at).copied();
                oldest.map(|oldest| rooms.remove(&oldest));
            }
            let room = rooms.entry(key).or_insert_with(|| Room {
                row: row.clone(),
                read_at: now,
                students: HashMap::new(),
                draw_known: false,
            });
            if draw_known && !room.draw_known {
                // Notes of before the draw are answered from it.
                room.students.retain(|_, found| *found != Whereabouts::Noted);
                room.draw_known = true;
            }
            room.students.extend(students);
            (room.row, room.read_at) = (row, now);
        });
    }
}
