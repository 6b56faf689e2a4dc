//! What pages are made of. A page is a struct, the struct is the contract, its template only prints it.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::assets;
use crate::i18n::Lang;

mod frame;
mod hidden;
mod timetable;

pub use frame::{Frame, LangLink, Layout, NavItem, Theme, Who};
pub use hidden::Hidden;
pub use timetable::{Cell, Column, Event, Row, Timetable};

/// Markup made here from fixed parts, printed as it is.
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// An icon of the sprite, hidden from screen readers: the word stands beside it.
#[must_use]
pub fn icon(name: &str) -> Html {
    debug_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
    let sprite = assets::url("icons.svg");
    Html(format!(r#"<svg class="ico" aria-hidden="true"><use href="{sprite}#{name}"/></svg>"#))
}

/// The attributes that tie an input to its hint and to its error. `id` is the input's, `hint` tells whether there is one.
#[must_use]
pub fn described(id: &str, hint: bool, error: &str) -> Html {
    debug_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{id}");
    Html(match (hint, error.is_empty()) {
        (true, true) => format!(r#" aria-describedby="{id}-h""#),
        (true, false) => format!(r#" aria-describedby="{id}-h {id}-e" aria-invalid="true""#),
        (false, false) => format!(r#" aria-describedby="{id}-e" aria-invalid="true""#),
        (false, true) => String::new(),
    })
}

/// How something is meant: a colour, always with an icon and a word beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Good, done.
    Ok,
    /// Attention, waiting.
    Wait,
    /// Refused, wrong.
    Bad,
    /// Neutral, by the way.
    Info,
    /// Out of play.
    Mute,
}

impl Tone {
    /// The class that sets the colours.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Mute => "mute",
        }
    }

    /// The icon of a note in this tone.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Ok => "circle-check",
            Self::Wait => "triangle-alert",
            Self::Bad => "circle-alert",
            Self::Info | Self::Mute => "info",
        }
    }
}

/// A word on a coloured ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// How it is meant.
    pub tone: Tone,
    /// Icon before the word.
    pub icon: Option<&'static str>,
    /// The word.
    pub text: String,
}

/// A link, printed as a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// A notice: what happened, what is safe, what next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How it is meant.
    pub tone: Tone,
    /// Its icon.
    pub icon: &'static str,
    /// First sentence, bold.
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
    /// Several reasons at once; may be empty.
    pub items: Vec<Reason>,
    /// Ways on; may be empty.
    pub links: Vec<Link>,
    /// Seconds that are left, counted down by the script.
    pub until: Option<i64>,
}

impl Note {
    /// A note with a title and a text.
    #[must_use]
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            tone,
            icon: tone.icon(),
            title: title.into(),
            text: text.into(),
            items: Vec::new(),
            links: Vec::new(),
            until: None,
        }
    }

    /// A note about a service that does not answer, from the messages `<key>` and `<key>.text`.
    #[must_use]
    pub fn down(lang: Lang, key: &str) -> Self {
        Self { icon: "cloud-off", ..Self::new(Tone::Wait, lang.t(key), lang.t(&format!("{key}.text"))) }
    }

    /// With a way on.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.links.push(Link { href: href.into(), text: text.into() });
        self
    }
}

/// Why something is not possible: the sentence, and the facts behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The sentence.
    pub title: String,
    /// More about it; may be empty.
    pub detail: String,
}

impl Reason {
    /// Both in one line.
    #[must_use]
    pub fn whole(&self) -> String {
        format!("{} {}", self.title, self.detail).trim().to_owned()
    }
}

/// A part of a page whose service may be down.
#[derive(Debug, Clone)]
pub enum Part<T> {
    /// It is there.
    Ready(T),
    /// It is missing: a heading and what that means.
    Down(Missing),
}

/// What stands in the place of a missing part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Heading of the card.
    pub heading: String,
    /// What is missing.
    pub title: String,
    /// What is safe, what next.
    pub text: String,
    /// Where to try again.
    pub retry: String,
}

/// A choice in a select or a group of radio buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// Whether it is the chosen one.
    pub chosen: bool,
}

impl Choice {
    /// One choice; chosen when it is the current value.
    #[must_use]
    pub fn new(value: impl Into<String>, text: impl Into<String>, current: &str) -> Self {
        let value = value.into();
        let chosen = value == current;
        Self { value, text: text.into(), chosen }
    }
}

/// A bar: so much of so much. The words stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meter {
    /// Filled, at most `of`.
    pub filled: u32,
    /// In all, at least 1.
    pub of: u32,
}

impl Meter {
    /// A bar that never overflows.
    #[must_use]
    pub fn new(filled: u32, of: u32) -> Self {
        let of = of.max(1);
        Self { filled: filled.min(of), of }
    }
}
