//! Time that is left, as a clock that runs backwards.

use crate::i18n::Lang;

/// What stands between hours, minutes and seconds.
#[must_use]
pub fn mark(lang: Lang) -> char {
    match lang {
        Lang::Id => '.',
        Lang::En => ':',
    }
}

/// `2 hari 04.05.06`. The script writes the same every second.
#[must_use]
pub fn countdown(lang: Lang, seconds: i64) -> String {
    let (days, rest, mark) = (seconds / 86_400, seconds % 86_400, mark(lang));
    let clock = format!("{:02}{mark}{:02}{mark}{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days > 0 { format!("{days} {} {clock}", lang.t("countdown-days")) } else { clock }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_reads_as_a_clock() {
        assert_eq!(countdown(Lang::Id, 0), "00.00.00");
        assert_eq!(countdown(Lang::Id, 3661), "01.01.01");
        assert_eq!(countdown(Lang::En, 86_399), "23:59:59");
        assert_eq!(countdown(Lang::Id, 2 * 86_400 + 61), "2 hari 00.01.01");
    }
}
