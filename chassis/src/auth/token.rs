//! The access token (RFC 9068 profile of ours): signed with Ed25519, every claim required and typed.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;

use super::{Caller, KeySet, Role};

/// `iss` of every access token.
pub const ISSUER: &str = "siakad-auth";
/// `aud` of every access token.
pub const AUDIENCE: &str = "siakad";
/// `typ` in the header of every access token, so that no other token of ours passes for one.
pub const TOKEN_TYPE: &str = "at+jwt";

/// A token is at most this long; ours have about 600 bytes.
const MAX_BYTES: usize = 8 * 1024;

/// How far the clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// Claims of an access token. A claim that is missing or has another type makes the whole token invalid.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    sub: String,
    pub(crate) sid: String,
    jti: String,
    exp: u32,
    nbf: u32,
    iat: u32,
    auth_time: u32,
    amr: Vec<String>,
    roles: Vec<RoleClaim>,
    #[serde(default)]
    student_id: Option<String>,
    #[serde(default)]
    lecturer_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct RoleClaim {
    name: String,
    #[serde(default)]
    scope: Option<String>,
}

/// Why a token was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// It is not one of ours.
    Invalid,
    /// It is signed with a key, named here, that is not known.
    UnknownKey(String),
}

/// When a token can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    NotYet,
    Valid,
    /// Expired for so long.
    Expired(SignedDuration),
}

impl Claims {
    pub(crate) fn age(&self, now: Timestamp) -> Age {
        let at = |seconds: u32| Timestamp::from_second(i64::from(seconds)).unwrap_or(Timestamp::MAX);
        let started = now.duration_since(at(self.nbf.max(self.iat)));
        if started < -SKEW {
            return Age::NotYet;
        }
        match now.duration_since(at(self.exp)) {
            over if over.is_negative() => Age::Valid,
            over => Age::Expired(over),
        }
    }

    pub(crate) fn caller(&self, stale: bool) -> Caller {
        Caller {
            account_id: self.sub.clone(),
            session_id: self.sid.clone(),
            roles: self.roles.iter().map(|role| Role { name: role.name.clone(), scope: role.scope.clone() }).collect(),
            student_id: self.student_id.clone(),
            lecturer_id: self.lecturer_id.clone(),
            auth_time: Timestamp::from_second(i64::from(self.auth_time)).unwrap_or(Timestamp::UNIX_EPOCH),
            amr: self.amr.clone(),
            stale,
        }
    }

    fn complete(&self) -> bool {
        let named = [&self.sub, &self.sid, &self.jti].iter().all(|text| !text.is_empty());
        named && self.iss == ISSUER && self.aud == AUDIENCE && self.nbf <= self.exp && self.iat <= self.exp
    }
}

/// Verifies everything about a token but its times and its session: form, type, key, signature, issuer, audience,
/// claims. `jku`, `x5u`, `x5c` and `jwk` in the header are not looked at.
pub(crate) fn open(token: &str, keys: &KeySet) -> Result<Claims, TokenFault> {
    if token.len() > MAX_BYTES {
        return Err(TokenFault::Invalid);
    }
    // Fails for `alg: none` and for every algorithm that the library does not know.
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Invalid)?;
    if !typed(&header) {
        return Err(TokenFault::Invalid);
    }
    let kid = header.kid.as_deref().ok_or(TokenFault::Invalid)?;
    let key = keys.get(kid).ok_or_else(|| TokenFault::UnknownKey(kid.to_owned()))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    // Times are compared in `age`, with the clock that we were given.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| TokenFault::Invalid)?.claims;
    if claims.complete() { Ok(claims) } else { Err(TokenFault::Invalid) }
}

/// The header is that of an access token: right type, right algorithm, no extension that must be understood.
fn typed(header: &Header) -> bool {
    header.typ.as_deref() == Some(TOKEN_TYPE)
        && header.alg == Algorithm::EdDSA
        && header.crit.is_none()
        && header.zip.is_none()
        && header.enc.is_none()
}
