//! The services of `siakad.student.v1` over gRPC: decode, authorise, call, encode.

pub(crate) mod convert;
mod import;
pub(crate) mod policy;
mod structure;
mod students;

pub(crate) use import::{ImportLimits, StudentImport};
pub(crate) use structure::Structure;
pub(crate) use students::Students;

use chassis::page::PageLimits;

use crate::error::Error;
use crate::rules::field::{self, Checker, Need};

/// Pages of every list here.
const LIMITS: PageLimits = PageLimits { default: 50, max: 200 };

/// A text to search for that no name can hold finds nothing; better to say so.
fn check_search(search: &str) -> Result<(), Error> {
    let mut c = Checker::new();
    c.text("search", search, field::SEARCH, Need::Optional);
    let wrong = c.into_wrong();
    if wrong.is_empty() { Ok(()) } else { Err(Error::Malformed(wrong)) }
}

/// A filter by id: what is no id finds nothing.
fn id_filter(id: &str) -> &str {
    if id.is_empty() || chassis::id::is_id(id) { id } else { "-" }
}
