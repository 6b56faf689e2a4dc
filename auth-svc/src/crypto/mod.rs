//! Everything that touches a secret: password hashes, signing keys, access and refresh tokens.

pub(crate) mod access_token;
pub(crate) mod hasher;
pub(crate) mod keyring;
pub(crate) mod refresh_token;
pub(crate) mod secret_file;
