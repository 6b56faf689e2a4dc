-- Seats by ranked wishes: the wishes, the allocation that turns them into seats, and what became of each.

-- The wishes of a student as a whole. Its row is locked by whoever replaces them.
CREATE TABLE wish_list (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- from 1; 0 only inside the transaction that makes the row
    version     BIGINT NOT NULL,
    -- how many wishes there are
    wishes      BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    CONSTRAINT pk_wish_list PRIMARY KEY (student_id, period_code),
    CONSTRAINT fk_wish_list_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_wish_list_wishes CHECK (wishes >= 0)
);

CREATE INDEX ix_wish_list_period_code ON wish_list (period_code, student_id);

-- A class that is wished for. Frozen once the period's allocation is started.
CREATE TABLE wish (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- from 1, the most wanted
    rank        BIGINT NOT NULL,
    class_id    TEXT   NOT NULL,
    CONSTRAINT pk_wish PRIMARY KEY (student_id, period_code, rank),
    CONSTRAINT uq_wish_student_id_period_code_class_id UNIQUE (student_id, period_code, class_id),
    CONSTRAINT fk_wish_wish_list FOREIGN KEY (student_id, period_code) REFERENCES wish_list (student_id, period_code),
    CONSTRAINT fk_wish_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT ck_wish_rank CHECK (rank > 0)
);

CREATE INDEX ix_wish_class_id ON wish (class_id);

-- The allocation of a period, once. Whoever settles a turn locks its row before the plans, so the turns of all replicas come
-- one after the other.
CREATE TABLE allocation (
    period_code  TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    -- what was shuffled by
    seed         TEXT   NOT NULL,
    -- account that started it
    account_id   TEXT   NOT NULL,
    -- the moment as of which the rules judge
    started_at   BIGINT NOT NULL,
    finished_at  BIGINT,
    -- how many students with wishes there were, and how many wishes
    students     BIGINT NOT NULL,
    wishes       BIGINT NOT NULL,
    -- the round that is being settled, from 1, and the place that had the last turn of it; 0 before the first
    round        BIGINT NOT NULL,
    turn         BIGINT NOT NULL,
    -- students for whom it is over, and seats given
    settled      BIGINT NOT NULL,
    granted      BIGINT NOT NULL,
    -- until when nobody else takes it up; 0 when nobody works on it
    leased_until BIGINT NOT NULL,
    CONSTRAINT pk_allocation PRIMARY KEY (period_code),
    CONSTRAINT fk_allocation_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_allocation_state CHECK (state IN ('running', 'done')),
    CONSTRAINT ck_allocation_seed CHECK (length(seed) BETWEEN 1 AND 64),
    CONSTRAINT ck_allocation_round CHECK (round > 0),
    CONSTRAINT ck_allocation_turn CHECK (turn >= 0),
    CONSTRAINT ck_allocation_settled CHECK (settled BETWEEN 0 AND students),
    CONSTRAINT ck_allocation_granted CHECK (granted BETWEEN 0 AND wishes)
);

-- A student of an allocation.
CREATE TABLE allocation_student (
    period_code TEXT    NOT NULL,
    -- in the shuffle, from 1: the rank of SHA-256(seed || student_id) among the students with wishes
    place       BIGINT  NOT NULL,
    student_id  TEXT    NOT NULL,
    -- it is over for them: every wish has its outcome
    settled     BOOLEAN NOT NULL,
    CONSTRAINT pk_allocation_student PRIMARY KEY (period_code, place),
    CONSTRAINT uq_allocation_student_student_id_period_code UNIQUE (student_id, period_code),
    CONSTRAINT fk_allocation_student_period_code FOREIGN KEY (period_code) REFERENCES allocation (period_code),
    CONSTRAINT ck_allocation_student_place CHECK (place > 0)
);

-- The next turns of a round, from either end.
CREATE INDEX ix_allocation_student_place ON allocation_student (period_code, place) WHERE NOT settled;

-- What became of a wish.
CREATE TABLE allocation_outcome (
    period_code TEXT    NOT NULL,
    place       BIGINT  NOT NULL,
    rank        BIGINT  NOT NULL,
    student_id  TEXT    NOT NULL,
    class_id    TEXT    NOT NULL,
    -- as people called it
    class_label TEXT    NOT NULL,
    -- in which the seat was given, or that of the student's last turn
    round       BIGINT  NOT NULL,
    granted     BOOLEAN NOT NULL,
    -- reasons of a refusal, a JSON list of {reason, facts}; empty otherwise
    refusals    TEXT    NOT NULL,
    CONSTRAINT pk_allocation_outcome PRIMARY KEY (period_code, place, rank),
    CONSTRAINT fk_allocation_outcome_allocation_student FOREIGN KEY (period_code, place)
        REFERENCES allocation_student (period_code, place),
    CONSTRAINT fk_allocation_outcome_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT ck_allocation_outcome_round CHECK (round > 0)
);

CREATE INDEX ix_allocation_outcome_student_id ON allocation_outcome (student_id, period_code, rank);
CREATE INDEX ix_allocation_outcome_class_id ON allocation_outcome (class_id, place);
