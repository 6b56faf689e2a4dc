//! Hidden fields of forms.

use std::fmt;

use askama::filters::{Escaper, Html as HtmlEscaper, HtmlSafe};

use crate::session::FormToken;

/// The hidden fields that a form carries: the form token, a key that makes a second sending harmless, where to go on.
#[derive(Clone)]
pub struct Hidden {
    token: FormToken,
    key: Option<String>,
    back: Option<String>,
}

impl Hidden {
    /// With the form token only.
    #[must_use]
    pub fn new(token: FormToken) -> Self {
        Self { token, key: None, back: None }
    }

    /// With an idempotency key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With another place on the page to return to.
    #[must_use]
    pub fn at(mut self, fragment: &str) -> Self {
        self.back = self.back.map(|back| format!("{}#{fragment}", back.split('#').next().unwrap_or_default()));
        self
    }

    /// With the address to return to.
    #[must_use]
    pub fn back(mut self, back: impl Into<String>) -> Self {
        self.back = Some(back.into());
        self
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields =
            [("token", Some(self.token.as_str())), ("key", self.key.as_deref()), ("back", self.back.as_deref())];
        for (name, value) in fields {
            if let Some(value) = value {
                write!(f, r#"<input type="hidden" name="{name}" value=""#)?;
                HtmlEscaper.write_escaped_str(&mut *f, value)?;
                f.write_str("\">")?;
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Hidden {}
