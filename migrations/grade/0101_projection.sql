-- What grade-svc knows of student-svc and course-svc, by their events. Rows arrive in any order among the kinds: no foreign
-- keys here. Only the consumers of those feeds write these tables (src/feed.rs); feed_seen has the version of each row.

CREATE TABLE faculty (
    faculty_id TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    CONSTRAINT pk_faculty PRIMARY KEY (faculty_id)
);

CREATE TABLE programme (
    programme_id TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    -- D3, D4, S1, S2, S3, Profesi; empty when it is none that is known here
    degree_level TEXT   NOT NULL,
    faculty_id   TEXT   NOT NULL,
    CONSTRAINT pk_programme PRIMARY KEY (programme_id)
);

CREATE INDEX ix_programme_code ON programme (code);

CREATE TABLE lecturer (
    lecturer_id TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    CONSTRAINT pk_lecturer PRIMARY KEY (lecturer_id)
);

CREATE TABLE student (
    student_id   TEXT   NOT NULL,
    nim          TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    programme_id TEXT   NOT NULL,
    entry_period TEXT   NOT NULL,
    -- empty when there is none
    advisor_id   TEXT   NOT NULL,
    CONSTRAINT pk_student PRIMARY KEY (student_id)
);

CREATE INDEX ix_student_nim ON student (nim);
CREATE INDEX ix_student_programme_id ON student (programme_id);

CREATE TABLE course (
    course_id    TEXT   NOT NULL,
    programme_id TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    name_en      TEXT   NOT NULL,
    -- SKS
    credits      BIGINT NOT NULL,
    CONSTRAINT pk_course PRIMARY KEY (course_id)
);

CREATE INDEX ix_course_programme_id_code ON course (programme_id, code);

CREATE TABLE period (
    period_code TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    CONSTRAINT pk_period PRIMARY KEY (period_code)
);

-- Windows of the kind grade_entry; other kinds are course-svc's business.
CREATE TABLE period_window (
    period_code TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    scope       TEXT   NOT NULL,
    -- code of the faculty or programme, or year of the cohort; empty for the university
    scope_key   TEXT   NOT NULL,
    opens_at    BIGINT NOT NULL,
    closes_at   BIGINT NOT NULL,
    CONSTRAINT pk_period_window PRIMARY KEY (period_code, place)
);

CREATE TABLE class (
    class_id    TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    course_id   TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    CONSTRAINT pk_class PRIMARY KEY (class_id)
);

CREATE INDEX ix_class_period_code_course_id ON class (period_code, course_id);

CREATE TABLE class_lecturer (
    class_id    TEXT    NOT NULL,
    place       BIGINT  NOT NULL,
    lecturer_id TEXT    NOT NULL,
    lead        BOOLEAN NOT NULL,
    CONSTRAINT pk_class_lecturer PRIMARY KEY (class_id, place)
);

CREATE INDEX ix_class_lecturer_lecturer_id ON class_lecturer (lecturer_id);

-- Who is in a class: the items of plans that are approved, locked, or approved and being revised.
CREATE TABLE roster (
    class_id    TEXT   NOT NULL,
    student_id  TEXT   NOT NULL,
    -- of the plan: the class may not have arrived
    period_code TEXT   NOT NULL,
    CONSTRAINT pk_roster PRIMARY KEY (class_id, student_id)
);

CREATE INDEX ix_roster_student_id_period_code ON roster (student_id, period_code);

-- Courses whose result counts as that of another, as the other side told them: pairs in either direction, or in both.
CREATE TABLE equivalent (
    course_id TEXT   NOT NULL,
    other_id  TEXT   NOT NULL,
    CONSTRAINT pk_equivalent PRIMARY KEY (course_id, other_id)
);

-- Students whose academic record must be computed anew, because something outside of this service's own commands changed:
-- written by the consumers in the transaction that moves their cursor, worked off by one task (src/app/records.rs). No key:
-- a second note of a student may be written while the first one is being worked off, and must not be lost with it.
CREATE TABLE record_due (
    student_id TEXT NOT NULL
);

CREATE INDEX ix_record_due_student_id ON record_due (student_id);
