-- Deciding in an advisor's stead, and approving many plans at once.

-- A lecturer decides about the plans of an advisor's advisees for a time. Rows are kept: they say who was allowed to act.
CREATE TABLE delegation (
    delegation_id TEXT   NOT NULL,
    advisor_id    TEXT   NOT NULL,
    delegate_id   TEXT   NOT NULL,
    -- first moment, and first moment after it
    from_at       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    -- why; may be empty
    note          TEXT   NOT NULL,
    given_at      BIGINT NOT NULL,
    -- account that gave it
    given_by      TEXT   NOT NULL,
    -- ended before its time, and by which account; empty otherwise
    ended_at      BIGINT,
    ended_by      TEXT   NOT NULL DEFAULT '',
    CONSTRAINT pk_delegation PRIMARY KEY (delegation_id),
    CONSTRAINT ck_delegation_delegate_id CHECK (delegate_id <> advisor_id),
    CONSTRAINT ck_delegation_until_at CHECK (until_at > from_at),
    CONSTRAINT ck_delegation_note CHECK (length(note) <= 200)
);

CREATE INDEX ix_delegation_advisor_id ON delegation (advisor_id, delegate_id);
CREATE INDEX ix_delegation_delegate_id ON delegation (delegate_id, until_at);

-- A bulk approval: it outlives its caller and its process.
CREATE TABLE approval (
    approval_id TEXT    NOT NULL,
    period_code TEXT    NOT NULL,
    -- who started it, and what that account was: asked again about every plan when it is decided
    account_id  TEXT    NOT NULL,
    registrar   BOOLEAN NOT NULL,
    -- empty when the account is none
    lecturer_id TEXT    NOT NULL,
    student_id  TEXT    NOT NULL,
    -- what is left over when the windows have closed
    late        BOOLEAN NOT NULL,
    state       TEXT    NOT NULL,
    started_at  BIGINT  NOT NULL,
    finished_at BIGINT,
    -- when somebody last took it up, and until when nobody else does; 0 when nobody works on it
    worked_at   BIGINT  NOT NULL,
    leased_until BIGINT NOT NULL,
    CONSTRAINT pk_approval PRIMARY KEY (approval_id),
    CONSTRAINT fk_approval_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_approval_state CHECK (state IN ('running', 'done'))
);

-- The next one to work on.
CREATE INDEX ix_approval_worked_at ON approval (worked_at) WHERE state = 'running';

-- A plan of a bulk approval, and what became of it.
CREATE TABLE approval_plan (
    approval_id TEXT   NOT NULL,
    student_id  TEXT   NOT NULL,
    -- that was seen: another one is not approved
    version     BIGINT NOT NULL,
    -- 0 refused, 1 not decided yet, 2 approved: the order in which they are shown
    outcome     BIGINT NOT NULL,
    -- reasons of a refusal, a JSON list of {reason, facts}; empty otherwise
    refusals    TEXT   NOT NULL DEFAULT '',
    CONSTRAINT pk_approval_plan PRIMARY KEY (approval_id, student_id),
    CONSTRAINT fk_approval_plan_approval_id FOREIGN KEY (approval_id) REFERENCES approval (approval_id),
    CONSTRAINT ck_approval_plan_outcome CHECK (outcome BETWEEN 0 AND 2)
);

CREATE INDEX ix_approval_plan_outcome ON approval_plan (approval_id, outcome, student_id);
