//! A rule that says no, with the facts that its sentence needs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::reasons;
use crate::rules::allocation::AllocationState;
use crate::rules::credits::CeilingReason;
use crate::rules::eligibility::{HoldKind, Status};
use crate::rules::exam::Exam;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan_state::PlanState;
use crate::rules::registration::SeatPolicy;
use crate::rules::schedule::{Clash, Slot};
use crate::rules::window::Scope;

/// One rule that says no. Words and facts are described in [`crate::reasons`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each variant is one word of crate::reasons, which describes it with its facts; `Of` is one of the others about \
              one class of a plan, with the facts `of` and `of_id` besides its own"
)]
pub enum Refusal {
    PeriodNotActive { period: PeriodCode, state: PeriodState },
    KrsNotOpenYet { opens_at: Timestamp, closes_at: Timestamp },
    KrsClosed { closed_at: Timestamp },
    KrsNoWindow,
    AllocationPending { state: AllocationState },
    AllocationStarted { started_at: Timestamp },
    NoAllocation { seat_policy: SeatPolicy },
    AdmissionWaiting { admitted_at: Timestamp, place: u32 },
    AdmissionNeeded,
    PlanSubmitted,
    PlanApproved,
    PlanLocked,
    PlanVoid,
    PlanState { state: PlanState, wanted: PlanState },
    PlanEmpty,
    PackageOnly { semester: u32, semesters: u32 },
    ApprovalNotOpen { opens_at: Timestamp, closes_at: Timestamp },
    ApprovalStillOpen { closes_at: Timestamp },
    RevisionNotOpen { opens_at: Timestamp, closes_at: Timestamp },
    RevisionClosed { closed_at: Timestamp },
    RevisionNoWindow,
    Of { class: String, class_id: String, refusal: Box<Refusal> },
    GpaPending { period: PeriodCode, pending: u32 },
    ResultsUnknown,
    StatusUnknown,
    StatusInactive,
    StatusOnLeave,
    StatusNotRegistering { status: Status },
    StudentLeft { exit_kind: String },
    Hold { kind: HoldKind, note: String },
    HoldUnknown,
    ClassAlreadyTaken { class: String },
    CourseAlreadyTaken { class: String, class_id: String },
    ClassClosed,
    ClassFull { capacity: u32, taken: u32 },
    SeatsReserved { capacity: u32, taken: u32, reserved: u32, scopes: Vec<Scope> },
    SeatFree,
    AlreadyWaiting,
    WaitingLimit { limit: u32 },
    ScheduleClash { class: String, class_id: String, clash: Clash },
    ExamClash { class: String, class_id: String, exam: Exam },
    CreditLimit { wanted: u32, ceiling: u32, reason: CeilingReason },
    CreditMinimum { credits: u32, minimum: u32 },
    PrerequisiteUnmet { group: u32, wanted: String, have: String },
    PrerequisitePending { course: String },
    RepeatNotAllowed { course: String, letter: String, wanted: String },
    RepeatLimit { course: String, attempts: u32, most: u32 },
    RepeatPending { course: String },
    PrerequisiteCycle { courses: Vec<String> },
    PeriodOver { period: PeriodCode, state: PeriodState },
    PeriodStateOrder { from: PeriodState, to: PeriodState },
    PeriodHasPlans { students: u64 },
    RoomClash { room: String, class: String, slot: Slot },
    LecturerClash { lecturer: String, class: String, slot: Slot },
    RoomTooSmall { room: String, room_capacity: u32, capacity: u32 },
    MeetingsOverlap { slot: Slot },
    StudentsWouldClash { students: usize, class: String, slot: Slot },
    StudentsExamsWouldClash { students: usize, class: String, exam: Exam },
    ClassHasStudents { taken: u32 },
    ClassHasWaiting { waiting: u32 },
    ClassHasWishes { wishes: u32 },
    ClassInPackage { packages: u32 },
    CourseHasPlans { students: u32 },
}

/// Facts by name.
type Facts = BTreeMap<&'static str, String>;

impl Refusal {
    /// Its reason word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::PeriodNotActive { .. } => reasons::PERIOD_NOT_ACTIVE,
            Self::KrsNotOpenYet { .. } => reasons::KRS_NOT_OPEN_YET,
            Self::KrsClosed { .. } => reasons::KRS_CLOSED,
            Self::KrsNoWindow => reasons::KRS_NO_WINDOW,
            Self::AllocationPending { .. } => reasons::ALLOCATION_PENDING,
            Self::AllocationStarted { .. } => reasons::ALLOCATION_STARTED,
            Self::NoAllocation { .. } => reasons::NO_ALLOCATION,
            Self::AdmissionWaiting { .. } => reasons::ADMISSION_WAITING,
            Self::AdmissionNeeded => reasons::ADMISSION_NEEDED,
            Self::PlanSubmitted => reasons::PLAN_SUBMITTED,
            Self::PlanApproved => reasons::PLAN_APPROVED,
            Self::PlanLocked => reasons::PLAN_LOCKED,
            Self::PlanVoid => reasons::PLAN_VOID,
            Self::PlanState { .. } => reasons::PLAN_STATE,
            Self::PlanEmpty => reasons::PLAN_EMPTY,
            Self::PackageOnly { .. } => reasons::PACKAGE_ONLY,
            Self::ApprovalNotOpen { .. } => reasons::APPROVAL_NOT_OPEN,
            Self::ApprovalStillOpen { .. } => reasons::APPROVAL_STILL_OPEN,
            Self::RevisionNotOpen { .. } => reasons::REVISION_NOT_OPEN,
            Self::RevisionClosed { .. } => reasons::REVISION_CLOSED,
            Self::RevisionNoWindow => reasons::REVISION_NO_WINDOW,
            Self::Of { refusal, .. } => refusal.reason(),
            Self::GpaPending { .. } => reasons::GPA_PENDING,
            Self::ResultsUnknown => reasons::RESULTS_UNKNOWN,
            Self::StatusUnknown => reasons::STATUS_UNKNOWN,
            Self::StatusInactive => reasons::STATUS_INACTIVE,
            Self::StatusOnLeave => reasons::STATUS_ON_LEAVE,
            Self::StatusNotRegistering { .. } => reasons::STATUS_NOT_REGISTERING,
            Self::StudentLeft { .. } => reasons::STUDENT_LEFT,
            Self::Hold { kind: HoldKind::Tuition, .. } => reasons::HOLD_TUITION,
            Self::Hold { kind: HoldKind::Library, .. } => reasons::HOLD_LIBRARY,
            Self::Hold { kind: HoldKind::Academic, .. } => reasons::HOLD_ACADEMIC,
            Self::Hold { kind: HoldKind::Document, .. } => reasons::HOLD_DOCUMENT,
            Self::HoldUnknown => reasons::HOLD_UNKNOWN,
            Self::ClassAlreadyTaken { .. } => reasons::CLASS_ALREADY_TAKEN,
            Self::CourseAlreadyTaken { .. } => reasons::COURSE_ALREADY_TAKEN,
            Self::ClassClosed => reasons::CLASS_CLOSED,
            Self::ClassFull { .. } => reasons::CLASS_FULL,
            Self::SeatsReserved { .. } => reasons::SEATS_RESERVED,
            Self::SeatFree => reasons::SEAT_FREE,
            Self::AlreadyWaiting => reasons::ALREADY_WAITING,
            Self::WaitingLimit { .. } => reasons::WAITING_LIMIT,
            Self::ScheduleClash { .. } => reasons::SCHEDULE_CLASH,
            Self::ExamClash { .. } => reasons::EXAM_CLASH,
            Self::CreditLimit { .. } => reasons::CREDIT_LIMIT,
            Self::CreditMinimum { .. } => reasons::CREDIT_MINIMUM,
            Self::PrerequisiteUnmet { .. } => reasons::PREREQUISITE_UNMET,
            Self::PrerequisitePending { .. } => reasons::PREREQUISITE_PENDING,
            Self::RepeatNotAllowed { .. } => reasons::REPEAT_NOT_ALLOWED,
            Self::RepeatLimit { .. } => reasons::REPEAT_LIMIT,
            Self::RepeatPending { .. } => reasons::REPEAT_PENDING,
            Self::PrerequisiteCycle { .. } => reasons::PREREQUISITE_CYCLE,
            Self::PeriodOver { .. } => reasons::PERIOD_OVER,
            Self::PeriodStateOrder { .. } => reasons::PERIOD_STATE_ORDER,
            Self::PeriodHasPlans { .. } => reasons::PERIOD_HAS_PLANS,
            Self::RoomClash { .. } => reasons::ROOM_CLASH,
            Self::LecturerClash { .. } => reasons::LECTURER_CLASH,
            Self::RoomTooSmall { .. } => reasons::ROOM_TOO_SMALL,
            Self::MeetingsOverlap { .. } => reasons::MEETINGS_OVERLAP,
            Self::StudentsWouldClash { .. } => reasons::STUDENTS_WOULD_CLASH,
            Self::StudentsExamsWouldClash { .. } => reasons::STUDENTS_EXAMS_WOULD_CLASH,
            Self::ClassHasStudents { .. } => reasons::CLASS_HAS_STUDENTS,
            Self::ClassHasWaiting { .. } => reasons::CLASS_HAS_WAITING,
            Self::ClassHasWishes { .. } => reasons::CLASS_HAS_WISHES,
            Self::ClassInPackage { .. } => reasons::CLASS_IN_PACKAGE,
            Self::CourseHasPlans { .. } => reasons::COURSE_HAS_PLANS,
        }
    }

    /// Its facts as plain text: numbers decimal, times RFC 3339 or minutes of the day.
    pub fn facts(&self) -> Facts {
        match self {
            Self::KrsNoWindow
            | Self::RevisionNoWindow
            | Self::AdmissionNeeded
            | Self::PlanSubmitted
            | Self::PlanApproved
            | Self::PlanLocked
            | Self::PlanVoid
            | Self::PlanEmpty
            | Self::ResultsUnknown
            | Self::StatusUnknown
            | Self::StatusInactive
            | Self::StatusOnLeave
            | Self::HoldUnknown
            | Self::ClassClosed
            | Self::SeatFree
            | Self::AlreadyWaiting => Facts::new(),
            Self::PeriodNotActive { period, state } | Self::PeriodOver { period, state } => {
                facts([("period", period.to_string()), ("state", state.word().to_owned())])
            }
            Self::PlanState { state, wanted } => {
                facts([("state", state.word().to_owned()), ("wanted", wanted.word().to_owned())])
            }
            Self::Of { class, class_id, refusal } => {
                let mut facts = refusal.facts();
                facts.extend([("of", class.clone()), ("of_id", class_id.clone())]);
                facts
            }
            Self::GpaPending { period, pending } => {
                facts([("period", period.to_string()), ("pending", pending.to_string())])
            }
            Self::KrsNotOpenYet { opens_at, closes_at }
            | Self::ApprovalNotOpen { opens_at, closes_at }
            | Self::RevisionNotOpen { opens_at, closes_at } => {
                facts([("opens_at", opens_at.to_string()), ("closes_at", closes_at.to_string())])
            }
            Self::AllocationPending { state } => facts([("state", state.word().to_owned())]),
            Self::AllocationStarted { started_at } => facts([("started_at", started_at.to_string())]),
            Self::NoAllocation { seat_policy } => facts([("seat_policy", seat_policy.word().to_owned())]),
            Self::AdmissionWaiting { admitted_at, place } => {
                facts([("admitted_at", admitted_at.to_string()), ("place", place.to_string())])
            }
            Self::KrsClosed { closed_at } | Self::RevisionClosed { closed_at } => {
                facts([("closed_at", closed_at.to_string())])
            }
            Self::ApprovalStillOpen { closes_at } => facts([("closes_at", closes_at.to_string())]),
            Self::StudentLeft { exit_kind } => facts([("exit_kind", exit_kind.clone())]),
            Self::Hold { note, .. } => facts([("note", note.clone())]),
            Self::ClassAlreadyTaken { class } => facts([("class", class.clone())]),
            Self::CourseAlreadyTaken { class, class_id } => {
                facts([("class", class.clone()), ("class_id", class_id.clone())])
            }
            Self::ClassFull { capacity, taken } => {
                facts([("capacity", capacity.to_string()), ("taken", taken.to_string())])
            }
            Self::ScheduleClash { class, class_id, clash: Clash { slot, shared } } => at(
                *slot,
                [
                    ("class", class.clone()),
                    ("class_id", class_id.clone()),
                    ("shared_start", shared.start().to_string()),
                    ("shared_end", shared.end().to_string()),
                ],
            ),
            Self::CreditLimit { wanted, ceiling, reason } => facts([
                ("wanted", wanted.to_string()),
                ("ceiling", ceiling.to_string()),
                ("ceiling_reason", reason.word().to_owned()),
            ]),
            Self::PrerequisiteUnmet { group, wanted, have } => {
                facts([("group", group.to_string()), ("wanted", wanted.clone()), ("have", have.clone())])
            }
            Self::CreditMinimum { credits, minimum } => {
                facts([("credits", credits.to_string()), ("minimum", minimum.to_string())])
            }
            Self::PackageOnly { semester, semesters } => {
                facts([("semester", semester.to_string()), ("semesters", semesters.to_string())])
            }
            Self::StatusNotRegistering { status } => facts([("status", status.letter().to_owned())]),
            Self::SeatsReserved { capacity, taken, reserved, scopes } => {
                let scope = |scope: &Scope| format!("{}:{}", scope.word(), scope.key());
                facts([
                    ("capacity", capacity.to_string()),
                    ("taken", taken.to_string()),
                    ("reserved", reserved.to_string()),
                    ("for", scopes.iter().map(scope).collect::<Vec<_>>().join("|")),
                ])
            }
            Self::ExamClash { class, class_id, exam } => {
                on(*exam, [("class", class.clone()), ("class_id", class_id.clone())])
            }
            Self::RepeatNotAllowed { course, letter, wanted } => {
                facts([("course", course.clone()), ("letter", letter.clone()), ("wanted", wanted.clone())])
            }
            Self::RepeatLimit { course, attempts, most } => {
                facts([("course", course.clone()), ("attempts", attempts.to_string()), ("most", most.to_string())])
            }
            Self::RepeatPending { course } => facts([("course", course.clone())]),
            Self::PrerequisitePending { course } => facts([("course", course.clone())]),
            Self::PrerequisiteCycle { courses } => facts([("courses", courses.join(" > "))]),
            Self::PeriodStateOrder { from, to } => {
                facts([("from", from.word().to_owned()), ("to", to.word().to_owned())])
            }
            Self::PeriodHasPlans { students } => facts([("students", students.to_string())]),
            Self::RoomClash { room, class, slot } => at(*slot, [("room", room.clone()), ("class", class.clone())]),
            Self::LecturerClash { lecturer, class, slot } => {
                at(*slot, [("lecturer", lecturer.clone()), ("class", class.clone())])
            }
            Self::RoomTooSmall { room, room_capacity, capacity } => facts([
                ("room", room.clone()),
                ("room_capacity", room_capacity.to_string()),
                ("capacity", capacity.to_string()),
            ]),
            Self::MeetingsOverlap { slot } => at(*slot, []),
            Self::StudentsWouldClash { students, class, slot } => {
                at(*slot, [("students", students.to_string()), ("class", class.clone())])
            }
            Self::StudentsExamsWouldClash { students, class, exam } => {
                on(*exam, [("students", students.to_string()), ("class", class.clone())])
            }
            Self::ClassHasStudents { taken } => facts([("taken", taken.to_string())]),
            Self::ClassHasWaiting { waiting } => facts([("waiting", waiting.to_string())]),
            Self::ClassHasWishes { wishes } => facts([("wishes", wishes.to_string())]),
            Self::ClassInPackage { packages } => facts([("packages", packages.to_string())]),
            Self::WaitingLimit { limit } => facts([("limit", limit.to_string())]),
            Self::CourseHasPlans { students } => facts([("students", students.to_string())]),
        }
    }
}

fn facts<const N: usize>(pairs: [(&'static str, String); N]) -> Facts {
    pairs.into()
}

fn on<const N: usize>(exam: Exam, pairs: [(&'static str, String); N]) -> Facts {
    let mut facts = Facts::from(pairs);
    facts.insert("exam", exam.kind().word().to_owned());
    facts.insert("date", exam.day().to_string());
    facts.insert("start", exam.start().to_string());
    facts.insert("end", exam.end().to_string());
    facts
}

fn at<const N: usize>(slot: Slot, pairs: [(&'static str, String); N]) -> Facts {
    let mut facts = Facts::from(pairs);
    facts.insert("day", slot.day().to_string());
    facts.insert("start", slot.start().to_string());
    facts.insert("end", slot.end().to_string());
    facts
}
