//! What is typed into a form, by name. Rows are names with a number: `mulai.0`, `mulai.1`.

use crate::layer::Posted;
use crate::visit::{Draft, Visit};

/// Names that are the form's own and not typed.
const OWN: [&str; 4] = ["token", "key", "back", "tombol"];

/// Fields by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a form that was sent.
    #[must_use]
    pub fn of(posted: &Posted) -> Self {
        Self(posted.0.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect())
    }

    /// What was typed into the form at this address before the session ended, with its key; gone after this call.
    #[must_use]
    pub fn draft(visit: &Visit, path: &str) -> Option<(Self, Option<String>)> {
        let Draft { fields, .. } = visit.take_draft(path)?;
        let posted = Posted(fields);
        Some((Self::of(&posted), posted.key().map(str::to_owned)))
    }

    /// The first value of a field; empty when there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The trimmed value; `None` when nothing is typed.
    #[must_use]
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Sets a field.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The same with a field set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// How many rows there are: as long as `first.<n>` was sent, at most `max`.
    #[must_use]
    pub fn rows(&self, first: &str, max: usize) -> usize {
        (0..max).take_while(|n| self.0.iter().any(|(name, _)| *name == format!("{first}.{n}"))).count()
    }

    /// The same without the row; later rows move up. `names` are the columns, the first one as in [`Fields::rows`].
    #[must_use]
    pub fn without_row(self, names: &[&str], row: usize, max: usize) -> Self {
        let Some(first) = names.first() else { return self };
        let count = self.rows(first, max);
        let old: Vec<Vec<String>> = (0..count)
            .map(|n| names.iter().map(|name| self.get(&format!("{name}.{n}")).to_owned()).collect())
            .collect();
        let mut next = self.without(names);
        for (n, values) in old.into_iter().enumerate().filter(|(n, _)| *n != row).map(|(_, v)| v).enumerate() {
            for (name, value) in names.iter().zip(values) {
                next.0.push((format!("{name}.{n}"), value));
            }
        }
        next
    }

    /// The same without all rows.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        let is_row = |field: &str| {
            field.rsplit_once('.').is_some_and(|(name, n)| names.contains(&name) && n.parse::<usize>().is_ok())
        };
        self.0.retain(|(name, _)| !is_row(name));
        self
    }

    /// The same with an empty row more, up to `max`.
    #[must_use]
    pub fn with_row(mut self, names: &[&str], max: usize) -> Self {
        let Some(first) = names.first() else { return self };
        let n = self.rows(first, max);
        if n < max {
            for name in names {
                self.0.push((format!("{name}.{n}"), String::new()));
            }
        }
        self
    }

    /// The same as a button of the form asks: `tambah-<what>` or `hapus-<what>-<row>`. `None` when it is another.
    #[must_use]
    pub fn pressed(self, button: &str, what: &str, names: &[&str], max: usize) -> Option<Self> {
        if button.strip_prefix("tambah-") == Some(what) {
            return Some(self.with_row(names, max));
        }
        let row = button.strip_prefix("hapus-")?.strip_prefix(what)?.strip_prefix('-')?.parse().ok()?;
        Some(self.without_row(names, row, max))
    }
}
