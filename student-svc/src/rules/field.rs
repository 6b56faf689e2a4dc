//! Single fields: what they may hold, and what is wrong with one that does not. Lengths are PDDikti's
//! (`InsertBiodataMahasiswa`, `InsertRiwayatPendidikanMahasiswa`) and count characters, not bytes.

use jiff::civil::Date;

use crate::reasons;

/// Longest name of a person, faculty or programme.
pub(crate) const NAME: usize = 100;
/// Longest NIM.
pub(crate) const NIM: usize = 24;
/// Longest code of a faculty or programme.
pub(crate) const CODE: usize = 10;
/// Longest e-mail address.
pub(crate) const EMAIL: usize = 60;
/// Longest telephone number.
pub(crate) const PHONE: usize = 20;
/// Longest place of birth.
pub(crate) const BIRTH_PLACE: usize = 32;
/// Longest note of a hold.
pub(crate) const NOTE: usize = 200;
/// Longest identifier that another system gave us: `id_prodi` is a UUID.
pub(crate) const FOREIGN_ID: usize = 36;
/// Longest text to search for.
pub(crate) const SEARCH: usize = 100;

/// What is wrong with one field: a reason word and the facts that its sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Name of the field, or of the column of a file.
    pub field: &'static str,
    /// Reason word.
    pub reason: &'static str,
    /// Facts by name. Never the value itself: it may be personal.
    pub facts: Vec<(&'static str, String)>,
}

impl Wrong {
    /// A fault without facts.
    #[must_use]
    pub(crate) fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason, facts: Vec::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub(crate) fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }
}

/// Whether a field may be left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It must be given.
    Required,
    /// It may be empty.
    Optional,
}

/// Checks fields and collects what is wrong, so that every wrong field is reported at once. Each check returns the value
/// in its stored form, and an empty one when it is wrong.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    wrong: Vec<Wrong>,
}

impl Checker {
    /// Nothing wrong yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Everything that was wrong, in the order of the checks.
    #[must_use]
    pub(crate) fn into_wrong(self) -> Vec<Wrong> {
        self.wrong
    }

    /// Adds a fault.
    pub(crate) fn push(&mut self, wrong: Wrong) {
        self.wrong.push(wrong);
    }

    /// Text that people read: one line, spaces squeezed, at most `max` characters.
    pub(crate) fn text(&mut self, field: &'static str, value: &str, max: usize, need: Need) -> String {
        let text = squeeze(value);
        let fault = if text.is_empty() {
            (need == Need::Required).then(|| Wrong::new(field, reasons::REQUIRED))
        } else if text.chars().any(is_forbidden) {
            Some(Wrong::new(field, reasons::FORBIDDEN_CHARACTER))
        } else if text.chars().count() > max {
            Some(Wrong::new(field, reasons::TOO_LONG).fact("max", max))
        } else {
            None
        };
        self.keep(fault, text)
    }

    /// Code of a faculty or programme.
    pub(crate) fn code(&mut self, field: &'static str, value: &str) -> String {
        self.key(field, value, CODE, "-._/", reasons::BAD_CODE)
    }

    /// Student number. Letters are capitals: a NIM that differs in case only would be another student.
    pub(crate) fn nim(&mut self, field: &'static str, value: &str) -> String {
        self.key(field, value, NIM, "-./", reasons::BAD_NIM)
    }

    /// Code of a period.
    pub(crate) fn period(&mut self, field: &'static str, value: &str) -> String {
        self.matching(field, value, Need::Required, reasons::BAD_PERIOD, is_period)
    }

    /// E-mail address.
    pub(crate) fn email(&mut self, field: &'static str, value: &str) -> String {
        if value.trim().chars().count() > EMAIL {
            self.push(Wrong::new(field, reasons::TOO_LONG).fact("max", EMAIL));
            return String::new();
        }
        self.matching(field, value, Need::Optional, reasons::BAD_EMAIL, is_email)
    }

    /// Telephone number.
    pub(crate) fn phone(&mut self, field: &'static str, value: &str) -> String {
        self.matching(field, value, Need::Optional, reasons::BAD_PHONE, is_phone)
    }

    /// National identity number (NIK).
    pub(crate) fn national_id(&mut self, field: &'static str, value: &str) -> String {
        self.matching(field, value, Need::Optional, reasons::BAD_NATIONAL_ID, |v| digits(v, 16))
    }

    /// National number of a lecturer, `length` digits.
    pub(crate) fn lecturer_number(&mut self, field: &'static str, value: &str, length: usize) -> String {
        self.matching(field, value, Need::Required, reasons::BAD_LECTURER_NUMBER, |v| digits(v, length))
    }

    /// National number of a lecturer, any of the three kinds; may be empty.
    pub(crate) fn lecturer_reference(&mut self, field: &'static str, value: &str) -> String {
        self.matching(field, value, Need::Optional, reasons::BAD_LECTURER_NUMBER, |v| digits(v, 10) || digits(v, 16))
    }

    /// Date of birth of somebody who entered in `entry_period`: from 1900 on, and before that period's year. An entry
    /// period that is itself wrong (empty here) sets no upper end.
    pub(crate) fn birth_date(&mut self, field: &'static str, value: &str, entry_period: &str) -> String {
        let before = entry_period.get(..4).and_then(|year| year.parse::<i16>().ok()).unwrap_or(i16::MAX);
        self.matching(field, value, Need::Optional, reasons::BAD_DATE, |v| {
            date(v).is_some_and(|date| date.year() >= 1900 && date.year() < before)
        })
    }

    /// A word of a closed vocabulary; `allowed` lists its words for the sentence.
    pub(crate) fn word<T>(
        &mut self,
        field: &'static str,
        value: &str,
        of: fn(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Option<T> {
        let found = of(value.trim());
        if found.is_none() {
            let words: Vec<&str> = allowed.iter().copied().filter(|w| !w.is_empty()).collect();
            self.push(Wrong::new(field, reasons::UNKNOWN_VALUE).fact("allowed", words.join(", ")));
        }
        found
    }

    fn key(&mut self, field: &'static str, value: &str, max: usize, inner: &str, reason: &'static str) -> String {
        self.matching(field, value, Need::Required, reason, |v| {
            let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
            v.len() <= max
                && v.starts_with(plain)
                && v.ends_with(plain)
                && v.chars().all(|c| plain(c) || inner.contains(c))
        })
    }

    fn matching(
        &mut self,
        field: &'static str,
        value: &str,
        need: Need,
        reason: &'static str,
        matches: impl Fn(&str) -> bool,
    ) -> String {
        let value = value.trim();
        let fault = if value.is_empty() {
            (need == Need::Required).then(|| Wrong::new(field, reasons::REQUIRED))
        } else {
            (!matches(value)).then(|| Wrong::new(field, reason))
        };
        self.keep(fault, value.to_owned())
    }

    fn keep(&mut self, fault: Option<Wrong>, value: String) -> String {
        match fault {
            None => value,
            Some(fault) => {
                self.wrong.push(fault);
                String::new()
            }
        }
    }
}

/// Start year 1900 to 2999 and 1 Ganjil, 2 Genap or 3 Antara.
#[must_use]
pub(crate) fn is_period(code: &str) -> bool {
    is_cohort(code.get(..4).unwrap_or_default()) && matches!(code.get(4..), Some("1" | "2" | "3"))
}

/// A year of entry, 1900 to 2999.
#[must_use]
pub(crate) fn is_cohort(year: &str) -> bool {
    digits(year, 4) && matches!(year.as_bytes()[0..2], [b'1', b'9'] | [b'2', _])
}

/// One line with single spaces and none at the ends. Control characters stay, to be refused.
fn squeeze(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for word in value.split(' ').filter(|w| !w.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Control characters, and those that turn the direction of writing: a name must not rearrange the line it stands in.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn digits(value: &str, length: usize) -> bool {
    value.len() == length && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    let local_char = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    !local.is_empty()
        && local.chars().all(local_char)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_phone(value: &str) -> bool {
    let count = value.chars().filter(char::is_ascii_digit).count();
    let rest = value.strip_prefix('+').unwrap_or(value);
    value.len() <= PHONE && count >= 6 && rest.chars().all(|c| c.is_ascii_digit() || " -().".contains(c))
}

fn date(value: &str) -> Option<Date> {
    let date: Date = value.parse().ok()?;
    (date.to_string() == value).then_some(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason(check: impl Fn(&mut Checker) -> String) -> Result<String, &'static str> {
        let mut checker = Checker::new();
        let value = check(&mut checker);
        match checker.into_wrong().as_slice() {
            [] => Ok(value),
            [one] => Err(one.reason),
            many => panic!("one field, several faults: {many:?}"),
        }
    }

    #[test]
    fn fields_are_accepted_or_refused_with_their_word() {
        let text = |v: &str| reason(|c| c.text("name", v, 5, Need::Required));
        assert_eq!(text("  a   b "), Ok("a b".into()));
        assert_eq!(text(" "), Err("required"));
        assert_eq!(text("ééééé"), Ok("ééééé".into()), "characters count, not bytes");
        assert_eq!(text("abcdef"), Err("too-long"));
        for bad in ["a\nb", "a\0", "a\u{202e}b", "a\tb"] {
            assert_eq!(text(bad), Err("forbidden-character"), "{bad:?}");
        }

        let code = |v: &str| reason(|c| c.code("code", v));
        for good in ["FIK", "IF-S1", "A", "0", "F.1/2_3"] {
            assert_eq!(code(good), Ok(good.into()));
        }
        for bad in ["fik", "-A", "A-", "A B", "ABCDEFGHIJK", "É"] {
            assert_eq!(code(bad), Err("bad-code"), "{bad:?}");
        }

        let nim = |v: &str| reason(|c| c.nim("nim", v));
        assert_eq!(nim(" 2405010123 "), Ok("2405010123".into()));
        assert_eq!(nim(&"1".repeat(24)), Ok("1".repeat(24)));
        assert_eq!(nim(&"1".repeat(25)), Err("bad-nim"));
        assert_eq!(nim("h1a024001"), Err("bad-nim"));
        assert_eq!(nim(""), Err("required"));

        let email = |v: &str| reason(|c| c.email("email", v));
        for good in ["", "a@b.id", "budi.santoso+1@students.kampus.ac.id"] {
            assert_eq!(email(good), Ok(good.into()));
        }
        for bad in ["a", "@b.id", "a@b", "a b@c.id", "a@b..id", "a@-b.id", "a..b@c.id", "<a@b.id>"] {
            assert_eq!(email(bad), Err("bad-email"), "{bad:?}");
        }
        assert_eq!(email(&format!("{}@b.id", "a".repeat(56))), Err("too-long"));

        let phone = |v: &str| reason(|c| c.phone("phone", v));
        assert_eq!(phone("+62 812-3456-789"), Ok("+62 812-3456-789".into()));
        for bad in ["12345", "08x1234567", "0812 3456 7890 1234 56"] {
            assert_eq!(phone(bad), Err("bad-phone"), "{bad:?}");
        }

        let nik = |v: &str| reason(|c| c.national_id("national_id", v));
        assert_eq!(nik("3201010101010001"), Ok("3201010101010001".into()));
        assert_eq!(nik("320101010101000"), Err("bad-national-id"));
        assert_eq!(nik("320101010101000x"), Err("bad-national-id"));

        let born = |v: &str, entry: &str| reason(|c| c.birth_date("birth_date", v, entry));
        assert_eq!(born("2006-02-28", "20241"), Ok("2006-02-28".into()));
        assert_eq!(born("2023-12-31", "20241"), Ok("2023-12-31".into()));
        for bad in ["2006-02-30", "28-02-2006", "1899-12-31", "2024-01-01", "20060228", "2006-2-8"] {
            assert_eq!(born(bad, "20241"), Err("bad-date"), "{bad:?}");
        }
        assert_eq!(born("2024-01-01", ""), Ok("2024-01-01".into()), "a wrong entry period is reported by itself");

        let number = |v: &str| reason(|c| c.lecturer_reference("advisor", v));
        assert_eq!(number("0012345678"), Ok("0012345678".into()));
        assert_eq!(number("1234567890123456"), Ok("1234567890123456".into()));
        assert_eq!(number("12345678901"), Err("bad-lecturer-number"));
    }

    /// Strings of few characters near the shapes that matter, so that edges meet.
    fn near() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            proptest::sample::select(vec!['0', '1', '2', '3', '9', 'A', 'a', '-', '@', '.', ' ']),
            0..8,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_period_is_a_year_and_a_term(code in near()) {
            let chars: Vec<char> = code.chars().collect();
            let year: Option<u32> = code.get(..4).and_then(|y| if y.chars().all(|c| c.is_ascii_digit()) { y.parse().ok() } else { None });
            let expected = chars.len() == 5 && year.is_some_and(|y| (1900..3000).contains(&y)) && ('1'..='3').contains(&chars[4]);
            prop_assert_eq!(is_period(&code), expected);
        }

        #[test]
        fn what_was_accepted_is_accepted_again_and_stays_the_same(value in "\\PC{0,30}") {
            let checks: [fn(&mut Checker, &str) -> String; 6] = [
                |c, v| c.text("f", v, 20, Need::Optional),
                |c, v| c.code("f", v),
                |c, v| c.nim("f", v),
                |c, v| c.email("f", v),
                |c, v| c.phone("f", v),
                |c, v| c.birth_date("f", v, "20241"),
            ];
            for check in checks {
                let mut first = Checker::new();
                let kept = check(&mut first, &value);
                if first.into_wrong().is_empty() {
                    let mut second = Checker::new();
                    prop_assert_eq!(check(&mut second, &kept), kept);
                    prop_assert!(second.into_wrong().is_empty());
                }
            }
        }
    }
}
