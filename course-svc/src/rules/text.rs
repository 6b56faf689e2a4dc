//! What a text may hold, wherever it comes from.

use crate::reasons;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// It must be given.
    Missing,
    /// It has too many characters.
    TooLong,
    /// It holds a control character, or one that changes the direction of writing.
    Forbidden,
}

impl TextFault {
    /// Its reason word.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => reasons::REQUIRED,
            Self::TooLong => reasons::TOO_LONG,
            Self::Forbidden => reasons::FORBIDDEN_CHARACTER,
        }
    }
}

/// Checks a text of `min` to `max` characters, spaces around it not counted.
pub fn check(text: &str, min: usize, max: usize) -> Result<(), TextFault> {
    bounded(text, min, max, forbidden)
}

/// As [`check`], of a text that may have several lines, each ended by a line feed.
pub fn check_lines(text: &str, min: usize, max: usize) -> Result<(), TextFault> {
    bounded(text, min, max, |c| c != '\n' && forbidden(c))
}

fn bounded(text: &str, min: usize, max: usize, forbidden: impl Fn(char) -> bool) -> Result<(), TextFault> {
    let length = text.trim().chars().count();
    if length < min {
        Err(TextFault::Missing)
    } else if length > max {
        Err(TextFault::TooLong)
    } else if text.chars().any(forbidden) {
        Err(TextFault::Forbidden)
    } else {
        Ok(())
    }
}

/// Control characters, NUL among them, and those of Unicode that turn the direction of the text around them.
fn forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_of_lines_has_more_than_one() {
        assert_eq!(check_lines("A\nB", 1, 5), Ok(()));
        assert_eq!(check_lines("\n \n", 1, 5), Err(TextFault::Missing));
        assert_eq!(check_lines("A\tB", 1, 5), Err(TextFault::Forbidden));
    }

    #[test]
    fn a_text_is_bounded_and_plain() {
        let table = [
            ("", 0, 5, Ok(())),
            ("", 1, 5, Err(TextFault::Missing)),
            ("   ", 1, 5, Err(TextFault::Missing)),
            ("ABCDE", 1, 5, Ok(())),
            (" ABCDE ", 1, 5, Ok(())),
            ("éééééé", 1, 5, Err(TextFault::TooLong)),
            ("A\u{0}", 1, 5, Err(TextFault::Forbidden)),
            ("A\nB", 1, 5, Err(TextFault::Forbidden)),
            ("A\u{202e}B", 1, 5, Err(TextFault::Forbidden)),
        ];
        for (text, min, max, expected) in table {
            assert_eq!(check(text, min, max), expected, "{text:?}");
        }
    }
}
