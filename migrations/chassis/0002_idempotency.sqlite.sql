-- Answers of commands that carried an Idempotency-Key, written in the transaction of the command. Kept for 24 hours.
CREATE TABLE idempotency (
    account      TEXT NOT NULL,
    rpc          TEXT NOT NULL,
    key          TEXT NOT NULL,
    -- SHA-256 of the request, hexadecimal: another request under the same key is refused.
    request_hash TEXT NOT NULL,
    -- The protobuf answer.
    response     BLOB NOT NULL,
    at           BIGINT NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (account, rpc, key)
);
CREATE INDEX ix_idempotency_at ON idempotency (at);
