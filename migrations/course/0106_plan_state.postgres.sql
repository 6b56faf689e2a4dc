-- A plan goes from the student to the advisor and back: its states, the advisor's note, and its history.

ALTER TABLE study_plan
    -- what the advisor wants changed while the plan is returned; else empty
    ADD COLUMN note TEXT NOT NULL DEFAULT '',
    ADD CONSTRAINT ck_study_plan_note CHECK (length(note) <= 500),
    DROP CONSTRAINT ck_study_plan_state,
    ADD CONSTRAINT ck_study_plan_state CHECK (
        state IN ('draft', 'submitted', 'returned', 'approved', 'revising', 'locked', 'void')
    );

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

CREATE FUNCTION plan_step_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'plan_step is append-only';
END;
$$;

CREATE TRIGGER tr_plan_step_change BEFORE UPDATE OR DELETE ON plan_step
    FOR EACH ROW EXECUTE FUNCTION plan_step_is_append_only();
