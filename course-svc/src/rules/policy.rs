//! What registration is decided by and what differs between universities, as data.
//!
//! A [`Policy`] is complete: it decides about one student in one period. A [`Document`] names some of its fields and
//! leaves the others as they are; a [`book::Book`] lays the documents that hold for a student over the default, the most
//! specific last. Numbers of SKS are whole, grade points and averages are hundredths: nothing here is a float.

pub mod book;
mod document;
mod values;

pub use document::{Document, Fault, Policy};
pub use values::{
    AfterLeave, Band, Ceilings, Courses, Cut, FirstSemesters, Holds, Matrix, Minimum, Registering, Repeat, Semesters,
    Sks,
};

#[cfg(test)]
#[path = "policy/campuses.rs"]
mod campuses;
