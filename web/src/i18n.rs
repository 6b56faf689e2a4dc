//! Languages: every text of a page comes from `messages/<language>.ftl`, Indonesian first.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Bahasa Indonesia.
    #[default]
    Id,
    /// English.
    En,
}

const ID: &str = include_str!("../messages/id.ftl");
const EN: &str = include_str!("../messages/en.ftl");

type Bundle = FluentBundle<FluentResource>;

static BUNDLE_ID: LazyLock<Bundle> = LazyLock::new(|| bundle("id", ID));
static BUNDLE_EN: LazyLock<Bundle> = LazyLock::new(|| bundle("en", EN));

fn bundle(tag: &str, text: &str) -> Bundle {
    let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Isolation marks would stand in the way of copying a text; our languages run in one direction.
    bundle.set_use_isolating(false);
    // The unit tests parse both files strictly, so that a broken line cannot get here.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(whole, _)| whole);
    bundle.add_resource_overriding(resource);
    bundle
}

impl Lang {
    /// Both, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::Id, Self::En];

    /// Language tag, for `lang` attributes and the cookie.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// The language of a tag, when it is one of ours.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The language that a browser asks for: the first of ours in `Accept-Language`, else Indonesian.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let primary = |tag: &str| tag.split([';', '-']).next().map(|tag| tag.trim().to_ascii_lowercase());
        header.split(',').find_map(|tag| Self::from_code(&primary(tag)?)).unwrap_or_default()
    }

    fn bundle(self) -> &'static Bundle {
        match self {
            Self::Id => &BUNDLE_ID,
            Self::En => &BUNDLE_EN,
        }
    }

    /// Whether there is such a message. `key` may name an attribute: `message.attribute`.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        match key.split_once('.') {
            Some((message, attribute)) => {
                self.bundle().get_message(message).is_some_and(|message| message.get_attribute(attribute).is_some())
            }
            None => self.bundle().has_message(key),
        }
    }

    /// The text of a message without variables; the key itself when there is no such message.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        self.format(key, None, &mut Vec::new()).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a message with variables; the key itself when there is no such message.
    #[must_use]
    pub fn with(self, key: &str, vars: &Vars) -> String {
        self.format(key, Some(&vars.0), &mut Vec::new()).unwrap_or_else(|| key.to_owned())
    }

    /// As [`Lang::with`]; `None` when there is no such message or one of its variables is missing.
    #[must_use]
    pub fn try_with(self, key: &str, vars: &Vars) -> Option<String> {
        let mut errors = Vec::new();
        let text = self.format(key, Some(&vars.0), &mut errors)?;
        errors.is_empty().then_some(text)
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>, errors: &mut Vec<FluentError>) -> Option<String> {
        let (name, attribute) = match key.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (key, None),
        };
        let message = self.bundle().get_message(name)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        Some(self.bundle().format_pattern(pattern, args, errors).into_owned())
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Variables of a message.
#[derive(Default)]
pub struct Vars(FluentArgs<'static>);

impl Vars {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.set(name, FluentValue::from(value.into()));
        self
    }

    /// A whole number; chooses the plural form.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: impl Into<i64>) -> Self {
        self.0.set(name, FluentValue::from(value.into()));
        self
    }
}

#[cfg(test)]
#[path = "i18n_tests.rs"]
mod tests;
