//! Rows of import files, and the small campus of the tests.

use proto::student::v1 as pb;
use proto::student::v1::import_row::Row;

pub(crate) const ADVISOR: &str = "0412058701";
pub(crate) const OTHER_LECTURER: &str = "0420117502";
pub(crate) const BUDI: &str = "2405010001";
pub(crate) const SARI: &str = "2403010007";

pub(crate) fn faculty(code: &str, name: &str) -> Row {
    Row::Faculty(pb::FacultyRow { code: code.into(), name: name.into() })
}

pub(crate) fn programme(code: &str, name: &str, level: &str, faculty: &str) -> Row {
    Row::Programme(pb::ProgrammeRow {
        code: code.into(),
        name: name.into(),
        degree_level: level.into(),
        faculty: faculty.into(),
        pddikti_id: String::new(),
    })
}

pub(crate) fn lecturer(number: &str, name: &str, programme: &str) -> Row {
    Row::Lecturer(pb::LecturerRow {
        number: number.into(),
        name: name.into(),
        programme: programme.into(),
        email: String::new(),
        number_kind: String::new(),
    })
}

pub(crate) fn student(nim: &str, name: &str, programme: &str, entry: &str, advisor: &str) -> pb::StudentRow {
    pb::StudentRow {
        nim: nim.into(),
        name: name.into(),
        programme: programme.into(),
        entry_period: entry.into(),
        advisor: advisor.into(),
        ..Default::default()
    }
}

pub(crate) fn status(nim: &str, period: &str, status: &str) -> Row {
    Row::Status(pb::StatusRow { nim: nim.into(), period: period.into(), status: status.into() })
}

pub(crate) fn hold(nim: &str, kind: &str, note: &str, waived_until: &str) -> Row {
    Row::Hold(pb::HoldRow { nim: nim.into(), kind: kind.into(), note: note.into(), waived_until: waived_until.into() })
}

/// Two faculties, two programmes, three lecturers, two students, two statuses, one hold.
pub(crate) fn campus() -> Vec<Row> {
    let budi = pb::StudentRow {
        email: "budi@mhs.kampus.ac.id".into(),
        phone: "+62 812-3456-7890".into(),
        national_id: "3201010101060001".into(),
        gender: "L".into(),
        birth_place: "Bandung".into(),
        birth_date: "2006-02-28".into(),
        mother_name: "Siti Aminah".into(),
        ..student(BUDI, "Budi Santoso", "IF-S1", "20241", ADVISOR)
    };
    vec![
        faculty("FIK", "Fakultas Ilmu Komputer"),
        faculty("FEB", "Fakultas Ekonomi dan Bisnis"),
        programme("IF-S1", "Informatika", "S1", "FIK"),
        programme("MN-S1", "Manajemen", "S1", "FEB"),
        lecturer(ADVISOR, "Dr. Ratna Dewi, M.Kom.", "IF-S1"),
        lecturer(OTHER_LECTURER, "Émile Hartono, Ph.D.", "IF-S1"),
        lecturer("0301018903", "Agus Wibowo, S.E., M.M.", "MN-S1"),
        Row::Student(budi),
        Row::Student(student(SARI, "Sari Lestari", "MN-S1", "20241", "")),
        status(BUDI, "20261", "A"),
        status(SARI, "20261", "N"),
        hold(BUDI, "tuition", "UKT 20261", ""),
    ]
}

/// The name of the file that a row comes from.
pub(crate) fn file_of(row: &Row) -> &'static str {
    match row {
        Row::Faculty(_) => "faculties.csv",
        Row::Programme(_) => "programmes.csv",
        Row::Lecturer(_) => "lecturers.csv",
        Row::Student(_) => "students.csv",
        Row::Status(_) => "statuses.csv",
        Row::Hold(_) => "holds.csv",
    }
}
