//! Cookies in and out.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use serde::Serialize;

use crate::i18n::Lang;
use crate::session::{DRAFT, FLASH, SESSION, Session, Vault};
use crate::view::Theme;
use crate::visit::{Draft, Flash};

/// Cookie of the language.
pub const LANG: &str = "lang";

/// Cookie of the theme.
pub const THEME: &str = "theme";

/// What the browser sent.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The session, when there is one and it is ours.
    pub session: Option<Session>,
    /// A notice to show.
    pub flash: Option<Flash>,
    /// What was typed before the session ended.
    pub draft: Option<Draft>,
    /// Language, when it was chosen.
    pub lang: Option<Lang>,
    /// Theme.
    pub theme: Theme,
}

impl Incoming {
    /// Reads the cookies; what is not ours counts as not sent.
    #[must_use]
    pub fn read(headers: &HeaderMap, vault: &Vault) -> Self {
        let mut read = Self::default();
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in lines.flat_map(Cookie::split_parse).flatten() {
            match cookie.name() {
                SESSION => read.session = vault.open(SESSION, cookie.value()),
                FLASH => read.flash = vault.open(FLASH, cookie.value()),
                DRAFT => read.draft = vault.open(DRAFT, cookie.value()),
                LANG => read.lang = Lang::from_code(cookie.value()),
                THEME => read.theme = Theme::from_word(cookie.value()),
                _ => {}
            }
        }
        read
    }
}

/// What the answer sets. The outer `None` leaves a cookie as it is, the inner one removes it.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// The session.
    pub session: Option<Session>,
    /// The notice for the next page.
    pub flash: Option<Option<Flash>>,
    /// What was typed.
    pub draft: Option<Option<Draft>>,
    /// Preferences, by cookie name.
    pub preferences: Vec<(&'static str, String)>,
}

impl Outgoing {
    /// The values of the `Set-Cookie` headers.
    ///
    /// # Errors
    ///
    /// The session, when it does not fit into a cookie.
    pub fn write(self, vault: &Vault) -> Result<Vec<String>, Box<Session>> {
        let mut cookies = Vec::new();
        if let Some(session) = self.session {
            // No end: the browser forgets it when it closes, the tokens inside end by themselves.
            let Some(sealed) = vault.seal(SESSION, &session) else { return Err(Box::new(session)) };
            cookies.push(private(SESSION, sealed).build().to_string());
        }
        cookies.extend(kept(vault, FLASH, self.flash.as_ref(), Duration::minutes(5)));
        cookies.extend(kept(vault, DRAFT, self.draft.as_ref(), Duration::minutes(30)));
        for (name, value) in self.preferences {
            let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
            cookies.push(cookie.max_age(Duration::days(365)).build().to_string());
        }
        Ok(cookies)
    }
}

fn kept<T: Serialize>(vault: &Vault, name: &'static str, value: Option<&Option<T>>, age: Duration) -> Option<String> {
    match value? {
        Some(value) => {
            let sealed = vault.seal(name, value);
            if sealed.is_none() {
                tracing::warn!(name, "too long for a cookie, not kept");
            }
            Some(private(name, sealed?).max_age(age).build().to_string())
        }
        None => Some(private(name, String::new()).max_age(Duration::ZERO).build().to_string()),
    }
}

fn private(name: &'static str, value: String) -> cookie::CookieBuilder<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}
