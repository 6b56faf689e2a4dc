-- Staging of bulk imports: rows wait here until all of them were judged together, and leave with their import, on every
-- way a stream can end; what a crash leaves behind is removed when it is stale.

CREATE TABLE import (
    import_id  TEXT   NOT NULL,
    touched_at BIGINT NOT NULL,
    CONSTRAINT pk_import PRIMARY KEY (import_id)
);

CREATE INDEX ix_import_touched_at ON import (touched_at);

CREATE TABLE import_row (
    import_id TEXT   NOT NULL,
    -- order of arrival, from 1
    place     BIGINT NOT NULL,
    -- which file's rows it is one of: the order in which they are judged
    step      BIGINT NOT NULL,
    -- the row as it came, base64 of its protobuf message
    content   TEXT   NOT NULL,
    CONSTRAINT pk_import_row PRIMARY KEY (import_id, step, place),
    CONSTRAINT fk_import_row_import_id FOREIGN KEY (import_id) REFERENCES import (import_id) ON DELETE CASCADE
);

-- One row: whoever applies an import holds it, so that two imports never interleave.
CREATE TABLE import_gate (
    gate    BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    CONSTRAINT pk_import_gate PRIMARY KEY (gate),
    CONSTRAINT ck_import_gate_gate CHECK (gate = 1)
);

INSERT INTO import_gate (gate, applied) VALUES (1, 0);
