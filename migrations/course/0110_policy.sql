-- Rules of registration as data, exams of classes, seats that are kept for a programme or cohort, and the courses of a
-- period whose grades are still to come.

-- A policy document: what a university, faculty, programme or cohort decides registration by, from one period to another.
-- Of documents that name the same field the most specific one counts (src/rules/policy/book.rs).
CREATE TABLE registration_policy (
    policy_id   TEXT   NOT NULL,
    -- what people call it, for example the decree that it comes from
    title       TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    -- code of the faculty or programme, year of the cohort, both as `IF-S1/2024`; empty for the university
    scope_key   TEXT   NOT NULL,
    -- first period
    valid_from  TEXT   NOT NULL,
    -- last period; empty for no end
    valid_until TEXT   NOT NULL,
    -- the document, JSON
    body        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    CONSTRAINT pk_registration_policy PRIMARY KEY (policy_id),
    CONSTRAINT uq_registration_policy_scope_scope_key_valid_from UNIQUE (scope, scope_key, valid_from),
    CONSTRAINT ck_registration_policy_title CHECK (length(title) BETWEEN 1 AND 120),
    CONSTRAINT ck_registration_policy_scope CHECK (
        scope IN ('university', 'faculty', 'programme', 'cohort', 'programme_cohort')
    ),
    CONSTRAINT ck_registration_policy_valid_from CHECK (length(valid_from) = 5),
    CONSTRAINT ck_registration_policy_valid_until CHECK (valid_until = '' OR valid_until >= valid_from),
    CONSTRAINT ck_registration_policy_body CHECK (length(body) <= 20000)
);

-- One row: whoever changes a policy holds it. `changes` rises with each: what is held in memory is as old as the number it
-- was read under.
CREATE TABLE policy_gate (
    gate    BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    CONSTRAINT pk_policy_gate PRIMARY KEY (gate),
    CONSTRAINT ck_policy_gate_gate CHECK (gate = 1)
);

INSERT INTO policy_gate (gate, changes) VALUES (1, 0);

-- Exams of a class: one day, minutes of that day in campus time.
CREATE TABLE class_exam (
    class_id     TEXT   NOT NULL,
    place        BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    -- ISO 8601, `2026-10-19`
    day          TEXT   NOT NULL,
    start_minute BIGINT NOT NULL,
    end_minute   BIGINT NOT NULL,
    CONSTRAINT pk_class_exam PRIMARY KEY (class_id, place),
    CONSTRAINT fk_class_exam_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT ck_class_exam_kind CHECK (kind IN ('uts', 'uas')),
    CONSTRAINT ck_class_exam_day CHECK (length(day) = 10),
    CONSTRAINT ck_class_exam_minutes CHECK (start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440)
);

-- Seats of a class that are kept for a faculty, programme or cohort, until a moment or for good. `taken` is written only by
-- whoever holds the lock of the class.
CREATE TABLE class_reservation (
    class_id  TEXT   NOT NULL,
    place     BIGINT NOT NULL,
    scope     TEXT   NOT NULL,
    scope_key TEXT   NOT NULL,
    seats     BIGINT NOT NULL,
    -- of them, or more after they were lowered
    taken     BIGINT NOT NULL,
    -- the first moment at which the free ones are everybody's; NULL for never
    until     BIGINT,
    CONSTRAINT pk_class_reservation PRIMARY KEY (class_id, scope, scope_key),
    CONSTRAINT fk_class_reservation_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT ck_class_reservation_scope CHECK (scope IN ('faculty', 'programme', 'cohort')),
    CONSTRAINT ck_class_reservation_seats CHECK (seats BETWEEN 1 AND 1000),
    CONSTRAINT ck_class_reservation_taken CHECK (taken >= 0)
);

-- Which seats of the class this one is of: `programme/IF-S1`; empty for one that is everybody's.
ALTER TABLE study_plan_item ADD COLUMN bucket TEXT NOT NULL DEFAULT '';

-- Courses of a period whose grades are not published yet. No rows for a period that grade-svc told only the number of.
CREATE TABLE academic_pending (
    student_id  TEXT NOT NULL,
    period_code TEXT NOT NULL,
    course_id   TEXT NOT NULL,
    CONSTRAINT pk_academic_pending PRIMARY KEY (student_id, period_code, course_id)
);
