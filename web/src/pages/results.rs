//! Results of a student: the KHS of a period and the transcript, on the screen and on paper.

use crate::error::Failure;
use crate::local::with_query;
use crate::view::{Missing, Note, Part};
use crate::visit::Visit;

pub mod doc;
pub mod khs;
#[cfg(test)]
pub mod samples;
pub mod transcript;

/// Whose results a page shows: one's own, or those of somebody whom an advisor or the office asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Student.
    pub student: String,
    /// One's own.
    pub own: bool,
}

impl Whose {
    /// Reads the address. Who may read whose results is decided behind the gateway; here only that a page of one's own
    /// needs a student.
    ///
    /// # Errors
    ///
    /// When nobody is logged in, or nobody is asked for and it is no student who asks.
    pub fn read(visit: &Visit, pairs: &[(String, String)]) -> Result<Self, Failure> {
        let user = visit.user()?;
        let asked = pairs.iter().find(|(name, _)| name == "mahasiswa").map_or("", |(_, value)| value.as_str());
        match (asked, user.student_id()) {
            ("", Some(own)) => Ok(Self { student: own.to_owned(), own: true }),
            ("", None) => Err(Failure::Forbidden),
            (asked, own) => Ok(Self { student: asked.to_owned(), own: own == Some(asked) }),
        }
    }

    /// An address that stays with the same student.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        with_query(path, &[("mahasiswa", if self.own { "" } else { &self.student })])
    }

    /// The entry of the menu that one is at.
    fn nav(&self, own: &'static str) -> &'static str {
        if self.own { own } else { "/perwalian" }
    }
}

/// A student that cannot be read is one that is not there.
fn no_such(error: api::client::Error) -> Failure {
    match error.status() {
        Some(400 | 403 | 404 | 422) => Failure::NotFound,
        _ => Failure::from(error),
    }
}

/// What stands in the place of a document whose service is down.
fn down<T>(visit: &Visit, heading: &str, retry: String) -> Part<T> {
    let lang = visit.lang;
    Part::Down(Missing {
        heading: lang.t(heading),
        title: lang.t("down-results"),
        text: lang.t("down-results.text"),
        retry,
    })
}

/// What stands in the place of a document of which there is nothing yet.
fn nothing(visit: &Visit, key: &str) -> Note {
    Note { icon: "award", ..Note::new(crate::view::Tone::Info, visit.t(key), visit.t(&format!("{key}.text"))) }
}
