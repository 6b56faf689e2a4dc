//! Classes: a course in a period, with seats and a timetable.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;
use crate::{Course, WindowScope};

words! {
    /// Whether a class takes students.
    ClassState {
        /// Takes students while a window is open.
        Open = "open",
        /// Takes no more students.
        Closed = "closed",
    }
}

/// A weekly meeting of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meeting {
    /// Day of the week, 1 Monday to 7 Sunday.
    #[schema(minimum = 1, maximum = 7, example = 1)]
    pub day: u32,
    /// Minute of the day at which it begins, campus time.
    #[schema(minimum = 0, maximum = 1439, example = 480)]
    pub start_minute: u32,
    /// Minute of the day at which it is over.
    #[schema(minimum = 1, maximum = 1440, example = 580)]
    pub end_minute: u32,
    /// Room; `null` when none is assigned.
    pub room_id: Option<String>,
    /// The room's code, for display.
    #[schema(example = "A.2.03")]
    pub room_code: Option<String>,
}

/// A lecturer of a class (dosen pengampu).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClassLecturer {
    /// Lecturer.
    pub lecturer_id: String,
    /// Name, for display; `null` while it has not arrived.
    #[schema(example = "Dr. Rahmat Hidayat, M.Kom.")]
    pub name: Option<String>,
    /// Leads the class and answers for its grades.
    pub lead: bool,
}

words! {
    /// Which exam.
    ExamKind {
        /// Mid-term (UTS).
        Uts = "uts",
        /// Final (UAS).
        Uas = "uas",
    }
}

/// An exam of a class. Exams of the classes of one plan must not clash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exam {
    /// Which.
    pub kind: ExamKind,
    /// Day.
    #[schema(min_length = 10, max_length = 10, format = Date, example = "2026-10-19")]
    pub date: String,
    /// Minute of the day at which it begins, campus time.
    #[schema(minimum = 0, maximum = 1439, example = 480)]
    pub start_minute: u32,
    /// Minute of the day at which it is over; after `start_minute`.
    #[schema(minimum = 1, maximum = 1440, example = 600)]
    pub end_minute: u32,
}

/// Seats of a class that are kept for a faculty, a study programme or a cohort. Who has a claim uses them first; when only
/// they are left, others are refused by `seats-reserved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatReservation {
    /// For whom; never the whole university.
    pub scope: WindowScope,
    /// Code of the faculty or programme, or year of the cohort.
    #[schema(example = "2024")]
    pub scope_key: String,
    /// How many seats.
    #[schema(minimum = 1, maximum = 1000, example = 10)]
    pub seats: u32,
    /// How many of them are taken; 0 for those who are not logged in.
    #[schema(example = 4)]
    pub taken: u32,
    /// The first moment at which the free ones are everybody's; `null` for never.
    pub until: Option<Timestamp>,
}

/// Kept seats as an admin writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatReservationInput {
    /// For whom; never the whole university.
    pub scope: WindowScope,
    /// Code of the faculty or programme, or year of the cohort.
    #[schema(min_length = 1, max_length = 20, example = "2024")]
    pub scope_key: String,
    /// How many seats; all of a class together no more than its capacity.
    #[schema(minimum = 1, maximum = 1000, example = 10)]
    pub seats: u32,
    /// The first moment at which the free ones are everybody's; never when left out.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// A section of a course in a period (kelas).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Class {
    /// Opaque id.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub id: String,
    /// Period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// Course, in full.
    pub course: Course,
    /// Name, unique for the course in the period.
    #[schema(max_length = 5, example = "A")]
    pub name: String,
    /// Seats.
    #[schema(minimum = 1, maximum = 1000, example = 40)]
    pub capacity: u32,
    /// Seats taken; `null` for those who are not logged in.
    #[schema(example = 17)]
    pub taken: Option<u32>,
    /// Freed seats that are kept for the waiting list; 0 for those who are not logged in.
    #[schema(example = 0)]
    pub reserved: u32,
    /// People on the waiting list; 0 for those who are not logged in.
    #[schema(example = 0)]
    pub waiting: u32,
    /// Weekly meetings.
    pub meetings: Vec<Meeting>,
    /// Lecturers, the leading one first.
    pub lecturers: Vec<ClassLecturer>,
    /// Exams, earliest first.
    pub exams: Vec<Exam>,
    /// Seats that are kept for some students.
    pub reservations: Vec<SeatReservation>,
    /// Whether it takes students.
    pub state: ClassState,
    /// Version of the offering, from 1. Seats taken do not change it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A weekly meeting as an admin writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingInput {
    /// Day of the week, 1 Monday to 7 Sunday.
    #[schema(minimum = 1, maximum = 7, example = 1)]
    pub day: u32,
    /// Minute of the day at which it begins, campus time.
    #[schema(minimum = 0, maximum = 1439, example = 480)]
    pub start_minute: u32,
    /// Minute of the day at which it is over; after `start_minute`.
    #[schema(minimum = 1, maximum = 1440, example = 580)]
    pub end_minute: u32,
    /// Room.
    #[serde(default)]
    #[schema(max_length = 36)]
    pub room_id: Option<String>,
}

/// A lecturer of a class as an admin writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassLecturerInput {
    /// Lecturer.
    #[schema(min_length = 1, max_length = 36)]
    pub lecturer_id: String,
    /// Leads the class and answers for its grades.
    #[serde(default)]
    pub lead: bool,
}

/// A class as an admin writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassInput {
    /// Period. Cannot change.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20261")]
    pub period_code: String,
    /// Course. Cannot change.
    #[schema(min_length = 1, max_length = 36)]
    pub course_id: String,
    /// Name, unique for the course in the period.
    #[schema(min_length = 1, max_length = 5, example = "A")]
    pub name: String,
    /// Seats.
    #[schema(minimum = 1, maximum = 1000, example = 40)]
    pub capacity: u32,
    /// Weekly meetings.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub meetings: Vec<MeetingInput>,
    /// Lecturers, none of them twice; at most one leads.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub lecturers: Vec<ClassLecturerInput>,
    /// Exams; left out or `null` keeps those that are set.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub exams: Option<Vec<Exam>>,
    /// Seats that are kept for some students, in the order in which they are used; each scope once. Left out or `null` keeps
    /// those that are set.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub reservations: Option<Vec<SeatReservationInput>>,
    /// Whether it takes students.
    pub state: ClassState,
}

/// Defines a query for classes: the filter that the catalogue and a student's choices share, between fields of its own.
/// (Flattening one struct into another loses the numbers: the parts of a query are texts.)
macro_rules! class_query {
    ($(#[$about:meta])* $name:ident { $($(#[$first:meta])* $before:ident: $before_type:ty,)* .. $($(#[$last:meta])* $after:ident: $after_type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$first])* pub $before: $before_type,)*
            /// Rows wanted, 1 to 200; 50 when left out.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(minimum = 1, maximum = 200, example = 50)]
            pub limit: Option<u32>,
            /// `next_cursor` of the page before; the first page when left out.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(max_length = 1024)]
            pub cursor: Option<String>,
            /// Part of the course's name, the beginning of its code, or either as a whole with the class's name after it
            /// (`IF201 A`).
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(max_length = 100)]
            pub search: Option<String>,
            /// Only of courses that this study programme owns or has in a curriculum.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(max_length = 64)]
            pub programme_id: Option<String>,
            /// Only with a meeting on this day, 1 Monday to 7 Sunday.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(minimum = 1, maximum = 7)]
            pub day: Option<u32>,
            /// Only of this course.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(max_length = 64)]
            pub course_id: Option<String>,
            /// Only of this lecturer.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[param(max_length = 64)]
            pub lecturer_id: Option<String>,
            $($(#[$last])* pub $after: $after_type,)*
        }
    };
}
pub(crate) use class_query;

class_query! {
    /// Which classes.
    ClassQuery {
        /// Period; required.
        #[param(required = true, min_length = 5, max_length = 5, example = "20261")]
        period: String,
        ..
    }
}
