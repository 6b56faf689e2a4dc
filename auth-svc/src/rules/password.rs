//! Which passwords are good enough: length and not guessable at once, no rule about kinds of characters
//! (OWASP ASVS 5.0, 6.2.1 to 6.2.9).

use super::user_name::UserName;

/// Shortest password, in bytes.
pub(crate) const MIN_BYTES: usize = 8;
/// Longest password, in bytes: more is refused before anything is computed.
pub(crate) const MAX_BYTES: usize = 128;

/// Well-known passwords of at least [`MIN_BYTES`] bytes, one a line, lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordFault {
    /// Fewer than [`MIN_BYTES`] bytes.
    TooShort,
    /// More than [`MAX_BYTES`] bytes.
    TooLong,
    /// It is the user name.
    IsUserName,
    /// Everybody tries it first.
    Common,
}

/// Judges a new password of the account with this user name.
pub(crate) fn judge(password: &str, user_name: &UserName) -> Result<(), PasswordFault> {
    if password.len() > MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.len() < MIN_BYTES {
        return Err(PasswordFault::TooShort);
    }
    let unspaced: String = password.chars().filter(|c| !c.is_whitespace()).collect();
    if UserName::parse(&unspaced).is_ok_and(|same| same == *user_name) {
        return Err(PasswordFault::IsUserName);
    }
    let folded = password.trim().to_lowercase();
    if COMMON.lines().any(|common| common == folded) || is_one_character(&folded) {
        return Err(PasswordFault::Common);
    }
    Ok(())
}

fn is_one_character(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_none_or(|first| chars.all(|c| c == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(password: &str, expected: Result<(), PasswordFault>) {
        let name = UserName::parse("2405010123").unwrap();
        assert_eq!(judge(password, &name), expected, "{password:?}");
    }

    #[test]
    fn length_is_judged_in_bytes_at_both_ends() {
        check("sekam-7", Err(PasswordFault::TooShort));
        check("sekam-77", Ok(()));
        check(&"xy".repeat(64), Ok(()));
        check(&("xy".repeat(64) + "z"), Err(PasswordFault::TooLong));
    }

    #[test]
    fn the_user_name_is_no_password_however_it_is_spelt() {
        check("2405010123", Err(PasswordFault::IsUserName));
        check("24 05 01 0123", Err(PasswordFault::IsUserName));
        check("2405010124", Ok(()));
    }

    #[test]
    fn what_everybody_tries_is_no_password() {
        check("Password", Err(PasswordFault::Common));
        check(" bismillah ", Err(PasswordFault::Common));
        check("zzzzzzzzzz", Err(PasswordFault::Common));
        check("          ", Err(PasswordFault::Common));
    }

    #[test]
    fn the_list_is_in_the_form_that_is_compared() {
        for line in COMMON.lines() {
            assert_eq!(line, line.trim().to_lowercase());
            assert!(line.len() >= MIN_BYTES, "{line} can never be reached");
        }
        assert!(COMMON.lines().count() > 100);
    }
}
