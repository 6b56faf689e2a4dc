-- A plan goes from the student to the advisor and back: its states, the advisor's note, and its history.
-- SQLite cannot change a CHECK, so the table is made anew; its items are carried around it, because a table that others
-- refer to cannot be replaced under them.

CREATE TABLE study_plan_next (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    -- what the advisor wants changed while the plan is returned; else empty
    note        TEXT   NOT NULL DEFAULT '',
    -- from 1; 0 only inside the transaction that makes the row
    version     BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    CONSTRAINT pk_study_plan PRIMARY KEY (student_id, period_code),
    CONSTRAINT fk_study_plan_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_study_plan_state CHECK (
        state IN ('draft', 'submitted', 'returned', 'approved', 'revising', 'locked', 'void')
    ),
    CONSTRAINT ck_study_plan_note CHECK (length(note) <= 500)
);

INSERT INTO study_plan_next (student_id, period_code, state, version, changed_at)
    SELECT student_id, period_code, state, version, changed_at FROM study_plan;

CREATE TABLE study_plan_item_kept AS SELECT * FROM study_plan_item;
DROP TABLE study_plan_item;
DROP TABLE study_plan;
ALTER TABLE study_plan_next RENAME TO study_plan;

-- As it was in 0103.
CREATE TABLE study_plan_item (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    class_id    TEXT   NOT NULL,
    course_id   TEXT   NOT NULL,
    taken_at    BIGINT NOT NULL,
    CONSTRAINT pk_study_plan_item PRIMARY KEY (student_id, period_code, class_id),
    CONSTRAINT uq_study_plan_item_student_id_period_code_course_id UNIQUE (student_id, period_code, course_id),
    CONSTRAINT fk_study_plan_item_study_plan FOREIGN KEY (student_id, period_code)
        REFERENCES study_plan (student_id, period_code),
    CONSTRAINT fk_study_plan_item_class_id FOREIGN KEY (class_id) REFERENCES class (class_id)
);
INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
    SELECT student_id, period_code, class_id, course_id, taken_at FROM study_plan_item_kept;
DROP TABLE study_plan_item_kept;
CREATE INDEX ix_study_plan_item_class_id ON study_plan_item (class_id);

-- The advisor's queue: those that wait longest first.
CREATE INDEX ix_study_plan_period_code_state ON study_plan (period_code, state, changed_at);

-- What happened to a plan: written in the transaction of the change, never changed afterwards. No foreign key: the history
-- outlives whatever happens to the row.
CREATE TABLE plan_step (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- of the plan after the step
    version     BIGINT NOT NULL,
    deed        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    -- account that did it; empty for an import
    account_id  TEXT   NOT NULL,
    -- what the account was in it
    actor       TEXT   NOT NULL,
    -- the student or lecturer behind the account; empty for a registrar and an import
    person_id   TEXT   NOT NULL,
    -- empty when there is none
    note        TEXT   NOT NULL,
    -- the class of an add or drop, as people call it; else empty
    class_label TEXT   NOT NULL,
    CONSTRAINT pk_plan_step PRIMARY KEY (student_id, period_code, version),
    CONSTRAINT ck_plan_step_deed CHECK (
        deed IN ('open', 'add', 'drop', 'submit', 'withdraw', 'approve', 'return', 'lock', 'import')
    ),
    CONSTRAINT ck_plan_step_state CHECK (
        state IN ('draft', 'submitted', 'returned', 'approved', 'revising', 'locked', 'void')
    ),
    CONSTRAINT ck_plan_step_actor CHECK (actor IN ('student', 'advisor', 'registrar', 'import'))
);

CREATE TRIGGER tr_plan_step_update BEFORE UPDATE ON plan_step
BEGIN
    SELECT RAISE(ABORT, 'plan_step is append-only');
END;

CREATE TRIGGER tr_plan_step_delete BEFORE DELETE ON plan_step
BEGIN
    SELECT RAISE(ABORT, 'plan_step is append-only');
END;
