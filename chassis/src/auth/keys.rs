//! Public keys of the token issuer.

use std::collections::HashMap;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;

/// Ed25519 public keys by key id, read from a JSON Web Key Set (RFC 7517, RFC 8037).
///
/// The algorithm is fixed by the key: only `kty=OKP, crv=Ed25519` is read, keys of other kinds are passed over, and what
/// a token's header says about its algorithm never chooses how it is verified.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, DecodingKey>,
}

/// Why a key set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// It is not a JSON Web Key Set.
    #[error("is not a JSON Web Key Set")]
    Malformed(#[source] serde_json::Error),
    /// It has no key that we can verify with.
    #[error("has no Ed25519 signature key with a key id")]
    Empty,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
}

impl Jwk {
    fn ed25519(self) -> Option<(String, DecodingKey)> {
        let fits = self.kty == "OKP"
            && self.crv.as_deref() == Some("Ed25519")
            && self.usage.as_deref().is_none_or(|u| u == "sig")
            && self.alg.as_deref().is_none_or(|a| a == "EdDSA" || a == "Ed25519");
        let (kid, x) = (self.kid.filter(|k| !k.is_empty())?, self.x?);
        let key = DecodingKey::from_ed_components(&x).ok()?;
        (fits && key.try_get_as_bytes().is_ok_and(|bytes| bytes.len() == 32)).then_some((kid, key))
    }
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    /// When it is malformed, or has no key of use.
    pub fn parse(json: &str) -> Result<Self, KeySetError> {
        let jwks: Jwks = serde_json::from_str(json).map_err(KeySetError::Malformed)?;
        let keys: HashMap<_, _> = jwks.keys.into_iter().filter_map(Jwk::ed25519).collect();
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(Self { keys }) }
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.keys.get(kid)
    }

    /// Has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Ids of the keys, sorted.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.keys.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeySet").field(&self.ids()).finish()
    }
}
