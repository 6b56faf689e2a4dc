//! The usher: the one task of a replica that writes waiting rooms, many students at a time.
//!
//! Tens of thousands come within minutes, and each must get a number of one line. One by one they would wait for each other
//! at the line's row; in batches a replica takes the lock once for hundreds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chassis::clock::Clock;
use chassis::db::Db;
use chassis::error::Fault;
use chassis::once::with_retries;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::memory::{Memory, Whereabouts};
use crate::app::seed;
use crate::error::Error;
use crate::rules::admission::Pace;
use crate::rules::registration::Registration;
use crate::rules::shuffle::shuffled;
use crate::store::admissions::{self, Drawn, Key, OpeningRow};

/// Somebody who comes to a waiting room.
#[derive(Debug)]
pub struct Comer {
    /// Which waiting room.
    pub key: Key,
    /// Who.
    pub student_id: String,
    /// How registration runs in the period, defaults filled in.
    pub registration: Registration,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Whereabouts, Error>>,
}

/// The usher.
#[derive(Debug)]
pub struct Usher {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What the replica remembers.
    pub memory: Arc<Memory>,
    /// Students of one transaction at most.
    pub batch: usize,
}

impl Usher {
    /// Lets in whoever comes, until nobody can come any more.
    pub async fn work(self, mut comers: mpsc::Receiver<Comer>) {
        let mut batch = Vec::with_capacity(self.batch);
        while comers.recv_many(&mut batch, self.batch).await > 0 {
            let mut rooms: BTreeMap<Key, Vec<Comer>> = BTreeMap::new();
            // Who went away is not kept a place for by an old question; coming again is a new one.
            for comer in batch.drain(..).filter(|comer| !comer.reply.is_closed()) {
                rooms.entry(comer.key).or_default().push(comer);
            }
            for (key, comers) in rooms {
                self.seat(key, comers).await;
            }
        }
    }

    /// One room of a batch: everybody is answered.
    async fn seat(&self, key: Key, comers: Vec<Comer>) {
        let Some(registration) = comers.last().map(|comer| comer.registration) else { return };
        let mut seen = HashSet::new();
        let names = comers.iter().map(|comer| &comer.student_id);
        let names: Vec<_> = names.filter(|name| seen.insert(name.as_str())).cloned().collect();
        // A panic is a fault like any other: the one task of the replica goes on.
        let admitted = AssertUnwindSafe(with_retries(|| self.admit(key, &registration, &names))).catch_unwind().await;
        let found = admitted.unwrap_or_else(|_| Err(Fault::internal("the usher panicked").into()));
        match found {
            Ok(found) => {
                for comer in comers {
                    let place = found.get(&comer.student_id).copied();
                    let place = place.ok_or_else(|| Fault::internal("a comer was not seen").into());
                    // Who has gone away meanwhile keeps the place.
                    let _ = comer.reply.send(place);
                }
            }
            Err(error) => {
                let fault = Fault::from(error);
                for comer in comers {
                    let _ = comer.reply.send(Err(Error::Fault(fault.clone())));
                }
            }
        }
    }

    /// Notes or numbers students, in the order in which they came, and draws when it is time.
    async fn admit(
        &self,
        key: Key,
        registration: &Registration,
        students: &[String],
    ) -> Result<HashMap<String, Whereabouts>, Error> {
        let mut tx = self.db.begin().await?;
        let mut row = admissions::lock(&mut tx, key).await?;
        // The lock is held: nobody is noted any more once somebody has drawn, whatever the clocks of the replicas say.
        let now = self.clock.now();
        let draws = row.drawn.is_none() && now >= key.opens_at;
        if row.drawn.is_none() && !draws {
            let known = admissions::entries_of(&mut tx, key, students).await?;
            let known: HashSet<_> = known.into_iter().map(|(student, _)| student).collect();
            let new: Vec<_> = students.iter().filter(|student| !known.contains(*student)).cloned().collect();
            if !new.is_empty() {
                admissions::note(&mut tx, key, &new, now).await?;
                row.noted += count(new.len());
                admissions::save(&mut tx, key, &row, now).await?;
            }
            tx.commit().await?;
            let found: HashMap<_, _> = students.iter().map(|student| (student.clone(), Whereabouts::Noted)).collect();
            self.memory.learn(key, row, found.clone(), false, now);
            return Ok(found);
        }

        let mut learned = HashMap::new();
        let draw_known = !draws && self.memory.knows_draw(key);
        if !draw_known {
            let entries = admissions::all_entries(&mut tx, key).await?;
            let participants: Vec<_> =
                entries.iter().filter(|(_, place)| place.is_none()).map(|(student, _)| student.clone()).collect();
            if draws {
                row = draw(key, registration, count(participants.len()))?;
                metrics::counter!("admission_draws_total").increment(1);
            }
            let seed = row.drawn.as_ref().map_or("", |drawn| &drawn.seed);
            let drawn = shuffled(seed, participants).into_iter().zip(1..);
            let later = entries.into_iter().filter_map(|(student, place)| Some((student, place?)));
            learned.extend(drawn.chain(later).map(|(student, place)| (student, Whereabouts::Placed(place))));
        } else {
            // Who was drawn is remembered, so whoever has no place in the database nor here is new.
            let later = admissions::entries_of(&mut tx, key, students).await?;
            let later = later.into_iter().filter_map(|(student, place)| Some((student, Whereabouts::Placed(place?))));
            learned.extend(later);
            let drawn =
                students.iter().filter_map(|student| Some((student.clone(), self.memory.find(key, student, now)?)));
            learned.extend(drawn.collect::<Vec<_>>());
        }

        let mut numbered = Vec::new();
        if let Some(drawn) = &mut row.drawn {
            for student in students.iter().filter(|student| !learned.contains_key(*student)) {
                let place = drawn.pace.place_of(drawn.next, now);
                drawn.next = place + 1;
                numbered.push((student.clone(), place));
            }
        }
        if draws || !numbered.is_empty() {
            admissions::number(&mut tx, key, &numbered, now).await?;
            admissions::save(&mut tx, key, &row, now).await?;
        }
        tx.commit().await?;
        learned.extend(numbered.into_iter().map(|(student, place)| (student, Whereabouts::Placed(place))));
        let found = students.iter().filter_map(|student| Some((student.clone(), *learned.get(student)?))).collect();
        self.memory.learn(key, row, learned, true, now);
        Ok(found)
    }
}

/// The draw: its seed is made now, so nobody could have chosen an id or a moment by it.
fn draw(key: Key, registration: &Registration, participants: u32) -> Result<OpeningRow, Fault> {
    let pace =
        Pace { opens_at: key.opens_at, rate: registration.admission_rate.max(1), burst: registration.admission_burst };
    let drawn = Drawn { seed: seed::drawn()?, pace, next: participants + 1 };
    Ok(OpeningRow { noted: participants, drawn: Some(drawn) })
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn every_draw_has_a_seed_of_its_own() {
        let key = Key { period: crate::rules::period::PeriodCode::LAST, opens_at: Timestamp::UNIX_EPOCH };
        let registration = Registration { admission_rate: 5, ..Registration::SHIPPED };
        let seed = || draw(key, &registration, 3).unwrap().drawn.unwrap();
        let (one, two) = (seed(), seed());
        assert_eq!((one.next, one.pace.rate, one.pace.burst), (4, 5, 100));
        assert_ne!(one.seed, two.seed);
        assert_eq!(one.seed.len(), 22);
    }
}
