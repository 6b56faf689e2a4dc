-- Curricula, prerequisites and equivalent courses.

CREATE TABLE curriculum (
    curriculum_id      TEXT   NOT NULL,
    -- belongs to a projection: no foreign key
    programme_id       TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    -- first period of entry that follows it
    start_period       TEXT   NOT NULL,
    -- SKS to graduate with, and how many of them are compulsory and elective
    credits_required   BIGINT NOT NULL,
    credits_compulsory BIGINT NOT NULL,
    credits_elective   BIGINT NOT NULL,
    version            BIGINT NOT NULL,
    CONSTRAINT pk_curriculum PRIMARY KEY (curriculum_id),
    CONSTRAINT uq_curriculum_programme_id_name UNIQUE (programme_id, name),
    CONSTRAINT ck_curriculum_name CHECK (length(name) BETWEEN 1 AND 60),
    CONSTRAINT ck_curriculum_start_period CHECK (length(start_period) = 5),
    CONSTRAINT ck_curriculum_credits CHECK (
        credits_required BETWEEN 1 AND 500 AND credits_compulsory >= 0 AND credits_elective >= 0
        AND credits_compulsory + credits_elective <= credits_required
    )
);

CREATE TABLE curriculum_course (
    curriculum_id    TEXT   NOT NULL,
    course_id        TEXT   NOT NULL,
    -- 0 for none
    semester         BIGINT NOT NULL,
    requirement_kind TEXT   NOT NULL,
    CONSTRAINT pk_curriculum_course PRIMARY KEY (curriculum_id, course_id),
    CONSTRAINT fk_curriculum_course_curriculum_id FOREIGN KEY (curriculum_id) REFERENCES curriculum (curriculum_id),
    CONSTRAINT fk_curriculum_course_course_id FOREIGN KEY (course_id) REFERENCES course (course_id),
    CONSTRAINT ck_curriculum_course_semester CHECK (semester BETWEEN 0 AND 14),
    CONSTRAINT ck_curriculum_course_requirement_kind CHECK (
        requirement_kind IN ('compulsory', 'elective', 'national', 'thesis')
    )
);

CREATE INDEX ix_curriculum_course_course_id ON curriculum_course (course_id);

-- One row: whoever changes what courses ask for, or which of them are equivalent, holds it, so that two changes never
-- close a cycle together. `changes` rises with each: what is held in memory is as old as the number it was read under.
CREATE TABLE prerequisite_gate (
    gate    BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    CONSTRAINT pk_prerequisite_gate PRIMARY KEY (gate),
    CONSTRAINT ck_prerequisite_gate_gate CHECK (gate = 1)
);

INSERT INTO prerequisite_gate (gate, changes) VALUES (1, 0);

-- Version of what a course asks for; no row for a course that never asked for anything.
CREATE TABLE prerequisite (
    course_id TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    CONSTRAINT pk_prerequisite PRIMARY KEY (course_id),
    CONSTRAINT fk_prerequisite_course_id FOREIGN KEY (course_id) REFERENCES course (course_id)
);

-- One condition. Conditions of a group are alternatives; every group of a course must be met.
CREATE TABLE prerequisite_condition (
    course_id   TEXT   NOT NULL,
    -- from 1, without gaps
    group_no    BIGINT NOT NULL,
    -- from 1 within the group
    place       BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    -- NULL for `credits` and `gpa`
    required_id TEXT,
    -- grade points in hundredths, SKS, or IPK in hundredths: what `kind` asks at least; 0 where it asks none
    minimum     BIGINT NOT NULL,
    -- letter that people know for the grade points; empty when there is none
    letter      TEXT   NOT NULL,
    CONSTRAINT pk_prerequisite_condition PRIMARY KEY (course_id, group_no, place),
    CONSTRAINT fk_prerequisite_condition_course_id FOREIGN KEY (course_id) REFERENCES prerequisite (course_id),
    CONSTRAINT fk_prerequisite_condition_required_id FOREIGN KEY (required_id) REFERENCES course (course_id),
    CONSTRAINT ck_prerequisite_condition_kind CHECK (kind IN ('passed', 'taken', 'concurrent', 'credits', 'gpa')),
    CONSTRAINT ck_prerequisite_condition_required_id CHECK ((required_id IS NULL) = (kind IN ('credits', 'gpa'))),
    CONSTRAINT ck_prerequisite_condition_minimum CHECK (minimum BETWEEN 0 AND 500),
    CONSTRAINT ck_prerequisite_condition_letter CHECK (length(letter) <= 3)
);

CREATE INDEX ix_prerequisite_condition_required_id ON prerequisite_condition (required_id);

-- Version of the equivalents of a course; no row for a course that never had any.
CREATE TABLE equivalence (
    course_id TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    CONSTRAINT pk_equivalence PRIMARY KEY (course_id),
    CONSTRAINT fk_equivalence_course_id FOREIGN KEY (course_id) REFERENCES course (course_id)
);

-- Two equivalent courses, stored in both directions.
CREATE TABLE course_equivalent (
    course_id     TEXT   NOT NULL,
    equivalent_id TEXT   NOT NULL,
    CONSTRAINT pk_course_equivalent PRIMARY KEY (course_id, equivalent_id),
    CONSTRAINT fk_course_equivalent_course_id FOREIGN KEY (course_id) REFERENCES equivalence (course_id),
    CONSTRAINT fk_course_equivalent_equivalent_id FOREIGN KEY (equivalent_id) REFERENCES equivalence (course_id),
    CONSTRAINT ck_course_equivalent_equivalent_id CHECK (course_id <> equivalent_id)
);
