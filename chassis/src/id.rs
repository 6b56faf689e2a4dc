//! Ids: UUIDv7 as text.

use uuid::Uuid;

/// A new id. Names made later sort later, roughly; never rely on it for an order.
#[must_use]
pub fn new() -> String {
    Uuid::now_v7().to_string()
}

/// Whether the text is an id in the form in which [`new`] writes it (lower case, with hyphens). Anything else names nothing, so a
/// lookup may answer "absent" without asking the database.
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() == 36
        && Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_are_ids_and_differ() {
        let (a, b) = (new(), new());
        assert!(is_id(&a) && is_id(&b));
        assert_ne!(a, b);
    }

    #[test]
    fn other_spellings_are_not_ids() {
        for text in [
            "",
            "1",
            "0190A1B2-C3D4-7000-8000-000000000000",
            "0190a1b2c3d470008000000000000000",
            "{0190a1b2-c3d4-7000-8000-000000000000}",
        ] {
            assert!(!is_id(text), "{text}");
        }
        assert!(is_id("0190a1b2-c3d4-7000-8000-000000000000"));
    }
}
