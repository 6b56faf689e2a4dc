//! Refresh tokens: 256 bits, of which only the SHA-256 is stored.
//!
//! The first token of a family is random. Every other one is computed from the token that it replaces, a random nonce
//! and this service's secret; so it can be given again to whoever presents the same token once more, though it is stored
//! nowhere, and nobody computes it from the database alone.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::secret_file;

/// Length of a token as text.
const TOKEN_CHARS: usize = 43;

/// Makes and recognises refresh tokens.
pub(crate) struct RefreshTokens {
    keyed: Hmac<Sha256>,
}

impl RefreshTokens {
    /// Derives this use's own key from the service's secret.
    ///
    /// # Errors
    /// Never for a key of any length; the type wants it.
    pub(crate) fn new(secret: &[u8]) -> io::Result<Self> {
        let mut keyed = Hmac::<Sha256>::new_from_slice(secret).map_err(io::Error::other)?;
        keyed.update(b"siakad refresh token v1");
        Ok(Self { keyed })
    }

    /// A random first token.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(crate) fn first(&self) -> io::Result<SecretString> {
        Ok(URL_SAFE_NO_PAD.encode(secret_file::random::<32>()?).into())
    }

    /// A nonce for one successor.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(crate) fn nonce(&self) -> io::Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(secret_file::random::<16>()?))
    }

    /// The successor that `nonce` gives to `token`.
    pub(crate) fn successor(&self, token: &SecretString, nonce: &str) -> SecretString {
        let mut keyed = self.keyed.clone();
        keyed.update(&hash_bytes(token));
        keyed.update(nonce.as_bytes());
        URL_SAFE_NO_PAD.encode(keyed.finalize().into_bytes()).into()
    }
}

/// What is stored of a token.
pub(crate) fn stored(token: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(hash_bytes(token))
}

/// What would be stored of a text that came as a token; `None` when it cannot be one of ours.
pub(crate) fn recognise(text: &SecretString) -> Option<String> {
    (text.expose_secret().len() == TOKEN_CHARS).then(|| stored(text))
}

fn hash_bytes(token: &SecretString) -> [u8; 32] {
    Sha256::digest(token.expose_secret().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_comes_again_only_from_the_same_token_nonce_and_secret() {
        let tokens = RefreshTokens::new(&[1; 32]).unwrap();
        let (one, two) = (tokens.first().unwrap(), tokens.first().unwrap());
        let successor =
            |tokens: &RefreshTokens, token, nonce| tokens.successor(token, nonce).expose_secret().to_owned();
        let given = successor(&tokens, &one, "n");
        assert_eq!(given, successor(&tokens, &one, "n"));
        assert_ne!(given, successor(&tokens, &two, "n"));
        assert_ne!(given, successor(&tokens, &one, "m"));
        assert_ne!(given, successor(&RefreshTokens::new(&[2; 32]).unwrap(), &one, "n"));
        assert_eq!(given.len(), TOKEN_CHARS);
    }

    #[test]
    fn only_the_hash_is_stored_and_other_texts_have_none() {
        let token = RefreshTokens::new(&[1; 32]).unwrap().first().unwrap();
        assert_ne!(stored(&token), token.expose_secret());
        assert_eq!(recognise(&token), Some(stored(&token)));
        assert_eq!(recognise(&"".into()), None);
        assert_eq!(recognise(&"x".repeat(10_000).into()), None);
    }
}
