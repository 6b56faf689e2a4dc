//! User names: what a person types to log in.

use std::fmt;

/// Longest user name, in bytes of UTF-8.
pub(crate) const MAX_BYTES: usize = 128;

/// A user name in its one spelling: lower case, no white space, 1 to [`MAX_BYTES`] bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserName(String);

/// Why a text is no user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserNameFault {
    /// Nothing but white space.
    Empty,
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// A control character.
    BadCharacter,
}

impl UserName {
    /// Normalises what was typed: `" 24 05 01 0123 "` and `"A11.2024"` become `2405010123` and `a11.2024`.
    pub(crate) fn parse(typed: &str) -> Result<Self, UserNameFault> {
        if typed.len() > MAX_BYTES {
            return Err(UserNameFault::TooLong);
        }
        let name: String = typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        if name.is_empty() {
            Err(UserNameFault::Empty)
        } else if name.len() > MAX_BYTES {
            Err(UserNameFault::TooLong)
        } else if name.chars().any(char::is_control) {
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
        check("24 05 01 0123", Ok("2405010123"));
        check(" A11.2024.001\t", Ok("a11.2024.001"));
        check("É", Ok("é"));
        check(&"x".repeat(MAX_BYTES), Ok(&"x".repeat(MAX_BYTES)));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        check(" \n", Err(UserNameFault::Empty));
        check(&"x".repeat(MAX_BYTES + 1), Err(UserNameFault::TooLong));
        check("a\u{0}b", Err(UserNameFault::BadCharacter));
        // 64 of these are 128 bytes as typed and 192 in lower case.
        check(&"İ".repeat(64), Err(UserNameFault::TooLong));
    }
}
