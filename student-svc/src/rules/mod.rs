//! The rules of this service: facts in, decision out. No clock, no database, no wire.

pub(crate) mod access;
pub(crate) mod field;
pub(crate) mod hold;
pub(crate) mod row;
pub(crate) mod student;
pub(crate) mod words;
