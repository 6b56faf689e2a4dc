-- Who changed what, and when: written in the transaction of the change, never changed afterwards. Names of the changed
-- fields, not their values: the register of who touched whose data must not become a second copy of that data.

CREATE TABLE audit (
    audit_id   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    -- account of the person, or the operator's service name
    actor      TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    -- empty for an import, which is about many
    student_id TEXT   NOT NULL,
    -- the row that was changed
    subject    TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    -- names of the fields that changed, with commas between; or counts of an import
    detail     TEXT   NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (audit_id)
);

CREATE INDEX ix_audit_student_id ON audit (student_id, at);

CREATE TRIGGER tr_audit_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER tr_audit_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
