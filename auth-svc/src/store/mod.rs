//! SQL, by table. Functions over a connection; they say what they lock. The order of locks is account, then session.

pub(crate) mod accounts;
pub(crate) mod refresh_tokens;
pub(crate) mod roles;
pub(crate) mod sessions;
