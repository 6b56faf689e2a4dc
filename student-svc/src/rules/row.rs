//! Rows of the import files: what each may hold by itself. References are natural keys, and are judged later against the
//! other rows and what is stored.

use jiff::Timestamp;

use super::field::{self, Checker, Need, Wrong};
use super::hold;
use super::student::Person;
use super::words::{DegreeLevel, HoldKind, NumberKind, StatusKind};
use crate::reasons;

/// One row, as it came or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// `faculties.csv`.
    Faculty(FacultyRow),
    /// `programmes.csv`.
    Programme(ProgrammeRow),
    /// `lecturers.csv`.
    Lecturer(LecturerRow),
    /// `students.csv`.
    Student(StudentRow),
    /// `statuses.csv`.
    Status(StatusRow),
    /// `holds.csv`.
    Hold(HoldRow),
}

/// A faculty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FacultyRow {
    /// Key.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A study programme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProgrammeRow {
    /// Key.
    pub code: String,
    /// Name.
    pub name: String,
    /// Word of a [`DegreeLevel`].
    pub degree_level: String,
    /// Code of the faculty.
    pub faculty: String,
    /// `id_prodi`; may be empty.
    pub pddikti_id: String,
}

/// A lecturer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LecturerRow {
    /// Key.
    pub number: String,
    /// Name with degrees.
    pub name: String,
    /// Code of the home study programme.
    pub programme: String,
    /// E-mail; may be empty.
    pub email: String,
    /// Word of a [`NumberKind`]; empty for `nidn`, and never empty once checked.
    pub number_kind: String,
}

/// A student.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StudentRow {
    /// The person; the NIM is the key.
    pub person: Person,
    /// Code of the study programme.
    pub programme: String,
    /// Number of the advisor; may be empty.
    pub advisor: String,
}

/// A status. Key: NIM and period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StatusRow {
    /// Whose.
    pub nim: String,
    /// Period.
    pub period: String,
    /// Word of a [`StatusKind`].
    pub status: String,
}

/// A hold. Key: NIM, kind and note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HoldRow {
    /// Whose.
    pub nim: String,
    /// Word of a [`HoldKind`].
    pub kind: String,
    /// What the student reads.
    pub note: String,
    /// RFC 3339 end of a waiver; may be empty. Once checked in UTC.
    pub waived_until: String,
}

impl HoldRow {
    /// The end of the waiver of a checked row.
    #[must_use]
    pub(crate) fn waiver(&self) -> Option<Timestamp> {
        self.waived_until.parse().ok()
    }
}

impl Row {
    /// The row in its stored form, and everything that is wrong with it. A wrong field is empty in the stored form.
    #[must_use]
    pub(crate) fn checked(&self) -> (Self, Vec<Wrong>) {
        let mut c = Checker::new();
        let row = match self {
            Self::Faculty(row) => Self::Faculty(row.checked(&mut c)),
            Self::Programme(row) => Self::Programme(row.checked(&mut c)),
            Self::Lecturer(row) => Self::Lecturer(row.checked(&mut c)),
            Self::Student(row) => Self::Student(row.checked(&mut c)),
            Self::Status(row) => Self::Status(row.checked(&mut c)),
            Self::Hold(row) => Self::Hold(row.checked(&mut c)),
        };
        (row, c.into_wrong())
    }

    /// Whether the key of a checked row is complete, so that other rows can be compared with it.
    #[must_use]
    pub(crate) fn has_key(&self) -> bool {
        match self {
            Self::Faculty(row) => !row.code.is_empty(),
            Self::Programme(row) => !row.code.is_empty(),
            Self::Lecturer(row) => !row.number.is_empty(),
            Self::Student(row) => !row.person.nim.is_empty(),
            Self::Status(row) => !row.nim.is_empty() && !row.period.is_empty(),
            Self::Hold(row) => !row.nim.is_empty() && !row.kind.is_empty() && !row.note.is_empty(),
        }
    }
}

impl FacultyRow {
    fn checked(&self, c: &mut Checker) -> Self {
        Self { code: c.code("code", &self.code), name: c.text("name", &self.name, field::NAME, Need::Required) }
    }
}

impl ProgrammeRow {
    fn checked(&self, c: &mut Checker) -> Self {
        Self {
            code: c.code("code", &self.code),
            name: c.text("name", &self.name, field::NAME, Need::Required),
            degree_level: word(
                c,
                "degree_level",
                &self.degree_level,
                DegreeLevel::of,
                DegreeLevel::ALL,
                DegreeLevel::word,
            ),
            faculty: c.code("faculty", &self.faculty),
            pddikti_id: c.text("pddikti_id", &self.pddikti_id, field::FOREIGN_ID, Need::Optional),
        }
    }
}

impl LecturerRow {
    fn checked(&self, c: &mut Checker) -> Self {
        let given = self.number_kind.trim();
        let given = if given.is_empty() { NumberKind::Nidn.word() } else { given };
        let number_kind = word(c, "number_kind", given, NumberKind::of, NumberKind::ALL, NumberKind::word);
        let length = if number_kind == NumberKind::Nuptk.word() { 16 } else { 10 };
        Self {
            number: c.lecturer_number("number", &self.number, length),
            name: c.text("name", &self.name, field::NAME, Need::Required),
            programme: c.code("programme", &self.programme),
            email: c.email("email", &self.email),
            number_kind,
        }
    }
}

impl StudentRow {
    fn checked(&self, c: &mut Checker) -> Self {
        Self {
            person: self.person.checked(c),
            programme: c.code("programme", &self.programme),
            advisor: c.lecturer_reference("advisor", &self.advisor),
        }
    }
}

impl StatusRow {
    fn checked(&self, c: &mut Checker) -> Self {
        Self {
            nim: c.nim("nim", &self.nim),
            period: c.period("period", &self.period),
            status: word(c, "status", &self.status, StatusKind::of, StatusKind::ALL, StatusKind::word),
        }
    }
}

impl HoldRow {
    fn checked(&self, c: &mut Checker) -> Self {
        let until = self.waived_until.trim();
        let waiver: Option<Timestamp> = until.parse().ok();
        if !until.is_empty() && waiver.is_none() {
            c.push(Wrong::new("waived_until", reasons::BAD_TIME));
        }
        Self {
            nim: c.nim("nim", &self.nim),
            kind: word(c, "kind", &self.kind, HoldKind::of, HoldKind::ALL, HoldKind::word),
            note: hold::note(c, &self.note),
            waived_until: waiver.map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}

fn word<T: Copy>(
    c: &mut Checker,
    field: &'static str,
    value: &str,
    of: fn(&str) -> Option<T>,
    all: &[T],
    word: fn(T) -> &'static str,
) -> String {
    let allowed: Vec<&str> = all.iter().map(|&v| word(v)).collect();
    c.word(field, value, of, &allowed).map(word).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(row: Row) -> Vec<(&'static str, &'static str)> {
        row.checked().1.into_iter().map(|w| (w.field, w.reason)).collect()
    }

    #[test]
    fn a_row_names_each_wrong_column() {
        let faculty = FacultyRow { code: "fik".into(), name: String::new() };
        assert_eq!(wrong(Row::Faculty(faculty)), [("code", "bad-code"), ("name", "required")]);

        let programme = ProgrammeRow {
            code: "IF-S1".into(),
            name: "Informatika".into(),
            degree_level: "s1".into(),
            ..Default::default()
        };
        assert_eq!(wrong(Row::Programme(programme)), [("degree_level", "unknown-value"), ("faculty", "required")]);

        let status = StatusRow { nim: "1".into(), period: "2026".into(), status: "L".into() };
        assert_eq!(wrong(Row::Status(status)), [("period", "bad-period"), ("status", "unknown-value")]);

        let hold =
            HoldRow { nim: "1".into(), kind: String::new(), note: "x".repeat(201), waived_until: "tomorrow".into() };
        assert_eq!(
            wrong(Row::Hold(hold)),
            [("waived_until", "bad-time"), ("kind", "unknown-value"), ("note", "too-long")]
        );
    }

    #[test]
    fn the_length_of_a_lecturers_number_follows_its_kind() {
        let row = |number: &str, kind: &str| {
            Row::Lecturer(LecturerRow {
                number: number.into(),
                name: "Dr. Sari, M.Kom.".into(),
                programme: "IF-S1".into(),
                email: String::new(),
                number_kind: kind.into(),
            })
        };
        assert_eq!(wrong(row("0412058701", "")), []);
        assert_eq!(wrong(row("0412058701", "nuptk")), [("number", "bad-lecturer-number")]);
        assert_eq!(wrong(row("1234567890123456", "nuptk")), []);
        assert_eq!(wrong(row("0412058701", "nip")), [("number_kind", "unknown-value")]);
        let (Row::Lecturer(stored), _) = row("0412058701", "").checked() else { panic!("another kind") };
        assert_eq!(stored.number_kind, "nidn");
    }

    #[test]
    fn a_wrong_row_keeps_its_key_so_that_other_rows_can_refer_to_it() {
        let person = Person { nim: "2405010001".into(), ..Person::default() };
        let (stored, wrong) = Row::Student(StudentRow { person, ..StudentRow::default() }).checked();
        assert!(!wrong.is_empty());
        assert!(stored.has_key());
        let (stored, _) = Row::Student(StudentRow::default()).checked();
        assert!(!stored.has_key());
    }

    #[test]
    fn a_waiver_is_stored_in_utc() {
        let row = HoldRow {
            nim: "1".into(),
            kind: "tuition".into(),
            note: "UKT 20261".into(),
            waived_until: "2026-09-01T07:00:00+07:00".into(),
        };
        let (Row::Hold(stored), wrong) = Row::Hold(row).checked() else { panic!("another kind") };
        assert_eq!(wrong, []);
        assert_eq!(stored.waiver(), Some("2026-09-01T00:00:00Z".parse().unwrap()));
    }
}
