-- Faculties, study programmes, lecturers, students, their status per period and their holds.
-- `version` counts the changes of a row, from 1; every change is an event. `name_key` is the name folded for sorting and
-- searching (lower case, no accents, single spaces). Lengths are those that PDDikti accepts. Nothing here is ever deleted.

CREATE TABLE faculty (
    faculty_id TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    CONSTRAINT pk_faculty PRIMARY KEY (faculty_id),
    CONSTRAINT uq_faculty_code UNIQUE (code),
    CONSTRAINT ck_faculty_code CHECK (length(code) BETWEEN 1 AND 10),
    CONSTRAINT ck_faculty_name CHECK (length(name) BETWEEN 1 AND 100)
);

CREATE TABLE programme (
    programme_id TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    -- without the level
    name         TEXT   NOT NULL,
    degree_level TEXT   NOT NULL,
    faculty_id   TEXT   NOT NULL,
    -- id_prodi; empty while unmapped
    pddikti_id   TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT pk_programme PRIMARY KEY (programme_id),
    CONSTRAINT uq_programme_code UNIQUE (code),
    CONSTRAINT fk_programme_faculty_id FOREIGN KEY (faculty_id) REFERENCES faculty (faculty_id),
    CONSTRAINT ck_programme_code CHECK (length(code) BETWEEN 1 AND 10),
    CONSTRAINT ck_programme_name CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT ck_programme_degree_level CHECK (degree_level IN ('D3', 'D4', 'S1', 'S2', 'S3', 'Profesi')),
    CONSTRAINT ck_programme_pddikti_id CHECK (length(pddikti_id) <= 36)
);

CREATE INDEX ix_programme_faculty_id ON programme (faculty_id);

CREATE TABLE lecturer (
    lecturer_id  TEXT   NOT NULL,
    -- the national number that the campus knows the lecturer by, and which of the three it is
    number       TEXT   NOT NULL,
    number_kind  TEXT   NOT NULL,
    -- with degrees, as printed
    name         TEXT   NOT NULL,
    name_key     TEXT   NOT NULL,
    programme_id TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT pk_lecturer PRIMARY KEY (lecturer_id),
    CONSTRAINT uq_lecturer_number UNIQUE (number),
    CONSTRAINT fk_lecturer_programme_id FOREIGN KEY (programme_id) REFERENCES programme (programme_id),
    CONSTRAINT ck_lecturer_number CHECK (length(number) = CASE number_kind WHEN 'nuptk' THEN 16 ELSE 10 END),
    CONSTRAINT ck_lecturer_number_kind CHECK (number_kind IN ('nidn', 'nidk', 'nuptk')),
    CONSTRAINT ck_lecturer_name CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT ck_lecturer_email CHECK (length(email) <= 60)
);

CREATE INDEX ix_lecturer_name_key ON lecturer (name_key, lecturer_id);
CREATE INDEX ix_lecturer_programme_id ON lecturer (programme_id);

CREATE TABLE student (
    student_id   TEXT   NOT NULL,
    -- never changes
    nim          TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    name_key     TEXT   NOT NULL,
    programme_id TEXT   NOT NULL,
    entry_period TEXT   NOT NULL,
    advisor_id   TEXT,
    email        TEXT   NOT NULL,
    -- the following six are personal data, except gender; empty when not given
    phone        TEXT   NOT NULL,
    national_id  TEXT   NOT NULL,
    gender       TEXT   NOT NULL,
    birth_place  TEXT   NOT NULL,
    birth_date   TEXT   NOT NULL,
    mother_name  TEXT   NOT NULL,
    -- PDDikti id_jenis_keluar; empty while enrolled
    exit_kind    TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT pk_student PRIMARY KEY (student_id),
    CONSTRAINT uq_student_nim UNIQUE (nim),
    CONSTRAINT fk_student_programme_id FOREIGN KEY (programme_id) REFERENCES programme (programme_id),
    CONSTRAINT fk_student_advisor_id FOREIGN KEY (advisor_id) REFERENCES lecturer (lecturer_id),
    CONSTRAINT ck_student_nim CHECK (length(nim) BETWEEN 1 AND 24),
    CONSTRAINT ck_student_name CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT ck_student_entry_period CHECK (length(entry_period) = 5),
    CONSTRAINT ck_student_email CHECK (length(email) <= 60),
    CONSTRAINT ck_student_phone CHECK (length(phone) <= 20),
    CONSTRAINT ck_student_national_id CHECK (length(national_id) IN (0, 16)),
    CONSTRAINT ck_student_gender CHECK (gender IN ('', 'L', 'P')),
    CONSTRAINT ck_student_birth_place CHECK (length(birth_place) <= 32),
    CONSTRAINT ck_student_birth_date CHECK (length(birth_date) IN (0, 10)),
    CONSTRAINT ck_student_mother_name CHECK (length(mother_name) <= 100),
    CONSTRAINT ck_student_exit_kind CHECK (length(exit_kind) <= 2)
);

CREATE INDEX ix_student_name_key ON student (name_key, student_id);
CREATE INDEX ix_student_programme_id ON student (programme_id, nim);
CREATE INDEX ix_student_advisor_id ON student (advisor_id, nim);

CREATE TABLE period_status (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- letter of PDDikti's AKM
    status      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    CONSTRAINT pk_period_status PRIMARY KEY (student_id, period_code),
    CONSTRAINT fk_period_status_student_id FOREIGN KEY (student_id) REFERENCES student (student_id),
    CONSTRAINT ck_period_status_period_code CHECK (length(period_code) = 5),
    CONSTRAINT ck_period_status_status CHECK (status IN ('A', 'C', 'N', 'G', 'M'))
);

CREATE TABLE hold (
    hold_id      TEXT   NOT NULL,
    student_id   TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    placed_at    BIGINT NOT NULL,
    -- it does not bind until then
    waived_until BIGINT,
    -- it does not bind any more
    lifted_at    BIGINT,
    version      BIGINT NOT NULL,
    CONSTRAINT pk_hold PRIMARY KEY (hold_id),
    CONSTRAINT fk_hold_student_id FOREIGN KEY (student_id) REFERENCES student (student_id),
    CONSTRAINT ck_hold_kind CHECK (kind IN ('tuition', 'library', 'academic', 'document')),
    CONSTRAINT ck_hold_note CHECK (length(note) <= 200)
);

-- The same hold binds once; after it was lifted it may be placed again.
CREATE UNIQUE INDEX uq_hold_student_id_kind_note ON hold (student_id, kind, note) WHERE lifted_at IS NULL;
CREATE INDEX ix_hold_student_id ON hold (student_id, placed_at, hold_id);
