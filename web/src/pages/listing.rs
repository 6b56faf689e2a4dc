//! Lists of the office and of lecturers: a filter, a table whose rows become cards on phones, and pages. One template
//! for all of them.

use askama::Template;

use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::view::{Badge, Choice, Frame, Layout, Link, Missing, Part};
use crate::visit::Visit;

/// Rows of a page.
pub const ROWS: u32 = 25;

/// What the address says about a list: the filter by name, and where the page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    path: String,
    pairs: Vec<(&'static str, String)>,
    cursor: String,
}

impl Asked {
    /// Reads the pairs of a query: each name with its most characters.
    #[must_use]
    pub fn read(path: impl Into<String>, names: &[(&'static str, usize)], pairs: &[(String, String)]) -> Self {
        let get = |name: &str, max: usize| {
            let found = pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
            found.chars().take(max).collect::<String>()
        };
        let filter = names.iter().map(|(name, max)| (*name, get(name, *max))).collect();
        Self { path: path.into(), pairs: filter, cursor: get("kursor", 1024) }
    }

    /// A part of the filter; empty when it is not set.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The same for a query: `None` when it is not set.
    #[must_use]
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// The cursor for a query.
    #[must_use]
    pub fn cursor(&self) -> Option<String> {
        Some(self.cursor.clone()).filter(|cursor| !cursor.is_empty())
    }

    /// Whether anything but these parts is set.
    #[must_use]
    pub fn is_narrowed_beyond(&self, names: &[&str]) -> bool {
        self.pairs.iter().any(|(name, value)| !names.contains(name) && !value.is_empty())
    }

    /// The address of this filter with a page's cursor.
    #[must_use]
    pub fn href(&self, cursor: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("kursor", cursor));
        with_query(&self.path, &pairs)
    }

    /// The address of this page.
    #[must_use]
    pub fn here(&self) -> String {
        self.href(&self.cursor)
    }
}

/// A select of the filter.
#[derive(Debug, Clone)]
pub struct Pick {
    /// Name.
    pub name: &'static str,
    /// Label.
    pub label: String,
    /// Choices; with fewer than two it is not shown.
    pub choices: Vec<Choice>,
}

/// A heading of a column, with the class of its cells.
#[derive(Debug, Clone)]
pub struct Head {
    /// Text.
    pub text: String,
    /// `n` for numbers, `k2` for what stands top right on a card, `k3` right, `kw` a line of its own; may be empty.
    pub class: &'static str,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Lines.
    pub lines: Vec<String>,
    /// A badge in their place.
    pub badge: Option<Badge>,
    /// What a card says before it; may be empty.
    pub label: String,
}

impl Cell {
    /// A line.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], ..Self::default() }
    }

    /// A line that a card names.
    #[must_use]
    pub fn labelled(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::text(text) }
    }

    /// A badge.
    #[must_use]
    pub fn badge(badge: Badge) -> Self {
        Self { badge: Some(badge), ..Self::default() }
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its page; none for a plain row.
    pub href: Option<String>,
    /// What it is.
    pub title: String,
    /// Its code or number, beside the title; may be empty.
    pub code: String,
    /// The other columns.
    pub cells: Vec<Cell>,
}

/// The rows of a page.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// One a thing.
    pub rows: Vec<Row>,
    /// `25 baris di halaman ini`.
    pub count: String,
    /// Said when there are none.
    pub empty: Option<String>,
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
}

impl Rows {
    /// The rows of a page: `empty` is the message when there are none.
    #[must_use]
    pub fn new(lang: Lang, asked: &Asked, rows: Vec<Row>, next: Option<&str>, empty: &str) -> Self {
        let count = Vars::new().count("count", i64::try_from(rows.len()).unwrap_or_default());
        Self {
            count: lang.with("rows-count", &count),
            empty: rows.is_empty().then(|| lang.t(empty)),
            rows,
            first: asked.cursor().map(|_| asked.href("")),
            next: next.map(|cursor| asked.href(cursor)),
        }
    }
}

/// `listing.html`.
#[derive(Template)]
#[template(path = "listing.html")]
pub struct ListingPage {
    /// Frame.
    pub f: Frame,
    /// Heading.
    pub title: String,
    /// Below it; may be empty.
    pub line: String,
    /// The page that this one belongs to.
    pub back: Option<Link>,
    /// Where something is added.
    pub add: Option<Link>,
    /// Where the filter is sent.
    pub path: &'static str,
    /// What the search field says; none without a search.
    pub search: Option<String>,
    /// The words searched for.
    pub q: String,
    /// Selects of the filter.
    pub picks: Vec<Pick>,
    /// Headings; the first one is the title's.
    pub heads: Vec<Head>,
    /// The rows, or that they are missing.
    pub rows: Part<Rows>,
}

impl ListingPage {
    /// A page without a filter.
    #[must_use]
    pub fn new(visit: &Visit, path: &'static str, title: String, heads: Vec<Head>, rows: Part<Rows>) -> Self {
        Self {
            f: visit.frame(title.clone(), Layout::App, path),
            title,
            line: String::new(),
            back: None,
            add: None,
            path,
            search: None,
            q: String::new(),
            picks: Vec::new(),
            heads,
            rows,
        }
    }

    /// Selects that offer a choice.
    #[must_use]
    pub fn offered(&self) -> Vec<Pick> {
        self.picks.iter().filter(|pick| pick.choices.len() > 1).cloned().collect()
    }

    /// Whether there is anything to filter by.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        self.search.is_some() || !self.offered().is_empty()
    }

    /// The class of a column.
    #[must_use]
    pub fn class(&self, column: &usize) -> &'static str {
        self.heads.get(column + 1).map_or("", |head| head.class)
    }
}

/// What stands in the place of a list that is missing.
#[must_use]
pub fn missing(lang: Lang, heading: &str, key: &str, retry: String) -> Missing {
    Missing { heading: heading.to_owned(), title: lang.t(key), text: lang.t(&format!("{key}.text")), retry }
}

/// Headings by message and class.
#[must_use]
pub fn heads(lang: Lang, columns: &[(&str, &'static str)]) -> Vec<Head> {
    columns.iter().map(|(key, class)| Head { text: lang.t(key), class }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Local;

    #[test]
    fn paging_keeps_the_filter() {
        let names = [("q", 5), ("prodi", 64)];
        let pairs = [("q", "basis data"), ("prodi", " p1 "), ("kursor", "old"), ("lain", "x")];
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let asked = Asked::read("/matakuliah", &names, &pairs);
        assert_eq!((asked.get("q"), asked.get("prodi"), asked.get("lain")), ("basis", "p1", ""));
        let next = Local::parse(&asked.href("a+b/c=")).unwrap();
        let read = Asked::read("/matakuliah", &names, &next.query());
        assert_eq!((read.get("q"), read.cursor().as_deref()), ("basis", Some("a+b/c=")));
        assert!(read.is_narrowed_beyond(&["q"]) && !read.is_narrowed_beyond(&["q", "prodi"]));
        let rows = Rows::new(Lang::Id, &asked, Vec::new(), None, "courses-none");
        assert_eq!(rows.first.as_deref(), Some("/matakuliah?q=basis&prodi=p1"));
        assert_eq!(rows.next, None);
    }
}
