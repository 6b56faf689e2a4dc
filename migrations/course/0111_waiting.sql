-- Waiting lists, packages of classes, and what the registrar watches.

-- Who waits for a seat now. A row ends with a promotion, a refusal when its turn came, leaving, or the end of the window;
-- the history of the plan tells which. Written only by whoever holds the locks of the plan and of the class, which counts
-- these rows in `waiting`.
CREATE TABLE waiting_entry (
    class_id    TEXT   NOT NULL,
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- order in the line: the `seat_version` that the class got when the student joined
    place       BIGINT NOT NULL,
    joined_at   BIGINT NOT NULL,
    -- class of the plan that is given back when the seat comes; NULL for none
    instead_of  TEXT,
    CONSTRAINT pk_waiting_entry PRIMARY KEY (class_id, student_id),
    CONSTRAINT uq_waiting_entry_class_id_place UNIQUE (class_id, place),
    CONSTRAINT fk_waiting_entry_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT fk_waiting_entry_study_plan FOREIGN KEY (student_id, period_code)
        REFERENCES study_plan (student_id, period_code)
);

CREATE INDEX ix_waiting_entry_student_id ON waiting_entry (student_id, period_code);

-- Classes that the office presets for new students of a programme.
CREATE TABLE package (
    package_id   TEXT   NOT NULL,
    period_code  TEXT   NOT NULL,
    -- belongs to a projection: no foreign key
    programme_id TEXT   NOT NULL,
    -- year of entry; 0 for all
    cohort       BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT pk_package PRIMARY KEY (package_id),
    CONSTRAINT uq_package_period_code_programme_id_name UNIQUE (period_code, programme_id, name),
    CONSTRAINT fk_package_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_package_cohort CHECK (cohort = 0 OR cohort BETWEEN 1900 AND 2999),
    CONSTRAINT ck_package_name CHECK (length(name) BETWEEN 1 AND 60)
);

CREATE TABLE package_class (
    package_id TEXT   NOT NULL,
    place      BIGINT NOT NULL,
    class_id   TEXT   NOT NULL,
    CONSTRAINT pk_package_class PRIMARY KEY (package_id, place),
    CONSTRAINT uq_package_class_package_id_class_id UNIQUE (package_id, class_id),
    CONSTRAINT fk_package_class_package_id FOREIGN KEY (package_id) REFERENCES package (package_id),
    CONSTRAINT fk_package_class_class_id FOREIGN KEY (class_id) REFERENCES class (class_id)
);

CREATE INDEX ix_package_class_class_id ON package_class (class_id);

-- Classes given back by one student, more often within some hours than goes unnoticed: one row per such span.
CREATE TABLE trading (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    drops       BIGINT NOT NULL,
    -- the classes, as people call them, latest first: a JSON list
    labels      TEXT   NOT NULL,
    CONSTRAINT pk_trading PRIMARY KEY (student_id, period_code, first_at),
    CONSTRAINT ck_trading_drops CHECK (drops > 0)
);

CREATE INDEX ix_trading_period_code ON trading (period_code, last_at, student_id);
