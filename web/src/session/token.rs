//! The token that every form carries, bound to the session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// An HMAC over the session's id under a random mask, as text for a hidden field.
#[derive(Debug, Clone)]
pub struct FormToken(String);

impl FormToken {
    pub(super) fn masked(mac: [u8; 32]) -> Self {
        let mut bytes = [0u8; 64];
        // Without randomness the mask is empty: the token stays valid and secret, only its text repeats.
        let _ = getrandom::fill(&mut bytes[..32]);
        for at in 0..32 {
            bytes[32 + at] = mac[at] ^ bytes[at];
        }
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(super) fn unmask(text: &str) -> Option<[u8; 32]> {
        let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let mut mac = [0; 32];
        for at in 0..32 {
            mac[at] = bytes[at] ^ bytes[32 + at];
        }
        Some(mac)
    }

    /// For the hidden field.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
