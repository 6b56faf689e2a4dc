//! The ticket of a place in line: what a student holds across refreshes, new logins and replicas.
//!
//! `base64url(payload).base64url(HMAC-SHA256(key, payload))`. The payload is JSON and no secret; it names the key. Whoever
//! has the keys verifies a ticket without asking anybody.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::rules::period::PeriodCode;

/// Longest text that is looked at as a ticket, in bytes.
const LONGEST: usize = 1024;

/// What a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Whose.
    pub student_id: String,
    /// For which period.
    pub period: PeriodCode,
    /// Of which opening.
    pub opens_at: Timestamp,
    /// Place in its line.
    pub place: u32,
    /// From when on it admits.
    pub admitted_at: Timestamp,
    /// From when on it admits no longer: the end of the windows that opened then, as they were set.
    pub closes_at: Timestamp,
}

/// A ticket as it is signed; moments in microseconds since 1970, UTC.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    #[serde(rename = "kid")]
    key_id: String,
    student: String,
    period: String,
    opens: i64,
    place: u32,
    admitted: i64,
    closes: i64,
}

/// A key that signs tickets.
#[derive(Clone)]
pub struct Key {
    /// Which.
    pub id: String,
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    /// A key of 32 bytes in base64url; `None` when the secret is not that.
    pub fn new(id: &str, secret: &str) -> Option<Self> {
        let secret = URL_SAFE_NO_PAD.decode(secret).ok().filter(|secret| secret.len() == 32)?;
        let mut keyed = Hmac::<Sha256>::new_from_slice(&secret).ok()?;
        keyed.update(b"siakad admission ticket v1 ");
        Some(Self { id: id.to_owned(), keyed })
    }

    /// Signs a ticket.
    pub fn sign(&self, ticket: &Ticket) -> String {
        let payload = Payload {
            key_id: self.id.clone(),
            student: ticket.student_id.clone(),
            period: ticket.period.to_string(),
            opens: ticket.opens_at.as_microsecond(),
            place: ticket.place,
            admitted: ticket.admitted_at.as_microsecond(),
            closes: ticket.closes_at.as_microsecond(),
        };
        // A struct of texts and numbers always has a JSON form.
        let payload = serde_json::to_vec(&payload).unwrap_or_default();
        let mut keyed = self.keyed.clone();
        keyed.update(&payload);
        let seal = keyed.finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(seal))
    }

    /// Whether this key sealed the ticket.
    fn sealed(&self, payload: &[u8], seal: &[u8]) -> bool {
        let mut keyed = self.keyed.clone();
        keyed.update(payload);
        keyed.verify_slice(seal).is_ok()
    }
}

/// A text that has the form of a ticket; nothing in it is believed before [`Self::verify`].
#[derive(Debug)]
pub struct Unverified {
    payload: Vec<u8>,
    seal: Vec<u8>,
    claims: Payload,
}

impl Unverified {
    /// Reads the form.
    pub fn parse(text: &str) -> Option<Self> {
        let (payload, seal) = (text.len() <= LONGEST).then(|| text.split_once('.'))??;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        let claims = serde_json::from_slice(&payload).ok()?;
        Some(Self { payload, seal, claims })
    }

    /// The key that it says it was sealed by.
    pub fn key_id(&self) -> &str {
        &self.claims.key_id
    }

    /// What it says, if the key sealed it.
    pub fn verify(self, key: &Key) -> Option<Ticket> {
        if key.id != self.claims.key_id || !key.sealed(&self.payload, &self.seal) {
            return None;
        }
        Some(Ticket {
            student_id: self.claims.student,
            period: PeriodCode::parse(&self.claims.period)?,
            opens_at: Timestamp::from_microsecond(self.claims.opens).ok()?,
            place: self.claims.place,
            admitted_at: Timestamp::from_microsecond(self.claims.admitted).ok()?,
            closes_at: Timestamp::from_microsecond(self.claims.closes).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, byte: u8) -> Key {
        Key::new(id, &URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn ticket() -> Ticket {
        Ticket {
            student_id: "s".to_owned(),
            period: PeriodCode::parse("20261").unwrap(),
            opens_at: "2026-08-10T02:00:00.000001Z".parse().unwrap(),
            place: 7,
            admitted_at: "2026-08-10T02:00:05.25Z".parse().unwrap(),
            closes_at: "2026-08-24T02:00:00Z".parse().unwrap(),
        }
    }

    fn read(text: &str, key: &Key) -> Option<Ticket> {
        Unverified::parse(text)?.verify(key)
    }

    #[test]
    fn a_ticket_reads_back_with_its_key_only() {
        let text = key("k", 1).sign(&ticket());
        assert_eq!(read(&text, &key("k", 1)), Some(ticket()));
        assert_eq!(read(&text, &key("k", 2)), None, "another secret");
        assert_eq!(read(&text, &key("l", 1)), None, "another key");
    }

    #[test]
    fn no_character_of_a_ticket_can_be_changed() {
        let key = key("k", 1);
        let text = key.sign(&ticket());
        for n in 0..text.len() {
            let mut forged: Vec<_> = text.bytes().collect();
            forged[n] = if forged[n] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(read(&forged, &key), None, "{forged}");
        }
        let (payload, seal) = text.split_once('.').unwrap();
        let better = URL_SAFE_NO_PAD.decode(payload).unwrap();
        let better = String::from_utf8(better).unwrap().replace("\"place\":7", "\"place\":1");
        assert_eq!(read(&format!("{}.{seal}", URL_SAFE_NO_PAD.encode(better)), &key), None);
        for bad in ["", ".", "a.b", payload, &format!("{payload}."), &format!("{text}="), &"A".repeat(2000)] {
            assert_eq!(read(bad, &key), None, "{bad}");
        }
    }

    #[test]
    fn a_secret_has_32_bytes() {
        assert!(Key::new("k", &URL_SAFE_NO_PAD.encode([0; 31])).is_none());
        assert!(Key::new("k", "not base64!").is_none());
    }
}
