//! User names: what a person types to log in.

use std::fmt;

/// Longest user name, in bytes of UTF-8.
pub(crate) const MAX_BYTES: usize = 128;

/// A user name in its one spelling: lower case, 1 to [`MAX_BYTES`] bytes, no white space and no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserName(String);

/// Why a text is no user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserNameFault {
    /// Nothing but white space.
    Empty,
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// A control character, or white space between others.
    BadCharacter,
}

impl UserName {
    /// Normalises what was typed: `" 2405010123 "` and `"A11.2024"` become `2405010123` and `a11.2024`. White space inside is
    /// refused, not dropped: who asks for `pak budi` must not find somebody else's `pakbudi`.
    pub(crate) fn parse(typed: &str) -> Result<Self, UserNameFault> {
        if typed.len() > MAX_BYTES {
            return Err(UserNameFault::TooLong);
        }
        let name = typed.trim().to_lowercase();
        if name.is_empty() {
            Err(UserNameFault::Empty)
        } else if name.len() > MAX_BYTES {
            Err(UserNameFault::TooLong)
        } else if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Err(UserNameFault::BadCharacter)
        } else {
            Ok(Self(name))
        }
    }

    /// The name as stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Result<&str, UserNameFault>) {
        assert_eq!(UserName::parse(typed).as_ref().map(UserName::as_str), expected.as_ref().map(|n| *n), "{typed:?}");
    }

    #[test]
    fn one_spelling_for_each_name() {
        check("2405010123", Ok("2405010123"));
        check(" A11.2024.001\t", Ok("a11.2024.001"));
        check("É", Ok("é"));
        check(&"x".repeat(MAX_BYTES), Ok(&"x".repeat(MAX_BYTES)));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        check(" \n", Err(UserNameFault::Empty));
        check(&"x".repeat(MAX_BYTES + 1), Err(UserNameFault::TooLong));
        check("a\u{0}b", Err(UserNameFault::BadCharacter));
        for inside in ["pak budi", "24 05 01 0123", "a\tb", "a\u{a0}b", "a\nb"] {
            check(inside, Err(UserNameFault::BadCharacter));
        }
        // 64 of these are 128 bytes as typed and 192 in lower case.
        check(&"İ".repeat(64), Err(UserNameFault::TooLong));
    }
}
