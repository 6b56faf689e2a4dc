//! Reason words of course-svc, with the facts that come with them. Stable: a word never changes its meaning
//! (docs/ERRORS.md). Words of refusals first, in the order in which a page shows them; words of fields last.

/// The period is not active. Facts: `period`, `state`.
pub const PERIOD_NOT_ACTIVE: &str = "period-not-active";
/// The next KRS window for this student opens later. Facts: `opens_at`, `closes_at` (RFC 3339).
pub const KRS_NOT_OPEN_YET: &str = "krs-not-open-yet";
/// The last KRS window for this student is over. Facts: `closed_at` (RFC 3339).
pub const KRS_CLOSED: &str = "krs-closed";
/// The seats of the period are given by an allocation that is not done: wish for classes, or wait for the result. Fact
/// `state` (`pending` or `running`).
pub const ALLOCATION_PENDING: &str = "allocation-pending";
/// The allocation of the period was started: its wishes stay as they are, and it runs once. Fact `started_at` (RFC 3339).
pub const ALLOCATION_STARTED: &str = "allocation-started";
/// The seats of the period are not given by wishes. Fact `seat_policy` (`at_add` or `at_submit`).
pub const NO_ALLOCATION: &str = "no-allocation";
/// The student is in line at the opening and not admitted yet. Facts: `admitted_at` (RFC 3339), `place` (from 1).
pub const ADMISSION_WAITING: &str = "admission-waiting";
/// Students are in line at the opening, and the command came without a good ticket of this student's place: enter first.
pub const ADMISSION_NEEDED: &str = "admission-needed";
/// The period has no KRS window for this student.
pub const KRS_NO_WINDOW: &str = "krs-no-window";
/// The plan is with the advisor: withdraw it to change it.
pub const PLAN_SUBMITTED: &str = "plan-submitted";
/// The plan was approved: the student revises it in the revision window, or the advisor returns it.
pub const PLAN_APPROVED: &str = "plan-approved";
/// The plan is final.
pub const PLAN_LOCKED: &str = "plan-locked";
/// The plan is void: its seats were given back.
pub const PLAN_VOID: &str = "plan-void";
/// The plan is not in a state in which this can be done to it. Facts: `state` (`none`, `draft`, `submitted`, `returned`,
/// `approved`, `revising`, `locked` or `void`), `wanted`.
pub const PLAN_STATE: &str = "plan-state";
/// A plan without a class cannot be submitted.
pub const PLAN_EMPTY: &str = "plan-empty";
/// In these first semesters the office puts a package of classes into the plan, and the student does not choose. Facts:
/// `semester` (of study, from 1), `semesters` (how many are so).
pub const PACKAGE_ONLY: &str = "package-only";
/// The window in which advisors decide about this student's plan is not open. Facts: `opens_at`, `closes_at` (RFC 3339)
/// of the next one, else of the last.
pub const APPROVAL_NOT_OPEN: &str = "approval-not-open";
/// The office approves what is left over only when everybody else's time has passed. Facts: `closes_at` (RFC 3339) of the
/// window that is open or still to come.
pub const APPROVAL_STILL_OPEN: &str = "approval-still-open";
/// The next revision window for this student opens later. Facts: `opens_at`, `closes_at` (RFC 3339).
pub const REVISION_NOT_OPEN: &str = "revision-not-open";
/// The last revision window for this student is over. Facts: `closed_at` (RFC 3339).
pub const REVISION_CLOSED: &str = "revision-closed";
/// The period has no revision window for this student.
pub const REVISION_NO_WINDOW: &str = "revision-no-window";
/// A flag, not a refusal: the ceiling follows from an earlier IPS, because a later period still has grades to come. Facts:
/// `period`, `pending` (how many courses).
pub const GPA_PENDING: &str = "gpa-pending";
/// A flag, not a refusal: no result has arrived from grade-svc yet, and what follows from results was decided without.
pub const RESULTS_UNKNOWN: &str = "results-unknown";
/// The student, or the student's status in the period, has not arrived from student-svc yet.
pub const STATUS_UNKNOWN: &str = "status-unknown";
/// Not registered in the period (N).
pub const STATUS_INACTIVE: &str = "status-inactive";
/// On approved leave in the period (C).
pub const STATUS_ON_LEAVE: &str = "status-on-leave";
/// The status of the period is none that registers here. Fact `status`: its letter (`A`, `G` or `M`).
pub const STATUS_NOT_REGISTERING: &str = "status-not-registering";
/// The student has left the university. Facts: `exit_kind`.
pub const STUDENT_LEFT: &str = "student-left";
/// Unpaid tuition. Facts: `note`.
pub const HOLD_TUITION: &str = "hold-tuition";
/// A hold of the library. Facts: `note`.
pub const HOLD_LIBRARY: &str = "hold-library";
/// An academic or disciplinary hold. Facts: `note`.
pub const HOLD_ACADEMIC: &str = "hold-academic";
/// Missing documents. Facts: `note`.
pub const HOLD_DOCUMENT: &str = "hold-document";
/// A flag, not a refusal: holds have not arrived from student-svc yet, and were decided in the student's favour.
pub const HOLD_UNKNOWN: &str = "hold-unknown";
/// The class itself is in the plan already. Facts: `class` (names of course and class, as in every fact `class`).
pub const CLASS_ALREADY_TAKEN: &str = "class-already-taken";
/// Another class of the same course is in the plan. Facts: `class`, `class_id` of that one.
pub const COURSE_ALREADY_TAKEN: &str = "course-already-taken";
/// The class takes no more students.
pub const CLASS_CLOSED: &str = "class-closed";
/// Every seat is taken, or kept for those who wait. Facts: `capacity`, `taken`.
pub const CLASS_FULL: &str = "class-full";
/// The seats that are left are kept for others. Facts: `capacity`, `taken`, `reserved` (how many are left), `for` (for whom,
/// `programme:IF-S1|cohort:2024`).
pub const SEATS_RESERVED: &str = "seats-reserved";
/// The class has a seat that the student may take: there is nothing to wait for.
pub const SEAT_FREE: &str = "seat-free";
/// The student is on the waiting list of the class already.
pub const ALREADY_WAITING: &str = "already-waiting";
/// The student is on as many waiting lists of the period as one may be. Facts: `limit`.
pub const WAITING_LIMIT: &str = "waiting-limit";
/// A meeting shares a minute with one of a class in the plan. Facts: `class`, `class_id` of that one, and its slot:
/// `day` (1 Monday to 7 Sunday), `start`, `end` (minutes of the day); `shared_start`, `shared_end`: the minutes of both.
pub const SCHEDULE_CLASH: &str = "schedule-clash";
/// An exam shares a minute with one of a class in the plan. Facts: `class`, `class_id` of that one, and its exam: `exam`
/// (`uts` or `uas`), `date` (ISO 8601), `start`, `end` (minutes of the day).
pub const EXAM_CLASH: &str = "exam-clash";
/// More SKS than the ceiling. Facts: `wanted` (the plan with the class, without what does not count), `ceiling`,
/// `ceiling_reason` (`last-gpa`, `gpa-matrix`, `first-period`, `first-year`, `gpa-unknown`, `short-term`, `after-leave`,
/// `after-absence` or `with-course`).
pub const CREDIT_LIMIT: &str = "credit-limit";
/// Fewer SKS than a plan should have: a refusal of a submission where the campus binds to it, else a flag. Facts: `credits`,
/// `minimum`.
pub const CREDIT_MINIMUM: &str = "credit-minimum";

/// A group of the course's prerequisites is not met. Facts: `group` (from 1); `wanted`: its alternatives for a
/// program, `passed:IF101:C|taken:MA201|concurrent:IF102|credits:80|gpa:200` (codes; a letter or grade points in hundredths;
/// SKS; IPK in hundredths); `have`: letter, SKS or IPK in hundredths that the student has for the first, empty for nothing.
pub const PREREQUISITE_UNMET: &str = "prerequisite-unmet";
/// A flag, not a refusal: a prerequisite hangs on a grade of an earlier period that is not published yet. Fact
/// `course`: code of the course whose grade is awaited.
pub const PREREQUISITE_PENDING: &str = "prerequisite-pending";

/// The result of the course is too good for taking it once more. Facts: `course` (code), `letter` of the counted result,
/// `wanted` (`at-most:200`: no more than these points; `below:300`: not passed with so many; in hundredths).
pub const REPEAT_NOT_ALLOWED: &str = "repeat-not-allowed";
/// The course was taken as often as it may be. Facts: `course` (code), `attempts`, `most`.
pub const REPEAT_LIMIT: &str = "repeat-limit";
/// A flag, not a refusal: whether the course may be taken once more hangs on a grade that is not published yet. Fact
/// `course`: its code.
pub const REPEAT_PENDING: &str = "repeat-pending";

/// The course would, over others, ask for itself. Fact: `courses`, codes in order, the first once more at the end.
pub const PREREQUISITE_CYCLE: &str = "prerequisite-cycle";
/// The study programme has a curriculum of this name.
pub const CURRICULUM_EXISTS: &str = "curriculum-exists";
/// There is no such curriculum, neither here nor in the import. Facts `programme` and `curriculum` in an import.
pub const UNKNOWN_CURRICULUM: &str = "unknown-curriculum";
/// Rows of one plan name different states. Facts `state`, `file` and `line` of the row before.
pub const PLAN_STATES_DIFFER: &str = "plan-states-differ";

/// The period is closed or reported: what was offered in it stays as it was. Facts: `period`, `state`.
pub const PERIOD_OVER: &str = "period-over";
/// A period cannot go back like this. Facts: `from`, `to`.
pub const PERIOD_STATE_ORDER: &str = "period-state-order";
/// The period cannot be planned again: students have plans in it. Facts: `students` (how many).
pub const PERIOD_HAS_PLANS: &str = "period-has-plans";
/// A meeting needs a room that another class uses in that hour. Facts: `room`, `class`, `day`, `start`, `end`.
pub const ROOM_CLASH: &str = "room-clash";
/// A lecturer teaches another class in that hour. Facts: `lecturer`, `class`, `day`, `start`, `end`.
pub const LECTURER_CLASH: &str = "lecturer-clash";
/// The class has more seats than a room that it meets in. Facts: `room`, `room_capacity`, `capacity`.
pub const ROOM_TOO_SMALL: &str = "room-too-small";
/// Two meetings of the class clash with each other. Facts: `day`, `start`, `end` of the later one.
pub const MEETINGS_OVERLAP: &str = "meetings-overlap";
/// The new meetings would clash with other classes in the plans of students who have a seat. Facts: `students` (how
/// many), `class` (one of the other classes), `day`, `start`, `end`.
pub const STUDENTS_WOULD_CLASH: &str = "students-would-clash";
/// The new exams would clash with those of other classes in the plans of students who have a seat. Facts: `students` (how
/// many), `class` (one of the other classes), and its exam: `exam` (`uts` or `uas`), `date` (ISO 8601), `start`, `end`.
pub const STUDENTS_EXAMS_WOULD_CLASH: &str = "students-exams-would-clash";
/// The class cannot be removed while a seat is taken. Facts: `taken`.
pub const CLASS_HAS_STUDENTS: &str = "class-has-students";
/// The class cannot be removed while somebody waits for a seat in it: closed, its line ends with the window. Facts: `waiting`.
pub const CLASS_HAS_WAITING: &str = "class-has-waiting";
/// The class cannot be removed while students wish for it, or have been told what became of their wish. Facts: `wishes` (how
/// many).
pub const CLASS_HAS_WISHES: &str = "class-has-wishes";
/// The class cannot be removed while a package has it. Facts: `packages` (how many).
pub const CLASS_IN_PACKAGE: &str = "class-in-package";
/// The SKS of a course, in all or in a part, cannot change while study plans have a class of it: they were decided by
/// these. Facts: `students` (how many).
pub const COURSE_HAS_PLANS: &str = "course-has-plans";

/// A course with this code exists in the study programme.
pub const COURSE_EXISTS: &str = "course-exists";
/// A period with this code exists.
pub const PERIOD_EXISTS: &str = "period-exists";
/// A room with this code exists.
pub const ROOM_EXISTS: &str = "room-exists";
/// The study programme has a package of this name in the period.
pub const PACKAGE_EXISTS: &str = "package-exists";
/// The course has a class of this name in the period.
pub const CLASS_EXISTS: &str = "class-exists";

/// The caller's roles do not cover this.
pub const NOT_ALLOWED: &str = "not-allowed";

/// The field must be given.
pub const REQUIRED: &str = "required";
/// The text has more characters than the field takes. Fact `max`.
pub const TOO_LONG: &str = "too-long";
/// The text holds a control character, or one that changes the direction of writing.
pub const FORBIDDEN_CHARACTER: &str = "forbidden-character";
/// Not a number, or one outside of the bounds. Facts `min`, `max`.
pub const OUT_OF_RANGE: &str = "out-of-range";
/// The word is none of the known ones. Fact `allowed`.
pub const UNKNOWN_VALUE: &str = "unknown-value";
/// A period is the start year and 1, 2 or 3, for example `20261`.
pub const BAD_PERIOD: &str = "bad-period";
/// Not a moment in RFC 3339.
pub const BAD_TIME: &str = "bad-time";
/// A scope names a faculty or programme by its code, a cohort by its year, the university by nothing.
pub const BAD_SCOPE: &str = "bad-scope";
/// The end does not come after the beginning.
pub const NOT_AFTER: &str = "not-after";
/// The SKS in all are not the sum of the four parts.
pub const CREDITS_SUM: &str = "credits-sum";
/// The same thing is named twice.
pub const NAMED_TWICE: &str = "named-twice";
/// An advisor cannot delegate to themselves.
pub const DELEGATE_IS_ADVISOR: &str = "delegate-is-advisor";
/// The scope has another policy document that begins in the same period.
pub const POLICY_EXISTS: &str = "policy-exists";
/// A field of a policy document, or the document itself, is not what it should be; the message says what was wanted.
pub const BAD_POLICY: &str = "bad-policy";
/// The field cannot be changed any more.
pub const FIXED: &str = "fixed";
/// There is no such faculty, neither here nor announced by the import. Fact `faculty` in an import.
pub const UNKNOWN_FACULTY: &str = "unknown-faculty";
/// There is no such study programme, neither here nor announced by the import. Fact `programme` in an import.
pub const UNKNOWN_PROGRAMME: &str = "unknown-programme";
/// There is no such lecturer, neither here nor announced by the import. Fact `lecturer` in an import.
pub const UNKNOWN_LECTURER: &str = "unknown-lecturer";
/// There is no such student, neither here nor announced by the import. Fact `student`.
pub const UNKNOWN_STUDENT: &str = "unknown-student";
/// There is no such period, neither here nor in the import. Fact `period` in an import.
pub const UNKNOWN_PERIOD: &str = "unknown-period";
/// There is no such course, neither here nor in the import. Fact `course` in an import.
pub const UNKNOWN_COURSE: &str = "unknown-course";
/// There is no such room, neither here nor in the import. Fact `room` in an import.
pub const UNKNOWN_ROOM: &str = "unknown-room";
/// There is no such class, neither here nor in the import. Fact `class`.
pub const UNKNOWN_CLASS: &str = "unknown-class";

/// An earlier row of the import has the same key. Facts `file` and `line` of that row.
pub const DUPLICATE_ROW: &str = "duplicate-row";
/// The row says nothing.
pub const ROW_EMPTY: &str = "row-empty";
/// More rows than one import may have. Fact `max`.
pub const IMPORT_TOO_LARGE: &str = "import-too-large";
/// The importing client sent a message that has no place at this point of the stream.
pub const IMPORT_OUT_OF_ORDER: &str = "import-out-of-order";
/// The verdict found wrong rows: nothing of the import can be applied.
pub const IMPORT_HAS_FAULTS: &str = "import-has-faults";
/// The rows do not fit what is known now, the faults say why; nothing was applied.
pub const IMPORT_OUTDATED: &str = "import-outdated";
