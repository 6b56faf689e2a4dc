-- What course-svc knows of other services, by their events. Rows arrive in any order among the kinds: no foreign keys
-- here. Only the consumer of those feeds writes these tables (src/feed.rs); feed_seen has the version of each row.

CREATE TABLE faculty (
    faculty_id TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    CONSTRAINT pk_faculty PRIMARY KEY (faculty_id)
);

CREATE INDEX ix_faculty_code ON faculty (code);

CREATE TABLE programme (
    programme_id TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    faculty_id   TEXT   NOT NULL,
    CONSTRAINT pk_programme PRIMARY KEY (programme_id)
);

CREATE INDEX ix_programme_code ON programme (code);

CREATE TABLE lecturer (
    lecturer_id TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    -- national numbers; empty when there is none
    nidn        TEXT   NOT NULL,
    nidk        TEXT   NOT NULL,
    nuptk       TEXT   NOT NULL,
    CONSTRAINT pk_lecturer PRIMARY KEY (lecturer_id)
);

CREATE TABLE student (
    student_id   TEXT   NOT NULL,
    nim          TEXT   NOT NULL,
    programme_id TEXT   NOT NULL,
    entry_period TEXT   NOT NULL,
    -- empty when there is none
    advisor_id   TEXT   NOT NULL,
    -- empty while enrolled
    exit_kind    TEXT   NOT NULL,
    CONSTRAINT pk_student PRIMARY KEY (student_id)
);

CREATE INDEX ix_student_nim ON student (nim);

CREATE TABLE student_status (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- letter of PDDikti's AKM
    status      TEXT   NOT NULL,
    CONSTRAINT pk_student_status PRIMARY KEY (student_id, period_code)
);

CREATE TABLE student_hold (
    hold_id      TEXT   NOT NULL,
    student_id   TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    waived_until BIGINT,
    lifted_at    BIGINT,
    CONSTRAINT pk_student_hold PRIMARY KEY (hold_id)
);

CREATE INDEX ix_student_hold_student_id ON student_hold (student_id);

-- The IPS of the last active period, which the SKS ceiling follows from.
CREATE TABLE academic_standing (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- hundredths, 0 to 400
    last_ips    BIGINT NOT NULL,
    CONSTRAINT pk_academic_standing PRIMARY KEY (student_id),
    CONSTRAINT ck_academic_standing_last_ips CHECK (last_ips BETWEEN 0 AND 400)
);
