//! A student's record: what it may hold, and what a change changes.

use super::field::{self, Checker, Need, Wrong};
use super::words::Gender;
use crate::reasons;

/// What a record says of a person, apart from the study programme and the advisor. As it came, or checked: then every
/// field is in its stored form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Student number.
    pub nim: String,
    /// Name.
    pub name: String,
    /// Period of entry.
    pub entry_period: String,
    /// E-mail; may be empty.
    pub email: String,
    /// Telephone; may be empty. Personal data.
    pub phone: String,
    /// NIK; may be empty. Personal data.
    pub national_id: String,
    /// `L`, `P` or empty.
    pub gender: String,
    /// Place of birth; may be empty. Personal data.
    pub birth_place: String,
    /// Date of birth, `YYYY-MM-DD`; may be empty. Personal data.
    pub birth_date: String,
    /// Mother's maiden name; may be empty. Personal data.
    pub mother_name: String,
}

impl Person {
    /// Checks every field. What is wrong goes to the checker and is empty in the result.
    #[must_use]
    pub(crate) fn checked(&self, c: &mut Checker) -> Self {
        let entry_period = c.period("entry_period", &self.entry_period);
        let gender =
            c.word("gender", &self.gender, Gender::of, &Gender::ALL.iter().map(|g| g.word()).collect::<Vec<_>>());
        Self {
            nim: c.nim("nim", &self.nim),
            name: c.text("name", &self.name, field::NAME, Need::Required),
            email: c.email("email", &self.email),
            phone: c.phone("phone", &self.phone),
            national_id: c.national_id("national_id", &self.national_id),
            gender: gender.unwrap_or(Gender::NotGiven).word().to_owned(),
            birth_place: c.text("birth_place", &self.birth_place, field::BIRTH_PLACE, Need::Optional),
            birth_date: c.birth_date("birth_date", &self.birth_date, &entry_period),
            mother_name: c.text("mother_name", &self.mother_name, field::NAME, Need::Optional),
            entry_period,
        }
    }
}

/// A whole record, apart from its id and version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The person.
    pub person: Person,
    /// Study programme, by id.
    pub programme_id: String,
    /// Advisor, by id.
    pub advisor_id: Option<String>,
    /// How the student left; empty while enrolled. PDDikti `id_jenis_keluar`.
    pub exit_kind: String,
}

impl Record {
    /// Checks every field but the existence of what it refers to. `exit_kinds` are the codes that PDDikti knows.
    #[must_use]
    pub(crate) fn checked(&self, exit_kinds: &[String], c: &mut Checker) -> Self {
        let person = self.person.checked(c);
        if self.programme_id.is_empty() {
            c.push(Wrong::new("programme_id", reasons::REQUIRED));
        }
        let exit_kind = self.exit_kind.trim();
        if !exit_kind.is_empty() && !exit_kinds.iter().any(|known| known == exit_kind) {
            c.push(Wrong::new("exit_kind", reasons::UNKNOWN_VALUE).fact("allowed", exit_kinds.join(", ")));
        }
        Self {
            person,
            programme_id: self.programme_id.clone(),
            advisor_id: self.advisor_id.clone().filter(|id| !id.is_empty()),
            exit_kind: exit_kind.to_owned(),
        }
    }

    /// Names of the fields in which two records differ.
    #[must_use]
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (a, b) = (&self.person, &other.person);
        [
            ("nim", a.nim != b.nim),
            ("name", a.name != b.name),
            ("programme_id", self.programme_id != other.programme_id),
            ("entry_period", a.entry_period != b.entry_period),
            ("advisor_id", self.advisor_id != other.advisor_id),
            ("email", a.email != b.email),
            ("phone", a.phone != b.phone),
            ("national_id", a.national_id != b.national_id),
            ("gender", a.gender != b.gender),
            ("birth_place", a.birth_place != b.birth_place),
            ("birth_date", a.birth_date != b.birth_date),
            ("mother_name", a.mother_name != b.mother_name),
            ("exit_kind", self.exit_kind != other.exit_kind),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// Whether a student who entered in `entry_period` can have a status in `period`. Codes of periods sort by time.
#[must_use]
pub(crate) fn has_entered(entry_period: &str, period: &str) -> bool {
    period >= entry_period
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits() -> Vec<String> {
        ["0", "1"].map(String::from).to_vec()
    }

    fn good() -> Record {
        Record {
            person: Person {
                nim: "2405010001".into(),
                name: "Budi".into(),
                entry_period: "20241".into(),
                ..Person::default()
            },
            programme_id: "p".into(),
            advisor_id: Some(String::new()),
            exit_kind: String::new(),
        }
    }

    #[test]
    fn every_wrong_field_is_reported_at_once() {
        let bad = Record {
            person: Person {
                nim: "x".into(),
                name: String::new(),
                entry_period: "20244".into(),
                email: "a".into(),
                phone: "a".into(),
                national_id: "1".into(),
                gender: "X".into(),
                birth_place: "x".repeat(33),
                birth_date: "yesterday".into(),
                mother_name: "x".repeat(101),
            },
            programme_id: String::new(),
            advisor_id: None,
            exit_kind: "9".into(),
        };
        let mut c = Checker::new();
        let _ = bad.checked(&exits(), &mut c);
        let mut fields: Vec<_> = c.into_wrong().into_iter().map(|w| w.field).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "birth_date",
                "birth_place",
                "email",
                "entry_period",
                "exit_kind",
                "gender",
                "mother_name",
                "name",
                "national_id",
                "nim",
                "phone",
                "programme_id"
            ]
        );
    }

    #[test]
    fn a_good_record_passes_and_an_empty_advisor_is_none() {
        let mut c = Checker::new();
        let checked = good().checked(&exits(), &mut c);
        assert_eq!(c.into_wrong(), []);
        assert_eq!(checked.advisor_id, None);
    }

    #[test]
    fn a_difference_is_named_by_its_field() {
        let mut other = good();
        assert!(good().differences(&other).is_empty());
        other.person.phone = "081234567".into();
        other.exit_kind = "1".into();
        assert_eq!(good().differences(&other), ["phone", "exit_kind"]);
    }

    #[test]
    fn a_status_begins_with_the_period_of_entry() {
        assert!(has_entered("20241", "20241"));
        assert!(has_entered("20241", "20242"));
        assert!(!has_entered("20241", "20233"));
    }
}
