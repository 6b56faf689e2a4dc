-- Registration under load: waiting lists, revisions, seat policies. Tables of their own follow in later files.

ALTER TABLE plan_step
    DROP CONSTRAINT ck_plan_step_deed,
    ADD CONSTRAINT ck_plan_step_deed CHECK (
        deed IN (
            'open', 'add', 'drop', 'submit', 'withdraw', 'approve', 'return', 'lock', 'import', 'swap', 'revise', 'void',
            'package', 'join', 'leave', 'promote', 'pass', 'expire', 'allocate'
        )
    ),
    DROP CONSTRAINT ck_plan_step_actor,
    ADD CONSTRAINT ck_plan_step_actor CHECK (
        actor IN ('student', 'advisor', 'delegate', 'registrar', 'import', 'system')
    );

ALTER TABLE class
    -- freed seats that are kept for the waiting list until its next is promoted
    ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0,
    -- people on the waiting list
    ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_class_reserved CHECK (reserved >= 0),
    ADD CONSTRAINT ck_class_waiting CHECK (waiting >= 0);

-- Classes for which a promotion is due.
CREATE INDEX ix_class_waiting ON class (class_id) WHERE reserved > 0 OR waiting > 0;

ALTER TABLE study_plan_item
    -- false while no seat is taken: the period gives seats at submission
    ADD COLUMN held BOOLEAN NOT NULL DEFAULT TRUE;

ALTER TABLE period
    -- when a class in a plan holds a seat
    ADD COLUMN seat_policy TEXT NOT NULL DEFAULT 'at_add',
    -- the following are 0 for the service's default
    ADD COLUMN admission_rate BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN admission_burst BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN presence_minutes BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN waiting_limit BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN trading_limit BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN trading_hours BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_period_seat_policy CHECK (seat_policy IN ('at_add', 'at_submit', 'allocation'));
