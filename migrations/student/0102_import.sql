-- Staging of bulk imports: rows wait here, already checked by themselves, until all of them were judged together.
-- Rows of an import leave with it, on every way a stream can end; what a crash leaves is removed when it is stale.
-- `place` is the order of arrival, `sound` is false for a row that has a fault of its own (it still answers references
-- of other rows), `new_id` is the id that the row gets if it names something new. References are natural keys.

CREATE TABLE import (
    import_id  TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    CONSTRAINT pk_import PRIMARY KEY (import_id)
);

CREATE INDEX ix_import_touched_at ON import (touched_at);

-- One row: whoever applies an import holds it, so that two imports never interleave.
CREATE TABLE import_gate (
    gate    BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    CONSTRAINT pk_import_gate PRIMARY KEY (gate),
    CONSTRAINT ck_import_gate_gate CHECK (gate = 1)
);

INSERT INTO import_gate (gate, applied) VALUES (1, 0);

CREATE TABLE stage_faculty (
    import_id TEXT    NOT NULL,
    place     BIGINT  NOT NULL,
    file      TEXT    NOT NULL,
    line      BIGINT  NOT NULL,
    sound     BOOLEAN NOT NULL,
    new_id    TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    CONSTRAINT pk_stage_faculty PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_faculty_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

CREATE INDEX ix_stage_faculty_code ON stage_faculty (import_id, code);

CREATE TABLE stage_programme (
    import_id    TEXT    NOT NULL,
    place        BIGINT  NOT NULL,
    file         TEXT    NOT NULL,
    line         BIGINT  NOT NULL,
    sound        BOOLEAN NOT NULL,
    new_id       TEXT    NOT NULL,
    code         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    degree_level TEXT    NOT NULL,
    faculty      TEXT    NOT NULL,
    pddikti_id   TEXT    NOT NULL,
    CONSTRAINT pk_stage_programme PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_programme_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

CREATE INDEX ix_stage_programme_code ON stage_programme (import_id, code);

CREATE TABLE stage_lecturer (
    import_id   TEXT    NOT NULL,
    place       BIGINT  NOT NULL,
    file        TEXT    NOT NULL,
    line        BIGINT  NOT NULL,
    sound       BOOLEAN NOT NULL,
    new_id      TEXT    NOT NULL,
    number      TEXT    NOT NULL,
    number_kind TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,
    programme   TEXT    NOT NULL,
    email       TEXT    NOT NULL,
    CONSTRAINT pk_stage_lecturer PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_lecturer_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

CREATE INDEX ix_stage_lecturer_number ON stage_lecturer (import_id, number);

CREATE TABLE stage_student (
    import_id    TEXT    NOT NULL,
    place        BIGINT  NOT NULL,
    file         TEXT    NOT NULL,
    line         BIGINT  NOT NULL,
    sound        BOOLEAN NOT NULL,
    new_id       TEXT    NOT NULL,
    nim          TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    programme    TEXT    NOT NULL,
    entry_period TEXT    NOT NULL,
    advisor      TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    phone        TEXT    NOT NULL,
    national_id  TEXT    NOT NULL,
    gender       TEXT    NOT NULL,
    birth_place  TEXT    NOT NULL,
    birth_date   TEXT    NOT NULL,
    mother_name  TEXT    NOT NULL,
    CONSTRAINT pk_stage_student PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_student_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

CREATE INDEX ix_stage_student_nim ON stage_student (import_id, nim);

CREATE TABLE stage_status (
    import_id TEXT    NOT NULL,
    place     BIGINT  NOT NULL,
    file      TEXT    NOT NULL,
    line      BIGINT  NOT NULL,
    sound     BOOLEAN NOT NULL,
    nim       TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    CONSTRAINT pk_stage_status PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_status_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

CREATE TABLE stage_hold (
    import_id    TEXT    NOT NULL,
    place        BIGINT  NOT NULL,
    file         TEXT    NOT NULL,
    line         BIGINT  NOT NULL,
    sound        BOOLEAN NOT NULL,
    new_id       TEXT    NOT NULL,
    nim          TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    waived_until BIGINT,
    CONSTRAINT pk_stage_hold PRIMARY KEY (import_id, place),
    CONSTRAINT fk_stage_hold_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);
