-- Registration under load: waiting lists, revisions, seat policies. Tables of their own follow in later files.
-- SQLite cannot change a CHECK, so the history is copied into a table made anew; its triggers go with the old one.

CREATE TABLE plan_step_next (
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
        deed IN (
            'open', 'add', 'drop', 'submit', 'withdraw', 'approve', 'return', 'lock', 'import', 'swap', 'revise', 'void',
            'package', 'join', 'leave', 'promote', 'pass', 'expire', 'allocate'
        )
    ),
    CONSTRAINT ck_plan_step_state CHECK (
        state IN ('draft', 'submitted', 'returned', 'approved', 'revising', 'locked', 'void')
    ),
    CONSTRAINT ck_plan_step_actor CHECK (
        actor IN ('student', 'advisor', 'delegate', 'registrar', 'import', 'system')
    )
);

INSERT INTO plan_step_next
        (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
    SELECT student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label
    FROM plan_step;
DROP TABLE plan_step;
ALTER TABLE plan_step_next RENAME TO plan_step;

CREATE TRIGGER tr_plan_step_update BEFORE UPDATE ON plan_step
BEGIN
    SELECT RAISE(ABORT, 'plan_step is append-only');
END;

CREATE TRIGGER tr_plan_step_delete BEFORE DELETE ON plan_step
BEGIN
    SELECT RAISE(ABORT, 'plan_step is append-only');
END;

-- Freed seats that are kept for the waiting list until its next is promoted.
ALTER TABLE class ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0 CONSTRAINT ck_class_reserved CHECK (reserved >= 0);
-- People on the waiting list.
ALTER TABLE class ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0 CONSTRAINT ck_class_waiting CHECK (waiting >= 0);

-- Classes for which a promotion is due.
CREATE INDEX ix_class_waiting ON class (class_id) WHERE reserved > 0 OR waiting > 0;

-- False while no seat is taken: the period gives seats at submission.
ALTER TABLE study_plan_item ADD COLUMN held BOOLEAN NOT NULL DEFAULT TRUE;

-- When a class in a plan holds a seat.
ALTER TABLE period ADD COLUMN seat_policy TEXT NOT NULL DEFAULT 'at_add'
    CONSTRAINT ck_period_seat_policy CHECK (seat_policy IN ('at_add', 'at_submit', 'allocation'));
-- The following are 0 for the service's default.
ALTER TABLE period ADD COLUMN admission_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN admission_burst BIGINT NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN presence_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN waiting_limit BIGINT NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN trading_limit BIGINT NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN trading_hours BIGINT NOT NULL DEFAULT 0;
