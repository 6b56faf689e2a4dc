//! The keys of the tickets: in the database, so that every replica signs and verifies alike and a restart changes nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::clock::Clock;
use chassis::db::{Db, Stamp};
use chassis::error::Fault;
use jiff::{SignedDuration, Timestamp};

use super::ticket::{Key, Ticket, Unverified};
use crate::error::Error;
use crate::store::admissions::{self, KeyRow};

/// How long the newest key signs, before a newer one is made. Rotation needs nobody: who holds a ticket of a forgotten key
/// enters again and gets the same place.
const SIGNS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a key verifies.
const VERIFIES: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How soon the keys are read again for a ticket of a key that is not known.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// Keys in memory.
#[derive(Debug, Default)]
struct Held {
    keys: HashMap<String, Key>,
    /// The newest one, and when it was made.
    newest: Option<(String, Timestamp)>,
    read_at: Option<Timestamp>,
}

/// The keys.
#[derive(Debug)]
pub(super) struct Keys {
    db: Db,
    clock: Clock,
    held: Mutex<Held>,
    /// Whoever holds it reads or makes keys; the others wait and find them.
    reading: tokio::sync::Mutex<()>,
}

impl Keys {
    /// The keys of a database; nothing is read yet.
    pub(super) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, held: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    /// Signs a ticket by the newest key; makes one when there is none, or when the newest is old.
    ///
    /// # Errors
    /// The database, when keys must be read or made.
    pub(super) async fn sign(&self, ticket: &Ticket) -> Result<String, Error> {
        let now = self.clock.now();
        if let Some(key) = self.newest(now) {
            return Ok(key.sign(ticket));
        }
        let _reading = self.reading.lock().await;
        if let Some(key) = self.newest(now) {
            return Ok(key.sign(ticket));
        }
        self.read(now).await?;
        if let Some(key) = self.newest(now) {
            return Ok(key.sign(ticket));
        }
        self.make(now).await?;
        self.read(now).await?;
        let key = self.newest(now).ok_or_else(|| Fault::internal("a key for tickets was not made"))?;
        Ok(key.sign(ticket))
    }

    /// What a ticket says, if one of the keys sealed it.
    ///
    /// # Errors
    /// The database, when a key must be looked for.
    pub(super) async fn verify(&self, text: &str) -> Result<Option<Ticket>, Error> {
        let Some(ticket) = Unverified::parse(text) else { return Ok(None) };
        let now = self.clock.now();
        let known = match self.key(ticket.key_id()) {
            None => {
                let _reading = self.reading.lock().await;
                if self.may_read(now) {
                    self.read(now).await?;
                }
                self.key(ticket.key_id())
            }
            known => known,
        };
        Ok(known.and_then(|key| ticket.verify(&key)))
    }

    fn key(&self, id: &str) -> Option<Key> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).keys.get(id).cloned()
    }

    fn newest(&self, now: Timestamp) -> Option<Key> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, made_at) = held.newest.as_ref()?;
        held.keys.get(id).filter(|_| now.duration_since(*made_at) < SIGNS).cloned()
    }

    /// Whether the keys may be read again now, so that forged tickets do not become questions to the database.
    fn may_read(&self, now: Timestamp) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.read_at.is_none_or(|read_at| now.duration_since(read_at).abs() >= AGAIN)
    }

    async fn read(&self, now: Timestamp) -> Result<(), Error> {
        let rows = admissions::keys(&self.db).await?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.newest = rows.first().map(|row| (row.key_id.clone(), row.made_at.0));
        held.keys =
            rows.iter().filter_map(|row| Key::new(&row.key_id, &row.secret)).map(|key| (key.id.clone(), key)).collect();
        held.read_at = Some(now);
        Ok(())
    }

    /// Makes a key and forgets those that verify no longer. Two replicas may each make one; both are good.
    async fn make(&self, now: Timestamp) -> Result<(), Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(Fault::internal)?;
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let mut tx = self.db.begin().await?;
        admissions::add_key(&mut tx, &KeyRow { key_id: chassis::id::new(), secret, made_at: Stamp(now) }).await?;
        admissions::forget_keys(&mut tx, now - VERIFIES).await?;
        Ok(tx.commit().await?)
    }
}
