//! Sealing what a browser keeps for us: AES-256-GCM under a key of ours, bound to the cookie's name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar, Key};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::Keys;
use super::token::FormToken;

/// Browsers keep cookies of up to 4096 bytes, name and attributes included.
const SEALED_MAX: usize = 4000;

/// Seals and opens cookies, and makes and checks form tokens.
pub struct Vault {
    cookies: Vec<Key>,
    forms: Vec<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.cookies.len())
    }
}

impl Vault {
    /// Over these keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        let cookies = keys.all().iter().map(|key| Key::from(key)).collect();
        let form =
            |key: &[u8; 64]| Sha256::new().chain_update(b"siakad form token\0").chain_update(key).finalize().into();
        Self { cookies, forms: keys.all().iter().map(form).collect() }
    }

    /// Seals a value for the cookie of this name. `None` when it is too long for a cookie.
    #[must_use]
    pub fn seal(&self, name: &'static str, value: &impl Serialize) -> Option<String> {
        let text = serde_json::to_string(value).ok()?;
        let mut jar = CookieJar::new();
        jar.private_mut(self.cookies.first()?).add(Cookie::new(name, text));
        let sealed = jar.get(name)?.value().to_owned();
        (sealed.len() <= SEALED_MAX).then_some(sealed)
    }

    /// Opens what was sealed for the cookie of this name, under any of the keys. `None` for everything else.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, name: &'static str, sealed: &str) -> Option<T> {
        let jar = CookieJar::new();
        let opened =
            self.cookies.iter().find_map(|key| jar.private(key).decrypt(Cookie::new(name, sealed.to_owned())))?;
        serde_json::from_str(opened.value()).ok()
    }

    /// A form token of this session. Each call gives another text for the same token, so that a compressed page does
    /// not give it away by its length.
    #[must_use]
    pub fn form_token(&self, session: &str) -> FormToken {
        let mac = self.forms.first().map(|key| mac(key, session)).unwrap_or_default();
        FormToken::masked(mac)
    }

    /// Whether a form came from a page of this session.
    #[must_use]
    pub fn is_form_token(&self, session: &str, token: &str) -> bool {
        let Some(given) = FormToken::unmask(token) else { return false };
        let known = self.forms.iter().map(|key| subtle::ConstantTimeEq::ct_eq(&mac(key, session)[..], &given[..]));
        known.fold(false, |found, same| found | bool::from(same))
    }
}

fn mac(key: &[u8; 32], session: &str) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(session.as_bytes()).finalize().into_bytes().into(),
        // HMAC takes keys of every length.
        Err(_) => [0; 32],
    }
}

/// 128 random bits as text.
///
/// # Panics
///
/// When the system gives no random bytes: nothing may go on then.
#[must_use]
pub fn random_word() -> String {
    let mut bytes = [0u8; 16];
    #[expect(clippy::expect_used, reason = "without randomness no session may be made")]
    getrandom::fill(&mut bytes).expect("random bytes of the system");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (Keys, Vault) {
        let keys = Keys::generate().unwrap();
        let vault = Vault::new(&keys);
        (keys, vault)
    }

    #[test]
    fn what_was_sealed_opens_again_and_differs_each_time() {
        let (_, vault) = vault();
        let one = vault.seal("a", &"secret").unwrap();
        let two = vault.seal("a", &"secret").unwrap();
        assert_ne!(one, two);
        assert!(!one.contains("secret"));
        assert_eq!(vault.open::<String>("a", &one).as_deref(), Some("secret"));
    }

    #[test]
    fn a_forged_cookie_does_not_open() {
        let (_, vault) = vault();
        let sealed = vault.seal("a", &"secret").unwrap();
        assert_eq!(vault.open::<String>("b", &sealed), None, "of another name");
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).unwrap();
            assert_eq!(vault.open::<String>("a", &forged), None, "byte {at}");
        }
        assert_eq!(vault.open::<String>("a", ""), None);
        assert_eq!(Vault::new(&Keys::generate().unwrap()).open::<String>("a", &sealed), None, "under another key");
    }

    #[test]
    fn after_a_rotation_old_cookies_open_and_new_ones_do_not_open_under_the_old_key() {
        let (keys, old) = vault();
        let rotated = Vault::new(&keys.rotated().unwrap());
        let before = old.seal("a", &1).unwrap();
        let after = rotated.seal("a", &2).unwrap();
        assert_eq!(rotated.open::<i32>("a", &before), Some(1));
        assert_eq!(old.open::<i32>("a", &after), None);
        let form = old.form_token("s");
        assert!(rotated.is_form_token("s", form.as_str()));
    }

    #[test]
    fn a_form_token_belongs_to_one_session() {
        let (_, vault) = vault();
        let (one, two) = (vault.form_token("s"), vault.form_token("s"));
        assert_ne!(one.as_str(), two.as_str());
        assert!(vault.is_form_token("s", one.as_str()) && vault.is_form_token("s", two.as_str()));
        assert!(!vault.is_form_token("t", one.as_str()));
        for wrong in ["", "x", "AAAA", &one.as_str()[1..], &format!("{}A", one.as_str())] {
            assert!(!vault.is_form_token("s", wrong), "{wrong}");
        }
        assert!(!Vault::new(&Keys::generate().unwrap()).is_form_token("s", one.as_str()));
    }

    #[test]
    fn what_no_browser_would_keep_is_not_sealed() {
        let (_, vault) = vault();
        assert_eq!(vault.seal("a", &"x".repeat(5000)), None);
    }
}
