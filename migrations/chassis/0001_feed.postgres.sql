-- Events of this service, and how far this service has come in the feeds of others. docs/ARCHITECTURE.md, "Events".

-- One row per change of an aggregate, written in the transaction of the change.
CREATE TABLE outbox (
    -- Taken while the aggregate's row is locked, so it rises per aggregate; across aggregates it says nothing about commits.
    outbox_id    BIGINT GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
    -- Dense position in the feed, given by the sequencer after the commit; NULL until then.
    seq          BIGINT,
    event_id     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    version      BIGINT NOT NULL,
    payload      BYTEA NOT NULL,
    tombstone    BOOLEAN NOT NULL,
    traceparent  TEXT NOT NULL,
    at           BIGINT NOT NULL,
    CONSTRAINT uq_outbox_seq UNIQUE (seq)
);
CREATE INDEX ix_outbox_unnumbered ON outbox (outbox_id) WHERE seq IS NULL;

-- One row: the end of the feed, and where its kept part begins. Locked by whoever numbers or prunes.
CREATE TABLE feed_head (
    one             BIGINT NOT NULL CONSTRAINT pk_feed_head PRIMARY KEY CONSTRAINT ck_feed_head_one CHECK (one = 1),
    -- Random; another one after a restore from a backup.
    epoch           TEXT NOT NULL,
    -- Last numbered event and its id; 0 and '' while there is none.
    seq             BIGINT NOT NULL,
    event_id        TEXT NOT NULL,
    -- Last event that is no longer kept, and its id.
    pruned_seq      BIGINT NOT NULL,
    pruned_event_id TEXT NOT NULL
);

-- How far this service's projection of another service's feed has come.
CREATE TABLE feed_cursor (
    source    TEXT NOT NULL CONSTRAINT pk_feed_cursor PRIMARY KEY,
    -- Epoch of that feed; '' when it was never read to the end of a snapshot.
    epoch     TEXT NOT NULL,
    seq       BIGINT NOT NULL,
    event_id  TEXT NOT NULL,
    -- Name of the snapshot that is being applied, '' otherwise: whoever applies rows for another one is too late.
    bootstrap TEXT NOT NULL
);

-- Version of every aggregate that a projection has applied, and the snapshot that named it last.
CREATE TABLE feed_seen (
    source       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    version      BIGINT NOT NULL,
    bootstrap    TEXT NOT NULL,
    CONSTRAINT pk_feed_seen PRIMARY KEY (source, kind, aggregate_id)
);
