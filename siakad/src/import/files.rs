//! Which files an import has, their columns, and how a line becomes a message: `docs/import.md`.

use proto::course::v1 as course;
use proto::grade::v1 as grade;
use proto::student::v1 as student;

/// One line of a file, as the service that owns it takes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    /// For student-svc.
    Student(student::import_row::Row),
    /// For course-svc.
    Course(course::import_row::Row),
    /// For grade-svc.
    Grade(grade::import_row::Row),
}

/// A file of an import.
pub(crate) struct File {
    /// Name in the folder.
    pub(crate) name: &'static str,
    /// Headings: the fields of the contract's row, in its order.
    pub(crate) columns: &'static [&'static str],
    /// Those of the columns that hold a moment, which the client resolves.
    pub(crate) moments: &'static [&'static str],
    /// Those of the columns that a file may lack, as files of an earlier version do; they are empty then.
    pub(crate) optional: &'static [&'static str],
    /// Makes the message of one field per column.
    pub(crate) row: fn(Vec<String>) -> Row,
}

macro_rules! file {
    (@names) => {
        &[]
    };
    (@names $names:expr) => {
        &$names
    };
    (
        $name:literal, $side:ident, $service:ident, $kind:ident, $message:ident { $($field:ident),+ $(,)? }
        $(, moments: $moments:expr)? $(, optional: $optional:expr)?
    ) => {
        File {
            name: $name,
            columns: &[$(stringify!($field)),+],
            moments: file!(@names $($moments)?),
            optional: file!(@names $($optional)?),
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
    file!("faculties.csv", Student, student, Faculty, FacultyRow { code, name }),
    file!(
        "programmes.csv",
        Student,
        student,
        Programme,
        ProgrammeRow { code, name, degree_level, faculty, pddikti_id }
    ),
    file!("lecturers.csv", Student, student, Lecturer, LecturerRow { number, name, programme, email, number_kind }),
    file!(
        "students.csv",
        Student,
        student,
        Student,
        StudentRow {
            nim,
            name,
            programme,
            entry_period,
            advisor,
            email,
            phone,
            national_id,
            gender,
            birth_place,
            birth_date,
            mother_name,
        }
    ),
    file!("statuses.csv", Student, student, Status, StatusRow { nim, period, status }),
    file!("holds.csv", Student, student, Hold, HoldRow { nim, kind, note, waived_until }, moments: ["waived_until"]),
    file!(
        "courses.csv",
        Course,
        course,
        Course,
        CourseRow {
            programme,
            code,
            name,
            name_en,
            credits_lecture,
            credits_practice,
            credits_field,
            credits_simulation,
            requirement_kind,
            semester,
        }
    ),
    file!(
        "curricula.csv",
        Course,
        course,
        Curriculum,
        CurriculumRow { programme, name, start_period, credits_required, credits_compulsory, credits_elective }
    ),
    file!(
        "curriculum_courses.csv",
        Course,
        course,
        CurriculumCourse,
        CurriculumCourseRow { programme, curriculum, course_programme, course, semester, requirement_kind }
    ),
    file!(
        "prerequisites.csv",
        Course,
        course,
        Prerequisite,
        PrerequisiteRow { programme, course, group, kind, required_programme, required_course, minimum, min_points }
    ),
    file!(
        "equivalents.csv",
        Course,
        course,
        Equivalent,
        EquivalentRow { programme, course, equivalent_programme, equivalent_course }
    ),
    file!("rooms.csv", Course, course, Room, RoomRow { code, name, capacity }),
    file!("periods.csv", Course, course, Period, PeriodRow { code, state }),
    file!(
        "windows.csv", Course, course, Window,
        WindowRow { period, kind, scope, scope_key, opens_at, closes_at }, moments: ["opens_at", "closes_at"]
    ),
    file!(
        "classes.csv",
        Course,
        course,
        Class,
        ClassRow { period, programme, course, name, capacity, lecturers, state }
    ),
    file!(
        "meetings.csv",
        Course,
        course,
        Meeting,
        MeetingRow { period, programme, course, name, day, start, end, room }
    ),
    file!(
        "plans.csv", Course, course, Plan,
        PlanRow { nim, period, programme, course, name, state }, optional: ["state"]
    ),
    file!("scales.csv", Grade, grade, Scale, ScaleRow { programme, start_period, pass_points, repeat_policy }),
    file!(
        "scale_steps.csv",
        Grade,
        grade,
        ScaleStep,
        ScaleStepRow { programme, start_period, letter, min_score, points }
    ),
    file!("components.csv", Grade, grade, Component, ComponentRow { period, programme, course, class, name, weight }),
    file!("scores.csv", Grade, grade, Score, ScoreRow { nim, period, programme, course, class, component, score }),
    file!("grades.csv", Grade, grade, Grade, GradeRow { nim, period, programme, course, class, letter, score }),
];
