//! Which files an import has, their columns, and how a line becomes a message: `docs/import.md`.

use proto::course::v1 as course;
use proto::student::v1 as student;

/// One line of a file, as the service that owns it takes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    /// For student-svc.
    Student(student::import_row::Row),
    /// For course-svc.
    Course(course::import_row::Row),
}

/// A file of an import.
pub(crate) struct File {
    /// Name in the folder.
    pub(crate) name: &'static str,
    /// Headings: the fields of the contract's row, in its order.
    pub(crate) columns: &'static [&'static str],
    /// Those of the columns that hold a moment, which the client resolves.
    pub(crate) moments: &'static [&'static str],
    /// Makes the message of one field per column.
    pub(crate) row: fn(Vec<String>) -> Row,
}

macro_rules! file {
    ($name:literal, $side:ident, $service:ident, $kind:ident, $message:ident { $($field:ident),+ $(,)? }, moments: $moments:expr) => {
        File {
            name: $name,
            columns: &[$(stringify!($field)),+],
            moments: &$moments,
            row: |fields| {
                let mut fields = fields.into_iter();
                $(let $field = fields.next().unwrap_or_default();)+
                Row::$side($service::import_row::Row::$kind($service::$message { $($field),+ }))
            },
        }
    };
}

/// Every file, in the order in which rows are sent: what is referred to comes first.
pub(crate) const FILES: &[File] = &[
    file!("faculties.csv", Student, student, Faculty, FacultyRow { code, name }, moments: []),
    file!(
        "programmes.csv", Student, student, Programme,
        ProgrammeRow { code, name, degree_level, faculty, pddikti_id }, moments: []
    ),
    file!(
        "lecturers.csv", Student, student, Lecturer,
        LecturerRow { number, name, programme, email, number_kind }, moments: []
    ),
    file!(
        "students.csv", Student, student, Student,
        StudentRow {
            nim, name, programme, entry_period, advisor, email, phone, national_id, gender, birth_place, birth_date,
            mother_name,
        },
        moments: []
    ),
    file!("statuses.csv", Student, student, Status, StatusRow { nim, period, status }, moments: []),
    file!("holds.csv", Student, student, Hold, HoldRow { nim, kind, note, waived_until }, moments: ["waived_until"]),
    file!(
        "courses.csv", Course, course, Course,
        CourseRow {
            programme, code, name, name_en, credits_lecture, credits_practice, credits_field, credits_simulation,
            requirement_kind, semester,
        },
        moments: []
    ),
    file!("rooms.csv", Course, course, Room, RoomRow { code, name, capacity }, moments: []),
    file!("periods.csv", Course, course, Period, PeriodRow { code, state }, moments: []),
    file!(
        "windows.csv", Course, course, Window,
        WindowRow { period, kind, scope, scope_key, opens_at, closes_at }, moments: ["opens_at", "closes_at"]
    ),
    file!(
        "classes.csv", Course, course, Class,
        ClassRow { period, programme, course, name, capacity, lecturers, state }, moments: []
    ),
    file!(
        "meetings.csv", Course, course, Meeting,
        MeetingRow { period, programme, course, name, day, start, end, room }, moments: []
    ),
    file!("plans.csv", Course, course, Plan, PlanRow { nim, period, programme, course, name }, moments: []),
];

/// The key that course-svc must take for good because this import brings it; `None` for rows that nobody refers to.
pub(crate) fn announcement(row: &student::import_row::Row) -> Option<course::announcement::Key> {
    use course::announcement::Key;
    use student::import_row::Row;
    match row {
        Row::Faculty(row) => Some(Key::Faculty(row.code.clone())),
        Row::Programme(row) => Some(Key::Programme(row.code.clone())),
        Row::Lecturer(row) => Some(Key::Lecturer(row.number.clone())),
        Row::Student(row) => Some(Key::Student(row.nim.clone())),
        Row::Status(_) | Row::Hold(_) => None,
    }
}
