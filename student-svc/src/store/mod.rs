//! The tables of this service. Functions take a transaction, or the database for a single read; those that lock say so.
//!
//! Writers lock in this order: the gate of imports, then by table faculty, programme, lecturer, student, status, hold.
//! A lock on PostgreSQL is `FOR NO KEY UPDATE`, which leaves the foreign-key checks of others alone; SQLite has one writer.

pub(crate) mod audit;
pub(crate) mod faculty;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod lecturer;
pub(crate) mod programme;
pub(crate) mod status;
pub(crate) mod student;

/// Pattern for LIKE .. ESCAPE '\' that finds what starts with `text`; nothing but the empty text when it is empty.
fn starting_with(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    if !text.is_empty() {
        pattern.push('%');
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_ordinary_characters() {
        assert_eq!(starting_with("5%_\\"), "5\\%\\_\\\\%");
        assert_eq!(starting_with("24"), "24%");
        assert_eq!(starting_with(""), "");
    }
}
