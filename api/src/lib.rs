//! The REST contract of SIAKAD: the JSON of every resource and request, the problem document of every refusal,
//! the list of routes and, behind the feature `client`, a typed client.
//!
//! What holds everywhere:
//!
//! * Ids are opaque strings. Times are RFC 3339 in UTC. Enumerations are words in snake case.
//! * What is absent is `null`; a request may leave it out. A request with an unknown field is refused.
//! * Lists are pages ([`Page`]): `?limit=&cursor=`, `next_cursor` in the body and `Link: <..>; rel="next"`.
//! * A refusal is a [`Problem`] (RFC 9457) whose `reason` is a stable word.
//! * A versioned resource carries `version` and an `ETag`; changing it needs `If-Match` with what was read.

mod account;
mod admission;
mod allocation;
mod approval;
mod bulk;
mod class;
mod course;
mod curriculum;
mod hold;
mod home;
mod package;
mod page;
mod period;
mod plan;
mod policy;
mod prerequisite;
mod problem;
mod result;
mod room;
mod scale;
mod session;
mod sheet;
mod status;
mod structure;
mod student;
mod waiting;
mod word;

pub mod limits;
pub mod routes;

#[cfg(feature = "client")]
pub mod client;

pub use account::{Account, AccountQuery, PasswordChange, Role, RoleKind, RoleScope};
pub use admission::{Admission, AdmissionState};
pub use allocation::{
    Allocation, AllocationInput, AllocationOutcome, AllocationQuery, AllocationState, Wish, Wishes, WishesInput,
};
pub use approval::{PlanActor, PlanCount, PlanDeed, PlanLocks, PlanQuery, PlanQueue, PlanRow, PlanStep, ReturnInput};
pub use bulk::{
    Approval, ApprovalInput, ApprovalOutcome, ApprovalState, Delegation, DelegationInput, DelegationQuery, PlanRef,
};
pub use class::{
    Class, ClassInput, ClassLecturer, ClassLecturerInput, ClassQuery, ClassState, Exam, ExamKind, Meeting,
    MeetingInput, SeatReservation, SeatReservationInput,
};
#[cfg(feature = "client")]
pub use client::Client;
pub use course::{Course, CourseInput, CourseQuery, RequirementKind};
pub use curriculum::{Curriculum, CurriculumCourse, CurriculumCourseInput, CurriculumInput, CurriculumQuery};
pub use hold::{Hold, HoldInput, HoldKind, WaiverInput};
pub use home::{Home, LecturerHome, OfficeHome, Part, StudentHome};
pub use package::{Package, PackageInput, PackageQuery, PackageTake};
pub use page::{Page, PageQuery};
pub use period::{
    NewPeriod, Period, PeriodInput, PeriodState, Registration, SeatPolicy, Window, WindowKind, WindowScope,
};
pub use plan::{
    Ceiling, CeilingReason, Choice, ChoiceQuery, ItemInput, Plan, PlanItem, PlanState, SwapInput, VoidInput,
    WaitingPlace,
};
pub use policy::{EffectivePolicy, EffectiveQuery, Policy, PolicyField, PolicyInput, PolicyQuery, PolicyScope};
pub use prerequisite::{
    Condition, ConditionGroup, ConditionGroupInput, ConditionInput, ConditionKind, EquivalentCourse, Equivalents,
    EquivalentsInput, Prerequisites, PrerequisitesInput,
};
pub use problem::{Problem, ProblemError, Refusal};
pub use result::{CourseResult, Person, Semester, SemesterResult, Semesters, Transcript};
pub use room::{Room, RoomInput};
pub use scale::{RepeatPolicy, Scale, ScaleInput, ScaleQuery, ScaleStep};
pub use session::{Login, Refresh, Tokens};
pub use sheet::{
    Component, ComponentInput, ComponentsInput, EntryWindow, LetterCount, Score, ScoreInput, ScoresInput, ScoresSet,
    Sheet, SheetQuery, SheetRow, SheetRowInput, SheetState, SheetSummary,
};
pub use status::{PeriodStatus, StatusInput, StatusKind};
pub use structure::{DegreeLevel, Faculty, Lecturer, LecturerQuery, Programme, ProgrammeQuery};
pub use student::{Gender, Student, StudentInput, StudentOrder, StudentQuery};
pub use waiting::{Trading, WaitingInput, WaitingStudent};
pub use word::UnknownWord;

/// A moment: RFC 3339 on the wire.
pub use jiff::Timestamp;
