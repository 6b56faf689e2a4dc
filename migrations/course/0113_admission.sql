-- The waiting room in front of the openings of registration.

-- An opening: the moment at which KRS windows open. Its row is locked by whoever notes, draws or numbers.
CREATE TABLE admission_opening (
    period_code TEXT   NOT NULL,
    opens_at    BIGINT NOT NULL,
    -- students who were there before it; together with those of its entries that have no place the participants of the draw
    noted       BIGINT NOT NULL,
    -- what they were shuffled by; empty until the draw
    seed        TEXT   NOT NULL,
    -- NULL until the draw
    drawn_at    BIGINT,
    -- students per second and at once, as they were set at the draw; 0 until then
    rate        BIGINT NOT NULL,
    burst       BIGINT NOT NULL,
    -- the first place that was never given; 0 until the draw
    next_place  BIGINT NOT NULL,
    CONSTRAINT pk_admission_opening PRIMARY KEY (period_code, opens_at),
    CONSTRAINT ck_admission_opening_noted CHECK (noted >= 0),
    CONSTRAINT ck_admission_opening_rate CHECK (rate >= 0),
    CONSTRAINT ck_admission_opening_burst CHECK (burst >= 0),
    CONSTRAINT ck_admission_opening_next_place CHECK (next_place >= 0)
);

-- A student in the waiting room of an opening.
CREATE TABLE admission_entry (
    period_code TEXT   NOT NULL,
    opens_at    BIGINT NOT NULL,
    student_id  TEXT   NOT NULL,
    -- when the student came first
    noted_at    BIGINT NOT NULL,
    -- place in line of a later comer; NULL for a participant of the draw, whose place is the rank of
    -- SHA-256(seed || student_id) among the participants
    place       BIGINT,
    CONSTRAINT pk_admission_entry PRIMARY KEY (period_code, opens_at, student_id),
    CONSTRAINT uq_admission_entry_period_code_opens_at_place UNIQUE (period_code, opens_at, place),
    CONSTRAINT fk_admission_entry_opening FOREIGN KEY (period_code, opens_at)
        REFERENCES admission_opening (period_code, opens_at),
    CONSTRAINT ck_admission_entry_place CHECK (place > 0)
);

-- Keys by which tickets are signed. The newest signs, all of them verify.
CREATE TABLE admission_key (
    key_id  TEXT   NOT NULL,
    -- 32 bytes in base64url
    secret  TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    CONSTRAINT pk_admission_key PRIMARY KEY (key_id)
);
