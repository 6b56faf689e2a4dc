-- Courses, periods, rooms and classes. `version` counts the changes of a row, from 1; every change is an event.
-- Columns that end in `_key` are folded in Rust (lower case, no accents, single spaces) for sorting and searching.

CREATE TABLE course (
    course_id            TEXT   NOT NULL,
    -- belongs to a projection: no foreign key
    programme_id         TEXT   NOT NULL,
    code                 TEXT   NOT NULL,
    code_key             TEXT   NOT NULL,
    name                 TEXT   NOT NULL,
    name_key             TEXT   NOT NULL,
    name_en              TEXT   NOT NULL,
    -- SKS in parts; the sum is the course's SKS
    credits_lecture      BIGINT NOT NULL,
    credits_practice     BIGINT NOT NULL,
    credits_field        BIGINT NOT NULL,
    credits_simulation   BIGINT NOT NULL,
    requirement_kind     TEXT   NOT NULL,
    -- 0 for none
    recommended_semester BIGINT NOT NULL,
    version              BIGINT NOT NULL,
    CONSTRAINT pk_course PRIMARY KEY (course_id),
    CONSTRAINT uq_course_programme_id_code UNIQUE (programme_id, code),
    CONSTRAINT ck_course_code CHECK (length(code) BETWEEN 1 AND 20),
    CONSTRAINT ck_course_name CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT ck_course_parts CHECK (
        credits_lecture >= 0 AND credits_practice >= 0 AND credits_field >= 0 AND credits_simulation >= 0
    ),
    CONSTRAINT ck_course_credits CHECK (
        credits_lecture + credits_practice + credits_field + credits_simulation BETWEEN 1 AND 24
    ),
    CONSTRAINT ck_course_requirement_kind CHECK (requirement_kind IN ('compulsory', 'elective', 'national', 'thesis')),
    CONSTRAINT ck_course_recommended_semester CHECK (recommended_semester BETWEEN 0 AND 8)
);

CREATE INDEX ix_course_code_key ON course (code_key, course_id);

CREATE TABLE period (
    period_code TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    CONSTRAINT pk_period PRIMARY KEY (period_code),
    CONSTRAINT ck_period_period_code CHECK (length(period_code) = 5),
    CONSTRAINT ck_period_state CHECK (state IN ('planned', 'active', 'closed', 'reported'))
);

CREATE TABLE period_window (
    period_code TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    -- code of the faculty or programme, or year of the cohort; empty for the university
    scope_key   TEXT   NOT NULL,
    opens_at    BIGINT NOT NULL,
    closes_at   BIGINT NOT NULL,
    CONSTRAINT pk_period_window PRIMARY KEY (period_code, place),
    CONSTRAINT fk_period_window_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_period_window_kind CHECK (kind IN ('offering', 'krs', 'krs_approval', 'revision', 'grade_entry')),
    CONSTRAINT ck_period_window_scope CHECK (scope IN ('university', 'faculty', 'programme', 'cohort')),
    CONSTRAINT ck_period_window_closes_at CHECK (closes_at > opens_at)
);

CREATE TABLE room (
    room_id  TEXT   NOT NULL,
    code     TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    -- 0 for unlimited (online)
    capacity BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    CONSTRAINT pk_room PRIMARY KEY (room_id),
    CONSTRAINT uq_room_code UNIQUE (code),
    CONSTRAINT ck_room_code CHECK (length(code) BETWEEN 1 AND 20),
    CONSTRAINT ck_room_capacity CHECK (capacity >= 0)
);

-- A section of a course in a period. `taken` is written only by whoever holds the row's lock after that of the plan.
CREATE TABLE class (
    class_id     TEXT    NOT NULL,
    period_code  TEXT    NOT NULL,
    course_id    TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    capacity     BIGINT  NOT NULL,
    -- may exceed the capacity after that was lowered
    taken        BIGINT  NOT NULL,
    -- rises with every change of `taken`, so that a reader can tell which of two numbers is the newer
    seat_version BIGINT  NOT NULL,
    open         BOOLEAN NOT NULL,
    version      BIGINT  NOT NULL,
    CONSTRAINT pk_class PRIMARY KEY (class_id),
    CONSTRAINT uq_class_period_code_course_id_name UNIQUE (period_code, course_id, name),
    CONSTRAINT fk_class_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT fk_class_course_id FOREIGN KEY (course_id) REFERENCES course (course_id),
    CONSTRAINT ck_class_name CHECK (length(name) BETWEEN 1 AND 5),
    CONSTRAINT ck_class_capacity CHECK (capacity BETWEEN 1 AND 1000),
    CONSTRAINT ck_class_taken CHECK (taken >= 0)
);

CREATE INDEX ix_class_course_id ON class (course_id);

CREATE TABLE class_meeting (
    class_id     TEXT   NOT NULL,
    place        BIGINT NOT NULL,
    -- 1 Monday to 7 Sunday
    day          BIGINT NOT NULL,
    -- minutes of the day, campus time
    start_minute BIGINT NOT NULL,
    end_minute   BIGINT NOT NULL,
    room_id      TEXT,
    CONSTRAINT pk_class_meeting PRIMARY KEY (class_id, place),
    CONSTRAINT fk_class_meeting_class_id FOREIGN KEY (class_id) REFERENCES class (class_id),
    CONSTRAINT fk_class_meeting_room_id FOREIGN KEY (room_id) REFERENCES room (room_id),
    CONSTRAINT ck_class_meeting_day CHECK (day BETWEEN 1 AND 7),
    CONSTRAINT ck_class_meeting_minutes CHECK (start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440)
);

CREATE INDEX ix_class_meeting_room_id ON class_meeting (room_id);

CREATE TABLE class_lecturer (
    class_id    TEXT    NOT NULL,
    place       BIGINT  NOT NULL,
    -- belongs to a projection: no foreign key
    lecturer_id TEXT    NOT NULL,
    lead        BOOLEAN NOT NULL,
    CONSTRAINT pk_class_lecturer PRIMARY KEY (class_id, place),
    CONSTRAINT uq_class_lecturer_class_id_lecturer_id UNIQUE (class_id, lecturer_id),
    CONSTRAINT fk_class_lecturer_class_id FOREIGN KEY (class_id) REFERENCES class (class_id)
);

CREATE INDEX ix_class_lecturer_lecturer_id ON class_lecturer (lecturer_id);
