//! The frame around every page.

use crate::format;
use crate::i18n::Lang;
use crate::view::{Hidden, Html, Note, icon};

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// By the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in the cookie and in the form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a word; the system's for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }

    /// `data-theme` of the page: none leaves it to the system.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light | Self::Dark => Some(self.word()),
        }
    }

    /// Message of its entry in the menu.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "theme-system",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }

    /// Its icon in the menu.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::System => "monitor",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }
}

/// How a page is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// With the menu.
    App,
    /// One task, no menu.
    Task,
    /// One task on a narrow screen, with the menu where there is room for it.
    Narrow,
    /// For those who are not logged in.
    Public,
}

impl Layout {
    /// Classes of `<body>`.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Task => "app task",
            Self::Narrow => "app task-m",
            Self::Public => "app pub",
        }
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Name.
    pub name: String,
    /// First two words of it.
    pub short: String,
    /// First letters.
    pub initials: String,
    /// User name and roles.
    pub detail: String,
}

/// One entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Where to.
    pub href: &'static str,
    /// Message of its text.
    pub key: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Whether it is where one is.
    pub current: bool,
    /// Whether a narrow screen leaves it to the page of the menu.
    pub sub: bool,
}

/// One end of the language switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LangLink {
    /// The language.
    pub lang: Lang,
    /// Where to.
    pub href: String,
    /// Whether the page is in it.
    pub current: bool,
}

/// What every page has around its content.
pub struct Frame {
    /// Language.
    pub lang: Lang,
    /// Name of the campus.
    pub campus: String,
    /// Title, without the name of the system.
    pub title: String,
    /// Theme.
    pub theme: Theme,
    /// Layout.
    pub layout: Layout,
    /// Language switch.
    pub langs: Vec<LangLink>,
    /// Who is logged in.
    pub who: Option<Who>,
    /// Menu.
    pub nav: Vec<NavItem>,
    /// Hidden fields of the forms of the frame: logging out, theme.
    pub hidden: Hidden,
    /// The campus's clock, for the foot.
    pub zone: &'static str,
    /// Year, for the foot.
    pub year: i16,
    /// Notices above the content: what was just done, what is down.
    pub notes: Vec<Note>,
}

impl Frame {
    /// A text of the page's language.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// What stands between hours, minutes and seconds.
    #[must_use]
    pub fn mark(&self) -> char {
        format::mark(self.lang)
    }

    /// Seconds as a countdown.
    #[must_use]
    pub fn countdown(&self, seconds: &i64) -> String {
        format::countdown(self.lang, *seconds)
    }

    /// The themes that the menu offers: all but the present one.
    #[must_use]
    pub fn other_themes(&self) -> Vec<Theme> {
        Theme::ALL.into_iter().filter(|theme| *theme != self.theme).collect()
    }

    /// An icon.
    #[must_use]
    pub fn icon(&self, name: &str) -> Html {
        icon(name)
    }

    /// Address of a static file.
    #[must_use]
    pub fn asset(&self, name: &str) -> &'static str {
        crate::assets::url(name)
    }
}
